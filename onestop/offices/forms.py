"""What people type about offices: search, hours, calendar days, rosters, closures."""
from collections.abc import Iterator
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from onestop.offices.models import Office, OpeningHours, Room
from onestop.offices.services import DutyEntry, HoursRow
from onestop.offices.services.hours import MOST_DOSSIERS, SLOT_MINUTES
from onestop.offices.states import DayKind, OfficeLevel, Part, Place
from onestop.people.fields import ShortText
from onestop.people.models import User

DAY_INPUT = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
TIME_INPUT = forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
# Short enough for a cell of the roster.
PLACES = [("", "–"), (Place.COUNTER.value, _("Tại quầy")), (Place.ONLINE.value, _("Trực tuyến")), (Place.HOME.value, _("Tại nhà")),
          (Place.LEAVE.value, pgettext_lazy("duty", "Nghỉ"))]
PLAIN_DAYS, PLAIN_PARTS = range(6), (Part.MORNING, Part.AFTERNOON)


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


class HoursForm(forms.Form):
    """One weekday's buổi: hours, slot length, the declared maximum. Both hours empty: closed."""

    opens = forms.TimeField(label=_("Mở cửa"), required=False, widget=TIME_INPUT)
    closes = forms.TimeField(label=_("Đóng cửa"), required=False, widget=TIME_INPUT)
    slot_minutes = forms.TypedChoiceField(label=_("Khung giờ (phút)"), coerce=int, choices=[(minutes, minutes) for minutes in SLOT_MINUTES])
    max_dossiers = forms.IntegerField(label=_("Hồ sơ tối đa"), min_value=0, max_value=MOST_DOSSIERS)

    def __init__(self, *args: Any, weekday: int, part: Part, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.weekday, self.part = weekday, part

    def row(self) -> HoursRow:
        """The wanted hours, for the service."""
        return HoursRow(weekday=self.weekday, part=self.part.value, **self.cleaned_data)


def hours_forms(office: Office, data: Any = None, *, everything: bool = False) -> list[HoursForm]:
    """A form for each of Monday to Saturday, morning and afternoon, and for whatever else the office opens.

    `everything` adds the rest of the week.
    """
    rows = {(row.weekday, row.part): row for row in office.opening_hours.all()}
    found = []
    for weekday in range(7):
        for part in Part:
            row = rows.get((weekday, part.value))
            prefix = f"t{weekday}-{part.value}"
            plain = weekday in PLAIN_DAYS and part in PLAIN_PARTS
            if plain or row is not None or everything or (data is not None and f"{prefix}-max_dossiers" in data):
                found.append(HoursForm(data, weekday=weekday, part=part, prefix=prefix, initial=_initial(row)))
    return found


def _initial(row: OpeningHours | None) -> dict[str, Any]:
    if row is None:
        return {"slot_minutes": 30, "max_dossiers": 20}
    return {"opens": row.opens, "closes": row.closes, "slot_minutes": row.slot_minutes, "max_dossiers": row.max_dossiers}


class DutyForm(forms.Form):
    """A week of an office's roster: one field an officer, day and buổi."""

    def __init__(self, *args: Any, officers: list[User], days: dict[date, list[OpeningHours]], places: dict[tuple[int, date, str], str],
                 **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.officers, self.days = officers, days
        for user, day, hours in self._cells():
            part = Part(hours.part)
            self.fields[self._name(user, day, part)] = forms.ChoiceField(
                label=part.label, required=False, choices=PLACES, initial=places.get((user.pk, day, part.value), ""))

    def _cells(self) -> Iterator[tuple[User, date, OpeningHours]]:
        for user in self.officers:
            for day, hours in self.days.items():
                for row in hours:
                    yield user, day, row

    @staticmethod
    def _name(user: User, day: date, part: str) -> str:
        return f"d{user.pk}-{day:%Y%m%d}-{part}"

    def table(self) -> list[tuple[User, list[tuple[date, list[forms.BoundField]]]]]:
        """Rows for the page: an officer, and for each day the bound fields of its buổi (none on a day off)."""
        return [(user, [(day, [self[self._name(user, day, row.part)] for row in hours]) for day, hours in self.days.items()])
                for user in self.officers]

    def entries(self) -> list[DutyEntry]:
        """What was chosen, for the service."""
        return [DutyEntry(user.pk, day, row.part, self.cleaned_data[self._name(user, day, row.part)]) for user, day, row in self._cells()]
