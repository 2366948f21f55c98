"""What ends by itself at midnight is told in the morning: the waiting list's last day, and a visit that the office shut out."""
from datetime import timedelta

import pytest

from bookings.models import Session, WaitingEntry
from bookings.services import visits, waiting
from bookings.states import AppointmentState, WaitingState
from onestop import clock
from onestop.notify.models import Message
from onestop.offices.models import Closure
from tests.bookings.conftest import DAY, person

NIGHT, MORNING = clock.at(DAY + timedelta(days=1), 0, 20), clock.at(DAY + timedelta(days=1), 7, 30)


def texts(template):
    return Message.objects.filter(template_key=template).count()


def test_the_last_day_of_waiting_ends_with_a_text_in_the_morning(open_office):
    Session.objects.update(state="closed")
    entry = waiting.join(applicant=person(1), office=open_office.office, procedure=open_office.procedure, first=DAY, last=DAY).entry
    with clock.frozen(NIGHT):
        waiting.offer_next()
        assert texts("waiting_expired") == 0
    with clock.frozen(MORNING):
        waiting.offer_next()
        waiting.offer_next()
    assert texts("waiting_expired") == 1 and WaitingEntry.objects.get(pk=entry.pk).state == WaitingState.EXPIRED


def test_a_new_wish_at_night_takes_the_place_of_the_one_that_is_over(open_office):
    """Between midnight and morning the old entry must not keep its person from joining again."""
    Session.objects.update(state="closed")
    wish = {"applicant": person(1), "office": open_office.office, "procedure": open_office.procedure}
    old = waiting.join(first=DAY, last=DAY, **wish).entry
    with clock.frozen(NIGHT):
        waiting.offer_next()
        waiting.join(first=DAY + timedelta(days=2), last=DAY + timedelta(days=3), **wish)
        assert texts("waiting_expired") == 0 and WaitingEntry.objects.get(pk=old.pk).state == WaitingState.EXPIRED


@pytest.mark.parametrize("room_only", [False, True])
def test_whom_the_office_shut_out_is_told_in_the_morning(open_office, book, session, room_only):
    row = book(1).appointment
    Closure.objects.create(office=open_office.office, room=open_office.room if room_only else None, starts_on=DAY - timedelta(days=1),
                           ends_on=DAY, reason="Khử khuẩn")
    with clock.frozen(NIGHT):
        assert visits.close_past_days() == 0 and texts("appointment_cancelled") == 0
    with clock.frozen(MORNING):
        assert (visits.close_past_days(), visits.close_past_days()) == (1, 0)
    row.refresh_from_db()
    assert row.state == AppointmentState.CANCELLED and texts("appointment_cancelled") == 1
