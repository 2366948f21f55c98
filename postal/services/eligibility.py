"""Which waiver covers a shipment, and which shipments and dossiers a waiver would cover."""
from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import cast

from django.db.models import Exists, OuterRef, Q, QuerySet

from dossiers.models import Dossier
from dossiers.states import OPEN, ReturnMethod
from dossiers.states import State as DossierState
from onestop import clock
from postal import fees
from postal.models import CampaignItem, SettlementLine, Shipment, ShipmentQuerySet, WaiverCampaign
from postal.states import Direction, ItemState, Payer, State, WaiverState


def terms_of(waiver: WaiverCampaign) -> fees.Terms:
    """A waiver as the pure rules read it; its procedures and offices may be prefetched."""
    return fees.Terms(
        province=waiver.province_id, carrier=waiver.carrier_id, starts_on=waiver.starts_on, ends_on=waiver.ends_on,
        direction=waiver.direction, submitted_before=waiver.submitted_before, only_campaigns=waiver.only_campaigns,
        procedures=frozenset(row.pk for row in waiver.procedures.all()), offices=frozenset(row.pk for row in waiver.offices.all()))


def facts_of(shipment: Shipment) -> fees.Facts:
    """A shipment, with its dossier and office, as the pure rules read it."""
    day = clock.local(shipment.collected_at).date() if shipment.collected_at else clock.today()
    return fees.Facts(
        province=shipment.office.province_id, carrier=shipment.carrier_id, direction=shipment.direction, day=day,
        submitted_on=clock.local(shipment.dossier.submitted_at).date(), by_campaign=shipment.campaign_item_id is not None,
        procedure=shipment.dossier.procedure_id, office=shipment.office_id)


def running(province: int) -> list[WaiverCampaign]:
    """The waivers of a province that are applied now, the oldest first. Three queries."""
    found = WaiverCampaign.objects.filter(province_id=province, state=WaiverState.RUNNING).prefetch_related("procedures", "offices")
    return list(found.order_by("starts_on", "pk"))


def covering(shipment: Shipment, among: Iterable[WaiverCampaign] | None = None) -> WaiverCampaign | None:
    """The first running waiver that covers a shipment (saved or not), that of its address campaign before others; None if none does."""
    facts = facts_of(shipment)
    named = shipment.campaign_item.campaign.waiver_id if shipment.campaign_item else None
    found = sorted(running(facts.province) if among is None else among, key=lambda waiver: waiver.pk != named)
    return next((waiver for waiver in found if fees.eligible(terms_of(waiver), facts)), None)


def matching(waiver: WaiverCampaign, on: date) -> QuerySet[Shipment]:
    """The shipments made already whose fee a waiver would take over: the rule of fees.eligible() and fees.unpaid() as a query, of what
    the citizen (between offices: the office) owes and no settlement holds."""
    settled = SettlementLine.objects.filter(shipment=OuterRef("pk"), counts=True)
    found = Shipment.objects.filter(~Exists(settled), waiver__isnull=True, office__province_id=waiver.province_id)
    found = found.exclude(payer=Payer.WAIVER).filter(_unpaid(waiver.direction)).filter(_in_period(waiver, on))
    if waiver.carrier_id:
        found = found.filter(carrier_id=waiver.carrier_id)
    if waiver.only_campaigns:
        found = found.filter(campaign_item__isnull=False)
    return _of_dossiers(found, waiver, "dossier__", "office")


def paid_before(waiver: WaiverCampaign) -> ShipmentQuerySet:
    """What a waiver covers by all its terms, but the citizen had paid when it was applied: a result that was delivered, papers that were
    collected. They stay the citizen's; the office may pay them back."""
    until = waiver.applied_at or clock.now()
    asked = [waiver.direction] if waiver.direction else [Direction.OUT.value, Direction.IN.value]
    paid = Q(direction=Direction.OUT, state=State.DELIVERED) & (Q(delivered_at__lte=until) | Q(delivered_at=None, moved_at__lte=until))
    paid |= Q(direction=Direction.IN, collected_at__lte=until) & ~Q(state__in=fees.UNPAID[Direction.IN.value] | {State.CANCELLED})
    found = Shipment.objects.filter(paid, direction__in=asked, waiver__isnull=True, payer=Payer.CITIZEN, payable__gt=0,
                                    office__province_id=waiver.province_id, collected_at__isnull=False)
    found = found.filter(_in_period(waiver, clock.today()))
    if waiver.carrier_id:
        found = found.filter(carrier_id=waiver.carrier_id)
    if waiver.only_campaigns:
        found = found.filter(campaign_item__isnull=False)
    return cast("ShipmentQuerySet", _of_dossiers(found, waiver, "dossier__", "office"))


def paid_at(shipment: Shipment) -> datetime | None:
    """When a citizen paid: on delivery of a result, on collection of papers; None while nothing was paid."""
    if shipment.direction == Direction.OUT:
        return shipment.delivered_at or shipment.moved_at if shipment.state == State.DELIVERED else None
    return shipment.collected_at


def dossiers(waiver: WaiverCampaign) -> QuerySet[Dossier]:
    """The dossiers without a shipment whose papers would go free once they go by post."""
    found = Dossier.objects.filter(received_office__province_id=waiver.province_id, state__in=OPEN | {DossierState.DECIDED})
    found = found.filter(~Exists(Shipment.objects.filter(dossier=OuterRef("pk"))))
    if waiver.only_campaigns:
        found = found.filter(Exists(CampaignItem.objects.filter(dossier=OuterRef("pk"), state=ItemState.POST)))
    elif waiver.direction == Direction.OUT:
        found = found.filter(return_method=ReturnMethod.POST)
    else:
        found = found.filter(Q(return_method=ReturnMethod.POST) | Q(collect_by_post=True))
    return _of_dossiers(found, waiver, "", "received_office")


def _unpaid(direction: str) -> Q:
    asked = [direction] if direction else [Direction.OUT.value, Direction.IN.value]
    condition = Q(pk__in=())
    for name in asked:
        condition |= Q(direction=name, state__in=fees.UNPAID[name])
    return condition


def _in_period(waiver: WaiverCampaign, on: date) -> Q:
    collected = Q(collected_at__gte=clock.at(waiver.starts_on))
    if waiver.ends_on:
        collected &= Q(collected_at__lt=clock.at(waiver.ends_on + timedelta(days=1)))
    today = waiver.starts_on <= on and (waiver.ends_on is None or on <= waiver.ends_on)
    return collected | Q(collected_at__isnull=True) if today else collected


def _of_dossiers(found: QuerySet, waiver: WaiverCampaign, prefix: str, office: str) -> QuerySet:  # type: ignore[type-arg]
    procedures, offices = [row.pk for row in waiver.procedures.all()], [row.pk for row in waiver.offices.all()]
    if waiver.submitted_before:
        found = found.filter(**{f"{prefix}submitted_at__lt": clock.at(waiver.submitted_before)})
    if procedures:
        found = found.filter(**{f"{prefix}procedure__in": procedures})
    return found.filter(**{f"{office}__in": offices}) if offices else found
