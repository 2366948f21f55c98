"""What the lists offer can be booked: closures and letters count where places are listed over many offices."""
from datetime import datetime, timedelta

import pytest

from bookings import places, queries
from bookings.models import Slot
from bookings.services import sessions
from bookings.services.appointments import Applicant, book
from bookings.states import BookedBy, Purpose
from onestop import clock
from onestop.offices.models import Closure
from tests.cast import Cast


@pytest.fixture
def open_offices(cast: Cast, morning: datetime) -> Cast:
    """Two weeks of sessions at both offices."""
    for office in (cast.office, cast.other_office):
        sessions.generate(office=office, first=clock.today(), days=14)
    return cast


def listed(cast: Cast) -> list[queries.OfficeFree]:
    return places.offered(cast.procedure, queries.offices_for(cast.procedure))


def slots(cast: Cast) -> list[Slot]:
    return places.next_slots(cast.procedure, offices=[item.office for item in queries.offices_for(cast.procedure)])


def test_a_closed_office_is_offered_from_the_day_it_opens_again(open_offices: Cast) -> None:
    cast, reopens = open_offices, clock.today() + timedelta(days=5)
    Closure.objects.create(office=cast.office, starts_on=clock.today(), ends_on=reopens - timedelta(days=1), reason="Phun khử khuẩn")
    found = {item.office.pk: item.next_free for item in listed(cast)}
    assert found[cast.other_office.pk] == min(slot.starts_at for slot in slots(cast))
    assert found[cast.office.pk] is not None
    assert clock.local(found[cast.office.pk]).date() >= reopens
    assert {slot.session.office_id for slot in slots(cast)} == {cast.other_office.pk}
    alone = places.next_slots(cast.procedure, offices=[cast.office])
    assert clock.local(alone[0].starts_at).date() >= reopens


def test_the_first_slot_offered_can_be_booked(open_offices: Cast) -> None:
    cast = open_offices
    slot = slots(cast)[0]
    done = book(applicant=Applicant(full_name="Nguyễn Thị Mẫu", phone="0912345678"), procedure=cast.procedure, purpose=Purpose.SUBMIT,
                channel=BookedBy.HOTLINE, slot_id=slot.pk)
    assert done.appointment.slot_id == slot.pk


def test_the_number_of_queries_does_not_grow_with_the_offices(
        open_offices: Cast, django_assert_num_queries, django_assert_max_num_queries) -> None:  # type: ignore[no-untyped-def]
    cast = open_offices
    both = [item.office for item in queries.offices_for(cast.procedure)]
    with django_assert_max_num_queries(6) as one:
        places.next_slots(cast.procedure, offices=both[:1])
    cast.procedure.refresh_from_db()
    fresh = [item.office for item in queries.offices_for(cast.procedure)]
    with django_assert_num_queries(len(one)):
        places.next_slots(cast.procedure, offices=fresh)
