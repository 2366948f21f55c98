"""The due date as a pure function of term, calendar and ledger: the vectors of rules.md 5.3 and every rule of 5.1."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import cache

import holidays
import pytest

from dossiers.deadlines import Entry, Outcome, Term, add_months, due
from onestop import clock, worktime
from onestop.worktime import Calendar

HALVES = ((time(7), time(11, 30)), (time(13, 30), time(17)))  # eight hours


@cache
def calendar(*years: int) -> Calendar:
    """The official calendar of some years, with swapped days."""
    table = holidays.country_holidays("VN", years=years)
    first, last = date(min(years), 1, 1), date(max(years), 12, 31)
    days = {}
    for step in range((last - first).days + 1):
        day = first + timedelta(days=step)
        working = day in table.weekend_workdays or (day.weekday() < 5 and day not in table)
        days[day] = HALVES if working else ()
    return Calendar(first, last, days)


def days_term(amount: object, unit: str = "working_day", cutoff: time | None = None) -> Term:
    return Term(Decimal(str(amount)), unit, cutoff)


def suspension(first: date, last: date, key: int = 1) -> Entry:
    return Entry(
        "suspend",
        clock.at(first),
        effective_until=clock.at(last, 23, 59),
        key=key,
        cause="force_majeure",
        legal_basis="2964/UBND-KSTT, khoản 4",
    )


def outcome(received: datetime, term: Term, *entries: Entry, **options: object) -> Outcome:
    cal = calendar(received.year, received.year + 1)
    return due(term, received, list(entries), cal, **options)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("received", "amount", "expected"),
    [
        (date(2021, 7, 13), 5, date(2021, 7, 20)),
        (date(2021, 8, 27), 5, date(2021, 9, 7)),
        (date(2025, 4, 22), 4, date(2025, 4, 26)),
        (date(2025, 4, 22), 7, date(2025, 5, 5)),
        (date(2026, 2, 12), 5, date(2026, 2, 26)),
        (date(2026, 4, 24), 1, date(2026, 4, 28)),
        (date(2026, 11, 20), 3, date(2026, 11, 26)),
        (date(2020, 3, 25), 10, date(2020, 4, 9)),
    ],
)
@pytest.mark.parametrize("hour", [7, 9, 16])
def test_vectors(received: date, amount: int, expected: date, hour: int) -> None:
    found = outcome(clock.at(received, hour), days_term(amount))
    assert found.due_at == found.original_due_at == clock.at(expected, 17)


def test_seed_4_suspended_inclusive_to_15_april() -> None:
    found = outcome(
        clock.at(date(2020, 3, 25), 9), days_term(10), suspension(date(2020, 4, 1), date(2020, 4, 15)), as_of=clock.at(date(2020, 4, 1))
    )
    assert found.due_at == clock.at(date(2020, 4, 23), 17)
    assert found.original_due_at == clock.at(date(2020, 4, 9), 17)
    assert (found.used, found.left) == (4, 6)


def test_received_on_a_day_off_counts_from_the_next_working_day() -> None:
    found = outcome(clock.at(date(2021, 7, 17), 10), days_term(5))  # a Saturday
    assert found.due_at == clock.at(date(2021, 7, 26), 17)


@pytest.mark.parametrize(
    ("received", "amount", "expected"),
    [
        (date(2021, 7, 13), 3, date(2021, 7, 16)),
        (date(2021, 7, 13), 4, date(2021, 7, 19)),  # the last day is a Saturday
        (date(2021, 8, 27), 6, date(2021, 9, 6)),  # 2/9 and 3/9 are holidays, then the weekend
        (date(2021, 7, 13), 3.5, date(2021, 7, 19)),  # parts of a calendar day are rounded up
    ],
)
def test_calendar_days_end_on_a_working_day(received: date, amount: float, expected: date) -> None:
    assert outcome(clock.at(received, 9), days_term(amount, "calendar_day")).due_at == clock.at(expected, 17)


@pytest.mark.parametrize(
    ("received", "amount", "expected"),
    [
        (date(2021, 6, 15), 1, date(2021, 7, 15)),
        (date(2021, 1, 29), 1, date(2021, 3, 1)),  # 28/2 is a Sunday
        (date(2021, 7, 12), 0.5, date(2021, 7, 27)),
        (date(2021, 6, 15), 1.5, date(2021, 7, 30)),
    ],
)
def test_months(received: date, amount: float, expected: date) -> None:
    assert outcome(clock.at(received, 9), days_term(amount, "month")).due_at == clock.at(expected, 17)


def test_a_month_ends_on_its_last_day() -> None:
    assert add_months(date(2020, 1, 31), 1) == date(2020, 2, 29)
    assert add_months(date(2020, 11, 30), 3) == date(2021, 2, 28)


@pytest.mark.parametrize(
    ("received", "hours", "expected"),
    [
        (datetime(2021, 7, 13, 9, 15), 2, datetime(2021, 7, 13, 11, 15)),
        (datetime(2021, 7, 13, 10, 0), 4, datetime(2021, 7, 13, 16, 0)),
        (datetime(2021, 7, 16, 16, 30), 1, datetime(2021, 7, 19, 7, 30)),
        (datetime(2021, 7, 17, 9, 0), 8, datetime(2021, 7, 19, 17, 0)),
    ],
)
def test_hours_run_in_working_hours_from_the_moment(received: datetime, hours: int, expected: datetime) -> None:
    found = outcome(received.replace(tzinfo=clock.TZ), days_term(hours, "hour"))
    assert found.due_at == expected.replace(tzinfo=clock.TZ)


@pytest.mark.parametrize(
    ("amount", "expected"),
    [
        (0.5, datetime(2021, 7, 13, 15, 0)),  # half a day is four working hours, from the exact moment
        (1.5, datetime(2021, 7, 15, 11, 0)),  # the whole day, then four hours
        (1, datetime(2021, 7, 14, 17, 0)),
    ],
)
def test_half_days(amount: float, expected: datetime) -> None:
    found = outcome(clock.at(date(2021, 7, 13), 9), days_term(amount))
    assert found.due_at == expected.replace(tzinfo=clock.TZ)


@pytest.mark.parametrize(
    ("received", "amount", "unit", "expected"),
    [
        (time(14, 59), 1, "working_day", datetime(2021, 7, 16, 17)),
        (time(15, 0), 1, "working_day", datetime(2021, 7, 16, 17)),
        (time(15, 1), 1, "working_day", datetime(2021, 7, 19, 17)),
        (time(16, 0), 0.5, "working_day", datetime(2021, 7, 19, 17)),
        (time(15, 1), 3, "working_day", datetime(2021, 7, 22, 17)),
        (time(14, 0), 3, "working_day", datetime(2021, 7, 21, 17)),
        (time(15, 30), 2, "hour", datetime(2021, 7, 19, 9)),
    ],
)
def test_the_15_00_rule(received: time, amount: float, unit: str, expected: datetime) -> None:
    moment = datetime.combine(date(2021, 7, 16), received, clock.TZ)  # a Friday
    assert outcome(moment, days_term(amount, unit, time(15))).due_at == expected.replace(tzinfo=clock.TZ)


def test_without_a_term_there_is_no_date() -> None:
    found = outcome(clock.at(date(2021, 7, 13), 9), Term(None, ""))
    assert found.due_at is None and found.original_due_at is None


def stop(moment: datetime) -> Entry:
    return Entry("stop", moment, cause="supplement")


def resume(moment: datetime) -> Entry:
    return Entry("resume", moment)


def test_a_stop_of_exactly_two_days_moves_the_date_by_two_days() -> None:
    received = clock.at(date(2021, 7, 13), 9)
    entries = [stop(clock.at(date(2021, 7, 14), 10)), resume(clock.at(date(2021, 7, 16), 10))]
    found = outcome(received, days_term(5), *entries)
    assert found.due_at == clock.at(date(2021, 7, 22), 17) and not found.stopped


def test_the_stopped_share_of_a_day_is_counted_again() -> None:
    received = clock.at(date(2021, 7, 13), 9)
    entries = [stop(clock.at(date(2021, 7, 14), 10)), resume(clock.at(date(2021, 7, 14), 11))]
    assert outcome(received, days_term(5), *entries).due_at == clock.at(date(2021, 7, 21), 17)
    assert outcome(
        received, days_term(6, "hour"), stop(clock.at(date(2021, 7, 13), 10)), resume(clock.at(date(2021, 7, 13), 11))
    ).due_at == clock.at(date(2021, 7, 14), 8)


def test_a_stop_outside_of_working_hours_changes_nothing() -> None:
    entries = [stop(clock.at(date(2021, 7, 16), 17)), resume(clock.at(date(2021, 7, 19), 7))]
    assert outcome(clock.at(date(2021, 7, 13), 9), days_term(5), *entries).due_at == clock.at(date(2021, 7, 20), 17)


def test_an_open_stop_is_told() -> None:
    found = outcome(clock.at(date(2021, 7, 13), 9), days_term(5), stop(clock.at(date(2021, 7, 15), 17)), as_of=clock.at(date(2021, 8, 1)))
    assert found.stopped and (found.used, found.left) == (2, 3)


def extend(entered: datetime, until: date) -> Entry:
    return Entry("extend", entered, effective_until=clock.at(until, 17), cause="directed", legal_basis="2468/VPUB-KSTT")


def test_an_extension_gives_a_later_date_and_never_an_earlier_one() -> None:
    received = clock.at(date(2021, 7, 13), 9)
    later = outcome(received, days_term(5), extend(clock.at(date(2021, 7, 19), 9), date(2021, 8, 6)))
    assert later.due_at == clock.at(date(2021, 8, 6), 17) and later.original_due_at == clock.at(date(2021, 7, 20), 17)
    earlier = outcome(received, days_term(5), extend(clock.at(date(2021, 7, 19), 9), date(2021, 7, 19)))
    assert earlier.due_at == clock.at(date(2021, 7, 20), 17)


def test_an_extension_to_a_day_off_ends_on_the_next_working_day() -> None:
    found = outcome(clock.at(date(2021, 7, 13), 9), days_term(5), extend(clock.at(date(2021, 7, 19), 9), date(2021, 8, 7)))
    assert found.due_at == clock.at(date(2021, 8, 9), 17)


def test_what_stops_the_clock_after_an_extension_moves_its_date() -> None:
    received = clock.at(date(2021, 7, 13), 9)
    before = suspension(date(2021, 7, 14), date(2021, 7, 15))
    after = [stop(clock.at(date(2021, 7, 20), 9)), resume(clock.at(date(2021, 7, 22), 9))]
    given = extend(clock.at(date(2021, 7, 19), 9), date(2021, 8, 6))
    assert outcome(received, days_term(5), before, given).due_at == clock.at(date(2021, 8, 6), 17)
    assert outcome(received, days_term(5), before, given, *after).due_at == clock.at(date(2021, 8, 10), 17)


def test_a_stop_inside_of_a_suspension_is_not_counted_twice() -> None:
    received = clock.at(date(2021, 7, 13), 9)
    held = suspension(date(2021, 7, 15), date(2021, 7, 21))
    inside = [stop(clock.at(date(2021, 7, 16), 9)), resume(clock.at(date(2021, 7, 20), 15))]
    assert outcome(received, days_term(5), held, *inside).due_at == outcome(received, days_term(5), held).due_at


def test_lifting_ends_a_suspension_early() -> None:
    held = suspension(date(2020, 4, 1), date(2020, 4, 15), key=7)
    lift = Entry("lift", clock.at(date(2020, 4, 8)), lifts=7)
    found = outcome(clock.at(date(2020, 3, 25), 9), days_term(10), held, lift)
    assert found.due_at == clock.at(date(2020, 4, 15), 17)  # suspended 1-7 April: five days back


def test_the_explanation_names_each_step() -> None:
    found = outcome(clock.at(date(2020, 3, 25), 9), days_term(10), suspension(date(2020, 4, 1), date(2020, 4, 15)))
    assert [line.key for line in found.explanation] == ["received", "term", "first_day", "weekends", "holidays", "suspended", "due"]


def test_a_calendar_that_ends_too_early_is_said() -> None:
    with pytest.raises(worktime.CalendarMissing):
        due(days_term(200), clock.at(date(2021, 7, 13), 9), [], calendar(2021))
