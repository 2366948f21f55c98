"""The waiting list by pages: joined from a full month, an offer seen by GET and taken by POST, declined, withdrawn."""
import re
from datetime import timedelta

import pytest

from bookings.models import Appointment, Session, WaitingEntry
from bookings.services import moving, waiting
from bookings.services.audit import audit_capacity
from onestop import clock
from onestop.notify.models import Message
from tests.pages.conftest import NFC, NULL, PERSON, TOMORROW, booked, text_of, url

OTHER = {"full_name": "Người Chờ Mẫu", "phone": "0900 000 002"}


@pytest.fixture
def full(office, slot):
    """One place in the days ahead, taken by somebody."""
    Session.objects.exclude(pk=slot.session_id).update(state="closed")
    Session.objects.filter(pk=slot.session_id).update(capacity=1)
    return booked(office, slot)


def form(**more):
    return {"first": TOMORROW.isoformat(), "last": (TOMORROW + timedelta(days=6)).isoformat(), "viec": "submit", "dossiers": "1",
            "people": "1", "citizen_id": "", "email": "", **OTHER} | more


def join(client, office, **more):
    return client.post(url("bookings:waiting_join", office.office.code, office.procedure.code), form(**more))


def act(client, verb, entry, secret):
    return client.post(url(f"bookings:waiting_{verb}", entry.code), {"khoa": secret})


@pytest.fixture
def mine(office, client, full):
    answer = join(client, office)
    entry = WaitingEntry.objects.get()
    return entry, answer.url, answer.url.split("khoa=")[1]


def test_from_the_full_month_to_a_booking(office, client, full):
    month = text_of(client.get(url("bookings:month", office.office.code, office.procedure.code)))
    address = url("bookings:waiting_join", office.office.code, office.procedure.code)
    assert address in month and "Tháng này chưa có chỗ trống" in month
    page = text_of(client.get(address, {"viec": "submit", "so_ho_so": 1, "so_nguoi": 1}))
    assert f'value="{TOMORROW.isoformat()}"' in page
    answer = join(client, office)
    assert answer.status_code == 302
    assert "Bạn là người được mời tiếp theo" in text_of(client.get(answer.url))
    moving.cancel(appointment=full.appointment, by_label="citizen")
    waiting.offer_next()
    link = Message.objects.get(template_key="waiting_offer").body.split("http://localhost:8000")[1].split()[0]
    page = text_of(client.get(link))
    assert "07:30 – 08:00" in page and "Nhận chỗ này" in page and not Appointment.objects.active().exists()
    entry = WaitingEntry.objects.get()
    done = act(client, "accept", entry, link.split("khoa=")[1])
    assert "Hẹn gặp bạn" in text_of(client.get(done.url))
    assert act(client, "accept", entry, link.split("khoa=")[1]).url == done.url
    assert "Bạn đã có lịch hẹn" in text_of(client.get(link))
    assert audit_capacity() == []


def test_declining_and_withdrawing(client, mine, full):
    entry, _address, secret = mine
    moving.cancel(appointment=full.appointment, by_label="citizen")
    waiting.offer_next()
    assert "người tiếp theo" in text_of(client.get(act(client, "decline", entry, secret).url))
    assert act(client, "decline", entry, secret).status_code == 302
    page = text_of(client.get(act(client, "withdraw", entry, secret).url))
    assert "đã rút" in page and "Rút khỏi danh sách chờ" not in page
    told = text_of(client.get(act(client, "accept", entry, secret).url))
    assert "chưa có chỗ nào được mời" in told or WaitingEntry.objects.get().state == "cancelled"


def test_looking_changes_nothing_and_needs_the_secret(client, mine):
    entry, address, secret = mine
    for verb in ("accept", "decline", "withdraw"):
        assert client.get(url(f"bookings:waiting_{verb}", entry.code), {"khoa": secret}).status_code == 405
        for wrong in ("", "SAI", NULL, "x" * 500):
            assert act(client, verb, entry, wrong).status_code == 404
    assert client.get(url("bookings:waiting", entry.code)).status_code == 404
    assert NFC not in text_of(client.get(address)) and OTHER["full_name"] not in text_of(client.get(address))
    assert WaitingEntry.objects.get().state == "waiting"


def test_an_offer_too_late_is_told_kindly(client, mine, full):
    entry, _address, secret = mine
    moving.cancel(appointment=full.appointment, by_label="citizen")
    waiting.offer_next()
    with clock.frozen(clock.now() + timedelta(minutes=61)):
        assert "không còn hiệu lực" in text_of(client.get(act(client, "accept", entry, secret).url))


@pytest.mark.parametrize(("field", "typed"), [
    ("first", "hôm nay"), ("last", ""), ("last", "2026-11-01"), ("last", NULL), ("full_name", ""), ("phone", "12"), ("people", "0"),
    ("people", "99"), ("dossiers", "ba"), ("viec", "x"), ("email", "a@"), ("citizen_id", "1")])
def test_every_field_refuses_what_it_cannot_be_and_nothing_is_lost(office, client, full, field, typed):
    answer = join(client, office, **{field: typed})
    page = text_of(answer)
    assert answer.status_code == 422 and f'id="id_{field}_error"' in page
    assert field == "full_name" or OTHER["full_name"] in page
    assert not WaitingEntry.objects.exists()


def test_a_second_time_is_told_why(office, client, mine):
    answer = join(client, office)
    assert answer.status_code == 409 and "đã ở trong danh sách chờ" in text_of(answer)
    answer = join(client, office, **PERSON)
    assert answer.status_code == 409 and "đã có một lịch hẹn" in text_of(answer)


@pytest.mark.parametrize("path", ["/dat-lich/noi/khong-co/9.000001/cho/", "/dat-lich/noi/thu-ninh-kieu/khong-co/cho/",
                                  "/dat-lich/noi/thu-ninh-kieu/khong-co/nhom/", "/dat-lich/danh-sach-cho/%00/", "/dat-lich/nhom/XX/"])
def test_unknown_places_are_not_found(office, client, path):
    assert client.get(path).status_code == 404


@pytest.mark.parametrize("verb", ["accept", "decline"])
def test_an_old_page_answers_only_the_offer_it_showed(client, mine, full, verb):
    """A page left open shows a place that lapsed; meanwhile another one is offered: pressing must not take (or refuse) what was
    never shown."""
    entry, address, secret = mine
    moving.cancel(appointment=full.appointment, by_label="citizen")
    waiting.offer_next()
    shown = re.search(r'name="loi_moi" value="(\d+)"', text_of(client.get(address))).group(1)
    with clock.frozen(clock.now() + timedelta(minutes=61)):
        waiting.offer_next()
        assert entry.offers.count() == 2
        answer = client.post(url(f"bookings:waiting_{verb}", entry.code), {"khoa": secret, "loi_moi": shown})
        assert "không còn hiệu lực" in text_of(client.get(answer.url))
        assert not Appointment.objects.active().exists() and entry.offers.last().state == "open"
        for odd in (NULL, "x", "9" * 30):
            assert client.post(url(f"bookings:waiting_{verb}", entry.code), {"khoa": secret, "loi_moi": odd}).status_code == 302
        assert entry.offers.last().state == "open" and audit_capacity() == []
