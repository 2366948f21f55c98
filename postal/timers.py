"""PURE: until when a carrier has to fetch something (letter Khánh Hòa, clause 3: four hours).

The letter does not say whether its hours run by night (rules.md 8): both ways are computed and shown, the carrier's setting says which one
counts. Exactly at the due moment is in time; a microsecond later is late.
"""
from collections.abc import Collection as Many
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from onestop.worktime import DAY, Calendar, CalendarMissing, Interval, add_working_minutes

Week = Mapping[str, Sequence[Sequence[str]]]  # {'0': [['07:00', '18:00']], ...}: Monday is 0; a day that is left out is a day off


@dataclass(frozen=True)
class Collection:
    """Until when the carrier has to fetch something. `due_at` counts; `wall_due_at` and `working_due_at` are the two ways of counting the
    same hours (the second None where no calendar is known). `legal_basis`: the letter and clause that gives the hours, '' if none does."""

    due_at: datetime
    wall_due_at: datetime
    working_due_at: datetime | None
    hours: int
    legal_basis: str = ""


def collection(*, start: datetime, hours: int, calendar: Calendar | None, working_hours_only: bool, legal_basis: str = "") -> Collection:
    """Both due moments and the one that counts. Without a calendar for these days the clock on the wall counts."""
    wall = wall_due(start, hours)
    working = known_working_due(calendar, start, hours)
    counts = working if working_hours_only and working is not None else wall
    return Collection(counts, wall, working, hours, legal_basis)


def wall_due(start: datetime, hours: int) -> datetime:
    """`hours` by the clock on the wall."""
    return start + timedelta(hours=hours)


def working_due(calendar: Calendar, start: datetime, hours: int) -> datetime:
    """`hours` of working time after `start`. Raises worktime.CalendarMissing where the calendar ends too early."""
    return add_working_minutes(calendar, start, hours * 60)


def known_working_due(calendar: Calendar | None, start: datetime, hours: int) -> datetime | None:
    """As working_due(); None where the calendar does not reach that far."""
    if calendar is None:
        return None
    try:
        return working_due(calendar, start, hours)
    except CalendarMissing:
        return None


def in_time(due_at: datetime, moment: datetime) -> bool:
    """Whether what happened at `moment` was in time; the due moment itself is."""
    return moment <= due_at


def minutes_left(due_at: datetime, moment: datetime) -> int:
    """Whole minutes by the clock on the wall until the due moment, rounded down; negative once it has passed."""
    return (due_at - moment) // timedelta(minutes=1)


def warn_from(due_at: datetime, minutes: int) -> datetime:
    """From when on somebody is warned that the time is running out."""
    return due_at - timedelta(minutes=minutes)


# --- a carrier's own calendar -------------------------------------------------------------------------------------

def intervals_of(hours: Week, weekday: int) -> tuple[Interval, ...]:
    """The working intervals of one day of a carrier's week, in order."""
    return tuple(sorted((time.fromisoformat(opens), time.fromisoformat(closes)) for opens, closes in hours.get(str(weekday), ())))


def own_calendar(hours: Week, *, first: date, last: date, rests_on: Many[date] = ()) -> Calendar:
    """The calendar of a carrier with a week of its own, from `first` to `last`; on the days of `rests_on` (holidays) it rests."""
    days = [first + DAY * step for step in range((last - first).days + 1)]
    return Calendar(first, last, {day: () if day in rests_on else intervals_of(hours, day.weekday()) for day in days})


def faults(hours: object) -> list[str]:
    """The days of a carrier's week that make no sense ('0' to '6'; ['*'] where it is no week at all): not a weekday, a time that is none,
    an end before its beginning, intervals that overlap, or no working time at all."""
    if not isinstance(hours, Mapping):
        return ["*"]
    wrong = [str(day) for day in hours if str(day) not in set("0123456") or not _sensible(hours, str(day))]
    return wrong or ([] if not hours or any(hours.values()) else ["*"])


def _sensible(hours: Week, day: str) -> bool:
    try:
        found = intervals_of(hours, int(day))
    except (TypeError, ValueError):
        return False
    ends = [closes for _opens, closes in found]
    begins = [opens for opens, _closes in found]
    forwards = all(opens < closes for opens, closes in found)
    return forwards and all(end <= begin for end, begin in zip(ends, begins[1:], strict=False))
