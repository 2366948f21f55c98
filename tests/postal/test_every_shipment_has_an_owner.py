"""PURE: no state that is not an end is without an owner; what asks something of somebody, and until when."""
from datetime import date, timedelta

import pytest

from onestop import clock
from onestop.people.states import Role
from postal.states import ENDED_BADLY, FINAL, MOVING, UNFETCHED, Attention, State
from postal.stuck import PORTAL, Facts, attention_now, attention_of, owner_of

NOW = clock.at(date(2026, 11, 25), 9)
TICK = timedelta(microseconds=1)


def facts(state: str, **values: object) -> Facts:
    known = {"attention": "", "moved_at": NOW, "due_at": NOW, "silent_days": 5}
    return Facts(state=state, **{**known, **values})  # type: ignore[arg-type]


@pytest.mark.parametrize("attention", ["", *Attention.values])
@pytest.mark.parametrize("state", State.values)
def test_every_state_with_every_reason_has_an_owner_unless_it_is_over(state, attention):
    owner = owner_of(state, attention)
    assert owner in {PORTAL, *Role.values} or (state in FINAL and not attention)


@pytest.mark.parametrize(("state", "attention", "owner"), [
    (State.READY, "", PORTAL), (State.SENDING, "", PORTAL), (State.ORDERED, "", Role.CARRIER), (State.COLLECTED, "", Role.CARRIER),
    (State.FAILED, Attention.DEAD, Role.ADMINISTRATOR), (State.RETURNED, Attention.ENDED, Role.DESK), (State.RETURNED, "", ""),
    (State.IN_TRANSIT, Attention.ADDRESS, Role.DESK), (State.IN_TRANSIT, Attention.SILENT, Role.ADMINISTRATOR), (State.DELIVERED, "", ""),
    (State.CANCELLED, Attention.DISPUTED, Role.ADMINISTRATOR), (State.ORDERED, Attention.LATE, Role.CARRIER)])
def test_who_owns_what(state, attention, owner):
    assert owner_of(state, attention) == owner


@pytest.mark.parametrize("state", State.values)
def test_what_a_state_asks_of_somebody_is_what_the_sweep_would_say(state):
    asked = attention_of(state)
    assert attention_now(facts(state, due_at=None), NOW) == asked
    assert bool(asked) is (state in ENDED_BADLY or state in (State.FAILED, State.REFUSED))


@pytest.mark.parametrize("state", sorted(UNFETCHED - {State.FAILED, State.REFUSED}))
def test_late_begins_after_the_due_moment(state):
    assert [attention_now(facts(state), moment) for moment in (NOW - TICK, NOW, NOW + TICK)] == ["", "", Attention.LATE]
    assert attention_now(facts(state, attention=Attention.LATE, due_at=NOW + TICK), NOW) == ""


@pytest.mark.parametrize("state", sorted(MOVING))
def test_silence_begins_after_the_carrier_s_days(state):
    days = timedelta(days=5)
    assert [attention_now(facts(state), NOW + days + step) for step in (timedelta(), TICK)] == ["", Attention.SILENT]


@pytest.mark.parametrize("state", sorted(ENDED_BADLY))
def test_what_ended_badly_asks_until_somebody_decided(state):
    assert attention_now(facts(state), NOW) == Attention.ENDED
    assert attention_now(facts(state, settled=True), NOW) == attention_now(facts(state, kept=True), NOW) == ""


def test_what_only_a_person_takes_off_stays():
    for reason in (Attention.ADDRESS, Attention.DISPUTED):
        assert attention_now(facts(State.IN_TRANSIT, attention=reason), NOW) == reason
    assert attention_now(facts(State.DELIVERED, attention=Attention.ADDRESS), NOW) == ""
    assert attention_now(facts(State.CANCELLED, attention=Attention.DISPUTED), NOW) == Attention.DISPUTED
