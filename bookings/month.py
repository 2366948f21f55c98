"""PURE: a month of free places laid out for the page."""
from __future__ import annotations

import calendar
from collections.abc import Callable, Mapping
from datetime import date, timedelta

from django.utils.translation import gettext as _

from bookings.availability import Day
from onestop.people.shapes import DayCell, weeks

FEW = 6  # people: a day with fewer places than this is shown as nearly full


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


def grid(first: date, days: Mapping[date, Day], *, today: date, chosen: date | None, link: Callable[[date], str]) -> list[list[DayCell]]:
    """The weeks (Monday first) of the month that starts on `first`."""
    count = last_of(first).day
    return weeks([cell(first.replace(day=number), days, today, chosen, link) for number in range(1, count + 1)])


def cell(day: date, days: Mapping[date, Day], today: date, chosen: date | None, link: Callable[[date], str]) -> DayCell:
    """One day: a link where a place is left, else why not."""
    found = days.get(day)
    free = people_free(found)
    if day < today:
        return DayCell(day, "past")
    if free:
        return DayCell(day, "few" if free < FEW else "free", _("%(free)s chỗ") % {"free": free}, link(day), day == chosen, day == today)
    if found is None or not found.sessions:
        return DayCell(day, "closed", _("Nghỉ") if found is not None and found.closed else "", today=day == today)
    return DayCell(day, "full", _("Hết chỗ"), today=day == today)


def people_free(day: Day | None) -> int:
    """How many people may still come on a day: what its slots have left in sessions that take dossiers."""
    if day is None:
        return 0
    return sum(slot.people_left for session in day.sessions for slot in session.free_slots)
