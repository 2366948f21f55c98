"""The forecast as a pure function: it adds up, it only grows with what it is made of, it explains itself, it promises nothing unlearnt."""
from dataclasses import asdict, replace
from datetime import date, timedelta

from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from bookings.forecast import (
    FEWEST_PAST,
    Added,
    History,
    Signs,
    explained,
    forecast,
    read_signs,
    similar,
    spread,
    still_to_come,
)

MONDAY = date(2026, 11, 30)
COUNTS = st.integers(0, 60)
SHARES = st.floats(0, 1, allow_nan=False)
SIGNS = st.builds(Signs, booked=COUNTS, people=COUNTS, capacity=COUNTS, people_capacity=COUNTS, to_come=st.floats(0, 40),
                  learnt_from=st.integers(0, 8), no_show=SHARES, collecting=st.floats(0, 30), waiting=st.floats(0, 30))


def weeks(count: int, part: str = "morning") -> frozenset[tuple[date, str]]:
    return frozenset((MONDAY - timedelta(weeks=index), part) for index in range(1, count + 1))


def test_the_sum_by_hand() -> None:
    signs = Signs(booked=20, people=20, capacity=20, people_capacity=80, to_come=5.0, learnt_from=8, no_show=0.2, collecting=2.5,
                  waiting=1.0)
    found = forecast(signs)
    assert (found.dossiers, found.people) == (24, 24)  # 25 × 0.8 + 2.5 + 1 = 23.5
    assert (found.short_dossiers, found.crowded) == (4, True)
    assert not forecast(signs, percent=120).crowded and forecast(replace(signs, people_capacity=23), percent=120).crowded is False
    assert forecast(replace(signs, people=40), percent=120).people == 47


@given(SIGNS)
def test_nothing_expected_is_lost_or_made_up(signs: Signs) -> None:
    found = forecast(signs)
    most = signs.booked + signs.to_come + signs.collecting + signs.waiting
    assert signs.collecting + signs.waiting - 0.51 <= found.dossiers <= most + 0.51
    assert found.people >= found.dossiers or signs.booked
    assert found.short_dossiers == max(found.dossiers - signs.capacity, 0)
    assert found.crowded == (found.dossiers > signs.capacity or found.people > signs.people_capacity)


@given(SIGNS, st.sampled_from(["to_come", "collecting", "waiting"]), st.floats(0, 20))
def test_more_of_anything_is_never_less(signs: Signs, name: str, more: float) -> None:
    assert forecast(replace(signs, **{name: getattr(signs, name) + more})).dossiers >= forecast(signs).dossiers


@given(SIGNS, SHARES)
def test_more_no_shows_are_never_more_people(signs: Signs, rate: float) -> None:
    low, high = sorted((signs.no_show, rate))
    assert forecast(replace(signs, no_show=high)).dossiers <= forecast(replace(signs, no_show=low)).dossiers


@given(SIGNS)
def test_it_explains_itself_and_survives_being_stored(signs: Signs) -> None:
    with translation.override("vi"):
        sentences = explained(signs)
    assert sentences[0].startswith("Đã đặt và đang giữ chỗ") and str(forecast(signs).dossiers) in sentences[-1]
    assert any("danh sách chờ" in text.lower() for text in sentences) == bool(signs.waiting)
    assert read_signs(asdict(signs)) == signs


def test_habits_are_read_from_the_same_weekday_else_from_the_same_part() -> None:
    many, few = History(weeks(FEWEST_PAST)), History(weeks(2) | {(MONDAY - timedelta(days=day), "morning") for day in (3, 4, 5)})
    assert similar(many, MONDAY, "morning") == weeks(FEWEST_PAST)
    assert len(similar(few, MONDAY, "morning")) == 5
    assert not similar(many, MONDAY, "afternoon") and not similar(History(weeks(FEWEST_PAST - 1)), MONDAY, "morning")


def test_what_is_still_to_come_is_what_was_booked_as_late_before() -> None:
    held = weeks(4)
    added = tuple(Added(day, part, ahead, dossiers) for day, part in held for ahead, dossiers in ((10, 3), (2, 5), (0, 1)))
    history = History(held, added)
    assert still_to_come(history, day=MONDAY, part="morning", ahead=14) == (9.0, 4)
    assert still_to_come(history, day=MONDAY, part="morning", ahead=5) == (6.0, 4)
    assert still_to_come(history, day=MONDAY, part="morning", ahead=0) == (0.0, 4)
    assert still_to_come(History(), day=MONDAY, part="morning", ahead=5) == (0.0, 0)


@given(st.lists(st.tuples(st.integers(0, 10), st.integers(0, 6), st.floats(0, 50)), max_size=6), st.sets(st.integers(0, 16), min_size=1))
def test_sharing_out_keeps_the_sum(amounts: list[tuple[int, int, float]], days: set[int]) -> None:
    buoi = sorted((MONDAY + timedelta(days=day), "morning") for day in days)
    spans: dict[tuple[date, date], float] = {}
    for start, length, amount in amounts:
        key = (MONDAY + timedelta(days=start), MONDAY + timedelta(days=start + length))
        spans[key] = spans.get(key, 0.0) + amount
    shares = spread(spans, buoi)
    placed = sum(amount for (first, last), amount in spans.items() if any(first <= day <= last for day, _part in buoi))
    assert abs(sum(shares.values()) - placed) < 1e-6 and set(shares) <= set(buoi)
