"""The working pages of offices: who sees what, what a form does, what bad input gets, how many queries a page costs."""
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from onestop import clock
from onestop.offices.models import Closure, WorkCalendar
from onestop.offices.services import DutyEntry, propose_calendar, set_duty
from onestop.offices.states import CalendarState, Part, Place
from onestop.people.models import User
from tests import cast as casting
from tests.cast import Cast

SignIn = Callable[[User], Client]
pytestmark = pytest.mark.usefixtures("morning")
WEEK = "2026-11-23"


def addresses(office: str) -> list[str]:
    return [reverse("offices:list"), reverse("offices:detail", args=[office]), reverse("offices:closures"),
            reverse("offices:close", args=[office]), reverse("offices:calendar", args=[2026])]


def test_leader_sees_every_page_of_the_own_office(cast: Cast, sign_in: SignIn) -> None:
    browser = sign_in(cast.leader)
    for address in addresses(cast.office.code):
        answer = browser.get(address)
        assert answer.status_code == 200, address
        assert "<h1>" in answer.content.decode()


def test_a_foreign_office_is_not_found(cast: Cast, sign_in: SignIn) -> None:
    browser = sign_in(cast.outsider)
    for name in ("detail", "close", "hours", "duty"):
        assert browser.get(reverse(f"offices:{name}", args=[cast.office.code])).status_code == 404
        assert browser.post(reverse(f"offices:{name}", args=[cast.office.code])).status_code in (404, 405)
    closure = Closure.objects.create(office=cast.office, starts_on=clock.today(), reason="Bão")
    assert browser.post(reverse("offices:reopen", args=[closure.pk])).status_code == 404
    assert cast.office.name not in browser.get(reverse("offices:list")).content.decode()
    assert "Bão" not in browser.get(reverse("offices:closures")).content.decode()


def test_old_addresses_of_hours_and_roster_lead_to_their_pages(cast: Cast, sign_in: SignIn) -> None:
    for name in ("hours", "duty"):
        answer = sign_in(cast.leader).get(reverse(f"offices:{name}", args=[cast.office.code]), {"tuan": WEEK})
        assert (answer.status_code, answer["Location"]) == (302, f"{reverse(f'bookings:{name}', args=[cast.office.code])}?tuan={WEEK}")


def test_strangers_sign_in_and_citizens_and_carriers_are_kept_out(cast: Cast, sign_in: SignIn) -> None:
    for address in addresses(cast.office.code):
        assert Client().get(address).status_code == 302
        assert sign_in(cast.citizen).get(address).status_code == 403
        assert sign_in(cast.carrier).get(address).status_code == 403


def test_search_ignores_tone_marks(cast: Cast, sign_in: SignIn) -> None:
    browser = sign_in(cast.administrator)
    for words in ("ninh kieu", "NINH KIỀU", "Ninh Kie\u0302\u0300u"):
        page = browser.get(reverse("offices:list"), {"q": words}).content.decode()
        assert cast.office.name in page
        assert cast.other_office.name not in page
    assert "Không có đơn vị nào phù hợp" in browser.get(reverse("offices:list"), {"q": "xyz"}).content.decode()
    for bad in ({"q": "x" * 5000}, {"level": "nope"}, {"page": "-3"}, {"q": "\x00"}):
        assert browser.get(reverse("offices:list"), bad).status_code == 200


def test_closing_and_reopening(cast: Cast, sign_in: SignIn) -> None:
    browser, address = sign_in(cast.leader), reverse("offices:close", args=[cast.office.code])
    good = {"starts_on": "2026-11-25", "ends_on": "2026-11-27", "reason": "Khu vực phong tỏa", "legal_basis": "4708/UBND-CCHC"}
    assert browser.post(address, good).status_code == 302
    closure = Closure.objects.get()
    assert "Khu vực phong tỏa" in browser.get(reverse("offices:closures")).content.decode()
    assert "Đang đóng cửa" in browser.get(reverse("offices:detail", args=[cast.office.code])).content.decode()
    assert browser.get(reverse("offices:reopen", args=[closure.pk])).status_code == 200
    assert Closure.objects.count() == 1
    assert browser.post(reverse("offices:reopen", args=[closure.pk])).status_code == 302
    assert not Closure.objects.exists()
    assert sign_in(cast.desk).get(address).status_code == 403


@pytest.mark.parametrize("wrong", [{"starts_on": "2026-11-24"}, {"starts_on": ""}, {"starts_on": "hôm nay"}, {"ends_on": "2026-11-01"},
                                   {"reason": ""}, {"reason": "x" * 300}, {"room": "999999"}, {"room": "abc"}])
def test_bad_closures_are_told(cast: Cast, sign_in: SignIn, wrong: dict[str, str]) -> None:
    data = {"starts_on": "2026-11-26", "ends_on": "", "reason": "Bão", "legal_basis": "Công văn số 1"} | wrong
    answer = sign_in(cast.leader).post(reverse("offices:close", args=[cast.office.code]), data)
    assert answer.status_code == 422
    assert "Công văn số 1" in answer.content.decode()
    assert not Closure.objects.exists()


def test_another_offices_room_can_not_be_chosen(cast: Cast, sign_in: SignIn) -> None:
    data = {"starts_on": "2026-11-26", "reason": "Bão", "room": str(cast.other_office.rooms.all()[0].pk)}
    assert sign_in(cast.leader).post(reverse("offices:close", args=[cast.office.code]), data).status_code == 422


def test_administrator_proposes_changes_and_approves(cast: Cast, sign_in: SignIn) -> None:
    browser = sign_in(cast.administrator)
    assert "chưa có lịch" in browser.get(reverse("offices:calendar", args=[2028])).content.decode()
    assert browser.post(reverse("offices:calendar_propose", args=[2028])).status_code == 302
    draft = WorkCalendar.objects.get(year=2028)
    holiday = {"day": "2028-03-01", "kind": "off", "name": "Thử", "basis": "Số 1"}
    answer = browser.post(reverse("offices:calendar_day", args=[draft.pk]), holiday)
    assert answer.status_code == 302
    assert draft.days.filter(date=date(2028, 3, 1), kind="off").exists()
    for wrong in ({"day": "2027-03-01", "kind": "off"}, {"day": "x", "kind": "off"}, {"day": "2028-03-01", "kind": "party"}):
        assert browser.post(reverse("offices:calendar_day", args=[draft.pk]), wrong).status_code == 422
    assert browser.post(reverse("offices:calendar_approve", args=[draft.pk]), {"basis": ""}).status_code == 422
    assert browser.post(reverse("offices:calendar_approve", args=[draft.pk]), {"basis": "Thông báo số 1"}).status_code == 302
    draft.refresh_from_db()
    assert draft.state == CalendarState.APPROVED
    assert browser.post(reverse("offices:calendar_day", args=[draft.pk]), {"day": "2028-03-02", "kind": "off"}).status_code == 422
    assert browser.post(reverse("offices:calendar_redraft", args=[draft.pk])).status_code == 302
    second = WorkCalendar.objects.get(year=2028, version=2)
    browser.post(reverse("offices:calendar_day", args=[second.pk]), {"day": "2028-03-01", "kind": ""})
    page = browser.get(reverse("offices:calendar", args=[2028]), {"ban": "2", "ngay": "2028-03-01"}).content.decode()
    assert "Khác với lịch đang có hiệu lực" in page
    assert "Ngày làm việc" in page


def test_only_administrators_act_on_calendars_and_get_never_acts(cast: Cast, sign_in: SignIn) -> None:
    draft = propose_calendar(actor=cast.administrator, year=2028)
    for name, key in (("calendar_propose", 2029), ("calendar_day", draft.pk), ("calendar_approve", draft.pk),
                      ("calendar_redraft", draft.pk)):
        assert sign_in(cast.leader).post(reverse(f"offices:{name}", args=[key])).status_code == 403
        assert sign_in(cast.administrator).get(reverse(f"offices:{name}", args=[key])).status_code == 405
    assert not WorkCalendar.objects.filter(year=2029).exists()
    for year in (0, 1999, 99999):
        assert sign_in(cast.administrator).get(reverse("offices:calendar", args=[year])).status_code == 404
        assert sign_in(cast.administrator).post(reverse("offices:calendar_propose", args=[year])).status_code == 404
    assert sign_in(cast.administrator).post(reverse("offices:calendar_approve", args=[987654])).status_code == 404
    for ban in ("x", "99", "-1"):
        assert sign_in(cast.administrator).get(reverse("offices:calendar", args=[2026]), {"ban": ban, "ngay": "x"}).status_code == 200


def queries_of(browser: Client, address: str) -> int:
    browser.get(address)
    with CaptureQueriesContext(connection) as captured:
        assert browser.get(address).status_code == 200
    assert not [query["sql"] for query in captured if query["sql"].lstrip().split()[0] in ("INSERT", "UPDATE", "DELETE")]
    return len(captured)


def test_pages_cost_the_same_with_more_rows(cast: Cast, sign_in: SignIn) -> None:
    browser = sign_in(cast.administrator)
    Closure.objects.create(office=cast.office, starts_on=clock.today(), reason="Bão")
    set_duty(actor=cast.leader, office=cast.office, entries=[DutyEntry(cast.desk.pk, clock.today(), Part.MORNING, Place.COUNTER)])
    before = {address: queries_of(browser, address) for address in addresses(cast.office.code)}
    for number in range(6):
        made = casting.office(f"thu-{number}", "H13.9", f"Đơn vị {number}", "commune", cast.commune, cast.province, cast.centre)
        Closure.objects.create(office=made, starts_on=clock.today(), reason="Bão")
        Closure.objects.create(office=cast.office, starts_on=clock.today() + timedelta(days=number), reason="Lũ")
        user = casting.person(f"t-them-{number}", "Cán bộ (thử)", cast.office, "desk")
        set_duty(actor=cast.leader, office=cast.office, entries=[DutyEntry(user.pk, clock.today(), Part.MORNING, Place.COUNTER)])
    assert {address: queries_of(browser, address) for address in before} == before
    assert max(before.values()) <= 16
