"""What people type when they book; the rules themselves are in the services."""
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from bookings.eligibility import MOST_DOSSIERS, MOST_PEOPLE
from bookings.states import Priority, Purpose
from dossiers.counting import CountForm
from dossiers.states import ReturnMethod
from onestop.people.fields import CitizenId, Day, PersonName, Phone, ShortText


def how_many(label: Any, most: int, **options: Any) -> forms.IntegerField:
    """A whole number from 1 to `most`."""
    sentence = _("Vui lòng ghi một số từ 1 đến %(limit_value)s.")
    return forms.IntegerField(label=label, min_value=1, max_value=most, **options, error_messages={
        "invalid": _("Vui lòng ghi một số."), "min_value": _("Vui lòng ghi số từ 1 trở lên."), "max_value": sentence})


class ChoiceForm(forms.Form):
    """What the month view is asked for: unreadable days fall back on today's month, numbers are refused with a sentence."""

    thang = forms.RegexField(r"^\d{4}-\d{2}$", required=False)
    ngay = forms.DateField(required=False)
    viec = forms.ChoiceField(label=_("Việc"), choices=Purpose.choices, required=False)
    so_ho_so = how_many(_("Số hồ sơ"), MOST_DOSSIERS, required=False)
    so_nguoi = how_many(_("Số người đến"), MOST_PEOPLE, required=False)

    def asked(self) -> dict[str, Any]:
        """What could be read, with the usual for the rest: one dossier, one person, handing in."""
        self.is_valid()
        usual = {"viec": Purpose.SUBMIT.value, "so_ho_so": 1, "so_nguoi": 1}
        return {"thang": "", "ngay": None} | usual | {name: value for name, value in self.cleaned_data.items() if value}

    def trouble(self) -> str:
        """The first sentence about a number that can't be taken; '' where all is well."""
        wrong = [sentence for name in ("so_ho_so", "so_nguoi", "viec") for sentence in self.errors.get(name, [])]
        return str(wrong[0]) if wrong else ""


class ApplicantForm(forms.Form):
    """Name and phone are enough; the rest is optional (booking.md: no e-mail, no service must not be)."""

    full_name = PersonName(error_messages={"required": _("Vui lòng ghi họ và tên.")})
    phone = Phone(help_text=_("Chúng tôi nhắn mã lịch hẹn và nhắc giờ hẹn qua số này."),
                  error_messages={"required": _("Vui lòng ghi số điện thoại.")})
    citizen_id = CitizenId(required=False, help_text=_("Gồm 12 chữ số trên thẻ căn cước."))
    email = forms.EmailField(label=_("Thư điện tử"), required=False, max_length=254,
                             widget=forms.EmailInput(attrs={"autocomplete": "email"}),
                             error_messages={"invalid": _("Địa chỉ thư điện tử chưa đúng.")})


class VisitorForm(ApplicantForm):
    """The web's form: also a legal priority group, told by the person and looked at by the guard at the door."""

    priority = forms.ChoiceField(label=_("Diện ưu tiên"), required=False, choices=[("", _("Không thuộc diện ưu tiên")), *Priority.choices],
                                 help_text=_("Người thuộc diện ưu tiên được mời trước trong cùng giờ hẹn. Bảo vệ xem giấy tờ khi bạn đến."))


class CodeForm(forms.Form):
    """A code from a phone's screen, a slip or a QR (which holds the whole address)."""

    ma = ShortText(label=_("Mã lịch hẹn"), max_length=300, error_messages={"required": _("Vui lòng nhập mã lịch hẹn.")})

    def clean_ma(self) -> str:
        text = str(self.cleaned_data["ma"])
        if "/" in text:
            parts = [part for part in text.split("?")[0].split("/") if part]
            text = parts[-1] if parts else ""
        return text.upper().replace(" ", "")


class ReasonForm(forms.Form):
    """A reason, where a verb asks for one."""

    reason = ShortText(label=_("Lý do"), max_length=255, required=False)


class DayForm(forms.Form):
    """A day, and whom to look for."""

    ngay = Day(label=_("Ngày"), required=False)
    q = ShortText(label=_("Tên, số điện thoại hoặc mã"), max_length=80, required=False, widget=forms.TextInput(attrs={"type": "search"}))


class ReceiveForm(CountForm):
    """The visit as a dossier: whoever came by appointment usually collects at the counter."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["return_method"].initial = ReturnMethod.COUNTER
