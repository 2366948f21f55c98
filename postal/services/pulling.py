"""Postal pulls: decided dossiers to be returned by post get their shipment. Repeats are harmless: one shipment a dossier."""
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, QuerySet

from dossiers.models import Dossier
from dossiers.states import ReturnMethod
from dossiers.states import State as DossierState
from onestop import clock
from onestop.directives.rules import rules_for
from onestop.directives.states import RuleKind
from onestop.offices.calendars import work_calendar
from onestop.offices.models import Office
from onestop.worktime import CalendarMissing
from postal.models import Carrier, Shipment
from postal.services.steps import note
from postal.states import Direction, State
from postal.timers import wall_due, working_due

PER_SWEEP = 500
LOOK_AHEAD = timedelta(days=30)  # no holiday is as long


@dataclass(frozen=True)
class Collection:
    """Until when the carrier has to fetch something, and the letter that says so, if one does."""

    due_at: datetime
    hours: int
    legal_basis: str


def pull_decided() -> int:
    """Make shipments for decided dossiers that are to go by post and have none; how many were made (500 at most)."""
    carriers = {carrier.province_id: carrier for carrier in Carrier.objects.filter(active=True).order_by("-code")}
    waiting = _waiting()
    if None not in carriers:
        waiting = waiting.filter(received_office__province_id__in=list(carriers))
    made = 0
    for dossier in waiting.select_related("received_office__area", "procedure").order_by("pk")[:PER_SWEEP]:
        carrier = carriers.get(dossier.received_office.province_id) or carriers[None]
        made += make(dossier=dossier, carrier=carrier) is not None
    return made


def _waiting() -> QuerySet[Dossier]:
    on_its_way = Shipment.objects.filter(dossier=OuterRef("pk"), direction=Direction.OUT).exclude(state=State.CANCELLED)
    return Dossier.objects.filter(~Exists(on_its_way), state=DossierState.DECIDED, return_method=ReturnMethod.POST)


def make(*, dossier: Dossier, carrier: Carrier) -> Shipment | None:
    """The shipment that returns a dossier's result, with its address as it is now; None if there is one already."""
    office = dossier.received_office
    collection = collection_for(carrier=carrier, office=office, start=clock.now())
    fields = {"recipient": dossier.full_name, "phone": dossier.phone, "address": dossier.return_address}
    try:
        with transaction.atomic():
            shipment = Shipment.objects.create(carrier=carrier, dossier=dossier, office=office, direction=Direction.OUT,
                                               collect_due_at=collection.due_at, **fields)
            note(shipment, "create", "", shipment.state, legal_basis=collection.legal_basis, hours=collection.hours)
    except IntegrityError:
        return None
    return shipment


def collection_for(*, carrier: Carrier, office: Office, start: datetime) -> Collection:
    """Until when a carrier told at `start` has to come.

    The hours of a letter in force at the office (collect_within), else the carrier's own; by its working hours or the
    clock on the wall, as the carrier is set. Without a work calendar for these days the wall clock counts.
    """
    letter = rules_for(office=office, on=clock.local(start).date()).get(RuleKind.COLLECT_WITHIN)
    hours = int(letter.params.get("hours") or carrier.collect_hours) if letter else carrier.collect_hours
    basis = f"{letter.number}, {letter.clause}" if letter else ""
    if not carrier.working_hours_only:
        return Collection(wall_due(start, hours), hours, basis)
    try:
        first = clock.local(start).date()
        return Collection(working_due(work_calendar(first, first + LOOK_AHEAD), start, hours), hours, basis)
    except CalendarMissing:
        return Collection(wall_due(start, hours), hours, basis)
