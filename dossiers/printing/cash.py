"""The receipt of cash taken at the counter, as PDF. The same row gives the same bytes: printing it again is no second receipt."""
from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import typst

from dossiers.printing.render import FONTS, HERE, tracking_qr
from dossiers.services.records import track_url
from onestop import clock
from onestop.people import shown

if TYPE_CHECKING:
    from dossiers.models import CashReceipt

DIGITS = ("không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín")
GROUPS = ("", "nghìn", "triệu")


def receipt(row: CashReceipt) -> bytes:
    """The PDF of a receipt read with its request, dossier, office and officer."""
    return bytes(typst.compile(
        str(HERE / "cash.typ"), root=str(HERE), font_paths=[str(path) for path in FONTS], ignore_system_fonts=True, format="pdf",
        sys_inputs={"facts": json.dumps(facts(row), ensure_ascii=False)}, timestamp=int(row.taken_at.timestamp())))


def facts(row: CashReceipt) -> dict[str, Any]:
    """What stands on it, in Vietnamese."""
    dossier, office, taken = row.request.dossier, row.office, clock.local(row.taken_at)
    return {
        "title": "Phiếu thu tiền phí, lệ phí", "form_mark": "Phiếu do Cổng Một cửa lập; không thay biên lai theo mẫu của cơ quan tài chính",
        "agency": office.province.name if office.parent is None else office.area.name, "office": office.name,
        "paper_number": number_text(row), "place_date": f"{office.area.name}, ngày {taken.day} tháng {taken.month} năm {taken.year}",
        "number": dossier.number, "number_label": "Mã hồ sơ", "book": "", "qr": tracking_qr(track_url(dossier)), "payer": row.payer,
        "procedure": dossier.procedure.name,
        "purpose": row.request.purpose, "payment": row.request.number, "amount": f"{shown.number(row.request.amount)} đồng",
        "words": words(row.request.amount), "taken": f"{taken:%H} giờ {taken:%M}, ngày {taken:%d/%m/%Y}", "signer": row.taken_by.full_name,
    }


def number_text(row: CashReceipt) -> str:
    """'00012/2026-H13.70': gapless in an office's year."""
    return f"{row.number:05d}/{row.year}-{row.office.identifier}"


def words(amount: int) -> str:
    """An amount of đồng as it is written out: 'Một trăm linh năm nghìn đồng'."""
    if amount == 0:
        return "Không đồng"
    text = f"{_read(amount)} đồng"
    return text[0].upper() + text[1:]


def _read(amount: int) -> str:
    if amount >= 10**9:
        head, rest = divmod(amount, 10**9)
        return " ".join(part for part in (_read(head), "tỷ", _below(rest, True) if rest else "") if part)
    return _below(amount, False)


def _below(amount: int, full: bool) -> str:
    """A number below a thousand million; `full`: also its leading zeros are read."""
    parts: list[str] = []
    for power in (2, 1, 0):
        group = amount // 1000**power % 1000
        if group:
            parts.append(f"{_three(group, full or bool(parts))} {GROUPS[power]}".strip())
    return " ".join(parts)


def _three(number: int, full: bool) -> str:
    hundreds, tens, units = number // 100, number // 10 % 10, number % 10
    parts = [f"{DIGITS[hundreds]} trăm"] if hundreds or full else []
    if tens > 1:
        parts.append(f"{DIGITS[tens]} mươi")
    elif tens == 1:
        parts.append("mười")
    elif units and parts:
        parts.append("linh")
    if units:
        parts.append("mốt" if units == 1 and tens > 1 else "lăm" if units == 5 and tens else DIGITS[units])
    return " ".join(parts)
