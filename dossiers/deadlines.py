"""PURE: the due date as a function of the term, the calendar and the clock ledger (rules.md 5).

How a term is counted:
- days: the first day is not counted; the term ends with the work of its last day (Civil Code 2015, articles 147, 148);
- a calendar day is 24 hours (article 146); a term that ends on a day off ends on the next working day; months end on the
  same day of the month, or on its last day;
- hours run in working hours from the exact moment;
- half a day is half of a working day's hours (4 of 8): below one day from the exact moment, above it after the whole days;
- with a cut-off time ("15:00 rule") a term of a day at most is the same day, after the cut-off the next working day; a
  longer term counts as received on the next working day.

While the clock is stopped or a day is suspended nothing is used up: of a partly stopped day the stopped share is counted
again, and the last day still ends with its work. Whole-day suspensions include both ends; whatever overlaps is one gap.
An extension gives a date that holds at least; what stops the clock after it was entered moves that date, too.
"""
from __future__ import annotations

import calendar as months
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from fractions import Fraction
from math import ceil
from typing import Any

from dossiers.ruler import NO_GAPS, Gaps, Ruler, last_day, local_day, merged, midnight
from dossiers.states import Kind
from onestop import worktime
from onestop.catalogue.states import Unit
from onestop.worktime import DAY, TZ, Calendar


@dataclass(frozen=True)
class Term:
    """A channel's term. `amount` None: the procedure has no appointment date. `cutoff_time`: the 15:00 rule."""

    amount: Decimal | None
    unit: str
    cutoff_time: time | None = None


@dataclass(frozen=True)
class Entry:
    """A row of the ledger, as ClockEntry; `key` is its identity, `lifts` the key of the suspension it lifts."""

    kind: str
    effective_at: datetime
    at: datetime | None = None  # entered; None: the moment it counts from
    effective_until: datetime | None = None
    cause: str = ""
    key: int = 0
    lifts: int | None = None
    legal_basis: str = ""

    @property
    def entered_at(self) -> datetime:
        return self.at or self.effective_at


@dataclass(frozen=True)
class Line:
    """One sentence of the explanation, to be put into words by tracking.py."""

    key: str
    params: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Outcome:
    """`due_at` is None without a term; while `stopped` it is the date as if the clock ran on at once."""

    due_at: datetime | None
    original_due_at: datetime | None
    explanation: list[Line]
    stopped: bool
    used: Decimal  # in the term's unit (months in days), until `as_of` or the stop
    left: Decimal


@dataclass(frozen=True)
class Plan:
    """A term made countable: from when, how much, on which ruler, and whether it ends with its last day's work."""

    ruler: Ruler
    start: datetime
    need: Fraction
    whole_days: bool

    def due(self, gaps: Gaps) -> datetime:
        """The due moment with these gaps; half days never end before the whole days of the same term."""
        if self.whole_days:
            return self.ruler.close_of(self.ruler.reach(self.start, self.need, gaps), gaps)
        moment = self.ruler.reach(self.start, self.need, gaps)
        if self.ruler.unit == Unit.HOUR or self.need < 1:
            return moment
        whole = self.ruler.reach(self.start, Fraction(int(self.need)), gaps)
        return max(moment, self.ruler.close_of(whole, gaps))


def receipt_moment(cal: Calendar, moment: datetime, *, online: bool) -> datetime:
    """When something counts as received: at once on a working day; online only in working hours, else when work begins next.

    Sent outside working hours or on a day off means received on the next working day (rules.md 5.1). Raises CalendarMissing.
    """
    if online or not worktime.is_working_day(cal, local_day(moment)):
        return worktime.working_moment(cal, moment)
    return moment.astimezone(TZ)


def add_months(day: date, count: int) -> date:
    """The same day `count` months on, or the last day of that month (Civil Code 2015, article 148)."""
    year, month = divmod(day.month - 1 + count, 12)
    year, month = day.year + year, month + 1
    return day.replace(year=year, month=month, day=min(day.day, months.monthrange(year, month)[1]))


def calendar_days(term: Term, received: date) -> int:
    """How many calendar days a term in days or months has; parts of a day are rounded up, half a month is 15 days."""
    amount = Fraction(term.amount or 0)
    if term.unit != Unit.MONTH:
        return ceil(amount)
    whole = int(amount)
    return (add_months(received, whole) - received).days + ceil((amount - whole) * 30)


def is_same_day(term: Term) -> bool:
    """Whether the result is due on the day of receipt: a cut-off time and a term of one day at most."""
    days = term.unit in (Unit.WORKING_DAY, Unit.CALENDAR_DAY)
    return term.cutoff_time is not None and days and term.amount is not None and term.amount <= 1


def after_cutoff(term: Term, received_at: datetime) -> bool:
    """Whether something came after the cut-off time of its day; at 15:00 sharp it did not."""
    return term.cutoff_time is not None and received_at.astimezone(TZ).time() > term.cutoff_time


def counted_receipt(term: Term, received_at: datetime, cal: Calendar) -> datetime:
    """The moment that counts as receipt: on a working day, and after the cut-off the beginning of the next one."""
    received_at = receipt_moment(cal, received_at, online=False)
    if not after_cutoff(term, received_at):
        return received_at
    return worktime.day_start(cal, worktime.next_working_day(cal, local_day(received_at)))


def plan(term: Term, received_at: datetime, cal: Calendar) -> Plan | None:
    """How a term is counted from its receipt; None without a term."""
    if term.amount is None:
        return None
    received = counted_receipt(term, received_at, cal)
    amount, tomorrow = Fraction(term.amount), midnight(local_day(received) + DAY)
    if is_same_day(term):
        return Plan(Ruler(cal, Unit.WORKING_DAY), midnight(local_day(received)), Fraction(1), True)
    if term.unit == Unit.HOUR:
        return Plan(Ruler(cal, Unit.HOUR), received, amount * 3600, False)
    if amount < 1 and term.unit != Unit.MONTH:
        return Plan(Ruler(cal, Unit.WORKING_DAY), received, amount, False)
    if term.unit == Unit.WORKING_DAY:
        return Plan(Ruler(cal, Unit.WORKING_DAY), tomorrow, amount, amount.denominator == 1)
    return Plan(Ruler(cal, Unit.CALENDAR_DAY), tomorrow, Fraction(calendar_days(term, local_day(received))), True)


def suspended_days(entries: Sequence[Entry], suspension: Entry) -> list[date]:
    """The days of a suspension in order, without those that were lifted."""
    if suspension.effective_until is None:
        return []
    first, last = local_day(suspension.effective_at), last_day(suspension.effective_until)
    for entry in entries:
        if entry.kind == Kind.LIFT and entry.lifts == suspension.key:
            last = min(last, local_day(entry.effective_at) - DAY)
    return [first + DAY * step for step in range((last - first).days + 1)]


def stops(entries: Sequence[Entry]) -> tuple[list[tuple[Entry, datetime]], Entry | None]:
    """The stops with the moment each ended, and the one that is still open."""
    closed: list[tuple[Entry, datetime]] = []
    running: Entry | None = None
    for entry in entries:
        if entry.kind == Kind.STOP and running is None:
            running = entry
        elif entry.kind in (Kind.RESUME, Kind.END) and running is not None:
            closed.append((running, entry.effective_at))
            running = None
    return closed, running


def gaps_of(entries: Sequence[Entry], *, open_until: datetime | None = None) -> Gaps:
    """When the clock does not run according to these entries; an open stop lasts until `open_until` (None: not at all)."""
    days = [day for entry in entries if entry.kind == Kind.SUSPEND for day in suspended_days(entries, entry)]
    closed, running = stops(entries)
    spans = [(entry.effective_at, end) for entry, end in closed]
    if running is not None and open_until is not None:
        spans.append((running.effective_at, open_until))
    return Gaps(frozenset(days), merged(spans))


def extended_to(entries: Sequence[Entry], index: int, ruler: Ruler) -> datetime:
    """The date an extension gives: its own, moved by what stopped the clock after the extension was entered."""
    entry = entries[index]
    given = ruler.close_of(entry.effective_until or entry.effective_at, NO_GAPS)
    known = gaps_of(entries[:index], open_until=entry.entered_at)
    later = gaps_of(entries) | known
    if later == known:  # nothing has stopped the clock since: the date it gave stands
        return given
    need = ruler.measure(entry.entered_at, given, known)
    if need <= 0:
        return given
    moment = ruler.reach(entry.entered_at, need, later)
    return max(given, moment if ruler.unit == Unit.HOUR else ruler.close_of(moment, later))


def due_moment(counted: Plan | None, entries: Sequence[Entry], cal: Calendar) -> datetime | None:
    """The due moment of a ledger: the term's own or the latest that an extension gives."""
    found = [] if counted is None else [counted.due(gaps_of(entries))]
    ruler = counted.ruler if counted else Ruler(cal, Unit.WORKING_DAY)
    found += [extended_to(entries, index, ruler) for index, entry in enumerate(entries) if entry.kind == Kind.EXTEND]
    return max(found, default=None)


def dates(term: Term, received_at: datetime, entries: Sequence[Entry], cal: Calendar,
          known: dict[Any, datetime] | None = None) -> tuple[datetime | None, datetime | None]:
    """(due, original due) as due() has them, without the sentences. Raises worktime.CalendarMissing.

    `known` keeps what was found for other dossiers of the same calendar: those received on the same day under the same term have the
    same date, which thousands of dossiers in one run have.
    """
    counted = plan(term, received_at, cal)
    if counted is None:
        return due_moment(None, entries, cal), None
    known = {} if known is None else known
    ruler = counted.ruler
    found = [_known(counted, gaps_of(entries), known)]
    found += [extended_to(entries, index, ruler) for index, entry in enumerate(entries) if entry.kind == Kind.EXTEND]
    return max(found), _known(counted, NO_GAPS, known)


def _known(counted: Plan, gaps: Gaps, known: dict[Any, datetime]) -> datetime:
    key = (counted.ruler.unit, counted.start, counted.need, counted.whole_days, gaps)
    if key not in known:
        known[key] = counted.due(gaps)
    return known[key]


def due(term: Term, received_at: datetime, entries: Sequence[Entry], cal: Calendar, *,
        as_of: datetime | None = None) -> Outcome:
    """The due moment of a dossier, the original one, and how they came about. Raises worktime.CalendarMissing.

    `entries` in the order they were entered. `used` and `left` are told as of an open stop, the end, else `as_of`
    (None: the receipt).
    """
    counted = plan(term, received_at, cal)
    original = counted.due(NO_GAPS) if counted else None
    due_at = due_moment(counted, entries, cal)
    _closed, running = stops(entries)
    used, left = Decimal(0), Decimal(0)
    if counted is not None and due_at is not None:
        used, left = spent(counted, due_at, entries, as_of or received_at)
    lines = explain(term, received_at, entries, cal, counted, due_at)
    return Outcome(due_at, original, lines, running is not None, used, left)


def spent(counted: Plan, due_at: datetime, entries: Sequence[Entry], as_of: datetime) -> tuple[Decimal, Decimal]:
    """What of the term is used and left: in days, or in hours for a term in hours."""
    _closed, running = stops(entries)
    ends = [entry.effective_at for entry in entries if entry.kind == Kind.END]
    moment = min([as_of, *ends, *([running.effective_at] if running else [])])
    gaps = gaps_of(entries)
    scale = 3600 if counted.ruler.unit == Unit.HOUR else 1
    used = counted.ruler.measure(counted.start, min(moment, due_at), gaps) / scale
    left = counted.ruler.measure(max(moment, counted.start), due_at, gaps) / scale
    return rounded(used), rounded(left)


def rounded(value: Fraction) -> Decimal:
    """Two places are enough for a sentence."""
    return (Decimal(value.numerator) / Decimal(value.denominator)).quantize(Decimal("0.01"))


def explain(term: Term, received_at: datetime, entries: Sequence[Entry], cal: Calendar, counted: Plan | None,
            due_at: datetime | None) -> list[Line]:
    """The steps from the receipt to the due date, in the order a reader wants them."""
    lines = [Line("received", {"at": received_at})]
    if counted is None or due_at is None:
        return [*lines, Line("no_term")] if due_at is None else [*lines, *ledger_lines(entries), Line("due", {"at": due_at})]
    lines += term_lines(term, received_at, cal, counted)
    lines += days_off_lines(counted, due_at)
    lines += ledger_lines(entries)
    return [*lines, Line("due", {"at": due_at})]


def term_lines(term: Term, received_at: datetime, cal: Calendar, counted: Plan) -> list[Line]:
    """The term, and from when it is counted."""
    lines = [Line("term", {"amount": term.amount, "unit": term.unit})]
    receipt = counted_receipt(term, received_at, cal)
    if is_same_day(term):
        lines = [Line("same_day", {"cutoff": term.cutoff_time})]
    if after_cutoff(term, receipt_moment(cal, received_at, online=False)):
        lines.append(Line("after_cutoff", {"cutoff": term.cutoff_time, "day": local_day(receipt)}))
    elif local_day(receipt) != local_day(received_at):
        lines.append(Line("received_on_day_off", {"day": local_day(receipt)}))
    if not is_same_day(term):
        exact = counted.start == receipt
        lines.append(Line("from_moment", {"at": receipt}) if exact else Line("first_day", {"day": local_day(receipt)}))
    return lines


def days_off_lines(counted: Plan, due_at: datetime) -> list[Line]:
    """Holidays and worked weekends between the start and the due date, for terms counted in working time."""
    first, last = local_day(counted.start), local_day(due_at)
    days = [first + DAY * step for step in range((last - first).days + 1)]
    cal, lines = counted.ruler.cal, []
    if counted.ruler.unit == Unit.CALENDAR_DAY:
        return [Line("calendar_days")]
    if any(day.weekday() >= 5 and not worktime.is_working_day(cal, day) for day in days):
        lines.append(Line("weekends"))
    if holidays := [day for day in days if day.weekday() < 5 and not worktime.is_working_day(cal, day)]:
        lines.append(Line("holidays", {"days": holidays}))
    if worked := [day for day in days if day.weekday() >= 5 and worktime.is_working_day(cal, day)]:
        lines.append(Line("worked", {"days": worked}))
    return lines


def ledger_lines(entries: Sequence[Entry]) -> list[Line]:
    """Every stop, suspension and extension, in the order of the ledger."""
    closed, running = stops(entries)
    ended = {id(entry): end for entry, end in closed}
    lines = []
    for entry in entries:
        if id(entry) in ended:
            lines.append(Line("stopped", {"start": entry.effective_at, "end": ended[id(entry)], "cause": entry.cause}))
        elif entry is running:
            lines.append(Line("stopped_now", {"start": entry.effective_at, "cause": entry.cause}))
        elif entry.kind == Kind.EXTEND:
            lines.append(Line("extended", {"until": entry.effective_until, "cause": entry.cause, "legal_basis": entry.legal_basis}))
        elif entry.kind == Kind.SUSPEND:
            days = suspended_days(entries, entry)
            params = {"first": days[0], "last": days[-1], "legal_basis": entry.legal_basis} if days else {}
            lines.append(Line("suspended", params) if days else Line("lifted", {"legal_basis": entry.legal_basis}))
    return lines
