"""The form and its builder in Chromium: live conditions, rows, places; the same without JavaScript; by keyboard; nothing axe knows."""
from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import reverse
from playwright.sync_api import Page, expect

from onestop.catalogue.services import eforms
from tests.cast import PASSWORD, Cast
from tests.catalogue.eform_schemas import birth
from tests.journeys.conftest import Walker, browser, shots  # noqa: F401
from tests.portal import Portal

pytestmark = pytest.mark.browser
SIZES = ((390, 844), (1280, 900))


@dataclass
class Builder:
    """A running portal with a draft of the form that has everything in it."""

    portal: Portal
    cast: Cast

    def url(self, name: str = "eform", *rest: object) -> str:
        return reverse(f"catalogue:{name}", args=[self.cast.procedure.code, *rest])


@pytest.fixture
def builder(live_cast: Cast, tmp_path: Path) -> Iterator[Builder]:
    """The web server alone, and a draft."""
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"  # the browser's driver keeps an event loop in this thread
    draft = eforms.draft(actor=live_cast.administrator, procedure_id=live_cast.procedure.pk)
    eforms.change(actor=live_cast.administrator, version_id=draft.pk, schema=birth(), revision=0)
    portal = Portal(tmp_path / "portal", os.environ.get("REDIS_URL", ""))
    try:
        portal.start("web")
        yield Builder(portal, live_cast)
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


def look(page: Page, shots: Path, name: str) -> None:  # noqa: F811
    """No fault that axe knows, nothing wider than the screen; a picture of each size."""
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        page.screenshot(path=str(shots / f"{name}-{width}.png"), full_page=True)
        found = Axe().run(page)
        assert found.violations_count == 0, f"{name} at {width}: {found.generate_report()}"
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{name} is wider than {width}"


def test_the_form_follows_what_is_filled_in(builder, browser, shots):  # noqa: F811
    walker = Walker(browser, builder.portal, shots)
    page = signed_in(walker, builder.cast.administrator.username)
    page.goto(builder.url("eform_preview"))
    expect(page.locator("[name=a_certificate]")).to_be_hidden()
    expect(page.locator("#bieu-mau-3")).to_be_hidden()
    page.check("[name=a_married][value=true]")
    expect(page.locator("[name=a_certificate]")).to_be_visible()
    page.fill("[name=a_copies]", "1.000")
    expect(page.locator("[name=a_copy_fee]")).to_be_visible()
    page.fill("[name=a_copies]", "0")
    expect(page.locator("[name=a_copy_fee]")).to_be_hidden()
    page.check("[name=a_wishes][value=bhyt]")
    expect(page.locator("#bieu-mau-3")).to_be_visible()
    page.get_by_role("button", name="Thêm dòng").press("Enter")
    expect(page.locator("[name='a_family.1.member']")).to_be_focused()
    page.keyboard.type("Bà Mẫu")
    expect(page.locator("[name='a_family.1.employer']")).to_be_hidden()
    page.check("[name='a_family.1.works'][value=true]")
    expect(page.locator("[name='a_family.1.employer']")).to_be_visible()
    expect(page.locator("[name='a_family.0.employer']")).to_be_hidden()
    for _more in range(2):
        page.get_by_role("button", name="Thêm dòng").click()
    expect(page.get_by_role("button", name="Thêm dòng")).to_be_disabled()
    page.locator("[value='remove:family:0']").click()
    expect(page.locator("[data-rows] > [data-row]")).to_have_count(3)
    page.locator("[name=a_place]").press_sequentially("ninh ki")
    expect(page.locator("#id_a_place_list option").first).to_have_attribute("value", "Phường Ninh Kiều, Thành phố Cần Thơ")
    look(page, shots, "eform-filled")
    page.get_by_role("button", name="Kiểm tra tờ khai").click()
    expect(page.locator(".error-summary")).to_be_focused()
    expect(page.locator("[name='a_family.0.member']")).to_have_value("Bà Mẫu")
    look(page, shots, "eform-errors")
    assert walker.troubles == []


def test_the_form_works_without_javascript(builder, browser, shots):  # noqa: F811
    page = signed_in(Walker(browser, builder.portal, shots, phone=True, javascript=False), builder.cast.administrator.username)
    page.goto(builder.url("eform_preview"))
    expect(page.get_by_text("Chỉ khai nếu “Cha mẹ đã đăng ký kết hôn” là “Có”.")).to_be_visible()
    page.fill("[name='a_family.0.member']", "Ông Mẫu")
    page.get_by_role("button", name="Thêm dòng").click()
    page.fill("[name='a_family.1.member']", "Bà Mẫu")
    page.locator("[value='remove:family:0']").click()
    expect(page.locator("[name='a_family.0.member']")).to_have_value("Bà Mẫu")
    page.fill("[name=a_child]", "Trần Mẫu")
    page.fill("[name=a_born_on]", "2020-02-03")
    page.check("[name=a_sex][value=nu]")
    page.check("[name=a_married][value=false]")
    page.check("[name=a_wishes][value=bhyt]")
    page.locator("[name=a_child]").press("Enter")  # checks the form, adds no row
    expect(page.get_by_text("Tờ khai hợp lệ.")).to_be_visible()
    expect(page.locator("dl").get_by_text("03/02/2020")).to_be_visible()


def test_the_builder_by_keyboard(builder, browser, shots):  # noqa: F811
    walker = Walker(browser, builder.portal, shots)
    page = signed_in(walker, builder.cast.administrator.username)
    page.goto(builder.url())
    look(page, shots, "eform-builder")
    page.get_by_role("button", name="Chuyển xuống: Họ và tên trẻ").press("Enter")
    page.wait_for_url("**#truong-child")
    expect(page.locator(".eform-line").nth(1)).to_contain_text("Họ và tên trẻ")
    page.get_by_role("link", name="Sửa Điện thoại").press("Enter")
    look(page, shots, "eform-field")
    page.locator("[name=dk-0-field]").select_option(label="Cha mẹ đã đăng ký kết hôn")
    page.locator("[name=dk-0-op]").select_option("equals")
    page.locator("[name=dk-0-chosen]").select_option("married=true")
    page.locator("[name=label]").press("Enter")
    expect(page.get_by_text("Đã lưu trường.")).to_be_visible()
    expect(page.get_by_text("Số điện thoại · hỏi khi “Cha mẹ đã đăng ký kết hôn” là “Có”")).to_be_visible()
    page.get_by_role("link", name="So sánh và công bố").press("Enter")
    look(page, shots, "eform-publish")
    page.get_by_role("button", name="Công bố").press("Enter")
    expect(page.get_by_text("Đã công bố biểu mẫu.")).to_be_visible()
    assert walker.troubles == []
