"""Letter Khánh Hòa 2964/UBND-KSTT of 1/4/2020, clause 2: the post charges nothing, a list goes out by 20/4/2020, the budget pays."""
import io
import re
from collections.abc import Iterator
from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook
from pypdf import PdfReader

from dossiers.models import Dossier
from onestop.notify.models import Message
from postal import tasks
from postal.models import AddressCampaign, Carrier, SettlementList, Shipment, WaiverCampaign
from tests.letters.replay import Replay, text
from tests.sinks import KEY, simulator

OFFICE, CENTRE, ADMINISTRATOR, LETTER = "thanh-pho-nha-trang", "khanh-hoa", "quantri-khanh-hoa", "2964/UBND-KSTT"
BEFORE, ISSUED, CALLED, READY = date(2020, 3, 30), date(2020, 4, 1), date(2020, 4, 3), date(2020, 4, 6)
SETTLED, DUE = date(2020, 4, 15), date(2020, 4, 20)
BIRTH, COMMUNE, FEE = "1.004772", "Phường Nha Trang, Tỉnh Khánh Hòa", 31_500


@pytest.fixture(autouse=True)
def office(replay: Replay) -> None:
    """The district's one-stop shop."""
    replay.district(OFFICE, "H32.31", "Bộ phận Một cửa thành phố Nha Trang", "H568", CENTRE)


@pytest.fixture
def carrier(replay: Replay) -> Iterator[Carrier]:
    """The province's post."""
    with simulator() as server:
        yield Carrier.objects.create(code="buu-dien-mau", name="Bưu điện (mẫu)", order_url=f"{server.url}/orders", key=KEY)


def test_kh4_the_post_charges_nothing_and_the_budget_pays_by_a_list(replay: Replay, carrier: Carrier) -> None:
    """Khánh Hòa, 2: nothing is charged for the dossiers that officers registered; list, count and details go out before 20/4/2020."""
    with replay.at(BEFORE, 9):
        desk = replay.employ("desk", OFFICE, ADMINISTRATOR)
        specialist = replay.employ("specialist", OFFICE, ADMINISTRATOR)
        called = [replay.received(replay.take_in(desk, OFFICE, BIRTH)) for _number in range(3)]
        own = replay.received(replay.take_in(desk, OFFICE, BIRTH, return_method="post", return_address="Số 1"))  # had registered
    administrator = replay.visitor(ADMINISTRATOR)
    with replay.at(ISSUED, 9):
        waiver = waive(replay, administrator, carrier)
    with replay.at(CALLED, 9):
        register(replay, administrator, desk)
    with replay.at(READY, 9):
        for dossier in (*called, own):
            specialist.post(reverse("dossiers:start", args=[dossier.pk]))
            specialist.post(reverse("dossiers:decide", args=[dossier.pk]), {"note": "Giấy khai sinh"})
        sent = fetched(desk, called, own)
    with replay.at(SETTLED, 9):
        tasks.sweep_money()
        assert Message.objects.filter(template_key="settlement_due").exists()  # five days before
        settlement = compared(administrator, waiver, carrier, sent)
        approved(replay, administrator, settlement, sent)
    with replay.at(DUE, 9):
        messages = Message.objects.filter(template_key="settlement_due").count()
        tasks.sweep_money()
        assert Message.objects.filter(template_key="settlement_due").count() == messages  # it is approved: nobody is reminded


def waive(replay: Replay, administrator: Client, carrier: Carrier) -> WaiverCampaign:
    """The administrator enters the prices and makes the waiver that the portal asks for."""
    price = {"carrier": carrier.pk, "service": "standard", "zone": "province", "amount": "31.500", "valid_from": "2020-01-01"}
    assert administrator.post(reverse("postal:fees"), price).status_code == 302
    page = administrator.get(reverse("postal:waivers"))
    assert LETTER in text(page) and "chưa có đợt miễn cước" in text(page)
    address = re.search(r'href="([^"]*quy_dinh=[^"]+)"', page.content.decode())
    assert address is not None
    form = administrator.get(address[1].replace("&amp;", "&")).context["form"]
    typed = {name: value for name, value in form.initial.items() if value not in (None, "")}
    assert (str(typed["settle_by"]), str(typed["submitted_before"])) == ("2020-04-20", "2020-04-01")
    typed["payer"] = "Kinh phí cải cách hành chính của tỉnh"
    answer = administrator.post(reverse("postal:waiver_new"), typed)
    assert answer.status_code == 302, text(answer)
    waiver = WaiverCampaign.objects.get()
    assert administrator.post(reverse("postal:waiver_start", args=[waiver.pk])).status_code == 302
    tasks.apply_waiver(waiver.pk)
    assert "chưa có đợt miễn cước" not in text(administrator.get(reverse("postal:waivers")))
    return waiver


def register(replay: Replay, administrator: Client, desk: Client) -> None:
    """One-stop staff call everybody on the list and register the service."""
    plan = {"name": "Hồ sơ nộp trước 01/4/2020", "kind": "not_registered", "until": "2020-03-31", "directive": replay.letter(LETTER).pk,
            "legal_basis": f"khoản 2, {LETTER}", "script": "Chào ông/bà", "lap": "1"}
    assert administrator.post(reverse("postal:campaign_new"), plan).status_code == 302
    campaign = AddressCampaign.objects.get()
    tasks.freeze_campaign(campaign.pk)
    agreed = {"seen": 0, "outcome": "agreed", "wish": "post", "address": "Số 9, đường Mẫu", "commune": COMMUNE, "consent": "on"}
    for _item in range(3):
        page = desk.post(reverse("postal:campaign_next", args=[campaign.pk]))["Location"]
        assert desk.post(f"{page}ghi/", agreed).status_code == 302


def fetched(desk: Client, called: list[Dossier], own: Dossier) -> list[Shipment]:
    """The carrier takes them; the officers' page says who pays."""
    tasks.sweep()
    rows = Shipment.objects.filter(dossier__in=[*called, own])
    tasks.dispatch(*rows.values_list("pk", flat=True))
    for shipment in rows:
        assert desk.post(reverse("postal:collected", args=[shipment.pk])).status_code == 302
    sent = list(Shipment.objects.filter(dossier__in=called).order_by("pk"))
    page = text(desk.get(reverse("postal:shipment", args=[sent[0].pk])))
    assert "Ngân sách, theo đợt miễn cước" in page and LETTER in page
    assert "Công dân" in text(desk.get(reverse("postal:shipment", args=[own.shipments.get().pk])))
    return sent


def compared(administrator: Client, waiver: WaiverCampaign, carrier: Carrier, sent: list[Shipment]) -> SettlementList:
    """The list beside the carrier's file: one line matches, one differs, one is missing there, one is missing here."""
    shown = administrator.get(f"{reverse('postal:settlement_new')}?dot={waiver.pk}").context["form"].initial
    assert str(shown["due_on"]) == "2020-04-20"
    answer = administrator.post(reverse("postal:settlement_new"), shown | {"carrier": carrier.pk})
    assert answer.status_code == 302, text(answer)
    settlement = SettlementList.objects.get()
    tasks.work_settlement(settlement.pk)
    lines = [f"1;{sent[0].waybill};{FEE}", f"2;{sent[1].waybill};36000", "3;VD000000009VN;31500"]
    file = SimpleUploadedFile("bang-ke.csv", "\r\n".join(["STT;Số hiệu bưu gửi;Cước phải thu", *lines]).encode())
    assert administrator.post(reverse("postal:settlement_upload", args=[settlement.pk]), {"file": file}).status_code == 302
    tasks.work_settlement(settlement.pk)
    page = text(administrator.get(reverse("postal:settlement", args=[settlement.pk])))
    for said in ("Khớp", "Lệch số tiền", "Bưu chính không có", "Cổng không có"):
        assert said in page
    return settlement


def approved(replay: Replay, administrator: Client, settlement: SettlementList, sent: list[Shipment]) -> None:
    """Every line is decided, somebody else approves, both files add up with the page."""
    differs = settlement.lines.get(outcome="differs")
    address = reverse("postal:settlement_line", args=[settlement.pk, differs.pk])
    assert administrator.post(address, {"decision": "ours", "note": "Theo bảng cước"}).status_code == 302
    for outcome, decision in (("missing_theirs", "ours"), ("missing_ours", "none")):
        many = {"outcome": outcome, "decision": decision, "note": "Đã hỏi bưu điện"}
        assert administrator.post(reverse("postal:settlement_decide", args=[settlement.pk]), many).status_code == 302
    approve = reverse("postal:settlement_approve", args=[settlement.pk])
    administrator.post(approve)
    assert SettlementList.objects.get().number is None  # the maker may not
    second = replay.employ("administrator", CENTRE, ADMINISTRATOR)
    second.post(approve)
    tasks.export_settlement(settlement.pk)
    page = text(second.get(reverse("postal:settlement", args=[settlement.pk])))
    total = FEE * len(sent)
    assert "001/2020/QTC-56" in page and "94.500 đ" in page and total == 94_500
    book = load_workbook(io.BytesIO(given(second, settlement, "xlsx"))).active
    assert book is not None
    cells = list(book.iter_rows(values_only=True))
    body = [row for row in cells if isinstance(row[0], int)]
    assert (len(body), sum(int(str(row[7])) for row in body), cells[-1][7]) == (4, total, total)
    pdf = " ".join(part.extract_text() for part in PdfReader(io.BytesIO(given(second, settlement, "pdf"))).pages)
    pdf = " ".join(pdf.replace("\u200b", "").split())
    for said in ("001/2020/QTC-56", LETTER, "Kinh phí cải cách hành chính của tỉnh", "94.500", "Chín mươi bốn nghìn năm trăm đồng",
                 "20/04/2020"):
        assert said in pdf, said


def given(browser: Client, settlement: SettlementList, kind: str) -> bytes:
    answer = browser.post(reverse("postal:settlement_file", args=[settlement.pk, kind]))
    return b"".join(answer.streaming_content)  # type: ignore[attr-defined]
