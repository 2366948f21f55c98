"""The guard (booking.md): one conditional UPDATE per counter, slot before session; the CHECK of the table is the second guard.

Every function runs inside the caller's transaction and changes exactly one slot row and one session row, or refuses.
Taking never uses `extra`: what was granted above the declared number belongs to the booking it was granted for, so
freeing a place takes it back first.
"""
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Literal

from django.db import IntegrityError
from django.db.models import F, Value
from django.db.models.functions import Greatest, Least

from bookings.models import QueueCounter, Session, Slot
from bookings.refusals import already_booked, closed, session_full, slot_full
from bookings.states import OpenState
from onestop.patience import patiently
from onestop.transitions import Refused

Column = Literal["held", "booked"]
ACTIVE_ONCE_COLUMNS = "bookings_appointment.person_key"  # how SQLite names the index appointment_one_active


@dataclass(frozen=True)
class Places:
    """What one booking takes: people of a slot, dossiers of its session."""

    slot_id: int
    session_id: int
    people: int
    dossiers: int


def take(places: Places, column: Column, *, urgent: bool = False) -> None:
    """Take free places into `held` or `booked`. Raises Refused('slot_full' | 'session_full' | 'closed', 409).

    The last `urgent_only` places are for urgent procedures (letter Vĩnh Phúc 2). With no dossiers (a move inside one session)
    the session is left alone.
    """
    people, dossiers = places.people, places.dossiers
    kept = Value(0) if urgent else F("urgent_only")
    slot = Slot.objects.filter(pk=places.slot_id, state=OpenState.OPEN, held__lte=F("capacity") - F("booked") - kept - people)
    if slot.update(**{column: F(column) + people}) != 1:
        raise _why_not_slot(places)
    if not dossiers:
        return
    session = Session.objects.filter(pk=places.session_id, state=OpenState.OPEN,
                                     held__lte=F("capacity") - F("booked") - kept - dossiers)
    if session.update(**{column: F(column) + dossiers}) != 1:
        raise _why_not_session(places)


def take_over_limit(places: Places, *, people_limit: int) -> None:
    """Book above the declared numbers, into `extra`; people never above `people_limit` (the room's cap less officers)."""
    people, dossiers = places.people, places.dossiers
    slot = Slot.objects.filter(pk=places.slot_id, state=OpenState.OPEN, held__lte=people_limit - F("booked") - people)
    if slot.update(booked=F("booked") + people, extra=_extra(people)) != 1:
        raise _why_not_slot(places)
    session = Session.objects.filter(pk=places.session_id, state=OpenState.OPEN)
    if session.update(booked=F("booked") + dossiers, extra=_extra(dossiers)) != 1:
        raise _why_not_session(places)


def take_at_the_door(slot_id: int, people: int, *, people_limit: int) -> bool:
    """Companions who came with somebody booked here: into `extra` where need be, whether or not the slot takes new bookings."""
    slot = Slot.objects.filter(pk=slot_id, held__lte=people_limit - F("booked") - people)
    return slot.update(booked=F("booked") + people, extra=_extra(people)) == 1


def lock(slot_ids: Collection[int]) -> None:
    """Lock slots, then their sessions, each by key: whoever takes or frees places in several of them, in whatever order, never waits
    in a circle with another."""
    slots = Slot.objects.select_for_update(no_key=True).filter(pk__in=slot_ids).order_by("pk")
    sessions = set(slots.values_list("session_id", flat=True))
    list(Session.objects.select_for_update(no_key=True).filter(pk__in=sessions).order_by("pk").values_list("pk"))


def held_to_booked(places: Places) -> bool:
    """Move held places to booked: never free in between. False: the slot closed or the hold ended, so the caller must undo."""
    for model, pk, count in ((Slot, places.slot_id, places.people), (Session, places.session_id, places.dossiers)):
        row = model.objects.filter(pk=pk, state=OpenState.OPEN, held__gte=count)
        if row.update(held=F("held") - count, booked=F("booked") + count) != 1:
            return False
    return True


def free(places: Places, column: Column) -> bool:
    """Give places back, whatever the state of slot and session. False: they were not there, so the caller must undo."""
    for model, pk, count in ((Slot, places.slot_id, places.people), (Session, places.session_id, places.dossiers)):
        row = model.objects.filter(pk=pk, **{f"{column}__gte": count})
        if row.update(**{column: F(column) - count}, extra=_extra(-count)) != 1:
            return False
    return True


@patiently
def lower(model: type[Slot] | type[Session], pk: int, capacity: int, urgent_only: int = 0) -> int:
    """Set a limit, up or down, in one statement; gives how many rows changed.

    Who lies above it stays legal in `extra`: taking never uses that, and freeing gives it back first (booking.md, guard 7).
    """
    over = Greatest(Value(0), F("held") + F("booked") - capacity)
    return model.objects.filter(pk=pk).update(capacity=capacity, urgent_only=min(urgent_only, capacity), extra=over)


def _extra(change: int) -> Greatest | Least:
    """What is granted above the declared number once held + booked has changed by `change`."""
    over = Greatest(Value(0), F("held") + F("booked") + change - F("capacity"))
    return over if change > 0 else Least(F("extra"), over)


def _why_not_slot(places: Places) -> Refused:
    return slot_full() if Slot.objects.filter(pk=places.slot_id, state=OpenState.OPEN).exists() else closed()


def _why_not_session(places: Places) -> Refused:
    return session_full() if Session.objects.filter(pk=places.session_id, state=OpenState.OPEN).exists() else closed()


def next_queue_number(*, office_id: int, day: date) -> int:
    """The next number of an office's day. The row stays locked until the booking commits, so numbers have no gaps."""
    row = QueueCounter.objects.filter(office_id=office_id, date=day)
    if row.update(last=F("last") + 1) != 1:
        QueueCounter.objects.bulk_create([QueueCounter(office_id=office_id, date=day)], ignore_conflicts=True)
        row.update(last=F("last") + 1)
    return row.values_list("last", flat=True).get()


def raise_as_refusal(error: IntegrityError) -> None:
    """Raise the Refused that a broken constraint of a booking stands for; return where it is none of those."""
    if broke(error, "appointment_one_active", columns=ACTIVE_ONCE_COLUMNS):
        raise already_booked() from error
    if broke(error, "slot_not_oversold"):
        raise slot_full() from error
    if broke(error, "session_not_oversold"):
        raise session_full() from error


def broke(error: IntegrityError, constraint: str, *, columns: str = "") -> bool:
    """Whether `error` is the named constraint's; SQLite names a unique index by its columns."""
    named = getattr(getattr(error.__cause__, "diag", None), "constraint_name", None)
    return named == constraint or constraint in str(error) or (bool(columns) and columns in str(error))
