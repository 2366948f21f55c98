"""At check-in the guard counts heads: fewer than booked give places back, more are taken only where slot and room have them."""
import pytest

from bookings.models import RoomCount, Session, Slot
from bookings.services import strands, visits
from bookings.services.audit import audit_capacity
from bookings.states import AppointmentState
from onestop import clock
from onestop.transitions import Refused
from tests.bookings.conftest import DAY


def here(cast, row, people, **more):
    return visits.check_in(actor=cast.guard, appointment=row, people=people, **more)


def taken(slot):
    slot = Slot.objects.get(pk=slot.pk)
    return slot.booked, slot.extra, Session.objects.get(pk=slot.session_id).booked


def test_fewer_than_booked_give_places_back(open_office, book, slot):
    row = book(1, people=4, dossiers=2).appointment
    with clock.frozen(slot.starts_at):
        done = here(open_office, row, 2, straight=True)
        assert (done.state, done.people) == (AppointmentState.INSIDE, 2)
        row.refresh_from_db()
        assert row.people == 2 and taken(slot) == (2, 0, 2)
        event = row.events.get(verb="check_in")
        assert (event.data["people"], event.data["people_before"]) == (2, 4)
        assert RoomCount.objects.get(room=open_office.room).people == 2 and audit_capacity() == []
        assert here(open_office, row, 4).people == 2  # the second guard sees that it is done
        visits.leave(actor=open_office.guard, appointment=row)
        assert RoomCount.objects.get(room=open_office.room).people == 0 and audit_capacity() == []


def test_more_than_booked_while_there_is_room(open_office, book, slot):
    row = book(1, people=2).appointment
    with clock.frozen(slot.starts_at):
        assert here(open_office, row, 3, straight=True).people == 3
        assert taken(slot) == (3, 0, 1) and RoomCount.objects.get(room=open_office.room).people == 3 and audit_capacity() == []


def test_never_more_than_the_rooms_cap(open_office, book, slot):
    """The slot's own number may be passed for whoever stands there, the room's cap never; what was ticked changes nothing."""
    first = book(1, people=5).appointment
    book(2, people=3)
    Slot.objects.filter(pk=slot.pk).update(capacity=8)
    with clock.frozen(slot.starts_at):
        with pytest.raises(Refused) as refusal:
            here(open_office, first, 8)
        assert refusal.value.code == "too_many_came"
        first.refresh_from_db()
        assert (first.state, first.people) == (AppointmentState.BOOKED, 5) and taken(slot) == (8, 0, 2)
        assert here(open_office, first, 7).people == 7
        assert taken(slot)[:2] == (10, 2) and audit_capacity() == []


def test_what_is_kept_for_urgent_procedures_stays_kept(open_office, book, slot):
    row = book(1, people=2).appointment
    Slot.objects.filter(pk=slot.pk).update(urgent_only=4)
    with clock.frozen(slot.starts_at), pytest.raises(Refused):
        here(open_office, row, 7)


@pytest.mark.parametrize("people", [0, -1, 9, 10**9])
def test_odd_numbers_are_refused(open_office, book, slot, people):
    row = book(1).appointment
    with clock.frozen(slot.starts_at), pytest.raises(Refused) as refusal:
        here(open_office, row, people)
    assert refusal.value.code == "too_many" and taken(slot) == (1, 0, 1)


def test_the_same_number_says_nothing_in_the_history(open_office, book, slot):
    row = book(1, people=2).appointment
    with clock.frozen(slot.starts_at):
        here(open_office, row, 2)
    assert "people" not in row.events.get(verb="check_in").data


def test_a_late_person_with_one_more(open_office, book, slot):
    """Whoever comes after the slot is counted where they were booked; the room itself is asked when they enter."""
    row = book(1).appointment
    with clock.frozen(clock.at(DAY, 11)):
        assert here(open_office, row, 2).people == 2 and audit_capacity() == []


def test_companions_strand_nobody_else(open_office, book, slot):
    """Who was let come with one more was granted it: the office's page does not offer to move somebody else for them."""
    early = book(1, people=2).appointment
    book(2, people=6)
    Slot.objects.filter(pk=slot.pk).update(capacity=8)
    with clock.frozen(slot.starts_at):
        here(open_office, early, 3)
        assert taken(slot)[:2] == (9, 1)
        assert strands.over(office=open_office.office, first=DAY, last=DAY) == []
