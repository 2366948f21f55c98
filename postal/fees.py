"""PURE: what the post costs and who pays it. Whole đồng only: an amount is an int, never a float, never a bool.

Discounts are those of TT 22/2017/TT-BTTTT as rules.md 8 tells them; who is covered by a waiver follows letter Khánh Hòa, clause 2.
"""
from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from postal.states import Direction, Discount, Payer, SocialGroup, State, Zone

FREE_GROUPS = frozenset({SocialGroup.REVOLUTIONARY, SocialGroup.HEROIC_MOTHER})
HALF_GROUPS = frozenset(SocialGroup) - FREE_GROUPS
# Papers fetched from a citizen are paid when they are fetched; a result when it is handed over.
_BEFORE_COLLECTION = frozenset({State.READY, State.SENDING, State.ORDERED, State.FAILED, State.REFUSED})
UNPAID = {
    Direction.IN.value: _BEFORE_COLLECTION,
    Direction.OUT.value: frozenset(State) - {State.DELIVERED, State.CANCELLED},
    Direction.BETWEEN.value: frozenset(State) - {State.CANCELLED},  # offices pay later, by the month
}


def dong(value: Any) -> int:
    """An amount of đồng as it is. Raises TypeError for what is no whole number (a float, a bool, a text), ValueError below 0."""
    if type(value) is not int:
        raise TypeError(f"an amount of đồng is an int, not {type(value).__name__}")
    if value < 0:
        raise ValueError("an amount of đồng is never negative")
    return value


# --- the table --------------------------------------------------------------------------------------------------------

@dataclass(frozen=True)
class Price:
    """One line of a carrier's table; both days included. `direction` '' means every direction."""

    service: str
    zone: str
    amount: int
    valid_from: date
    valid_to: date | None = None
    direction: str = ""

    def __post_init__(self) -> None:
        dong(self.amount)

    def holds(self, day: date) -> bool:
        """Whether it is in force on a day."""
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


def price(table: Iterable[Price], *, service: str, direction: str, zone: str, day: date) -> int | None:
    """The full fee in đồng on a day; None where the table says nothing.

    A line for the very direction goes before one for all; of two the one that came into force later.
    """
    held = [line for line in table if line.service == service and line.zone == zone and line.direction in ("", direction)
            and line.holds(day)]
    best = max(held, key=lambda line: (line.direction != "", line.valid_from), default=None)
    return None if best is None else best.amount


def zone(here: Sequence[int], there: Sequence[int]) -> Zone:
    """From two places as their areas, the commune first and the province last. Without the other place: within the province."""
    if not there or not here:
        return Zone.PROVINCE
    if here[0] == there[0]:
        return Zone.SAME
    return Zone.PROVINCE if here[-1] == there[-1] else Zone.OUTSIDE


# --- discounts --------------------------------------------------------------------------------------------------------

def discount_of(group: str) -> Discount:
    """What a social group is granted; no group, no discount."""
    if group in FREE_GROUPS:
        return Discount.FREE
    return Discount.HALF if group in HALF_GROUPS else Discount.NONE


def after(fee: int, discount: str) -> int:
    """Đồng to pay after a discount. Half of an odd amount is rounded down: the odd đồng is the person's."""
    dong(fee)
    if discount == Discount.FREE:
        return 0
    return fee // 2 if discount == Discount.HALF else fee


# --- waivers ----------------------------------------------------------------------------------------------------------

@dataclass(frozen=True)
class Terms:
    """What a waiver asks of a shipment: all of it. Empty sets, '' and None ask nothing."""

    province: int
    starts_on: date
    ends_on: date | None = None
    carrier: int | None = None
    direction: str = ""
    submitted_before: date | None = None
    only_campaigns: bool = False
    procedures: frozenset[int] = frozenset()
    offices: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Facts:
    """What a waiver looks at: `day` of collection (before that: today), `submitted_on` the day the dossier was handed in."""

    province: int
    carrier: int
    direction: str
    day: date
    submitted_on: date
    by_campaign: bool
    procedure: int
    office: int


def eligible(terms: Terms, facts: Facts) -> bool:
    """Whether a waiver covers a shipment. Between offices only where the waiver says so: no citizen pays there."""
    if facts.direction == Direction.BETWEEN and terms.direction != Direction.BETWEEN:
        return False
    return all((
        terms.province == facts.province,
        terms.starts_on <= facts.day and (terms.ends_on is None or facts.day <= terms.ends_on),
        terms.carrier in (None, facts.carrier),
        terms.direction in ("", facts.direction),
        terms.submitted_before is None or facts.submitted_on < terms.submitted_before,
        facts.by_campaign or not terms.only_campaigns,
        not terms.procedures or facts.procedure in terms.procedures,
        not terms.offices or facts.office in terms.offices,
    ))


def unpaid(direction: str, state: str) -> bool:
    """Whether nobody can have paid yet: a waiver that starts now may still take it over."""
    return state in UNPAID[direction]


# --- the bill ---------------------------------------------------------------------------------------------------------

@dataclass(frozen=True)
class Bill:
    """What a shipment costs and who owes it; fee and payable are None where no table holds a price."""

    fee: int | None
    discount: str
    payable: int | None
    payer: str
    group: str = ""
    waiver: int | None = field(default=None)


def bill(*, fee: int | None, group: str, direction: str, waiver: int | None) -> Bill:
    """The discount first, by law; what is left is the waiver's, the office's between offices, else the citizen's."""
    group = "" if direction == Direction.BETWEEN else group  # a person's discount is no office's
    discount = discount_of(group)
    payable = None if fee is None else after(fee, discount)
    payer = Payer.WAIVER if waiver is not None else Payer.OFFICE if direction == Direction.BETWEEN else Payer.CITIZEN
    return Bill(fee, discount, payable, payer, group, waiver)
