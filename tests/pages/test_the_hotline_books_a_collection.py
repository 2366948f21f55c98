"""A caller whose result waits at the counter gets a time to collect it, from the dossier found on the console (Cà Mau 1, Cần Thơ 1b)."""
import pytest

from bookings.models import Appointment, Call, Hold
from dossiers.models import Dossier
from dossiers.services import processing
from tests.pages.conftest import NFC, PERSON, TOMORROW, booked, received, slots_on, text_of, url


@pytest.fixture
def ready(office):
    dossier = received(office, name=NFC)
    processing.decide(actor=office.leader, dossier=processing.start(actor=office.specialist, dossier=dossier, via="web"), via="web")
    return Dossier.objects.get(pk=dossier.pk)


@pytest.fixture
def console(office, client_of):
    return client_of(office.hotline)


def asked(dossier, **more):
    return {"thu_tuc": dossier.procedure.code, "ho_so": str(dossier.pk), "cuoc": "2026-11-25T08:58:00+07:00"} | more


def keep(console, dossier, slot):
    return console.post(url("bookings:hotline_hold"), asked(dossier, slot=slot.pk, dossiers="1", people="1"))


def test_from_the_dossier_found_to_the_words_to_read(office, console, ready, slot):
    page = text_of(console.get(url("bookings:hotline"), {"tim": ready.code}))
    assert "Hẹn nhận kết quả" in page and f"ho_so={ready.pk}" in page
    page = text_of(console.get(url("bookings:hotline"), asked(ready)))
    assert ready.code in page and f'value="{slot.pk}"' in page and page.count("phường Cái Răng") == 1  # among the offices a case may go to
    answer = keep(console, ready, slot)
    assert answer.status_code == 302 and Hold.objects.get().purpose == "collect"
    page = text_of(console.get(answer.url))
    assert "Đang giữ 07:30" in page and f'value="{NFC}"' in page and 'value="0912345678"' in page
    done = console.post(url("bookings:hotline_book"), asked(ready) | PERSON)
    appointment = Appointment.objects.get()
    assert (appointment.purpose, appointment.dossier, appointment.channel) == ("collect", ready, "hotline")
    call = Call.objects.get()
    assert (call.outcome, call.dossier) == ("booked", ready)
    page = text_of(console.get(done.url))
    assert ready.code in page and "Nhận kết quả" in page and "Giấy tờ cần mang theo" not in page and "không quy định ngày hẹn" not in page


def test_without_a_hold_in_one_go(console, ready, slot):
    done = console.post(url("bookings:hotline_book"), asked(ready, slot=slot.pk, dossiers="1", people="1") | PERSON)
    assert done.status_code == 302 and Appointment.objects.get().dossier == ready


def test_who_has_a_time_already_is_led_to_it(console, ready, slot, office):
    console.post(url("bookings:hotline_book"), asked(ready, slot=slot.pk, dossiers="1", people="1") | PERSON)
    mine = Appointment.objects.get()
    page = text_of(console.get(url("bookings:hotline"), {"tim": ready.code}))
    assert "Hẹn nhận kết quả" not in page and url("bookings:hotline_booked", mine.code) in page
    other = asked(ready, slot=slots_on(office, TOMORROW)[3].pk, dossiers="1", people="1", cuoc="2026-11-25T08:59:00+07:00")
    answer = console.post(url("bookings:hotline_book"), other | PERSON | {"full_name": "Người Khác Thử"})
    assert answer.status_code == 409 and Appointment.objects.count() == 1


def test_only_where_the_result_lies(console, ready, office, slot):
    there = office.other_office.sessions.get(date=TOMORROW, part="morning").slots.first()
    answer = console.post(url("bookings:hotline_book"), asked(ready, slot=there.pk, dossiers="1", people="1") | PERSON)
    assert answer.status_code == 422 and not Appointment.objects.exists()
    mine = booked(office, slot, purpose="collect", dossier=ready).appointment
    page = text_of(console.get(url("bookings:hotline"), {"thu_tuc": ready.procedure.code, "doi": mine.code}))
    assert f'value="{there.pk}"' not in page
    assert console.post(url("bookings:hotline_move", mine.code), {"thu_tuc": ready.procedure.code, "slot": there.pk}).status_code == 422


def test_a_letter_that_keeps_handing_in_away_does_not_keep_the_result(console, ready, slot, office, letter):
    letter(counter_last={"online_only": True})
    page = text_of(console.get(url("bookings:hotline"), asked(ready)))
    assert f'value="{slot.pk}"' in page
    mine = booked(office, slot, purpose="collect", dossier=ready).appointment
    page = text_of(console.get(url("bookings:hotline"), {"thu_tuc": ready.procedure.code, "doi": mine.code}))
    assert 'type="radio"' in page


@pytest.mark.parametrize("change", [{"return_method": "electronic"}, {"state": "processing"}])
def test_only_what_waits_at_the_counter(console, ready, slot, change):
    Dossier.objects.filter(pk=ready.pk).update(**change)
    assert "Hẹn nhận kết quả" not in text_of(console.get(url("bookings:hotline"), {"tim": ready.code}))
    answer = console.post(url("bookings:hotline_book"), asked(ready, slot=slot.pk, dossiers="1", people="1") | PERSON)
    assert answer.status_code == 409 and not Appointment.objects.exists()


def test_a_foreign_dossier_is_no_dossier(console, ready, slot):
    for key in ("999999", "9" * 30, "x", "a\0b"):
        answer = console.post(url("bookings:hotline_book"), asked(ready, slot=slot.pk, dossiers="1", people="1") | PERSON | {"ho_so": key})
        assert answer.status_code == 404
        assert console.get(url("bookings:hotline"), asked(ready, ho_so=key)).status_code == 200
    assert not Appointment.objects.exists()
