"""Reading a request for more time: how far it is, its list page by page, why dossiers are left out, what a lift would do."""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from django.db.models import Count, Q, QuerySet

from dossiers import scopes
from dossiers.models import Dossier, Extension, ExtensionItem
from dossiers.scopes import Scope
from dossiers.services.extensions.assessors import Assessors
from dossiers.services.extensions.lifting import new_due
from dossiers.states import ExtensionState, ItemState
from onestop.people.words import fold
from onestop.transitions import Refused

PAGE = 25
MOST_REASONS = 20
MOST_CHOICES = 200


@dataclass(frozen=True)
class Progress:
    """The numbers of a request's items; `doing` says what a job is at work on: freeze, execute, lift, '' for nothing."""

    doing: str
    total: int
    waiting: int
    done: int
    excluded: int
    failed: int
    to_lift: int
    lifted: int

    @property
    def settled(self) -> int:
        """How far what is being done is."""
        return {"freeze": self.waiting + self.excluded, "lift": self.lifted}.get(self.doing, self.total - self.waiting)

    @property
    def goal(self) -> int:
        """Of how many."""
        return self.to_lift if self.doing == "lift" else self.total


def progress(asked: Extension) -> Progress:
    """One query."""
    counted = asked.items.order_by().aggregate(
        total=Count("pk"), to_lift=Count("pk", filter=Q(lift__isnull=False)), lifted=Count("pk", filter=Q(lifted_at__isnull=False)),
        **{state: Count("pk", filter=Q(state=state)) for state in ItemState.values})
    found = Progress(doing="", **counted)
    if asked.state == ExtensionState.ASSESSING:
        return replace(found, doing="freeze", total=max(int(asked.scope.get("expected", 0)), found.total))
    if asked.state == ExtensionState.APPROVED:
        return replace(found, doing="execute")
    return replace(found, doing="lift") if found.lifted < found.to_lift else found


@dataclass(frozen=True)
class Reason:
    """Why dossiers of the list are not done, and how many."""

    state: str
    sentence: str
    count: int


def reasons(asked: Extension) -> list[Reason]:
    """The commonest first. One query."""
    out = asked.items.filter(state__in=(ItemState.EXCLUDED, ItemState.FAILED)).order_by()
    grouped = out.values_list("state", "excluded_because").annotate(count=Count("pk")).order_by("-count", "excluded_because")
    return [Reason(*row) for row in grouped[:MOST_REASONS]]


@dataclass(frozen=True)
class Wanted:
    """What the list is narrowed by, and where its page begins: after or before a key."""

    state: str = ""
    q: str = ""
    reason: str = ""
    after: int = 0
    before: int = 0


@dataclass(frozen=True)
class Page:
    """A page of a list by key; 0: there is none in that direction."""

    rows: Sequence[Any]
    next: int
    previous: int


def page(asked: Extension, wanted: Wanted) -> Page:
    """One page of the list. One query."""
    return by_key(narrowed(asked.items.select_related("dossier__procedure"), wanted), wanted)


def narrowed(items: QuerySet[ExtensionItem], wanted: Wanted) -> QuerySet[ExtensionItem]:
    """By state, by the reason why it is left out, by code, reference or name."""
    if wanted.state in ItemState.values:
        items = items.filter(state=wanted.state)
    if wanted.reason:
        items = items.filter(excluded_because=wanted.reason)
    text = wanted.q.strip()[:80]
    if text:
        match = Q(dossier__code__icontains=text) | Q(dossier__reference=text.upper()) | Q(dossier__search_name__contains=fold(text))
        items = items.filter(match)
    return items


def by_key(items: QuerySet[ExtensionItem], wanted: Wanted) -> Page:
    """The page after or before a key."""
    if wanted.before:
        rows = list(items.filter(pk__lt=wanted.before).order_by("-pk")[:PAGE + 1])
        more, rows = len(rows) > PAGE, rows[:PAGE][::-1]
        return Page(rows, rows[-1].pk if rows else 0, rows[0].pk if rows and more else 0)
    rows = list(items.filter(pk__gt=wanted.after).order_by("pk")[:PAGE + 1])
    more, rows = len(rows) > PAGE, rows[:PAGE]
    return Page(rows, rows[-1].pk if more else 0, rows[0].pk if rows and wanted.after else 0)


# --- lifting --------------------------------------------------------------------------------------------------------

@dataclass(frozen=True)
class LiftRow:
    """One dossier of a suspension: its date now, and with the suspension ended early; `trouble` where it can't be computed."""

    item: ExtensionItem
    due_from: datetime | None
    due_to: datetime | None
    trouble: str = ""


def still_suspended(asked: Extension, scope: Scope) -> QuerySet[ExtensionItem]:
    """The items that a lift of this scope would end."""
    items = asked.items.filter(state=ItemState.DONE, lift__isnull=True)
    if scope == Scope():
        return items
    return items.filter(dossier__in=scopes.narrowed(Dossier.objects.all(), scope))


def lift_page(asked: Extension, scope: Scope, wanted: Wanted, day: date) -> Page:
    """One page of what a lift from `day` on would do. A fixed number of queries."""
    items = narrowed(still_suspended(asked, scope), Wanted(q=wanted.q))
    items = items.select_related("dossier__procedure", "dossier__version", "dossier__received_office")
    found = by_key(items.prefetch_related("dossier__clock", "dossier__version__channels"), wanted)
    assessors = Assessors(asked)
    return replace(found, rows=[_lift_row(assessors, item, day) for item in found.rows])


def _lift_row(assessors: Assessors, item: ExtensionItem, day: date) -> LiftRow:
    try:
        return LiftRow(item, item.dossier.due_at, new_due(assessors, item.dossier, day))
    except Refused as refusal:
        return LiftRow(item, item.dossier.due_at, None, str(refusal.sentence))


def choices_of(dossiers: QuerySet[Dossier]) -> tuple[list[tuple[str, str]], list[tuple[str, str]], list[tuple[str, str]]]:
    """(procedures, fields, areas) that occur among dossiers, for a form's choices, with how many; the commonest first. Two queries."""
    by_procedure = dossiers.order_by().values_list("procedure__code", "procedure__name", "procedure__field")
    rows = list(by_procedure.annotate(count=Count("pk")).order_by("-count", "procedure__code")[:MOST_CHOICES])
    by_area = dossiers.order_by().values_list("received_office__area__code", "received_office__area__name")
    areas = list(by_area.annotate(count=Count("pk")).order_by("-count", "received_office__area__code")[:MOST_CHOICES])
    fields = sorted({field for _code, _name, field, _count in rows if field})
    return ([(code, f"{name} ({count})") for code, name, _field, count in rows], [(field, field) for field in fields],
            [(code, f"{name} ({count})") for code, name, count in areas])
