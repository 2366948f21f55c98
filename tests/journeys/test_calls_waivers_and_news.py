"""Who has not fetched a result is asked (Khánh Hòa 2, Thường Tín 5), the post's points (Khánh Hòa 3), the post that charges nothing and
is paid by a list (Khánh Hòa 2), news for an area (Cà Mau 2 and 5, Vĩnh Phúc 2); in a browser, with worker, beat, carrier and gateway."""
from __future__ import annotations

import io
import re
from functools import partial
from pathlib import Path

import pytest
from openpyxl import load_workbook
from playwright.sync_api import Browser, expect
from pypdf import PdfReader

from dossiers.models import Dossier
from dossiers.services import intake, processing
from onestop import clock
from onestop.catalogue.models import Procedure
from onestop.notify.models import Broadcast, Message, Subscription
from onestop.notify.states import BroadcastState
from onestop.offices.models import Office
from onestop.people.models import User
from postal.models import AddressCampaign, CampaignItem, SettlementList, Shipment
from postal.states import CampaignState, Direction
from tests.journeys.conftest import Walker, outside, texts_to
from tests.portal import Portal

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PATIENCE = 120
BIRTH, COMMUNE = "1.001193", "Phường Ninh Kiều, Thành phố Cần Thơ"
CALLED, INVITED, SUBSCRIBER = "0900000301", "0900000302", "0900000303"
FEE, SENT = 31_500, 7  # the demonstration's: what one shipment costs, how many the waiver covers
TITLE = "Nộp hồ sơ qua mạng, qua bưu chính"
SHORT = "Từ hôm nay xin nộp hồ sơ qua mạng hoặc bưu chính; thủ tục cấp thiết luôn được giải quyết."


def test_people_are_asked_and_told_and_the_post_is_paid(road: Portal, browser: Browser, shots: Path) -> None:
    called, invited = decided("Phạm Thị Được Gọi", CALLED), decided("Trần Văn Được Mời", INVITED)
    leader, citizen = Walker(browser, road, shots).sign_in("lanhdao"), Walker(browser, road, shots, phone=True)
    campaign = makes_the_list(leader, road)
    calls(leader, campaign, called)
    invites(leader, road, campaign)
    chooses_behind_the_link(citizen, road, invited)
    goes_to_the_carrier(leader, road, campaign, called, invited)
    finds_a_point(citizen)
    administrator = Walker(browser, road, shots).sign_in("quantri")
    subscribes(citizen, road)
    announces(administrator, citizen, road)
    broadcasts(administrator, road)
    maker = Walker(browser, road, shots).sign_in("quantri-khanh-hoa")
    settlement = lists_what_was_waived(maker, road)
    compares(maker, road, settlement)
    decides(maker)
    approver = Walker(browser, road, shots).sign_in("duyet-khanh-hoa")
    approves(maker, approver, road, settlement)
    for walker in (leader, citizen, administrator, maker, approver):
        assert walker.troubles == []


def decided(name: str, phone: str) -> Dossier:
    """A result of this morning that waits at the counter of Ninh Kiều."""
    desk, specialist = User.objects.get(username="motcua"), User.objects.get(username="chuyenvien")
    made = intake.receive_in_person(actor=desk, office=Office.objects.get(code="ninh-kieu"), procedure=Procedure.objects.get(code=BIRTH),
                                    applicant=intake.Applicant(name, phone), appointment_held=True)
    dossier = Dossier.objects.get(pk=made.dossier.pk)
    processing.start(actor=specialist, dossier=dossier, via="web")
    processing.decide(actor=specialist, dossier=dossier, via="web", note="Giấy khai sinh")
    return Dossier.objects.get(pk=dossier.pk)


# --- who has not fetched a result --------------------------------------------------------------------------------------

def makes_the_list(leader: Walker, portal: Portal) -> AddressCampaign:
    """TT6 and KH3: the office's leader sees how many it will be, and makes the list."""
    page = leader.page
    page.goto("/buu-chinh/lien-he/moi/")
    page.get_by_label("Tên đợt liên hệ").fill("Kết quả từ hôm nay chưa nhận")
    page.get_by_label("Từ ngày").fill(clock.today().isoformat())
    page.get_by_role("button", name="Xem trước số hồ sơ").click()
    expect(page.locator("main")).to_contain_text("Danh sách sẽ có 2 hồ sơ")
    leader.shot("campaign-new-1280")
    page.get_by_role("button", name="Lập danh sách").click()
    page.wait_for_url(re.compile(r"/lien-he/\d+/$"))
    campaign = AddressCampaign.objects.latest("pk")
    portal.wait_for(AddressCampaign.objects.filter(pk=campaign.pk, state=CampaignState.OPEN, total=2).exists, PATIENCE, "the list is made")
    return campaign


def calls(leader: Walker, campaign: AddressCampaign, dossier: Dossier) -> None:
    """KH3 and TT6: the call with its words; address and consent are noted, the post is registered."""
    page = leader.page
    page.goto(f"/buu-chinh/lien-he/{campaign.pk}/")
    page.get_by_role("button", name="Gọi người tiếp theo").click()
    page.wait_for_url("**/lien-he/nguoi/*/")
    for said in (dossier.full_name, CALLED, "Chào ông/bà", "đồng ý nhận kết quả qua bưu chính công ích"):
        assert said in leader.text(), said
    page.locator("input[name=outcome][value=agreed]").check()
    page.locator("input[name=wish][value=post]").check()
    page.get_by_label("Số nhà, đường, thôn").fill("Số 21, đường Mẫu")
    page.get_by_label("Xã, phường").fill(COMMUNE)
    page.get_by_role("button", name="Ghi", exact=True).click()
    expect(page.locator(".error-summary")).to_contain_text("đồng ý")  # nothing is registered without it
    page.get_by_label("Đã đọc và người nhận đồng ý").check()
    leader.shot("campaign-call-1280")
    page.get_by_role("button", name="Ghi", exact=True).click()
    page.wait_for_load_state()
    item = CampaignItem.objects.get(campaign=campaign, dossier=dossier)
    assert (item.state, item.address, item.consent_by) == ("post", "Số 21, đường Mẫu", User.objects.get(username="lanhdao"))


def invites(leader: Walker, portal: Portal, campaign: AddressCampaign) -> None:
    """KH3: who was not called gets a link by SMS; who has answered does not."""
    page = leader.page
    page.goto(f"/buu-chinh/lien-he/{campaign.pk}/")
    page.get_by_role("button", name="Nhắn tin mời 1 người").click()
    portal.wait_for(lambda: any("/xac-nhan/" in text for text in texts_to(portal, INVITED)), PATIENCE, "the invitation")
    assert not any("/xac-nhan/" in text for text in texts_to(portal, CALLED))


def chooses_behind_the_link(citizen: Walker, portal: Portal, dossier: Dossier) -> None:
    """KH3: the link on a telephone, without an account; the last four digits, nothing shown that the portal knows."""
    page = citizen.page
    page.goto(next(re.findall(r"https?://\S+/xac-nhan/\S+/", text)[0] for text in texts_to(portal, INVITED) if "/xac-nhan/" in text))
    assert dossier.number in citizen.text()
    assert dossier.full_name not in citizen.text()
    page.get_by_label("Số nhà, đường, thôn").fill("Số 22, đường Mẫu")
    page.get_by_label("Xã, phường").fill(COMMUNE)
    page.locator("#id_consent").check()
    page.locator("#id_factor").fill("0000")
    page.get_by_role("button", name="Gửi lựa chọn").click()
    expect(page.locator(".error-summary")).to_contain_text("không đúng")
    page.locator("#id_factor").fill(INVITED[-4:])
    citizen.shot("campaign-link-390")
    page.get_by_role("button", name="Gửi lựa chọn").click()
    expect(page.locator("main")).to_contain_text("Đã ghi nhận lựa chọn")
    citizen.shot("campaign-link-done-390")


def goes_to_the_carrier(leader: Walker, portal: Portal, campaign: AddressCampaign, called: Dossier, invited: Dossier) -> None:
    """KH3: both results are ordered at the carrier, each once, to the address that was confirmed."""
    for dossier, address in ((called, "Số 21, đường Mẫu"), (invited, "Số 22, đường Mẫu")):
        found = Shipment.objects.filter(dossier=dossier, direction=Direction.OUT).exclude(waybill="")
        shipment = portal.wait_for(found.first, PATIENCE, "the carrier is told")
        assert (shipment.address, shipment.campaign_item.campaign_id) == (address, campaign.pk)
        assert outside(portal, "/log")["orders"][str(shipment.key)]["attempts"] == 1
    leader.page.goto(f"/buu-chinh/lien-he/{campaign.pk}/")
    assert "Trả lời qua liên kết" in leader.text()
    leader.shot("campaign-1280")


def finds_a_point(citizen: Walker) -> None:
    """KH5: where the post receives, by commune, typed without marks."""
    citizen.page.goto("/buu-chinh/diem-tiep-nhan/")
    citizen.page.locator("#id_tim").fill("ninh kieu")
    citizen.page.get_by_role("button", name="Tìm").click()
    expect(citizen.page.locator("ul.cards")).to_contain_text("Điểm bưu chính Phường Ninh Kiều")
    assert "Nha Trang" not in citizen.page.inner_text("ul.cards")
    citizen.shot("points-390")


# --- news ---------------------------------------------------------------------------------------------------------------

def subscribes(citizen: Walker, portal: Portal) -> None:
    """CM12: with a telephone and the code of a text, nothing else."""
    page = citizen.page
    page.goto("/nhan-tin/")
    page.locator("#id_contact").fill(SUBSCRIBER)
    page.locator("#id_place").fill(COMMUNE)
    page.locator("#id_agree").check()
    citizen.shot("subscribe-390")
    page.get_by_role("button", name="Gửi mã xác nhận").click()
    page.wait_for_url("**/nhan-tin/xac-nhan/**")
    portal.wait_for(lambda: texts_to(portal, SUBSCRIBER), PATIENCE, "the code")
    page.locator("#id_code").fill(re.findall(r"\b\d{6}\b", texts_to(portal, SUBSCRIBER)[0])[0])
    page.get_by_role("button", name="Xác nhận", exact=True).click()
    page.wait_for_load_state()
    assert Subscription.objects.filter(phone=SUBSCRIBER, area__name="Phường Ninh Kiều", state="active").exists()


def announces(administrator: Walker, citizen: Walker, portal: Portal) -> None:
    """VP3 and CM9: published, it stands on the home page and on the office's page."""
    page, office = administrator.page, Office.objects.get(code="ninh-kieu")
    page.goto("/quan-ly/van-ban/thong-bao/moi/")
    page.locator("#id_place").select_option(f"area:{office.province_id}")
    page.locator("#id_tone").select_option("urgent")
    page.locator("#id_title").fill(TITLE)
    page.locator("#id_short").fill(SHORT)
    page.get_by_role("button", name="Lưu thông báo").click()
    page.wait_for_url(re.compile(r"/thong-bao/\d+/$"))
    citizen.page.goto("/don-vi/ninh-kieu/")
    assert TITLE not in citizen.text()  # a draft
    page.get_by_role("button", name="Đăng", exact=True).click()
    administrator.shot("announcement-1280")
    for address in ("/don-vi/ninh-kieu/", "/"):
        portal.wait_for(partial(announced_at, citizen, address), PATIENCE, "the announcement is shown")
        assert SHORT in citizen.text()
    citizen.shot("announcement-390")
    citizen.page.goto("/don-vi/nha-trang/")
    assert TITLE not in citizen.text()


def announced_at(citizen: Walker, address: str) -> bool:
    """Whether a page says it now; what is announced is remembered for some seconds."""
    citizen.page.goto(address)
    return TITLE in citizen.text()


def broadcasts(administrator: Walker, portal: Portal) -> None:
    """CM12: from the announcement to the area's subscribers; people and cost are seen first, everybody has it once."""
    page = administrator.page
    prices_a_text(administrator)
    page.goto("/quan-ly/van-ban/thong-bao/")
    page.get_by_role("link", name=TITLE).click()
    page.get_by_role("link", name="Gửi tin nhắn đến người đăng ký").click()
    assert page.locator("#id_text").input_value() == SHORT
    page.locator("#id_place").select_option(f"area:{Office.objects.get(code='ninh-kieu').area_id}")
    page.get_by_role("button", name="Xem trước").click()
    expect(page.locator("#xem-truoc")).to_contain_text("Mỗi người")
    administrator.shot("broadcast-edit-1280")
    page.get_by_role("button", name="Lưu đợt gửi").click()
    page.wait_for_url(re.compile(r"/hang-loat/\d+/$"))
    page.get_by_role("button", name="Lập danh sách").click()
    row = Broadcast.objects.latest("pk")
    portal.wait_for(Broadcast.objects.filter(pk=row.pk, state=BroadcastState.READY).exists, PATIENCE, "the list is counted")
    row.refresh_from_db()
    people = Subscription.objects.filter(area__name="Phường Ninh Kiều", state="active").count()
    assert row.people == people > 1
    assert row.cost == 400 * row.segments > 0
    page.goto(f"/quan-ly/tin-nhan/hang-loat/{row.pk}/gui/")
    for said in (f"Gửi cho {people} người?", f"{row.cost:,} đ".replace(",", ".")):
        assert said in administrator.text(), said
    administrator.shot("broadcast-start-1280")
    page.get_by_role("button", name=f"Gửi cho {people} người").click()
    portal.wait_for(Broadcast.objects.filter(pk=row.pk, state=BroadcastState.DONE).exists, PATIENCE, "everybody is told")
    is_told_once(portal, row)
    page.goto(f"/quan-ly/tin-nhan/hang-loat/{row.pk}/")
    assert "Đã gửi xong" in administrator.text()
    administrator.shot("broadcast-done-1280")


def prices_a_text(administrator: Walker) -> None:
    """What a part of a text costs stands at the gateway."""
    page = administrator.page
    page.goto("/quan-ly/tin-nhan/cong/")
    page.get_by_role("link", name="SMS_GATEWAY_URL").click()
    page.locator("#id_price").fill("400")
    page.locator("main form:has(#id_price) button.btn").first.click()
    page.wait_for_load_state()


def is_told_once(portal: Portal, row: Broadcast) -> None:
    """At the gateway each message once, with the link that ends it."""
    keys = {str(key) for key in Message.objects.filter(broadcast=row).values_list("key", flat=True)}
    portal.wait_for(lambda: keys <= set(outside(portal, "/sms")), PATIENCE, "the gateway has them all")
    taken = [entry for key, entry in outside(portal, "/sms").items() if key in keys]
    assert len(taken) == row.people == len({entry["to"] for entry in taken})
    assert {entry["attempts"] for entry in taken} == {1}
    assert SUBSCRIBER in {entry["to"] for entry in taken}
    assert all("/nhan-tin/thoi/" in entry["text"] for entry in taken)


# --- the post that charges nothing --------------------------------------------------------------------------------------

def lists_what_was_waived(maker: Walker, portal: Portal) -> SettlementList:
    """KH4: the demonstration's list is dropped, with a reason; a new one holds the same shipments."""
    page, old = maker.page, SettlementList.objects.get()
    page.goto(f"/buu-chinh/quyet-toan/{old.pk}/")
    page.get_by_text("Bỏ danh sách").first.click()
    page.get_by_label("Lý do bỏ danh sách").fill("Lập lại theo kỳ")
    page.get_by_role("button", name="Bỏ danh sách").click()
    page.goto(f"/buu-chinh/quyet-toan/moi/?dot={old.waiver_id}")
    page.locator("#id_starts_on").fill(old.starts_on.isoformat())
    page.locator("#id_ends_on").fill("2026-11-24")
    page.get_by_role("button", name="Lập danh sách").click()
    page.wait_for_url(re.compile(r"/quyet-toan/\d+/$"))
    settlement = SettlementList.objects.latest("pk")
    assert settlement.pk != old.pk
    portal.wait_for(lambda: settlement.lines.count() == SENT and not SettlementList.objects.get(pk=settlement.pk).doing, PATIENCE, "filled")
    return settlement


def compares(maker: Walker, portal: Portal, settlement: SettlementList) -> None:
    """KH4: beside the carrier's file: one line differs, one is missing."""
    page, waybills = maker.page, list(settlement.lines.order_by("waybill").values_list("waybill", flat=True))
    rows = [f"{number};{code};{FEE + 4500 if number == SENT - 1 else FEE}" for number, code in enumerate(waybills[:-1], 1)]
    content = "\r\n".join(["STT;Số hiệu bưu gửi;Cước phải thu", *rows]).encode("utf-8-sig")
    page.goto(f"/buu-chinh/quyet-toan/{settlement.pk}/")
    page.locator("input[type=file]").set_input_files({"name": "bang-ke.csv", "mimeType": "text/csv", "buffer": content})
    page.get_by_role("button", name="Tải lên và đối soát").click()
    outcomes = {"match": SENT - 2, "differs": 1, "missing_theirs": 1}
    portal.wait_for(lambda: all(settlement.lines.filter(outcome=name).count() == many for name, many in outcomes.items()), PATIENCE,
                    "the file is compared")
    portal.wait_for(lambda: not SettlementList.objects.get(pk=settlement.pk).doing, PATIENCE, "the file is done")
    page.goto(f"/buu-chinh/quyet-toan/{settlement.pk}/")
    for said in ("Khớp", "Lệch số tiền", "Bưu chính không có"):
        assert said in maker.text(), said
    maker.shot("settlement-compared-1280")


def decides(maker: Walker) -> None:
    """KH4: what differs is decided line by line, with the reason; the rest at once."""
    page = maker.page
    page.locator("tr", has_text="Lệch số tiền").get_by_role("link").click()
    page.locator("input[name=decision][value=ours]").check()
    page.get_by_label("Lý do").fill("Theo bảng cước")
    maker.shot("settlement-line-1280")
    page.get_by_role("button", name="Ghi quyết định").click()
    page.wait_for_url(re.compile(r"/quyet-toan/\d+/"))
    page.locator("#id_outcome").select_option("missing_theirs")
    page.locator("input[name=decision][value=ours]").check()
    page.locator("form:has(#id_outcome) [name=note]").fill("Đã hỏi bưu điện")
    page.get_by_role("button", name="Quyết định", exact=True).click()
    expect(page.locator("main")).to_contain_text("không tự duyệt")
    assert page.get_by_role("button", name="Duyệt danh sách").count() == 0  # not by who made it


def approves(maker: Walker, approver: Walker, portal: Portal, settlement: SettlementList) -> None:
    """KH4: somebody else approves; page, XLSX and PDF say the same sum."""
    page, total = approver.page, FEE * SENT
    page.goto(f"/buu-chinh/quyet-toan/{settlement.pk}/")
    page.get_by_role("button", name="Duyệt danh sách").click()
    portal.wait_for(lambda: settlement.files.count() == 2, PATIENCE, "both files are written")
    page.goto(f"/buu-chinh/quyet-toan/{settlement.pk}/")
    number = SettlementList.objects.get(pk=settlement.pk).number
    assert number
    for said in (number, f"{total:,} đ".replace(",", ".")):
        assert said in approver.text(), said
    approver.shot("settlement-approved-1280")
    book = load_workbook(io.BytesIO(approver.taken("Tải XLSX"))).active
    assert book is not None
    cells = list(book.iter_rows(values_only=True))
    body = [row for row in cells if isinstance(row[0], int)]
    assert (len(body), sum(int(str(row[7])) for row in body), cells[-1][7]) == (SENT, total, total)
    printed = " ".join(part.extract_text() for part in PdfReader(io.BytesIO(approver.taken("Tải PDF"))).pages)
    printed = " ".join(printed.replace("\u200b", "").split())
    for said in (number, f"{total:,}".replace(",", "."), "Hai trăm hai mươi nghìn năm trăm đồng"):
        assert said in printed, (said, printed)
    maker.page.goto(f"/buu-chinh/quyet-toan/{settlement.pk}/")
    assert maker.page.get_by_role("button", name="Tải lên và đối soát").count() == 0  # frozen
