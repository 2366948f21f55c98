"""PURE: reading an uploaded table (CSV or XLSX) line by line, as text; what could harm whoever opens it is not opened."""
from __future__ import annotations

import csv
import io
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from xml.parsers import expat

from django.utils.translation import gettext as _

FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠")  # what a spreadsheet would carry out when the list is opened again
BIGGEST_SHEET = 80 * 1024 * 1024  # bytes of a sheet once unpacked; it is read as it streams by
BIGGEST_STRINGS = 20 * 1024 * 1024  # of the texts that the cells share: these are held in memory
MOST_TAGS = 2_000_000  # elements of one part
MOST_CELLS = 16_384  # of a row, also of a spreadsheet program
LONGEST_CELL = 32_767  # characters, also of a spreadsheet program
MOST_COLUMNS = 40
AT_ONCE = 64 * 1024  # bytes
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"  # the media type of a file of that kind
PART = "http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
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
            strings = _Strings()
            if STRINGS in book.namelist():
                for _chunk in _read(book, STRINGS, strings, BIGGEST_STRINGS):
                    pass
            sheets = sorted((name for name in book.namelist() if re.fullmatch(r"xl/worksheets/sheet\d+\.xml", name)),
                            key=lambda name: int(re.findall(r"\d+", name)[0]))
            if not sheets:
                raise Unreadable(_("Tệp Excel không có trang tính nào."))
            sheet = _Sheet(strings.found)
            for _chunk in _read(book, sheets[0], sheet, BIGGEST_SHEET):
                yield from sheet.taken()
    except (zipfile.BadZipFile, zlib.error, expat.ExpatError, KeyError, IndexError, ValueError, EOFError, NotImplementedError,
            RuntimeError) as error:
        raise Unreadable(_("Tệp Excel bị hỏng hoặc có mật khẩu, không đọc được.")) from error


class _Part:
    """One part of a workbook while its tags go by; the letters between those that matter are collected in `letters`."""

    def __init__(self) -> None:
        self.tags = 0
        self.letters: list[str] = []
        self.long = 0
        self.collecting = self.above = False  # `above`: phonetics, which stand above the letters

    def begin(self, name: str, given: Mapping[str, str]) -> None:
        self.tags += 1
        if self.tags > MOST_TAGS:
            raise _too_large()
        tag = name.removeprefix(PART)
        if tag == "rPh":
            self.above = True
        self.collecting = not self.above and self.opened(tag, given)

    def end(self, name: str) -> None:
        tag = name.removeprefix(PART)
        self.collecting = False
        if tag == "rPh":
            self.above = False
        self.closed(tag)

    def text(self, data: str) -> None:
        if self.collecting:
            self.long += len(data)
            if self.long > LONGEST_CELL:
                raise _too_large()
            self.letters.append(data)

    def collected(self) -> str:
        """The letters so far; the next ones are another text."""
        text, self.letters, self.long = "".join(self.letters), [], 0
        return text

    def opened(self, tag: str, given: Mapping[str, str]) -> bool:
        """A tag begins; whether its letters are wanted."""
        raise NotImplementedError

    def closed(self, tag: str) -> None:
        """A tag ends."""
        raise NotImplementedError


class _Strings(_Part):
    """The texts that cells share."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def opened(self, tag: str, given: Mapping[str, str]) -> bool:
        return tag == "t"

    def closed(self, tag: str) -> None:
        if tag == "si":
            self.found.append(self.collected())


class _Sheet(_Part):
    """The rows of a sheet; those that are complete wait in `ready`."""

    def __init__(self, shared: list[str]) -> None:
        super().__init__()
        self.shared, self.line = shared, 0
        self.ready: list[list[str]] = []
        self.cells: dict[int, str] = {}
        self.many = 0
        self.cell: Mapping[str, str] = {}
        self.formula = False

    def taken(self) -> list[list[str]]:
        """The rows completed since the last time."""
        ready, self.ready = self.ready, []
        return ready

    def opened(self, tag: str, given: Mapping[str, str]) -> bool:
        if tag == "row":
            self._skip(int(given.get("r", self.line + 1)))
            self.cells, self.many = {}, 0
        elif tag == "c":
            self.cell, self.formula = given, False
            self.collected()
        elif tag == "f":
            self.formula = True
        return tag == "t" if self.cell.get("t") == "inlineStr" else tag == "v"

    def _skip(self, wanted: int) -> None:
        while self.line + 1 < wanted and self.line < 100_000:  # empty lines are not stored
            self.line += 1
            self.ready.append([])

    def closed(self, tag: str) -> None:
        if tag == "c":
            place = _column(self.cell["r"]) if self.cell.get("r") else self.many
            self.many += 1
            if self.many > MOST_CELLS:
                raise _too_large()
            if place < MOST_COLUMNS:
                self.cells[place] = self._value(self.collected())
        elif tag == "row":
            self.line += 1
            self.ready.append([self.cells.get(index, "") for index in range(max(self.cells, default=-1) + 1)])

    def _value(self, value: str) -> str:
        """A cell as text. A formula is shown as one, so that its line is left out."""
        kind = self.cell.get("t", "n")
        if self.formula:
            return "="
        if kind == "s":
            return self.shared[int(value)]
        if kind == "n" and value:
            number = float(value)
            return str(int(number)) if number.is_integer() else value
        return value


def _read(book: zipfile.ZipFile, name: str, part: _Part, most: int) -> Iterator[int]:
    """Let one part of the workbook go by, chunk by chunk. What is too large once unpacked, or declares entities, is not read on."""
    parser = expat.ParserCreate(None, "}")
    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = part.begin, part.end, part.text
    parser.StartDoctypeDeclHandler = _unsafe
    total = 0
    with book.open(name) as stream:
        while chunk := stream.read(AT_ONCE):
            total += len(chunk)
            if total > most:
                raise _too_large()
            parser.Parse(chunk, False)
            yield total
        parser.Parse(b"", True)
        yield total


def _too_large() -> Unreadable:
    return Unreadable(_("Tệp Excel quá lớn khi mở ra."))


def _unsafe(*_declared: object) -> None:
    raise Unreadable(_("Tệp Excel có nội dung không an toàn."))


def _column(reference: str) -> int:
    found = COLUMN.match(reference)
    number = 0
    for letter in found.group(1) if found else "A":
        number = number * 26 + ord(letter) - 64
    return number - 1
