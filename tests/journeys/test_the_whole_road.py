"""Book, come, hand in, process, extend, post, track: steps 9 to 16 by their people, in a browser, with everything running."""
from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from bookings.models import Appointment
from bookings.services.audit import audit_capacity
from dossiers.models import Dossier
from dossiers.states import State
from onestop.notify.models import Message
from postal.models import Shipment
from tests import births
from tests.journeys.conftest import Walker, texts_to
from tests.portal import Portal

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

BOOKER, CALLER, SENDER, POSTED = "0900000101", "0900000102", "0900000103", "0900000104"
FIELD = "1.013225"  # a building permit: needs field verification
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


def test_the_whole_road(road: Portal, browser: Browser, shots: Path, tmp_path: Path) -> None:
    citizen = Walker(browser, road, shots, phone=True)
    link = books(citizen)
    called = hotline_books(Walker(browser, road, shots).sign_in("tongdai"))
    guard = Walker(browser, road, shots).sign_in("baove")
    comes_in(guard, called)
    desk = Walker(browser, road, shots).sign_in("motcua")
    received = hands_in(desk, called)
    submitted = submits_online(Walker(browser, road, shots, phone=True), tmp_path)
    takes_in_the_post(desk)
    accepts(desk, submitted)
    specialist = Walker(browser, road, shots).sign_in("chuyenvien")
    sees_all_three(specialist)
    asks_for_papers_and_goes_on(specialist, received)
    asks_for_more_time(specialist, received)
    administrator = Walker(browser, road, shots).sign_in("quantri")
    approves(administrator)
    reads_why(citizen, received)
    decides(specialist, received)
    gets_it_by_post(citizen, road, received)
    is_reminded_once(road)
    moves_and_cancels(citizen, link)
    for walker in (citizen, guard, desk, specialist, administrator):
        assert walker.troubles == []
    assert audit_capacity() == []


def books(citizen: Walker) -> str:
    """Step 9: from 'khai sinh' to a code, without an account."""
    page = citizen.page
    page.goto("/")
    citizen.shot("home-390")
    page.locator("main [type=search]").first.fill("khai sinh")
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Thủ tục đăng ký khai sinh", exact=True).click()
    page.goto(page.url.split("?")[0] + "?don_vi=ninh-kieu")
    citizen.shot("procedure-390")
    page.locator("main").get_by_role("link", name="Đặt lịch hẹn").first.click()
    page.locator("td.day a[href*='ngay=2026-11-26']").click()
    page.locator("label.slot", has_text="08:00 – 08:30").click()
    citizen.shot("booking-390", height=1360)
    page.get_by_role("button", name="Giữ chỗ này").click()
    page.get_by_label("Họ và tên").fill("Nguyễn Thị Đặt Lịch")
    page.get_by_label("Số điện thoại").fill("0900 000 101")
    page.get_by_role("button", name="Đặt lịch hẹn").click()
    page.wait_for_url("**/lich/**")
    expect(page.locator("#ma-lich-hen")).to_have_text(re.compile(r"^[0-9A-Z]{6,}$"))
    citizen.shot("booked-390")
    return page.url


def hotline_books(operator: Walker) -> str:
    """Step 10: the same for a caller, in one screen; today's first place at Ninh Kiều."""
    page = operator.page
    page.goto("/dat-lich/tong-dai/")
    page.fill("#q", FIELD)
    page.keyboard.press("Enter")
    page.locator("main ul.rows a").first.click()
    page.get_by_role("link", name="Bộ phận Một cửa phường Ninh Kiều").click()
    page.get_by_role("button", name="Giữ chỗ này").click()
    page.get_by_label("Họ và tên").fill("Trần Văn Gọi Điện")
    page.get_by_label("Số điện thoại", exact=True).fill(CALLER)
    operator.shot("hotline-1280")
    page.get_by_role("button", name="Đặt lịch cho người gọi").click()
    code = page.locator("#ma-lich-hen").inner_text()
    assert Appointment.objects.get(code=code).channel == "hotline"
    return code


def comes_in(guard: Walker, code: str) -> None:
    """Step 11: by code; the number inside is visible, officers counted."""
    page = guard.page
    page.goto("/dat-lich/cua/ninh-kieu/")
    before = int(page.locator("#trong-phong").inner_text())
    assert before == 2
    page.fill("#id_ma", code)
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Đã đến, chờ").click()
    page.get_by_role("button", name="Mời vào").first.click()
    expect(page.locator("#trong-phong")).to_have_text(str(before + 1))
    guard.shot("door-1280")


def hands_in(desk: Walker, code: str) -> str:
    """Step 12: the visit becomes a dossier with code, receipt and return date."""
    page = desk.page
    page.goto("/dat-lich/quay/")
    page.locator(f"a[href*='{code}/tiep-nhan']").click()
    assert page.locator("#id_full_name").input_value() == "Trần Văn Gọi Điện"
    for box in page.locator("input[name^=paper_][type=checkbox]").all():
        box.check()
    page.locator("input[name=return_method][value=post]").check()
    page.get_by_label("Địa chỉ nhận kết quả").fill("Số 2, đường Mẫu, phường Ninh Kiều")
    desk.shot("receive-1280")
    page.get_by_role("button", name="Tiếp nhận và in giấy hẹn").click()
    page.wait_for_url("**/xu-ly/*/")
    dossier = Dossier.objects.get(phone=CALLER)
    assert re.fullmatch(r"H13\.70-261125-\d{4}", dossier.code or "")
    receipt = page.request.get(page.locator("a[href*='/bieu-mau/']").first.get_attribute("href") or "")
    assert receipt.headers["content-type"] == "application/pdf"
    assert receipt.body().startswith(b"%PDF")
    return dossier.code or ""


def submits_online(citizen: Walker, folder: Path) -> str:
    """Step 13: online, with a file."""
    page, file = citizen.page, folder / "to-khai.pdf"
    file.write_bytes(PDF)
    page.goto("/ho-so/nop/1.001193/?don_vi=ninh-kieu")
    page.locator("#id_full_name").fill("Lê Thị Trực Tuyến")
    page.locator("#id_phone").fill(SENDER)
    for name, value in births.ANSWERS.items():
        page.locator(f"[name={name}][value={value}]").check() if name in births.CHOSEN else page.locator(f"[name={name}]").fill(value)
    page.locator("input[type=file]").first.set_input_files(str(file))
    page.get_by_role("button", name="Nộp hồ sơ", exact=True).click()
    expect(page.locator(".error-summary")).to_contain_text("địa chỉ")  # the result by post needs one; nothing typed is lost
    expect(page.locator("main")).to_contain_text("to-khai.pdf")
    assert page.locator("#id_full_name").input_value() == "Lê Thị Trực Tuyến"
    assert page.locator("[name=a_ho_ten]").input_value() == births.ANSWERS["a_ho_ten"]
    page.get_by_label("Địa chỉ nhận kết quả").fill("Số 3, đường Mẫu, phường Ninh Kiều")
    citizen.shot("submit-390")
    page.get_by_role("button", name="Nộp hồ sơ", exact=True).click()
    page.wait_for_url("**/da-nop/**")
    citizen.shot("submitted-390")
    return page.locator("#ma-nop").inner_text()


def takes_in_the_post(desk: Walker) -> None:
    """Step 13: a third dossier arrives by post."""
    page = desk.page
    page.goto("/ho-so/quay/ninh-kieu/1.001193/postal/")
    page.locator("#id_full_name").fill("Phạm Văn Gửi Thư")
    page.locator("#id_phone").fill(POSTED)
    page.locator("input[name=paper_1]").check()
    page.locator("input[name=return_method][value=counter]").check()
    page.get_by_role("button", name="Tiếp nhận và cấp giấy hẹn").click()
    page.wait_for_url("**/xu-ly/*/")
    assert Dossier.objects.get(phone=POSTED).channel == "postal"


def accepts(desk: Walker, reference: str) -> None:
    """The desk accepts what came online."""
    dossier = Dossier.objects.get(reference=reference)
    desk.page.goto(f"/ho-so/xu-ly/{dossier.pk}/")
    desk.page.get_by_role("button", name="Tiếp nhận hồ sơ").click()
    expect(desk.page.locator("main")).to_contain_text("Đã tiếp nhận hồ sơ")
    dossier.refresh_from_db()
    assert dossier.state == State.ACCEPTED
    assert dossier.code


def sees_all_three(specialist: Walker) -> None:
    """Step 13: all three in the same inbox, what is due first on top."""
    page = specialist.page
    page.goto("/ho-so/xu-ly/?q=0900000104")
    assert "Phạm Văn Gửi Thư" in specialist.text()
    page.goto("/ho-so/xu-ly/")
    specialist.shot("inbox-1280", height=1000)
    for phone in (CALLER, SENDER, POSTED):
        page.goto(f"/ho-so/xu-ly/?q={phone}")
        assert Dossier.objects.get(phone=phone).number in specialist.text()


def asks_for_papers_and_goes_on(specialist: Walker, code: str) -> None:
    """Step 14: the clock stops for papers and runs on."""
    page = specialist.page
    page.goto(f"/ho-so/xu-ly/{Dossier.objects.get(code=code).pk}/")
    page.get_by_role("button", name="Nhận thụ lý").click()
    page.get_by_role("link", name="Lập phiếu yêu cầu bổ sung").click()
    page.get_by_label("Nội dung khác cần bổ sung").fill("Bản vẽ thiết kế xây dựng\nẢnh chụp khu đất")
    page.get_by_label("Bổ sung chậm nhất ngày").fill("2026-12-10")
    page.get_by_role("button", name="Gửi yêu cầu", exact=True).click()
    expect(page.locator("main")).to_contain_text("Đang tạm dừng tính thời gian")
    page.get_by_role("button", name="Đã đủ, tiếp tục giải quyết").click()
    expect(page.locator("main")).to_contain_text("Đang xử lý")
    specialist.shot("dossier-1280")


def asks_for_more_time(specialist: Walker, code: str) -> None:
    """Step 14: field verification is impossible; the letter is cited."""
    page = specialist.page
    page.get_by_text("Việc khác").click()
    page.get_by_role("link", name="Đề nghị gia hạn, tạm dừng").click()
    page.get_by_label("Đến hết ngày").fill("2027-01-15")
    page.get_by_label("Lý do gửi người phê duyệt").fill("Chưa thể xác minh thực tế do giãn cách.")
    page.get_by_label("Lời giải thích gửi công dân").fill("Do giãn cách xã hội, chúng tôi chưa thể đến xác minh thực tế thửa đất.")
    page.get_by_role("button", name="Gửi đề nghị").click()
    page.wait_for_url("**/gia-han/*/")
    assert page.get_by_role("button", name="Phê duyệt").count() == 0


def approves(administrator: Walker) -> None:
    """Step 14: another person approves."""
    page = administrator.page
    page.goto("/ho-so/gia-han/")
    administrator.shot("extensions-1280")
    page.locator("main table tbody tr").last.locator("a").first.click()
    administrator.shot("extension-1280")
    page.get_by_role("button", name="Phê duyệt", exact=True).click()
    expect(page.locator("main")).to_contain_text("Đã thực hiện")


def reads_why(citizen: Walker, code: str) -> None:
    """Step 16: the tracking page explains the date and says nothing personal."""
    page = citizen.page
    page.goto("/ho-so/tra-cuu/")
    page.get_by_label("Mã hồ sơ").fill(code)
    page.get_by_label("4 số cuối điện thoại").fill(CALLER[-4:])
    page.get_by_role("button", name="Tra cứu", exact=True).click()
    page.wait_for_url("**/tra-cuu/*/")
    said = citizen.text()
    assert "15/01/2027" in said
    assert "2468/VPUB-KSTT" in said
    assert "Trần Văn" not in said
    assert CALLER not in said
    citizen.shot("tracking-390")
    assert any("15/01/2027" in text for text in Message.objects.filter(phone=CALLER).values_list("body", flat=True))


def decides(specialist: Walker, code: str) -> None:
    """Step 15: there is a result."""
    page = specialist.page
    page.goto(f"/ho-so/xu-ly/{Dossier.objects.get(code=code).pk}/")
    page.get_by_text("Ghi nhận kết quả").first.click()
    page.locator("#viec_decide_note").fill("Giấy phép xây dựng")
    page.get_by_role("button", name="Lưu kết quả và báo công dân").click()
    expect(page.locator("main")).to_contain_text("Đã có kết quả")


def gets_it_by_post(citizen: Walker, portal: Portal, code: str) -> None:
    """Step 15 and 16: worker, carrier and signed events bring it to 'returned'."""
    dossier = Dossier.objects.get(code=code)
    portal.wait_for(lambda: Shipment.objects.filter(dossier=dossier).exists(), 60, "beat finds the decided dossier")
    portal.wait_for(lambda: Shipment.objects.exclude(waybill="").filter(dossier=dossier).exists(), 60, "the worker orders")
    portal.wait_for(lambda: Dossier.objects.filter(pk=dossier.pk, state=State.RETURNED).exists(), 90, "the post delivers")
    shipment = Shipment.objects.get(dossier=dossier)
    assert shipment.state == "delivered"
    citizen.page.reload()
    said = citizen.text()
    assert "Đã trả kết quả" in said
    assert shipment.waybill in said


def is_reminded_once(portal: Portal) -> None:
    """Step 9: the worker reminds of tomorrow's appointment, a day before."""
    portal.wait_for(lambda: any("Nhắc lịch hẹn" in text for text in texts_to(portal, BOOKER)), 120, "the reminder of the day before")
    assert len([text for text in texts_to(portal, BOOKER) if "Nhắc lịch hẹn" in text]) == 1
    assert any("Đã đặt lịch hẹn" in text for text in texts_to(portal, CALLER))


def moves_and_cancels(citizen: Walker, link: str) -> None:
    """Step 9: the link lets them move or cancel; looking changes nothing."""
    page = citizen.page
    page.goto(link)
    page.get_by_role("link", name="Đổi giờ").click()
    page.locator("td.day a[href*='ngay=2026-11-27']").click()
    page.locator("label.slot", has_text="09:00 – 09:30").click()
    page.get_by_role("button", name="Đổi sang giờ này").click()
    expect(page.locator("main")).to_contain_text("27/11/2026")
    page.get_by_role("link", name="Hủy lịch").click()
    assert Appointment.objects.get(phone=BOOKER).state == "booked"
    page.get_by_role("button", name="Hủy lịch hẹn").click()
    expect(page.locator("main")).to_contain_text("Đã hủy")
    assert Appointment.objects.get(phone=BOOKER).state == "cancelled"
