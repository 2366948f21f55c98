"""The post's money in a test: a carrier with a table, a second administrator, a waiver, shipments collected, the carrier's file."""
from __future__ import annotations

import io
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl import Workbook

from dossiers.models import Dossier
from dossiers.states import ReturnMethod, RulePack
from dossiers.states import State as DossierState
from onestop import clock
from onestop.catalogue.states import Channel
from onestop.people.models import User
from onestop.people.states import Role
from postal.models import Carrier, SettlementList, Shipment, WaiverCampaign
from postal.services import fees, settlements, waivers
from postal.services.fees import NewPrice
from postal.services.waivers import NewWaiver
from postal.states import Direction, Service, State, Zone
from tests import cast as casting
from tests.cast import Cast

SINCE = date(2026, 1, 1)
SAME, PROVINCE = 21_500, 31_501  # đồng; the second one is odd
KEY = "khoa-thu-nghiem-cua-buu-chinh"


@dataclass
class Money:
    """Who and what settles."""

    cast: Cast
    carrier: Carrier
    second: User  # another administrator
    numbers: int = 0

    def dossier(self, **fields: Any) -> Dossier:
        """A decided dossier whose result goes by post."""
        self.numbers += 1
        cast, now = self.cast, clock.now()
        values: dict[str, Any] = {
            "reference": f"TIEN{self.numbers:06d}", "code": f"H13.70-261120-{self.numbers:04d}", "secret_digest": "x",
            "procedure": cast.procedure, "version": cast.procedure.current, "channel": Channel.ONLINE, "received_office": cast.office,
            "competent_office": cast.office, "full_name": "Nguyễn Thị Mẫu", "search_name": "nguyen thi mau", "phone": "0912345678",
            "rule_pack": RulePack.VN_2025, "return_method": ReturnMethod.POST, "return_address": "Số 9, đường Mẫu",
            "state": DossierState.DECIDED, "submitted_at": now - timedelta(days=30), "received_at": now - timedelta(days=29),
            "decided_at": now,
        }
        return Dossier.objects.create(**values | fields)

    def shipment(self, *, dossier: Dossier | None = None, state: str = State.COLLECTED, collected_at: datetime | None = None,
                 **fields: Any) -> Shipment:
        """A shipment, priced as when it is made."""
        dossier = dossier or self.dossier()
        values: dict[str, Any] = {
            "carrier": self.carrier, "dossier": dossier, "office": self.cast.office, "direction": Direction.OUT,
            "service": Service.STANDARD, "recipient": dossier.full_name, "phone": dossier.phone, "address": dossier.return_address,
            "area": self.cast.other_office.area, "waybill": f"EB{self.numbers:06d}VN"}
        made = Shipment(**values | fields)
        fees.price(made)
        made.save()
        if state != State.READY:
            Shipment.objects.filter(pk=made.pk).update(state=state, collected_at=collected_at or clock.now())
        return Shipment.objects.select_related("dossier", "office", "carrier").get(pk=made.pk)

    def terms(self, **changed: Any) -> NewWaiver:
        """A waiver as the letter of Khánh Hòa has it."""
        today = clock.today()
        values: dict[str, Any] = {
            "name": "Miễn cước trả kết quả (thử)", "province": self.cast.province, "legal_basis": "Công văn số 01/THU, khoản 2",
            "payer": "Kinh phí cải cách hành chính của tỉnh", "starts_on": today - timedelta(days=10), "direction": Direction.OUT,
            "settle_by": today + timedelta(days=20)}
        return NewWaiver(**values | changed)

    def waiver(self, *, running: bool = True, **changed: Any) -> WaiverCampaign:
        """A waiver, applied to what was made already."""
        made = waivers.draft(actor=self.cast.administrator, waiver=self.terms(**changed))
        if running:
            made = waivers.start(actor=self.cast.administrator, campaign=made)
            waivers.apply(made.pk)
        return made

    def listing(self, waiver: WaiverCampaign, *, filled: bool = True) -> SettlementList:
        """A list of this month, filled by its job."""
        today = clock.today()
        made = settlements.make(actor=self.cast.administrator, waiver=waiver, carrier=self.carrier, starts_on=today - timedelta(days=10),
                                ends_on=today, due_on=today + timedelta(days=20))
        if filled:
            settlements.work(made.pk)
        made.refresh_from_db()
        return made

    def compared(self, settlement: SettlementList, rows: Iterable[tuple[Any, ...]], **more: Any) -> SettlementList:
        """The list beside a file of these rows, read by its job."""
        settlements.upload(actor=self.cast.administrator, settlement=settlement, file=csv_file(rows), **more)
        settlements.work(settlement.pk)
        settlement.refresh_from_db()
        return settlement


def build(cast: Cast) -> Money:
    """The rows."""
    carrier = Carrier.objects.create(code="buu-dien", name="Bưu điện (thử)", order_url="http://127.0.0.1:9/orders", key=KEY,
                                     province=cast.province)
    table = [NewPrice(Service.STANDARD, Zone.SAME, SAME, SINCE), NewPrice(Service.STANDARD, Zone.PROVINCE, PROVINCE, SINCE)]
    fees.add_prices(actor=cast.administrator, carrier=carrier, new=table)
    return Money(cast, carrier, casting.person("t-quantri-hai", "Quản trị thứ hai (thử)", cast.centre, Role.ADMINISTRATOR))


def csv_file(rows: Iterable[tuple[Any, ...]], titles: str = "STT;Số hiệu bưu gửi;Ngày gửi;Cước phải thu (đồng)") -> SimpleUploadedFile:
    """A carrier's file: (waybill, amount) or (waybill, amount, day) each."""
    lines = [titles.replace(" (đồng)", "")]
    for number, (waybill, amount, *day) in enumerate(rows, 1):
        lines.append(f"{number};{waybill};{day[0] if day else ''};{amount}")
    return SimpleUploadedFile("doi-soat.csv", ("\ufeff" + "\r\n".join(lines)).encode(), content_type="text/csv")


def workbook(rows: Iterable[tuple[Any, ...]], titles: tuple[str, ...] = ("Mã bưu gửi", "Số tiền")) -> SimpleUploadedFile:
    """The same as XLSX, with words above the titles and a line of sums below, as carriers send it."""
    book, total = Workbook(), 0
    page = book.active
    page.append(["BẢNG KÊ BƯU GỬI"])
    page.append([])
    page.append(list(titles))
    for waybill, amount in rows:
        page.append([waybill, amount])
        total += amount if isinstance(amount, int) else 0
    page.append(["Tổng cộng", total])
    out = io.BytesIO()
    book.save(out)
    return SimpleUploadedFile("doi-soat.xlsx", out.getvalue())
