"""The clock ledger of a dossier, and the one function that brings the stored due dates in line with it."""
from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.utils.translation import gettext_lazy as _

from dossiers import deadlines
from dossiers.models import ClockEntry, Dossier, Extension
from dossiers.states import CLOCK_STOPPED, Cause, Kind, RulePack
from onestop import clock, worktime
from onestop.catalogue.models import ChannelTerm, ProcedureVersion
from onestop.catalogue.states import Channel
from onestop.offices import calendars
from onestop.people.models import User
from onestop.transitions import Refused

YEARS_AHEAD = 2
DECREES = {RulePack.VN_2018.value: "Nghị định 61/2018/NĐ-CP", RulePack.VN_2025.value: "Nghị định 118/2025/NĐ-CP"}  # as records name them


def calendar_from(day: date) -> worktime.Calendar:
    """The work calendar from the beginning of a day's year on, as far as calendars are known. Raises Refused('calendar_missing')."""
    try:
        return calendars.work_calendar(date(day.year, 1, 1), date(day.year + YEARS_AHEAD, 12, 31))
    except worktime.CalendarMissing as missing:
        raise calendar_missing(missing.day) from missing


def calendar_missing(day: date) -> Refused:
    """Said where a date would fall into a year without a work calendar."""
    return Refused("calendar_missing", _("Chưa có lịch làm việc năm %(year)s nên chưa tính được ngày hẹn trả. Vui lòng báo "
                                         "quản trị hệ thống phê duyệt lịch.") % {"year": day.year})


def channel_term(version: ProcedureVersion, channel: str) -> ChannelTerm | None:
    """The channel's term; a channel opened by a letter takes the counter's, else whichever there is (Khánh Hòa 1)."""
    terms = {term.channel: term for term in version.channels.all()}
    return terms.get(channel) or terms.get(Channel.IN_PERSON) or next(iter(terms.values()), None)


def term_of(dossier: Dossier) -> deadlines.Term:
    """The term a dossier was received under: of its version and channel, not of today's catalogue (rules.md 2)."""
    found = channel_term(dossier.version, dossier.channel)
    if found is None:
        return deadlines.Term(None, "")
    return deadlines.Term(found.amount, found.unit, dossier.version.cutoff_time)


def as_entry(row: ClockEntry) -> deadlines.Entry:
    """A ledger row as the pure rules see it."""
    return deadlines.Entry(kind=row.kind, cause=row.cause, effective_at=row.effective_at, effective_until=row.effective_until,
                           at=row.at, key=row.pk or 0, lifts=row.lifts_id, legal_basis=row.legal_basis)


def entries_of(dossier: Dossier) -> list[deadlines.Entry]:
    """The ledger in the order it was entered; read anew unless it was prefetched."""
    return [as_entry(row) for row in sorted(dossier.clock.all(), key=lambda row: row.pk)]


def outcome(dossier: Dossier, *, extra: Sequence[deadlines.Entry] = (), cal: worktime.Calendar | None = None,
            as_of: datetime | None = None) -> deadlines.Outcome | None:
    """The due date by the ledger (and `extra` entries that are only thought of); None before acceptance.

    Raises Refused('calendar_missing').
    """
    if dossier.received_at is None:
        return None
    cal = cal or calendar_from(clock.local(dossier.received_at).date())
    try:
        return deadlines.due(term_of(dossier), dossier.received_at, [*entries_of(dossier), *extra], cal, as_of=as_of)
    except worktime.CalendarMissing as missing:
        raise calendar_missing(missing.day) from missing


def dates(dossier: Dossier, *, extra: Sequence[deadlines.Entry], cal: worktime.Calendar,
          known: dict[Any, datetime]) -> tuple[datetime | None, datetime | None]:
    """(due, original due) with `extra` entries: outcome() for many dossiers, see deadlines.dates. Raises Refused('calendar_missing')."""
    if dossier.received_at is None:
        return None, None
    try:
        return deadlines.dates(term_of(dossier), dossier.received_at, [*entries_of(dossier), *extra], cal, known)
    except worktime.CalendarMissing as missing:
        raise calendar_missing(missing.day) from missing


def add(dossier: Dossier, *, kind: Kind, cause: str, effective_at: datetime, effective_until: datetime | None = None,
        lifts: ClockEntry | None = None, legal_basis: str = "", citizen_text: str = "", decided_by: User | None = None,
        executed_by: User | None = None, extension: Extension | None = None, after_due: bool = False) -> ClockEntry:
    """One new row of the ledger, inside the caller's transaction; call recompute() after the last one. Without a basis of its own a row
    rests on the decree in force when the dossier was received."""
    return ClockEntry.objects.create(
        dossier=dossier, kind=kind, cause=cause, effective_at=effective_at, effective_until=effective_until, lifts=lifts,
        legal_basis=(legal_basis or DECREES[dossier.rule_pack])[:255], citizen_text=citizen_text, decided_by=decided_by,
        executed_by=executed_by, extension=extension, after_due=after_due)


def recompute(dossier: Dossier) -> deadlines.Outcome:
    """Bring the stored dates in line with the ledger; the original date is written once and never again."""
    rows = list(dossier.clock.all())
    found = outcome(dossier)
    if found is None or dossier.received_at is None:
        raise ValueError("a dossier without acceptance has no clock")
    last = found.due_at or dossier.received_at
    versions = calendars.versions(clock.local(dossier.received_at).date(), clock.local(last).date())
    apply_dates(dossier, found.due_at, found.original_due_at, rows, versions)
    dossier.save(update_fields=COMPUTED)
    return found


# What the ledger decides about a dossier; nothing else writes these.
COMPUTED = ["due_at", "original_due_at", "calendar_versions", "was_late", "apologised", "extended", "suspended"]


def apply_dates(dossier: Dossier, due_at: datetime | None, original: datetime | None, rows: Sequence[ClockEntry],
                versions: dict[str, int]) -> None:
    """Set the fields of COMPUTED, not saved. Of the counts of rules.md 5.4: late before it was moved, apologised, extended, suspended."""
    dossier.due_at = due_at
    if dossier.original_due_at is None:
        dossier.original_due_at = original
    dossier.calendar_versions = versions
    dossier.was_late = dossier.was_late or any(row.after_due for row in rows)
    dossier.apologised = any(row.kind == Kind.EXTEND and row.cause == Cause.APOLOGY for row in rows)
    dossier.extended = any(row.kind == Kind.EXTEND and row.cause != Cause.APOLOGY for row in rows)
    dossier.suspended = any(row.kind == Kind.SUSPEND for row in rows)


def is_late(dossier: Dossier, moment: datetime) -> bool:
    """Whether the due moment had passed at `moment`, or when the clock stopped before it: waiting for the citizen is not late."""
    if dossier.due_at is None or dossier.due_at >= moment:
        return False
    _closed, running = deadlines.stops(entries_of(dossier)) if dossier.state in CLOCK_STOPPED else ([], None)
    return running is None or dossier.due_at < running.effective_at


def whole_days(first: date, last: date) -> tuple[datetime, datetime]:
    """A suspension's moments: from the beginning of its first day to the end of its last ('đến hết ngày')."""
    return clock.at(first), clock.at(last + timedelta(days=1)) - timedelta(seconds=1)


def acceptance_limit(submitted_at: datetime, hours: int) -> datetime:
    """By when a submission must be accepted or answered: `hours` working hours after its receipt; sent out of hours, from
    the next beginning of work (rules.md 5.1). Raises Refused('calendar_missing')."""
    cal = calendar_from(clock.local(submitted_at).date())
    try:
        received = deadlines.receipt_moment(cal, submitted_at, online=True)
        return worktime.add_working_minutes(cal, received, hours * 60)
    except worktime.CalendarMissing as missing:
        raise calendar_missing(missing.day) from missing


def receipt(moment: datetime, *, online: bool) -> datetime:
    """The legal moment of receipt. Raises Refused('calendar_missing')."""
    try:
        return deadlines.receipt_moment(calendar_from(clock.local(moment).date()), moment, online=online)
    except worktime.CalendarMissing as missing:
        raise calendar_missing(missing.day) from missing


def suspension(pk: int) -> ClockEntry:
    """A suspension's row with its dossier and request."""
    found: ClockEntry = ClockEntry.objects.select_related("dossier", "extension").get(pk=pk, kind=Kind.SUSPEND)
    return found
