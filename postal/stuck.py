"""PURE: who has to do something about a shipment, which shipments stand still, and what can be done. No state that is not an end is
without an owner (the faults are counted by this table)."""
from dataclasses import dataclass
from datetime import datetime, timedelta

from onestop.people.states import Role
from postal.states import DEAD_LETTERS, ENDED_BADLY, MOVING, TO_FETCH, UNFETCHED, Attention, State
from postal.timers import in_time

PORTAL = "portal"  # the portal itself: its worker, woken by the sweep
# What needs somebody comes before where the shipment is.
OWNER_BY_ATTENTION: dict[str, str] = {
    Attention.LATE: Role.CARRIER, Attention.SILENT: Role.ADMINISTRATOR, Attention.DEAD: Role.ADMINISTRATOR,
    Attention.ADDRESS: Role.DESK, Attention.ENDED: Role.DESK, Attention.DISPUTED: Role.ADMINISTRATOR, Attention.ARRIVED: Role.DESK,
}
OWNER_BY_STATE: dict[str, str] = {
    State.READY: PORTAL, State.SENDING: PORTAL, **dict.fromkeys(TO_FETCH | MOVING, Role.CARRIER),
    **dict.fromkeys(DEAD_LETTERS, Role.ADMINISTRATOR), **dict.fromkeys(ENDED_BADLY, Role.DESK),
}
# Reasons that only a person takes off; the others come and go with the facts.
STICKY = frozenset({Attention.ADDRESS, Attention.DISPUTED, Attention.ARRIVED})


def owner_of(state: str, attention: str = "") -> str:
    """The role that has to do something next ('portal': the portal itself); '' where nothing is to be done any more."""
    return str(OWNER_BY_ATTENTION.get(attention) or ("" if state in ENDED_BADLY else OWNER_BY_STATE.get(state, "")))


def attention_of(state: str) -> str:
    """What reaching a state asks of somebody at once; '' where it moves on by itself."""
    if state in DEAD_LETTERS:
        return Attention.DEAD.value
    return Attention.ENDED.value if state in ENDED_BADLY else ""


@dataclass(frozen=True)
class Facts:
    """What there is to know of one shipment. `settled`: its dossier needs it no more, or another shipment stands in for it."""

    state: str
    attention: str
    moved_at: datetime
    due_at: datetime | None
    silent_days: int
    settled: bool = False
    kept: bool = False  # somebody has said what becomes of it


def attention_now(facts: Facts, moment: datetime) -> str:
    """What a shipment asks of somebody at a moment, by the facts alone; '' where it asks nothing."""
    if facts.state in (State.DELIVERED, State.CANCELLED):
        return facts.attention if facts.attention in (Attention.DISPUTED, Attention.ARRIVED) else ""
    if facts.state in ENDED_BADLY:
        if facts.attention == Attention.DISPUTED:  # found again after another one was sent in its place
            return facts.attention
        return "" if facts.settled or facts.kept else Attention.ENDED.value
    if facts.attention in STICKY:
        return facts.attention
    if facts.state in DEAD_LETTERS:
        return Attention.DEAD.value
    if facts.state in UNFETCHED:
        return Attention.LATE.value if facts.due_at is not None and not in_time(facts.due_at, moment) else ""
    return Attention.SILENT.value if moment - facts.moved_at > timedelta(days=facts.silent_days) else ""
