"""A browser at the door: scanned by camera, checked in by keyboard, let in and out, through a dropped line; at three sizes."""
from __future__ import annotations

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from bookings.models import Appointment
from bookings.services import appointments, sessions
from bookings.services.audit import audit_capacity
from bookings.states import BookedBy
from onestop import clock
from onestop.directives.models import Directive, DirectiveScope, Rule
from tests.cast import PASSWORD, Cast
from tests.journeys.conftest import Walker
from tests.portal import Portal

NINE = datetime(2026, 11, 25, 9, 10, 0, tzinfo=clock.TZ)
SIZES = {"390": (390, 844), "768": (768, 1024), "1280": (1280, 900)}
# A camera that sees nothing twice and then the QR of the person.
CAMERA = """
    let looks = 0;
    window.BarcodeDetector = class { async detect() { looks += 1; return looks > 2 ? [{rawValue: "CODE"}] : []; } };
    Object.defineProperty(navigator, "mediaDevices", {value: {getUserMedia: async () => {
        const canvas = document.createElement("canvas");
        canvas.getContext("2d").fillRect(0, 0, 4, 3);
        return canvas.captureStream(5);
    }}});
"""


@dataclass
class Door:
    """A running portal, and people whose time is now."""

    portal: Portal
    cast: Cast
    rows: list[Appointment]

    @property
    def address(self) -> str:
        return f"/dat-lich/cua/{self.cast.office.code}/"


@pytest.fixture
def door(live_cast: Cast, settings, tmp_path: Path) -> Iterator[Door]:  # type: ignore[no-untyped-def]
    """Wednesday 09:10 under a letter that asks for the health check; three people of 09:00 and one of 09:30."""
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"  # the browser's driver keeps an event loop in this thread
    anchor = time.time()
    settings.PORTAL_CLOCK, settings.PORTAL_CLOCK_ANCHOR = NINE, anchor
    portal = Portal(tmp_path / "portal", os.environ.get("REDIS_URL", ""), PORTAL_CLOCK=NINE.isoformat(), PORTAL_CLOCK_ANCHOR=repr(anchor))
    letter = Directive.objects.create(number="4708/TH", issuer="UBND thử", issued_on=NINE.date(), title="Văn bản thử",
                                      starts_on=NINE.date(), published_at=clock.at(NINE.date()))
    DirectiveScope.objects.create(directive=letter, area=live_cast.province)
    for kind, params in (("health_check", {}), ("waiting_cap", {"people": 10, "distance_m": 2})):
        Rule.objects.create(directive=letter, kind=kind, clause="khoản 2", params=params, text="Thử")
    with clock.frozen(clock.at(NINE.date(), 7)):
        sessions.generate(office=live_cast.office, first=clock.today(), days=1)
        slots = list(sessions.Slot.objects.filter(session__office=live_cast.office).order_by("starts_at")[3:5])
        people = [appointments.Applicant(full_name=f"Người Hẹn Số {number}", phone=f"09222222{number:02d}") for number in range(4)]
        rows = [appointments.book(applicant=person, procedure=live_cast.procedure, purpose="submit", channel=BookedBy.WEB,
                                  slot_id=slots[number // 3].pk).appointment for number, person in enumerate(people)]
    try:
        portal.start("web")
        yield Door(portal, live_cast, rows)
    finally:
        portal.stop()
        os.environ.pop("DJANGO_ALLOW_ASYNC_UNSAFE", None)


def signed_in(walker: Walker, username: str) -> Page:
    page = walker.page
    page.goto("/dang-nhap/")
    page.fill("[name=username]", username)
    page.fill("[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/lam-viec/**")
    return page


def look(page: Page, shots: Path, name: str) -> None:
    """No fault that axe knows, nothing wider than the screen, at three sizes; a picture of each."""
    for size, (width, height) in SIZES.items():
        page.set_viewport_size({"width": width, "height": height})
        page.screenshot(path=str(shots / f"{name}-{size}.png"), full_page=True)
        found = Axe().run(page)
        assert found.violations_count == 0, f"{name} at {size}: {found.generate_report()}"
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{name} is wider than {size}"


def test_scanned_checked_in_by_keyboard_and_out_again(door, browser, shots):
    walker = Walker(browser, door.portal, shots)
    code = f"{door.portal.url}/dat-lich/den/{door.rows[0].code}/"
    walker.page.add_init_script(CAMERA.replace("CODE", code))
    page = signed_in(walker, "t-baove")
    page.goto(door.address)
    look(page, shots, "door")
    page.get_by_role("button", name="Quét bằng camera").click()
    expect(page.locator("#nguoi-den")).to_have_text("Người Hẹn Số 0")
    look(page, shots, "door-person")
    page.locator("fieldset.options input").first.focus()
    for _item in range(5):
        page.keyboard.press("Space")
        page.keyboard.press("Tab")
    page.keyboard.press("Tab")  # past the priority group
    page.keyboard.press("Enter")
    expect(page.get_by_text("đã đến và vào phòng. Số thứ tự 1")).to_be_visible()
    page.locator(f"#ra-{door.rows[0].code}").press("Enter")
    expect(page.get_by_text("đã ra.")).to_be_visible()
    assert Appointment.objects.get(pk=door.rows[0].pk).state == "done" and audit_capacity() == [] and walker.troubles == []


def test_a_scanner_that_types_finds_the_person_wherever_the_focus_is(door, browser, shots):
    page = signed_in(Walker(browser, door.portal, shots), "t-baove")
    page.goto(door.address)
    page.evaluate("document.activeElement.blur()")
    page.keyboard.type(f"{door.rows[1].code}")
    page.keyboard.press("Enter")
    expect(page.locator("#nguoi-den")).to_have_text("Người Hẹn Số 1")


def test_the_numbers_stay_through_a_dropped_line(door, browser, shots):
    page = signed_in(Walker(browser, door.portal, shots), "t-baove")
    page.goto(door.address)
    seen, lost = page.inner_text("[data-seen]"), page.locator("[data-lost]")
    door.portal.stop("web")
    expect(lost).to_be_visible()
    assert "Mất kết nối." in lost.inner_text() and "09:1" in lost.inner_text() and page.locator("#trong-phong").is_visible()
    look(page, shots, "door-lost")
    door.portal.start("web")
    expect(lost).to_be_hidden()
    assert page.inner_text("[data-seen]") > seen


def test_a_walk_in_is_taken_on_the_tablet(door, browser, shots):
    walker = Walker(browser, door.portal, shots)
    page = signed_in(walker, "t-baove")
    page.goto(door.address)
    page.get_by_role("link", name="Người chưa có lịch hẹn").click()
    page.fill("#q", "khai sinh")
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Chọn Thủ tục đăng ký khai sinh").click()
    look(page, shots, "walk-in")
    page.fill("[name=full_name]", "Người Đến Ngay")
    page.fill("[name=phone]", "0933333333")
    for box in page.locator("fieldset.options input").all():
        box.check()
    page.get_by_role("button", name="Nhận ngay, lấy số thứ tự").click()
    expect(page.get_by_text("đã đến và vào phòng. Số thứ tự 5")).to_be_visible()
    assert Appointment.objects.get(walk_in=True).state == "inside" and audit_capacity() == [] and walker.troubles == []
