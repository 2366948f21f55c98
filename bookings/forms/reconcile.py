"""The paper list as it is typed in: a line for each appointment, and blank lines for people without one."""
from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from bookings.models import Appointment
from bookings.services.appointments import Applicant
from bookings.services.reconcile import Times, WalkIn
from bookings.states import AppointmentState
from onestop.catalogue.models import Procedure
from onestop.catalogue.queries import procedures_at
from onestop.offices.models import Office
from onestop.people.fields import PersonName, Phone, ShortText

BLANK = 4
MARK = forms.CheckboxInput


class ClockTime(forms.TimeField):
    """A time of day; '8:05', '0805' and '8h05' are read too, as people write them."""

    def __init__(self, label: Any) -> None:
        super().__init__(label=label, required=False, widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"), error_messages={
            "invalid": _("Vui lòng ghi giờ, ví dụ 08:05.")}, input_formats=["%H:%M", "%H:%M:%S", "%Hh%M", "%H.%M", "%H%M"])


class TimesForm(forms.Form):
    """When one person came, entered and left, or that they did not come."""

    came = ClockTime(_("Giờ đến"))
    entered = ClockTime(_("Giờ vào"))
    left = ClockTime(_("Giờ ra"))

    def cells(self) -> list[Any]:
        return [self["came"], self["entered"], self["left"]]

    def times(self) -> Times:
        given = self.cleaned_data
        return Times(given.get("came"), given.get("entered"), given.get("left"), bool(given.get("absent")))


class LineForm(TimesForm):
    """One line of the list."""

    absent = forms.BooleanField(label=_("Không đến"), required=False)

    def __init__(self, row: Appointment, data: Any = None) -> None:
        super().__init__(data, prefix=f"d{row.pk}")
        self.row = row
        for cell in (*self.cells(), self["absent"]):
            cell.field.widget.attrs["aria-label"] = f"{cell.label}, {row.queue_number}, {row.full_name}"

    @property
    def can_be_absent(self) -> bool:
        return self.row.state == AppointmentState.BOOKED

    @property
    def can_be_typed(self) -> bool:
        return self.row.state in (AppointmentState.BOOKED, AppointmentState.NO_SHOW, AppointmentState.CHECKED_IN, AppointmentState.INSIDE)


class WalkInForm(TimesForm):
    """Somebody who came without an appointment; an empty line is left out."""

    field_order = ["full_name", "phone", "procedure", "came", "entered", "left"]
    full_name = PersonName(required=False)
    phone = Phone(required=False)
    procedure = ShortText(label=_("Mã thủ tục"), required=False, widget=forms.TextInput(attrs={"list": "thu-tuc", "autocomplete": "off"}))

    def __init__(self, number: int, office: Office, data: Any = None) -> None:
        super().__init__(data, prefix=f"k{number}", empty_permitted=True, use_required_attribute=False)
        self.office = office
        for name, field in self.fields.items():
            field.widget.attrs["aria-label"] = f"{self[name].label}, {_('người không hẹn')} {number + 1}"

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        for name in ("full_name", "phone", "procedure", "came"):
            if not given.get(name) and name not in self.errors:
                self.add_error(name, _("Vui lòng ghi mục này."))
        return given

    def clean_procedure(self) -> Procedure | None:
        code = str(self.cleaned_data["procedure"]).split(" ")[0]
        if not code:
            return None
        found = procedures_at(self.office).filter(code=code).first()
        if found is None:
            raise forms.ValidationError(_("Đơn vị không có thủ tục mang mã này."))
        return found

    def walk_in(self) -> WalkIn:
        given = self.cleaned_data
        return WalkIn(Applicant(given["full_name"], given["phone"]), given["procedure"], self.times())


class BatchForm(forms.Form):
    """Why the list is typed in later; it stands with every line."""

    reason = ShortText(label=_("Lý do ghi bù"), max_length=300, help_text=_("Ví dụ: mất kết nối từ 8 giờ đến 10 giờ, theo danh sách giấy."),
                       error_messages={"required": _("Vui lòng ghi lý do.")})
