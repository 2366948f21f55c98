"""The working days that everything else counts with: approved calendars as data for onestop.worktime.

An approved calendar never changes (a change is a new version), so its days are kept per process under the hash of
their content. A draft, which serves only where a year has nothing approved, is read every time.
"""
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, time, timedelta
from hashlib import sha256
from types import MappingProxyType

from onestop import worktime
from onestop.offices.models import CalendarDay, WorkCalendar
from onestop.offices.states import CalendarState, DayKind

Interval = tuple[time, time]
_kept: dict[str, "Year"] = {}


@dataclass(frozen=True)
class Year:
    """One year's calendar: the half days of a working day, and the days that differ from Monday to Friday."""

    year: int
    version: int
    approved: bool
    hours: tuple[Interval, ...]
    special: Mapping[date, str]

    def kind(self, day: date) -> str:
        """The DayKind of a day of this year."""
        plain = DayKind.WORKING if day.weekday() < 5 else DayKind.OFF
        return self.special.get(day, plain.value)

    def intervals(self, day: date) -> tuple[Interval, ...]:
        """The working intervals of a day; empty on a day off."""
        kind = self.kind(day)
        if kind == DayKind.OFF:
            return ()
        if kind == DayKind.HALF_MORNING:
            return self.hours[:1]
        if kind == DayKind.HALF_AFTERNOON:
            return self.hours[1:]
        return self.hours


def work_calendar(first: date, last: date) -> worktime.Calendar:
    """The working time of every day from `first` to `last`, both included.

    Where a later year has no calendar yet, the answer ends with the last known year, and counting beyond it raises
    worktime.CalendarMissing; a `first` without a calendar raises it here. Source: rules.md 5.1.
    """
    known = years(first.year, last.year)
    if first.year not in known:
        raise worktime.CalendarMissing(first)
    end_year = first.year
    while end_year < last.year and end_year + 1 in known:
        end_year += 1
    last = min(last, date(end_year, 12, 31))
    return worktime.Calendar(first=first, last=last, days={day: known[day.year].intervals(day) for day in span(first, last)})


def versions(first: date, last: date) -> dict[str, int]:
    """Which version of each year's calendar counts, e.g. {'2026': 2}; stored with a computed due date."""
    return {str(year): found.version for year, found in sorted(years(first.year, last.year).items())}


def years(first: int, last: int) -> dict[int, Year]:
    """The calendars of the years `first` to `last`: the approved one, else the newest draft; missing years are left out."""
    chosen: dict[int, WorkCalendar] = {}
    rows = WorkCalendar.objects.filter(year__range=(first, last)).exclude(state=CalendarState.REPLACED).order_by("version")
    for row in rows:
        best = chosen.get(row.year)
        if best is None or best.state != CalendarState.APPROVED:
            chosen[row.year] = row
    unread = [row for row in chosen.values() if row.fingerprint not in _kept]
    days: dict[int, dict[date, str]] = {row.pk: {} for row in unread}
    if unread:
        for calendar_id, day, kind in CalendarDay.objects.filter(calendar__in=unread).values_list("calendar_id", "date", "kind"):
            days[calendar_id][day] = kind
    return {row.year: _kept[row.fingerprint] if row.fingerprint in _kept else _read(row, days[row.pk]) for row in chosen.values()}


def year_of(row: WorkCalendar) -> Year:
    """One version of a year's calendar, whatever its state."""
    if row.fingerprint and row.fingerprint in _kept:
        return _kept[row.fingerprint]
    return _read(row, dict(row.days.values_list("date", "kind")))


def with_days_of(cal: worktime.Calendar, row: WorkCalendar) -> worktime.Calendar:
    """The same calendar with the days of one version of a year in the place of that year's: as if that version counted."""
    found = year_of(row)
    days = {day: found.intervals(day) if day.year == row.year else hours for day, hours in cal.days.items()}
    return worktime.Calendar(cal.first, cal.last, days)


def changed_days(row: WorkCalendar) -> list[date]:
    """The days on which work differs between a version and the one in force before it (for a draft: the one in force now), in order;
    every day of the year where there is none."""
    days = span(date(row.year, 1, 1), date(row.year, 12, 31))
    others = WorkCalendar.objects.filter(year=row.year).exclude(pk=row.pk)
    state = CalendarState.APPROVED if row.state == CalendarState.DRAFT else CalendarState.REPLACED
    before = others.filter(state=state, version__lt=row.version).order_by("-version").first()
    if before is None:
        return days
    old, new = year_of(before), year_of(row)
    return [day for day in days if old.intervals(day) != new.intervals(day)]


def fingerprint(calendar: WorkCalendar, days: Iterable[tuple[date, str]]) -> str:
    """The hash of all that an approved calendar says, its version included."""
    parts = [f"{calendar.year}/{calendar.version}", repr(calendar.hours), *(f"{day} {kind}" for day, kind in sorted(days))]
    return sha256("\n".join(parts).encode()).hexdigest()


def span(first: date, last: date) -> list[date]:
    """Every day from `first` to `last`, both included."""
    return [first + timedelta(days=index) for index in range((last - first).days + 1)]


def _read(row: WorkCalendar, days: dict[date, str]) -> Year:
    hours = tuple((time.fromisoformat(start), time.fromisoformat(end)) for start, end in row.hours)
    approved = row.state == CalendarState.APPROVED
    found = Year(row.year, row.version, approved, hours, MappingProxyType(days))
    if approved and row.fingerprint:
        _kept[row.fingerprint] = found
    return found
