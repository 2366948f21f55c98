"""Whatever an appointment's message is about, its link opens the appointment."""
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.test import Client

from bookings.models import Appointment, Slot
from bookings.services import moving, sessions, visits
from bookings.services.appointments import Applicant, book
from bookings.states import BookedBy, Purpose
from onestop import clock
from onestop.notify.models import Message
from tests.cast import Cast


def link_in(message: Message) -> str:
    """The last address in a text, as the test client asks for it."""
    address = urlsplit(next(word for word in reversed(message.body.split()) if word.startswith("http")))
    return f"{address.path}?{address.query}"


def test_after_moving_and_after_a_refused_entry_it_still_opens(cast: Cast, morning: datetime, client: Client) -> None:
    sessions.generate(office=cast.office, first=clock.today(), days=3)
    today, tomorrow = (Slot.objects.filter(session__date=day, starts_at__gt=clock.now()).order_by("starts_at")[0]
                       for day in (clock.today(), clock.today() + timedelta(days=1)))
    made = book(applicant=Applicant(full_name="Nguyễn Thị Mẫu", phone="0912345678"), procedure=cast.procedure, purpose=Purpose.SUBMIT,
                channel=BookedBy.WEB, slot_id=tomorrow.pk)
    moving.reschedule(appointment=made.appointment, slot_id=today.pk)
    visits.refuse_entry(actor=cast.guard, appointment=Appointment.objects.get(), reason="Sốt")
    texts = list(Message.objects.order_by("pk"))
    assert [text.template_key for text in texts] == ["appointment_booked", "appointment_moved", "appointment_refused_entry"]
    for text in texts:
        assert client.get(link_in(text)).status_code == 200, text.body
    assert client.get(link_in(texts[0])[:-1] + "0").status_code == 404
