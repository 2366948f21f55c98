"""What holds for every term, calendar and ledger (issue 2, step 14)."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from dossiers.deadlines import Entry, Term, due
from onestop import clock
from onestop.worktime import Calendar

FIRST, LENGTH = date(2026, 1, 1), 730
HALVES = ((time(7, 30), time(11, 30)), (time(13, 30), time(17)))
MORNING_ONLY = ((time(7, 30), time(11, 30)),)
START = date(2026, 3, 2)


@st.composite
def calendars(draw: st.DrawFn) -> Calendar:
    """Monday to Friday with some days turned around, some Saturdays worked in the morning."""
    odd = draw(st.sets(st.integers(55, 160), max_size=12))
    days = {}
    for step in range(LENGTH):
        day = FIRST + timedelta(days=step)
        working = (day.weekday() < 5) != (step in odd)
        days[day] = (MORNING_ONLY if day.weekday() >= 5 else HALVES) if working else ()
    return Calendar(FIRST, FIRST + timedelta(days=LENGTH - 1), days)


amounts = st.integers(1, 80).map(lambda quarter: Decimal(quarter) / 4)
units = st.sampled_from(["working_day", "calendar_day", "hour", "month"])
cutoffs = st.sampled_from([None, None, time(15)])


@st.composite
def terms(draw: st.DrawFn) -> Term:
    unit = draw(units)
    amount = draw(amounts)
    return Term(amount / 10 if unit == "month" else amount, unit, draw(cutoffs))


moments = st.integers(0, 20 * 24 * 60).map(lambda minute: clock.at(START) + timedelta(minutes=minute))
days = st.integers(-5, 60).map(lambda step: START + timedelta(days=step))


@st.composite
def suspensions(draw: st.DrawFn, key: int = 1) -> Entry:
    first = draw(days)
    return suspension(first, first + timedelta(days=draw(st.integers(0, 30))), key)


def suspension(first: date, last: date, key: int) -> Entry:
    return Entry("suspend", clock.at(first), effective_until=clock.at(last, 23, 59), key=key)


@st.composite
def stop_and_resume(draw: st.DrawFn) -> list[Entry]:
    begin = draw(moments) + timedelta(days=1)
    return [Entry("stop", begin), Entry("resume", begin + timedelta(minutes=draw(st.integers(0, 20 * 24 * 60))))]


@st.composite
def ledgers(draw: st.DrawFn) -> list[Entry]:
    """Suspensions, stops and extensions as they come."""
    found: list[Entry] = [draw(suspensions(key)) for key in range(10, 10 + draw(st.integers(0, 3)))]
    found += draw(st.one_of(st.just([]), stop_and_resume()))
    if draw(st.booleans()):
        found.append(Entry("extend", draw(moments), effective_until=clock.at(draw(days) + timedelta(days=40), 17)))
    return draw(st.permutations(found)) if not any(entry.kind in ("stop", "resume") for entry in found) else found


def due_at(term: Term, received: datetime, entries: list[Entry], cal: Calendar) -> datetime:
    found = due(term, received, entries, cal).due_at
    assert found is not None
    return found


@settings(max_examples=150)
@given(calendars(), terms(), moments, ledgers(), suspensions(1))
def test_adding_and_lifting_a_suspension_changes_nothing(
    cal: Calendar, term: Term, received: datetime, entries: list[Entry], held: Entry
) -> None:
    lift = Entry("lift", held.effective_at, lifts=held.key)
    assert due_at(term, received, [*entries, held, lift], cal) == due_at(term, received, entries, cal)


@settings(max_examples=150)
@given(calendars(), terms(), moments, ledgers(), suspensions(1), st.integers(0, 20))
def test_a_longer_suspension_never_gives_an_earlier_date(
    cal: Calendar, term: Term, received: datetime, entries: list[Entry], held: Entry, more: int
) -> None:
    assert held.effective_until is not None
    longer = Entry("suspend", held.effective_at, effective_until=held.effective_until + timedelta(days=more), key=1)
    shorter = due_at(term, received, [*entries, held], cal)
    assert due_at(term, received, entries, cal) <= shorter <= due_at(term, received, [*entries, longer], cal)


@settings(max_examples=150)
@given(calendars(), terms(), moments, days, st.integers(0, 20), st.integers(0, 20), st.integers(0, 20))
def test_overlapping_suspensions_are_not_counted_twice(
    cal: Calendar, term: Term, received: datetime, first: date, one: int, overlap: int, two: int
) -> None:
    a_last = first + timedelta(days=one)
    b_first = a_last - timedelta(days=min(overlap, one))
    b_last = max(a_last, b_first + timedelta(days=two))
    apart = [suspension(first, a_last, 1), suspension(b_first, b_last, 2)]
    assert due_at(term, received, apart, cal) == due_at(term, received, [suspension(first, b_last, 3)], cal)
    assert due_at(term, received, [*apart, *apart], cal) == due_at(term, received, apart, cal)


@given(calendars(), terms(), moments, suspensions(1), suspensions(2), suspensions(3))
def test_the_order_of_suspensions_does_not_matter(cal: Calendar, term: Term, received: datetime, a: Entry, b: Entry, c: Entry) -> None:
    assert due_at(term, received, [a, b, c], cal) == due_at(term, received, [c, a, b], cal)


@settings(max_examples=150)
@given(calendars(), terms(), moments, ledgers(), st.integers(0, 20))
def test_a_longer_term_never_ends_earlier(cal: Calendar, term: Term, received: datetime, entries: list[Entry], more: int) -> None:
    longer = Term((term.amount or Decimal(0)) + Decimal(more) / 4, term.unit, term.cutoff_time)
    assert due_at(term, received, entries, cal) <= due_at(longer, received, entries, cal)


@given(calendars(), terms(), moments, ledgers())
def test_what_is_due_after_something_stopped_is_never_earlier_than_the_original(
    cal: Calendar, term: Term, received: datetime, entries: list[Entry]
) -> None:
    found = due(term, received, entries, cal)
    assert found.due_at is not None and found.original_due_at is not None
    assert found.due_at >= found.original_due_at > received


@given(calendars(), terms(), moments, ledgers())
def test_the_same_ledger_gives_the_same_date(cal: Calendar, term: Term, received: datetime, entries: list[Entry]) -> None:
    assert due(term, received, entries, cal) == due(term, received, list(entries), cal)


@given(calendars(), terms(), moments, ledgers())
def test_the_due_moment_is_in_working_hours(cal: Calendar, term: Term, received: datetime, entries: list[Entry]) -> None:
    found = due_at(term, received, entries, cal)
    assert any(begin < found.time() <= end for begin, end in cal.hours(found.date()))
