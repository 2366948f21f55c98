"""At the door: today only, checks where a letter asks, nobody in above the cap, officers counted."""
import pytest

from bookings import queries
from bookings.models import Appointment, RoomCount
from bookings.services import appointments, visits
from bookings.services.audit import audit_capacity
from bookings.states import AppointmentState
from dossiers.models import Dossier
from onestop import clock
from onestop.notify.models import Message
from onestop.offices.models import DutyShift
from onestop.transitions import Refused
from tests.bookings.conftest import DAY, who_next

WELL = {"mask": True, "distance": True, "disinfect": True, "declared": True, "well": True}


@pytest.fixture
def at_the_door(slot):
    with clock.frozen(slot.starts_at):
        yield


def refused(code, call, **kwargs):
    with pytest.raises(Refused) as caught:
        call(**kwargs)
    assert caught.value.code == code
    return caught.value


def on_duty(cast, user):
    DutyShift.objects.create(office=cast.office, user=user, date=DAY, part="morning", place="counter", room=cast.room)


def test_cap_counts_officers(book, open_office, session, request):
    rows = [book(number, at=session.slots.order_by("starts_at")[number % 8], people=3).appointment for number in range(1, 5)]
    on_duty(open_office, open_office.desk)
    request.getfixturevalue("at_the_door")
    for row in rows:
        visits.check_in(actor=open_office.guard, appointment=row)
    for row in rows[:3]:
        visits.enter(actor=open_office.guard, appointment=row)
    assert "10" in str(refused("room_full", visits.enter, actor=open_office.guard, appointment=rows[3]))
    state = queries.room_state(open_office.room)
    assert (state.people, state.officers, state.cap, state.free) == (9, 1, 10, 0)
    assert (state.waiting, state.outside) == (0, 3)  # two hours early: noted, but no place of the waiting area yet
    visits.leave(actor=open_office.guard, appointment=rows[0])
    visits.enter(actor=open_office.guard, appointment=rows[3])
    assert RoomCount.objects.get(room=open_office.room).people == 9 and audit_capacity() == []
    on_duty(open_office, open_office.leader)
    late = book(9, at=session.slots.last()).appointment
    visits.check_in(actor=open_office.guard, appointment=late)
    refused("room_full", visits.enter, actor=open_office.guard, appointment=late)


def test_only_those_at_the_door_of_that_office(book, open_office, request):
    row = book(1).appointment
    request.getfixturevalue("at_the_door")
    for actor in (open_office.outsider, open_office.citizen, open_office.hotline, open_office.carrier):
        for verb in (visits.check_in, visits.enter, visits.leave, visits.no_show):
            refused("not_allowed", verb, actor=actor, appointment=row)


def test_who_checked_in_is_never_a_no_show(book, open_office, slot):
    row = book(1).appointment
    with clock.frozen(slot.starts_at):
        refused("too_early", visits.no_show, actor=open_office.guard, appointment=row)
    with clock.frozen(slot.ends_at):
        assert visits.no_show(actor=open_office.guard, appointment=row).state == "no_show"
        assert visits.check_in(actor=open_office.guard, appointment=row).state == "checked_in"
        refused("wrong_state", visits.no_show, actor=open_office.guard, appointment=row)
    assert audit_capacity() == []


def test_a_no_show_who_booked_again_cannot_use_the_old_one(book, open_office, slot, session):
    row = book(1).appointment
    with clock.frozen(slot.ends_at):
        visits.no_show(actor=open_office.guard, appointment=row)
        book(1, at=session.slots.last())
        refused("already_booked", visits.check_in, actor=open_office.guard, appointment=row)


def test_health_check_where_a_letter_asks(book, open_office, letter, session, request):
    row, other = book(1).appointment, book(2).appointment
    letter("4708/TH", health_check={})
    request.getfixturevalue("at_the_door")
    refusal = refused("health_check", visits.check_in, actor=open_office.guard, appointment=row)
    assert refusal.directive == {"number": "4708/TH", "clause": "khoản 3"} and set(refusal.fields) == set(WELL)
    ill = refused("health_check", visits.check_in, actor=open_office.guard, appointment=row, health=WELL | {"well": False})
    assert set(ill.fields) == {"well"}
    assert visits.check_in(actor=open_office.guard, appointment=row, health=WELL).health == WELL
    refused("reason_needed", visits.refuse_entry, actor=open_office.guard, appointment=other, reason=" ")
    for _twice in range(2):
        assert visits.refuse_entry(actor=open_office.guard, appointment=other, reason="Sốt cao").state == "refused_entry"
    assert "Sốt cao" in Message.objects.get(event_key=f"appointment:{other.pk}:refused_entry").body
    assert book(2, at=session.slots.last()).appointment.state == "booked"
    assert audit_capacity() == []


def test_order_of_entering_is_the_appointment_time(book, open_office, session, request):
    first, second = session.slots.order_by("starts_at")[:2]
    late, early = book(1, at=second).appointment, book(2, at=first).appointment
    request.getfixturevalue("at_the_door")
    for row in (late, early):
        visits.check_in(actor=open_office.guard, appointment=row)
    assert who_next(open_office.office, DAY) == [early, late]


def test_wrong_day_and_cancelled(book, open_office, request):
    row, cancelled = book(1).appointment, book(2).appointment
    refused("wrong_day", visits.check_in, actor=open_office.guard, appointment=row)
    appointments.cancel(appointment=cancelled, by_label="công dân")
    request.getfixturevalue("at_the_door")
    refused("wrong_state", visits.check_in, actor=open_office.guard, appointment=cancelled)


def test_a_visit_becomes_one_dossier(book, open_office):
    row = book(1).appointment
    common = {"procedure": open_office.procedure, "version": open_office.procedure.current, "received_office": open_office.office,
              "competent_office": open_office.office, "channel": "in_person", "full_name": "Người Thử", "phone": "0912345678"}
    one, two = (Dossier.objects.create(reference=f"THU{number}", **common) for number in (1, 2))
    for _twice in range(2):
        assert visits.attach_dossier(actor=open_office.desk, appointment=row, dossier=one).dossier == one
    refused("has_dossier", visits.attach_dossier, actor=open_office.desk, appointment=row, dossier=two)
    refused("not_allowed", visits.attach_dossier, actor=open_office.outsider, appointment=row, dossier=one)


def test_search_by_name_without_tone_marks_phone_and_code(book, open_office):
    row = book(7).appointment
    assert row.state == AppointmentState.BOOKED
    for text in ("nguoi thu so 7", "THỬ 7", "0900000007", "+84 900 000 007", row.code, row.code.lower()):
        assert row in queries.search(open_office.hotline, text), text
        assert row in queries.search(open_office.desk, text)
        assert not queries.search(open_office.outsider, text).exists()
    assert not queries.search(open_office.desk, " ").exists()
    assert Appointment.objects.count() == 1
