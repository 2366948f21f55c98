"""A browser on the running portal: empty database, demo data, a working morning, real worker, beat, SMS sink and carrier."""
from __future__ import annotations

import io
import json
import os
import time
import urllib.request
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from playwright.sync_api import Browser, Page, expect, sync_playwright

from deploy.servers import find_chromium
from onestop import clock
from tests.portal import Portal

PASSWORD = "mat-khau-hanh-trinh"
PATIENCE = 60_000  # milliseconds: a machine with other things to do is slow, not wrong
expect.set_options(timeout=PATIENCE)
# A Wednesday without anything special about it; 24 hours and one minute before tomorrow's slot at eight.
MORNING = datetime(2026, 11, 25, 7, 59, 0, tzinfo=clock.TZ)


@pytest.fixture
def road(transactional_db: None, settings, tmp_path: Path) -> Iterator[Portal]:  # type: ignore[no-untyped-def]
    """The whole portal at MORNING with the demo's offices, letters, catalogue, people and sessions."""
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"  # the browser's driver keeps an event loop in this thread
    anchor = time.time()
    settings.PORTAL_CLOCK, settings.PORTAL_CLOCK_ANCHOR = MORNING, anchor
    redis = os.environ.get("REDIS_URL", "")
    portal = Portal(tmp_path / "portal", redis, pace=2, PORTAL_CLOCK=MORNING.isoformat(), PORTAL_CLOCK_ANCHOR=repr(anchor),
                    AXES_ENABLED="1")
    settings.PUBLIC_URL = portal.url
    settings.CARRIER_SIMULATOR_URL = portal.simulator_url
    call_command("load_demo", password=PASSWORD, stdout=io.StringIO())
    try:
        portal.start("carrier", "web", "worker", "beat")
        yield portal
    finally:
        portal.stop()
        os.environ.pop("DJANGO_ALLOW_ASYNC_UNSAFE", None)


@pytest.fixture
def browser() -> Iterator[Browser]:
    """Chromium without a window."""
    path = find_chromium()
    assert path is not None, "Chromium is needed for the journeys: install the package chromium or set CHROMIUM."
    with sync_playwright() as driver:
        found = driver.chromium.launch(executable_path=str(path), args=["--no-sandbox"])
        yield found
        found.close()


class Walker:
    """One person at one screen."""

    def __init__(self, browser: Browser, portal: Portal, shots: Path, *, phone: bool = False, javascript: bool = True) -> None:
        size = {"width": 390, "height": 844} if phone else {"width": 1280, "height": 900}
        self.context = browser.new_context(viewport=size, locale="vi-VN", java_script_enabled=javascript, base_url=portal.url)
        self.page: Page = self.context.new_page()
        self.page.set_default_timeout(PATIENCE)
        self.shots = shots
        self.troubles: list[str] = []
        self.page.on("pageerror", lambda error: self.troubles.append(str(error)))
        self.page.on("response", lambda answer: self.troubles.append(f"{answer.status} {answer.url}") if answer.status >= 500 else None)

    def sign_in(self, username: str) -> Walker:
        """Through the sign-in page."""
        self.page.goto("/dang-nhap/")
        self.page.fill("[name=username]", username)
        self.page.fill("[name=password]", PASSWORD)
        self.page.click("main form button")
        self.page.wait_for_url("**/lam-viec/**")
        return self

    def shot(self, name: str, *, height: int = 0) -> None:
        """A picture of the whole page, or of its top `height` pixels."""
        path, size = str(self.shots / f"{name}.png"), self.page.viewport_size
        if not height or size is None:
            self.page.screenshot(path=path, full_page=True)
            return
        self.page.set_viewport_size({"width": size["width"], "height": height})
        self.page.evaluate("scrollTo(0, 0)")
        self.page.screenshot(path=path)
        self.page.set_viewport_size(size)

    def text(self) -> str:
        """What the page says."""
        return self.page.inner_text("main")

    def taken(self, button: str) -> bytes:
        """The file that a button hands out, asked for as the browser sends the button's form."""
        form = self.page.locator("form", has=self.page.get_by_role("button", name=button))
        token = form.locator("[name=csrfmiddlewaretoken]").input_value()
        answer = self.page.request.post(form.get_attribute("action") or "", form={"csrfmiddlewaretoken": token},
                                        headers={"Referer": self.page.url})
        assert answer.ok, answer.status
        return answer.body()


@pytest.fixture
def shots(tmp_path: Path) -> Path:
    """Where pictures go: SCREENSHOTS, if it is set (the README's pictures are made so), else this test's folder."""
    folder = Path(os.environ.get("SCREENSHOTS", str(tmp_path / "shots")))
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def outside(portal: Portal, path: str, wish: dict[str, Any] | None = None) -> dict[str, Any]:
    """What carrier and SMS gateway know at a path; with a wish, after they were told so (the simulator's /story, /faults)."""
    body = None if wish is None else json.dumps(wish).encode()
    with urllib.request.urlopen(urllib.request.Request(f"{portal.simulator_url}{path}", data=body), timeout=20) as answer:
        return dict(json.load(answer))


def texts_to(portal: Portal, phone: str) -> list[str]:
    """The SMS that the gateway's sink has taken for a number, each of our ids once."""
    return [entry["text"] for entry in outside(portal, "/sms").values() if entry["to"] == phone]
