"""Reading handover lists: how much is in them, who can begin one between whom."""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum

from onestop import clock
from onestop.offices.models import Office
from onestop.people.models import User
from onestop.people.states import Role
from postal import policies
from postal.models import Carrier, HandoverItem, HandoverList
from postal.states import HandoverKind, HandoverState


@dataclass(frozen=True)
class Totals:
    """What lies in a list: shipments, papers, those whose papers were counted one by one, those that differ."""

    shipments: int
    papers: int
    counted: int
    differing: int


@dataclass(frozen=True)
class Row:
    """A list with what lies in it."""

    list: HandoverList
    shipments: int
    papers: int


def totals(row: HandoverList) -> Totals:
    """One query."""
    found = row.items.aggregate(shipments=Count("pk"), papers=Sum("papers"), counted=Count("pk", filter=Q(counted_at__isnull=False)),
                                differing=Count("pk", filter=~Q(differs="")))
    return Totals(found["shipments"], found["papers"] or 0, found["counted"], found["differing"])


def with_counts(lists: Sequence[HandoverList]) -> list[Row]:
    """Lists with what lies in them, the signed ones with what they froze. One query."""
    nothing: dict[str, Any] = {}
    still_open = [row.pk for row in lists if row.state != HandoverState.CLOSED]
    sums = {found["list"]: found for found in HandoverItem.objects.filter(list__in=still_open).order_by().values("list")
            .annotate(many=Count("pk"), papers=Sum("papers"))}
    return [Row(row, row.shipments_total, row.papers_total) if row.state == HandoverState.CLOSED
            else Row(row, sums.get(row.pk, nothing).get("many", 0), sums.get(row.pk, nothing).get("papers", 0)) for row in lists]


def choices(user: User) -> tuple[QuerySet[Office], QuerySet[Carrier]]:
    """The offices and carriers between which somebody may begin a list."""
    own, provinces = user.office_ids_as(Role.DESK), user.provinces_as(Role.CARRIER)
    clerk = policies.clerk_of(user)
    there = Q(province_id__in=provinces) if clerk is not None else Q(pk__in=[])
    if clerk is not None and clerk.area_ids:
        there &= Q(area_id__in=clerk.area_ids)
    offices = Office.objects.active_on(clock.today()).filter(Q(pk__in=own) | there)
    serving = Q(province__isnull=True) | Q(province_id__in=user.province_ids)
    carriers = Carrier.objects.filter(serving, active=True)
    return offices, carriers.filter(pk=clerk.carrier_id) if clerk is not None and not own else carriers


def usual_names(row: HandoverList, user: User) -> dict[str, Any]:
    """Who signs, as far as it is known: the person at the screen, on their own side."""
    of_office = row.office_id in user.office_ids_as()
    return {"giver" if of_office == (row.kind == HandoverKind.TO_CARRIER) else "receiver": user.full_name}
