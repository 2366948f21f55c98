"""The hotline's console: find, read aloud, book for the caller, read back; never past the guard."""
import pytest

from bookings.models import Appointment
from onestop.catalogue.models import Procedure
from tests.pages.conftest import LONG, NFC, NFD, NULL, PERSON, TOMORROW, booked, slots_on, text_of, url


@pytest.fixture
def console(office, client_of):
    return client_of(office.hotline)


def call(slot, code="9.000001", **more):
    return PERSON | {"thu_tuc": code, "slot": slot.pk, "dossiers": "1", "people": "1", "q": "khai sinh"} | more


def test_find_read_aloud_book_and_read_back(console, office, slot):
    page = text_of(console.get(url("bookings:hotline"), {"q": "khai sinh"}))
    assert "Thủ tục đăng ký khai sinh" in page
    page = text_of(console.get(url("bookings:hotline"), {"thu_tuc": "9.000001", "q": "khai sinh"}))
    assert "Tờ khai đăng ký khai sinh" in page and "5 ngày làm việc" in page and "phường Ninh Kiều" in page
    narrowed = text_of(console.get(url("bookings:hotline"), {"thu_tuc": "9.000001", "don_vi": office.office.code}))
    assert narrowed.count('type="radio"') == 12
    done = console.post(url("bookings:hotline_book"), call(slot, full_name=NFD))
    assert done.status_code == 302
    appointment = Appointment.objects.get()
    assert (appointment.channel, appointment.booked_by, appointment.full_name) == ("hotline", office.hotline, NFC)
    read = text_of(console.get(done.url))
    assert appointment.code in read and "Giấy chứng sinh" in read and "Ông/Bà" in read


@pytest.mark.parametrize("text", ["thi anh", "0912345678", "0912 345 678"])
def test_the_caller_is_found_again(console, office, slot, text):
    booked(office, slot)
    assert NFC in text_of(console.get(url("bookings:hotline"), {"tim": text}))


def test_twice_makes_one(console, office, slot):
    first = console.post(url("bookings:hotline_book"), call(slot, cuoc="2026-11-25T08:58:00+07:00"))
    assert console.post(url("bookings:hotline_book"), call(slot, cuoc="2026-11-25T08:58:00+07:00")).url == first.url
    again = console.post(url("bookings:hotline_book"), call(slot, cuoc="2026-11-25T08:59:00+07:00"))
    assert again.status_code == 409 and "đã có một lịch hẹn" in text_of(again) and NFC in text_of(again)
    assert Appointment.objects.count() == 1


def test_a_full_slot_is_refused_and_the_form_stays(console, office, slot):
    booked(office, slot, phone="0900000001", people=slot.capacity)
    answer = console.post(url("bookings:hotline_book"), call(slot))
    assert answer.status_code == 409 and "không còn đủ chỗ" in text_of(answer) and NFC in text_of(answer)


@pytest.mark.parametrize(("field", "typed"), [
    ("slot", ""), ("slot", "abc"), ("slot", NULL), ("slot", "9" * 40), ("slot", "-1"), ("full_name", ""), ("full_name", LONG),
    ("phone", "abc"),
    ("phone", NULL), ("citizen_id", "12"), ("email", "x"), ("dossiers", "0"), ("dossiers", "9" * 30), ("people", ""), ("people", "hai"),
    ("people", "9"),
])
def test_every_field_refuses_what_it_cannot_be(console, office, slot, field, typed):
    answer = console.post(url("bookings:hotline_book"), call(slot) | {field: typed})
    assert answer.status_code in (404, 422) and "error-summary" in text_of(answer)
    assert not Appointment.objects.exists()


@pytest.mark.parametrize("asked", [{"q": NULL}, {"tim": NULL}, {"tim": LONG}, {"q": LONG}, {"thu_tuc": NULL},
    {"thu_tuc": "9.000001", "don_vi": NULL},
                                   {"thu_tuc": "9.000001", "slot": "x"}, {"tim": "%"}, {"ten": NULL, "sdt": LONG, "thu_tuc": "9.000001"}])
def test_odd_questions_are_answered(console, office, asked):
    assert console.get(url("bookings:hotline"), asked).status_code == 200


def test_a_procedure_under_review_is_told_not_booked(console, office, slot):
    Procedure.objects.filter(pk=office.procedure.pk).update(state="needs_review")
    page = text_of(console.get(url("bookings:hotline"), {"thu_tuc": "9.000001"}))
    assert 'type="radio"' not in page and "đang được rà soát" in page
    assert "đang được rà soát" in text_of(console.post(url("bookings:hotline_book"), call(slot)))


def test_a_closed_counter_is_told_with_its_letter(console, office, slot, letter):
    letter(counter_last={"online_only": True})
    page = text_of(console.get(url("bookings:hotline"), {"thu_tuc": "9.000001"}))
    assert 'type="radio"' not in page and "2468/VPUB-KSTT" in page
    answer = console.post(url("bookings:hotline_book"), call(slot))
    assert answer.status_code == 422 and not Appointment.objects.exists()


def test_only_the_hotline(office, client_of, slot, client):
    for user in (office.guard, office.desk, office.citizen):
        browser = client_of(user)
        assert browser.get(url("bookings:hotline")).status_code == 403
        assert browser.post(url("bookings:hotline_book"), call(slot)).status_code == 403
    assert client.get(url("bookings:hotline")).status_code == 302
    assert not Appointment.objects.exists()


def test_the_console_costs_the_same_for_many(console, office, django_assert_max_num_queries):
    for number, slot in enumerate(slots_on(office, TOMORROW)):
        booked(office, slot, phone=f"09000002{number:02d}")
    with django_assert_max_num_queries(32):
        console.get(url("bookings:hotline"), {"thu_tuc": "9.000001", "tim": "thi anh"})
