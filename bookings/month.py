"""PURE: a month of free places laid out for the page."""
from __future__ import annotations

import calendar
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from bookings.availability import Day, SessionLeft, SlotLeft
from onestop.people.shapes import DayCell, SlotCell, weeks
from onestop.people.shown import time_of_day

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


@dataclass(frozen=True)
class Party:
    """How many come with how many dossiers: what a place must have left."""

    people: int = 1
    dossiers: int = 1

    def fits(self, session: SessionLeft, slot: SlotLeft) -> bool:
        """Whether this slot can take them."""
        return slot.people_left >= self.people and session.dossiers_left >= self.dossiers

    def free(self, day: Day | None) -> int:
        """How many people may still come on a day, in the slots that can take this party."""
        if day is None:
            return 0
        return sum([slot.people_left for session in day.sessions if session.dossiers_left >= self.dossiers
                    for slot in session.slots if slot.people_left >= self.people])


def grid(first: date, days: Mapping[date, Day], party: Party, *, today: date, chosen: date | None,
         link: Callable[[date], str]) -> list[list[DayCell]]:
    """The weeks (Monday first) of the month that starts on `first`."""
    numbers = range(1, last_of(first).day + 1)
    return weeks([cell(first.replace(day=number), days, party, today, chosen, link) for number in numbers])


def cell(day: date, days: Mapping[date, Day], party: Party, today: date, chosen: date | None, link: Callable[[date], str]) -> DayCell:
    """One day: a link where a place is left, else why not."""
    found = days.get(day)
    free = party.free(found)
    if day < today:
        return DayCell(day, "past")
    if free:
        note = ngettext("%(free)s chỗ", "%(free)s chỗ", free) % {"free": free}
        return DayCell(day, "few" if free < FEW else "free", note, link(day), day == chosen, day == today)
    if found is None or not found.sessions:
        return DayCell(day, "closed", _("Nghỉ") if found is not None and found.closed else "", today=day == today)
    return DayCell(day, "full", _("Hết chỗ"), today=day == today)


def soonest(days: Mapping[date, Day], party: Party) -> date | None:
    """The first day with a place."""
    return next((day for day in sorted(days) if party.free(days[day])), None)


def times(day: Day | None, party: Party) -> list[tuple[str, list[SlotCell]]]:
    """The times of a day by buổi, as radio buttons; those without room for the party are shown and can't be chosen."""
    if day is None:
        return []
    return [(session.part_name, [time_cell(session, slot, party) for slot in session.slots]) for session in day.sessions if session.slots]


def time_cell(session: SessionLeft, slot: SlotLeft, party: Party) -> SlotCell:
    """One time with how many people may still come."""
    fits = party.fits(session, slot)
    left = slot.people_left if session.dossiers_left >= party.dossiers else 0
    if fits:
        note = ngettext("còn %(free)s chỗ", "còn %(free)s chỗ", left) % {"free": left}
    elif left:
        note = ngettext("chỉ còn %(free)s chỗ", "chỉ còn %(free)s chỗ", left) % {"free": left}
    else:
        note = _("Hết chỗ")
    return SlotCell(label=f"{time_of_day(slot.starts_at)} – {time_of_day(slot.ends_at)}", note=note, value=str(slot.id), free=fits)
