"""One whole day of an office, with everything running: roster, declared numbers, thirty bookings by three channels, the door, the
line, a blockade at noon, and everyone who had booked for the afternoon moved and told once."""
from __future__ import annotations

import json
import re
import urllib.request
import uuid
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from bookings.models import Appointment, RelocationItem, Session, Slot
from bookings.services.audit import audit_capacity
from bookings.states import Answer, AppointmentState, BookedBy, MoveOutcome
from onestop import clock
from onestop.offices.models import Closure, DutyShift
from onestop.people.states import Scope
from onestop.people.tokens import create_token
from tests.journeys.conftest import MORNING, Walker, texts_to
from tests.portal import Portal

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

BIRTH = "1.001193"
DAY = MORNING.date()
WEB = [f"0900001{number:03}" for number in range(10)]
CALLERS = [f"0900002{number:03}" for number in range(10)]
ZALO = [f"0900003{number:03}" for number in range(10)]
ORDINALS = ("Một", "Hai", "Ba", "Bốn", "Năm", "Sáu", "Bảy", "Tám", "Chín", "Mười")
EARLY = CALLERS[:4]  # these come at eight; everybody else is booked for the afternoon


def test_an_office_day(road: Portal, browser: Browser, shots: Path) -> None:
    leader = Walker(browser, road, shots).sign_in("lanhdao")
    sends_an_officer_home(leader)
    declares(leader, 40)
    operator = Walker(browser, road, shots).sign_in("tongdai")
    for phone in CALLERS:
        calls(operator, phone)
    for phone in WEB:
        books(browser, road, shots, phone)
    for phone in ZALO:
        asks_the_bot(road, phone)
    thirty_places_are_taken()
    guard, desk = Walker(browser, road, shots).sign_in("baove"), Walker(browser, road, shots).sign_in("motcua")
    come_in(guard)
    are_called(desk, browser, road, shots)
    administrator = Walker(browser, road, shots).sign_in("quantri")
    closes_at_noon(administrator)
    everybody_has_another_place(road)
    answer(browser, road, shots)
    nothing_new_here(browser, road, shots)
    for walker in (leader, operator, guard, desk, administrator):
        assert walker.troubles == []
    assert audit_capacity() == []


def sends_an_officer_home(leader: Walker) -> None:
    """Roster: one officer fewer at the counter this afternoon is one more place for citizens at a time (Cần Thơ 1b, Thường Tín 4)."""
    page = leader.page
    before = Slot.objects.filter(session__office__code="ninh-kieu", session__date=DAY, session__part="afternoon").first()
    assert before is not None
    shift = DutyShift.objects.filter(office__code="ninh-kieu", date=DAY, part="afternoon", place="counter").order_by("pk").first()
    assert shift is not None
    page.goto("/dat-lich/nang-luc/ninh-kieu/phan-cong/")
    page.locator(f"[name='d{shift.user_id}-{DAY:%Y%m%d}-afternoon']").select_option("home")
    leader.shot("roster-1280")
    page.get_by_role("button", name="Lưu phân công").click()
    expect(page.locator("main")).to_contain_text("Phân công trực")
    assert Slot.objects.get(pk=before.pk).capacity == before.capacity + 1


def declares(leader: Walker, dossiers: int) -> None:
    """The most dossiers of this afternoon (Cà Mau 1)."""
    page = leader.page
    page.goto("/dat-lich/nang-luc/ninh-kieu/")
    page.fill(f"[name='n{DAY:%Y%m%d}-afternoon']", str(dossiers))
    leader.shot("declare-1280")
    page.get_by_role("button", name="Lưu khai báo").click()
    expect(page.locator("main")).to_contain_text("Khai báo số hồ sơ tối đa")
    assert Session.objects.get(office__code="ninh-kieu", date=DAY, part="afternoon").capacity == dossiers


def calls(operator: Walker, phone: str) -> None:
    """The hotline: early callers take today's first place, the others the afternoon."""
    page = operator.page
    page.goto(f"/dat-lich/tong-dai/?thu_tuc={BIRTH}&don_vi=ninh-kieu")
    if phone in EARLY:
        page.locator("#cho-trong label.slot", has_text="08:00").first.click()
        page.get_by_role("button", name="Giữ chỗ này").click()
    else:
        choose = "(all, id) => { all[0].value = id; all[0].checked = true }"
        page.locator("#cho-trong input[name=slot]").evaluate_all(choose, afternoon_slot())
        page.get_by_role("button", name="Giữ chỗ này").click()
    page.locator("[name=full_name]").fill(f"Người gọi mẫu {ORDINALS[int(phone[-1])]}")
    page.locator("[name=phone]").fill(phone)
    page.get_by_role("button", name="Đặt lịch cho người gọi").click()
    expect(page.locator("#doc-lai")).to_contain_text("số")


def afternoon_slot() -> str:
    """Today's earliest afternoon place that is left at the office."""
    slots = Slot.objects.filter(session__office__code="ninh-kieu", session__date=DAY, session__part="afternoon").order_by("starts_at")
    return str(next(slot.pk for slot in slots if slot.people_left > 0))


def books(browser: Browser, road: Portal, shots: Path, phone: str) -> None:
    """The web, on a phone; every second one without JavaScript."""
    walker = Walker(browser, road, shots, phone=True, javascript=int(phone) % 2 == 0)
    page = walker.page
    page.goto(f"/dat-lich/noi/ninh-kieu/{BIRTH}/?ngay={DAY.isoformat()}")
    page.locator(f"input[name=slot][value='{afternoon_slot()}']").check(force=True)
    page.get_by_role("button", name="Giữ chỗ này").click()
    page.locator("[name=full_name]").fill(f"Người dân mẫu {ORDINALS[int(phone[-1])]}")
    page.locator("[name=phone]").fill(phone)
    page.get_by_role("button", name="Đặt lịch hẹn").click()
    page.wait_for_url("**/lich/**")
    assert walker.troubles == []
    walker.context.close()


def asks_the_bot(road: Portal, phone: str) -> None:
    """A partner's bot, through the API."""
    if not hasattr(asks_the_bot, "token"):
        asks_the_bot.token = create_token(name="Zalo Một cửa (mẫu)", scopes=[Scope.BOOK])[1]  # type: ignore[attr-defined]
    body = {"slot": int(afternoon_slot()), "procedure": BIRTH, "purpose": "submit", "dossiers": 1, "people": 1, "channel": "zalo",
            "applicant": {"full_name": f"Người nhắn mẫu {ORDINALS[int(phone[-1])]}", "phone": phone}}
    request = urllib.request.Request(f"{road.url}/api/v1/appointments/", json.dumps(body).encode(), {
        "Content-Type": "application/json", "Idempotency-Key": uuid.uuid4().hex,
        "Authorization": f"Bearer {asks_the_bot.token}"})  # type: ignore[attr-defined]
    with urllib.request.urlopen(request, timeout=20) as made:
        assert made.status == 201


def thirty_places_are_taken() -> None:
    rows = Appointment.objects.filter(phone__in=[*WEB, *CALLERS, *ZALO])
    for channel, phones in ((BookedBy.WEB, WEB), (BookedBy.HOTLINE, CALLERS), (BookedBy.ZALO, ZALO)):
        assert rows.filter(channel=channel, phone__in=phones, queue_date=DAY, office__code="ninh-kieu").count() == 10
    assert sorted(rows.values_list("queue_number", flat=True)) == list(range(1, 31)), "one number each, without a gap"


def come_in(guard: Walker) -> None:
    """The door: four arrive; as many as fit go in, the others wait."""
    page = guard.page
    for phone in EARLY:
        page.goto("/dat-lich/cua/ninh-kieu/")
        page.fill("#id_ma", Appointment.objects.get(phone=phone).code)
        page.keyboard.press("Enter")
        page.get_by_role("button", name=re.compile("^Đã đến( |$)|^Đã đến, chờ")).first.click()
        expect(page.locator("main")).to_contain_text("Cửa ra vào")
    guard.shot("door-day-1280")
    assert Appointment.objects.filter(phone__in=EARLY, state__in=[AppointmentState.CHECKED_IN, AppointmentState.INSIDE]).count() == 4


def are_called(desk: Walker, browser: Browser, road: Portal, shots: Path) -> None:
    """The line: the display shows whom the counter calls; each is served and leaves."""
    board = Walker(browser, road, shots)
    board.page.goto("/dat-lich/man-hinh/ninh-kieu/")
    page = desk.page
    page.goto("/dat-lich/goi-so/")
    page.locator("button[name=quay]").first.click()
    expect(page.get_by_role("button", name=re.compile("Gọi số tiếp theo"))).to_be_visible()
    page.keyboard.press("F2")
    for turn in range(4):
        expect(page.get_by_role("button", name=re.compile("Đã đến quầy"))).to_be_visible()
        number = page.locator(".desk-number").inner_text().split()[-1]
        expect(board.page.locator(".board-calls")).to_contain_text(number)
        page.keyboard.press("F8")
        expect(page.get_by_role("button", name=re.compile("Xong, đã ra"))).to_be_visible()
        if turn == 0:
            desk.shot("desk-day-1280")
            board.shot("display-day-1280")
        page.keyboard.press("F9" if turn == 3 else "F2")
    expect(page.get_by_role("button", name=re.compile("Gọi số tiếp theo"))).to_be_visible()
    assert Appointment.objects.filter(phone__in=EARLY, state=AppointmentState.DONE).count() == 4
    assert board.troubles == []


def closes_at_noon(administrator: Walker) -> None:
    """The ward is cordoned off from noon (Cà Mau 1): preview, start, progress."""
    page = administrator.page
    page.goto("/dat-lich/chuyen-lich/moi/")
    page.locator("[name=target]").select_option(label="Phường Ninh Kiều")
    page.locator("[name=from_at]").fill(f"{DAY.isoformat()}T12:00")
    page.locator("[name=reason]").fill("Phường Ninh Kiều bị phong tỏa từ 12 giờ")
    page.get_by_role("button", name="Xem trước").click()
    expect(page.locator("main")).to_contain_text("26")
    administrator.shot("blockade-preview-1280")
    page.get_by_role("button", name="Đóng cửa và chuyển lịch").click()
    expect(page.locator("#tien-do")).to_contain_text("Đã chuyển xong")
    administrator.shot("blockade-done-1280")


def everybody_has_another_place(road: Portal) -> None:
    """Twenty-six people, each at another office or on another day, each told once; nobody is left at the closed office."""
    items = RelocationItem.objects.filter(appointment__phone__in=[*WEB, *CALLERS, *ZALO])
    assert items.count() == 26
    assert set(items.values_list("outcome", flat=True)) <= {MoveOutcome.OTHER_OFFICE, MoveOutcome.LATER}
    left = Appointment.objects.filter(phone__in=[*WEB, *ZALO, *CALLERS[4:]], office__code="ninh-kieu", state=AppointmentState.BOOKED,
                                      queue_date__gte=DAY)
    assert not left.exists()
    for phone in [*WEB, *ZALO, *CALLERS[4:]]:
        road.wait_for(lambda phone=phone: told(road, phone), 60, f"{phone} is told of the new place")
    assert all(len(told(road, phone)) == 1 for phone in [*WEB, *ZALO, *CALLERS[4:]])
    assert not [phone for phone in EARLY if told(road, phone)], "who had already been served is left in peace"


def told(road: Portal, phone: str) -> list[Any]:
    """The texts that tell a person of the closure."""
    return [text for text in texts_to(road, phone) if "phong tỏa" in text]


def answer(browser: Browser, road: Portal, shots: Path) -> None:
    """From the link in the text: one agrees, one chooses another time, one cancels."""
    for phone, wanted in zip(WEB[:3], (Answer.ACCEPTED, Answer.MOVED, Answer.CANCELLED), strict=True):
        walker = Walker(browser, road, shots, phone=True, javascript=False)
        page = walker.page
        found = re.search(r"https?://\S+", told(road, phone)[0])
        assert found is not None
        page.goto(found.group().rstrip(".,"))
        walker.shot(f"moved-{wanted}-390")
        if wanted == Answer.ACCEPTED:
            page.get_by_role("button", name="Đồng ý giờ mới").click()
        else:
            if page.get_by_role("link", name="Chọn chỗ khác").count():
                page.get_by_role("link", name="Chọn chỗ khác").click()
            walker.shot(f"choose-{wanted}-390")
            if wanted == Answer.MOVED:
                page.locator("input[name=slot]:not(:checked)").last.check(force=True)
                page.get_by_role("button", name="Đổi sang chỗ này").click()
            else:
                page.locator("button.btn-danger").click()
        page.wait_for_load_state()
        item = RelocationItem.objects.get(appointment__phone=phone)
        assert item.answer == wanted
        assert walker.troubles == []
        walker.context.close()


def nothing_new_here(browser: Browser, road: Portal, shots: Path) -> None:
    """The closed office still takes people until noon, then nobody, and says why."""
    walker = Walker(browser, road, shots, phone=True)
    walker.page.goto(f"/dat-lich/noi/ninh-kieu/{BIRTH}/?ngay={DAY.isoformat()}")
    free = walker.page.locator("input[name=slot]:not([disabled])").evaluate_all("all => all.map(one => Number(one.value))")
    assert all(clock.local(slot.starts_at).hour < 12 for slot in Slot.objects.filter(pk__in=free))
    walker.page.goto(f"/dat-lich/noi/ninh-kieu/{BIRTH}/?ngay={(DAY + timedelta(days=1)).isoformat()}")
    assert walker.page.locator("input[name=slot]:not([disabled])").count() == 0
    expect(walker.page.locator("main")).to_contain_text("phong tỏa")
    walker.shot("closed-390")
    assert Closure.objects.filter(office__code="ninh-kieu", ends_on__isnull=True).exists()
    assert walker.troubles == []
