"""What people type when they book; the rules themselves are in the services."""
from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from bookings.states import Purpose
from dossiers.services.intake import Applicant, PaperCount
from dossiers.states import ReturnMethod
from onestop.catalogue.models import Paper
from onestop.people.words import clean, phone_number

COUNTED = ("originals", "certified", "copies")


class ChoiceForm(forms.Form):
    """What the month view is asked for; anything unreadable falls back on today's month."""

    thang = forms.RegexField(r"^\d{4}-\d{2}$", required=False)
    ngay = forms.DateField(required=False)
    viec = forms.ChoiceField(choices=Purpose.choices, required=False)
    so_ho_so = forms.IntegerField(min_value=1, max_value=20, required=False)
    so_nguoi = forms.IntegerField(min_value=1, max_value=8, required=False)


class ApplicantForm(forms.Form):
    """Name and phone are enough; the rest is optional (booking.md: no e-mail, no service must not be)."""

    full_name = forms.CharField(label=_("Họ và tên"), max_length=120, min_length=2,
                                widget=forms.TextInput(attrs={"autocomplete": "name"}),
                                error_messages={"required": _("Vui lòng ghi họ và tên."), "min_length": _("Vui lòng ghi đầy đủ họ và tên.")})
    phone = forms.CharField(label=_("Số điện thoại"), max_length=20,
                            help_text=_("Chúng tôi nhắn mã lịch hẹn và nhắc giờ hẹn qua số này."),
                            widget=forms.TextInput(attrs={"type": "tel", "inputmode": "tel", "autocomplete": "tel"}),
                            error_messages={"required": _("Vui lòng ghi số điện thoại.")})
    citizen_id = forms.RegexField(r"^\d{12}$", label=_("Số định danh cá nhân"), required=False,
                                  help_text=_("Không bắt buộc. Gồm 12 chữ số trên thẻ căn cước."),
                                  widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
                                  error_messages={"invalid": _("Số định danh cá nhân gồm đúng 12 chữ số.")})
    email = forms.EmailField(label=_("Thư điện tử"), required=False, help_text=_("Không bắt buộc."),
                             widget=forms.EmailInput(attrs={"autocomplete": "email"}),
                             error_messages={"invalid": _("Địa chỉ thư điện tử chưa đúng.")})

    def clean_full_name(self) -> str:
        return clean(self.cleaned_data["full_name"])

    def clean_phone(self) -> str:
        number = phone_number(self.cleaned_data["phone"])
        if not number:
            raise forms.ValidationError(_("Số điện thoại chưa đúng. Ví dụ: 0912 345 678."))
        return number


class CallerForm(ApplicantForm):
    """The hotline's form: the caller and the place chosen on the same screen."""

    slot = forms.IntegerField(label=_("Khung giờ"), error_messages={"required": _("Vui lòng chọn một khung giờ.")})
    dossiers = forms.IntegerField(label=_("Số hồ sơ"), min_value=1, max_value=20, initial=1)
    people = forms.IntegerField(label=_("Số người đến"), min_value=1, max_value=8, initial=1)


class CodeForm(forms.Form):
    """A code from a phone's screen, a slip or a QR (which holds the whole address)."""

    ma = forms.CharField(label=_("Mã lịch hẹn"), max_length=300, widget=forms.TextInput(attrs={"autocomplete": "off", "autofocus": True}),
                         error_messages={"required": _("Vui lòng nhập mã lịch hẹn.")})

    def clean_ma(self) -> str:
        text = clean(self.cleaned_data["ma"])
        if "/" in text:
            parts = [part for part in text.split("?")[0].split("/") if part]
            text = parts[-1] if parts else ""
        return text.upper().replace(" ", "")


class ReasonForm(forms.Form):
    """A reason, where a verb asks for one."""

    reason = forms.CharField(label=_("Lý do"), max_length=255, required=False)


class DayForm(forms.Form):
    """A day."""

    ngay = forms.DateField(required=False)


class ReceiveForm(ApplicantForm):
    """The visit as a dossier: applicant, papers counted, how the result is returned."""

    address = forms.CharField(label=_("Địa chỉ"), max_length=255, required=False)
    return_method = forms.ChoiceField(label=_("Nhận kết quả"), choices=ReturnMethod.choices, initial=ReturnMethod.COUNTER,
                                      widget=forms.RadioSelect)
    return_address = forms.CharField(label=_("Địa chỉ nhận kết quả"), max_length=255, required=False,
                                     help_text=_("Cần khi nhận qua bưu chính hoặc tại nhà."))
    note = forms.CharField(label=_("Nội dung cụ thể"), max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, *args: Any, papers: Sequence[Paper], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.paper_list = list(papers)
        for paper in self.paper_list:
            for kind in COUNTED:
                self.fields[f"paper_{paper.position}_{kind}"] = forms.IntegerField(
                    min_value=0, max_value=99, required=False, initial=getattr(paper, kind))
            self.fields[f"paper_{paper.position}"] = forms.BooleanField(required=False)

    def paper_rows(self) -> list[dict[str, Any]]:
        """For the table: each paper with its tick and its three numbers."""
        return [{"paper": paper, "tick": self[f"paper_{paper.position}"],
                 "counts": [self[f"paper_{paper.position}_{kind}"] for kind in COUNTED]} for paper in self.paper_list]

    def clean_return_address(self) -> str:
        return clean(self.cleaned_data["return_address"])

    def applicant(self, language: str) -> Applicant:
        """The applicant as the intake service takes it."""
        names = ("full_name", "phone", "citizen_id", "email", "address")
        return Applicant(**{name: self.cleaned_data[name] for name in names}, language=language)

    def counted_papers(self) -> list[PaperCount]:
        """What lies on the counter: the ticked papers of the list with their numbers."""
        return [PaperCount(position=paper.position, **{kind: self.cleaned_data[f"paper_{paper.position}_{kind}"] or 0 for kind in COUNTED})
                for paper in self.paper_list if self.cleaned_data[f"paper_{paper.position}"]]
