"""Every screen of booking by keyboard alone: all of it is reached, in the order of the page, with a focus that is seen; and whole tasks
are done with keys only: a booking, a week's numbers and roster, a list of invitations, an office closed and its people moved."""
from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Locator, Page, expect

from bookings.models import Appointment, Outreach, Relocation, Session
from bookings.services import outreach, relocation
from bookings.states import BookedBy, RelocationState
from onestop import clock
from onestop.notify.models import Message
from onestop.offices.models import DutyShift
from tests.journeys.conftest import Walker, browser, shots  # noqa: F401
from tests.pages import test_booking_screens_axe as every

pytestmark = every.pytestmark
screens = every.screens
TOMORROW = every.TOMORROW
MOST_TABS = 400  # the roster of a week is the longest page

# What should be reached: everything a mouse can use. Of a group of radio buttons the keyboard stops at one.
WATCH = """() => {
  const shown = (item) => item.checkVisibility({visibilityProperty: true}) && item.getClientRects().length > 0;
  const wanted = new Map();
  for (const item of document.querySelectorAll('a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex]')) {
    if (item.tabIndex < 0 || item.disabled || !shown(item)) continue;
    const group = item.type === 'radio' ? `${item.form ? [...document.forms].indexOf(item.form) : ''} ${item.name}` : wanted.size;
    wanted.set(group, item);
  }
  const told = (item) => item.outerHTML.slice(0, 120);
  const marked = (item) => {
    const style = getComputedStyle(item);
    return style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0;
  };
  window.keys = {wanted: [...wanted.values()], met: [], faults: [], last: null};
  const reached = (item) => keys.met.includes(item) ||
    (item.type === 'radio' && keys.met.some((other) => other.name === item.name && other.form === item.form));
  keys.missed = () => keys.wanted.filter((item) => item.isConnected && !reached(item)).map(told);
  document.addEventListener('focusin', ({target}) => {
    if (keys.met.includes(target)) { keys.again ||= target === keys.met[0]; return; }
    const about = [target, target.labels?.[0], target.parentElement, target.nextElementSibling].filter(Boolean);
    if (!about.some(marked)) keys.faults.push(`focus is not seen: ${told(target)}`);
    const box = (target.labels?.[0] && target.getBoundingClientRect().width < 8 ? target.labels[0] : target).getBoundingClientRect();
    if (box.width < 8 || box.height < 8 || box.bottom <= 0 || box.top >= innerHeight || box.right <= 0 || box.left >= innerWidth)
      keys.faults.push(`focus goes where nothing is seen: ${told(target)}`);
    if (keys.last?.isConnected && !(keys.last.compareDocumentPosition(target) & Node.DOCUMENT_POSITION_FOLLOWING))
      keys.faults.push(`out of order: ${told(target)} after ${told(keys.last)}`);
    keys.met.push(target);
    keys.last = target;
  });
}"""
FROM_THE_TOP = "document.body.tabIndex = -1; document.body.focus(); document.body.removeAttribute('tabindex')"


class Keyed(every.Screens):
    """The same walk over the screens, with the Tab key instead of axe."""

    def look(self, walker: Walker, name: str, path: str) -> None:
        walker.page.goto(path)
        self.judge(walker.page, walker, name)

    def judge(self, page: Page, walker: Walker, name: str) -> None:
        self.open_what_folds(page, name)
        page.evaluate(FROM_THE_TOP)
        page.evaluate(WATCH)
        for pressed in range(MOST_TABS + 1):
            page.keyboard.press("Tab")
            if pressed % 10 == 9 and page.evaluate("keys.again || (keys.met.length > 1 && document.activeElement === document.body)"):
                break
        else:
            self.faults.append(f"{name}: no way round with Tab")
        self.faults += [f"{name}: {fault}" for fault in page.evaluate("keys.faults")]
        self.faults += [f"{name}: never reached: {item}" for item in page.evaluate("keys.missed()")]
        self.skip(page, name)
        self.faults += [f"{name}: {trouble}" for trouble in walker.troubles]
        walker.troubles.clear()

    def open_what_folds(self, page: Page, name: str) -> None:
        """Every closed details opens with Enter."""
        for folded in page.query_selector_all("details:not([open]) > summary")[:6]:
            if not folded.is_visible():
                continue
            folded.focus()
            page.keyboard.press("Enter")
            if not folded.evaluate("item => item.parentElement.open"):
                self.faults.append(f"{name}: does not open: {folded.inner_text()}")

    def skip(self, page: Page, name: str) -> None:
        """The first stop leads past the menu."""
        page.evaluate(FROM_THE_TOP)
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        if page.evaluate("document.activeElement.id") != "noi-dung":
            self.faults.append(f"{name}: the first stop does not lead to the content")


def tab_to(page: Page, wanted: Locator) -> None:
    """Press Tab until an element has the focus."""
    wanted.wait_for(state="attached")
    for _pressed in range(MOST_TABS):
        if wanted.evaluate("item => item === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab does not lead to {wanted}")


def use(page: Page, wanted: Locator, key: str = "Enter") -> None:
    tab_to(page, wanted)
    page.keyboard.press(key)


def send(page: Page, wanted: Locator) -> None:
    """Press a button and wait for the page that answers."""
    tab_to(page, wanted)
    with page.expect_navigation():
        page.keyboard.press("Enter")


def write(page: Page, name: str, text: str) -> None:
    tab_to(page, page.locator(f"main [name='{name}']").first)
    page.keyboard.press("Control+a")
    page.keyboard.type(text)


def pick(page: Page, wanted: Locator, value: str) -> None:
    """Choose in a list with the arrows: to its head, then down."""
    tab_to(page, wanted)
    page.keyboard.press("Home")
    for _pressed in range(60):
        if wanted.input_value() == value:
            return
        page.keyboard.press("ArrowDown")
    raise AssertionError(f"the arrows do not lead to {value}")


def button(page: Page, name: str) -> Locator:
    return page.locator("main").get_by_role("button", name=name).first


def a_citizen_books(page: Page, found: every.Screens) -> None:
    """From the list of places to the number in hand."""
    office, procedure = found.office.code, found.procedure.code
    page.goto(found.path("start", thu_tuc=procedure))
    use(page, page.locator(f"main a[href$='/noi/{office}/{procedure}/']").first)
    page.wait_for_url("**/noi/**")
    use(page, page.locator(f"main a[href*='ngay={TOMORROW.isoformat()}']").first)
    page.wait_for_url("**ngay=**")
    use(page, page.locator("main [name=slot]:enabled").first, "Space")
    use(page, button(page, "Giữ chỗ này"))
    page.wait_for_url("**/thong-tin/**")
    write(page, "full_name", "Người Dùng Bàn Phím")
    write(page, "phone", "0900009001")
    use(page, button(page, "Đặt lịch hẹn"))
    page.wait_for_url("**/xac-nhan/")
    code = re.search(r"\b\d{6}\b", Message.objects.filter(phone="0900009001").latest("pk").body)
    assert code is not None
    write(page, "ma", code[0])
    page.keyboard.press("Enter")
    page.wait_for_url("**/thong-tin/")
    use(page, button(page, "Đặt lịch hẹn"))
    page.wait_for_url("**/lich/**")
    assert Appointment.objects.get(phone="0900009001").channel == BookedBy.WEB


def a_leader_declares_and_sets_the_roster(page: Page, found: every.Screens) -> None:
    """The most dossiers of a morning, and an officer who works at home instead."""
    page.goto(found.path("supply", found.office.code))
    write(page, f"n{TOMORROW:%Y%m%d}-morning", "35")
    send(page, button(page, "Lưu khai báo"))
    expect(page.locator("main")).to_contain_text("Khai báo số hồ sơ tối đa")
    assert Session.objects.get(office=found.office, date=TOMORROW, part="morning").capacity == 35
    shift = DutyShift.objects.filter(office=found.office, date=TOMORROW, part="morning", place="counter").order_by("pk").first()
    assert shift is not None
    page.goto(found.path("duty", found.office.code))
    pick(page, page.locator(f"[name='d{shift.user_id}-{TOMORROW:%Y%m%d}-morning']"), "home")
    send(page, button(page, "Lưu phân công"))
    expect(page.locator("main")).to_contain_text("Phân công trực")
    assert DutyShift.objects.get(user=shift.user_id, date=TOMORROW, part="morning").place == "home"


def an_office_invites(page: Page, found: every.Screens) -> None:
    """Times for the people of a list, then the invitations."""
    run = Outreach.objects.filter(office=found.office).latest("pk")
    page.goto(found.path("outreach_list", run.pk))
    send(page, button(page, "Xếp giờ cho từng người"))
    work(lambda: outreach.work(run.pk), lambda: run.people.filter(appointment__isnull=False).exists())
    page.goto(found.path("outreach_list", run.pk))
    send(page, page.locator("main form[action$='/gui/'] button").first)
    work(lambda: outreach.work(run.pk), lambda: run.people.filter(told_at__isnull=False).exists())
    assert run.people.get().told_at is not None


def an_office_is_closed(page: Page, found: every.Screens) -> None:
    """Chosen, looked at first, done; the page shows by itself what came of it."""
    page.goto(found.path("relocation_new"))
    pick(page, page.locator("[name=target]"), f"office:{found.office.pk}")
    write(page, "reason", "Mất điện (mẫu)")
    use(page, button(page, "Xem trước"))
    page.wait_for_url("**/chuyen-lich/*/")
    send(page, button(page, "Đóng cửa và chuyển lịch"))
    expect(page.locator("#tien-do")).to_contain_text("Đang chuyển lịch hẹn")
    run = Relocation.objects.latest("pk")
    work(lambda: relocation.work(relocation_id=run.pk), lambda: Relocation.objects.get(pk=run.pk).state == RelocationState.DONE)
    expect(page.locator("#tien-do")).to_contain_text("Đã chuyển xong")
    expect(page.locator("aside")).to_contain_text("Đã chuyển xong")
    expect(page.locator("main .timeline")).to_contain_text("hệ thống")


def work(job: Callable[[], Any], done: Callable[[], bool]) -> None:
    """What the worker would do, in this process."""
    for _round in range(40):
        job()
        if done():
            return
    raise AssertionError("the job does not come to an end")


def test_every_screen_and_whole_tasks_by_keyboard(screens: every.Screens, browser: Browser, shots: Path) -> None:  # noqa: F811
    assert clock.today() + timedelta(days=1) == TOMORROW
    found = Keyed(screens.portal, screens.office, screens.procedure, screens.codes)
    tasks = {"lanhdao": a_leader_declares_and_sets_the_roster, "motcua": an_office_invites, "quantri": an_office_is_closed}
    citizen = Walker(browser, screens.portal, shots)
    every.citizens(found, citizen)
    a_citizen_books(citizen.page, found)
    for name in ("baove", "tongdai", "lanhdao", "motcua", "quantri"):
        walker = Walker(browser, screens.portal, shots).sign_in(name)
        for shown, path in every.staff(found, name):
            found.look(walker, shown, path)
        if name in tasks:
            tasks[name](walker.page, found)
        walker.context.close()
    assert not found.faults, "\n".join(sorted(set(found.faults)))
