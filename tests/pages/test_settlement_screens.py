"""The settlement list and one of its lines, for a phone and at a desk: no fault that axe knows, nothing wider than the screen."""
from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Browser

from onestop import clock
from postal.models import SettlementList
from postal.states import LineOutcome
from tests.cast import WORKDAY_MORNING, Cast
from tests.journeys.conftest import Walker, browser, shots  # noqa: F401
from tests.pages.test_booking_screens_axe import pytestmark  # noqa: F401
from tests.pages.test_campaign_screens import enter, faults_of
from tests.portal import Portal, browsed
from tests.postal import money
from tests.postal.money import PROVINCE


@pytest.fixture
def settling(live_cast: Cast, settings, tmp_path: Path) -> Iterator[tuple[Portal, SettlementList]]:  # type: ignore[no-untyped-def]
    """The running portal with a list of which lines match, differ and are missing on either side."""
    with browsed(WORKDAY_MORNING, tmp_path, settings) as portal:
        with clock.frozen(WORKDAY_MORNING):
            made = money.build(live_cast)
            waiver = made.waiver()
            for _number in range(4):
                made.shipment()
            found = made.compared(made.listing(waiver), [("EB000001VN", PROVINCE), ("EB000002VN", 40_000), ("EB000009VN", 12_000), ("", 1)])
        portal.start("web")
        yield portal, found


def test_the_list_and_a_line_at_both_sizes(settling: tuple[Portal, SettlementList], live_cast: Cast, browser: Browser,  # noqa: F811
                                           shots: Path) -> None:  # noqa: F811
    portal, settlement = settling
    visitor = Client()
    visitor.force_login(live_cast.administrator, backend="django.contrib.auth.backends.ModelBackend")
    walker = Walker(browser, portal, shots)
    enter(walker, portal, visitor)
    line = settlement.lines.get(outcome=LineOutcome.DIFFERS)
    faults = []
    for name, address in (("settlement", reverse("postal:settlement", args=[settlement.pk])),
                          ("settlement-line", reverse("postal:settlement_line", args=[settlement.pk, line.pk])),
                          ("waiver", reverse("postal:waiver", args=[settlement.waiver_id])), ("fees", reverse("postal:fees"))):
        walker.page.goto(f"{portal.url}{address}")
        faults += faults_of(walker.page, walker, name)
    assert not faults, "\n".join(faults)
