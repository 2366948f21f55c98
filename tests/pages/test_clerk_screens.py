"""The postman's walk on a phone: what is to be fetched, a scan by camera, the hygiene step, both signatures drawn; also without a script.
No fault that axe knows, nothing wider than the screen."""
from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings as portal_settings
from django.urls import reverse
from playwright.sync_api import Browser, Locator, Page

from onestop import clock
from postal.models import Carrier, CarrierClerk, CollectionSlip, HandoverList, ReceptionPoint, Shipment
from postal.states import Direction
from tests.cast import WORKDAY_MORNING, Cast
from tests.journeys.conftest import Walker, browser, shots  # noqa: F401
from tests.journeys.test_the_door_on_its_tablet import CAMERA
from tests.pages.test_booking_screens_axe import SIZES, pytestmark  # noqa: F401
from tests.pages.test_dossier_screens_axe import violations
from tests.portal import Portal, browsed
from tests.postal import handing
from tests.postal.conftest import _decided_of


@pytest.fixture
def walk(live_cast: Cast, settings, tmp_path: Path) -> Iterator[Portal]:  # type: ignore[no-untyped-def]
    """The running portal with two results at an office and papers at a citizen's."""
    with browsed(WORKDAY_MORNING, tmp_path, settings) as portal:
        with clock.frozen(WORKDAY_MORNING) as now:
            post = Carrier.objects.create(code="buu-dien", name="Bưu điện (thử)", key="x", province=live_cast.province)
            CarrierClerk.objects.create(user=live_cast.carrier, carrier=post)
            ReceptionPoint.objects.create(carrier=post, code="D1", name="Điểm mẫu", area=live_cast.commune, address="Số 5, đường Mẫu",
                                          phone="1900 1111")
            make = _decided_of(live_cast)
            for number, minutes in ((1, 200), (2, -20)):
                handing.known(make(number), post, collect_due_at=now + timedelta(minutes=minutes), area=live_cast.commune)
            handing.known(make(3), post, direction=Direction.IN, collect_due_at=now + timedelta(minutes=40), area_path="Phường Ninh Kiều")
        portal.start("web")
        yield portal


def enter(walker: Walker, portal: Portal, cast: Cast) -> None:
    """The clerk's session."""
    name = portal_settings.SESSION_COOKIE_NAME
    value = handing.browser(cast.carrier).cookies[name].value
    walker.context.add_cookies([{"name": name, "value": value, "url": portal.url}])


def faults_of(page: Page, walker: Walker, name: str) -> list[str]:
    """What is wrong with a page at both sizes."""
    found = []
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        if "SCREENSHOTS" in os.environ:
            walker.shot(f"clerk-{name}-{width}")
        found += [f"{name} at {width}: {item['id']}: {item['nodes'][0]['html'][:200]}" for item in violations(page)]
        if not page.evaluate("document.documentElement.scrollWidth <= innerWidth"):
            found.append(f"{name} is wider than {width}")
    page.set_viewport_size({"width": 390, "height": 844})
    return found + [f"{name}: {trouble}" for trouble in walker.troubles]


def draw(page: Page, pad: Locator) -> None:
    """A line across a signature's pad."""
    pad.scroll_into_view_if_needed()
    box = pad.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 20, box["y"] + 20)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.move(box["x"] + box["width"] - 20, box["y"] + 20)
    page.mouse.up()


def test_the_walk_on_a_phone(walk: Portal, live_cast: Cast, browser: Browser, shots: Path) -> None:  # noqa: F811
    first, second, home = Shipment.objects.order_by("pk")
    walker = Walker(browser, walk, shots, phone=True)
    walker.context.add_init_script(CAMERA.replace("CODE", first.waybill))
    enter(walker, walk, live_cast)
    page, faults = walker.page, []
    for name, address in (("public", reverse("postal:points")), ("office", reverse("postal:pickup_office", args=[live_cast.office.code])),
                          ("door", reverse("postal:take_over", args=[home.pk])), ("lists", reverse("postal:handovers")),
                          ("new", reverse("postal:handover_new")), ("today", reverse("postal:pickups"))):
        page.goto(address)
        faults += faults_of(page, walker, name)
    page.click("[data-scan]")
    page.wait_for_url("**/buu-chinh/bang-ke/*/")
    assert first.waybill in page.inner_text("main")
    page.fill("#id_ma", second.waybill)
    page.press("#id_ma", "Enter")
    page.wait_for_selector(f"text={second.waybill}")
    faults += faults_of(page, walker, "list")
    page.click("text=Đếm >> nth=0")
    page.wait_for_url("**/dem/*/")
    faults += faults_of(page, walker, "count")
    page.go_back()
    page.click("button:has-text('Đã khử khuẩn')")
    page.click("a:has-text('Hai bên ký')")
    page.wait_for_url("**/ky/")
    faults += faults_of(page, walker, "sign")
    page.fill("#id_giver", "Cán bộ mẫu")
    for pad in page.locator("canvas").all():
        draw(page, pad)
    page.check("#id_counted")
    page.check("#id_sealed")
    page.click("button:has-text('Ký và giao nhận')")
    page.wait_for_selector("text=Đã ký bảng kê")
    faults += faults_of(page, walker, "signed")
    row = HandoverList.objects.get()
    assert (row.number, row.shipments_total) == ("BK-THU-NINH-KIEU-2026-0001", 2)
    assert len(row.giver_signature) > 200 and len(row.receiver_signature) > 200
    assert not faults, "\n".join(faults)


def test_the_door_without_a_script(walk: Portal, live_cast: Cast, browser: Browser, shots: Path) -> None:  # noqa: F811
    home = Shipment.objects.get(direction=Direction.IN)
    walker = Walker(browser, walk, shots, phone=True, javascript=False)
    enter(walker, walk, live_cast)
    page = walker.page
    page.goto(reverse("postal:pickups"))
    page.fill("#id_ma", home.dossier.code)
    page.click(".search-go")
    page.wait_for_url("**/nhan-tai-nha/")
    page.check("#id_on_paper")
    page.click("button:has-text('Đã nhận giấy tờ')")
    page.wait_for_url("**/di-lay/")
    assert CollectionSlip.objects.get().shipment == home
