"""Reminders, computed from the rows at every sweep: nothing to schedule, so nothing to forget when a worker dies.

An appointment that was moved, cancelled or lost its place has none; one whose office is shut that day waits for the office to
open again; what was written but not sent by then is taken back.
"""
from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from functools import cache

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef

from bookings import eligibility
from bookings.models import Appointment, RelocationItem, Slot
from bookings.models.appointments import AppointmentQuerySet
from bookings.services import telling
from bookings.states import AppointmentState, MoveOutcome, Purpose, RelocationState
from onestop import clock
from onestop.catalogue.models import Procedure
from onestop.notify.models import Message
from onestop.notify.states import TO_SEND
from onestop.offices.models import Office
from onestop.patience import or_next_sweep, patiently

CHUNK = 500
LOOK_AHEAD = timedelta(minutes=30)  # unsent reminders that go out within this are looked at once more
Shut = Callable[[Appointment], bool]


def reminder_settled(slot: Slot) -> int | None:
    """The nearest reminder (hours before) that a place taken now has already passed; None while all are still to come."""
    left = (slot.starts_at - clock.now()).total_seconds() / 3600
    passed = [hours for hours in settings.REMINDER_HOURS if left <= hours]
    return min(passed) if passed else None


def remind() -> int:
    """Take back what is not true any more, and write the reminders that are due and not yet written; gives how many were written.

    For each of REMINDER_HOURS the appointments that start within so many hours and not within the next smaller number:
    only the nearest reminder is sent. A place taken later than a reminder's hour needs none (see reminder_settled).
    """
    now, shut = clock.now(), _shut_of()
    take_back(shut)
    written, nearer = 0, now
    for hours in sorted({hours for hours in settings.REMINDER_HOURS if hours > 0}):
        until = now + timedelta(hours=hours)
        for row in _in_chunks(_due(hours, nearer, until)):
            written += not shut(row) and or_next_sweep(f"reminder of appointment {row.pk}", _remind, row.pk, hours)
        nearer = until
    return written


def _due(hours: int, after: datetime, until: datetime) -> AppointmentQuerySet:
    """Who is to be reminded; not those for whom another place is being looked for at this moment."""
    moving = RelocationItem.objects.filter(appointment=OuterRef("pk"), outcome=MoveOutcome.PENDING,
                                           relocation__state=RelocationState.RUNNING)
    return Appointment.objects.unreminded(hours).starting_between(after, until).filter(~Exists(moving))


def _in_chunks(rows: AppointmentQuerySet) -> Iterator[Appointment]:
    """By primary key, so that each appointment is met once however many are written meanwhile."""
    last = 0
    while found := list(rows.filter(pk__gt=last).select_related("slot", "office", "procedure").order_by("pk")[:CHUNK]):
        yield from found
        last = found[-1].pk


@patiently
@transaction.atomic
def _remind(pk: int, hours: int) -> bool:
    """Claim one appointment as reminded and write its message; False if it moved, ended or was reminded meanwhile."""
    now = clock.now()
    row = Appointment.objects.unreminded(hours).filter(pk=pk)
    if row.update(reminded_hours=hours) != 1:
        return False
    appointment = Appointment.objects.select_related("slot", "office", "procedure").get(pk=pk)
    if not now < appointment.slot.starts_at <= now + timedelta(hours=hours):
        transaction.set_rollback(True)
        return False
    telling.forget_reminders(appointment)  # an earlier one that could not be sent yet says the same
    telling.remind(appointment, hours)
    return True


# --- what is not true any more ------------------------------------------------------------------------------------

def take_back(shut: Shut) -> int:
    """Reminders about to be sent to people whose office is shut that day, or whose appointment is not what they say; how many."""
    soon = Message.objects.filter(state__in=TO_SEND, next_attempt_at__lte=clock.now() + LOOK_AHEAD, template_key=telling.REMINDER)
    told, last = 0, 0
    while messages := list(soon.filter(pk__gt=last).order_by("pk")[:CHUNK]):
        rows = Appointment.objects.select_related("slot", "office", "procedure").in_bulk({telling.appointment_of(row) for row in messages})
        for message in messages:
            row = rows.get(telling.appointment_of(message))
            if row is not None and not _is_true(message, row, shut):
                told += or_next_sweep(f"reminder {message.pk}", _take_back, row)
        last = messages[-1].pk
    return told


def _is_true(message: Message, row: Appointment, shut: Shut) -> bool:
    return row.state == AppointmentState.BOOKED and telling.names_time_of(message, row) and not shut(row)


@patiently
@transaction.atomic
def _take_back(row: Appointment) -> bool:
    """The person is reminded again should the office open in time."""
    telling.forget_reminders(row)
    return Appointment.objects.filter(pk=row.pk, state=AppointmentState.BOOKED, slot=row.slot_id, reminded_hours__gt=0).update(
        reminded_hours=None) == 1


def _shut_of() -> Shut:
    """Whether nobody is served at an appointment's place that day: a closure of the office or the room, a blockade; urgent procedures
    that are served all the same are not shut out. Each office, procedure and day is asked for once a sweep."""

    @cache
    def refused(office: Office, procedure: Procedure, purpose: str, on: date) -> bool:
        return eligibility.day_refusal(office, procedure, purpose, on) is not None

    @cache
    def closed_rooms(office: Office, on: date) -> set[int | None]:
        return set(office.closures.covering(on).values_list("room_id", flat=True))

    def shut(row: Appointment) -> bool:
        place = (row.office, row.procedure)
        away = refused(*place, Purpose.COLLECT, row.queue_date) and (
            row.purpose != Purpose.SUBMIT or refused(*place, Purpose.SUBMIT, row.queue_date))
        return away or row.slot.room_id in closed_rooms(row.office, row.queue_date)

    return shut
