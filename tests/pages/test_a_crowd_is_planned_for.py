"""A crowd is warned of on the pages and planned for in two clicks: an extra buổi, a Saturday, more desks, offers to those who wait."""
import re
from datetime import date, time, timedelta
from typing import Any

import pytest
from django.test import Client

from bookings.forms.surge import saturday_near
from bookings.models import CrowdWarning, Session, SessionEvent, Slot, WaitingEntry
from bookings.services import appointments, forecast, waiting
from onestop import clock
from onestop.offices.models import DutyShift
from onestop.offices.services import DutyEntry, set_duty
from tests.pages.conftest import TOMORROW, booked, slots_on, text_of, url

SATURDAY = date(2026, 11, 28)


@pytest.fixture
def crowd(office) -> CrowdWarning:
    """Tomorrow's morning takes three dossiers, three are booked and four people wait for that day."""
    morning = Session.objects.get(office=office.office, date=TOMORROW, part="morning")
    Session.objects.filter(office=office.office, date=TOMORROW).update(capacity=3)
    for number, slot in enumerate(slots_on(office, TOMORROW)[:3]):
        booked(office, slot, name=f"Người Hẹn {'ABC'[number]}", phone=f"091230000{number}")
    for number, slot in enumerate(slots_on(office, TOMORROW, "afternoon")[:3]):
        booked(office, slot, name=f"Người Chiều {'ABC'[number]}", phone=f"091230001{number}")
    for number in range(4):
        waiting.join(applicant=appointments.Applicant(f"Người Chờ {'ABCD'[number]}", f"091230002{number}"), office=office.office,
                     procedure=office.procedure, first=TOMORROW, last=SATURDAY)
    WaitingEntry.objects.update(first_day=TOMORROW)
    forecast.warn(office=office.office)
    return CrowdWarning.objects.get(date=morning.date, part="morning")


def fields(page: str, prefix: str) -> dict[str, Any]:
    """What a form with a prefix sends as it stands on the page."""
    found: dict[str, Any] = {}
    for tag in re.findall(rf'<input[^>]*name="{prefix}-[^>]*>', page):
        name, value = re.search(r'name="([^"]+)"', tag)[1], re.search(r'value="([^"]*)"', tag)
        if 'type="checkbox"' in tag:
            if " checked" in tag:
                found.setdefault(name, []).append(value[1])
        else:
            found[name] = value[1] if value else ""
    for name, body in re.findall(rf'<select[^>]*name="({prefix}-[^"]+)"[^>]*>(.*?)</select>', page, re.S):
        chosen = re.search(r'value="([^"]*)"[^>]*selected', body)
        found[name] = chosen[1] if chosen else ""
    return found


def plan(browser: Client, crowd: CrowdWarning) -> str:
    return text_of(browser.get(url("bookings:surge_plan", crowd.pk)))


def test_leader_and_administrator_see_the_warning_with_its_sum(crowd, office, client_of) -> None:
    for user in (office.leader, office.administrator):
        page = text_of(client_of(user).get(url("bookings:surge")))
        assert "Buổi sáng, Thứ Năm, 26/11/2026" in page and office.office.name in page and "Danh sách chờ chỗ" in page
        assert "Đã đặt và đang giữ chỗ: 3 hồ sơ" in page
        assert "Xử lý cảnh báo" in text_of(client_of(user).get(url("bookings:surge_office", office.office.code)))
    for user in (office.desk, office.guard, office.hotline, office.carrier, office.citizen):
        assert client_of(user).get(url("bookings:surge")).status_code == 403
    assert client_of(office.leader).get(url("bookings:surge_office", office.other_office.code)).status_code == 404


def test_the_desk_reads_the_warning_on_the_day(crowd, office, client_of) -> None:
    page = text_of(client_of(office.desk).get(url("bookings:day"), {"ngay": TOMORROW.isoformat()}))
    assert "Dự báo đông người" in page and f"dự kiến {crowd.expected} hồ sơ, khả năng 3" in page and "Bố trí thêm buổi" not in page
    leaders = text_of(client_of(office.leader).get(url("bookings:day"), {"ngay": TOMORROW.isoformat()}))
    assert url("bookings:surge_plan", crowd.pk) in leaders
    assert "Dự báo đông người</strong>" not in text_of(client_of(office.desk).get(url("bookings:day")))


def test_an_evening_in_two_clicks_offers_places_to_those_who_wait(crowd, office, client_of) -> None:
    browser = client_of(office.leader)
    listed = text_of(browser.get(url("bookings:surge")))
    first_click = re.search(rf'href="({url("bookings:surge_plan", crowd.pk)})#toi"', listed)[1]
    given = fields(text_of(browser.get(first_click)), "toi")
    answer = browser.post(url("bookings:surge_extra", crowd.pk, "buoi-toi"), given, follow=True)  # the second click changes nothing
    page = text_of(answer)
    made = Session.objects.get(office=office.office, part="evening")
    assert "Đã thêm buổi tối ngày 26/11/2026" in page and "Đã xử lý" in page
    assert (made.date, made.special, clock.local(made.starts_at).time()) == (TOMORROW, True, time(17, 30))
    assert made.capacity == crowd.expected - 3 and made.held > 0  # places are kept for those who were offered them
    assert WaitingEntry.objects.filter(state="offered").count() == made.held
    assert SessionEvent.objects.get(subject=made, verb="add_special").actor == office.leader
    settled = SessionEvent.objects.get(subject=made, verb="crowd_handled")
    crowd.refresh_from_db()
    assert (crowd.state, crowd.handled_by) == ("handled", office.leader) and crowd.handled_how == settled.reason
    again = browser.post(url("bookings:surge_extra", crowd.pk, "buoi-toi"), given)
    assert again.status_code == 302 and Session.objects.filter(part="evening").count() == 1
    assert CrowdWarning.objects.get(pk=crowd.pk).handled_how == crowd.handled_how


def test_a_worked_saturday_in_two_clicks(crowd, office, client_of) -> None:
    browser = client_of(office.administrator)
    given = fields(plan(browser, crowd), "t7")
    assert given["t7-day"] == SATURDAY.isoformat()
    assert browser.post(url("bookings:surge_extra", crowd.pk, "thu-bay"), given).status_code == 302
    made = Session.objects.get(office=office.office, date=SATURDAY)
    assert (made.part, made.special) == ("morning", True) and Slot.objects.filter(session=made, capacity__gt=0).exists()


def test_more_desks_bring_officers_from_home_and_more_dossiers(crowd, office, client_of) -> None:
    set_duty(actor=office.leader, office=office.office, entries=[DutyEntry(office.specialist.pk, TOMORROW, "morning", "home"),
                                                               DutyEntry(office.desk.pk, TOMORROW, "morning", "counter")])
    browser = client_of(office.leader)
    given = fields(plan(browser, crowd), "quay")
    assert given["quay-officers"] == [str(office.specialist.pk)]
    answer = browser.post(url("bookings:surge_desks", crowd.pk), given, follow=True)
    assert "Đã phân công thêm 1 cán bộ" in text_of(answer)
    assert DutyShift.objects.get(user=office.specialist, date=TOMORROW, part="morning").place == "counter"
    assert Session.objects.get(office=office.office, date=TOMORROW, part="morning").capacity == crowd.expected
    again = browser.post(url("bookings:surge_desks", crowd.pk), given, follow=True)  # pressed twice
    assert "không có gì thay đổi" in text_of(again) and SessionEvent.objects.filter(verb="crowd_handled").count() == 1
    assert Session.objects.get(office=office.office, date=TOMORROW, part="morning").capacity == crowd.expected


def test_desks_that_would_strand_people_change_nothing(crowd, office, client_of) -> None:
    full = slots_on(office, TOMORROW)[0]
    Session.objects.filter(pk=full.session_id).update(capacity=20)
    booked(office, full, name="Người Đông", phone="0912300099", people=full.capacity - full.booked)
    browser = client_of(office.leader)
    given = fields(plan(browser, crowd), "quay") | {"quay-officers": [str(office.specialist.pk)], "quay-dossiers": "5"}
    answer = browser.post(url("bookings:surge_desks", crowd.pk), given)
    assert answer.status_code == 409, text_of(answer)[:2000]
    assert not DutyShift.objects.filter(user=office.specialist, date=TOMORROW).exists()
    assert Session.objects.get(pk=full.session_id).capacity == 20 and CrowdWarning.objects.get(pk=crowd.pk).state == "open"


def test_offers_and_notes_and_what_is_refused(crowd, office, client_of) -> None:
    browser = client_of(office.leader)
    noted = browser.post(url("bookings:surge_settle", crowd.pk), {"xong-how": "Đã mời nộp trực tuyến"}, follow=True)
    assert "Đã ghi nhận việc đã làm" in text_of(noted) and "Đã mời nộp trực tuyến" in text_of(noted)
    assert browser.post(url("bookings:surge_settle", crowd.pk), {"xong-how": ""}).status_code == 422
    bad = fields(plan(browser, crowd), "toi") | {"toi-opens": "20:00", "toi-closes": "18:00"}
    assert browser.post(url("bookings:surge_extra", crowd.pk, "buoi-toi"), bad).status_code == 422
    assert browser.post(url("bookings:surge_extra", crowd.pk, "buoi-toi"), {"toi-day": "x\0", "toi-dossiers": "-1"}).status_code == 422
    past = fields(plan(browser, crowd), "toi") | {"toi-day": "2026-11-01"}
    assert browser.post(url("bookings:surge_extra", crowd.pk, "buoi-toi"), past).status_code == 422
    Session.objects.filter(office=office.office, date__gt=TOMORROW).update(capacity=5)
    offered = text_of(browser.post(url("bookings:surge_offer", crowd.pk), follow=True))
    assert "Đã gửi 4 lời mời" in offered and "Mời 4 người trong danh sách chờ" in offered
    for user, status in ((office.desk, 403), (office.outsider, 403)):
        assert client_of(user).post(url("bookings:surge_settle", crowd.pk), {"xong-how": "x"}).status_code == status


def test_pages_have_a_fixed_number_of_queries(crowd, office, client_of, django_assert_max_num_queries) -> None:
    browser = client_of(office.leader)
    browser.get(url("bookings:surge"))
    for day in range(1, 6):
        CrowdWarning.objects.create(office=office.office, date=TOMORROW + timedelta(days=day), part="afternoon", expected=30, capacity=20)
    for address in (url("bookings:surge"), url("bookings:surge_office", office.office.code), url("bookings:surge_plan", crowd.pk)):
        with django_assert_max_num_queries(16):
            assert browser.get(address).status_code == 200


def test_offices_nearby_with_free_places_are_named(crowd, office, client_of) -> None:
    page = plan(client_of(office.leader), crowd)
    assert office.other_office.name in page and "còn 40 hồ sơ" in page and office.centre.name not in page


@pytest.mark.parametrize(("day", "today", "expected"), [
    (date(2026, 12, 3), date(2026, 11, 25), SATURDAY), (TOMORROW, date(2026, 11, 25), SATURDAY),
    (SATURDAY, date(2026, 11, 25), date(2026, 12, 5)), (SATURDAY, date(2026, 11, 20), date(2026, 11, 21)),
    (date(2026, 11, 30), SATURDAY, date(2026, 12, 5))])
def test_the_saturday_before_the_crowd_else_the_one_after(day: date, today: date, expected: date) -> None:
    assert saturday_near(day, today) == expected and expected.weekday() == 5
