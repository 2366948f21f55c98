"""The last places kept for urgent procedures (letter Vĩnh Phúc 2) are free for those only: in lists, when holding, booking and moving."""
import pytest

from bookings import availability, places, queries
from bookings.models import Session
from bookings.services import appointments, holds
from bookings.services.audit import audit_capacity
from onestop.transitions import Refused
from tests.bookings.conftest import DAY


@pytest.fixture
def kept(open_office, session, slot):
    """One place of the first slot left, and it is kept; the session keeps two dossiers of its twenty."""
    session.slots.filter(pk=slot.pk).update(capacity=1, urgent_only=1)
    Session.objects.filter(pk=session.pk).update(urgent_only=2)
    return slot


def urgent(cast, yes=True):
    cast.procedure.urgent = yes
    cast.procedure.save(update_fields=["urgent"])
    return cast.procedure


def shown(cast, slot):
    day = availability.period(cast.office, cast.procedure, "submit", DAY, DAY)[0]
    return next((item.people_left, part.dossiers_left) for part in day.sessions for item in part.slots if item.id == slot.pk)


def test_lists_show_them_to_urgent_procedures_only(open_office, kept):
    cast = open_office
    listed = lambda: {slot.pk for slot in places.next_slots(cast.procedure, offices=[cast.office], limit=100)}  # noqa: E731
    assert shown(cast, kept) == (0, 18) and kept.pk not in listed()
    urgent(cast)
    assert shown(cast, kept) == (1, 20) and kept.pk in listed()
    assert queries.open_slots(urgent=True).filter(pk=kept.pk).exists() and not queries.open_slots().filter(pk=kept.pk).exists()


def test_the_confirmation_says_the_same(open_office, kept, book):
    cast = open_office
    with pytest.raises(Refused) as caught:
        book(1, at=kept)
    assert caught.value.code == "slot_full"
    with pytest.raises(Refused):
        holds.place_hold(slot_id=kept.pk, procedure=cast.procedure, purpose="submit")
    other = book(2, at=kept.session.slots.exclude(pk=kept.pk).first())
    with pytest.raises(Refused):
        appointments.reschedule(appointment=other.appointment, slot_id=kept.pk)
    assert book(3, at=kept, procedure=urgent(cast)).appointment.slot_id == kept.pk
    assert audit_capacity() == []


def test_the_sessions_last_dossiers_too(open_office, kept, book, session):
    second = session.slots.order_by("starts_at")[1]
    book(1, at=second, dossiers=18)
    with pytest.raises(Refused) as caught:
        book(2, at=second)
    assert caught.value.code == "session_full"
    book(3, at=second, dossiers=2, procedure=urgent(open_office))
    assert audit_capacity() == []


def test_who_walks_in_is_taken_above_the_declared_number_up_to_the_room(open_office, kept, book):
    taken = [book(number, at=kept, walk_in=True, priority="elderly").appointment for number in range(10)]
    assert {item.walk_in for item in taken} == {True} and taken[0].priority == "elderly"
    with pytest.raises(Refused) as caught:
        book(10, at=kept, walk_in=True)
    assert caught.value.code == "slot_full"
    assert audit_capacity() == []
