"""Booking to collect a result from the tracking page: only when it waits at the counter, only for who gave the second factor."""
import pytest
from django.test import Client

from bookings.models import Appointment, Slot
from bookings.services.audit import audit_capacity
from dossiers.models import Dossier
from dossiers.services import processing
from onestop.notify.models import Message
from tests.pages.conftest import PERSON, TOMORROW, received, slots_on, text_of, url


@pytest.fixture
def ready(office):
    dossier = received(office)
    processing.decide(actor=office.leader, dossier=processing.start(actor=office.specialist, dossier=dossier, via="web"), via="web")
    return Dossier.objects.get(pk=dossier.pk)


def track(client, dossier):
    return client.get(client.post(url("dossiers:track"), {"ma": dossier.code, "so": "5678"}).url)


def collect(client, dossier, slot):
    client.post(url("bookings:collect", dossier.code), {"slot": slot.pk, "ngay": TOMORROW.isoformat()})
    return client.post(url("bookings:details"), PERSON)


def test_from_the_tracking_page_to_a_place(office, client, ready, slot):
    address = url("bookings:collect", ready.code)
    assert address in text_of(track(client, ready))
    day = text_of(client.get(address, {"ngay": TOMORROW.isoformat()}))
    assert f'value="{slot.pk}"' in day
    client.post(address, {"slot": slot.pk})
    assert ready.code in text_of(client.get(url("bookings:details")))
    done = client.post(url("bookings:details"), PERSON)
    appointment = Appointment.objects.get()
    assert (appointment.purpose, appointment.dossier, appointment.office) == ("collect", ready, office.office)
    page = text_of(client.get(done.url))
    assert "Nhận kết quả" in page and ready.code in page and "Giấy tờ cần mang theo" not in page


def test_a_second_time_leads_to_the_appointment_already_made(office, client, ready, slot):
    track(client, ready)
    done = collect(client, ready, slot)
    assert client.get(url("bookings:collect", ready.code)).url == done.url
    other = Client()
    track(other, ready)
    page = text_of(other.get(url("bookings:collect", ready.code)))
    appointment = Appointment.objects.get()
    assert "Đã có lịch hẹn nhận kết quả này" in page and "07:30 – 08:00" in page
    assert appointment.code not in page and "khoa=" not in page and PERSON["full_name"] not in page
    assert other.post(url("bookings:collect", ready.code), {"slot": slots_on(office, TOMORROW)[2].pk}).status_code == 302
    assert Appointment.objects.count() == 1
    sent = Message.objects.filter(template_key="appointment_booked")
    assert sent.count() == 2 and appointment.code in sent.last().body
    other.post(url("bookings:collect", ready.code))
    assert sent.count() == 2  # at most once an hour


def test_only_with_the_second_factor(client, ready, slot):
    for answer in (client.get(url("bookings:collect", ready.code)), client.post(url("bookings:collect", ready.code), {"slot": slot.pk})):
        assert answer.status_code == 302 and answer.url.startswith(url("dossiers:track"))


def test_only_when_it_is_ready_and_waits_at_the_counter(office, client, ready):
    Dossier.objects.filter(pk=ready.pk).update(return_method="electronic")
    assert url("bookings:collect", ready.code) not in text_of(track(client, ready))
    assert client.get(url("bookings:collect", ready.code)).status_code == 404
    unfinished = received(office, phone="0987655678")
    assert url("bookings:collect", unfinished.code) not in text_of(track(client, unfinished))
    assert client.get(url("bookings:collect", unfinished.code)).status_code == 404


def test_an_ordinary_booking_afterwards_has_nothing_of_the_dossier(office, client, ready, slot):
    track(client, ready)
    client.post(url("bookings:collect", ready.code), {"slot": slot.pk})
    client.post(url("bookings:hold", office.office.code, office.procedure.code), {"slot": slot.pk, "viec": "submit", "ngay": "2026-11-26"})
    client.post(url("bookings:details"), PERSON)
    appointment = Appointment.objects.get()
    assert (appointment.purpose, appointment.dossier) == ("submit", None)


def test_a_place_of_another_office_is_of_no_use(office, client, ready, slot):
    """The result lies where the dossier was received; an address that names another office's place books nothing there."""
    track(client, ready)
    elsewhere = Slot.objects.filter(session__office=office.other_office, session__date=TOMORROW).first()
    answer = collect(client, ready, elsewhere)
    assert answer.status_code == 422 and "đơn vị đã tiếp nhận hồ sơ" in text_of(answer)
    assert not Appointment.objects.exists()
    assert collect(client, ready, slot).status_code == 302 and audit_capacity() == []
