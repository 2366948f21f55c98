"""What the day left behind: nobody stays in a room or 'booked' for ever, and a day that closed takes nobody."""
from __future__ import annotations

from datetime import date, time, timedelta
from itertools import pairwise

import pytest

from bookings import availability
from bookings.models import RoomCount, Session, Slot
from bookings.services import appointments, sessions, visits
from bookings.services.audit import audit_capacity
from bookings.states import AppointmentState, Purpose
from onestop import clock
from onestop.offices.models import CalendarDay, Closure, DutyShift, WorkCalendar
from onestop.offices.states import DayKind
from onestop.transitions import Refused
from tests.bookings.conftest import DAY


def night(day: date = DAY):
    return clock.frozen(clock.at(day + timedelta(days=1), 0, 5))


@pytest.fixture
def left_behind(book, open_office, slot):
    """One who never came, one who waited and went, one whom nobody let out."""
    away, waited, inside = (book(number).appointment for number in (1, 2, 3))
    with clock.frozen(slot.starts_at):
        for row in (waited, inside):
            visits.check_in(actor=open_office.guard, appointment=row)
        visits.enter(actor=open_office.guard, appointment=inside)
    return away, waited, inside


def test_the_day_is_closed_at_night(left_behind, open_office, book, session):
    with clock.frozen(clock.at(DAY, 23, 50)):
        assert visits.close_past_days() == 0
    with night():
        assert visits.close_past_days() == 3 and visits.close_past_days() == 0
        for row in left_behind:
            row.refresh_from_db()
        assert [row.state for row in left_behind] == [AppointmentState.NO_SHOW, AppointmentState.DONE, AppointmentState.DONE]
        assert [row.events.last().verb for row in left_behind] == ["no_show", "close_day", "close_day"]
        assert RoomCount.objects.get(room=open_office.room).people == 0 and audit_capacity() == []
        later = Slot.objects.filter(session__office=open_office.office, session__date__gt=clock.today()).order_by("starts_at").first()
        for number in (1, 2, 3):
            assert book(number, at=later).appointment.state == AppointmentState.BOOKED


def test_officers_of_the_hour_count_not_those_of_the_appointment(book, open_office, slot):
    """A morning appointment that enters in the afternoon meets the afternoon's officers in the room."""
    rows = [book(number, people=3).appointment for number in (1, 2, 3)]
    for user in (open_office.desk, open_office.leader):
        DutyShift.objects.create(office=open_office.office, user=user, date=DAY, part="afternoon", place="counter", room=open_office.room)
    with clock.frozen(clock.at(DAY, 14)):
        for row in rows:
            visits.check_in(actor=open_office.guard, appointment=row)
        for row in rows[:2]:
            visits.enter(actor=open_office.guard, appointment=row)
        with pytest.raises(Refused) as refusal:
            visits.enter(actor=open_office.guard, appointment=rows[2])
    assert refusal.value.code == "room_full"


def test_whoever_was_refused_entry_moves_to_another_time(book, open_office, slot, session):
    """Letter Cà Mau 2: the visit is rebooked; the link and the code stay the same."""
    row = book(1).appointment
    with clock.frozen(slot.starts_at):
        visits.refuse_entry(actor=open_office.guard, appointment=row, reason="Sốt")
        later = Slot.objects.filter(session__office=open_office.office, session__date__gt=DAY).order_by("starts_at").first()
        moved = appointments.reschedule(appointment=row, slot_id=later.pk)
        assert (moved.code, moved.state, moved.slot_id) == (row.code, AppointmentState.BOOKED, later.pk)
        slot.refresh_from_db()
        assert slot.booked == 0 and audit_capacity() == []


def test_whoever_was_refused_and_booked_anew_has_one_appointment(book, open_office, slot, session):
    row = book(1).appointment
    with clock.frozen(slot.starts_at):
        visits.refuse_entry(actor=open_office.guard, appointment=row, reason="Sốt")
        book(1, at=session.slots.last())
        with pytest.raises(Refused) as refusal:
            appointments.reschedule(appointment=row, slot_id=session.slots.order_by("starts_at")[3].pk)
    assert refusal.value.code == "already_booked" and audit_capacity() == []


def free_on(cast, day: date) -> int:
    return availability.period(cast.office, cast.procedure, Purpose.SUBMIT, day, day)[0].free


def regenerate(cast) -> None:
    sessions.generate(office=cast.office, first=clock.today(), days=10)


def test_a_day_that_became_a_holiday_takes_nobody(open_office, book):
    assert free_on(open_office, DAY) > 0
    booked = book(1).appointment
    holiday = CalendarDay.objects.create(calendar=WorkCalendar.objects.get(year=2026), date=DAY, kind=DayKind.OFF, name="Nghỉ đột xuất")
    WorkCalendar.objects.filter(year=2026).update(fingerprint="")
    regenerate(open_office)
    assert free_on(open_office, DAY) == 0
    booked.refresh_from_db()
    assert booked.state == AppointmentState.BOOKED and audit_capacity() == []
    with pytest.raises(Refused):
        book(2)
    holiday.delete()
    regenerate(open_office)
    assert free_on(open_office, DAY) > 0 and Session.objects.filter(office=open_office.office, date=DAY).count() == 2


def test_a_room_that_closed_takes_nobody(open_office):
    Closure.objects.create(office=open_office.office, room=open_office.room, starts_on=DAY, ends_on=DAY, reason="Khử khuẩn")
    regenerate(open_office)
    assert free_on(open_office, DAY) == 0 and free_on(open_office, DAY + timedelta(days=1)) > 0


def test_other_hours_are_followed_where_nobody_has_a_place(open_office):
    """Whoever opens later takes nobody before that: the buổi is cut anew from 7:45 on."""
    open_office.office.opening_hours.filter(part="morning").update(opens=time(7, 45))
    regenerate(open_office)
    morning = availability.period(open_office.office, open_office.procedure, Purpose.SUBMIT, DAY, DAY)[0].sessions[0]
    assert clock.local(morning.free_slots[0].starts_at).time() == time(7, 45)


def test_other_hours_keep_the_places_that_people_have(open_office, session, book):
    """Times that somebody booked do not vanish, inside the new hours or before them, nor are times made that overlap them."""
    early, kept = book(1).appointment, book(2, at=session.slots.order_by("starts_at")[2]).appointment
    open_office.office.opening_hours.filter(part="morning").update(opens=time(7, 45))
    regenerate(open_office)
    for row, starts_at in ((early, time(7, 30)), (kept, time(8, 30))):
        row.refresh_from_db()
        assert row.state == AppointmentState.BOOKED and clock.local(row.slot.starts_at).time() == starts_at
    free = availability.period(open_office.office, open_office.procedure, Purpose.SUBMIT, DAY, DAY)[0].sessions[0].free_slots
    assert kept.slot_id in [item.id for item in free] and early.slot_id not in [item.id for item in free]
    assert all(before.ends_at <= after.starts_at for before, after in pairwise(free)) and audit_capacity() == []


def test_a_blockaded_office_hands_nothing_out_either(open_office, letter):
    """Letter Cà Mau 1: the offices of a blockaded area take nobody in person, not even to collect a result."""

    def refusals() -> list[str | None]:
        days = availability.period(open_office.office, open_office.procedure, Purpose.COLLECT, DAY, DAY)
        return [day.refusal.code if day.refusal else None for day in days]

    assert refusals() == [None]
    letter("4708/TH", blockade={})
    assert refusals() == ["blockade"]
