"""What the pages of the post show."""
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q

from onestop import clock
from onestop.people.models import User
from postal import policies
from postal.models import Shipment, ShipmentQuerySet
from postal.states import GROUPS, State
from postal.timers import wall_due


@dataclass(frozen=True)
class Row:
    """A shipment in a list. `minutes_left` until it is to be fetched, negative when late; None once it has been."""

    shipment: Shipment
    minutes_left: int | None
    may_collect: bool

    @property
    def minutes_late(self) -> int:
        """Minutes by which fetching it is late; 0 if it isn't."""
        return max(0, -(self.minutes_left or 0))


def rows(user: User, shipments: ShipmentQuerySet | list[Shipment]) -> list[Row]:
    """The rows that a person sees; shipments come with office and dossier."""
    return [Row(one, minutes_left(one), one.state == State.ORDERED and policies.can_collect(user, one)) for one in shipments]


def minutes_left(shipment: Shipment) -> int | None:
    """Minutes by the clock on the wall until the carrier has to have fetched it; None if it has, or isn't to."""
    if shipment.state != State.ORDERED or shipment.collect_due_at is None:
        return None
    return int((shipment.collect_due_at - clock.now()).total_seconds() // 60)


def counts(user: User) -> dict[str, int]:
    """How many of the shipments one may see are in each list, and how many wait for the carrier too long. One query."""
    late = Q(state=State.ORDERED, collect_due_at__lt=clock.now())
    asked = {name.replace("-", "_"): Count("pk", filter=Q(state__in=states)) for name, (_label, states) in GROUPS.items()}
    found = Shipment.objects.visible_to(user).order_by().aggregate(late=Count("pk", filter=late), **asked)
    return {name.replace("_", "-"): count for name, count in found.items()}


def by_wall_clock(shipment: Shipment) -> datetime | None:
    """The same hours by the clock on the wall, which the letter may have meant as well (rules.md 8): shown beside the due time."""
    start = shipment.ordered_at or shipment.created_at
    return wall_due(start, shipment.carrier.collect_hours) if shipment.collect_due_at else None
