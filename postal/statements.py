"""PURE: a carrier's file of what it charges (CSV or XLSX), row by row, whatever its columns are called; never as a whole in memory."""
from __future__ import annotations

import codecs
import csv
import io
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from typing import IO, Any
from xml.etree.ElementTree import ParseError

from django.utils.translation import gettext as _
from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from onestop.people.words import clean, fold
from onestop.sheets import Unreadable

TITLES = {
    "waybill": ("ma buu gui", "so hieu buu gui", "so hieu", "so van don", "ma van don", "van don", "ma e1", "waybill", "item code",
                "barcode"),
    "amount": ("so tien thanh toan", "cuoc phai thu", "cuoc thanh toan", "thanh tien", "tong cuoc", "so tien", "cuoc phi", "cuoc", "amount",
               "fee"),
    "day": ("ngay gui", "ngay nhan gui", "ngay phat hanh", "ngay chap nhan", "ngay", "sent on", "date"),
}
NEEDED = ("waybill", "amount")
FIRST_LINES = 30  # words may stand above the titles
BIGGEST = 400 * 1024 * 1024  # bytes of a workbook once unpacked: one of 50,000 rows has a tenth of it
HIGHEST = 2_000_000_000  # đồng for one shipment
SHORTEST = 8  # letters and digits of a waybill beside which a word like 'tổng' is a remark and no line of sums
BROKEN = (zipfile.BadZipFile, zlib.error, ParseError, InvalidFileException, LookupError, ValueError, ArithmeticError, EOFError, OSError,
          TypeError, AttributeError, RuntimeError)  # what a damaged workbook raises, wherever the damage is
_WHOLE = re.compile(r"[0-9]{1,10}|[0-9]{1,3}(?:([.,\s])[0-9]{3})(?:\1[0-9]{3}){0,2}")
_SUMS = re.compile(r"(tong|cong|tong cong)( so)?( tien)?:?")
_DAY = re.compile(r"(?P<y>\d{4})-(?P<m>\d{1,2})-(?P<d>\d{1,2})|(?P<d2>\d{1,2})[/.\-](?P<m2>\d{1,2})[/.\-](?P<y2>\d{4})")


@dataclass(frozen=True)
class Line:
    """A row that was understood; `row` counts as a spreadsheet does, `waybill` is normalised, `amount` is đồng."""

    row: int
    waybill: str
    amount: int
    day: date | None


@dataclass(frozen=True)
class Fault:
    """A row that was not, and why."""

    row: int
    sentence: str


@dataclass(frozen=True)
class Columns:
    """Where what stands, by number, and how it is called in the file; `row` is that of the titles."""

    places: Mapping[str, int]
    titles: Mapping[str, str]
    row: int


def waybill(text: str) -> str:
    """'eb 123-456.789 vn' → 'EB123456789VN': letters and digits only."""
    return re.sub(r"[^0-9A-Z]", "", fold(clean(text)).upper())[:60]


def amount(value: Any) -> int | None:
    """Whole đồng of a cell: 31500, 31500.0 of a spreadsheet, '31.500', '31,500 đ'; None for a fraction, a sign, anything else."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, float):
        value = int(value) if value.is_integer() else None
    if isinstance(value, int):
        return value if 0 <= value <= HIGHEST else None
    text = re.sub(r"(?i)vnđ|vnd|đồng|đ$", "", str(value or "").strip()).strip()
    bare = re.sub(r"[.,]0{1,2}$", "", text)
    if not _WHOLE.fullmatch(bare):
        return None
    number = int(re.sub(r"[.,\s]", "", bare))
    return number if number <= HIGHEST else None


def day(value: Any) -> date | None:
    """A cell's day; None where it names none."""
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    text = str(value or "").strip()
    found = _DAY.match(text)
    if found is None:
        return None
    year, month, number = (int(part) for part in (found.group("y", "m", "d") if found["y"] else found.group("y2", "m2", "d2")))
    try:
        return date(year, month, number)
    except ValueError:
        return None


# --- the file ---------------------------------------------------------------------------------------------------------

def read(file: IO[bytes], *, most: int, wanted: Mapping[str, str] | None = None) -> Iterator[Columns | Line | Fault]:
    """First where the columns are, then each row with something in it. `wanted` names titles that go before the known ones.

    Raises Unreadable, also on the way: not such a file, no column for waybill or amount, more than `most` rows.
    """
    rows = _cells(file)
    columns = _find(rows, wanted or {})
    yield columns
    seen = 0
    for number, cells in enumerate(rows, columns.row + 1):
        if not any(str(cell).strip() for cell in cells if cell is not None):
            continue
        found = _line(number, cells, columns.places)
        if found is None:
            continue
        seen += 1
        if seen > most:
            raise Unreadable(_("Tệp có quá %(most)d dòng. Vui lòng chia nhỏ theo kỳ.") % {"most": most})
        yield found


def _line(number: int, cells: Sequence[Any], places: Mapping[str, int]) -> Line | Fault | None:
    """One row; None for the line of sums under a table."""
    found = {name: cells[place] if place < len(cells) else None for name, place in places.items()}
    code, money = waybill(_whole(found["waybill"])), amount(found["amount"])
    if (len(code) < SHORTEST or _is_sum(found["waybill"])) and any(_is_sum(cell) for cell in cells):
        return None
    if not code:
        return Fault(number, _("Thiếu mã bưu gửi."))
    if money is None:
        return Fault(number, _("Số tiền không phải là số đồng nguyên: “%(text)s”.") % {"text": clean(str(found["amount"] or ""))[:40]})
    return Line(number, code, money, day(found.get("day")))


def _is_sum(cell: Any) -> bool:
    return isinstance(cell, str) and _SUMS.fullmatch(fold(clean(cell))) is not None


def _whole(cell: Any) -> str:
    """A waybill of digits only, as the spreadsheet shows it: 123456789012, not 123456789012.0."""
    return str(int(cell) if isinstance(cell, float) and cell.is_integer() else cell or "")


def _find(rows: Iterator[Sequence[Any]], wanted: Mapping[str, str]) -> Columns:
    for number, cells in enumerate(islice(rows, FIRST_LINES), 1):
        titles = [fold(clean(str(cell))) if cell is not None else "" for cell in cells]
        places = {name: place for name in TITLES if (place := _place(titles, name, wanted.get(name, ""))) is not None}
        if all(name in places for name in NEEDED):
            return Columns(places, {name: clean(str(cells[place]))[:80] for name, place in places.items()}, number)
    raise Unreadable(_("Không tìm thấy cột mã bưu gửi và cột số tiền. Vui lòng ghi tên cột của tệp vào hai ô bên dưới."))


def _place(titles: Sequence[str], name: str, wanted: str) -> int | None:
    if wanted:
        return titles.index(fold(clean(wanted))) if fold(clean(wanted)) in titles else None
    return next((titles.index(known) for known in TITLES[name] if known in titles), None)


def _cells(file: IO[bytes]) -> Iterator[Sequence[Any]]:
    head = file.read(8)
    file.seek(0)
    if head[:4] == b"PK\x03\x04":
        return _workbook(file)
    if head == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":
        raise Unreadable(_("Tệp Excel đời cũ (.xls) không đọc được. Vui lòng lưu lại thành .xlsx hoặc CSV UTF-8."))
    return _text(file)


def _text(file: IO[bytes]) -> Iterator[Sequence[Any]]:
    """Lines of a CSV in UTF-8, or in UTF-16 as spreadsheets save 'Unicode text'; the separator is what its first lines use most."""
    try:
        head = file.read(4096)
        encoding = "utf-16" if head[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE) else "utf-8-sig"
        separator = max(";,\t|", key=head.decode(encoding, errors="ignore").count)
        file.seek(0)
        yield from csv.reader(io.TextIOWrapper(file, encoding, newline=""), delimiter=separator)
    except (UnicodeDecodeError, csv.Error) as error:
        raise Unreadable(_("Tệp không phải là CSV bảng mã UTF-8. Vui lòng lưu lại thành CSV UTF-8 hoặc XLSX.")) from error


def _workbook(file: IO[bytes]) -> Iterator[Sequence[Any]]:
    """Rows of a workbook's first sheet, as it is read. What unpacks to too much, or declares entities, is not opened."""
    try:
        with zipfile.ZipFile(file) as parts:
            if sum(part.file_size for part in parts.infolist()) > BIGGEST:
                raise Unreadable(_("Tệp Excel quá lớn khi mở ra."))
            for part in parts.infolist():
                if part.filename.endswith(".xml") and b"<!" in parts.open(part).read(2048).replace(b"<!--", b""):
                    raise Unreadable(_("Tệp Excel có nội dung không an toàn."))
        file.seek(0)
        book = load_workbook(file, read_only=True, data_only=True)
        page = book.worksheets[0]
        page.reset_dimensions()  # many programs write a size that is too small
        yield from page.iter_rows(values_only=True)
    except BROKEN as error:
        raise Unreadable(_("Tệp Excel bị hỏng hoặc có mật khẩu, không đọc được.")) from error
