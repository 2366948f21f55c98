"""Lists of dossiers, a page at a time by keyset: where the next page begins is told by the last row, so page 1,000 costs what the
first costs, and what arrives meanwhile moves nothing.

Whose list it is decides how it is read. A member of staff sees the dossiers that the own offices received, decide or helped with,
and each of these is a range of one index (models.records.LISTED_BY): the first rows of each are put together. A query that asked for
all of them at once would read and sort every open dossier of the office.
"""
from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.core import signing
from django.db import connection
from django.db.models import Q, QuerySet

from dossiers.models import Dossier

PAGE = 25
Shape = Callable[[QuerySet[Dossier]], QuerySet[Dossier]]
SALT = "dossiers.listing"


@dataclass(frozen=True)
class Order:
    """What rows are ordered by: a column and then the key, or the key alone; `down`: the last first."""

    column: str = ""
    moment: bool = False
    down: bool = False

    def keys(self, *, back: bool) -> list[str]:
        """For order_by(); going back, the other way round."""
        sign = "-" if self.down != back else ""
        return [f"{sign}{name}" for name in (self.column, "pk") if name]

    def ends(self, row: Dossier) -> list[Any]:
        """Where a row stands, as a cursor keeps it."""
        value = getattr(row, self.column) if self.column else None
        return [value.isoformat() if value is not None and self.moment else value, row.pk]

    def value(self, told: Any) -> Any:
        """A column's value from a cursor. Raises ValueError."""
        return datetime.fromisoformat(told) if self.moment else told

    def beyond(self, cursor: Cursor | None) -> Q:
        """The rows after (going back: before) a cursor, in a form that an index on the columns answers by its range."""
        if cursor is None:
            return Q()
        value, key = cursor.ends
        side = "lt" if self.down != cursor.back else "gt"
        further = Q(**{f"pk__{side}": key})
        if not self.column:
            return further
        return Q(**{f"{self.column}__{side}e": value}) & (Q(**{f"{self.column}__{side}": value}) | further)


BY_DEADLINE, BY_NAME, NEWEST_FIRST = Order("sort_at", moment=True), Order("search_name"), Order(down=True)


@dataclass(frozen=True)
class Page:
    """Rows and the cursors of the pages beside it ('' where there is none)."""

    rows: list[Dossier] = field(default_factory=list)
    next: str = ""
    previous: str = ""


@dataclass(frozen=True)
class Cursor:
    """Where a page begins: after (or, going back, before) these ends."""

    back: bool
    ends: tuple[Any, int]


def write_cursor(order: Order, row: Dossier, *, back: bool) -> str:
    """A cursor as text; signed, so that what comes back is one of ours."""
    return signing.dumps([order.column, back, *order.ends(row)], salt=SALT)


def read_cursor(text: str, order: Order) -> Cursor | None:
    """The cursor in a text; None for '' and for anything that isn't one of this order, which begins at the first page."""
    try:
        column, back, value, key = signing.loads(text, salt=SALT) if text else (None, False, None, 0)
        return Cursor(bool(back), (order.value(value), int(key))) if column == order.column else None
    except (signing.BadSignature, ValueError, TypeError):
        return None


def read(branches: Sequence[Q], where: Q, order: Order, cursor: str, *, shape: Shape, size: int = PAGE) -> Page:
    """One page of the dossiers that are in any of `branches` and meet `where`. One query (and one for each prefetch of `shape`).

    A branch is a range of one index; a dossier that is in several is shown once. `shape` adds what the page shows.
    """
    at = read_cursor(cursor, order)
    back = at is not None and at.back
    keys = order.keys(back=back)
    chosen = _first(branches, where & order.beyond(at), keys, size + 1)
    found = list(shape(chosen).order_by(*keys)[:size + 1])
    more, rows = len(found) > size, found[:size]
    if back:
        rows.reverse()
    has_next, has_previous = (True, more) if back else (more, at is not None)
    return Page(rows, write_cursor(order, rows[-1], back=False) if rows and has_next else "",
                write_cursor(order, rows[0], back=True) if rows and has_previous else "")


def _first(branches: Sequence[Q], where: Q, keys: Sequence[str], most: int) -> QuerySet[Dossier]:
    """Dossiers that surely hold the first `most` of all branches together."""
    if not branches:
        return Dossier.objects.none()
    if len(branches) == 1:
        return Dossier.objects.filter(branches[0] & where)
    return Dossier.objects.filter(together([Dossier.objects.filter(branch & where).order_by(*keys)[:most] for branch in branches]))


def together(parts: Sequence[QuerySet[Dossier]]) -> Q:
    """What is in any of several limited lists. PostgreSQL reads each list by its own index and puts the keys together; SQLite can't
    put limited lists together and looks into one after the other."""
    keys = [part.values("pk") for part in parts]
    if connection.features.supports_slicing_ordering_in_compound and len(keys) > 1:
        return Q(pk__in=keys[0].union(*keys[1:]))
    found = Q()
    for part in keys:
        found |= Q(pk__in=part)
    return found
