"""PURE: the carrier's hours by both ways of counting, its own week, and the boundary."""
from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onestop.worktime import DAY, TZ, Calendar, moment_of
from postal import timers

OFFICE = ((time(7, 30), time(11, 30)), (time(13, 30), time(17)))
MONDAY = date(2026, 11, 23)


def calendar(days: int = 60, off: frozenset[date] = frozenset()) -> Calendar:
    span = [MONDAY + DAY * step for step in range(days)]
    return Calendar(span[0], span[-1], {day: OFFICE if day.weekday() < 5 and day not in off else () for day in span})


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return moment_of(MONDAY + DAY * day, time(hour, minute))


MOMENTS = st.integers(0, 30 * 24 * 60 * 60 - 1).map(lambda seconds: at(0, 0) + timedelta(seconds=seconds))


@pytest.mark.parametrize(("start", "wall", "working"), [
    (at(0, 7, 30), at(0, 11, 30), at(0, 11, 30)),  # the whole morning: its end, not the afternoon's beginning
    (at(0, 9), at(0, 13), at(0, 15)),  # noon does not count
    (at(4, 16), at(4, 20), at(7, 10, 30)),  # Friday: one hour left, three on Monday
    (at(5, 10), at(5, 14), at(7, 11, 30)),  # Saturday: from Monday morning on
    (at(0, 20), at(1, 0), at(1, 11, 30)),  # by night
])
def test_four_hours(start, wall, working):
    assert timers.wall_due(start, 4) == wall
    assert timers.working_due(calendar(), start, 4) == working


def test_the_setting_says_which_one_counts_and_both_are_kept():
    by_work = timers.collection(start=at(0, 9), hours=4, calendar=calendar(), working_hours_only=True, legal_basis="2964, khoản 3")
    by_wall = timers.collection(start=at(0, 9), hours=4, calendar=calendar(), working_hours_only=False)
    assert (by_work.due_at, by_work.wall_due_at, by_work.working_due_at) == (at(0, 15), at(0, 13), at(0, 15))
    assert (by_wall.due_at, by_wall.wall_due_at, by_wall.working_due_at) == (at(0, 13), at(0, 13), at(0, 15))
    assert (by_work.legal_basis, by_wall.legal_basis) == ("2964, khoản 3", "")


@pytest.mark.parametrize("unknown", [None, calendar(1)])
def test_without_a_calendar_the_clock_on_the_wall_counts(unknown):
    found = timers.collection(start=at(0, 16), hours=4, calendar=unknown, working_hours_only=True)
    assert (found.due_at, found.working_due_at) == (at(0, 20), None)


def test_exactly_on_the_boundary_is_in_time_and_a_microsecond_later_is_late():
    due = at(0, 15)
    tick = timedelta(microseconds=1)
    assert [timers.in_time(due, moment) for moment in (due - tick, due, due + tick)] == [True, True, False]
    assert [timers.minutes_left(due, moment) for moment in (due - timedelta(minutes=1), due, due + tick)] == [1, 0, -1]
    assert timers.warn_from(due, 60) == at(0, 14)


def test_a_carrier_s_own_week_and_its_holidays():
    week = {str(day): [["06:00", "20:00"]] for day in range(7)}
    open_daily = timers.own_calendar(week, first=MONDAY, last=MONDAY + DAY * 30)
    resting = timers.own_calendar(week, first=MONDAY, last=MONDAY + DAY * 30, rests_on={MONDAY + DAY * 5})
    assert timers.working_due(open_daily, at(4, 18), 4) == at(5, 8)
    assert timers.working_due(resting, at(4, 18), 4) == at(6, 8)
    assert timers.own_calendar({"0": [["13:00", "17:00"], ["07:00", "11:00"]]}, first=MONDAY, last=MONDAY).hours(MONDAY) == (
        (time(7), time(11)), (time(13), time(17)))


@pytest.mark.parametrize(("week", "wrong"), [
    ({}, []), ({"0": [["07:00", "11:30"], ["13:00", "17:00"]]}, []), ({"7": [["07:00", "08:00"]]}, ["7"]), ({"x": []}, ["x"]),
    ({"1": [["08:00", "08:00"]]}, ["1"]), ({"2": [["09:00", "08:00"]]}, ["2"]), ({"3": [["07:00", "10:00"], ["09:00", "12:00"]]}, ["3"]),
    ({"4": [["25:00", "26:00"]]}, ["4"]), ({"5": ["07:00"]}, ["5"]), ({"6": 5}, ["6"]), ({"0": []}, ["*"]), ([], ["*"]), (None, ["*"])])
def test_a_week_that_makes_no_sense_is_named(week, wrong):
    assert timers.faults(week) == wrong


@given(MOMENTS, st.integers(1, 48))
def test_working_hours_never_end_before_the_wall_clock(start, hours):
    found = timers.collection(start=start, hours=hours, calendar=calendar(), working_hours_only=True)
    assert found.wall_due_at == start + timedelta(hours=hours)
    assert found.working_due_at is not None
    assert found.wall_due_at <= found.working_due_at == found.due_at


@given(MOMENTS, MOMENTS, st.integers(1, 24))
def test_who_is_told_later_never_has_to_come_earlier(one, other, hours):
    first, second = sorted((one, other))
    assert timers.working_due(calendar(), first, hours) <= timers.working_due(calendar(), second, hours)


@given(MOMENTS, st.integers(1, 24))
def test_a_carrier_that_never_rests_counts_like_the_wall(start, hours):
    always = timers.own_calendar({str(day): [["00:00", "23:59:59.999999"]] for day in range(7)}, first=MONDAY, last=MONDAY + DAY * 60)
    assert abs(timers.working_due(always, start, hours) - timers.wall_due(start, hours)) < timedelta(seconds=1)


@given(MOMENTS, st.timedeltas(timedelta(days=-3), timedelta(days=3)))
def test_minutes_left_are_negative_exactly_when_it_is_late(due, ahead):
    moment = due - ahead
    assert (timers.minutes_left(due, moment) < 0) is not timers.in_time(due, moment)
    assert due.tzinfo == TZ
