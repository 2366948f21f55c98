"""PURE: where somebody goes whose place is gone (letter Cà Mau, clause 1), in which order people are served, when one must be called.

The rule: the nearest office with a place near the same time; else the soonest later day, at the nearest office of that day;
nobody is moved to an earlier time than that, and nobody to a time they can no longer reach.
"""
from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from onestop import clock

SOONER = timedelta(hours=1)  # how much before the lost time somebody may be moved without being asked
FAR = float("inf")  # an office without a place on the map comes after all the others
BEFORE_THE_TIME = timedelta(hours=2)  # whoever has not answered by then is called, whatever the setting says
FIRST_CHANCE = timedelta(minutes=15)  # nobody is called sooner after the message than this


@dataclass(frozen=True)
class Candidate:
    """A free place. `km` from the office of the lost place: 0 for the same office, None where unknown; `left`: people it takes."""

    slot_id: int
    office_id: int
    starts_at: datetime
    km: float | None = None
    left: int = 1

    @property
    def distance(self) -> float:
        return FAR if self.km is None else self.km


@dataclass(frozen=True)
class Wish:
    """The time that was lost, how far from it counts as near, and the first time the person can still reach."""

    starts_at: datetime
    near: timedelta
    earliest: datetime

    def is_near(self, moment: datetime) -> bool:
        """On the same day, at most `near` after the lost time, and hardly before it: who planned for two is not there at eleven."""
        return _day(moment) == _day(self.starts_at) and -min(SOONER, self.near) <= moment - self.starts_at <= self.near

    def suits(self, moment: datetime) -> bool:
        """Whether somebody may be moved there without being asked: near the lost time or later, and still to be reached."""
        return moment >= self.earliest and (self.is_near(moment) or moment > self.starts_at)


def _day(moment: datetime) -> int:
    return clock.local(moment).toordinal()


def best(wish: Wish, candidates: Iterable[Candidate]) -> Candidate | None:
    """The place to move to; None where none suits. The order of the candidates does not matter."""
    return min((item for item in candidates if wish.suits(item.starts_at)), key=lambda item: rank(wish, item), default=None)


def rank(wish: Wish, item: Candidate) -> tuple[object, ...]:
    """What is compared, the smallest first: near the time by distance, then by time; later by day, then by distance, then by hour."""
    apart = abs(item.starts_at - wish.starts_at)
    if wish.is_near(item.starts_at):
        return 0, 0, item.distance, apart, item.starts_at, item.slot_id
    hours = abs(_clock_time(item.starts_at) - _clock_time(wish.starts_at))
    return 1, _day(item.starts_at), item.distance, hours, item.starts_at, item.slot_id


def _clock_time(moment: datetime) -> timedelta:
    told = clock.local(moment)
    return timedelta(hours=told.hour, minutes=told.minute)


def turn(*, urgent: bool, starts_at: datetime, pk: int) -> tuple[bool, datetime, int]:
    """In which order a run serves people: urgent procedures first, then by time, then by when they booked (issue: by priority)."""
    return not urgent, starts_at, pk


def call_from(*, told_at: datetime, starts_at: datetime, hours: int) -> datetime:
    """From when a person who has not answered is called: `hours` after the message, sooner where the time itself is near."""
    return min(told_at + timedelta(hours=hours), max(told_at + FIRST_CHANCE, starts_at - BEFORE_THE_TIME))
