"""Shorter notice after no-shows holds in the sale of one statement too, and is told in the ordinary way's words."""
from datetime import timedelta

import pytest

from bookings.models import Appointment, Session
from bookings.services import appointments, sessions
from onestop import clock
from onestop.transitions import Refused
from tests.bookings.conftest import person
from tests.bookings.test_no_shows_are_never_wrong import stayed_away


def test_far_days_near_days_and_other_people(live_cast, settings):
    sessions.generate(office=live_cast.office, first=clock.today() + timedelta(days=1), days=12)
    stayed_away(live_cast, 2, settings)
    rows = Session.objects.filter(office=live_cast.office, slots__isnull=False).order_by("date")
    far = rows.filter(date__gt=clock.today() + timedelta(days=2)).first().slots.first()

    def book(number, slot):
        return appointments.book(applicant=person(number), procedure=live_cast.procedure, purpose="submit", channel="web", slot_id=slot.pk)

    with pytest.raises(Refused) as caught:
        book(1, far)
    assert caught.value.code == "short_notice"
    assert book(2, far).appointment.state == "booked"
    settings.NO_SHOW_NOTICE_DAYS = 12
    assert book(1, far).appointment.state == "booked"
    assert Appointment.objects.filter(state="booked").count() == 2
