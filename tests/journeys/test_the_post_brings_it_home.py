"""The post in both directions (Khánh Hòa 2 and 3, Thường Tín 6): papers fetched at home, counted and signed for; the result brought
home; in a browser, with worker, beat, carrier and SMS gateway."""
from __future__ import annotations

import io
import re
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from pypdf import PdfReader

from dossiers.models import Dossier, Parcel
from dossiers.states import State as DossierState
from onestop import clock
from postal.models import CollectionSlip, HandoverList, Shipment
from postal.states import Direction, State
from tests import births
from tests.journeys.conftest import Walker, outside, texts_to
from tests.portal import Portal

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

NAME, PHONE, HOME = "Lê Thị Ở Nhà", "0900000201", "Số 12, đường Mẫu"
COMMUNE = "Phường Ninh Kiều, Thành phố Cần Thơ"
FOUR_HOURS = timedelta(hours=4)
PATIENCE = 120


def test_the_post_brings_it_home(road: Portal, browser: Browser, shots: Path) -> None:
    outside(road, "/story", {"steps": []})  # of orders from now on the carrier reports what this test lets it do
    citizen, postman = Walker(browser, road, shots, phone=True), Walker(browser, road, shots, phone=True).sign_in("buuta")
    desk = Walker(browser, road, shots).sign_in("motcua")
    dossier = asks_the_post_to_come(citizen)
    papers = is_accepted(desk, road, dossier)
    sees_the_time_run(postman, papers)
    counts_and_signs_at_the_door(postman, papers)
    brings_them_to_the_office(postman, papers)
    opens_the_parcel(desk, dossier)
    specialist = Walker(browser, road, shots).sign_in("chuyenvien")
    decides(specialist, dossier)
    registers_the_post_later(citizen, dossier)
    result = has_four_hours(postman, road, dossier)
    hands_it_over(desk, result)
    is_delivered(citizen, road, dossier, result)
    was_told_once(road)
    is_in_the_figures(Walker(browser, road, shots).sign_in("lanhdao"))
    for walker in (citizen, postman, desk, specialist):
        assert walker.troubles == []


# --- the papers -----------------------------------------------------------------------------------------------------

def asks_the_post_to_come(citizen: Walker) -> Dossier:
    """KH2: handed in online; the papers themselves shall be fetched at home."""
    page = citizen.page
    page.goto("/ho-so/nop/1.001193/?don_vi=ninh-kieu")
    page.locator("#id_full_name").fill(NAME)
    page.locator("#id_phone").fill(PHONE)
    for name, value in births.ANSWERS.items():
        page.locator(f"[name={name}][value={value}]").check() if name in births.CHOSEN else page.locator(f"[name={name}]").fill(value)
    page.locator("input[name=return_method][value=counter]").check()
    page.get_by_label("Bưu chính đến lấy giấy tờ tại nhà").check()
    page.get_by_role("button", name="Nộp hồ sơ", exact=True).click()
    expect(page.locator(".error-summary")).to_contain_text("địa chỉ để bưu chính đến lấy")  # nothing typed is lost
    page.get_by_label("Địa chỉ lấy giấy tờ").fill(HOME)
    page.get_by_label("Xã, phường lấy giấy tờ").fill(COMMUNE)
    citizen.shot("post-ask-390")
    page.get_by_role("button", name="Nộp hồ sơ", exact=True).click()
    page.wait_for_url("**/da-nop/**")
    assert not Shipment.objects.filter(dossier__phone=PHONE).exists()  # not before the acceptance
    return Dossier.objects.get(phone=PHONE)


def is_accepted(desk: Walker, portal: Portal, dossier: Dossier) -> Shipment:
    """KH6: with the acceptance the carrier is told, and has four hours from it."""
    page = desk.page
    page.goto(f"/ho-so/xu-ly/{dossier.pk}/")
    expect(page.locator("main")).to_contain_text(HOME)
    page.get_by_role("button", name="Tiếp nhận hồ sơ").click()
    expect(page.locator("main")).to_contain_text("Đã tiếp nhận hồ sơ")
    dossier.refresh_from_db()
    found = Shipment.objects.filter(dossier=dossier, direction=Direction.IN).exclude(waybill="")
    papers: Shipment = portal.wait_for(found.first, PATIENCE, "the carrier is told to fetch the papers")
    assert dossier.received_at
    assert (papers.state, papers.timer_from, papers.wall_due_at) == (State.ORDERED, dossier.received_at, dossier.received_at + FOUR_HOURS)
    order = outside(portal, "/log")["orders"][str(papers.key)]
    assert (order["waybill"], order["direction"], order["attempts"]) == (papers.waybill, "in", 1)
    return papers


def sees_the_time_run(postman: Walker, papers: Shipment) -> None:
    """KH6: where to go and until when, counted down on the clerk's telephone; both ways of counting."""
    page = postman.page
    page.goto("/buu-chinh/di-lay/")
    card = page.locator("li.card", has_text=NAME)
    expect(card).to_contain_text(HOME)
    expect(card).to_contain_text(COMMUNE.split(",")[0])
    expect(card.locator("[data-time-left]")).to_have_text(re.compile(r"^Còn \d+ giờ|^Còn \d+ phút"))
    postman.shot("post-pickups-390")
    page.goto(f"/buu-chinh/{papers.pk}/")
    assert papers.collect_due_at
    for said in (f"{clock.local(papers.collect_due_at):%H:%M}", "Nếu "):
        assert said in postman.text(), said
    postman.shot("post-shipment-390")


def counts_and_signs_at_the_door(postman: Walker, papers: Shipment) -> None:
    """KH6 and TT7: the code opens the form of this door; papers counted together, sealed, cleaned, both sign."""
    page = postman.page
    typed(page, papers.waybill)
    page.wait_for_url("**/nhan-tai-nha/")
    for count in page.locator("table.papers input").all():
        count.fill("0")
    page.locator("[name=p1_originals]").fill("1")
    page.locator("[name=p1_copies]").fill("2")
    page.get_by_label("Khác với danh sách").fill("Giấy tờ khác nộp sau")
    page.get_by_label("Số niêm phong").fill("NP-0201")
    for field in ("giver", "receiver"):
        draws(page, field)
    postman.shot("post-door-390")
    page.get_by_role("button", name="Đã nhận giấy tờ").click()
    page.wait_for_url("**/di-lay/")
    assert page.locator("li.card", has_text=NAME).count() == 0
    papers.refresh_from_db()
    slip = CollectionSlip.objects.get(shipment=papers)
    assert (papers.state, papers.papers, papers.seal_number, slip.giver) == (State.COLLECTED, 3, "NP-0201", NAME)
    assert papers.collected_at
    assert papers.collect_due_at
    assert papers.collected_at <= papers.collect_due_at


def brings_them_to_the_office(postman: Walker, papers: Shipment) -> None:
    """TT7: a list for the office, cleaned, counted, signed by both; what is printed adds up."""
    page = postman.page
    typed(page, papers.waybill)
    page.wait_for_url("**/bang-ke/*/")
    expect(page.locator("main")).to_contain_text("1 bưu gửi, 3 giấy tờ")
    row = signs_the_list(postman, "post-to-office")
    papers.refresh_from_db()
    assert (papers.state, papers.arrived_at) == (State.DELIVERED, row.closed_at)
    assert (row.kind, row.shipments_total, row.papers_total) == ("to_office", 1, 3)


def opens_the_parcel(desk: Walker, dossier: Dossier) -> None:
    """TT7: it is a parcel of the office, registered unopened, cleaned before it is opened and counted."""
    page, parcel = desk.page, Parcel.objects.get(dossier=dossier)
    page.goto("/ho-so/buu-pham/")
    page.get_by_role("link", name=parcel.waybill).click()
    expect(page.locator("main")).to_contain_text(NAME)
    desk.shot("post-parcel-1280")


# --- the result ------------------------------------------------------------------------------------------------------

def decides(specialist: Walker, dossier: Dossier) -> None:
    """There is a result, which waits at the counter."""
    page = specialist.page
    page.goto(f"/ho-so/xu-ly/{dossier.pk}/")
    page.get_by_role("button", name="Nhận thụ lý").click()
    page.get_by_text("Ghi nhận kết quả").first.click()
    page.locator("#viec_decide_note").fill("Giấy khai sinh")
    page.get_by_role("button", name="Lưu kết quả và báo công dân").click()
    expect(page.locator("main")).to_contain_text("Đã có kết quả")
    assert not Shipment.objects.filter(dossier=dossier, direction=Direction.OUT).exists()


def registers_the_post_later(citizen: Walker, dossier: Dossier) -> None:
    """KH2: who had not asked for the post does so from the tracking page."""
    page = citizen.page
    dossier.refresh_from_db()
    page.goto("/ho-so/tra-cuu/")
    page.get_by_label("Mã hồ sơ").fill(dossier.number)
    page.get_by_label("4 số cuối điện thoại").fill(PHONE[-4:])
    page.get_by_role("button", name="Tra cứu", exact=True).click()
    page.wait_for_url("**/tra-cuu/*/")
    assert "Bưu chính đã lấy giấy tờ của bạn." in citizen.text()
    citizen.shot("post-ready-390")
    page.get_by_role("link", name="Đổi cách nhận kết quả").click()
    page.locator("input[name=return_method][value=post]").check()
    page.get_by_label("Địa chỉ nhận kết quả").fill(HOME)
    page.get_by_label("Xã, phường nhận kết quả").fill(COMMUNE)
    citizen.shot("post-register-390")
    page.get_by_role("button", name="Lưu", exact=True).click()
    page.wait_for_url("**/tra-cuu/*/")


def has_four_hours(postman: Walker, portal: Portal, dossier: Dossier) -> Shipment:
    """KH7: four hours from the message that a result is ready; the clerk sees the office and the time left."""
    found = Shipment.objects.filter(dossier=dossier, direction=Direction.OUT).exclude(waybill="")
    result: Shipment = portal.wait_for(found.first, PATIENCE, "the carrier is told to fetch the result")
    assert result.timer_from
    assert result.wall_due_at == result.timer_from + FOUR_HOURS
    assert (result.address, result.area_path) == (HOME, COMMUNE)
    page = postman.page
    page.goto("/buu-chinh/di-lay/")
    page.get_by_role("link", name="Bộ phận Một cửa phường Ninh Kiều").click()
    card = page.locator("li.card", has_text=result.waybill)
    expect(card.locator("[data-time-left]")).to_have_text(re.compile(r"^Còn \d+ giờ|^Còn \d+ phút"))
    postman.shot("post-office-390")
    return result


def hands_it_over(desk: Walker, result: Shipment) -> None:
    """KH7 and TT7: the desk scans it into a list, cleans it, and both sides sign."""
    page = desk.page
    page.goto("/buu-chinh/bang-ke/moi/")
    page.get_by_label("Bộ phận Một cửa giao bưu chính").check()
    page.get_by_role("button", name="Tiếp tục").click()
    page.wait_for_url("**/bang-ke/*/")
    typed(page, result.waybill)
    expect(page.locator("main")).to_contain_text(result.waybill)
    row = signs_the_list(desk, "post-to-carrier")
    result.refresh_from_db()
    assert (result.state, result.collected_at, row.kind) == (State.COLLECTED, row.closed_at, "to_carrier")


def is_delivered(citizen: Walker, portal: Portal, dossier: Dossier, result: Shipment) -> None:
    """KH2: the carrier reports, signed; the tracking page says that it was delivered."""
    outside(portal, "/story", {"order": str(result.key), "steps": ["in_transit", "delivered"]})
    returned = Dossier.objects.filter(pk=dossier.pk, state=DossierState.RETURNED)
    portal.wait_for(returned.exists, PATIENCE, "the post delivers")
    result.refresh_from_db()
    assert result.state == State.DELIVERED
    citizen.page.goto(f"/ho-so/tra-cuu/{dossier.number}/")
    for said in ("Đã trả kết quả", result.waybill, "Đã phát"):
        assert said in citizen.text(), said
    assert HOME not in citizen.text()
    citizen.shot("post-delivered-390")


def was_told_once(portal: Portal) -> None:
    """Each thing that happened was told once, and the gateway took each text once."""
    news = ("sẽ đến lấy giấy tờ", "Hẹn trả kết quả", "đã có kết quả", "sẽ đến lấy và phát", "đã được trả lúc")
    portal.wait_for(lambda: all(any(part in text for text in texts_to(portal, PHONE)) for part in news), PATIENCE, "everything is told")
    texts = texts_to(portal, PHONE)
    assert {part: sum(part in text for text in texts) for part in news} == dict.fromkeys(news, 1)
    assert max(Counter(texts).values()) == 1
    assert {entry["attempts"] for entry in outside(portal, "/log")["sms"].values() if entry["to"] == PHONE} == {1}


def is_in_the_figures(leader: Walker) -> None:
    """KH6 and KH7: how often the carrier came in time, both ways."""
    leader.page.goto("/buu-chinh/dung-gio/")
    for said in ("Nhận hồ sơ từ công dân", "Trả kết quả cho công dân"):
        assert said in leader.text(), said
    leader.shot("post-compliance-1280")


# --- what both sides do -------------------------------------------------------------------------------------------------

def typed(page: Page, code: str) -> None:
    """A code as a scanner types it."""
    if not page.locator("#id_ma").count():
        page.goto("/buu-chinh/di-lay/")
    page.locator("#id_ma").fill(code)
    page.keyboard.press("Enter")


def draws(page: Page, side: str) -> None:
    """A signature on the screen."""
    canvas = page.locator(f"[data-signature=id_{side}_signature] canvas")
    canvas.scroll_into_view_if_needed()
    box: Any = canvas.bounding_box()
    page.mouse.move(box["x"] + 20, box["y"] + box["height"] / 2)
    page.mouse.down()
    for step in range(1, 8):
        page.mouse.move(box["x"] + 20 + step * box["width"] / 10, box["y"] + box["height"] * (0.3 if step % 2 else 0.7))
    page.mouse.up()


def signs_the_list(walker: Walker, picture: str) -> HandoverList:
    """Cleaned, sealed, signed by both; the printed list has the number, both names and the totals of the page."""
    page = walker.page
    page.get_by_role("button", name="Đã khử khuẩn").click()
    page.get_by_role("link", name="Hai bên ký").click()
    page.get_by_label("Hai bên đã cùng đếm").check()
    page.get_by_label("Niêm phong trước mặt hai bên").check()
    page.locator("#id_giver").fill("Người giao mẫu")
    page.locator("#id_receiver").fill("Người nhận mẫu")
    for side in ("giver", "receiver"):
        draws(page, side)
    walker.shot(f"{picture}-sign")
    page.get_by_role("button", name="Ký và giao nhận").click()
    page.wait_for_url(re.compile(r"/bang-ke/\d+/$"))
    walker.shot(f"{picture}-signed")
    row = HandoverList.objects.get(pk=int(re.findall(r"\d+", page.url)[-1]))
    assert page.locator("img.clerk-drawn").count() == 2
    assert f"{row.shipments_total} bưu gửi, {row.papers_total} giấy tờ" in walker.text()
    content = walker.taken("In bảng kê (PDF)")
    printed = " ".join("".join(part.extract_text() for part in PdfReader(io.BytesIO(content)).pages).replace("\u200b", "").split())
    for said in (row.number or "?", "Người giao mẫu", "Người nhận mẫu", *(item.shipment.waybill for item in row.items.all())):
        assert said in printed, (said, printed)
    return row
