"""Long lists: as PDF in parts of a few hundred rows, as XLSX row by row; neither keeps the rows in memory."""
from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import IO, Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font
from pypdf import PdfReader, PdfWriter

from dossiers.printing.render import compiled

PART = 300  # rows compiled at a time
MILLIMETRES_A_CHARACTER = 0.55  # of a spreadsheet's column


@dataclass(frozen=True)
class Column:
    """A column: what it is called, its width in millimetres (0: shares what is left, -2: twice that share), whether it is centred."""

    label: str
    width: float = 0
    centre: bool = False


@dataclass(frozen=True)
class Sheet:
    """What stands around the rows. `signatures`: titles of who signs under the last row."""

    title: str
    agency: str
    office: str
    place_date: str
    columns: Sequence[Column]
    subtitles: Sequence[str] = ()
    closing: Sequence[str] = ()
    signatures: Sequence[str] = ()
    form_mark: str = ""
    running: str = ""

    def facts(self) -> dict[str, Any]:
        """As the template reads it."""
        columns = [{"label": column.label, "width": column.width, "centre": column.centre} for column in self.columns]
        return {"title": self.title, "agency": self.agency, "office": self.office, "place_date": self.place_date, "columns": columns,
                "subtitles": list(self.subtitles), "closing": list(self.closing), "signatures": list(self.signatures),
                "form_mark": self.form_mark, "running": self.running or self.title}


@dataclass
class _Pages:
    """The file as it grows."""

    writer: PdfWriter = field(default_factory=PdfWriter)
    count: int = 0

    def add(self, pdf: bytes) -> None:
        reader = PdfReader(io.BytesIO(pdf))
        self.count += len(reader.pages)
        self.writer.append(reader, import_outline=False)


def write_pdf(sheet: Sheet, rows: Iterable[Sequence[Any]], out: IO[bytes], *, issued_at: datetime) -> int:
    """Write a list as one PDF; how many rows. PART rows are compiled at a time, pages are numbered through."""
    pages, total, common = _Pages(), 0, sheet.facts()
    for part, is_last in parts(rows, PART):
        cells = [[str(value) for value in row] for row in part]
        facts = {**common, "rows": cells, "first": pages.count == 0, "last": is_last, "first_page": pages.count + 1}
        pages.add(compiled("table.typ", facts, issued_at=issued_at, tags=False))
        total += len(part)
    pages.writer.add_metadata({"/Title": sheet.title, "/Author": sheet.office})
    pages.writer.write(out)
    return total


def parts(rows: Iterable[Any], size: int) -> Iterator[tuple[list[Any], bool]]:
    """(rows, whether they are the last): lists of at most `size`; one empty list where there is nothing."""
    left = iter(rows)
    part = list(islice(left, size))
    while True:
        following = list(islice(left, size))
        yield part, not following
        if not following:
            return
        part = following


def write_xlsx(sheet: Sheet, rows: Iterable[Sequence[Any]], out: IO[bytes]) -> int:
    """Write a list as XLSX, row by row; how many rows. A text that begins like a formula stays a text."""
    book = Workbook(write_only=True)
    page = book.create_sheet(title="Danh sách")
    page.freeze_panes = f"A{len(sheet.subtitles) + 4}"
    for number, column in enumerate(sheet.columns, 1):
        page.column_dimensions[_letter(number)].width = max(8.0, (column.width if column.width > 0 else 60) * MILLIMETRES_A_CHARACTER)
    bold = Font(bold=True)
    page.append([_cell(page, sheet.office, font=bold)])
    page.append([_cell(page, sheet.title, font=bold)])
    for line in sheet.subtitles:
        page.append([_cell(page, line)])
    page.append([_cell(page, column.label, font=bold) for column in sheet.columns])
    total = 0
    for row in rows:
        page.append([_cell(page, value) for value in row])
        total += 1
    book.save(out)
    return total


def _cell(page: Any, value: Any, *, font: Font | None = None) -> WriteOnlyCell:
    cell = WriteOnlyCell(page, value=value)
    if isinstance(value, str):
        cell.data_type = "s"
        cell.alignment = Alignment(wrap_text=True, vertical="top")
    if font is not None:
        cell.font = font
    return cell


def _letter(number: int) -> str:
    """1 → 'A'; lists have fewer than 27 columns."""
    return chr(ord("A") + number - 1)
