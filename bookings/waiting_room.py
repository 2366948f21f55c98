"""How many people may be in a room, also in the waiting area with its distance (letter Thường Tín 4 and 5). Reads no rows."""
from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from bookings.services.rooms import cap_of
from onestop.directives.rules import Rules
from onestop.directives.states import RuleKind
from onestop.offices.models import Room
from onestop.offices.states import RoomKind


@dataclass(frozen=True)
class WaitingPlaces:
    """Places of a waiting area with what they come from: everybody has a square of `distance_m` by `distance_m` metres."""

    cap: int
    area_m2: Decimal | None = None
    distance_m: Decimal | None = None

    @property
    def fitting(self) -> int | None:
        """area ÷ distance², rounded down, at least one: who is alone keeps every distance. None where either is not known."""
        if self.area_m2 is None or not self.distance_m or self.distance_m <= 0:
            return None
        return max(int(self.area_m2 / (self.distance_m * self.distance_m)), 1)

    @property
    def places(self) -> int:
        """The smaller of the cap and what fits; a cap of none stays none."""
        return self.cap if self.fitting is None else min(self.cap, self.fitting)


def waiting_places(*, cap: int, area_m2: Decimal | None, distance_m: Any = None) -> WaitingPlaces:
    """Places for people who wait: `cap` people, `area_m2` square metres, `distance_m` metres between two. Pure."""
    return WaitingPlaces(cap, area_m2, Decimal(str(distance_m)) if distance_m else None)


def places_of(room: Room, rules: Rules) -> WaitingPlaces:
    """The same for a waiting area under the letters in force: cap and distance of its WAITING_CAP rule."""
    rule = rules.get(RuleKind.WAITING_CAP)
    distance = rule.params.get("distance_m") if rule is not None else None
    return waiting_places(cap=cap_of(room, rules, RuleKind.WAITING_CAP), area_m2=room.area_m2, distance_m=distance)


def most_in(room: Room, rules: Rules) -> int:
    """The most people in a room of either kind, officers included."""
    return places_of(room, rules).places if room.kind == RoomKind.WAITING else cap_of(room, rules)
