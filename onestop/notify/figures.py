"""Figures of a day's messages. Reads only."""
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Count

from onestop import clock
from onestop.notify.models import Message
from onestop.notify.states import State, Via
from onestop.people.models import User


@dataclass(frozen=True)
class Line:
    """A channel's messages of a day: how many in each state, in the order of State."""

    name: str
    channel: str
    counts: Sequence[tuple[State, int]]

    @property
    def total(self) -> int:
        return sum(number for _state, number in self.counts)


def by_channel(user: User, day: date) -> list[Line]:
    """What was written on a day and has become of it, by channel and state. One query."""
    rows = Message.objects.visible_to(user).filter(created_at__gte=clock.at(day), created_at__lt=clock.at(day) + timedelta(days=1))
    found: Mapping[tuple[str, str], int] = {
        (channel, state): number
        for channel, state, number in rows.order_by().values_list("channel", "state").annotate(Count("pk"))}
    return [Line(str(via.label), via, [(state, found.get((via, state), 0)) for state in State])
            for via in Via if any(found.get((via, state)) for state in State.values)]
