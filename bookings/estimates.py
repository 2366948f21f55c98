"""PURE: how long until one's turn, as an honest range in minutes; nothing where nobody could know."""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor
from statistics import quantiles

ENOUGH = 5  # measured services below which the usual ones are taken instead
USUAL_MINUTES = (8.0, 20.0)  # one service as it usually goes, the quicker and the slower
ROUND_TO = 5  # nobody can know it by the minute


@dataclass(frozen=True)
class Estimate:
    """From `low` to `high` minutes; `measured`: by this office's own services, not by the usual ones."""

    low: int
    high: int
    measured: bool


def estimate(*, before: int, expected: int, counters: int, minutes: Sequence[float]) -> Estimate | None:
    """When somebody with `before` people before them is called, at best and at worst.

    `expected` may still come with an earlier time; `counters` call numbers now: none, and nobody can know. `minutes` are the measured
    services of late: the middle half of them is believed.
    """
    if counters < 1:
        return None
    measured = len(minutes) >= ENOUGH
    quick, _middle, slow = quantiles(minutes, n=4) if measured else (USUAL_MINUTES[0], 0.0, USUAL_MINUTES[1])
    low = floor(before // counters * max(quick, 0.0) / ROUND_TO) * ROUND_TO
    high = ceil(((before + expected) // counters + 1) * max(slow, 1.0) / ROUND_TO) * ROUND_TO
    return Estimate(low, max(high, low + ROUND_TO), measured)
