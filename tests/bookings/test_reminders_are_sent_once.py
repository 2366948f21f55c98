"""Reminders come from the rows: the nearest one only, never twice, none for moved-away or cancelled places."""
from datetime import timedelta

import pytest

from bookings.closable import Target
from bookings.models import RelocationItem, Slot
from bookings.services import appointments, relocation, reminders, sessions, visits
from bookings.states import MoveOutcome, OpenState
from onestop import clock
from onestop.notify.models import Message
from onestop.notify.states import State, Urgency
from onestop.offices.models import Closure, Room
from onestop.offices.services import close_office, reopen_office
from onestop.transitions import Refused


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


def sent(row):
    """What was written has gone out."""
    Message.objects.filter(event_key__startswith=f"appointment:{row.pk}:remind", state=State.CREATED).update(state=State.SENT)


def test_the_day_before_and_two_hours_before(book, later):
    row = book(1, at=later).appointment
    start = later.starts_at
    assert sweep(start - timedelta(hours=25)) == 0
    assert [sweep(start - timedelta(hours=hours)) for hours in (24, 23, 10, 3)] == [1, 0, 0, 0]
    sent(row)
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


# --- turns: what happens between two sweeps ------------------------------------------------------------------------

def hours_told(row):
    return [int(key.split(":")[3]) for key in told(row)]


def before(slot, hours):
    return slot.starts_at - timedelta(hours=hours)


def test_back_at_the_time_they_left_people_are_reminded_of_it_again(book, later, open_office):
    row = book(1, at=later).appointment
    target = first_after(open_office, later.starts_at + timedelta(days=1))
    assert sweep(before(later, 24)) == 1
    appointments.reschedule(appointment=row, slot_id=target.pk)
    appointments.reschedule(appointment=row, slot_id=later.pk)
    assert told(row) == []
    assert [sweep(before(later, hours)) for hours in (23, 22)] == [1, 0]
    sent(row)
    assert [sweep(before(later, hours)) for hours in (2, 1)] == [1, 0]
    assert hours_told(row) == [24, 2]


def test_a_reminder_is_of_no_use_once_the_time_has_come(book, later):
    row = book(1, at=later).appointment
    sweep(before(later, 24))
    assert Message.objects.get(event_key=told(row)[0]).useless_at == later.starts_at


def test_the_nearer_reminder_replaces_one_that_could_not_be_sent(book, later):
    row = book(1, at=later).appointment
    assert [sweep(before(later, hours)) for hours in (24, 2)] == [1, 1]
    assert hours_told(row) == [2]


@pytest.mark.parametrize(("first", "then", "asked", "expected"), [
    ([24, 2], [12], (24, 13, 12, 1), [24, 12]),  # the nearest of before is farther than the new one
    ([24, 2], [48, 24, 2], (24, 23, 2), [24, 2]),
    ([2], [24, 2], (20, 2), [24, 2]),  # late for the new one, but in time
    ([24, 2], [24, 3], (24, 2.5, 2), [24, 3]),
    ([24, 2], [], (24, 2, 1), [24]),
    ([24, 2], [24, 0, -1, 24], (24, 2, 1), [24]),  # hours that are none
])
def test_the_setting_changes_between_two_sweeps(book, later, settings, first, then, asked, expected):
    settings.REMINDER_HOURS = first if asked[0] >= 24 else []
    row = book(1, at=later).appointment
    sweep(before(later, asked[0] + 0.5))
    if asked[0] >= 24:
        sweep(before(later, asked[0]))
        sent(row)
    settings.REMINDER_HOURS = then
    for hours in asked:
        sweep(before(later, hours))
        sent(row)
    assert hours_told(row) == expected


def test_a_closed_office_reminds_nobody_and_takes_back_what_was_not_sent(book, later, open_office):
    row = book(1, at=later).appointment
    other = book(2, at=first_after(open_office, later.starts_at)).appointment
    assert sweep(before(later, 24)) >= 1
    closure = close_office(actor=open_office.administrator, office=open_office.office, starts_on=later.session.date, reason="Phong tỏa")
    assert sweep(before(later, 23)) == 0
    assert told(row) == told(other) == []
    assert sweep(before(later, 1)) == 0
    reopen_office(actor=open_office.administrator, closure=closure)
    with clock.frozen(before(later, 1)):
        assert reminders.remind() >= 1
    assert hours_told(row) == [2]


def test_a_closed_room_reminds_its_own_people_only(book, later, open_office):
    row = book(1, at=later).appointment
    elsewhere = Room.objects.create(office=open_office.office, name="Phòng khác")
    close_office(actor=open_office.administrator, office=open_office.office, room=elsewhere, starts_on=later.session.date, reason="Sửa")
    assert sweep(before(later, 24)) == 1
    close_office(actor=open_office.administrator, office=open_office.office, room=later.room, starts_on=later.session.date, reason="Sửa")
    sweep(before(later, 23))
    assert told(row) == []


def test_closed_for_new_bookings_is_not_closed_for_those_booked(book, later, open_office):
    row = book(1, at=later).appointment
    sessions.set_state(actor=open_office.administrator, session=later.session, state=OpenState.CLOSED, reason="Đủ người")
    assert sweep(before(later, 24)) == 1 and hours_told(row) == [24]


def test_nobody_is_reminded_of_a_place_that_is_being_changed(book, later, open_office):
    row = book(1, at=later).appointment
    made = relocation.draft(actor=open_office.administrator, target=Target(office=open_office.office), from_at=clock.now(),
                            until_at=None, reason="Phong tỏa")
    relocation.start(actor=open_office.administrator, relocation=made)
    Closure.objects.all().delete()  # even if nothing else told of it
    assert RelocationItem.objects.filter(appointment=row, outcome=MoveOutcome.PENDING).exists()
    assert sweep(before(later, 24)) == 0 and told(row) == []


def test_one_that_cannot_be_written_keeps_none_of_the_others_waiting(book, later, monkeypatch):
    first, second = book(1, at=later).appointment, book(2, at=later).appointment
    monkeypatch.setattr(reminders, "CHUNK", 1)
    real = reminders.telling.remind

    def stubborn(appointment, hours):
        if appointment.pk == first.pk:
            raise Refused("busy", "…", status=503)
        real(appointment, hours)

    monkeypatch.setattr(reminders.telling, "remind", stubborn)
    assert sweep(before(later, 24)) == 1
    assert told(first) == [] and hours_told(second) == [24]
    monkeypatch.undo()
    assert sweep(before(later, 23)) == 1
    assert hours_told(first) == [24]


def test_what_happens_to_a_near_time_is_told_at_once_and_to_a_far_one_by_day(book, slot, later):
    near, far = book(1).appointment, book(2, at=later).appointment
    with clock.frozen(slot.starts_at - timedelta(hours=9)):
        for row in (near, far):
            appointments.cancel(appointment=row, by_label="công dân")
    urgencies = {row.pk: Message.objects.get(event_key=f"appointment:{row.pk}:cancelled").urgency for row in (near, far)}
    assert urgencies == {near.pk: Urgency.NOW, far.pk: Urgency.DAY}


def test_what_was_said_of_a_place_is_not_sent_once_it_was_left(book, slot, later, open_office):
    moved, ended = book(1, at=later).appointment, book(2, at=later).appointment
    Message.objects.update(state=State.CREATED)
    Message.objects.filter(event_key=f"appointment:{ended.pk}:booked").update(state=State.PERMANENT)
    appointments.reschedule(appointment=moved, slot_id=slot.pk)
    appointments.cancel(appointment=ended, by_label="công dân")
    of_moved = Message.objects.filter(event_key__startswith=f"appointment:{moved.pk}:").order_by("pk")
    assert list(of_moved.values_list("template_key", "state")) == [("appointment_booked", "obsolete"), ("appointment_moved", "created")]
    assert Message.objects.get(event_key=f"appointment:{ended.pk}:booked").useless_at is not None, "nobody calls about it"
    assert Message.objects.get(event_key=f"appointment:{ended.pk}:cancelled").state == State.CREATED
