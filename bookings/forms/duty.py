"""What an office types about its roster: a week's places, teams, a rotation, a copy."""
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from onestop.offices import rotation
from onestop.offices.models import Counter, DutyGroup, DutyShift, Room
from onestop.offices.services import DutyEntry, Rotation
from onestop.offices.services.duty import MOST_WEEKS
from onestop.offices.states import IN_THE_ROOM, Part, Place
from onestop.people.fields import Several, ShortText
from onestop.people.models import User

DAY_INPUT = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
# Short enough for a cell of the roster.
ELSEWHERE = [(Place.ONLINE.value, _("Trực tuyến")), (Place.HOME.value, _("Tại nhà")), (Place.LEAVE.value, pgettext_lazy("duty", "Nghỉ"))]


def places_of(rooms: Sequence[Room], counters: Sequence[Counter]) -> list[tuple[str, Any]]:
    """What a cell offers: the rooms and their counters, online, at home, on leave. The first room without a counter is 'counter'."""
    found: list[tuple[str, Any]] = [("", "–")]
    for index, room in enumerate(rooms):
        several = len(rooms) > 1
        value = Place.COUNTER.value if index == 0 else f"p{room.pk}"
        found.append((value, room.name if several else _("Tại quầy")))
        for counter in counters:
            if counter.room_id == room.pk:
                label = counter.label or str(_("Quầy %(number)s") % {"number": counter.number})
                found.append((f"q{counter.pk}", f"{room.name} · {label}" if several else label))
    return found + ELSEWHERE


def value_of(shift: DutyShift, rooms: Sequence[Room]) -> str:
    """A shift as the cell's choice."""
    if shift.place not in IN_THE_ROOM:
        return shift.place
    if shift.counter_id is not None:
        return f"q{shift.counter_id}"
    return Place.COUNTER.value if not rooms or shift.room_id in (None, rooms[0].pk) else f"p{shift.room_id}"


def entry_of(user_id: int, day: date, part: str, value: str) -> DutyEntry:
    """A cell's choice as the service wants it."""
    if value[:1] in ("q", "p") and value[1:].isdigit():
        key = int(value[1:])
        return DutyEntry(user_id, day, part, Place.COUNTER.value, key if value[0] == "p" else None, key if value[0] == "q" else None)
    return DutyEntry(user_id, day, part, value)


class DutyForm(forms.Form):
    """A week of an office's roster: one field an officer, day and buổi."""

    def __init__(self, *args: Any, officers: Sequence[User], days: Mapping[date, Sequence[str]], choices: list[tuple[str, Any]],
                 values: Mapping[tuple[int, date, str], str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.officers, self.days = officers, days
        for user, day, part in self._cells():
            self.fields[self._name(user, day, part)] = forms.ChoiceField(
                label=Part(part).label, required=False, choices=choices, initial=values.get((user.pk, day, part), ""))

    def _cells(self) -> Iterator[tuple[User, date, str]]:
        for user in self.officers:
            for day, parts in self.days.items():
                for part in parts:
                    yield user, day, part

    @staticmethod
    def _name(user: User, day: date, part: str) -> str:
        return f"d{user.pk}-{day:%Y%m%d}-{part}"

    def table(self) -> list[tuple[User, list[tuple[date, list[forms.BoundField]]]]]:
        """Rows for the page: an officer, and for each day the bound fields of its buổi (none on a day off)."""
        return [(user, [(day, [self[self._name(user, day, part)] for part in parts]) for day, parts in self.days.items()])
                for user in self.officers]

    def entries(self) -> list[DutyEntry]:
        """What was chosen, for the service."""
        return [entry_of(user.pk, day, part, self.cleaned_data[self._name(user, day, part)]) for user, day, part in self._cells()]


class CopyForm(forms.Form):
    """To how many weeks a roster is copied."""

    weeks = forms.TypedChoiceField(label=_("Số tuần tiếp theo"), coerce=int,
                                   choices=[(number, number) for number in range(1, MOST_WEEKS + 1)])


class TeamForm(forms.Form):
    """A team's name and members."""

    name = ShortText(label=_("Tên tổ"), max_length=40)
    members = Several(label=_("Cán bộ trong tổ"), required=False, queryset=User.objects.none(),
                      widget=forms.CheckboxSelectMultiple)

    def __init__(self, *args: Any, officers: Sequence[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["members"]
        field.queryset = User.objects.filter(pk__in=[user.pk for user in officers])  # type: ignore[attr-defined]
        field.choices = [(user.pk, user.full_name) for user in officers]  # type: ignore[attr-defined]


class RotateForm(forms.Form):
    """A span over which the teams take turns at the counter."""

    first = forms.DateField(label=_("Từ ngày"), widget=DAY_INPUT)
    last = forms.DateField(label=_("Đến hết ngày"), widget=DAY_INPUT)
    every = forms.ChoiceField(label=_("Đổi tổ"), choices=[(rotation.EVERY_DAY, _("Mỗi ngày làm việc")),
                                                          (rotation.EVERY_WEEK, _("Mỗi tuần"))])
    begins = forms.TypedChoiceField(label=_("Tổ trực đầu tiên"), coerce=int, choices=[])
    away = forms.ChoiceField(label=_("Các tổ còn lại"), choices=[(place.value, place.label) for place in (Place.HOME, Place.ONLINE)])

    def __init__(self, *args: Any, teams: Sequence[DutyGroup], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["begins"].choices = [(team.pk, team.name) for team in teams]  # type: ignore[attr-defined]

    def rotation(self) -> Rotation:
        """What was chosen, for the service."""
        chosen = self.cleaned_data
        return Rotation(first=chosen["first"], last=chosen["last"], every=chosen["every"], first_team=chosen["begins"], away=chosen["away"])
