"""Reading switches of the catalogue's channels: counts, progress, their items page by page."""
from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, QuerySet

from onestop.catalogue.states import LEVEL_NAMES
from onestop.directives.models import ChannelSwitch, ChannelSwitchItem, Directive
from onestop.directives.states import LeftOut, SwitchItemState, SwitchState
from onestop.people.models import User
from onestop.people.words import fold

FILTERS = {"chuyen": (SwitchItemState.WAITING, SwitchItemState.DONE, SwitchItemState.UNDONE), "khong": (SwitchItemState.EXCLUDED,),
           "giu": (SwitchItemState.KEPT,)}


@dataclass(frozen=True)
class Counts:
    """How many procedures stand where; `why` counts the excluded by reason, in words."""

    total: int
    to_open: int
    done: int
    undone: int
    excluded: int
    kept: int
    why: list[tuple[str, int]]

    @property
    def of(self) -> int:
        """How many are to be dealt with in all."""
        return self.to_open + self.done + self.undone + self.kept


def visible(user: User) -> QuerySet[ChannelSwitch]:
    """Switches under letters that this person may see."""
    letters = Directive.objects.visible_to(user).values("pk")
    return ChannelSwitch.objects.filter(directive__in=letters).select_related("directive", "made_by", "applied_by", "undone_by")


def counts(switch: ChannelSwitch) -> Counts:
    """One query."""
    rows = list(switch.items.order_by().values_list("state", "excluded_because").annotate(n=Count("pk")))
    by_state: dict[str, int] = {}
    for state, _why, number in rows:
        by_state[state] = by_state.get(state, 0) + number
    why = [(str(LeftOut(code).label) if code in LeftOut.values else code, number) for state, code, number in rows
           if state == SwitchItemState.EXCLUDED]
    return Counts(sum(by_state.values()), by_state.get(SwitchItemState.WAITING, 0), by_state.get(SwitchItemState.DONE, 0),
                  by_state.get(SwitchItemState.UNDONE, 0), by_state.get(SwitchItemState.EXCLUDED, 0), by_state.get(SwitchItemState.KEPT, 0),
                  sorted(why, key=lambda row: -row[1]))


def items(switch: ChannelSwitch, shown: str = "", q: str = "") -> QuerySet[ChannelSwitchItem]:
    """The procedures of a switch by code, narrowed to those with every word of `q`; page them. One query a page."""
    rows = switch.items.select_related("procedure").order_by("procedure__code")
    for word in fold(q).split()[:8]:
        rows = rows.filter(procedure__search_text__contains=word)
    return rows.filter(state__in=FILTERS[shown]) if shown in FILTERS else rows


def is_running(switch: ChannelSwitch, told: Counts, today: Any) -> bool:
    """Whether the background has something left to do now."""
    if switch.state == SwitchState.APPLIED:
        return switch.starts_on <= today and told.to_open > 0
    return switch.state == SwitchState.UNDONE and told.done > 0


def scope_text(switch: ChannelSwitch) -> list[str]:
    """The part of the catalogue in words; nothing for all of it."""
    scope = dict(switch.scope)
    if scope.get("level"):
        scope["level"] = str(LEVEL_NAMES.get(scope["level"], scope["level"]))
    return [str(value) for value in scope.values() if value]
