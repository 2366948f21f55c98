"""The settlement list on paper and as a workbook: who pays, by which letter, for which period; sums in figures and in words.

Names and addresses of citizens are not on it: the code of the dossier is enough to find them. In Vietnamese, as every official paper.
"""
from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Any

from django.utils import translation

from dossiers.printing.cash import words
from dossiers.printing.tables import Column, Sheet, write_pdf, write_xlsx
from onestop import clock
from onestop.people import shown
from postal.models import SettlementLine, SettlementList

PART = 500  # lines read at once
COLUMNS = (
    Column("STT", 11, centre=True), Column("Mã bưu gửi", 40), Column("Mã hồ sơ", 46), Column("Ngày gửi", 22, centre=True),
    Column("Cước (đồng)", 24, centre=True), Column("Giảm trừ (đồng)", 24, centre=True), Column("Bưu chính tính (đồng)", 26, centre=True),
    Column("Thanh toán (đồng)", 26, centre=True), Column("Đối soát, lý do"),
)
SUMS = ("fee", "discount", "theirs", "amount")


@dataclass
class Totals:
    """What the lines printed so far add up to, in đồng."""

    count: int = 0
    fee: int = 0
    discount: int = 0
    theirs: int = 0
    amount: int = 0

    def add(self, line: SettlementLine) -> None:
        """One line more."""
        self.count += 1
        for name in SUMS:
            setattr(self, name, getattr(self, name) + (getattr(line, name) or 0))


def as_pdf(settlement: SettlementList, out: IO[bytes]) -> int:
    """The list as one PDF, typeset in parts; how many lines."""
    with translation.override("vi"):
        totals = Totals()
        rows = ([shown.number(cell) if isinstance(cell, int) and index else cell for index, cell in enumerate(row)]
                for row in cells(settlement, totals))
        write_pdf(sheet(settlement), ([_blank(cell) for cell in row] for row in rows), out, issued_at=settlement.approved_at or clock.now())
    return totals.count


def as_workbook(settlement: SettlementList, out: IO[bytes]) -> int:
    """The list as XLSX, row by row, its amounts as numbers; how many lines."""
    with translation.override("vi"):
        totals = Totals()
        write_xlsx(sheet(settlement), cells(settlement, totals), out)
    return totals.count


def cells(settlement: SettlementList, totals: Totals) -> Iterator[list[Any]]:
    """The lines, then their sums in figures and in words. `totals` grows on the way."""
    for line in lines(settlement):
        totals.add(line)
        yield [totals.count, line.waybill, line.dossier_code, shown.day(line.sent_on or line.theirs_on), line.fee, line.discount or None,
               line.theirs, line.amount, _why(line)]
    yield ["", "TỔNG CỘNG", f"{shown.number(totals.count)} bưu gửi", "", totals.fee, totals.discount, totals.theirs, totals.amount,
           f"Bằng chữ: {words(totals.amount)}"]


def lines(settlement: SettlementList) -> Iterator[SettlementLine]:
    """By position, read by key: nothing but the present part is held."""
    after = 0
    while part := list(settlement.lines.filter(position__gt=after).order_by("position")[:PART]):
        yield from part
        after = part[-1].position


def sheet(settlement: SettlementList) -> Sheet:
    """What stands around the rows."""
    waiver, province = settlement.waiver, settlement.waiver.province
    told = clock.local(settlement.approved_at) if settlement.approved_at else clock.now()
    count, total = shown.number(settlement.count), shown.number(settlement.total)
    return Sheet(
        title="Danh sách quyết toán cước bưu chính công ích", agency="Ủy ban nhân dân", office=province.name,
        place_date=f"{_place(province.name)}, ngày {told.day} tháng {told.month} năm {told.year}", columns=COLUMNS,
        subtitles=(f"Số: {settlement.number or '(chưa duyệt)'}", f"Đợt miễn cước: {waiver.name}", f"Căn cứ: {waiver.legal_basis}",
                   f"Nguồn chi trả: {waiver.payer}", f"Doanh nghiệp bưu chính: {settlement.carrier.name}",
                   f"Kỳ: từ ngày {shown.day(settlement.starts_on)} đến hết ngày {shown.day(settlement.ends_on)}; "
                   f"gửi trước ngày {shown.day(settlement.due_on)}"),
        closing=(f"Tổng số bưu gửi: {count}. Tổng số tiền thanh toán: {total} đồng (bằng chữ: {words(settlement.total)}).",
                 f"Người lập: {settlement.made_by.full_name}. Người duyệt: "
                 f"{settlement.approved_by.full_name if settlement.approved_by else ''}."),
        signatures=("Người lập danh sách", "Đại diện doanh nghiệp bưu chính", "Người duyệt"),
        running=f"Danh sách quyết toán {settlement.number or ''}")


def _why(line: SettlementLine) -> str:
    parts = [line.get_outcome_display(), line.get_decision_display() if line.decision else "", line.note]
    return ". ".join(str(part).rstrip(".") for part in parts if part)


def _blank(cell: Any) -> Any:
    return "" if cell is None else cell


def _place(name: str) -> str:
    for prefix in ("Tỉnh ", "Thành phố "):
        name = name.removeprefix(prefix)
    return name
