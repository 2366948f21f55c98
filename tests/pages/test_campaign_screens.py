"""The screens of an address campaign, for a phone and at a desk: a call by keyboard alone, the citizen's page behind the link, no fault
that axe knows, nothing wider than the screen."""
from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings as portal_settings
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Browser, Page

from dossiers.models import Dossier
from onestop import clock
from postal.models import AddressCampaign
from postal.services import campaigns
from postal.states import ItemState
from tests.cast import WORKDAY_MORNING, Cast
from tests.journeys.conftest import Walker, browser, shots  # noqa: F401
from tests.pages.test_booking_screens_axe import SIZES, pytestmark  # noqa: F401
from tests.pages.test_dossier_screens_axe import violations
from tests.portal import Portal, browsed
from tests.postal.campaign_people import WAITING, item_of, made
from tests.postal.conftest import _decided_of
from tests.postal.test_campaign_invitations import token_of
from tests.postal.test_campaign_pages import as_


@pytest.fixture
def calling(live_cast: Cast, settings, tmp_path: Path) -> Iterator[tuple[Portal, AddressCampaign]]:  # type: ignore[no-untyped-def]
    """The running portal with a campaign of three people, all of them invited."""
    with browsed(WORKDAY_MORNING, tmp_path, settings) as portal:
        with clock.frozen(WORKDAY_MORNING):
            make = _decided_of(live_cast)
            for number in (1, 2, 3):
                make(number, **WAITING)
            campaign = made(live_cast)
            campaigns.start_inviting(actor=live_cast.administrator, campaign=campaign)
            campaigns.invite(campaign.pk)
        portal.start("web")
        yield portal, campaign


def enter(walker: Walker, portal: Portal, visitor: Client) -> None:
    """The session of somebody who has signed in elsewhere."""
    name = portal_settings.SESSION_COOKIE_NAME
    walker.context.add_cookies([{"name": name, "value": visitor.cookies[name].value, "url": portal.url}])


def faults_of(page: Page, walker: Walker, name: str) -> list[str]:
    """What is wrong with a page at both sizes."""
    found = []
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        if "SCREENSHOTS" in os.environ:
            walker.shot(f"campaign-{name}-{width}")
        found += [f"{name} at {width}: {item['id']}: {item['nodes'][0]['html'][:200]}" for item in violations(page)]
        if not page.evaluate("document.documentElement.scrollWidth <= innerWidth"):
            found.append(f"{name} is wider than {width}")
    return found + [f"{name}: {trouble}" for trouble in walker.troubles]


def test_a_call_by_keyboard_and_the_citizens_link(calling: tuple[Portal, AddressCampaign], live_cast: Cast, browser: Browser,  # noqa: F811
                                                  shots: Path) -> None:  # noqa: F811
    portal, campaign = calling
    officer = Walker(browser, portal, shots)
    enter(officer, portal, as_(live_cast.desk))
    faults, page = [], officer.page
    for name, address in (("progress", reverse("postal:campaign", args=[campaign.pk])),
                          ("people", reverse("postal:campaign_people", args=[campaign.pk]))):
        page.goto(address)
        faults += faults_of(page, officer, name)
    call(page, officer, campaign, faults)
    first, second = Dossier.objects.order_by("pk")[:2]
    assert item_of(first).state == ItemState.POST and item_of(first).area_id == live_cast.commune.pk
    leader = Walker(browser, portal, shots)
    enter(leader, portal, as_(live_cast.leader))
    leader.page.goto(reverse("postal:campaign_new"))
    faults += faults_of(leader.page, leader, "new")
    citizen(Walker(browser, portal, shots, phone=True), second, faults)
    assert not faults, "\n".join(faults)


def call(page: Page, officer: Walker, campaign: AddressCampaign, faults: list[str]) -> None:
    """From the campaign's page to the noted call without touching the mouse."""
    page.goto(reverse("postal:campaign", args=[campaign.pk]))
    page.wait_for_function("document.activeElement.matches('main button')")  # the button to call the next person has the focus
    page.keyboard.press("Enter")
    page.wait_for_url("**/lien-he/nguoi/**")
    faults += faults_of(page, officer, "call")
    page.locator("[name=outcome]").first.focus()
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")  # post
    page.keyboard.press("Tab")
    page.keyboard.type("Số 7, đường Mẫu")
    page.keyboard.press("Tab")
    page.keyboard.type("Phường Ninh Kiều, Thành phố Cần Thơ")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")  # agreed
    page.keyboard.press("Enter")  # note, and the next person
    page.wait_for_load_state()
    page.get_by_text("Đã ghi: Đã đăng ký bưu chính.").wait_for()


def citizen(walker: Walker, dossier: Dossier, faults: list[str]) -> None:
    """Behind the link: first a form with faults, then the choice."""
    page = walker.page
    page.goto(reverse("postal:campaign_answer", args=[token_of(dossier)]))
    assert dossier.full_name not in page.content()
    page.locator("main form button.btn-large").click()
    page.get_by_text("Vui lòng nhập 4 số cuối số điện thoại.").first.wait_for()
    faults += faults_of(page, walker, "link-faults")
    page.fill("[name=address]", "Số 8, đường Mẫu")
    page.fill("[name=commune]", "Ninh Kiều")
    page.locator("[name=consent]").check()
    page.fill("[name=factor]", dossier.phone[-4:])
    page.locator("main form button.btn-large").click()
    page.get_by_text("Đã ghi nhận lựa chọn").wait_for()
