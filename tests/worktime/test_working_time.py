"""Working-time arithmetic: properties over random calendars, and a few plain examples."""

from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onestop import worktime
from onestop.worktime import TZ, Calendar, CalendarMissing

FIRST, LENGTH = date(2026, 1, 1), 200
PARTS = [(), ((time(7, 30), time(11, 30)),), ((time(13, 30), time(17)),), ((time(7, 30), time(11, 30)), (time(13, 30), time(17)))]


@st.composite
def calendars(draw: st.DrawFn) -> Calendar:
    """Any mix of full, half and free days, with at least one working day a week."""
    kinds = draw(st.lists(st.sampled_from(PARTS), min_size=7, max_size=21).filter(lambda week: any(week[:7])))
    days = {FIRST + timedelta(days=step): kinds[step % len(kinds)] for step in range(LENGTH)}
    return Calendar(FIRST, FIRST + timedelta(days=LENGTH - 1), days)


moments = st.datetimes(datetime(2026, 1, 1), datetime(2026, 2, 20)).map(lambda moment: moment.replace(tzinfo=TZ, microsecond=0))
minutes = st.integers(0, 3000)
days = st.dates(FIRST, FIRST + timedelta(days=60))


@given(calendars(), moments, minutes)
def test_what_was_added_is_what_lies_between(cal: Calendar, moment: datetime, length: int) -> None:
    assert worktime.working_minutes_between(cal, moment, worktime.add_working_minutes(cal, moment, length)) == length


@given(calendars(), moments, minutes, minutes)
def test_adding_in_two_steps_is_adding_at_once(cal: Calendar, moment: datetime, one: int, two: int) -> None:
    steps = worktime.add_working_minutes(cal, worktime.add_working_minutes(cal, moment, one), two)
    assert one == 0 or two == 0 or steps == worktime.add_working_minutes(cal, moment, one + two)


@given(calendars(), moments, minutes, minutes)
def test_more_minutes_end_later(cal: Calendar, moment: datetime, one: int, more: int) -> None:
    assert worktime.add_working_minutes(cal, moment, one) <= worktime.add_working_minutes(cal, moment, one + more)


@given(calendars(), days, st.integers(0, 15))
def test_days_added_lie_between(cal: Calendar, day: date, count: int) -> None:
    end = worktime.add_working_days(cal, day, count)
    assert worktime.working_days_between(cal, day, end) == count
    assert count == 0 or worktime.is_working_day(cal, end)
    assert worktime.working_days_between(cal, end, day) == -count


@given(calendars(), moments)
def test_a_working_moment_is_inside_working_hours(cal: Calendar, moment: datetime) -> None:
    found = worktime.working_moment(cal, moment)
    assert found >= moment
    assert any(begin <= found < end for begin, end in worktime.spans(cal, found.date()))


@given(calendars(), moments, moments, moments)
def test_time_adds_up(cal: Calendar, a: datetime, b: datetime, c: datetime) -> None:
    between = worktime.working_time_between
    assert between(cal, a, b) + between(cal, b, c) == between(cal, a, c)


def plain() -> Calendar:
    return Calendar(
        FIRST,
        date(2026, 1, 31),
        {FIRST + timedelta(days=step): PARTS[3] if (FIRST + timedelta(days=step)).weekday() < 5 else () for step in range(31)},
    )


def test_the_end_of_a_day_is_the_end_of_its_last_interval() -> None:
    assert worktime.day_end(plain(), date(2026, 1, 5)) == datetime(2026, 1, 5, 17, tzinfo=TZ)
    with pytest.raises(ValueError, match="day off"):
        worktime.day_end(plain(), date(2026, 1, 4))


def test_other_time_zones_are_the_same_moment() -> None:
    moment = datetime.fromisoformat("2026-01-05T02:00:00+00:00")  # 9:00 in Viet Nam
    assert worktime.add_working_minutes(plain(), moment, 60) == datetime(2026, 1, 5, 10, tzinfo=TZ)


def test_beyond_the_calendar_is_said() -> None:
    with pytest.raises(CalendarMissing) as missing:
        worktime.add_working_days(plain(), date(2026, 1, 30), 1)
    assert missing.value.day == date(2026, 2, 1)


def test_negative_lengths_are_refused() -> None:
    with pytest.raises(ValueError, match="negative"):
        worktime.add_working_days(plain(), FIRST, -1)
    with pytest.raises(ValueError, match="negative"):
        worktime.add_working_minutes(plain(), datetime(2026, 1, 5, 8, tzinfo=TZ), -1)
