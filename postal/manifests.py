"""PURE: the files exchanged with carriers that have no API: what stands in ours, and how theirs are read.

Ours has one row a shipment with our id as its key. The same rows give the same bytes, so that a file written again after a crash is the
same file. Theirs has one row an event: our id or the waybill, the carrier's word, the time, a note.
"""
from __future__ import annotations

import csv
import hashlib
import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell

from onestop import clock
from onestop.people.words import clean, fold
from onestop.sheets import FORMULA, Unreadable, rows
from postal.states import FileFormat

HEADER = ("Mã yêu cầu", "Chiều", "Dịch vụ", "Lấy trước", "Người gửi", "Địa chỉ gửi", "Điện thoại gửi", "Người nhận", "Địa chỉ nhận",
          "Điện thoại nhận")
ANSWER_HEADER = ("Mã yêu cầu", "Mã bưu gửi", "Trạng thái", "Thời điểm", "Ghi chú", "Người ký nhận")
NAMES = {
    "shipment": ("ma yeu cau", "id", "shipment"),
    "waybill": ("ma buu gui", "ma van don", "waybill"),
    "status": ("trang thai", "status"),
    "happened_at": ("thoi diem", "thoi gian", "happened_at", "time"),
    "note": ("ghi chu", "note"),
    "received_by": ("nguoi ky nhan", "received_by"),
    "event_id": ("ma su kien", "event_id"),
}
TIMES = ("%d/%m/%Y %H:%M:%S", "%d/%m/%Y %H:%M", "%H:%M:%S %d/%m/%Y", "%H:%M %d/%m/%Y")
EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001 - the day 0 of a spreadsheet, which knows no zones
SERIAL = re.compile(r"^[345678]\d{4}(?:\.\d+)?$")  # a day of the years 1982 to 2146 as a spreadsheet counts it
STILL = (1980, 1, 1, 0, 0, 0)  # the moment on every part of a workbook
LONGEST = {"waybill": 60, "status": 40, "note": 500, "received_by": 120, "event_id": 80}


@dataclass(frozen=True)
class Told:
    """A row of a carrier's file that can be used; `row` counts from the header, which is 1."""

    row: int
    shipment: UUID | None
    waybill: str
    status: str
    happened_at: datetime
    note: str
    received_by: str
    event_id: str


@dataclass(frozen=True)
class Fault:
    """A row that can't be used, and why in a sentence."""

    row: int
    sentence: str


# --- ours ---------------------------------------------------------------------------------------------------------

def written(kind: str, header: Sequence[str], lines: Iterable[Sequence[str]]) -> bytes:
    """A file of lines in the format 'csv' or 'xlsx'; the same lines give the same bytes."""
    return _workbook(header, lines) if kind == FileFormat.XLSX else _text(header, lines)


def _text(header: Sequence[str], lines: Iterable[Sequence[str]]) -> bytes:
    """UTF-8 with BOM and semicolons, as a spreadsheet program opens it with the right letters. No cell begins like a formula."""
    out = io.StringIO()
    page = csv.writer(out, delimiter=";", lineterminator="\r\n")
    page.writerow(header)
    page.writerows([f"'{value}" if value.startswith((*FORMULA, "\t")) else value for value in line] for line in lines)
    return ("\ufeff" + out.getvalue()).encode()


def _workbook(header: Sequence[str], lines: Iterable[Sequence[str]]) -> bytes:
    book = Workbook(write_only=True)
    page = book.create_sheet(title="Danh sách")
    for line in (header, *lines):
        page.append([_as_text(page, value) for value in line])
    out = io.BytesIO()
    book.save(out)
    return _still(out.getvalue())


def _as_text(page: Any, value: str) -> WriteOnlyCell:
    cell = WriteOnlyCell(page, value=value)
    cell.data_type = "s"
    return cell


def _still(content: bytes) -> bytes:
    """The workbook without the moment at which it was written."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in sorted(old.namelist()):
            part = old.read(name)
            if name == "docProps/core.xml":
                part = re.sub(rb"(<dcterms:\w+[^>]*>)[^<]*", rb"\g<1>1980-01-01T00:00:00Z", part)
            new.writestr(zipfile.ZipInfo(name, STILL), part, zipfile.ZIP_DEFLATED)
    return out.getvalue()


# --- theirs -------------------------------------------------------------------------------------------------------

def read(content: bytes, *, most: int) -> Iterator[Told | Fault]:
    """The rows of a carrier's file, at most `most` of them. Raises Unreadable, also while they are read."""
    lines = rows(content)
    columns = _columns(next(lines, []))
    for number, line in enumerate(islice(lines, most), 2):
        if any(cell.strip() for cell in line):
            yield _understood(number, {name: clean(line[at]) if at < len(line) else "" for name, at in columns.items()})
    if next(lines, None) is not None:
        raise Unreadable(_("Tệp có nhiều hơn %(most)s dòng.") % {"most": most})


def _columns(header: Sequence[str]) -> dict[str, int]:
    labels = [fold(label) for label in header]
    found = {name: next((at for at, label in enumerate(labels) if label in known), -1) for name, known in NAMES.items()}
    if min(found["status"], found["happened_at"], max(found["shipment"], found["waybill"])) < 0:
        raise Unreadable(_("Dòng đầu phải có các cột: Mã yêu cầu hoặc Mã bưu gửi, Trạng thái, Thời điểm."))
    return {name: at for name, at in found.items() if at >= 0}


def _understood(number: int, cells: dict[str, str]) -> Told | Fault:
    cells = {name: cells.get(name, "").lstrip("'") for name in NAMES}
    long = next((name for name, longest in LONGEST.items() if len(cells[name]) > longest), "")
    if long:
        return Fault(number, _("Ô “%(name)s” dài hơn %(longest)s ký tự.") % {"name": NAMES[long][0], "longest": LONGEST[long]})
    if not cells["status"]:
        return Fault(number, _("Thiếu trạng thái."))
    moment = moment_of(cells["happened_at"])
    if moment is None:
        return Fault(number, _("Thời điểm không đọc được, ví dụ đúng: 25/11/2026 16:20."))
    key = _key(cells["shipment"])
    if key is None and (cells["shipment"] or not cells["waybill"]):
        return Fault(number, _("Mã yêu cầu không đúng, hoặc thiếu cả mã yêu cầu lẫn mã bưu gửi."))
    event = cells["event_id"] or _event(key, cells, moment)
    return Told(number, key, cells["waybill"], cells["status"], moment, cells["note"], cells["received_by"], event)


def _key(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _event(key: UUID | None, cells: dict[str, str], moment: datetime) -> str:
    """The identity of a row whose carrier gives it none: the same word of the same moment about the same shipment is one event."""
    about = f"{key or cells['waybill']}|{cells['status']}|{moment.isoformat()}"
    return f"file-{hashlib.sha256(about.encode()).hexdigest()[:48]}"


def moment_of(text: str) -> datetime | None:
    """A moment as people, programs or spreadsheets write it; without a zone it is Viet Nam's. None where it is none."""
    try:
        if SERIAL.match(text):
            return (EPOCH + timedelta(seconds=round(float(text) * 86400))).replace(tzinfo=clock.TZ)
        found: datetime | None = datetime.fromisoformat(text)
    except (ValueError, OverflowError):
        found = _typed(text)
    if found is None or not 2000 <= found.year <= 2200:
        return None
    return found if found.tzinfo else found.replace(tzinfo=clock.TZ)


def _typed(text: str) -> datetime | None:
    for form in TIMES:
        try:
            return datetime.strptime(text, form).replace(tzinfo=clock.TZ)
        except ValueError:
            continue
    return None
