"""PURE: an uploaded table of fees (CSV or XLSX) as new prices, and a sentence for each row that can't be one."""
from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from onestop import sheets
from onestop.people.words import clean, fold
from postal import statements
from postal.services.fees import NewPrice
from postal.states import Direction, Service, Zone

HEADER = ("Dịch vụ", "Vùng", "Chiều", "Giá cước (đồng)", "Áp dụng từ ngày", "Căn cứ")
NAMES = {
    "service": ("dich vu",), "zone": ("vung", "khu vuc"), "direction": ("chieu", "chieu gui"),
    "amount": ("gia cuoc (dong)", "gia cuoc", "cuoc", "so tien"), "valid_from": ("ap dung tu ngay", "tu ngay", "ngay ap dung"),
    "basis": ("can cu",),
}
NEEDED = ("service", "zone", "amount", "valid_from")
MOST = 500


@dataclass(frozen=True)
class Fault:
    """A row that can't be used; `row` counts as a spreadsheet does."""

    row: int
    sentence: str


def read(content: bytes) -> tuple[list[tuple[int, NewPrice]], list[Fault]]:
    """(row, price) of a file, and what is wrong with the others. Raises sheets.Unreadable."""
    places: dict[str, int] = {}
    found: list[tuple[int, NewPrice]] = []
    faults: list[Fault] = []
    for number, cells in enumerate(sheets.rows(content), 1):
        if not any(cell.strip() for cell in cells):
            continue
        if not places:
            places = _places(cells)
            continue
        if len(found) + len(faults) >= MOST:
            raise sheets.Unreadable(_("Bảng cước có quá %(most)d dòng.") % {"most": MOST})
        values = {name: clean(cells[place]) if place < len(cells) else "" for name, place in places.items()}
        price = _price(values)
        if isinstance(price, str):
            faults.append(Fault(number, price))
        elif known := _named_before(found, price):
            faults.append(Fault(number, _("Giá này đã có ở dòng %(row)d của tệp.") % {"row": known}))
        else:
            found.append((number, price))
    if not places:
        raise sheets.Unreadable(_("Tệp không có dòng nào."))
    return found, faults


def _named_before(found: list[tuple[int, NewPrice]], price: NewPrice) -> int:
    """The row that says what the same service costs from the same day; 0 if there is none."""
    key = (price.service, price.zone, price.direction, price.valid_from)
    return next((row for row, old in found if (old.service, old.zone, old.direction, old.valid_from) == key), 0)


def _places(cells: list[str]) -> dict[str, int]:
    titles = [fold(clean(cell)) for cell in cells]
    places = {name: titles.index(title) for name, known in NAMES.items() for title in known[::-1] if title in titles}
    if any(name not in places for name in NEEDED):
        raise sheets.Unreadable(_("Dòng đầu phải có các cột: %(titles)s.") % {"titles": ", ".join(HEADER)})
    return places


def _price(values: dict[str, str]) -> NewPrice | str:
    service, zone = _named(Service, values["service"]), _named(Zone, values["zone"])
    direction = _named(Direction, values.get("direction", "")) if values.get("direction") else ""
    amount, first = statements.amount(values["amount"]), _day(values["valid_from"])
    wrong = [title for title, value in ((HEADER[0], service), (HEADER[1], zone), (HEADER[2], direction), (HEADER[3], amount),
                                        (HEADER[4], first)) if value is None]
    if wrong:
        return _("Không đọc được: %(titles)s.") % {"titles": ", ".join(wrong)}
    return NewPrice(str(service), str(zone), int(amount or 0), first or date.min, str(direction), values.get("basis", "")[:255])


def _named(choices: Any, text: str) -> str | None:
    """A choice by its code or its name."""
    wanted = fold(text)
    return next((value for value, label in choices.choices if wanted in (value, fold(str(label)))), None)


def _day(text: str) -> date | None:
    """A day as text, or as the number a spreadsheet stores (days since 30/12/1899)."""
    if text.isdecimal() and 20_000 < int(text) < 80_000:
        return date.fromordinal(date(1899, 12, 30).toordinal() + int(text))
    return statements.day(text)
