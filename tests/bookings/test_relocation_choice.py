"""PURE: the rule of choice for somebody whose place is gone, and when one must be called."""
from datetime import date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bookings.relocation import BEFORE_THE_TIME, FIRST_CHANCE, SOONER, Candidate, Wish, best, call_from, rank, turn
from onestop import clock

DAY = date(2026, 11, 26)
NOON = clock.at(DAY, 12)
LOST = clock.at(DAY, 14)
minutes = st.integers(-3 * 24 * 4, 10 * 24 * 4).map(lambda quarter: LOST + timedelta(minutes=15 * quarter))
candidates = st.lists(st.builds(
    Candidate, slot_id=st.integers(1, 10**6), office_id=st.integers(1, 9), starts_at=minutes,
    km=st.none() | st.floats(0, 60, allow_nan=False)), max_size=25, unique_by=lambda item: item.slot_id)
wishes = st.builds(Wish, starts_at=st.just(LOST), near=st.integers(0, 8).map(lambda hours: timedelta(hours=hours)), earliest=minutes)


def wish(near: int = 4, earliest: datetime = NOON) -> Wish:
    return Wish(LOST, timedelta(hours=near), earliest)


def place(number: int, at: datetime, km: float | None) -> Candidate:
    return Candidate(number, number, at, km)


@given(wishes, candidates)
def test_it_is_one_of_them_or_none_suits(asked: Wish, found: list[Candidate]) -> None:
    chosen = best(asked, found)
    suiting = [item for item in found if asked.suits(item.starts_at)]
    assert (chosen is None) == (not suiting)
    assert chosen is None or chosen in suiting


@given(wishes, candidates)
def test_nobody_is_sent_where_they_can_t_be_in_time_or_before_the_time(asked: Wish, found: list[Candidate]) -> None:
    chosen = best(asked, found)
    if chosen is not None:
        assert chosen.starts_at >= asked.earliest
        assert chosen.starts_at >= asked.starts_at - min(asked.near, SOONER)


@given(wishes, candidates, st.randoms())
def test_the_order_of_the_places_does_not_matter(asked: Wish, found: list[Candidate], chance: object) -> None:
    shuffled = list(found)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    assert best(asked, shuffled) == best(asked, found)


@given(wishes, candidates, candidates)
def test_more_places_never_make_it_worse(asked: Wish, found: list[Candidate], more: list[Candidate]) -> None:
    first, second = best(asked, found), best(asked, found + more)
    if first is not None:
        assert second is not None
        assert rank(asked, second) <= rank(asked, first)


@given(wishes, candidates)
def test_near_the_time_nothing_nearer_is_left_aside(asked: Wish, found: list[Candidate]) -> None:
    chosen = best(asked, found)
    near = [item for item in found if asked.suits(item.starts_at) and asked.is_near(item.starts_at)]
    if near:
        assert chosen in near
        assert chosen is not None and chosen.distance == min(item.distance for item in near)


@given(wishes, candidates)
def test_else_it_is_the_soonest_day_and_its_nearest_office(asked: Wish, found: list[Candidate]) -> None:
    suiting = [item for item in found if asked.suits(item.starts_at)]
    chosen = best(asked, found)
    if chosen is not None and not any(asked.is_near(item.starts_at) for item in suiting):
        first = min(clock.local(item.starts_at).date() for item in suiting)
        same_day = [item for item in suiting if clock.local(item.starts_at).date() == first]
        assert chosen in same_day
        assert chosen.distance == min(item.distance for item in same_day)


def test_the_nearest_office_near_the_time_comes_before_the_own_office_tomorrow() -> None:
    other, own = place(1, LOST + timedelta(hours=1), 8.0), place(2, LOST + timedelta(days=1), 0.0)
    assert best(wish(), [own, other]) == other


def test_the_other_room_of_the_same_office_comes_first() -> None:
    assert best(wish(), [place(1, LOST, 0.4), place(2, LOST + timedelta(hours=3), 0.0)]) == place(2, LOST + timedelta(hours=3), 0.0)


def test_an_office_without_a_place_on_the_map_is_better_than_tomorrow_and_worse_than_one_that_is_known() -> None:
    unknown, tomorrow, known = place(1, LOST, None), place(2, LOST + timedelta(days=1), 0.0), place(3, LOST, 25.0)
    assert best(wish(), [unknown, tomorrow]) == unknown
    assert best(wish(), [unknown, known]) == known


def test_four_hours_away_on_another_day_is_not_near() -> None:
    late = Wish(clock.at(DAY, 22), timedelta(hours=4), NOON)
    assert not late.is_near(clock.at(DAY + timedelta(days=1), 1))


def test_urgent_people_are_served_first_then_by_time_then_by_booking() -> None:
    people = [(False, LOST, 1), (True, LOST + timedelta(days=3), 9), (False, LOST - timedelta(hours=1), 5), (False, LOST, 0)]
    order = sorted(people, key=lambda row: turn(urgent=row[0], starts_at=row[1], pk=row[2]))
    assert [row[2] for row in order] == [9, 5, 0, 1]


@given(st.integers(0, 96), st.integers(-24, 240))
def test_one_is_called_after_the_setting_s_hours_or_sooner_where_the_time_is_near(hours: int, ahead: int) -> None:
    starts = NOON + timedelta(hours=ahead)
    at = call_from(told_at=NOON, starts_at=starts, hours=hours)
    assert at <= NOON + timedelta(hours=hours)
    assert at >= min(NOON + FIRST_CHANCE, NOON + timedelta(hours=hours))
    assert at <= max(NOON + FIRST_CHANCE, starts - BEFORE_THE_TIME)
