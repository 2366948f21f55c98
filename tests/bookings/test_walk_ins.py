"""Somebody without an appointment: taken where the letters allow it and there is room, else offered the rest; both are recorded."""
from datetime import timedelta

import pytest

from bookings import doorway
from bookings.models import Appointment, RoomCount, Session, SessionEvent, Slot
from bookings.services import visits
from bookings.services.audit import audit_capacity
from onestop import clock
from onestop.catalogue.models import Procedure
from onestop.notify.models import Message
from onestop.offices.models import Room
from onestop.transitions import Refused
from tests.bookings.conftest import DAY, person

WELL = {"mask": True, "distance": True, "disinfect": True, "declared": True, "well": True}


@pytest.fixture
def at_the_door(slot):
    with clock.frozen(slot.starts_at + timedelta(minutes=5)):
        yield


@pytest.fixture
def come(open_office):
    """Somebody walks in."""

    def do(number=1, **more):
        given = {"actor": open_office.guard, "office": open_office.office, "procedure": open_office.procedure, "purpose": "submit"}
        return visits.walk_in(applicant=person(number), **(given | more))

    return do


def refused(code, call, *args, **kwargs):
    with pytest.raises(Refused) as caught:
        call(*args, **kwargs)
    assert caught.value.code == code
    return caught.value


def test_a_walk_in_gets_a_number_and_goes_straight_in(book, come, open_office, slot, request):
    booked = book(1).appointment
    request.getfixturevalue("at_the_door")
    row = come(2, priority="elderly")
    assert (row.state, row.walk_in, row.channel, row.slot, row.queue_number) == ("inside", True, "counter", slot, booked.queue_number + 1)
    assert row.priority == "elderly" and row.booked_by == open_office.guard
    assert Message.objects.filter(event_key=f"appointment:{row.pk}:booked").exists() and audit_capacity() == []


def test_a_walk_in_waits_behind_those_who_are_before(book, come, open_office, request):
    booked = book(1).appointment
    request.getfixturevalue("at_the_door")
    visits.check_in(actor=open_office.guard, appointment=booked)
    row = come(2)
    assert (row.state, row.room) == ("checked_in", open_office.waiting) and audit_capacity() == []


def test_the_counter_that_serves_by_appointment_only_takes_nobody(come, open_office, letter, request):
    letter("4708/TH", appointment_only={})
    request.getfixturevalue("at_the_door")
    refusal = refused("appointment_needed", come)
    assert refusal.directive == {"number": "4708/TH", "clause": "khoản 3"} and "4708/TH" in str(refusal)
    event = SessionEvent.objects.get(verb="turn_away")
    assert event.subject == Session.objects.get(office=open_office.office, date=DAY, part="morning")
    assert (event.legal_basis, event.actor, event.data["code"]) == ("4708/TH, khoản 3", open_office.guard, "appointment_needed")
    assert "Người Thử" not in str(event.data) + event.reason and not Appointment.objects.exists()


def test_urgent_procedures_are_taken_all_the_same(come, open_office, letter, request):
    letter("4708/TH", appointment_only={}, urgent_served={})
    Procedure.objects.filter(pk=open_office.procedure.pk).update(urgent=True)
    open_office.procedure.refresh_from_db()
    request.getfixturevalue("at_the_door")
    assert come().state == "inside"


def test_what_must_not_be_handed_in_at_the_counter_is_not_taken(come, open_office, counter_last, request):
    request.getfixturevalue("at_the_door")
    assert refused("counter_last", come).directive["number"] == "332/TH"
    assert SessionEvent.objects.get(verb="turn_away").legal_basis == "332/TH, khoản 3"
    assert come(purpose="collect").state == "inside"  # collecting is not handing in


def test_places_kept_for_walk_ins_are_theirs_and_the_cap_is_the_end(book, come, slot, open_office, request):
    """The slot declares two of ten places; walk-ins come above that number, never above the room's cap."""
    Slot.objects.filter(pk=slot.pk).update(capacity=2)
    slot.refresh_from_db()
    Room.objects.filter(office=open_office.office, kind="service").update(cap=3)
    for number in (1, 2):
        book(number)
    request.getfixturevalue("at_the_door")
    later = session_slots(open_office)[1:2]
    Slot.objects.filter(pk__in=[item.pk for item in later]).update(state="closed")
    assert come(3).slot == slot
    slot.refresh_from_db()
    assert (slot.booked, slot.extra) == (3, 1)
    refusal = refused("no_room", come, 4)
    assert "khung giờ còn chỗ gần nhất" in str(refusal)
    assert SessionEvent.objects.get(verb="turn_away").data["code"] == "no_room" and audit_capacity() == []


def session_slots(cast):
    return list(Slot.objects.filter(session__office=cast.office, session__date=DAY, session__part="morning").order_by("starts_at"))


def test_the_declared_dossiers_of_the_session_hold_for_walk_ins_too(book, come, session, request):
    Session.objects.filter(pk=session.pk).update(capacity=2)
    for number in (1, 2):
        book(number)
    request.getfixturevalue("at_the_door")
    refused("no_room", come, 3)
    session.refresh_from_db()
    assert (session.booked, session.extra) == (2, 0) and audit_capacity() == []


def test_what_is_kept_for_urgent_procedures_stays_kept(come, slot, session, request):
    Slot.objects.filter(session=session).update(urgent_only=10)
    request.getfixturevalue("at_the_door")
    refused("no_room", come)
    assert not Appointment.objects.exists()


def test_nobody_is_taken_whom_neither_room_nor_waiting_area_can_hold(book, come, open_office, request):
    rows = [book(number, people=5).appointment for number in (1, 2)]
    request.getfixturevalue("at_the_door")
    for row in rows:
        visits.check_in(actor=open_office.guard, appointment=row)
        visits.enter(actor=open_office.guard, appointment=row)
    Room.objects.filter(pk=open_office.waiting.pk).update(cap=0)
    refused("no_room", come, 3)
    assert Appointment.objects.count() == 2 and RoomCount.objects.get(room=open_office.room).people == 10 and audit_capacity() == []


def test_the_health_check_comes_first_and_leaves_nothing_behind(come, letter, request):
    letter("4708/TH", health_check={})
    request.getfixturevalue("at_the_door")
    refused("health_check", come, health=WELL | {"mask": False})
    assert not Appointment.objects.exists() and audit_capacity() == []
    assert come(health=WELL).health == WELL


def test_a_letter_may_ask_its_own_questions(come, letter, request):
    letter("4708/TH", health_check={"items": ["mask", "Có giấy xét nghiệm âm tính"]})
    request.getfixturevalue("at_the_door")
    refusal = refused("health_check", come, health={"mask": True})
    assert set(refusal.fields) == {"q-co-giay-xet-nghiem-am-tinh"}
    assert come(health={"mask": True, "q-co-giay-xet-nghiem-am-tinh": True}).health == {"mask": True, "q-co-giay-xet-nghiem-am-tinh": True}


def test_the_same_person_twice_has_one_visit(come, request):
    request.getfixturevalue("at_the_door")
    come(1)
    refused("already_booked", come, 1)
    assert Appointment.objects.count() == 1 and audit_capacity() == []


def test_only_those_at_the_door_take_anybody(come, open_office, request):
    request.getfixturevalue("at_the_door")
    for actor in (open_office.outsider, open_office.hotline, open_office.citizen, open_office.specialist):
        refused("not_allowed", come, actor=actor)
        refused("not_allowed", visits.turn_away, actor=actor, office=open_office.office, procedure=open_office.procedure,
                purpose="submit", way="online")
    assert not SessionEvent.objects.exists()


def test_outside_of_the_sessions_nobody_is_taken(come, session):
    with clock.frozen(clock.at(DAY, 12)):
        refused("no_room", come)
    assert SessionEvent.objects.get(verb="turn_away").subject.part == "afternoon"


def test_shortly_before_opening_the_first_slot_takes_them(come, slot):
    with clock.frozen(slot.starts_at - timedelta(minutes=10)):
        assert come().slot == slot


def test_led_to_another_way_is_recorded_without_the_person(open_office, request, session):
    request.getfixturevalue("at_the_door")
    visits.turn_away(actor=open_office.guard, office=open_office.office, procedure=open_office.procedure, purpose="submit", way="post")
    assert SessionEvent.objects.get(verb="turn_away").data == {
        "code": "no_room", "procedure": open_office.procedure.code, "purpose": "submit", "way": "post"}


def test_what_is_offered_can_be_booked_and_is_spread_over_sessions(book, open_office, session, request):
    request.getfixturevalue("at_the_door")
    offered = doorway.proposals(open_office.office, open_office.procedure, "submit", people=2)
    assert len(offered) == 6 and len({slot.session_id for slot in offered}) == 3
    assert offered[0].starts_at > clock.now()
    for number, slot in enumerate(offered):
        assert book(number, at=slot, people=2).appointment.slot == slot
    collect = doorway.proposals(open_office.office, open_office.procedure, "collect")
    assert collect and all(slot.starts_at > clock.now() for slot in collect)


def test_what_is_full_or_forbidden_is_not_offered(open_office, session, counter_last, request):
    request.getfixturevalue("at_the_door")
    assert doorway.proposals(open_office.office, open_office.procedure, "submit") == []
    Session.objects.update(capacity=1)
    assert doorway.proposals(open_office.office, open_office.procedure, "collect", dossiers=2) == []


def test_a_walk_in_of_a_paper_list_takes_the_slot_of_its_time(come, open_office, slot):
    with clock.frozen(slot.ends_at + timedelta(hours=1)):
        row = come(at=slot.starts_at + timedelta(minutes=1))
        assert (row.slot, row.checked_in_at) == (slot, slot.starts_at + timedelta(minutes=1))
    assert audit_capacity() == []
