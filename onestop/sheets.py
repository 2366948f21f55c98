"""PURE: reading an uploaded table (CSV or XLSX) line by line, as text; what could harm whoever opens it is not opened."""
from __future__ import annotations

import csv
import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from xml.etree import ElementTree

from django.utils.translation import gettext as _

FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠")  # what a spreadsheet would carry out when the list is opened again
BIGGEST_SHEET = 20 * 1024 * 1024  # bytes of one part of a workbook once unpacked
MOST_TAGS = 600_000  # of one part: each becomes an object in memory many times its size
MOST_COLUMNS = 40
PART = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
STRINGS = "xl/sharedStrings.xml"
COLUMN = re.compile(r"^([A-Z]{1,3})\d+$")


class Unreadable(Exception):
    """The whole file can't be used; the text is a sentence for the person who sent it."""


def rows(content: bytes) -> Iterator[list[str]]:
    """The lines of a file, the header first. Raises Unreadable, also while the lines are read."""
    if content[:4] == b"PK\x03\x04":
        return _workbook(content)
    if content[:8] == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":
        raise Unreadable(_("Tệp Excel đời cũ (.xls) không đọc được. Vui lòng lưu lại thành .xlsx hoặc CSV UTF-8."))
    return _text(content)


def empty(header: tuple[str, ...]) -> bytes:
    """An empty list that a spreadsheet program opens with the right letters (UTF-8 with BOM, semicolons)."""
    out = io.StringIO()
    csv.writer(out, delimiter=";", lineterminator="\r\n").writerow(header)
    return ("\ufeff" + out.getvalue()).encode()


def _text(content: bytes) -> Iterator[list[str]]:
    """Lines of a CSV in UTF-8, with or without BOM; the separator is what the header uses."""
    try:
        text = content.decode("utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig")
    except UnicodeDecodeError as error:
        raise Unreadable(_("Tệp không phải bảng mã UTF-8. Vui lòng lưu lại thành CSV UTF-8.")) from error
    if "\0" in text:
        raise Unreadable(_("Tệp không phải là danh sách CSV hoặc XLSX."))
    first = text.lstrip("\r\n").partition("\n")[0]
    separator = max(";,\t", key=first.count)
    try:
        yield from csv.reader(io.StringIO(text), delimiter=separator)
    except csv.Error as error:
        raise Unreadable(_("Tệp CSV bị hỏng, không đọc được.")) from error


def _workbook(content: bytes) -> Iterator[list[str]]:
    """Lines of a workbook's first sheet."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as book:
            shared = [_letters(item) for item in _xml(book, STRINGS)] if STRINGS in book.namelist() else []
            sheets = sorted((name for name in book.namelist() if re.fullmatch(r"xl/worksheets/sheet\d+\.xml", name)),
                            key=lambda name: int(re.findall(r"\d+", name)[0]))
            if not sheets:
                raise Unreadable(_("Tệp Excel không có trang tính nào."))
            yield from _sheet(_xml(book, sheets[0]), shared)
    except (zipfile.BadZipFile, zlib.error, ElementTree.ParseError, KeyError, IndexError, ValueError, EOFError, NotImplementedError,
            RuntimeError) as error:
        raise Unreadable(_("Tệp Excel bị hỏng hoặc có mật khẩu, không đọc được.")) from error


def _xml(book: zipfile.ZipFile, name: str) -> ElementTree.Element:
    """One part of the workbook; parts that are too large, or declare entities, are not opened."""
    if book.getinfo(name).file_size > BIGGEST_SHEET:
        raise Unreadable(_("Tệp Excel quá lớn khi mở ra."))
    text = book.read(name).decode("utf-8-sig")
    if text.count("<") > MOST_TAGS:
        raise Unreadable(_("Tệp Excel quá lớn khi mở ra."))
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise Unreadable(_("Tệp Excel có nội dung không an toàn."))
    return ElementTree.fromstring(text)  # noqa: S314 - nothing is declared in it, as just seen, and text is read as what it is


def _letters(element: ElementTree.Element) -> str:
    """The text of a cell's string, its parts joined; what stands above the letters (phonetics) is left out."""
    own = [part for part in element if part.tag != f"{PART}rPh"]
    return "".join(piece.text or "" for part in own for piece in part.iter(f"{PART}t"))


def _sheet(sheet: ElementTree.Element, shared: list[str]) -> Iterator[list[str]]:
    line = 0
    for row in sheet.iter(f"{PART}row"):
        wanted = int(row.get("r", line + 1))
        while line + 1 < wanted and line < 100_000:  # empty lines are not stored
            line += 1
            yield []
        line += 1
        cells: dict[int, str] = {}
        for position, cell in enumerate(row.iter(f"{PART}c")):
            place = _column(cell.get("r", "")) if cell.get("r") else position
            if place < MOST_COLUMNS:
                cells[place] = _value(cell, shared)
        yield [cells.get(index, "") for index in range(max(cells, default=-1) + 1)]


def _column(reference: str) -> int:
    found = COLUMN.match(reference)
    number = 0
    for letter in found.group(1) if found else "A":
        number = number * 26 + ord(letter) - 64
    return number - 1


def _value(cell: ElementTree.Element, shared: list[str]) -> str:
    """A cell as text. A formula is shown as one, so that its line is left out."""
    if cell.find(f"{PART}f") is not None:
        return "="
    kind, value = cell.get("t", "n"), cell.findtext(f"{PART}v") or ""
    if kind == "s":
        return shared[int(value)]
    if kind == "inlineStr":
        inline = cell.find(f"{PART}is")
        return _letters(inline) if inline is not None else ""
    if kind == "n" and value:
        number = float(value)
        return str(int(number)) if number.is_integer() else value
    return value
