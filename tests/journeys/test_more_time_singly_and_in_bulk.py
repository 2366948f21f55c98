"""More time, asked for, checked, carried out and told, for one dossier and for many (Cần Thơ 1c and 2; Khánh Hòa 4), in a browser with
worker and beat."""
from __future__ import annotations

import re
from datetime import date, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from dossiers.models import Dossier, Extension
from dossiers.services import intake
from dossiers.states import ExtensionState, ItemState
from onestop import clock
from onestop.catalogue.models import Procedure
from onestop.notify.models import Message
from onestop.offices.models import Office
from onestop.people.models import User
from tests.journeys.conftest import Walker
from tests.portal import Portal

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
FIELD, PLAIN, LETTER = "1.013225", "1.001193", "2468/VPUB-KSTT (minh họa)"
UNTIL, LIFTED = "2026-12-31", 12
TOLD = "Do giãn cách xã hội, cán bộ chưa thể đến xác minh thực tế."


def test_more_time_for_one_and_for_many(road: Portal, browser: Browser, shots: Path) -> None:
    one, refused = receive(FIELD, 1), receive(PLAIN, 2)
    many = [receive(FIELD, number) for number in range(3, 3 + LIFTED)]
    specialist = Walker(browser, road, shots).sign_in("chuyenvien")
    administrator = Walker(browser, road, shots).sign_in("quantri")
    asks_for_one(specialist, one)
    is_not_offered_the_letter(specialist, refused)
    carries_out(administrator, one)
    citizen = Walker(browser, road, shots, phone=True)
    reads(citizen, one, "31/12/2026")
    asked = asks_for_many(specialist, road, many)
    leaves_one_out_and_approves(administrator, road, asked, many)
    reads(citizen, many[1], TOLD)
    lifts_for_one(administrator, road, asked, many)
    stops_by_the_letter_alone(citizen, road)
    for walker in (specialist, administrator, citizen):
        assert walker.troubles == []


def receive(procedure: str, number: int) -> Dossier:
    """A dossier handed in this morning at Ninh Kiều."""
    desk, office = User.objects.get(username="motcua"), Office.objects.get(code="ninh-kieu")
    person = intake.Applicant(f"Người nộp thử {number}", f"09000030{number:02d}")
    made = intake.receive_in_person(actor=desk, office=office, procedure=Procedure.objects.get(code=procedure), applicant=person,
                                    appointment_held=True)
    return Dossier.objects.get(pk=made.dossier.pk)


def fill_reasons(page: Page) -> None:
    page.get_by_label("Lý do gửi người phê duyệt").fill("Chưa thể xác minh thực tế do giãn cách.")
    page.get_by_label("Lời giải thích gửi công dân").fill(TOLD)


def asks_for_one(specialist: Walker, dossier: Dossier) -> None:
    """CT4: the agency asks for one dossier, citing the letter."""
    page = specialist.page
    page.goto(f"/ho-so/xu-ly/{dossier.pk}/gia-han/")
    page.get_by_label("Đến hết ngày").fill(UNTIL)
    fill_reasons(page)
    specialist.shot("more-time-ask-1280")
    page.get_by_role("button", name="Gửi đề nghị").click()
    page.wait_for_url("**/gia-han/*/")
    expect(page.locator(".findings")).to_contain_text("Thủ tục phải thẩm định, xác minh thực tế.")
    assert page.get_by_role("button", name="Phê duyệt", exact=True).count() == 0  # not by who asks


def is_not_offered_the_letter(specialist: Walker, dossier: Dossier) -> None:
    """CT5: what needs no field verification is refused by the letter, with the reason."""
    page = specialist.page
    page.goto(f"/ho-so/xu-ly/{dossier.pk}/gia-han/")
    expect(page.locator("main")).to_contain_text("Thủ tục này không phải thẩm định, xác minh thực tế.")
    page.get_by_label("Gia hạn theo văn bản chỉ đạo").check()
    page.get_by_label("Đến hết ngày").fill(UNTIL)
    fill_reasons(page)
    page.get_by_role("button", name="Gửi đề nghị").click()
    expect(page.locator(".error-summary")).to_be_visible()
    assert page.get_by_label("Lời giải thích gửi công dân").input_value() == TOLD  # nothing typed is lost
    assert not dossier.extension_items.exists()


def carries_out(administrator: Walker, dossier: Dossier) -> None:
    """CT5: the administrator sees what was checked, and carries it out."""
    page = administrator.page
    page.goto(f"/ho-so/gia-han/{Extension.objects.get(items__dossier=dossier).pk}/")
    expect(page.locator(".findings")).to_contain_text(LETTER)
    administrator.shot("more-time-decide-1280")
    page.get_by_role("button", name="Phê duyệt", exact=True).click()
    expect(page.locator("main")).to_contain_text("Đã thực hiện")
    before = dossier.due_at
    dossier.refresh_from_db()
    assert dossier.due_at
    assert clock.local(dossier.due_at).date() == date(2026, 12, 31)
    assert dossier.original_due_at == before
    assert dossier.clock.get(kind="extend").decided_by == User.objects.get(username="quantri")


def reads(citizen: Walker, dossier: Dossier, said: str) -> None:
    """CT6: the citizen is told once, with reason, legal basis and the new date, and reads the same on the tracking page."""
    dossier.refresh_from_db()
    day = f"{clock.local(dossier.due_at):%d/%m/%Y}" if dossier.due_at else ""
    texts = list(Message.objects.filter(phone=dossier.phone, template_key="dossier_new_date").values_list("body", flat=True))
    assert len(texts) == 1
    for part in (day, TOLD, "2468/VPUB-KSTT"):
        assert part in texts[0], part
    page = citizen.page
    page.goto("/ho-so/tra-cuu/")
    page.get_by_label("Mã hồ sơ").fill(dossier.number)
    page.get_by_label("4 số cuối điện thoại").fill(dossier.phone[-4:])
    page.get_by_role("button", name="Tra cứu", exact=True).click()
    page.wait_for_url("**/tra-cuu/*/")
    shown = citizen.text()
    for part in (day, "2468/VPUB-KSTT", f"{clock.local(dossier.original_due_at):%d/%m/%Y}" if dossier.original_due_at else ""):
        assert part in shown, part
    assert said in shown or said == TOLD
    assert dossier.full_name not in shown
    citizen.shot("more-time-citizen-390")


def asks_for_many(specialist: Walker, portal: Portal, many: list[Dossier]) -> Extension:
    """CT4 and KH8 in bulk: the clock stops for every field-verification dossier of the scope; the list is frozen with old and new dates."""
    page = specialist.page
    page.goto("/ho-so/gia-han/hang-loat/")
    page.get_by_label("Tiếp nhận từ ngày").fill("2026-11-25")
    page.get_by_label("Tạm dừng tính thời gian do bất khả kháng").check()
    letters = page.locator("#id_directive")
    letters.select_option(letters.locator("option", has_text=LETTER).get_attribute("value"))
    page.locator("#id_until").fill("2026-12-09")
    fill_reasons(page)
    expect(page.locator("#dem")).to_contain_text(re.compile(r"\d+ hồ sơ"))
    specialist.shot("bulk-ask-1280")
    page.get_by_role("button", name="Lập danh sách và gửi đề nghị").click()
    page.wait_for_url(re.compile(r"/gia-han/\d+/"))
    asked = Extension.objects.latest("pk")
    portal.wait_for(lambda: Extension.objects.filter(pk=asked.pk, state=ExtensionState.REQUESTED).exists(), 60, "the list is frozen")
    late = receive(FIELD, 90)  # after the list was frozen: it is not in it
    page.reload()
    specialist.shot("bulk-frozen-1280")
    asked.refresh_from_db()
    listed = set(asked.items.filter(state=ItemState.WAITING).values_list("dossier_id", flat=True))
    assert {dossier.pk for dossier in many} <= listed
    assert late.pk not in listed
    assert asked.scope
    return asked


def leaves_one_out_and_approves(administrator: Walker, portal: Portal, asked: Extension, many: list[Dossier]) -> None:
    """CT5 in bulk: one approval after a look at the list; one dossier is left out by hand; the rest is carried out in the background."""
    page = administrator.page
    page.goto(f"/ho-so/gia-han/{asked.pk}/?tim={many[0].number}")
    page.get_by_label(f"Chọn hồ sơ {many[0].number}").check()
    page.get_by_label("Lý do loại khỏi danh sách").fill("Đã xác minh xong hôm qua.")
    page.get_by_role("button", name="Loại khỏi danh sách").click()
    page.goto(f"/ho-so/gia-han/{asked.pk}/")
    administrator.shot("bulk-decide-1280")
    page.get_by_role("button", name="Phê duyệt", exact=True).click()
    portal.wait_for(lambda: Extension.objects.filter(pk=asked.pk, state=ExtensionState.DONE).exists(), 90, "the run ends")
    expect(page.locator("#tien-do")).to_contain_text("Đã thực hiện")
    portal.wait_for(lambda: asked.annexes.count() == 2, 60, "the annex is made")
    page.reload()
    administrator.shot("bulk-done-1280")
    for annex in page.locator("section[aria-labelledby=phu-luc] a").all():
        answer = page.request.get(annex.get_attribute("href") or "")
        assert answer.body()[:4] in (b"%PDF", b"PK\x03\x04")
    assert asked.items.get(dossier=many[0]).state == ItemState.EXCLUDED
    for dossier in many:
        old = dossier.due_at
        dossier.refresh_from_db()
        assert dossier.original_due_at == old
        moved = dossier.due_at and old and dossier.due_at > old
        assert bool(moved) is (dossier.pk != many[0].pk)
        assert dossier.clock.filter(extension=asked).count() == int(dossier.pk != many[0].pk)
        assert Message.objects.filter(phone=dossier.phone, template_key="dossier_new_date").count() == int(dossier.pk != many[0].pk)


def lifts_for_one(administrator: Walker, portal: Portal, asked: Extension, many: list[Dossier]) -> None:
    """The reason is gone for one: its days count again, and only for it."""
    chosen = many[2]
    before = {dossier.pk: Dossier.objects.get(pk=dossier.pk).due_at for dossier in many}
    page = administrator.page
    page.goto(f"/ho-so/gia-han/{asked.pk}/bai-bo/?tim={chosen.number}")
    page.get_by_label(f"Chọn hồ sơ {chosen.number}").check()
    page.get_by_label("Chỉ các hồ sơ đánh dấu trên trang này").check()
    page.get_by_label("Lý do bãi bỏ").fill("Địa bàn đã hết phong tỏa.")
    administrator.shot("bulk-lift-1280")
    page.get_by_role("button", name="Bãi bỏ tạm dừng").click()
    portal.wait_for(lambda: chosen.clock.filter(kind="lift").exists(), 60, "the suspension is lifted")
    for dossier in many:
        due = Dossier.objects.get(pk=dossier.pk).due_at
        was = before[dossier.pk]
        assert due
        assert was
        assert due < was - timedelta(days=1) if dossier.pk == chosen.pk else due == was


def stops_by_the_letter_alone(citizen: Walker, portal: Portal) -> None:
    """KH8: where the letter itself stops the clock, nobody need ask: it stops until the letter's day, then runs on with what was left."""
    procedure, office = Procedure.objects.get(code="1.012796"), Office.objects.get(code="nha-trang")
    made = intake.submit_online(office=office, procedure=procedure, applicant=intake.Applicant("Người nộp thử 95", "0900003095"),
                                request=intake.Request())
    dossier = intake.accept(actor=None, dossier=made.dossier, via="web")
    portal.wait_for(lambda: dossier.clock.filter(kind="suspend").exists(), 90, "beat applies the letter")
    dossier.refresh_from_db()
    entry = dossier.clock.get(kind="suspend")
    assert entry.effective_until
    assert dossier.due_at
    assert dossier.original_due_at
    assert dossier.due_at > entry.effective_until > clock.now()
    assert dossier.due_at > dossier.original_due_at
    page = citizen.page
    page.goto("/ho-so/tra-cuu/")
    page.get_by_label("Mã hồ sơ").fill(dossier.number)
    page.get_by_label("4 số cuối điện thoại").fill("3095")
    page.get_by_role("button", name="Tra cứu", exact=True).click()
    page.wait_for_url("**/tra-cuu/*/")
    shown = citizen.text()
    for part in ("2964/UBND-KSTT", f"{clock.local(entry.effective_until):%d/%m/%Y}", f"{clock.local(dossier.due_at):%d/%m/%Y}"):
        assert part in shown, part
