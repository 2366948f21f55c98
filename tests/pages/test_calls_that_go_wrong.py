"""Calls at the hotline that do not go as planned: double taps, two tabs, holds that end, odd input, a foreign province."""
from datetime import timedelta

import pytest

from bookings.models import Appointment, Call, Hold
from bookings.services import calls, sessions
from bookings.states import HoldState
from onestop import clock
from onestop.offices.models import Area
from onestop.offices.states import AreaLevel, OfficeLevel
from onestop.people.states import Role
from tests import cast as casting
from tests.pages.conftest import LONG, NULL, PERSON, TOMORROW, booked, slots_on, text_of, url

KEPT = {"thu_tuc": "9.000001", "q": "khai sinh", "cuoc": "2026-11-25T08:58:00+07:00"}


@pytest.fixture
def console(office, client_of):
    return client_of(office.hotline)


def keep(console, slot, **more):
    return console.post(url("bookings:hotline_hold"), KEPT | {"slot": slot.pk, "dossiers": "1", "people": "1"} | more)


@pytest.fixture
def elsewhere(office):
    """An office of another province, with places and a hotline of its own."""
    province = Area.objects.create(code="T96", name="Tỉnh Khác", level=AreaLevel.PROVINCE)
    commune = Area.objects.create(code="T32001", name="Xã Khác", level=AreaLevel.COMMUNE, parent=province)
    place = casting.office("xa-khac", "H99.1", "Bộ phận Một cửa xã Khác", OfficeLevel.COMMUNE, commune, province)
    sessions.generate(office=place, first=clock.today(), days=10)
    return place


def test_a_form_that_is_wrong_when_the_hold_ends_loses_nothing(console, office, slot):
    keep(console, slot)
    with clock.frozen(clock.now() + timedelta(minutes=11)):
        answer = console.post(url("bookings:hotline_book"), KEPT | PERSON | {"phone": "abc"})
        page = text_of(answer)
    assert answer.status_code == 422 and PERSON["full_name"] in page and 'name="dossiers"' in page and 'name="slot"' in page


def test_two_tabs_with_two_procedures(console, office, slot):
    keep(console, slot)
    keep(console, slots_on(office, TOMORROW)[1], thu_tuc="9.000002")
    answer = console.post(url("bookings:hotline_book"), KEPT | PERSON)
    page = text_of(answer)
    assert answer.status_code == 409 and PERSON["full_name"] in page and 'name="slot"' in page
    assert not Appointment.objects.exists()


def test_the_form_sent_twice_leads_to_the_same_appointment(console, office, slot):
    keep(console, slot)
    first = console.post(url("bookings:hotline_book"), KEPT | PERSON)
    second = console.post(url("bookings:hotline_book"), KEPT | PERSON)
    assert (second.status_code, second.url) == (302, first.url)
    assert Appointment.objects.count() == 1 and Call.objects.count() == 1


def test_a_place_that_is_gone_does_not_cost_the_one_that_is_kept(console, office, slot):
    keep(console, slot)
    full = slots_on(office, TOMORROW)[1]
    booked(office, full, phone="0900000001", people=full.capacity)
    answer = keep(console, full)
    assert answer.status_code == 409 and "Đang giữ" in text_of(answer)
    assert Hold.objects.get(state=HoldState.HELD).slot == slot


def test_more_people_in_the_same_slot(console, office, slot):
    keep(console, slot)
    booked(office, slot, phone="0900000001", people=slot.capacity - 2)
    assert keep(console, slot, people="2").status_code == 302
    assert Hold.objects.get(state=HoldState.HELD).people == 2


def test_a_reason_too_long_is_told_and_kept(console, office, slot):
    mine = booked(office, slot).appointment
    answer = console.post(url("bookings:hotline_cancel", mine.code), {"reason": LONG})
    assert answer.status_code == 422 and "aaaa" in text_of(answer)
    mine.refresh_from_db()
    assert mine.state == "booked"


@pytest.mark.parametrize("field", ["office", "outcome", "caller_phone", "caller", "note", "thu_tuc", "cuoc"])
def test_a_null_character_ends_no_page(console, office, field):
    typed = {"outcome": "informed", "caller": "Người Gọi", "caller_phone": "", "note": "", "office": ""}
    assert console.post(url("bookings:hotline_end"), typed | {field: NULL}).status_code in (302, 422)


@pytest.mark.parametrize("asked", [{"cuoc": "0001-01-01T00:00:00+14:00"}, {"cuoc": "9999-12-31T23:59:59-14:00"}, {"cuoc": "٢٠٢٦"},
                                   {"cuoc": "2026-11-25"}, {"tim": "\u0301"}, {"tim": "!!!"}, {"o_dau": "\u0301"},
                                   {"o_dau": LONG, "thu_tuc": "9.000001"},
                                   {"nguoi": NULL}, {"doi": "x" * 300}, {"thu_tuc": "9.000001", "don_vi": LONG}])
def test_odd_addresses_open(console, office, asked):
    assert console.get(url("bookings:hotline"), asked).status_code == 200


@pytest.mark.parametrize("pk", ["9" * 19, "9" * 30])
def test_numbers_too_large_for_a_row(console, office, client_of, pk):
    desk = client_of(office.desk)
    assert console.get(f"/dat-lich/goi/{pk}/").status_code == 404
    assert desk.get(f"/dat-lich/moi/{pk}/").status_code == 404
    assert desk.post(f"/dat-lich/moi/{pk}/bo/{pk}/").status_code == 404
    assert desk.post(f"/dat-lich/goi-so/{pk}/goi-lai/").status_code == 404
    assert console.post(url("bookings:hotline_book"), KEPT | PERSON | {"slot": pk, "dossiers": "1", "people": "1"}).status_code == 404


def test_nobody_moves_an_appointment_into_a_foreign_province(console, office, slot, elsewhere):
    mine = booked(office, slot).appointment
    there = elsewhere.sessions.get(date=TOMORROW, part="morning").slots.first()
    answer = console.post(url("bookings:hotline_move", mine.code), KEPT | {"slot": there.pk})
    mine.refresh_from_db()
    assert answer.status_code == 403 and mine.office == office.office


def test_a_foreign_hotline_sees_nothing(console, office, slot, elsewhere, client_of):
    foreign = casting.person("t-khac", "Tổng đài tỉnh khác (thử)", elsewhere, Role.HOTLINE)
    mine = booked(office, slot).appointment
    task = calls.hand_over(actor=office.hotline, office=office.office, full_name="Người Gọi", phone="0912345678", note="Hỏi về hồ sơ")
    browser = client_of(foreign)
    for name, key in (("hotline_booked", mine.code), ("call_task", task.pk)):
        assert browser.get(url(f"bookings:{name}", key)).status_code == 404
    for name in ("hotline_again", "hotline_cancel", "hotline_move"):
        assert browser.post(url(f"bookings:{name}", mine.code), {"slot": slot.pk}).status_code == 404
    page = text_of(browser.get(url("bookings:hotline"), {"tim": "0912345678", "nguoi": mine.code, "doi": mine.code, "thu_tuc": "9.000001"}))
    assert mine.full_name not in page and mine.code not in page.replace(f'value="{mine.code}"', "").replace(f"={mine.code}", "")
    assert "Ninh Kiều" not in page
    assert browser.post(url("bookings:hotline_book"), KEPT | PERSON | {"slot": slot.pk, "dossiers": "1", "people": "1"}).status_code == 403


def test_the_carrier_sees_nothing(office, client_of, slot):
    mine = booked(office, slot).appointment
    browser = client_of(office.carrier)
    pages = [url("bookings:hotline"), url("bookings:hotline_booked", mine.code), url("bookings:call_list"), url("bookings:calls"),
             url("bookings:outreach"), url("bookings:desk"), url("bookings:overbook"), url("bookings:day")]
    assert {browser.get(page).status_code for page in pages} == {403}
