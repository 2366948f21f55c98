"""What people type about offices: search, calendar days, closures. Hours and rosters are forms of bookings: they set its places."""
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from onestop.offices.models import Office, Room
from onestop.offices.states import DayKind, OfficeLevel
from onestop.people.fields import ShortText

DAY_INPUT = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class SearchForm(forms.Form):
    """Find an office by name or address, with or without tone marks."""

    q = ShortText(label=_("Tên hoặc địa chỉ"), required=False, max_length=100, widget=forms.TextInput(attrs={"type": "search"}))
    level = forms.ChoiceField(label=_("Cấp"), required=False, choices=[("", _("Mọi cấp")), *OfficeLevel.choices])


class DayForm(forms.Form):
    """What a day of a draft calendar is."""

    day = forms.DateField(label=_("Ngày"), widget=DAY_INPUT)
    kind = forms.ChoiceField(label=_("Loại ngày"), required=False, choices=[("", _("Ngày thường (bỏ ghi chú)")), *DayKind.choices])
    name = ShortText(label=_("Tên ngày, lý do"), required=False, max_length=160)
    basis = ShortText(label=_("Căn cứ (số văn bản)"), required=False, max_length=255)


class ApproveForm(forms.Form):
    """The document that fixes the year's days off."""

    basis = ShortText(label=_("Căn cứ phê duyệt (số, ngày văn bản)"), max_length=255)


class CloseForm(forms.Form):
    """When an office, or one of its rooms, takes nobody in person."""

    starts_on = forms.DateField(label=_("Từ ngày"), widget=DAY_INPUT)
    ends_on = forms.DateField(label=_("Đến hết ngày"), required=False, widget=DAY_INPUT, help_text=_("Để trống nếu chưa biết ngày mở lại."))
    room = forms.ModelChoiceField(label=_("Phạm vi"), required=False, queryset=Room.objects.none(), empty_label=_("Toàn bộ đơn vị"))
    reason = ShortText(label=_("Lý do"), max_length=255)
    legal_basis = ShortText(label=_("Căn cứ (số văn bản)"), required=False, max_length=255)

    def __init__(self, *args: Any, office: Office, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["room"].queryset = Room.objects.filter(office=office)  # type: ignore[attr-defined]


class ReopenForm(forms.Form):
    """Why an office opens again."""

    reason = ShortText(label=_("Lý do mở lại"), required=False, max_length=255)
