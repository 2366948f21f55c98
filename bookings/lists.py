"""PURE: reading an uploaded list of people (CSV or XLSX): rows that can be used, and a sentence for each line that can't."""
from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from onestop import sheets
from onestop.people.words import clean, fold, is_citizen_id, phone_number
from onestop.sheets import FORMULA, MOST_COLUMNS, Unreadable

NAMES = {
    "full_name": ("ho va ten", "ho ten", "ten", "full name", "full_name"),
    "phone": ("so dien thoai", "dien thoai", "sdt", "phone"),
    "citizen_id": ("so dinh danh ca nhan", "so dinh danh", "can cuoc", "cccd", "citizen_id"),
    "note": ("ghi chu", "note"),
}
HEADER = ("Họ và tên", "Số điện thoại", "Số định danh cá nhân", "Ghi chú")


@dataclass(frozen=True)
class Person:
    """One usable line; `row` counts from the header, which is 1."""

    row: int
    full_name: str
    phone: str
    citizen_id: str
    note: str


@dataclass
class Found:
    """What a file held: people, and (line, sentence) for what was left out."""

    people: list[Person] = field(default_factory=list)
    left_out: list[tuple[int, str]] = field(default_factory=list)

    def report(self) -> list[dict[str, Any]]:
        return [{"line": line, "sentence": sentence} for line, sentence in self.left_out]


def template() -> bytes:
    """An empty list that a spreadsheet program opens with the right letters (UTF-8 with BOM, semicolons)."""
    return sheets.empty(HEADER)


def read(name: str, content: bytes, *, most: int) -> Found:
    """The people of a file with at most `most` lines. Raises Unreadable."""
    return _people(sheets.rows(content), most)


def _people(rows: Iterator[list[str]], most: int) -> Found:
    """Check line by line; the first line names the columns."""
    header = next(rows, None)
    columns = _columns(header or [])
    if "full_name" not in columns or "phone" not in columns:
        raise Unreadable(_("Dòng đầu phải có cột Họ và tên và cột Số điện thoại. Vui lòng dùng tệp mẫu."))
    found = Found()
    seen: dict[tuple[str, str], int] = {}
    filled = 0
    for number, row in enumerate(rows, 2):
        if not any(clean(value) for value in row):  # formatted but empty lines below a list are no people
            continue
        filled += 1
        if filled > most:
            raise Unreadable(_("Danh sách có hơn %(most)s dòng. Vui lòng chia thành nhiều tệp.") % {"most": most})
        values = {name: row[index] if index < len(row) else "" for name, index in columns.items()}
        person, trouble = _person(number, values)
        if person is not None:
            earlier = seen.setdefault((person.phone, fold(person.full_name)), number)
            if earlier != number:
                person, trouble = None, _("Trùng với dòng %(line)s.") % {"line": earlier}
        if person is None:
            found.left_out.append((number, trouble))
        else:
            found.people.append(person)
    return found


def _columns(header: list[str]) -> dict[str, int]:
    words = [fold(cell) for cell in header[:MOST_COLUMNS]]
    return {name: next(index for index, word in enumerate(words) if word in known)
            for name, known in NAMES.items() if any(word in known for word in words)}


def _person(row: int, values: dict[str, str]) -> tuple[Person | None, str]:
    """The person of a line, or why the line is left out."""
    for name, value in values.items():
        if clean(value).startswith(FORMULA) and not (name == "phone" and phone_number(value)):
            return None, _("Ô bắt đầu bằng dấu của công thức (=, +, -, @), vui lòng ghi lại thành chữ.")
    name, citizen_id = clean(values["full_name"]), re.sub(r"[\s.\-]", "", clean(values.get("citizen_id", "")))
    if not 2 <= len(name) <= 120 or sum(char.isalpha() for char in name) < 2 or any(char.isdigit() for char in name):
        return None, _("Họ và tên để trống hoặc không hợp lệ.")
    phone = _phone(values["phone"])
    if not phone:
        return None, _("Số điện thoại để trống hoặc không hợp lệ.")
    if citizen_id and len(citizen_id) < 12 and citizen_id.isdigit():
        citizen_id = citizen_id.zfill(12)  # a spreadsheet takes the leading zero away
    if citizen_id and not is_citizen_id(citizen_id):
        return None, _("Số định danh cá nhân phải gồm 12 chữ số.")
    return Person(row, name, phone, citizen_id, clean(values.get("note", ""))[:255]), ""


def _phone(text: str) -> str:
    """A number as 0xxxxxxxxx, also where a spreadsheet took the leading zero away."""
    plain = clean(text)
    return phone_number(plain) or (phone_number("0" + plain) if re.fullmatch(r"[1-9]\d{8}", plain) else "")
