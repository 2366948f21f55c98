"""PURE: a month laid out in weeks for the booking page."""
from __future__ import annotations

import calendar
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from bookings.availability import Day


@dataclass(frozen=True)
class Cell:
    """One day of the month grid: how many people may still come, and why nobody may if nobody may."""

    date: date
    in_month: bool
    free: int
    open: bool
    note: str


def first_of(text: str, today: date) -> date:
    """The first day of the month 'YYYY-MM'; today's month where the text is no month, past, or more than a year ahead."""
    try:
        asked = date.fromisoformat(f"{text}-01")
    except ValueError:
        return today.replace(day=1)
    return asked if today.replace(day=1) <= asked <= today + timedelta(days=366) else today.replace(day=1)


def last_of(first: date) -> date:
    """The last day of a month given its first."""
    return first.replace(day=calendar.monthrange(first.year, first.month)[1])


def weeks(first: date, days: Mapping[date, Day]) -> list[list[Cell]]:
    """The weeks (Monday first) that a month touches."""
    rows = calendar.Calendar().monthdatescalendar(first.year, first.month)
    return [[cell(day, day.month == first.month, days.get(day)) for day in row] for row in rows]


def cell(day: date, in_month: bool, found: Day | None) -> Cell:
    """A day's cell. A day without sessions is shown, but can't be chosen."""
    free = people_free(found)
    return Cell(day, in_month, free, in_month and free > 0, str(found.closed or "") if found else "")


def people_free(day: Day | None) -> int:
    """How many people may still come on a day: what its slots have left in sessions that take dossiers."""
    if day is None:
        return 0
    return sum(slot.people_left for session in day.sessions if session.dossiers_left for slot in session.slots)
