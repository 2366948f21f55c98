"""What the hotline types while talking; the rules themselves are in the services."""
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from bookings.eligibility import MOST_DOSSIERS, MOST_PEOPLE
from bookings.forms.citizen import ApplicantForm, how_many
from bookings.states import CallOutcome, Priority
from onestop.catalogue.models import Procedure
from onestop.offices.models import Office
from onestop.people.fields import Day, LongText, Phone, ShortText

CHOOSE_SLOT = {"required": _("Vui lòng chọn một khung giờ."), "invalid": _("Vui lòng chọn một khung giờ.")}
# How a call ends that was not a booking: those are logged by themselves.
ENDS = (CallOutcome.INFORMED, CallOutcome.HANDED_OVER, CallOutcome.DROPPED, CallOutcome.WRONG_NUMBER)


class SlotForm(forms.Form):
    """One place."""

    slot = forms.IntegerField(label=_("Khung giờ"), error_messages=CHOOSE_SLOT)


class PartyForm(SlotForm):
    """A place and how many come: what a hold is made of."""

    dossiers = how_many(_("Số hồ sơ"), MOST_DOSSIERS, initial=1)
    people = how_many(_("Số người đến"), MOST_PEOPLE, initial=1)


class HeldCallerForm(ApplicantForm):
    """The caller, whose place is already held."""

    phone = Phone(error_messages={"required": _("Vui lòng ghi số điện thoại.")})
    priority = forms.ChoiceField(label=_("Đối tượng ưu tiên"), required=False, choices=[("", _("Không")), *Priority.choices])


class CallerForm(HeldCallerForm, PartyForm):
    """The caller and the place in one go."""


class OverbookForm(CallerForm):
    """The same form with the reason, for those who have the right to go over the declared number."""

    reason = ShortText(label=_("Lý do nhận thêm"), max_length=255, min_length=5, error_messages={
        "required": _("Vui lòng ghi lý do nhận thêm ngoài số đã công bố."),
        "min_length": _("Vui lòng ghi lý do, ít nhất 5 ký tự.")})


class OverbookDayForm(forms.Form):
    """Where and when somebody is to be taken above the declared number."""

    don_vi = forms.ModelChoiceField(label=_("Đơn vị"), queryset=Office.objects.none(), to_field_name="code", empty_label=None)
    thu_tuc = ShortText(label=_("Mã thủ tục"), max_length=40)
    ngay = Day(label=_("Ngày"))

    def __init__(self, *args: Any, offices: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["don_vi"].queryset = offices  # type: ignore[attr-defined]

    def clean_thu_tuc(self) -> Procedure:
        found = Procedure.objects.filter(code=self.cleaned_data["thu_tuc"]).first()
        if found is None:
            raise forms.ValidationError(_("Không có thủ tục nào mang mã này."))
        return found


class EndForm(forms.Form):
    """How a call ended; a case handed over names the office and what it is about."""

    outcome = forms.ChoiceField(label=_("Kết quả cuộc gọi"), choices=[(item.value, item.label) for item in ENDS],
                                initial=CallOutcome.INFORMED.value)
    office = forms.ModelChoiceField(label=_("Chuyển đến đơn vị"), queryset=Office.objects.none(), required=False, to_field_name="code",
                                    empty_label=_("(không chuyển)"))
    caller = ShortText(label=_("Tên người gọi"), max_length=120, required=False)
    caller_phone = Phone(label=_("Số điện thoại người gọi"), required=False)
    note = LongText(label=_("Nội dung, ghi chú"), required=False, max_length=500, widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, *args: Any, offices: Any = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if offices is not None:
            self.fields["office"].queryset = offices  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        typed = super().clean() or {}
        if typed.get("outcome") == CallOutcome.HANDED_OVER and typed.get("office") is None and "office" not in self.errors:
            self.add_error("office", _("Vui lòng chọn đơn vị nhận việc."))
        return typed
