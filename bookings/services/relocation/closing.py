"""What a run closes: closures of whole days, and the places of days that are closed in part. Inside the run's transaction."""
from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.db.models import Q, QuerySet

from bookings import relocations
from bookings.models import Relocation, RelocationEvent, Session, SessionEvent, Slot
from bookings.relocations import Scope
from bookings.states import OpenState, RelocationKind, RelocationState
from onestop import clock
from onestop.offices.models import Closure, Office
from onestop.offices.services import close_office
from onestop.people.models import User

STARTED = frozenset({RelocationState.RUNNING, RelocationState.DONE})


@dataclass
class Closed:
    """What was closed by a run, so that exactly this is opened again with it."""

    closures: list[Closure] = field(default_factory=list)
    sessions: list[int] = field(default_factory=list)
    slots: list[int] = field(default_factory=list)


def close(*, run: Relocation, scope: Scope, actor: User) -> Closed:
    """Close what the run names.

    Days that are closed as a whole get a closure. All places of the period are closed as well, in the same transaction that
    freezes the people: a booking under way either is seen or is refused. Where urgent procedures are served (Vĩnh Phúc 2)
    places stay open for those, and the closure keeps the others away.
    """
    first, last = relocations.span(run)
    urgent = set(relocations.urgent_days(scope, first, last))
    closed = Closed()
    for office, starts_on, ends_on in _whole_days(scope, urgent):
        closed.closures.append(close_office(
            actor=actor, office=office, room=run.room, starts_on=starts_on, ends_on=ends_on, reason=run.reason,
            legal_basis=run.directive.number if run.directive else ""))
    slots = Slot.objects.filter(scope.slots(), starts_at__gt=clock.now()).exclude(_served(urgent, "session__"))
    closed_by_others = slots.filter(pk__in=closed_slots(others(run))).values_list("pk", flat=True)
    if run.kind == RelocationKind.ROOM:
        closed.slots = [*closed_by_others, *_close_slots(slots)]
        return closed
    inside = Q(office__in=scope.office_ids, starts_at__gte=run.from_at)
    if run.until_at is not None:
        inside &= Q(ends_at__lte=run.until_at)
    sessions = Session.objects.filter(inside).exclude(_served(urgent))
    closed.sessions = list(sessions.filter(relocations__in=others(run)).distinct().values_list("pk", flat=True))
    closed.slots = [*closed_by_others, *_close_slots(slots.exclude(session__in=sessions))]
    closed.sessions += _close_sessions(sessions, run, actor)
    return closed


def others(run: Relocation) -> QuerySet[Relocation]:
    """Runs that keep places of the province closed: what they closed stays closed for them, whoever opens first."""
    keeping = Relocation.objects.filter(state__in=STARTED, reopened_at__isnull=True, province=run.province_id)
    return keeping.exclude(pk=run.pk).exclude(kind=RelocationKind.LIMITS)


def closed_slots(runs: Iterable[Relocation]) -> set[int]:
    """The single places that these runs closed."""
    found = RelocationEvent.objects.filter(subject__in=runs, verb="start").values_list("data", flat=True)
    return {pk for data in found for pk in data.get("slots", [])}


def _served(days: Iterable[tuple[int, date]], prefix: str = "") -> Q:
    """Offices and days on which urgent procedures are served; by office, so that the statement stays short."""
    by_office: dict[int, list[date]] = {}
    for office_id, day in days:
        by_office.setdefault(office_id, []).append(day)
    condition = Q(pk__in=[])
    for office_id, those in by_office.items():
        condition |= Q(**{f"{prefix}office": office_id, f"{prefix}date__in": those})
    return condition


def _close_slots(slots: QuerySet[Slot]) -> list[int]:
    still = slots.filter(state=OpenState.OPEN).order_by("pk")
    found = list(still.select_for_update(of=("self",), no_key=True).values_list("pk", flat=True))
    Slot.objects.filter(pk__in=found).update(state=OpenState.CLOSED)
    return found


def _close_sessions(sessions: QuerySet[Session], run: Relocation, actor: User) -> list[int]:
    found = list(sessions.filter(state=OpenState.OPEN).select_for_update(no_key=True).order_by("pk").values_list("pk", flat=True))
    Session.objects.filter(pk__in=found).update(state=OpenState.CLOSED)
    note(found, run, actor, OpenState.OPEN, OpenState.CLOSED)
    return found


def note(sessions: Iterable[int], run: Relocation, actor: User | None, before: str, after: str) -> None:
    """The history of each session says which run closed or opened it."""
    SessionEvent.objects.bulk_create([
        SessionEvent(subject_id=pk, actor=actor, verb="set_state", from_state=before, to_state=after, reason=run.reason,
                     data={"relocation": run.pk}) for pk in sessions], batch_size=500)


# --- days -----------------------------------------------------------------------------------------------------------

def _whole_days(scope: Scope, urgent: set[tuple[int, date]]) -> list[tuple[Office, date, date | None]]:
    """(office, first, last) of the days closed as a whole; an office whose days are all closed in part is left out.

    The first day counts as a whole where nobody can come before the moment of closing any more, the last where nobody comes
    after it. A day on which urgent procedures are served is always a whole one: only a closure tells them from the others.
    """
    run = scope.run
    begins = clock.local(run.from_at).date()
    before = _with_places(scope, clock.at(begins), run.from_at)
    until = None if run.until_at is None else clock.local(run.until_at - timedelta(microseconds=1)).date()
    after = set() if until is None or run.until_at is None else _with_places(scope, run.until_at, clock.at(until) + timedelta(days=1))
    answer = []
    for office in scope.offices:
        first = begins if office.pk not in before or (office.pk, begins) in urgent else begins + timedelta(days=1)
        last = until if until is None or office.pk not in after or (office.pk, until) in urgent else until - timedelta(days=1)
        if last is None or first <= last:
            answer.append((office, first, last))
    return answer


def _with_places(scope: Scope, start: datetime, end: datetime) -> set[int]:
    """Offices (with the room, if one is closed) that have a place still to come between two moments."""
    rows = Slot.objects.filter(session__office__in=scope.office_ids, starts_at__gte=max(start, clock.now()), starts_at__lt=end)
    if scope.run.room_id is not None:
        rows = rows.filter(room=scope.run.room_id)
    return set(rows.order_by().values_list("session__office_id", flat=True).distinct())
