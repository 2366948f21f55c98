"""PURE: what the larger components of a page are given (templates/components/): plain rows with sensible defaults."""
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any


@dataclass(frozen=True)
class DayCell:
    """A day of a month's calendar. `state`: free, few, full, closed, past or none (outside of the month)."""

    day: date
    state: str = "none"
    note: Any = ""  # what stands under the number: '12 chỗ', 'Nghỉ'
    url: str = ""
    chosen: bool = False
    today: bool = False
    outside: bool = False


@dataclass(frozen=True)
class SlotCell:
    """A time of day that can be chosen. Without `url` it is a radio button named `slot` with `value`."""

    label: Any
    note: Any = ""
    value: str = ""
    url: str = ""
    free: bool = True
    chosen: bool = False


@dataclass(frozen=True)
class TimelineItem:
    """One thing that happened. `tone`: neutral, info, good, warn, bad; `current` marks where things stand."""

    at: datetime | date | None
    title: Any
    text: Any = ""
    who: Any = ""
    tone: str = "neutral"
    current: bool = False


@dataclass(frozen=True)
class Tab:
    """One of several views of the same page."""

    label: Any
    url: str
    current: bool = False
    count: int | None = None


@dataclass(frozen=True)
class Tile:
    """A door to a working page."""

    label: Any
    url: str
    icon: str = "arrow"
    text: Any = ""
    count: int | None = None


def weeks(cells: Sequence[DayCell]) -> list[list[DayCell]]:
    """Rows of seven, Monday first; the first and last row are filled up with days outside of the month."""
    if not cells:
        return []
    days = {cell.day: cell for cell in cells}
    start = cells[0].day.toordinal() - cells[0].day.weekday()
    end = cells[-1].day.toordinal() + 6 - cells[-1].day.weekday()
    row = [_cell(days, date.fromordinal(number)) for number in range(start, end + 1)]
    return [row[index:index + 7] for index in range(0, len(row), 7)]


def _cell(days: dict[date, DayCell], day: date) -> DayCell:
    return days.get(day) or DayCell(day, outside=True)
