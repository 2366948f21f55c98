"""Reminders come from the rows: the nearest one only, never twice, none for moved-away or cancelled places."""
from datetime import timedelta

import pytest

from bookings.models import Slot
from bookings.services import appointments, reminders, visits
from onestop import clock
from onestop.notify.models import Message
from onestop.notify.states import State


@pytest.fixture(autouse=True)
def two_reminders(settings):
    settings.REMINDER_HOURS = [24, 2]


@pytest.fixture
def later(open_office):
    """A slot five days ahead."""
    return first_after(open_office, clock.now() + timedelta(days=5))


def first_after(cast, moment):
    return Slot.objects.filter(session__office=cast.office, starts_at__gt=moment).order_by("starts_at").first()


def told(row):
    return list(Message.objects.filter(event_key__startswith=f"appointment:{row.pk}:remind").exclude(state=State.OBSOLETE)
                .order_by("pk").values_list("event_key", flat=True))


def sweep(at):
    with clock.frozen(at):
        return reminders.remind()


def test_the_day_before_and_two_hours_before(book, later):
    row = book(1, at=later).appointment
    start = later.starts_at
    assert sweep(start - timedelta(hours=25)) == 0
    assert [sweep(start - timedelta(hours=hours)) for hours in (24, 23, 10, 3)] == [1, 0, 0, 0]
    assert [sweep(start - timedelta(minutes=minutes)) for minutes in (120, 60, 1)] == [1, 0, 0]
    assert sweep(start) == sweep(start + timedelta(hours=1)) == 0
    stamp = clock.local(start).isoformat()
    assert told(row) == [f"appointment:{row.pk}:remind:24:{stamp}", f"appointment:{row.pk}:remind:2:{stamp}"]
    assert row.code in Message.objects.get(event_key=told(row)[0]).body


def test_a_worker_that_was_down_sends_only_the_nearest(book, later):
    row = book(1, at=later).appointment
    assert sweep(later.starts_at - timedelta(minutes=90)) == 1
    assert [key.split(":")[3] for key in told(row)] == ["2"]


def test_booked_late_needs_no_reminder_of_the_day_before(book, slot):
    assert slot.starts_at - clock.now() < timedelta(hours=24)
    row = book(1).appointment
    assert sweep(clock.now() + timedelta(minutes=1)) == 0
    assert sweep(slot.starts_at - timedelta(hours=1)) == 1
    assert [key.split(":")[3] for key in told(row)] == ["2"]


def test_moved_appointments_are_reminded_of_the_new_time(book, later, open_office):
    row = book(1, at=later).appointment
    assert sweep(later.starts_at - timedelta(hours=20)) == 1
    target = first_after(open_office, later.starts_at + timedelta(days=1))
    appointments.reschedule(appointment=row, slot_id=target.pk)
    assert told(row) == []
    assert sweep(later.starts_at - timedelta(hours=1)) == 0
    assert sweep(target.starts_at - timedelta(hours=20)) == 1
    assert told(row) == [f"appointment:{row.pk}:remind:24:{clock.local(target.starts_at).isoformat()}"]
    appointments.reschedule(appointment=row, slot_id=later.pk)
    assert told(row) == []


def test_cancelled_and_arrived_people_are_not_reminded(book, slot, later, open_office):
    cancelled, arrived = book(1, at=later).appointment, book(2).appointment
    sweep(later.starts_at - timedelta(hours=20))
    appointments.cancel(appointment=cancelled, by_label="công dân")
    assert told(cancelled) == [] and sweep(later.starts_at - timedelta(hours=1)) == 0
    with clock.frozen(clock.at(slot.session.date, 6)):
        visits.check_in(actor=open_office.guard, appointment=arrived)
    assert sweep(slot.starts_at - timedelta(hours=1)) == 0


def test_other_hours_may_be_set(book, later, settings):
    settings.REMINDER_HOURS = [48]
    row = book(1, at=later).appointment
    assert sweep(later.starts_at - timedelta(hours=40)) == 1 and sweep(later.starts_at - timedelta(hours=1)) == 0
    assert len(told(row)) == 1
