"""The grid of slots, the rotation of teams and the proposal of a number: pure functions, for any input."""
from collections import Counter
from datetime import date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bookings.plans import SlotRow, grid, recut
from bookings.proposal import Basis, Pace, measure, propose
from onestop.offices.rotation import EVERY_DAY, EVERY_WEEK, turns

MIDNIGHT = datetime(2026, 11, 26)
MINUTES = st.sampled_from((10, 15, 20, 30, 60))
HOURS = st.tuples(st.integers(0, 40), st.integers(1, 40)).map(
    lambda pair: (MIDNIGHT + timedelta(minutes=15 * pair[0]), MIDNIGHT + timedelta(minutes=15 * (pair[0] + pair[1]))))


@st.composite
def histories(draw):
    """A buổi whose hours and grid were changed several times, with people who booked in between."""
    rows: dict[datetime, SlotRow] = {}
    for _change in range(draw(st.integers(1, 4))):
        opens, closes = draw(HOURS)
        rows = apply(rows, grid(opens, closes, draw(MINUTES)), opens, closes)
        rows = {start: SlotRow(row.pk, row.starts_at, row.ends_at, row.taken or (row.alive and draw(st.integers(0, 4)) == 0), row.alive)
                for start, row in rows.items()}
    return rows


def apply(rows, times, opens, closes):
    """What the service does with a cut: new rows, new ends, dead slots."""
    cut = recut(list(rows.values()), times, opens, closes)
    after = {}
    for row in rows.values():
        after[row.starts_at] = SlotRow(row.pk, row.starts_at, cut.serving.get(row.pk, row.ends_at), row.taken, row.pk in cut.serving)
    for number, (start, end) in enumerate(cut.missing, start=1 + max([row.pk for row in rows.values()], default=0)):
        assert start not in after
        after[start] = SlotRow(number, start, end, False, True)
    return after


@given(rows=histories(), hours=HOURS, minutes=MINUTES)
def test_changed_hours_move_nobody_overlap_nowhere_and_settle_at_once(rows, hours, minutes):
    opens, closes = hours
    times = grid(opens, closes, minutes)
    after = apply(rows, times, opens, closes)
    for start, row in rows.items():
        if row.taken:
            assert after[start].ends_at == row.ends_at
            inside = row.starts_at >= opens and row.ends_at <= closes
            beside = [other for other in rows.values() if other.taken and other is not row
                      and other.starts_at < row.ends_at and row.starts_at < other.ends_at]
            assert after[start].alive == inside or (inside and beside and not after[start].alive)
    alive = sorted((row for row in after.values() if row.alive), key=lambda row: row.starts_at)
    assert all(one.ends_at <= two.starts_at for one, two in pairwise(alive))
    assert all(opens <= row.starts_at and row.ends_at <= max(closes, times[-1][1]) for row in alive)
    assert apply(after, times, opens, closes) == after
    if not any(row.taken for row in rows.values()):
        assert [(row.starts_at, row.ends_at) for row in alive] == times


@given(first=st.dates(date(2020, 1, 1), date(2030, 1, 1)), worked=st.lists(st.booleans(), min_size=1, max_size=60), teams=st.integers(1, 5),
       begin=st.integers(0, 4), every=st.sampled_from((EVERY_DAY, EVERY_WEEK)))
def test_teams_take_turns_evenly(first, worked, teams, begin, every):
    days = [first + timedelta(days=index) for index, works in enumerate(worked) if works]
    plan = turns(days, teams, every=every, first_team=begin)
    assert [turn.day for turn in plan] == days
    periods = {day if every == EVERY_DAY else day.isocalendar()[:2]: None for day in days}
    by_period = {(turn.day if every == EVERY_DAY else turn.day.isocalendar()[:2]): turn.team for turn in plan}
    assert len(by_period) == len(periods)
    assert all(by_period[turn.day if every == EVERY_DAY else turn.day.isocalendar()[:2]] == turn.team for turn in plan)
    order = list(by_period.values())
    assert order == [(begin + index) % teams for index in range(len(order))]
    tally = Counter(order)
    if len(order) >= teams:
        assert max(tally.values()) - min(tally.values()) <= 1


def test_a_rotation_needs_a_team():
    with pytest.raises(ValueError, match="team"):
        turns([date(2026, 11, 26)], 0)


KEYS = st.tuples(st.dates(date(2026, 1, 1), date(2026, 3, 1)), st.sampled_from(("morning", "afternoon")))


@given(officers=st.dictionaries(KEYS, st.integers(0, 6)), received=st.dictionaries(KEYS, st.integers(0, 80)), duty=st.integers(-1, 12),
       weekly=st.integers(0, 500))
def test_a_proposal_is_officers_times_pace_or_says_why_not(officers, received, duty, weekly):
    pace = measure(officers=officers, received=received, weeks=4)
    assert pace.parts <= min(len(officers), len(received))
    found = propose(officers=duty, pace=pace, weekly=weekly)
    assert found.explained()
    if duty <= 0:
        assert (found.basis, found.dossiers) == (Basis.NOBODY, 0)
    elif not pace.is_known:
        assert (found.basis, found.dossiers) == (Basis.NO_HISTORY, weekly)
    else:
        assert found.basis is Basis.MEASURED and 1 <= found.dossiers <= 500
        assert found.dossiers <= max(duty * pace.per_officer + 1e-9, 1)
        assert propose(officers=duty + 1, pace=pace, weekly=weekly).dossiers >= found.dossiers


def test_the_explanation_shows_the_sum():
    pace = Pace(dossiers=90, officers=20, parts=10, weeks=4)
    assert propose(officers=3, pace=pace, weekly=20).dossiers == 13
    assert propose(officers=3, pace=pace, weekly=20).explained() == "3 cán bộ × 4,5 hồ sơ một buổi"
