"""What a process remembers of slots, procedures and the days they may be booked for, while the stamp of those facts stays the same.

Never whether a place is free: counters are read and changed by the database alone. How old a remembered fact may be: a sale is
made only if its own statement finds the stamp unchanged (services/fast.py), so not at all; everything else at most LOOK_AGAIN.
Inside a transaction, and on SQLite, nothing is remembered.
"""
from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import date

from django.db import connection

from bookings import eligibility
from bookings.models import Slot
from onestop import clock
from onestop.catalogue.models import Procedure
from onestop.directives import stamp
from onestop.directives.rules import Applied
from onestop.guide import channels
from onestop.offices.models import Office
from onestop.transitions import Refused

LOOK_AGAIN = 1.0  # seconds
MOST_SLOTS = 20_000
Days = dict[date, Refused | None]


@dataclass
class Facts:
    """Everything remembered under one stamp. Rows are shared by threads and only read; their counters mean nothing."""

    stamp: str
    looked_at: float = field(default_factory=time.monotonic)
    slots: dict[int, Slot] = field(default_factory=dict)
    offices: dict[str, Office] = field(default_factory=dict)
    procedures: dict[str, Procedure] = field(default_factory=dict)
    by_appointment: dict[tuple[int, int, date], Applied | None] = field(default_factory=dict)
    days: dict[tuple[int, int, str, date], Days] = field(default_factory=dict)
    texts: dict[tuple[int, int, str], tuple[str, str]] = field(default_factory=dict)

    def slot(self, pk: int) -> Slot:
        """The slot with its session and office. Raises Refused('unknown_slot', 404)."""
        found = self.slots.get(pk)
        if found is None:
            if len(self.slots) >= MOST_SLOTS:
                self.slots, self.texts = {}, {}
            found = self.slots[pk] = eligibility.find_slot(pk)
        return found

    def procedure(self, code: str) -> Procedure | None:
        """The procedure with its current version and that version's papers."""
        found = self.procedures.get(code) or _procedure(code)
        if found is not None:
            self.procedures[code] = found
        return found

    def office(self, code: str) -> Office | None:
        """The office with its area and province."""
        found = self.offices.get(code) or _office(code)
        if found is not None:
            self.offices[code] = found
        return found

    def needs_appointment(self, office: Office, procedure: Procedure) -> Applied | None:
        """The rule by which the counter serves only people with an appointment today, if one is in force."""
        key = (office.pk, procedure.pk, clock.today())
        if key not in self.by_appointment:
            self.by_appointment[key] = channels.needs_appointment(office=office, procedure=procedure, on=key[2])
        return self.by_appointment[key]

    def day_refusal(self, office: Office, procedure: Procedure, purpose: str, on: date) -> Refused | None:
        """What eligibility.day_refusal says, for a day on which one may book at all."""
        return self.refusals(office, procedure, purpose).get(on)

    def refusals(self, office: Office, procedure: Procedure, purpose: str) -> Days:
        """The same for every day from today on."""
        today = clock.today()
        key = (office.pk, procedure.pk, purpose, today)
        if key not in self.days:
            self.days[key] = eligibility.day_refusals(office, procedure, purpose, today, eligibility.last_bookable_day(today))
        return self.days[key]


_facts = Facts(stamp.NONE, looked_at=-LOOK_AGAIN)


def may_remember() -> bool:
    """Whether this is a place and a database for it."""
    return connection.vendor == "postgresql" and not connection.in_atomic_block


def latest() -> Facts:
    """What is remembered; its stamp was compared within the last LOOK_AGAIN seconds."""
    if not _facts.stamp or time.monotonic() - _facts.looked_at > LOOK_AGAIN:
        return look_again()
    return _facts


def forget() -> None:
    """Remember nothing: the rows behind what was known may be gone, as after a restored backup."""
    global _facts
    _facts = Facts(stamp.NONE, looked_at=-LOOK_AGAIN)


def look_again() -> Facts:
    """Compare the stamp now and forget everything if it has changed. The stamp is read before the facts, never after."""
    global _facts
    now = stamp.current()
    if now != _facts.stamp or not now:
        _facts = Facts(now)
    _facts.looked_at = time.monotonic()
    return _facts


def _procedure(code: str) -> Procedure | None:
    return Procedure.objects.select_related("current").prefetch_related("current__papers").filter(code=code).first()


def _office(code: str) -> Office | None:
    return Office.objects.select_related("area", "province").filter(code=code).first()


def office(code: str) -> Office | None:
    """The office of a code, remembered where that is allowed."""
    return latest().office(code) if may_remember() else _office(code)


def needs_appointment(found: Office, wanted: Procedure) -> Applied | None:
    """channels.needs_appointment today, remembered where that is allowed."""
    if may_remember():
        return latest().needs_appointment(found, wanted)
    return channels.needs_appointment(office=found, procedure=wanted, on=clock.today())


def procedure(code: str) -> Procedure | None:
    """The procedure of a code, remembered where that is allowed."""
    return latest().procedure(code) if may_remember() else _procedure(code)


def day_refusals(office: Office, procedure: Procedure, purpose: str, first: date, last: date) -> Days:
    """eligibility.day_refusals for days on which one may book, remembered where that is allowed."""
    if may_remember():
        return latest().refusals(office, procedure, purpose)
    return eligibility.day_refusals(office, procedure, purpose, first, last)


def as_it_is(procedure: Procedure) -> Procedure:
    """The procedure read anew where the one at hand may be a remembered one."""
    return (_procedure(procedure.code) or procedure) if may_remember() else procedure


def slot(pk: int) -> Slot:
    """Slot, session and office, remembered where that is allowed: not for its counters. Raises Refused('unknown_slot', 404)."""
    return latest().slot(pk) if may_remember() else eligibility.find_slot(pk)
