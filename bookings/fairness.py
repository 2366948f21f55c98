"""PURE: the published rule of who is served next. One time for each person decides; the smaller time comes first.

The time that counts (`claim_at`):
1. with an appointment, came before they were late: the slot's start, so nobody is served before their time while others on time wait;
2. with an appointment, came later: the moment they came;
3. without an appointment: the moment they came and a fixed while more. Appointments of later times come after them: their claim grows with
   waiting, nobody starves. A person of a legal priority group gets no such addition;
4. an urgent procedure (letter Vĩnh Phúc 2): the moment they came, or their slot's start if that is earlier, less a fixed while;
5. called in vain and come back: the moment they came back, whoever they are.
At the same time: legal priority groups, then appointments before walk-ins, then who came first, then the smaller number.
"""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Ground(TextChoices):
    """Why somebody's time is what it is; the sentence the public reads."""

    ON_TIME = "on_time", _("đến đúng khung giờ hẹn nên xét theo giờ hẹn")
    LATE = "late", _("đến sau khung giờ hẹn nên xét theo lúc đến")
    WALK_IN = "walk_in", _("không có lịch hẹn nên xét theo lúc đến, cộng thêm một khoảng chờ cố định")
    WALK_IN_PRIORITY = "walk_in_priority", _("không có lịch hẹn nhưng thuộc diện ưu tiên nên xét theo lúc đến")
    URGENT = "urgent", _("thủ tục cấp thiết nên được xét sớm hơn")
    RETURNED = "returned", _("đã được gọi mà không có mặt nên xét theo lúc quay lại")


class Why(TextChoices):
    """Why one person comes before another; the end of 'người này …'."""

    URGENT = "urgent", _("làm thủ tục cấp thiết")
    EARLIER_TIME = "earlier_time", _("có giờ hẹn sớm hơn")
    EARLIER = "earlier", _("đã chờ từ trước: giờ được xét sớm hơn")
    PRIORITY = "priority", _("cùng giờ và thuộc diện ưu tiên theo pháp luật")
    APPOINTMENT = "appointment", _("cùng giờ và có lịch hẹn")
    CAME_FIRST = "came_first", _("cùng giờ và đến trước")


@dataclass(frozen=True)
class Rule:
    """The two numbers of the rule: what a walk-in waits longer, how much sooner an urgent procedure comes."""

    walk_in: timedelta = timedelta(minutes=30)
    urgent: timedelta = timedelta(minutes=60)


@dataclass(frozen=True)
class Waiting:
    """Somebody in line: what the rule looks at, nothing else."""

    key: int  # the caller's id of the person; never looked at but to break a tie that cannot happen
    number: int
    due_at: datetime  # the slot's start
    due_until: datetime  # from when on they are late: the slot's end and what is still forgiven
    came_at: datetime  # checked in, or come back after being called in vain
    priority: str = ""
    walk_in: bool = False
    urgent: bool = False
    returned: bool = False


@dataclass(frozen=True)
class Placed:
    """Somebody's place: 1 is next; the time that counts and why."""

    waiting: Waiting
    position: int
    claim_at: datetime
    ground: Ground
    early: bool  # their time has not come yet

    @property
    def key(self) -> int:
        return self.waiting.key


def ground_of(person: Waiting) -> Ground:
    """Which clause of the rule gives somebody's time."""
    if person.returned:
        return Ground.RETURNED
    if person.urgent:
        return Ground.URGENT
    if person.walk_in:
        return Ground.WALK_IN_PRIORITY if person.priority else Ground.WALK_IN
    return Ground.ON_TIME if person.came_at < person.due_until else Ground.LATE


def claim_at(person: Waiting, rule: Rule) -> datetime:
    """The time that counts."""
    ground = ground_of(person)
    if ground == Ground.ON_TIME:
        return person.due_at
    if ground == Ground.WALK_IN:
        return person.came_at + rule.walk_in
    if ground == Ground.URGENT:
        on_time = not person.walk_in and person.came_at < person.due_until
        return (min(person.due_at, person.came_at) if on_time else person.came_at) - rule.urgent
    return person.came_at


def _preferred(person: Waiting) -> bool:
    return bool(person.priority) and not person.returned


def _rank(person: Waiting, rule: Rule) -> tuple[Any, ...]:
    return claim_at(person, rule), not _preferred(person), person.walk_in, person.came_at, person.number, person.key


def order(waiting: Sequence[Waiting], now: datetime, rule: Rule = Rule()) -> list[Placed]:
    """Everybody who waits, the next one first: total, the same for the same people in whatever order they are given."""
    ranked = sorted(waiting, key=lambda person: _rank(person, rule))
    return [Placed(person, position, claim_at(person, rule), ground_of(person), claim_at(person, rule) > now)
            for position, person in enumerate(ranked, 1)]


def settled_after(person: Waiting, rule: Rule, longest_slot: timedelta) -> datetime:
    """From when on no newcomer, whoever they are, is placed before `person`: the bound on waiting that the rule promises."""
    return claim_at(person, rule) + rule.urgent + longest_slot


def why_before(first: Placed, second: Placed) -> Why:
    """Why `first` is served before `second`: the first clause of the rule that tells them apart."""
    if first.claim_at < second.claim_at:
        return {Ground.URGENT: Why.URGENT, Ground.ON_TIME: Why.EARLIER_TIME}.get(first.ground, Why.EARLIER)
    if _preferred(first.waiting) and not _preferred(second.waiting):
        return Why.PRIORITY
    return Why.APPOINTMENT if second.waiting.walk_in and not first.waiting.walk_in else Why.CAME_FIRST
