"""PURE: which team is at the counter when (letter Cần Thơ 1b: officers take turns, the others work from home)."""
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

EVERY_DAY, EVERY_WEEK = "day", "week"


@dataclass(frozen=True)
class Turn:
    """One working day: the index of the team at the counter."""

    day: date
    team: int


def turns(days: Sequence[date], teams: int, *, every: str = EVERY_DAY, first_team: int = 0) -> list[Turn]:
    """The team of each working day, in order: the next team each working day, or each calendar week (Monday first).

    Days off don't count, so that every team has as many turns as the others, or one less. ValueError without a team.
    """
    if teams < 1:
        raise ValueError("a rotation needs a team")
    ordered = sorted(set(days))
    answer: list[Turn] = []
    turn, before = -1, None
    for day in ordered:
        period = day if every == EVERY_DAY else day.isocalendar()[:2]
        if period != before:
            turn, before = turn + 1, period
        answer.append(Turn(day, (first_team + turn) % teams))
    return answer
