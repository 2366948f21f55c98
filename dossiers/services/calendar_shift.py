"""A year's work calendar changes: which dossiers would move and by how much, and then each moved once, told once (rules.md 5.2)."""
from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Exists, F, OuterRef, QuerySet
from django.utils.translation import gettext as _

from dossiers import deadlines
from dossiers.models import CalendarShift, Dossier
from dossiers.services import ledger
from dossiers.services.records import claim, day_text, inform, write_event
from dossiers.states import OPEN, Kind, RunState
from onestop import clock, worktime
from onestop.catalogue.states import Unit
from onestop.jobs import enqueue_after_commit
from onestop.offices import calendars
from onestop.offices.models import WorkCalendar
from onestop.offices.states import CalendarState
from onestop.patience import patiently
from onestop.people.models import User
from onestop.people.states import Role
from onestop.transitions import Refused

log = logging.getLogger(__name__)
CHUNK = 200
CHUNKS_A_JOB = 25
SHOWN = 50
PREVIEW_MOST = 50_000  # dossiers looked at for one page
APPROVED_LATELY = timedelta(days=30)
Change = Callable[[worktime.Calendar], worktime.Calendar]


@dataclass(frozen=True)
class Row:
    """One dossier that would move."""

    dossier: Dossier
    was: datetime
    due: datetime

    @property
    def days(self) -> int:
        """Calendar days later (negative: earlier)."""
        return (clock.local(self.due).date() - clock.local(self.was).date()).days


@dataclass
class OfficeCount:
    """What a change does to one office's dossiers."""

    name: str
    later: int = 0
    earlier: int = 0
    furthest: int = 0  # days, of the dossier that moves furthest


@dataclass
class Preview:
    """What a draft would do."""

    looked: int = 0
    moved: int = 0
    overdue: int = 0  # whose new date would be past already: they keep the date that was told
    unknown: int = 0  # no calendar for the year their date would fall into
    complete: bool = True
    offices: dict[int, OfficeCount] = field(default_factory=dict)
    first: list[Row] = field(default_factory=list)

    def by_office(self) -> list[OfficeCount]:
        """The offices with the most dossiers first."""
        return sorted(self.offices.values(), key=lambda item: (-item.later - item.earlier, item.name))

    def add(self, row: Row, shown: bool) -> None:
        """Count one dossier that would move."""
        self.moved += 1
        self.overdue += row.due < clock.now() <= row.was
        count = self.offices.setdefault(row.dossier.received_office_id, OfficeCount(row.dossier.received_office.name))
        count.later, count.earlier = count.later + (row.days >= 0), count.earlier + (row.days < 0)
        count.furthest = max(count.furthest, row.days, key=abs)
        if shown and len(self.first) < SHOWN:
            self.first.append(row)


class Mover:
    """Computes due dates on changed calendars; dossiers with the same term and day of receipt and nothing in their ledger share one."""

    def __init__(self, change: Change) -> None:
        self.change = change
        self._calendars: dict[int, worktime.Calendar] = {}
        self._known: dict[tuple[object, ...], datetime | None] = {}

    def calendar(self, year: int) -> worktime.Calendar:
        """The changed calendar from a year on."""
        if year not in self._calendars:
            self._calendars[year] = self.change(ledger.calendar_from(date(year, 1, 1)))
        return self._calendars[year]

    def due(self, dossier: Dossier) -> datetime | None:
        """The due date. Raises worktime.CalendarMissing."""
        received = dossier.received_at
        if received is None:
            return None
        term, entries = ledger.term_of(dossier), ledger.entries_of(dossier)
        cal = self.calendar(clock.local(received).year)
        whole = term.unit != Unit.HOUR and term.amount is not None and term.amount >= 1 and term.amount == int(term.amount)
        if not whole or any(entry.kind != Kind.START for entry in entries):
            return deadlines.due_moment(deadlines.plan(term, received, cal), entries, cal)
        key = (term, clock.local(received).date(), deadlines.after_cutoff(term, received))
        if key not in self._known:
            self._known[key] = deadlines.due_moment(deadlines.plan(term, received, cal), entries, cal)
        return self._known[key]


def concerned(calendar: WorkCalendar) -> QuerySet[Dossier]:
    """Open dossiers between whose receipt and due date lies a day that this version changes; others can't move."""
    changed = calendars.changed_days(calendar)
    if not changed:
        return Dossier.objects.none()
    return Dossier.objects.filter(state__in=OPEN, received_at__lt=clock.at(changed[-1] + timedelta(days=1)),
                                  due_at__gte=clock.at(changed[0]))


def preview(draft: WorkCalendar, viewer: User) -> Preview:
    """What approving a draft would do, counted; the first SHOWN that the viewer may see. Reads only."""
    found, mover = Preview(), Mover(lambda cal: calendars.with_days_of(cal, draft))
    visible = set(viewer.provinces_as(Role.ADMINISTRATOR, Role.MONITOR))
    for dossier in _in_chunks(concerned(draft).select_related("version", "received_office").prefetch_related("clock", "version__channels")):
        if found.looked == PREVIEW_MOST:
            found.complete = False
            break
        found.looked += 1
        try:
            due = mover.due(dossier)
        except worktime.CalendarMissing:
            found.unknown += 1
            continue
        if due is not None and dossier.due_at is not None and due != dossier.due_at:
            found.add(Row(dossier, dossier.due_at, due), dossier.received_office.province_id in visible)
    return found


def _in_chunks(rows: QuerySet[Dossier], size: int = 1000) -> Iterator[Dossier]:
    """Rows by key, a chunk a query, so that memory stays the same however many there are."""
    after = 0
    while chunk := list(rows.filter(pk__gt=after).order_by("pk")[:size]):
        yield from chunk
        after = chunk[-1].pk


def start(*, calendar: WorkCalendar, actor: User | None) -> CalendarShift | None:
    """Begin to move dossiers by a version that was approved (`actor` None: whoever approved it); the run that is there already stays.

    None where nobody approved it.
    """
    actor = actor or calendar.approved_by
    if calendar.state != CalendarState.APPROVED or actor is None:
        return None
    with transaction.atomic():
        WorkCalendar.objects.select_for_update().get(pk=calendar.pk)
        shift: CalendarShift | None = CalendarShift.objects.filter(calendar=calendar).first()
        if shift is None:
            shift = CalendarShift.objects.create(calendar=calendar, started_by=actor)
            enqueue_after_commit("dossiers.shift_calendar", shift.pk)
    return shift


def run(pk: int) -> int:
    """Move a part of the dossiers, each in its own transaction; how many moved. Taken up by the next job, or the sweep, where it
    stopped: what was moved has its new date and is not moved again."""
    moved = 0
    for _chunk in range(CHUNKS_A_JOB):
        shift = CalendarShift.objects.select_related("calendar").filter(pk=pk, state=RunState.RUNNING).first()
        if shift is None:
            return moved
        keys = list(concerned(shift.calendar).filter(pk__gt=shift.reached).order_by("pk").values_list("pk", flat=True)[:CHUNK])
        if not keys:
            CalendarShift.objects.filter(pk=pk, state=RunState.RUNNING).update(state=RunState.DONE, finished_at=clock.now())
            return moved
        for key in keys:
            try:
                moved += move_one(shift, key)
            except Refused as refusal:
                log.warning("dossier %s keeps its date for now: %s", key, refusal.code)
                if refusal.code == "busy":
                    return moved
        CalendarShift.objects.filter(pk=pk, reached=shift.reached).update(reached=keys[-1], total=F("total") + len(keys))
    with transaction.atomic():
        enqueue_after_commit("dossiers.shift_calendar", pk)
    return moved


@patiently
def move_one(shift: CalendarShift, pk: int) -> bool:
    """Bring one dossier's date in line with the new version; whether it moved. The ledger stays as it is.

    What was late stays late, and nobody becomes late by a date that was never told: such a dossier keeps its date. Raises
    Refused('calendar_missing', 'busy').
    """
    with transaction.atomic():
        dossier = claim(Dossier(pk=pk))
        due_from, found = dossier.due_at, ledger.outcome(dossier) if dossier.state in OPEN else None
        if found is None or due_from is None or found.due_at is None or found.due_at < clock.now() <= due_from:
            return False
        if found.due_at != due_from:
            dossier.was_late = dossier.was_late or ledger.is_late(dossier, clock.now())
        ledger.recompute(dossier)
        if dossier.due_at == due_from:
            return False
        year, basis = shift.calendar.year, shift.calendar.basis
        reason = _("Lịch làm việc năm %(year)s thay đổi.") % {"year": year}
        event = write_event(dossier, "calendar", actor=None, via="worker", before=dossier.state, reason=reason, legal_basis=basis,
                            data={"calendar": shift.calendar_id, "from": due_from.isoformat(), "to": found.due_at.isoformat()})
        inform(dossier, event, "dossier_new_date", reason=reason, legal_basis=basis, was=lambda: day_text(due_from))
        CalendarShift.objects.filter(pk=shift.pk).update(moved=F("moved") + 1)
    return True


def sweep() -> int:
    """Begin what was approved elsewhere and take up what stopped; how many dossiers moved."""
    begun = CalendarShift.objects.filter(calendar=OuterRef("pk"))
    approved = WorkCalendar.objects.filter(~Exists(begun), state=CalendarState.APPROVED, approved_by__isnull=False,
                                           approved_at__gt=clock.now() - APPROVED_LATELY).select_related("approved_by")
    for calendar in approved:
        start(calendar=calendar, actor=None)
    return sum(run(pk) for pk in CalendarShift.objects.filter(state=RunState.RUNNING).order_by("pk").values_list("pk", flat=True))
