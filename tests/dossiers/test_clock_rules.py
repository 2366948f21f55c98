"""The rules of counting against a second, slow way of counting: minute by minute, day by day (rules.md 5.1 and 5.3)."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from dossiers.deadlines import Entry, Term, due, receipt_moment
from onestop import clock, worktime
from onestop.worktime import Calendar
from tests.dossiers.test_due_date_properties import (
    START,
    calendars,
    days,
    due_at,
    ledgers,
    moments,
    suspension,
    suspensions,
    terms,
)
from tests.dossiers.test_due_dates import calendar, days_term, outcome

MINUTE = timedelta(minutes=1)
spells = st.tuples(moments, st.integers(0, 6 * 24 * 60)).map(lambda given: (given[0] + timedelta(days=1), given[1]))


def working(cal: Calendar, moment: datetime) -> bool:
    return any(begin <= moment < end for begin, end in worktime.spans(cal, moment.date()))


def held(moment: datetime, entries: list[Entry]) -> bool:
    """Whether the clock stands still at a minute: any stop not resumed, any day suspended and not lifted."""
    stopped = None
    for entry in entries:
        if entry.kind == "stop" and stopped is None:
            stopped = entry.effective_at
        elif entry.kind == "resume" and stopped is not None:
            if stopped <= moment < entry.effective_at:
                return True
            stopped = None
    lifts = {entry.lifts: entry.effective_at for entry in entries if entry.kind == "lift"}
    return any(
        entry.effective_at <= moment <= entry.effective_until + MINUTE and moment < lifts.get(entry.key, moment + MINUTE)
        for entry in entries
        if entry.kind == "suspend" and entry.effective_until is not None
    )


def by_minutes(cal: Calendar, start: datetime, minutes: int, entries: list[Entry]) -> datetime:
    """The end of the minute in which the last of `minutes` is used up."""
    moment = start
    while True:
        if working(cal, moment) and not held(moment, entries):
            minutes -= 1
            if not minutes:
                return moment + MINUTE
        moment += MINUTE


def by_days(cal: Calendar, received: date, count: int, held_days: set[date]) -> date:
    """The day on which the last of `count` working days is used up; the first day is not counted."""
    day = received
    while count:
        day += timedelta(days=1)
        count -= worktime.is_working_day(cal, day) and day not in held_days
    return day


@settings(max_examples=60, deadline=None)
@given(calendars(), moments, st.integers(1, 30), st.lists(suspensions(1), max_size=1), st.one_of(st.none(), spells))
def test_hours_are_the_minutes_that_ran(
    cal: Calendar, received: datetime, hours: int, entries: list[Entry], spell: tuple[datetime, int] | None
) -> None:
    assume(worktime.is_working_day(cal, received.date()))
    if spell is not None:
        entries = [*entries, Entry("stop", spell[0]), Entry("resume", spell[0] + MINUTE * spell[1])]
    expected = by_minutes(cal, received, hours * 60, entries)
    assert due_at(Term(Decimal(hours), "hour"), received, entries, cal) == expected


@settings(max_examples=150)
@given(calendars(), moments, st.integers(1, 30), suspensions(1), suspensions(2))
def test_working_days_are_the_days_that_ran(cal: Calendar, received: datetime, count: int, one: Entry, two: Entry) -> None:
    held_days = {
        clock.local(entry.effective_at).date() + timedelta(days=step)
        for entry in (one, two)
        for step in range((clock.local(entry.effective_until).date() - clock.local(entry.effective_at).date()).days + 1)
    }
    counted = worktime.this_or_next_working_day(cal, received.date())
    day = by_days(cal, counted, count, held_days)
    assert due_at(Term(Decimal(count), "working_day"), received, [one, two], cal) == worktime.day_end(cal, day)


@settings(max_examples=150)
@given(calendars(), terms(), moments, suspensions(1))
def test_both_ends_of_a_suspension_are_included(cal: Calendar, term: Term, received: datetime, whole: Entry) -> None:
    first, last = clock.local(whole.effective_at).date(), clock.local(whole.effective_until).date()
    single = [suspension(first + timedelta(days=step), first + timedelta(days=step), 10 + step) for step in range((last - first).days + 1)]
    assert due_at(term, received, [whole], cal) == due_at(term, received, single, cal)


@settings(max_examples=150)
@given(calendars(), terms(), moments, suspensions(1), suspensions(2), spells, st.permutations(range(4)))
def test_suspensions_may_be_entered_before_between_and_after_stops(
    cal: Calendar, term: Term, received: datetime, a: Entry, b: Entry, spell: tuple[datetime, int], order: list[int]
) -> None:
    """Order matters between a stop and its end only."""
    stop, resume = Entry("stop", spell[0]), Entry("resume", spell[0] + MINUTE * spell[1])
    rows = [a, b, stop, resume]
    shuffled = [rows[index] for index in order]
    shuffled = [row for row in shuffled if row not in (stop, resume)]
    at = order.index(2) % (len(shuffled) + 1)
    mixed = [*shuffled[:at], stop, resume, *shuffled[at:]]
    assert due_at(term, received, rows, cal) == due_at(term, received, mixed, cal)


@settings(max_examples=150)
@given(calendars(), terms(), moments, ledgers())
def test_the_original_date_never_changes(cal: Calendar, term: Term, received: datetime, entries: list[Entry]) -> None:
    assert due(term, received, entries, cal).original_due_at == due(term, received, [], cal).due_at


@settings(max_examples=150)
@given(calendars(), terms(), moments, ledgers(), moments, days)
def test_an_extension_never_shortens(
    cal: Calendar, term: Term, received: datetime, entries: list[Entry], entered: datetime, until: date
) -> None:
    given_day = max(until, entered.date())
    more = Entry("extend", entered, effective_until=clock.at(given_day, 23, 59), cause="directed")
    found = due_at(term, received, [*entries, more], cal)
    assert found >= due_at(term, received, entries, cal)
    assert found.date() >= given_day


@settings(max_examples=150)
@given(calendars(), st.integers(1, 40), moments, ledgers(), st.sampled_from(["calendar_day", "month"]))
def test_calendar_days_never_return_on_a_day_off(cal: Calendar, amount: int, received: datetime, entries: list[Entry], unit: str) -> None:
    term = Term(Decimal(amount) if unit == "calendar_day" else Decimal(amount) / 10, unit)
    found = due(term, received, entries, cal)
    assert found.due_at is not None and found.original_due_at is not None
    for moment in (found.due_at, found.original_due_at):
        assert moment == worktime.day_end(cal, moment.date())


@settings(max_examples=150)
@given(calendars(), moments, st.integers(1, 60))
def test_calendar_days_are_plain_days_and_then_the_next_working_day(cal: Calendar, received: datetime, amount: int) -> None:
    counted = worktime.this_or_next_working_day(cal, received.date())
    last = worktime.this_or_next_working_day(cal, counted + timedelta(days=amount))
    assert due_at(Term(Decimal(amount), "calendar_day"), received, [], cal) == worktime.day_end(cal, last)


@settings(max_examples=150)
@given(calendars(), moments)
def test_half_a_day_is_half_of_the_days_hours_from_the_exact_moment(cal: Calendar, received: datetime) -> None:
    """On days with eight hours that is four; a received moment outside of working hours starts with the next working span."""
    assume(worktime.is_working_day(cal, received.date()) and len(cal.hours(received.date())) == 2)
    found = due_at(Term(Decimal("0.5"), "working_day"), received, [], cal)
    begins = worktime.working_moment(cal, received)
    used = sum(
        worktime.working_time_between(
            cal, max(begins, clock.at(day)), min(found, clock.at(day + timedelta(days=1)))
        )
        / sum((end - begin for begin, end in worktime.spans(cal, day)), timedelta(0))
        for day in (begins.date() + timedelta(days=step) for step in range((found.date() - begins.date()).days + 1))
        if worktime.is_working_day(cal, day)
    )
    assert used == pytest.approx(0.5)


@settings(max_examples=150)
@given(calendars(), moments, st.sampled_from([Decimal("0.5"), Decimal(1)]))
def test_a_cut_off_decides_between_today_and_the_next_working_day(cal: Calendar, received: datetime, amount: Decimal) -> None:
    found = due_at(Term(amount, "working_day", time(15)), received, [], cal)
    today = worktime.is_working_day(cal, received.date())
    day = received.date() if today else worktime.next_working_day(cal, received.date())
    if today and received.time() > time(15):
        day = worktime.next_working_day(cal, received.date())
    assert found == worktime.day_end(cal, day)


@given(calendars(), moments)
def test_what_is_sent_after_hours_is_received_when_work_begins_next(cal: Calendar, sent: datetime) -> None:
    found = receipt_moment(cal, sent, online=True)
    assert found >= sent and working(cal, found)
    assert (found == sent) == working(cal, sent)
    assert receipt_moment(cal, found, online=True) == found
    assert worktime.working_time_between(cal, sent, found) == timedelta(0)


@pytest.mark.parametrize(
    ("sent", "received"),
    [
        (datetime(2026, 11, 25, 17, 0), datetime(2026, 11, 26, 7, 0)),  # at the stroke of the end, the day is over
        (datetime(2026, 11, 25, 16, 59), datetime(2026, 11, 25, 16, 59)),
        (datetime(2026, 11, 27, 22, 15), datetime(2026, 11, 30, 7, 0)),  # Friday evening
        (datetime(2026, 11, 24, 9, 0), datetime(2026, 11, 25, 7, 0)),  # 24/11 is a holiday
        (datetime(2026, 8, 22, 9, 0), datetime(2026, 8, 22, 9, 0)),  # a Saturday worked for 31/8
        (datetime(2026, 8, 31, 9, 0), datetime(2026, 9, 3, 7, 0)),  # off, then 1 and 2 September
    ],
)
def test_after_hours_online(sent: datetime, received: datetime) -> None:
    assert receipt_moment(calendar(2026), sent.replace(tzinfo=clock.TZ), online=True) == received.replace(tzinfo=clock.TZ)


@pytest.mark.parametrize("split", [(date(2020, 4, 1), date(2020, 4, 7)), (date(2020, 4, 1), date(2020, 4, 12))])
def test_the_vector_of_letter_4_in_overlapping_parts(split: tuple[date, date]) -> None:
    first, last = split
    parts = [suspension(first, last, 1), suspension(date(2020, 4, 6), date(2020, 4, 15), 2)]
    for rows in (parts, parts[::-1]):
        found = outcome(clock.at(date(2020, 3, 25), 9), days_term(10), *rows, as_of=clock.at(date(2020, 4, 1)))
        assert found.due_at == clock.at(date(2020, 4, 23), 17) and (found.used, found.left) == (4, 6)


def test_a_worked_saturday_counts_and_its_swapped_day_does_not() -> None:
    received = clock.at(date(2025, 4, 22), 9)
    found = outcome(received, days_term(7))
    keys = {line.key: line.params for line in found.explanation}
    assert keys["worked"]["days"] == [date(2025, 4, 26)]
    assert keys["holidays"]["days"] == [date(2025, 4, 30), date(2025, 5, 1), date(2025, 5, 2)]


def test_start_is_a_monday() -> None:
    assert START.weekday() == 0
