"""PURE: the gateway's or the bank's file of a day (CSV), line by line, whatever its columns are called."""
from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass

from onestop.people.words import fold

MOST_LINES = 5000
NUMBER = re.compile(r"(?=(TT[2-9A-HJKMNP-Z]{8}))")
REFERENCE = ("vnp_txnref", "ma tham chieu", "ma giao dich", "so tham chieu", "reference", "txnref", "so chung tu", "ma gd")
AMOUNT = ("vnp_amount", "so tien ghi co", "ghi co", "credit", "phat sinh co", "so tien", "amount")
TEXT = ("noi dung giao dich", "noi dung", "dien giai", "mo ta", "description", "remark")
_WHOLE = re.compile(r"[0-9]{1,15}")
_GROUPED = re.compile(r"[0-9]{1,3}(?:([.,])[0-9]{3})(?:\1[0-9]{3}){0,3}(?:[.,]00?)?")


@dataclass(frozen=True)
class Line:
    """A line: their reference, what in its text may be our number, đồng (None: unreadable)."""

    reference: str
    numbers: tuple[str, ...]
    amount: int | None
    text: str


class Unreadable(ValueError):
    """Not a CSV file with the columns that are needed."""


def lines(content: bytes) -> list[Line]:
    """The lines that bring money. Raises Unreadable."""
    try:
        text = content.decode("utf-8-sig")
        dialect = csv.Sniffer().sniff(text[:4000], delimiters=",;\t|")
    except (UnicodeDecodeError, csv.Error) as error:
        raise Unreadable(str(error)) from error
    try:
        found = list(_read(csv.reader(io.StringIO(text), dialect)))
    except csv.Error as error:
        raise Unreadable(str(error)) from error
    if len(found) > MOST_LINES:
        raise Unreadable(f"more than {MOST_LINES} lines")
    return found


def _read(rows: Iterator[list[str]]) -> Iterator[Line]:
    columns: dict[str, int] = {}
    hundredths = False
    for row in rows:
        if not columns:
            columns, hundredths = _columns(row)
            continue
        cells = {name: row[index].strip() if index < len(row) else "" for name, index in columns.items()}
        if not any(cells.values()) or not cells.get("amount"):
            continue  # an empty line, or money that left the account
        yield _line(cells, hundredths)
    if not columns:
        raise Unreadable("no column for the amount beside a reference or a text")


def _columns(row: list[str]) -> tuple[dict[str, int], bool]:
    """Where what stands, if this is the line of titles; banks put words above it."""
    titles = [fold(cell).strip() for cell in row]
    found = {}
    for name, known in (("reference", REFERENCE), ("amount", AMOUNT), ("text", TEXT)):
        place = next((titles.index(title) for title in known if title in titles), None)
        if place is not None:
            found[name] = place
    if "amount" not in found or len(found) < 2:
        return {}, False
    return found, titles[found["amount"]] == "vnp_amount"


def _line(cells: dict[str, str], hundredths: bool) -> Line:
    amount, text = amount_of(cells["amount"]), cells.get("text", "")
    if amount is not None and hundredths:
        amount = amount // 100 if amount % 100 == 0 else None
    seen = NUMBER.findall(re.sub(r"[^A-Z0-9]", "", text.upper()))
    return Line(cells.get("reference", "")[:40], tuple(seen), amount, text[:200])


def amount_of(text: str) -> int | None:
    """'50.000', '50,000', '50000,00', '+50.000 đ' as đồng; None for what is no whole amount."""
    bare = re.sub(r"(?i)\s|vnd|vnđ|đ|\+", "", text)
    if _WHOLE.fullmatch(bare):
        return int(bare)
    if _GROUPED.fullmatch(bare):
        return int(re.sub(r"[.,]", "", re.sub(r"[.,]00?$", "", bare)))
    if re.fullmatch(r"[0-9]{1,15}[.,]00?", bare):
        return int(re.split(r"[.,]", bare)[0])
    return None
