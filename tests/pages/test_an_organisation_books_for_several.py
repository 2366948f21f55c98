"""The group's pages: one person a line, every trouble at its line and nothing lost; one page by a secret link, printed, cancelled."""
import pytest

from bookings.models import Appointment, GroupBooking, Session
from bookings.services.audit import audit_capacity
from tests.pages.conftest import NFC, NFD, NULL, TOMORROW, text_of, url

LINES = f"{NFD}, 0912 345 678\nTrần Văn Mẫu; 0900.000.002\n\nLê Thị Mẫu\t+84900000003\nPhạm Mẫu 0900000004"
FORM = {"organisation": "Công ty TNHH Mẫu", "contact_name": "Người Liên Hệ", "contact_phone": "0911 111 111", "day": TOMORROW.isoformat(),
        "lines": LINES}


def send(client, office, **more):
    return client.post(url("bookings:group_new", office.office.code, office.procedure.code), FORM | more)


@pytest.fixture
def made(office, client):
    answer = send(client, office)
    assert answer.status_code == 302, text_of(answer)
    return answer.url, GroupBooking.objects.get()


def test_everybody_has_a_time_on_one_page(office, client, made):
    address, group = made
    page = text_of(client.get(address))
    rows = list(Appointment.objects.filter(group=group).order_by("queue_number"))
    assert [row.full_name for row in rows] == [NFC, "Trần Văn Mẫu", "Lê Thị Mẫu", "Phạm Mẫu"]
    assert all(row.code in page and row.full_name in page for row in rows) and "data-print" in page
    assert client.get(url("bookings:group", group.code)).status_code == 404
    assert client.get(url("bookings:group", group.code), {"khoa": "SAI"}).status_code == 404
    assert audit_capacity() == []


def test_cancelling_one_is_asked_first_then_all(client, made):
    address, group = made
    one, key = Appointment.objects.order_by("queue_number").first(), address.split("khoa=")[1]
    cancel = url("bookings:group_cancel", group.code)
    assert client.get(cancel, {"khoa": key}).status_code == 405
    assert f"Hủy lịch hẹn của {NFC}?" in text_of(client.post(cancel, {"khoa": key, "lich": one.code}))
    assert Appointment.objects.active().count() == 4
    assert "Đã hủy lịch hẹn của" in text_of(client.get(client.post(cancel, {"khoa": key, "lich": one.code, "chac": "1"}).url))
    assert "Hủy lịch hẹn của 3 người?" in text_of(client.post(cancel, {"khoa": key}))
    assert "Đã hủy 3 lịch hẹn" in text_of(client.get(client.post(cancel, {"khoa": key, "chac": "1"}).url))
    for odd in ("KHONGCO", NULL, "\0", "x" * 9999):
        assert client.post(cancel, {"khoa": key, "lich": odd, "chac": "1"}).status_code == 404
    assert client.post(cancel, {"khoa": "SAI", "chac": "1"}).status_code == 404
    assert not Appointment.objects.active().exists()


def test_every_line_in_trouble_is_named_and_nothing_is_lost(office, client):
    lines = "Người Một, 0900000001\n12345\nNgười Hai, 12\nNgười Một, 0900000001"
    answer = send(client, office, lines=lines)
    page = text_of(answer)
    assert answer.status_code == 422
    assert "Dòng 2: chưa thấy họ và tên" in page and "Dòng 3 (Người Hai)" in page and "Dòng 4 trùng với dòng 1" in page
    assert "Người Hai, 12" in page and "Công ty TNHH Mẫu" in page
    assert not GroupBooking.objects.exists()


@pytest.mark.parametrize(("field", "typed"), [
    ("organisation", ""), ("organisation", "x" * 300), ("contact_name", "12345"), ("contact_phone", "abc"), ("day", "mai"), ("day", NULL),
    ("lines", ""), ("lines", "Chỉ Một Người, 0900000001"), ("lines", "\n".join(f"Người {'a' * n}, 09{n:08d}" for n in range(2, 40))),
    ("lines", "x" * 7000), ("lines", NULL), ("day", "2026-11-28"), ("day", "2029-01-01")])
def test_what_cannot_be_is_refused_at_its_field(office, client, field, typed):
    answer = send(client, office, **{field: typed})
    assert answer.status_code in (409, 422) and f'id="id_{field}_error"' in text_of(answer), text_of(answer)
    assert not GroupBooking.objects.exists()


def test_too_few_places_says_how_many_and_keeps_all(office, client):
    Session.objects.filter(office=office.office, date=TOMORROW).update(capacity=1)
    answer = send(client, office)
    assert answer.status_code == 409 and "chỉ còn 2 chỗ cho 4 người" in text_of(answer) and "Trần Văn Mẫu" in text_of(answer)


def test_the_page_tells_days_with_places_and_that_names_stay(office, client):
    page = text_of(client.get(url("bookings:group_new", office.office.code, office.procedure.code)))
    assert "26/11/2026" in page and "Không đổi được sang người khác" in page
