"""The link of an appointment to collect a result, sent again to the phone it was booked with."""
from __future__ import annotations

from django.db import transaction

from bookings.models import Appointment
from bookings.services import telling
from onestop import clock


@transaction.atomic
def send_link(*, appointment: Appointment) -> None:
    """Text the appointment once more, at most once an hour: who only knows the dossier's second factor is shown no link."""
    telling.tell_again(appointment, f"{clock.now():%Y%m%d%H}")
