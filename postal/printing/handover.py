"""A handover list on paper (PDF, A4) and as a table (XLSX). A signed list prints what it froze; an open one what is in it now."""
from __future__ import annotations

import base64
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.urls import reverse

from dossiers.printing.render import compiled, tracking_qr
from dossiers.printing.tables import Column, Sheet, write_xlsx
from onestop import clock
from onestop.people import shown
from postal.models import HandoverList
from postal.services.handover.closing import head_of, line_of
from postal.states import HandoverKind

HERE = Path(__file__).parent
COLUMNS = ("STT", "Mã hồ sơ", "Mã bưu gửi", "Người nhận, người gửi", "Xã, phường", "Giấy tờ", "Ghi chú")
TITLES = {HandoverKind.TO_CARRIER.value: "Bảng kê giao bưu chính", HandoverKind.TO_OFFICE.value: "Bảng kê bưu chính giao đơn vị"}
FORM_MARK = "Bảng kê giao nhận hồ sơ, kết quả qua bưu chính công ích"
NOT_YET = "(bản chưa ký)"


def pdf(row: HandoverList) -> bytes:
    """The list for both sides, read with office, carrier and their areas. The same signed list gives the same bytes."""
    return compiled("handover.typ", facts(row), issued_at=row.closed_at or row.made_at, folder=HERE, tags=False)


def lines(row: HandoverList) -> list[dict[str, Any]]:
    """What stands in the table; two queries at most."""
    items = list(row.items.select_related("shipment__dossier", "shipment__area", "shipment__to_office__area").order_by("position"))
    return [item.line or line_of(item) for item in items]


def facts(row: HandoverList) -> dict[str, Any]:
    """What stands on it, in Vietnamese."""
    found, head, moment = lines(row), row.head or head_of(row), clock.local(row.closed_at or row.made_at)
    to_carrier = row.kind == HandoverKind.TO_CARRIER
    sides = (head["office"], head["carrier"]) if to_carrier else (head["carrier"], head["office"])
    number = row.number or NOT_YET
    return {
        "title": TITLES[row.kind], "number": row.number, "number_shown": number, "form_mark": FORM_MARK, "agency": head["agency"],
        "office": head["office"], "carrier": head["carrier"], "columns": list(COLUMNS), "totals": totals(found),
        "place_date": f"{head['area']}, ngày {moment.day} tháng {moment.month} năm {moment.year}",
        "lines": [["Bên giao:", sides[0]], ["Bên nhận:", sides[1]], ["Nơi giao nhận:", head["address"]], ["Lúc ký:", signed_at(row)]],
        "rows": [cells(number, line) for number, line in enumerate(found, 1)], "hygiene": hygiene(row), "sealing": sealing(row),
        "note": row.note, "qr": tracking_qr(f"{settings.PUBLIC_URL}{reverse('postal:handover', args=[row.pk])}"),
        "giver_of": sides[0], "receiver_of": sides[1], "giver": row.giver, "receiver": row.receiver,
        "giver_drawn": drawn(row.giver_signature), "receiver_drawn": drawn(row.receiver_signature),
    }


def cells(number: int, line: dict[str, Any]) -> list[Any]:
    """One line of the table."""
    seal = f"Niêm phong {line['seal']}" if line["seal"] else ""
    return [number, line["code"], line["waybill"], line["name"], line["place"], line["papers"],
            ". ".join(part for part in (line["note"].rstrip("."), seal) if part)]


def totals(found: Sequence[dict[str, Any]]) -> str:
    """'Tổng số: 2 bưu gửi, 5 giấy tờ (3 bản chính, 1 bản chứng thực, 1 bản sao).'"""
    kinds = {kind: sum(line[kind] for line in found) for kind in ("originals", "certified", "copies")}
    return (f"Tổng số: {shown.number(len(found))} bưu gửi, {shown.number(sum(line['papers'] for line in found))} giấy tờ "
            f"({shown.number(kinds['originals'])} bản chính, {shown.number(kinds['certified'])} bản chứng thực, "
            f"{shown.number(kinds['copies'])} bản sao).")


def signed_at(row: HandoverList) -> str:
    return _moment(row.closed_at) if row.closed_at else "chưa ký"


def hygiene(row: HandoverList) -> str:
    """The hygiene step; on an open list a line to fill in."""
    if row.cleaned_at is None:
        return "Khử khuẩn lúc: ……………… bằng: ………………………………"
    return f"Đã khử khuẩn lúc {_moment(row.cleaned_at)}: {row.cleaned_how}."


def sealing(row: HandoverList) -> str:
    """Counting and sealing, with their time."""
    if row.counted_at is None:
        return "Hai bên cùng đếm và niêm phong lúc: ………………"
    what = "niêm phong trước mặt hai bên" if row.kind == HandoverKind.TO_CARRIER else "kiểm tra niêm phong"
    return f"Hai bên đã cùng đếm, {what} lúc {_moment(row.counted_at)}."


def _moment(moment: datetime) -> str:
    local = clock.local(moment)
    return f"{local:%H:%M} ngày {local:%d/%m/%Y}"


def drawn(signature: str) -> list[int]:
    """A drawn signature's bytes; none where it is on paper. It was looked at before it was kept."""
    return list(base64.b64decode(signature.partition(",")[2])) if signature else []


def xlsx(row: HandoverList, out: IO[bytes]) -> int:
    """The same as a table, totals in the last line; how many rows."""
    found, head = lines(row), row.head or head_of(row)
    columns = [Column(label, width) for label, width in zip((*COLUMNS[:5], "Bản chính", "Chứng thực", "Bản sao", *COLUMNS[5:]),
                                                            (8, 34, 31, 55, 45, 14, 14, 14, 14, 50), strict=True)]
    sheet = Sheet(title=f"{TITLES[row.kind]} số {row.number or NOT_YET}", agency=head["agency"],
                  office=f"{head['office']} – {head['carrier']}", place_date="", columns=columns,
                  subtitles=(f"Ký lúc: {signed_at(row)}", hygiene(row), sealing(row)))
    return write_xlsx(sheet, table(found), out)


def table(found: Sequence[dict[str, Any]]) -> list[list[Any]]:
    """Lines with counts by kind, and their sums."""
    rows = []
    for number, line in enumerate(found, 1):
        plain = cells(number, line)
        rows.append([*plain[:5], line["originals"], line["certified"], line["copies"], *plain[5:]])
    sums = [sum(line[kind] for line in found) for kind in ("originals", "certified", "copies", "papers")]
    return [*rows, ["", "Tổng số", f"{len(found)} bưu gửi", "", "", *sums, ""]]
