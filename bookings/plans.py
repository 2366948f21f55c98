"""What the sessions and slots of an office should be, from hours, calendar, closures, roster, rooms, letters. Reads only."""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from bookings.services import rooms
from onestop import clock
from onestop.directives.rules import Rules, rules_between
from onestop.directives.states import RuleKind
from onestop.offices.models import Closure, DeclaredDay, Office, OpeningHours, Room
from onestop.offices.queries import officers_by_part, openings
from onestop.offices.states import RoomKind

Key = tuple[date, str]  # a day and its buổi
Span = tuple[datetime, datetime]


@dataclass(frozen=True)
class People:
    """The most people with an appointment at one time, and how many of these places are for urgent procedures only."""

    most: int
    urgent: int

    @classmethod
    def nobody(cls) -> People:
        return cls(0, 0)


@dataclass(frozen=True)
class RoomDays:
    """What one service room takes on the days of a span."""

    room: Room
    rules: dict[date, Rules]
    officers: dict[Key, int]
    shut: tuple[Closure, ...]

    def closed_on(self, day: date) -> bool:
        return any(item.covers(day) for item in self.shut)

    def people(self, day: date, part: str) -> People:
        """The room's cap or the letter's, less officers on duty and the places of people who walk in (letters Cà Mau 1, Thường Tín 4)."""
        if self.closed_on(day):
            return People.nobody()
        cap = rooms.cap_of(self.room, self.rules[day])
        most = max(cap - self.officers.get((day, part), 0) - self.room.walk_in_places, 0)
        return People(most, min(self.room.urgent_places, most))


@dataclass(frozen=True)
class Part:
    """One buổi as it should be: its hours, the grid of its đợt, the dossiers declared for it."""

    day: date
    part: str
    opens: datetime
    closes: datetime
    grid: tuple[Span, ...]
    dossiers: int
    urgent: int


@dataclass(frozen=True)
class Plan:
    """An office's buổi of a span by day and part, and what each service room takes."""

    office: Office
    first: date
    last: date
    parts: dict[Key, Part]
    rooms: tuple[RoomDays, ...]


def plan_of(office: Office, first: date, last: date) -> Plan:
    """The plan of a span. A fixed number of queries, plus one for each room.

    A closed office has places too where a letter has urgent procedures served (Vĩnh Phúc 2); eligibility keeps the others away.
    """
    rules = rules_between(office=office, first=first, last=last)
    urgent = {day for day, in_force in rules.items() if in_force.has(RuleKind.URGENT_SERVED)}
    hours = openings(office=office, first=first, last=last, although_closed=urgent)
    rows = DeclaredDay.objects.filter(office=office, date__range=(first, last)).values_list("date", "part", "max_dossiers")
    declared = {(day, part): most for day, part, most in rows}
    found = room_days(office, rules)
    kept = sum(item.room.urgent_places for item in found)
    parts = [_part(day, row, declared.get((day, row.part), row.max_dossiers), kept) for day, day_rows in hours.items() for row in day_rows]
    return Plan(office, first, last, {(item.day, item.part): item for item in parts}, found)


def room_days(office: Office, rules: dict[date, Rules]) -> tuple[RoomDays, ...]:
    """Each service room on the days of `rules`."""
    shut = [item for item in office.closures.all() if item.room_id is not None]
    days = list(rules)
    return tuple(RoomDays(room, rules, officers_by_part(room=room, first=days[0], last=days[-1]),
                          tuple(item for item in shut if item.room_id == room.pk))
                 for room in office.rooms.filter(kind=RoomKind.SERVICE))


def _part(day: date, hours: OpeningHours, dossiers: int, kept: int) -> Part:
    """The last dossiers of a buổi are kept for urgent procedures: as many as the rooms keep places for them at one time."""
    return Part(day, hours.part, moment(day, hours.opens), moment(day, hours.closes), tuple(slot_times(day, hours)), dossiers,
                min(kept, dossiers))


def moment(day: date, at: time) -> datetime:
    return clock.at(day, at.hour, at.minute)


def slot_times(day: date, hours: OpeningHours) -> list[Span]:
    """The buổi cut into đợt of slot_minutes; a rest too short for a whole one is left out. Pure."""
    return grid(moment(day, hours.opens), moment(day, hours.closes), hours.slot_minutes)


def grid(opens: datetime, closes: datetime, minutes: int) -> list[Span]:
    """The time from `opens` to `closes` cut into pieces of so many minutes; at least one piece. Pure."""
    length = timedelta(minutes=max(minutes, 1))
    count = (closes - opens) // length
    return [(opens + index * length, opens + (index + 1) * length) for index in range(count)] or [(opens, closes)]


@dataclass(frozen=True)
class SlotRow:
    """A slot that exists: `taken` by people who hold or booked it, `alive` while it takes people at all."""

    pk: int
    starts_at: datetime
    ends_at: datetime
    taken: bool
    alive: bool


@dataclass(frozen=True)
class Cut:
    """Which slots serve, with their ends, and which times are missing. Every other slot takes nobody (any more)."""

    serving: dict[int, datetime]
    missing: tuple[Span, ...]


def recut(slots: Sequence[SlotRow], times: Sequence[Span], opens: datetime, closes: datetime) -> Cut:
    """Bring the slots of one room in one buổi to the grid `times` without moving anybody and without two that overlap. Pure.

    Whoever is inside the hours keeps their time; where that does not fit the grid, the old times around them stay too. Where two
    times that people have overlap (hours that were changed to and fro), only the one in use takes more people.
    """
    inside = [row for row in slots if row.starts_at >= opens and row.ends_at <= closes]
    people = [row for row in inside if row.taken]
    kept: list[SlotRow] = []
    for row in sorted(people, key=lambda row: (not row.alive, row.starts_at)):
        kept += [row] if _free(row, kept) else []
    on_grid = set(times)
    if any((row.starts_at, row.ends_at) not in on_grid for row in kept):
        kept += [row for row in sorted(inside, key=lambda row: row.starts_at) if row.alive and not row.taken and _free(row, people)]
    serving = {row.pk: row.ends_at for row in kept}
    chosen: list[Span] = [(row.starts_at, row.ends_at) for row in (*kept, *people)]
    by_start = {row.starts_at: row for row in slots}
    missing: list[Span] = []
    for starts_at, ends_at in times:
        if any(starts_at < end and start < ends_at for start, end in chosen):
            continue
        old = by_start.get(starts_at)
        if old is None:
            missing.append((starts_at, ends_at))
        elif not old.taken:
            serving[old.pk] = ends_at
    return Cut(serving, tuple(missing))


def _free(row: SlotRow, others: Sequence[SlotRow]) -> bool:
    return not any(row.starts_at < other.ends_at and other.starts_at < row.ends_at for other in others)
