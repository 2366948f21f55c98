"""Getting the news of an area and sending it, for a phone and at a desk: the road through both by a browser, no fault that axe knows."""
from __future__ import annotations

import os
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings as portal_settings
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Browser

from onestop import clock
from onestop.directives.services import announcements
from onestop.directives.services.announcements import Notice
from onestop.notify.models import Broadcast, Message, Subscription
from onestop.notify.services import broadcast_lists, broadcast_sending
from tests.cast import WORKDAY_MORNING, Cast
from tests.journeys.conftest import Walker, browser, shots  # noqa: F401
from tests.notify.broadcasting import subscribers
from tests.pages.test_booking_screens_axe import SIZES, pytestmark  # noqa: F401
from tests.pages.test_dossier_screens_axe import violations
from tests.portal import Portal, browsed


@pytest.fixture
def running(live_cast: Cast, settings, tmp_path: Path) -> Iterator[tuple[Portal, Cast]]:  # type: ignore[no-untyped-def]
    """The running portal with an announcement and twenty subscribers."""
    with browsed(WORKDAY_MORNING, tmp_path, settings) as portal:
        with clock.frozen(WORKDAY_MORNING):
            for tone in ("urgent", "warning", "info"):
                row = announcements.announce(actor=None, notice=Notice(
                    province=live_cast.province, title=f"Chỉ nhận hồ sơ trực tuyến ({tone})", short="Nộp trực tuyến hoặc qua bưu chính.",
                    text="Dòng một.\n\nDòng hai.", starts_at=WORKDAY_MORNING, tone=tone))
                announcements.publish(actor=None, announcement=row)
            subscribers(live_cast.commune, 20)
        portal.start("web")
        yield portal, live_cast


def judged(walker: Walker, name: str) -> list[str]:
    """The faults of the page that is open, at both sizes."""
    faults = []
    for width, height in SIZES:
        walker.page.set_viewport_size({"width": width, "height": height})
        if "SCREENSHOTS" in os.environ:
            walker.shot(f"news-{name}-{width}")
        faults += [f"{name} at {width}: {item['id']}: {item['nodes'][0]['html'][:200]}" for item in violations(walker.page)]
        if not walker.page.evaluate("document.documentElement.scrollWidth <= innerWidth"):
            faults.append(f"{name} is wider than {width}")
    faults += [f"{name}: {trouble}" for trouble in walker.troubles]
    walker.troubles.clear()
    return faults


def test_a_citizen_subscribes_and_an_administrator_sends(running: tuple[Portal, Cast], browser: Browser, shots: Path) -> None:  # noqa: F811
    portal, cast = running
    walker = Walker(browser, portal, shots)
    page, faults = walker.page, []
    page.goto(reverse("news:subscribe"))
    faults += judged(walker, "subscribe")
    page.get_by_label("Số điện thoại hoặc thư điện tử").fill("0900 222 333")
    page.get_by_label("Phường, xã").fill(cast.commune.code)
    page.get_by_label("Tôi đồng ý").check()
    page.get_by_role("button", name="Gửi mã xác nhận").click()
    page.wait_for_url("**/xac-nhan/**")
    faults += judged(walker, "confirm")
    code = re.search(r"\b\d{6}\b", Message.objects.get(template_key="subscription_code").body)
    assert code is not None
    page.get_by_label("Mã xác nhận").fill(code[0])
    page.get_by_role("button", name="Xác nhận").click()
    page.wait_for_url(f"**{reverse('guide:announcements')}")
    assert Subscription.objects.get(phone="0900222333").state == "active"
    faults += judged(walker, "announcements")
    page.goto(reverse("guide:home"))
    faults += judged(walker, "home")
    visitor = Client()
    visitor.force_login(cast.administrator)
    name = portal_settings.SESSION_COOKIE_NAME
    walker.context.add_cookies([{"name": name, "value": visitor.cookies[name].value, "url": portal.url}])
    page.goto(reverse("notify:new_broadcast"))
    page.locator("[name=name]").fill("Cách nộp hồ sơ")
    page.locator("[name=place]").select_option(f"area:{cast.province.pk}")
    page.locator("[name=text]").press_sequentially("Nộp trực tuyến.")
    page.get_by_text("phần SMS").first.wait_for()  # the preview follows what is typed
    faults += judged(walker, "edit")
    page.get_by_role("button", name="Lưu đợt gửi").click()
    page.get_by_role("button", name="Lập danh sách").click()
    row = Broadcast.objects.get()
    broadcast_lists.fill_here(row.pk)
    page.reload()
    faults += judged(walker, "broadcast")
    page.get_by_role("link", name="Xem lại và gửi").click()
    faults += judged(walker, "start")
    page.get_by_role("button", name="Gửi cho 21 người").click()
    page.get_by_role("button", name="Tạm ngừng gửi").wait_for()
    with clock.frozen(Broadcast.objects.get().signed_on_at + timedelta(seconds=5)):  # type: ignore[operator]
        broadcast_sending.hand_out(row.pk)
    page.reload()
    faults += judged(walker, "running")
    assert not faults, "\n".join(faults)
