"""Finds what stands still: sets why somebody has to look at a shipment, and takes it off once that is settled.

Which shipment asks what of whom is decided by postal/stuck.py; here are the rows that may have changed, found by indexed conditions.
"""
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet

from dossiers.states import IN_INBOX, ReturnMethod
from dossiers.states import State as DossierState
from onestop import clock
from onestop.patience import each_part, or_next_sweep, patiently
from postal.models import Carrier, Shipment, ShipmentEvent
from postal.services import escalating
from postal.services.steps import attend
from postal.states import DEAD_LETTERS, ENDED_BADLY, MOVING, UNFETCHED, Attention, Direction
from postal.stuck import STICKY, Facts, attention_now

PER_SWEEP = 1000
NEEDED = (Q(direction=Direction.OUT, dossier__state=DossierState.DECIDED, dossier__return_method=ReturnMethod.POST)
          | Q(direction=Direction.IN, dossier__collect_by_post=True, dossier__state__in=IN_INBOX)
          | Q(direction=Direction.BETWEEN) & ~Q(dossier__state__in=[DossierState.REFUSED, DossierState.WITHDRAWN]))


def sweep() -> dict[str, int]:
    """Warnings, escalations, and what stands still; how many of each. A fault in one keeps none of the others waiting."""
    return each_part("postal watch", {"warned": escalating.warn, "escalated": escalating.escalate, "changed": watch})


def watch() -> int:
    """Look at every shipment that may ask something else of somebody than it says; how many changed."""
    moment = clock.now()
    seen = Shipment.objects.select_related("carrier", "dossier").annotate(kept=Exists(_kept()))
    return sum(_look_at(found, moment) for rows in _suspects(seen, moment) for found in rows.order_by("pk")[:PER_SWEEP])


def _kept() -> QuerySet[ShipmentEvent]:
    """That somebody has said what becomes of a shipment."""
    return ShipmentEvent.objects.filter(subject=OuterRef("pk"), verb="keep")


def _look_at(shipment: Shipment, moment: datetime) -> bool:
    return or_next_sweep("a stuck shipment", patiently(attend), shipment, attention_now(facts_of(shipment), moment))


def facts_of(shipment: Shipment) -> Facts:
    """What postal/stuck.py has to know; the shipment is read with its carrier, its dossier and `kept`."""
    settled = shipment.replaced or not shipment.is_needed
    return Facts(shipment.state, shipment.attention, shipment.moved_at, shipment.collect_due_at, shipment.carrier.silent_days, settled,
                 kept=bool(getattr(shipment, "kept", False)))


def _suspects(seen: QuerySet[Shipment], moment: datetime) -> list[QuerySet[Shipment]]:
    """Those that may have got a reason, and those whose reason may be gone."""
    calm = seen.filter(attention="")
    late = calm.filter(state__in=UNFETCHED, collect_due_at__lt=moment)
    silent = [calm.filter(carrier_id=pk, state__in=MOVING, moved_at__lt=moment - timedelta(days=days))
              for pk, days in Carrier.objects.values_list("pk", "silent_days")]
    ended = calm.filter(NEEDED, ~Exists(_kept()), state__in=ENDED_BADLY, replaced=False)
    return [late, *silent, ended, *_over(seen.exclude(attention="").exclude(attention__in=STICKY), moment)]


def _over(asked: QuerySet[Shipment], moment: datetime) -> list[QuerySet[Shipment]]:
    """Where the reason that is written down holds no more."""
    late, dead = asked.filter(attention=Attention.LATE), asked.filter(attention=Attention.DEAD)
    silent, ended = asked.filter(attention=Attention.SILENT), asked.filter(attention=Attention.ENDED)
    gone = ended.filter(~NEEDED | ~Q(state__in=ENDED_BADLY) | Q(replaced=True) | Q(Exists(_kept())))
    heard = [silent.filter(carrier_id=pk, moved_at__gte=moment - timedelta(days=days))
             for pk, days in Carrier.objects.values_list("pk", "silent_days")]
    return [late.exclude(state__in=UNFETCHED, collect_due_at__lt=moment), silent.exclude(state__in=MOVING), *heard,
            dead.exclude(state__in=DEAD_LETTERS), gone]
