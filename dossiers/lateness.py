"""Before, on or after the due date, and what is counted apart (rules.md 5.4): each figure is one of the expressions below."""
from __future__ import annotations

from typing import Any

from django.db.models import Count, DateTimeField, F, OuterRef, Q, QuerySet, Subquery

from dossiers import deadlines
from dossiers.models import ClockEntry, Dossier
from dossiers.services import ledger
from dossiers.states import CLOCK_STOPPED, RUNNING, Kind, State
from onestop import clock

BEFORE, ON, AFTER = "before", "on", "after"
UNRATED = (State.REFUSED, State.WITHDRAWN)  # never on time, never late
SOLVED = (State.DECIDED, State.RETURNED)
KEYS = (BEFORE, ON, AFTER, "late_with_apology", "late_without", "extended", "suspended", "running", "running_late", "stopped",
        "stopped_late", "total")


def category(dossier: Dossier) -> str:
    """'before', 'on' or 'after' the due date: of the result, of the moment the clock stopped, else of now; '' without a date.

    What waits for the citizen does not grow late; what was late before its date was moved stays 'after' (rules.md 5.4).
    """
    if dossier.due_at is None or dossier.state in UNRATED:
        return ""
    moment = dossier.decided_at or clock.now()
    if dossier.state in CLOCK_STOPPED:
        _closed, running = deadlines.stops(ledger.entries_of(dossier))
        moment = running.effective_at if running else moment
    if dossier.was_late or moment > dossier.due_at:
        return AFTER
    return ON if clock.local(moment).date() == clock.local(dossier.due_at).date() else BEFORE


def judged(dossiers: QuerySet[Dossier]) -> QuerySet[Dossier]:
    """With `stopped_at`: when the clock of a dossier was stopped last."""
    last = ClockEntry.objects.filter(dossier=OuterRef("pk"), kind=Kind.STOP).order_by("-pk")
    return dossiers.annotate(stopped_at=Subquery(last.values("effective_at")[:1], output_field=DateTimeField()))


def measures(prefix: str = "") -> dict[str, Any]:
    """The figures as aggregates over `judged` dossiers, by their key in KEYS. `prefix` is put before each name."""
    solved, running, stopped = Q(state__in=SOLVED), Q(state__in=RUNNING), Q(state__in=CLOCK_STOPPED)
    late = {"solved": Q(was_late=True) | Q(decided_at__gt=F("due_at")), "running": Q(was_late=True) | Q(due_at__lt=clock.now()),
            "stopped": Q(was_late=True) | Q(due_at__lt=F("stopped_at"))}
    ran_late = Q(due_at__isnull=False) & (solved & late["solved"] | running & late["running"] | stopped & late["stopped"])
    same_day = Q(decided_at__date=F("due_at__date"))
    in_time = solved & Q(was_late=False, decided_at__lte=F("due_at"))
    conditions = {
        BEFORE: in_time & ~same_day | solved & Q(due_at__isnull=True), ON: in_time & same_day,
        AFTER: Q(due_at__isnull=False) & solved & late["solved"], "late_with_apology": ran_late & Q(apologised=True),
        "late_without": ran_late & Q(apologised=False), "extended": Q(extended=True), "suspended": Q(suspended=True),
        "running": running & (Q(due_at__isnull=True) | ~late["running"]),
        "running_late": Q(due_at__isnull=False) & running & late["running"],
        "stopped": stopped & (Q(due_at__isnull=True) | ~late["stopped"]),
        "stopped_late": Q(due_at__isnull=False) & stopped & late["stopped"], "total": ~Q(state__in=UNRATED),
    }
    return {prefix + name: Count("pk", filter=condition & ~Q(state__in=UNRATED)) for name, condition in conditions.items()}


def counts(dossiers: QuerySet[Dossier]) -> dict[str, int]:
    """How many were solved before, on and after the due date, are late with and without apology, were extended by decision or
    suspended by force majeure, run in time and late, stand still in time and late. One query.

    A late dossier is counted late whatever was entered afterwards; refused and withdrawn ones are not counted.
    """
    found: dict[str, int] = judged(dossiers).order_by().aggregate(**measures())
    return found


def by_procedure(dossiers: QuerySet[Dossier], prefix: str) -> Any:
    """The figures of each procedure, the one with the most dossiers first; those of which nothing is counted are left out."""
    grouped = judged(dossiers).values("procedure__code", "procedure__name").annotate(**measures(prefix))
    return grouped.filter(**{f"{prefix}total__gt": 0}).order_by(f"-{prefix}total", "procedure__code")
