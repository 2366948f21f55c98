"""What a clerk has to fetch now: results at the offices, papers at citizens' homes, what is due first at the top."""
from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db.models import Count, Min, Q

from onestop import clock
from onestop.offices.models import Office
from onestop.people.models import User
from postal.models import HandoverList, Shipment, ShipmentQuerySet
from postal.states import TO_FETCH, Direction, HandoverState

MOST_OFFICES = 100


class Timed:
    """Something to be fetched until a time."""

    @property
    def due_at(self) -> datetime | None:
        """Until when."""
        raise NotImplementedError

    @property
    def seconds_left(self) -> int:
        """Until it is late; negative when it is."""
        return 0 if self.due_at is None else int((self.due_at - clock.now()).total_seconds())

    @property
    def minutes_left(self) -> int:
        """The same in whole minutes."""
        return self.seconds_left // 60

    @property
    def minutes_late(self) -> int:
        """By which it is late; 0 if it isn't."""
        return max(0, -self.minutes_left)


@dataclass(frozen=True)
class Stop(Timed):
    """An office where something waits: how many, how many of them late, and until when the first is to be fetched."""

    office: Office
    count: int
    late: int
    first_due_at: datetime | None

    @property
    def due_at(self) -> datetime | None:
        return self.first_due_at


@dataclass(frozen=True)
class Home(Timed):
    """One shipment to be fetched: papers at a citizen's, or an envelope at an office."""

    shipment: Shipment

    @property
    def due_at(self) -> datetime | None:
        return self.shipment.collect_due_at


def to_fetch(user: User) -> ShipmentQuerySet:
    """What the carrier knows of and this clerk has to fetch, due first."""
    return Shipment.objects.visible_to(user).filter(state__in=TO_FETCH).order_by("collect_due_at", "pk")


def stops(user: User) -> list[Stop]:
    """The offices with something to fetch, the first due at the top. Two queries."""
    late = Count("pk", filter=Q(collect_due_at__lt=clock.now()))
    rows = list(to_fetch(user).exclude(direction=Direction.IN).order_by().values("office_id")
                .annotate(many=Count("pk"), late=late, due=Min("collect_due_at")).order_by("due", "office_id")[:MOST_OFFICES])
    offices = Office.objects.select_related("area").in_bulk([row["office_id"] for row in rows])
    return [Stop(offices[row["office_id"]], row["many"], row["late"], row["due"]) for row in rows]


def homes(user: User) -> ShipmentQuerySet:
    """Papers to be fetched at citizens', due first."""
    return to_fetch(user).filter(direction=Direction.IN).select_related("office", "point", "dossier")


def at_office(user: User, office: Office) -> ShipmentQuerySet:
    """What waits at an office, due first."""
    return to_fetch(user).exclude(direction=Direction.IN).filter(office=office).select_related("dossier", "area")


def open_lists(user: User) -> list[HandoverList]:
    """The lists that this person has begun and not signed."""
    found = HandoverList.objects.filter(made_by=user, state=HandoverState.OPEN).select_related("office", "carrier")
    return list(found.annotate(many=Count("items")).order_by("-pk")[:10])


def most_in_a_list() -> int:
    """Shipments that one list takes."""
    return int(settings.HANDOVER_MOST)
