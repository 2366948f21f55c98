"""What citizens and officers type about dossiers; the rules themselves are in the services."""
from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from dossiers.services.applicants import Applicant, Request
from dossiers.services.files import Attached
from dossiers.services.intake import PaperCount
from dossiers.states import Instrument, ReturnMethod
from onestop.catalogue.models import Paper
from onestop.directives.models import Directive
from onestop.people.words import clean, phone_number

COUNTED = ("originals", "certified", "copies")
PERSON = ("full_name", "phone", "citizen_id", "email", "address")


class PersonForm(forms.Form):
    """Who hands a dossier in, and how the result comes back."""

    full_name = forms.CharField(label=_("Họ và tên"), max_length=120, min_length=2, widget=forms.TextInput(attrs={"autocomplete": "name"}),
                                error_messages={"required": _("Vui lòng ghi họ và tên."), "min_length": _("Vui lòng ghi đầy đủ họ và tên.")})
    phone = forms.CharField(label=_("Số điện thoại"), max_length=20, help_text=_("Chúng tôi báo tin về hồ sơ qua số này."),
                            widget=forms.TextInput(attrs={"type": "tel", "inputmode": "tel", "autocomplete": "tel"}),
                            error_messages={"required": _("Vui lòng ghi số điện thoại.")})
    citizen_id = forms.RegexField(r"^\d{12}$", label=_("Số định danh cá nhân"), required=False,
                                  widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
                                  error_messages={"invalid": _("Số định danh cá nhân gồm đúng 12 chữ số.")})
    email = forms.EmailField(label=_("Thư điện tử"), required=False, widget=forms.EmailInput(attrs={"autocomplete": "email"}),
                             error_messages={"invalid": _("Địa chỉ thư điện tử chưa đúng.")})
    address = forms.CharField(label=_("Địa chỉ"), max_length=255, required=False,
                              widget=forms.TextInput(attrs={"autocomplete": "street-address"}))
    note = forms.CharField(label=_("Nội dung cụ thể"), max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 3}))
    return_method = forms.ChoiceField(label=_("Nhận kết quả"), choices=ReturnMethod.choices, initial=ReturnMethod.POST,
                                      widget=forms.RadioSelect)
    return_address = forms.CharField(label=_("Địa chỉ nhận kết quả"), max_length=255, required=False,
                                     help_text=_("Cần khi nhận qua bưu chính hoặc tại nhà."))

    def clean_full_name(self) -> str:
        return clean(self.cleaned_data["full_name"])

    def clean_phone(self) -> str:
        number = phone_number(self.cleaned_data["phone"])
        if not number:
            raise forms.ValidationError(_("Số điện thoại chưa đúng. Ví dụ: 0912 345 678."))
        return number

    def applicant(self, language: str = "vi") -> Applicant:
        """The applicant as the services take it."""
        return Applicant(**{name: self.cleaned_data[name] for name in PERSON}, language=language)

    def wanted(self) -> Request:
        """What is asked for, as the services take it."""
        return Request(note=self.cleaned_data["note"], return_method=self.cleaned_data["return_method"],
                       return_address=self.cleaned_data["return_address"])


class SubmitForm(PersonForm):
    """Online: a file for each paper. Files that were already sent come back as tokens, so nothing is lost on an error."""

    submission_key = forms.CharField(max_length=64, widget=forms.HiddenInput)

    def __init__(self, *args: Any, papers: Sequence[Paper], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.paper_list = list(papers)
        for paper in self.paper_list:
            self.fields[f"file_{paper.position}"] = forms.FileField(
                label=paper.name, required=False, allow_empty_file=True, max_length=None,
                widget=forms.ClearableFileInput(attrs={"accept": ".pdf,.png,.jpg,.jpeg,.heic,.tif,.tiff,.docx,.xlsx"}))
            self.fields[f"kept_{paper.position}"] = forms.CharField(required=False, max_length=500, widget=forms.HiddenInput)

    def kept(self, position: int) -> tuple[str, str]:
        """(token, file name) of a file sent before; ('', '') if none."""
        token, _bar, name = (self.data.get(f"kept_{position}") or "").partition("|")
        return token, name

    def keep(self, position: int, token: str, name: str) -> None:
        """Remember a stored file in the form that is shown again."""
        self.data = self.data.copy()
        self.data[f"kept_{position}"] = f"{token}|{name}"

    def rows(self) -> list[dict[str, Any]]:
        """For the page: each paper with its file field and what was sent already."""
        return [{"paper": paper, "file": self[f"file_{paper.position}"], "kept": self[f"kept_{paper.position}"],
                 "name": self.kept(paper.position)[1] if self.is_bound else ""} for paper in self.paper_list]

    def attached(self) -> list[Attached]:
        """The files of the submission by token."""
        return [Attached(token=self.kept(paper.position)[0], position=paper.position)
                for paper in self.paper_list if self.kept(paper.position)[0]]


class CountForm(PersonForm):
    """At the desk: a dossier that came by post or with somebody, its papers counted."""

    def __init__(self, *args: Any, papers: Sequence[Paper], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.paper_list = list(papers)
        for paper in self.paper_list:
            self.fields[f"paper_{paper.position}"] = forms.BooleanField(required=False)
            for kind in COUNTED:
                self.fields[f"paper_{paper.position}_{kind}"] = forms.IntegerField(
                    min_value=0, max_value=99, required=False, initial=getattr(paper, kind))

    def rows(self) -> list[dict[str, Any]]:
        """For the table: each paper with its tick and its three numbers."""
        return [{"paper": paper, "tick": self[f"paper_{paper.position}"],
                 "counts": [self[f"paper_{paper.position}_{kind}"] for kind in COUNTED]} for paper in self.paper_list]

    def counted(self) -> list[PaperCount]:
        """The ticked papers with their numbers."""
        return [PaperCount(position=paper.position, **{kind: self.cleaned_data[f"paper_{paper.position}_{kind}"] or 0 for kind in COUNTED})
                for paper in self.paper_list if self.cleaned_data[f"paper_{paper.position}"]]


class TrackForm(forms.Form):
    """The code and the second factor (rules.md 9)."""

    ma = forms.CharField(label=_("Mã hồ sơ"), max_length=60, widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
                         help_text=_("Ghi trên giấy tiếp nhận hoặc trong tin nhắn, ví dụ H13.70-261125-0001."),
                         error_messages={"required": _("Vui lòng nhập mã hồ sơ.")})
    so = forms.CharField(label=_("4 số cuối điện thoại hoặc mã bí mật"), max_length=20,
                         widget=forms.TextInput(attrs={"autocomplete": "off", "class": "short"}),
                         help_text=_("Số điện thoại đã ghi khi nộp hồ sơ."),
                         error_messages={"required": _("Vui lòng nhập 4 số cuối điện thoại hoặc mã bí mật.")})

    def clean_ma(self) -> str:
        return clean(self.cleaned_data["ma"]).upper().replace(" ", "")

    def clean_so(self) -> str:
        return clean(self.cleaned_data["so"]).replace(" ", "")


class SupplementForm(forms.Form):
    """Everything that is missing, one thing a line (rules.md 6: one guidance that lists everything)."""

    items = forms.CharField(label=_("Giấy tờ, nội dung cần bổ sung"), max_length=4000, help_text=_("Mỗi dòng một mục, liệt kê đủ trong một lần."),
                            widget=forms.Textarea(attrs={"rows": 4}), error_messages={"required": _("Vui lòng ghi ít nhất một mục.")})
    reason = forms.CharField(label=_("Lý do"), max_length=1000, required=False, widget=forms.Textarea(attrs={"rows": 2}))
    answer_by = forms.DateField(label=_("Bổ sung trước ngày"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
                                error_messages={"required": _("Vui lòng chọn ngày."), "invalid": _("Ngày chưa đúng.")})

    def lines(self) -> list[str]:
        """The items, empty lines left out."""
        return [clean(line) for line in self.cleaned_data["items"].splitlines() if clean(line)]


class NoteForm(forms.Form):
    """A note or reason for a verb."""

    note = forms.CharField(label=_("Ghi chú"), max_length=1000, required=False, widget=forms.Textarea(attrs={"rows": 2}))


class ExtensionForm(forms.Form):
    """A request to move due dates or stop the clock (letters Cần Thơ 1c, Khánh Hòa 4)."""

    instrument = forms.ChoiceField(label=_("Hình thức"), choices=Instrument.choices, initial=Instrument.DIRECTED_EXTENSION, widget=forms.RadioSelect)
    directive = forms.ModelChoiceField(label=_("Văn bản chỉ đạo"), queryset=Directive.objects.none(), required=False,
                                       empty_label=_("— Không theo văn bản nào —"),
                                       error_messages={"invalid_choice": _("Văn bản này không còn hiệu lực với đơn vị.")})
    clause = forms.CharField(label=_("Điều, khoản"), max_length=40, required=False, help_text=_("Ví dụ: 1c."))
    starts_on = forms.DateField(label=_("Tạm dừng từ ngày"), required=False, help_text=_("Chỉ cần khi tạm dừng tính thời gian."),
                                widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    until = forms.DateField(label=_("Đến hết ngày"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
                            help_text=_("Ngày hẹn trả mới, hoặc ngày cuối của thời gian tạm dừng."),
                            error_messages={"required": _("Vui lòng chọn ngày."), "invalid": _("Ngày chưa đúng.")})
    reason = forms.CharField(label=_("Lý do gửi người phê duyệt"), max_length=2000, widget=forms.Textarea(attrs={"rows": 2}),
                             error_messages={"required": _("Vui lòng ghi lý do.")})
    citizen_text = forms.CharField(label=_("Lời giải thích gửi công dân"), max_length=1000, widget=forms.Textarea(attrs={"rows": 3}),
                                   error_messages={"required": _("Vui lòng ghi lời giải thích cho công dân.")})


class DecisionForm(forms.Form):
    """The administrator's answer to a request."""

    reason = forms.CharField(label=_("Ý kiến"), max_length=1000, required=False, widget=forms.Textarea(attrs={"rows": 2}))
