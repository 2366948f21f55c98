"""Sessions and slots are rows made ahead; the roster and the letters set how many people a slot takes."""
import time
from datetime import date, timedelta

import pytest

from bookings.models import QueueCounter, Session, SessionEvent, Slot
from bookings.services import holds, sessions
from onestop import clock
from onestop.offices.models import Closure, DutyShift
from onestop.transitions import Refused
from tests.bookings.conftest import DAY


def on_duty(cast, *users, on=DAY, part="morning"):
    for user in users:
        DutyShift.objects.create(office=cast.office, user=user, date=on, part=part, place="counter", room=cast.room)


def people(cast, part="morning"):
    return set(Slot.objects.filter(session__office=cast.office, session__date=DAY, session__part=part).values_list("capacity", flat=True))


def test_a_week(open_office):
    days = Session.objects.filter(office=open_office.office).values_list("date", "part")
    assert {day.weekday() for day, _part in days} == {0, 1, 2, 3, 4}
    morning = Session.objects.get(office=open_office.office, date=DAY, part="morning")
    assert morning.capacity == 20
    assert [f"{clock.local(slot.starts_at):%H:%M}" for slot in morning.slots.all()] == [
        "07:30", "08:00", "08:30", "09:00", "09:30", "10:00", "10:30", "11:00"]
    assert QueueCounter.objects.filter(office=open_office.office, date=DAY, last=0).count() == 1


def test_again_changes_nothing(open_office):
    before = list(Slot.objects.order_by("pk").values_list("pk", "capacity"))
    assert sessions.generate(office=open_office.office, first=clock.today(), days=10) == sessions.Generated(0, 0, 0)
    assert list(Slot.objects.order_by("pk").values_list("pk", "capacity")) == before


def test_officers_on_duty_and_letters_leave_fewer_places(open_office, letter):
    on_duty(open_office, open_office.desk, open_office.leader)
    DutyShift.objects.create(office=open_office.office, user=open_office.specialist, date=DAY, part="morning", place="home")
    assert sessions.generate(office=open_office.office, first=DAY, days=1).changed == 8
    assert people(open_office) == {8} and people(open_office, "afternoon") == {10}
    letter("5/TH", room_cap={"people": 5})
    sessions.generate(office=open_office.office, first=DAY, days=1)
    assert people(open_office) == {3} and people(open_office, "afternoon") == {5}


def test_a_fuller_roster_never_touches_what_is_booked(open_office, book, slot):
    book(1, people=9)
    on_duty(open_office, open_office.desk, open_office.leader)
    sessions.generate(office=open_office.office, first=DAY, days=1)
    slot.refresh_from_db()
    assert (slot.capacity, slot.booked, slot.extra) == (8, 9, 1)
    with pytest.raises(Refused, match="chỗ"):
        book(2)


def test_closed_days_holidays_and_worked_saturdays(cast, morning):
    Closure.objects.create(office=cast.office, starts_on=DAY, ends_on=DAY, reason="Phong tỏa")
    sessions.generate(office=cast.office, first=date(2026, 11, 25), days=3)
    assert not Session.objects.filter(office=cast.office, date=DAY).exists()
    sessions.generate(office=cast.office, first=date(2027, 1, 1), days=1)
    assert not Session.objects.filter(office=cast.office, date=date(2027, 1, 1)).exists()


def test_a_closure_made_later_stops_booking(book, open_office):
    Closure.objects.create(office=open_office.office, starts_on=DAY, ends_on=DAY, reason="Mất điện", legal_basis="12/TB")
    with pytest.raises(Refused) as caught:
        book(1)
    assert caught.value.code == "office_closed" and "Mất điện" in str(caught.value)


def test_limits_are_lowered_only_to_what_is_taken(book, session, slot, open_office):
    book(1, dossiers=3)
    _hold, token = holds.place_hold(slot_id=slot.pk, procedure=open_office.procedure, purpose="submit", dossiers=2)
    with pytest.raises(Refused) as caught:
        sessions.set_capacity(actor=open_office.leader, session=session, capacity=4, reason="Thiếu người")
    assert caught.value.code == "strands" and "5" in str(caught.value)
    assert sessions.set_capacity(actor=open_office.leader, session=session, capacity=5, reason="Thiếu người").capacity == 5
    holds.release_hold(token=token)
    assert sessions.set_capacity(actor=open_office.administrator, session=session, capacity=3, reason="Thiếu người").capacity == 3
    assert SessionEvent.objects.filter(subject=session, verb="set_capacity").count() == 2
    for actor in (open_office.desk, open_office.outsider, open_office.hotline, open_office.citizen):
        with pytest.raises(Refused, match="quyền"):
            sessions.set_capacity(actor=actor, session=session, capacity=30, reason="x")
    for capacity, reason in ((-1, "x"), (10**9, "x"), (10, " ")):
        with pytest.raises(Refused, match="lý do"):
            sessions.set_capacity(actor=open_office.leader, session=session, capacity=capacity, reason=reason)


def test_many_offices_in_seconds(cast, morning, django_assert_max_num_queries):
    started = time.perf_counter()
    with django_assert_max_num_queries(3 * 25):
        made = sessions.generate_all()
    assert made > 3 * 20 * 15 and time.perf_counter() - started < 10
    with django_assert_max_num_queries(3 * 15):
        assert sessions.generate_all() == 0
    assert Session.objects.latest("date").date <= clock.today() + timedelta(days=30)
