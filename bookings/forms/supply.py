"""What an office types to set how many may come: hours, rooms, declared numbers."""
from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from bookings.states import OpenState
from bookings.supply import Buoi
from onestop.offices.models import ROOM_CAP, Office, OpeningHours, Room
from onestop.offices.services import DeclaredRow, HoursRow, RoomRow, WeeklyRow
from onestop.offices.services.hours import MOST_DOSSIERS, SLOT_MINUTES
from onestop.offices.states import Part, RoomKind
from onestop.people.fields import ShortText

TIME_INPUT = forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
PLAIN_DAYS, PLAIN_PARTS = range(6), (Part.MORNING, Part.AFTERNOON)


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


class ReasonForm(forms.Form):
    """Why a limit changes; a change that moves people needs it."""

    reason = ShortText(label=_("Lý do"), required=False, max_length=255,
                       help_text=_("Ví dụ: hai cán bộ đi tập huấn. Bắt buộc khi có lịch hẹn phải chuyển: người dân được báo lý do này."))


class DeclareForm(ReasonForm):
    """The week's numbers: one field a weekday's buổi, one field a day's buổi. What is past can't be typed any more."""

    def __init__(self, *args: Any, listed: Sequence[Buoi], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.listed = [item for item in listed if not item.is_past]
        for item in self.listed:
            if item.own_week:
                self.fields[self.weekly_name(item)] = _number(_("Hằng tuần"), item.weekly, required=True)
            self.fields[self.day_name(item)] = _number(_("Riêng ngày này"), item.declared, required=False)

    @staticmethod
    def weekly_name(item: Buoi) -> str:
        return f"t{item.day.weekday()}-{item.part}"

    @staticmethod
    def day_name(item: Buoi) -> str:
        return f"n{item.day:%Y%m%d}-{item.part}"

    def cells(self, item: Buoi) -> tuple[forms.BoundField | None, forms.BoundField | None]:
        """The fields of a buổi: weekly, this day."""
        weekly, day = self.weekly_name(item), self.day_name(item)
        return (self[weekly] if weekly in self.fields and item.own_week else None, self[day] if day in self.fields else None)

    def weekly(self) -> list[WeeklyRow]:
        """The weekly numbers that were changed."""
        return [WeeklyRow(item.day.weekday(), item.part, self.cleaned_data[self.weekly_name(item)]) for item in self.listed
                if item.own_week and self.cleaned_data[self.weekly_name(item)] != item.weekly]

    def days(self) -> list[DeclaredRow]:
        """The numbers of single days that were changed; an emptied one takes the weekly number back."""
        return [DeclaredRow(item.day, item.part, self.cleaned_data[self.day_name(item)]) for item in self.listed
                if self.cleaned_data[self.day_name(item)] != item.declared]


def _number(label: Any, initial: int | None, *, required: bool) -> forms.IntegerField:
    return forms.IntegerField(label=label, initial=initial, required=required, min_value=0, max_value=MOST_DOSSIERS,
                              widget=forms.NumberInput(attrs={"inputmode": "numeric"}))


class StateForm(forms.Form):
    """Open or close one buổi for new bookings."""

    state = forms.ChoiceField(choices=OpenState.choices, widget=forms.HiddenInput)
    reason = ShortText(label=_("Lý do"), max_length=255)


class RoomForm(forms.Form):
    """A room's cap, and what it keeps at one time for people who walk in and for urgent procedures."""

    cap = forms.IntegerField(label=_("Tối đa (người)"), min_value=1, max_value=ROOM_CAP)
    walk_in_places = forms.IntegerField(label=_("Chỗ cho người chưa hẹn"), min_value=0, max_value=ROOM_CAP)
    urgent_places = forms.IntegerField(label=_("Chỗ cho thủ tục cấp thiết"), min_value=0, max_value=ROOM_CAP)

    def __init__(self, data: Any = None, *, room: Room) -> None:
        super().__init__(data, prefix=f"p{room.pk}", initial={
            "cap": room.cap, "walk_in_places": room.walk_in_places, "urgent_places": room.urgent_places})
        self.room = room
        if room.kind != RoomKind.SERVICE:  # nobody books a place in a waiting area
            del self.fields["walk_in_places"], self.fields["urgent_places"]

    def row(self) -> RoomRow:
        return RoomRow(room_id=self.room.pk, **self.cleaned_data)


class OfficeForm(forms.Form):
    """What holds for the whole office."""

    fewest_at_counter = forms.IntegerField(label=_("Số cán bộ tối thiểu tại quầy mỗi buổi"), min_value=0, max_value=50,
                                           help_text=_("Buổi nào ít hơn được đánh dấu trên lịch phân công."))


def day_of(text: str, default: date) -> date:
    """An ISO date near ours, else the default."""
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return default
    return found if 2010 <= found.year <= 2100 else default
