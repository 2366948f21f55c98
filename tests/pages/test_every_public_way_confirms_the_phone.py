"""PHONE_CONFIRMATION=sms: no way on the public pages leads to a booking, a place in line or a group by a phone that nobody confirmed."""
import pytest

from bookings.models import Appointment, GroupBooking, WaitingEntry
from dossiers.models import Dossier
from dossiers.services import processing
from onestop.notify.models import Message
from tests.pages.conftest import NFC, PERSON, TOMORROW, received, text_of, url

CONTACT, ASK = "0900000077", "bookings:confirm_phone"


@pytest.fixture(autouse=True)
def by_text(settings):
    settings.PHONE_CONFIRMATION = "sms"


def confirm(client):
    body = Message.objects.filter(template_key="phone_code").last().body
    code = next(word for word in body.replace(".", " ").split() if len(word) == 6 and word.isdigit())
    return client.post(url(ASK), {"ma": code}).url


def test_the_waiting_list(office, client):
    address = url("bookings:waiting_join", office.office.code, office.procedure.code)
    form = {"first": TOMORROW.isoformat(), "last": TOMORROW.isoformat(), "viec": "submit", "dossiers": "2", "people": "1", "citizen_id": "",
            "email": "", "full_name": NFC, "phone": CONTACT}
    assert client.post(address, form).url == url(ASK) and not WaitingEntry.objects.exists()
    page = text_of(client.get(confirm(client)))
    assert NFC in page and CONTACT in page
    assert client.post(address, form | {"phone": "0900000078"}).url == url(ASK) and not WaitingEntry.objects.exists()
    assert "khoa=" in client.post(address, form).url and WaitingEntry.objects.get().phone == CONTACT


def test_a_group(office, client):
    address = url("bookings:group_new", office.office.code, office.procedure.code)
    form = {"organisation": "Công ty Mẫu", "contact_name": NFC, "contact_phone": CONTACT, "day": TOMORROW.isoformat(),
            "lines": "Người Một, 0900000001\nNgười Hai, 0900000002"}
    assert client.post(address, form).url == url(ASK) and not GroupBooking.objects.exists()
    page = text_of(client.get(confirm(client)))
    assert "Công ty Mẫu" in page and "Người Hai, 0900000002" in page and TOMORROW.isoformat() in page
    assert client.post(address, form).status_code == 302 and Appointment.objects.count() == 2


def test_a_result_to_collect(office, client, slot):
    dossier = received(office)
    processing.decide(actor=office.leader, dossier=processing.start(actor=office.specialist, dossier=dossier, via="web"), via="web")
    dossier = Dossier.objects.get(pk=dossier.pk)
    client.post(url("dossiers:track"), {"ma": dossier.code, "so": "5678"})
    client.post(url("bookings:collect", dossier.code), {"slot": slot.pk})
    assert client.post(url("bookings:details"), PERSON).url == url(ASK) and not Appointment.objects.exists()
    assert confirm(client) == url("bookings:details")
    client.post(url("bookings:details"), PERSON)
    assert Appointment.objects.get().dossier == dossier
