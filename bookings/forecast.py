"""PURE: how many dossiers and people a buổi will see, and why (letter Cà Mau 2: the portal warns before a crowd forms).

Expected = (booked + what is usually booked later still) × (1 − share of people who stay away) + results that wait to be collected
+ dossiers of the waiting list. Nothing here reads a row or a clock.
"""
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from math import floor
from typing import Any

from django.utils.translation import gettext as _

from onestop.people import shown

Buoi = tuple[date, str]  # a day and its part
FEWEST_PAST = 4  # past buổi from which a habit may be read
NEARLY = 1e-6  # sums of shares are whole numbers but for the last digits


@dataclass(frozen=True)
class Added:
    """Dossiers that were booked for a past buổi, and how many days before it."""

    day: date
    part: str
    ahead: int
    dossiers: int


@dataclass(frozen=True)
class History:
    """Past buổi of one office that were held, and when their dossiers were booked."""

    held: frozenset[Buoi] = frozenset()
    added: tuple[Added, ...] = ()


@dataclass(frozen=True)
class Signs:
    """All that is known of one buổi to come; dossiers unless it says people. `no_show` is a share from 0 to 1."""

    booked: int
    people: int
    capacity: int
    people_capacity: int
    to_come: float = 0.0
    learnt_from: int = 0
    no_show: float = 0.0
    collecting: float = 0.0
    waiting: float = 0.0


@dataclass(frozen=True)
class Forecast:
    """What to expect of a buổi, and whether that is more than the office takes."""

    dossiers: int
    people: int
    short_dossiers: int
    short_people: int
    crowded: bool


def similar(history: History, day: date, part: str) -> Collection[Buoi]:
    """The past buổi to learn from: those of the same weekday, else of the same part of any day; none where there are too few."""
    same_part = [held for held in history.held if held[1] == part]
    same_weekday = [held for held in same_part if held[0].weekday() == day.weekday()]
    found = same_weekday if len(same_weekday) >= FEWEST_PAST else same_part
    return frozenset(found) if len(found) >= FEWEST_PAST else frozenset()


def still_to_come(history: History, *, day: date, part: str, ahead: int) -> tuple[float, int]:
    """(dossiers usually booked in the last `ahead` days before a buổi, the number of past buổi this was learnt from).

    The pick-up is a mean of what was added, not a ratio: a buổi with one early booking does not promise twenty.
    """
    past = similar(history, day, part)
    if not past:
        return 0.0, 0
    total = sum(row.dossiers for row in history.added if row.ahead < ahead and (row.day, row.part) in past)
    return total / len(past), len(past)


def spread(amounts: Mapping[tuple[date, date], float], buoi: Sequence[Buoi]) -> dict[Buoi, float]:
    """Each amount shared evenly over the buổi from its first to its last day; what has no buổi in its time falls away."""
    shares: dict[Buoi, float] = {}
    for (first, last), amount in amounts.items():
        inside = [item for item in buoi if first <= item[0] <= last]
        for item in inside:
            shares[item] = shares.get(item, 0.0) + amount / len(inside)
    return shares


def forecast(signs: Signs, *, percent: int = 100) -> Forecast:
    """What to expect. A buổi is crowded above `percent` per cent of its declared dossiers or of the people its rooms hold."""
    come = (signs.booked + signs.to_come) * (1 - signs.no_show) + signs.collecting + signs.waiting
    dossiers = _rounded(come)
    each = max(signs.people / signs.booked, 1.0) if signs.booked else 1.0
    people = max(_rounded(come * each), dossiers)
    over = dossiers * 100 > signs.capacity * percent, people * 100 > signs.people_capacity * percent
    return Forecast(dossiers, people, max(dossiers - signs.capacity, 0), max(people - signs.people_capacity, 0), any(over))


def _rounded(amount: float) -> int:
    """To the nearest whole number, halves up: a tenth of a person is no crowd."""
    return floor(amount + 0.5 + NEARLY)


def explained(signs: Signs, *, percent: int = 100) -> list[str]:
    """The sum in sentences, in the order it is made."""
    found = forecast(signs, percent=percent)
    sentences = [_("Đã đặt và đang giữ chỗ: %(booked)s hồ sơ, %(people)s người.") % {"booked": signs.booked, "people": signs.people}]
    if signs.learnt_from:
        sentences.append(_("Theo %(count)s buổi tương tự đã qua, từ nay đến buổi này thường có thêm %(more)s hồ sơ.") % {
            "count": signs.learnt_from, "more": _tenths(signs.to_come)})
    else:
        sentences.append(_("Chưa đủ số liệu các buổi đã qua để ước tính số hồ sơ còn đặt thêm."))
    if signs.no_show:
        sentences.append(_("Thường có %(share)s%% người đã hẹn mà không đến.") % {"share": _tenths(signs.no_show * 100)})
    if signs.collecting:
        sentences.append(_("Kết quả chờ trả tại quầy mà chưa hẹn giờ: khoảng %(count)s người đến nhận.") % {
            "count": _tenths(signs.collecting)})
    if signs.waiting:
        sentences.append(_("Danh sách chờ chỗ: khoảng %(count)s hồ sơ muốn đến buổi này.") % {"count": _tenths(signs.waiting)})
    sentences.append(_("Cộng lại khoảng %(dossiers)s hồ sơ, %(people)s người; buổi này nhận %(capacity)s hồ sơ, %(room)s lượt người.") % {
        "dossiers": found.dossiers, "people": found.people, "capacity": signs.capacity, "room": signs.people_capacity})
    return sentences


def _tenths(amount: float) -> str:
    return shown.number(round(amount, 1))


def read_signs(figures: Mapping[str, Any]) -> Signs:
    """The signs that a warning was made of, as they were stored; what an older row lacks counts as nothing."""
    known = {name: figures[name] for name in Signs.__dataclass_fields__ if name in figures}
    return Signs(**{"booked": 0, "people": 0, "capacity": 0, "people_capacity": 0, **known})
