"""The published rule of who is served next, and what it promises."""
from datetime import date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bookings import estimates, fairness
from bookings.fairness import Ground, Rule, Waiting, Why, claim_at, order, settled_after, why_before
from bookings.states import Priority
from onestop import clock

DAY = date(2026, 11, 25)
RULE = Rule()
SLOT = timedelta(minutes=30)


def at(minute: int) -> datetime:
    """Minutes after eight."""
    return clock.at(DAY, 8) + timedelta(minutes=minute)


def person(number: int, due: int = 0, came: int = 0, **more: object) -> Waiting:
    return Waiting(number, number, at(due), at(due) + SLOT, at(came), **more)


def numbers(people: list[Waiting], minute: int = 40) -> list[int]:
    return [placed.key for placed in order(people, at(minute), RULE)]


minutes = st.integers(-120, 300)
one = st.builds(
    lambda number, slot, came, priority, walk_in, urgent, returned: person(
        number, slot * 30, came, priority=priority, walk_in=walk_in, urgent=urgent, returned=returned),
    st.integers(1, 10_000), st.integers(-4, 10), minutes, st.sampled_from(["", *Priority.values]), *[st.booleans()] * 3)
crowd = st.lists(one, max_size=12, unique_by=lambda item: item.key)


def test_appointment_time_decides_not_the_number_nor_who_came_first():
    assert numbers([person(5, 30, -20), person(9, 0, 5), person(7, 0, 3)]) == [7, 9, 5]


def test_whoever_comes_after_their_slot_loses_its_precedence():
    late, on_time = person(1, 0, 31), person(2, 30, 29)
    assert numbers([late, on_time]) == [2, 1]
    assert [item.ground for item in order([late, on_time], at(40), RULE)] == [Ground.ON_TIME, Ground.LATE]
    assert numbers([person(1, 0, 29), on_time]) == [1, 2]


def test_legal_priority_groups_come_first_at_the_same_time_only():
    assert numbers([person(1, 0, -9), person(2, 0, 4, priority=Priority.DISABLED)]) == [2, 1]
    assert numbers([person(1, 0), person(2, 30, 0, priority=Priority.ELDERLY)]) == [1, 2]


def test_a_walk_in_waits_half_an_hour_longer_unless_in_a_priority_group():
    walk_in = person(3, 60, 5, walk_in=True)
    assert numbers([walk_in, person(1, 30, 30), person(2, 60, 20)]) == [1, 3, 2]
    assert numbers([person(3, 60, 5, walk_in=True, priority=Priority.PREGNANT), person(1, 30, 20)]) == [3, 1]


def test_an_urgent_procedure_comes_sooner():
    assert numbers([person(1, 0), person(2, 0, 25, walk_in=True, urgent=True), person(3, 60, 20, urgent=True)]) == [3, 2, 1]


def test_whoever_was_called_in_vain_comes_back_behind_the_people_of_the_present_time():
    back = person(1, 0, 40, returned=True, priority=Priority.MERIT)
    assert numbers([back, person(2, 30, 35), person(3, 0, 39, walk_in=True)], 41) == [2, 1, 3]


@settings(deadline=None)
@given(crowd, st.randoms(), minutes)
def test_the_order_is_total_and_does_not_depend_on_how_it_is_asked(people, chance, minute):
    placed = order(people, at(minute), RULE)
    mixed = list(people)
    chance.shuffle(mixed)
    assert [item.key for item in order(mixed, at(minute), RULE)] == [item.key for item in placed]
    assert sorted(item.key for item in placed) == sorted(item.key for item in people)
    assert [item.position for item in placed] == list(range(1, len(people) + 1))


@settings(deadline=None)
@given(crowd, minutes)
def test_nobody_is_served_before_their_time_while_others_on_time_wait(people, minute):
    now = at(minute)
    here = [item for item in people if item.came_at <= now]
    places = {item.key: item for item in order(here, now, RULE)}
    for early in here:
        if early.due_at > now and places[early.key].ground == Ground.ON_TIME:
            on_time = [item for item in here if item.due_at <= now and places[item.key].ground == Ground.ON_TIME]
            assert all(places[item.key].position < places[early.key].position for item in on_time)


@settings(deadline=None)
@given(one, crowd, crowd)
def test_waiting_is_bounded_from_a_fixed_moment_on_no_newcomer_comes_before(somebody, others, newcomers):
    bound = settled_after(somebody, RULE, SLOT)
    late_comers = [item for item in newcomers if item.came_at >= bound and item.key not in {somebody.key, *(row.key for row in others)}]
    here = [item for item in others if item.key != somebody.key] + [somebody]

    def before(people: list[Waiting]) -> set[int]:
        placed = order(people, bound, RULE)
        mine = next(item for item in placed if item.key == somebody.key)
        return {item.key for item in placed if item.position < mine.position}

    assert before(here + late_comers) == before(here)
    longest = max(somebody.due_at, somebody.came_at + RULE.walk_in) + RULE.urgent + SLOT
    assert bound <= longest, "the moment itself is bounded by when they came and when they are due"


def test_a_walk_in_is_served_although_appointments_never_end():
    """Every ten minutes one is served; three new appointments come for each half hour: the line never empties."""
    line, served, number = [person(1, 0, 0, walk_in=True)], [], 2
    for minute in range(0, 240, 10):
        if minute % 30 == 0:
            line += [person(number + more, minute, minute) for more in range(3)]
            number += 3
        first = order(line, at(minute), RULE)[0]
        served.append(first.key)
        line = [item for item in line if item.key != first.key]
    assert 1 in served[:8]


@settings(deadline=None)
@given(crowd)
def test_every_difference_has_its_reason(people):
    placed = order(people, at(60), RULE)
    for first, second in pairwise(placed):
        why = why_before(first, second)
        assert str(why.label)
        if first.claim_at == second.claim_at:
            assert why in (Why.PRIORITY, Why.APPOINTMENT, Why.CAME_FIRST)
        else:
            assert claim_at(first.waiting, RULE) < claim_at(second.waiting, RULE) and why in (Why.URGENT, Why.EARLIER_TIME, Why.EARLIER)


def test_the_early_are_marked_so_the_screen_can_say_it():
    placed = order([person(1, 60, 0), person(2, 0, 0)], at(5), RULE)
    assert [(item.key, item.early) for item in placed] == [(2, False), (1, True)]


def test_the_rules_numbers_are_settings():
    strict = fairness.Rule(walk_in=timedelta(minutes=5), urgent=timedelta())
    assert order([person(1, 30, 20, walk_in=True), person(2, 30, 0)], at(31), strict)[0].key == 1


# --- estimates --------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize(("before", "expected", "counters", "given_minutes", "low", "high", "measured"), [
    (0, 0, 1, [10] * 8, 0, 10, True), (4, 0, 2, [10] * 8, 20, 30, True), (4, 4, 2, [10] * 8, 20, 50, True),
    (3, 0, 1, [], 20, 80, False), (3, 0, 1, [7, 8], 20, 80, False)])
def test_an_estimate_is_a_range(before, expected, counters, given_minutes, low, high, measured):
    found = estimates.estimate(before=before, expected=expected, counters=counters, minutes=given_minutes)
    assert found == estimates.Estimate(low, high, measured)


def test_without_a_counter_nobody_can_know():
    assert estimates.estimate(before=3, expected=0, counters=0, minutes=[5] * 20) is None


@settings(deadline=None)
@given(st.integers(0, 60), st.integers(0, 60), st.integers(1, 9), st.lists(st.floats(0.1, 240), max_size=30))
def test_estimates_never_shrink_with_the_line(before, expected, counters, given_minutes):
    now, more = (estimates.estimate(before=count, expected=expected, counters=counters, minutes=given_minutes)
                 for count in (before, before + 1))
    assert now is not None and more is not None and 0 <= now.low < now.high
    assert more.low >= now.low and more.high >= now.high and now.low % 5 == 0
