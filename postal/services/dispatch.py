"""Telling the carrier, with our id as the idempotency key.

Three parts, so that nothing outside is called inside a transaction: claim() commits who tries, the adapter sends the
order, settle() commits the outcome. A worker that dies in between leaves a claimed row, which release_stuck() gives back
after SEND_LEASE_SECONDS; the carrier knows our id and makes one shipment of it.
"""
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from onestop import clock
from onestop.jobs import enqueue_after_commit, lease, pause_after
from onestop.notify.channels import Permanent, Temporary
from onestop.patience import each_part, or_next_sweep, patiently
from postal.carriers import Ordered, Outcome, adapters
from postal.models import Shipment, ShipmentQuerySet
from postal.services import breakers
from postal.services.pulling import PER_SWEEP, follow_wishes, pull_accepted, pull_decided
from postal.services.steps import attend, move, note
from postal.services.telling import tell_ordered
from postal.services.timing import started
from postal.states import TRANSITIONS, Adapter, Attention, State

PER_JOB = 25
UNREACHABLE_IN_A_ROW = 3  # then the rest of a job waits: nobody answers
STOPPED_HALFWAY = _("Tiến trình chuyển bưu chính đã dừng giữa chừng.")
TOO_LATE = _("Bưu gửi bị hủy trong lúc đang báo bưu chính; bưu chính đã nhận yêu cầu.")
CARRIER_OFF = _("Doanh nghiệp bưu chính này không còn được dùng.")
NOT_NEEDED = _("Hồ sơ không còn cần bưu chính vận chuyển.")


def dispatch_all(pks: Sequence[int]) -> int:
    """Dispatch the shipments of one job, one after the other; how many the carrier took. Stops early when nobody answers."""
    ordered = silent = 0
    for pk in pks:
        outcome = dispatch(pk)
        ordered += isinstance(outcome, Ordered)
        silent = silent + 1 if isinstance(outcome, Temporary) and outcome.unreachable else 0
        if silent >= UNREACHABLE_IN_A_ROW:
            break
    return ordered


def dispatch(pk: int) -> Outcome | None:
    """Claim, look again whether it is needed, order, settle. None if the shipment is not due, not needed any more, another worker has it,
    or nothing is sent to its carrier now."""
    shipment = claim(pk)
    if shipment is None:
        return None
    if not shipment.is_needed:
        move(shipment, "cancel", reason=str(NOT_NEEDED))
        return None
    outcome = adapters.for_(shipment.carrier).order(shipment)
    settle(shipment, outcome)
    breakers.heard(shipment.carrier, outcome)
    return outcome


def claim(pk: int) -> Shipment | None:
    """Take a due shipment: one conditional UPDATE that changes exactly one row, committed before the carrier is called.

    The carrier's time to fetch a result starts now, when it is told first (letter Khánh Hòa, clause 3).
    """
    moment = clock.now()
    related = Shipment.objects.select_related("carrier", "dossier", "office", "to_office", "point")
    shipment = tellable(moment).filter(pk=pk).select_related("carrier", "office").first()
    if shipment is None:
        return None
    changes = {"state": State.SENDING, "claimed_at": moment, "attempts": F("attempts") + 1, **started(shipment, moment)}
    if Shipment.objects.filter(pk=pk).due(moment).update(**changes) != 1:
        return None
    return related.get(pk=pk)


def tellable(moment: datetime) -> ShipmentQuerySet:
    """Due shipments whose carrier takes orders one by one, is in use, and does not rest."""
    awake = Q(carrier__rest_until__isnull=True) | Q(carrier__rest_until__lte=moment)
    return Shipment.objects.due(moment).filter(awake, carrier__adapter=Adapter.HTTP, carrier__active=True)


def settle(shipment: Shipment, outcome: Outcome) -> bool:
    """Write down what came of an attempt. A failure counts only for the worker that still holds the claim; a success always."""
    if isinstance(outcome, Ordered):
        return _ordered(shipment, outcome)
    reason = outcome.reason[:255]
    if isinstance(outcome, Permanent):
        return move(shipment, "refuse", reason=reason, changes={"last_error": reason}, attempt=shipment.attempts)
    if shipment.attempts >= settings.SEND_MAX_ATTEMPTS:
        return move(shipment, "fail", reason=reason, changes={"last_error": reason}, attempt=shipment.attempts)
    later = clock.now() + max(pause_after(shipment.attempts), timedelta(seconds=outcome.pause))
    changes = {"last_error": reason, "next_attempt_at": later}
    return move(shipment, "try_later", reason=reason, changes=changes, attempt=shipment.attempts)


def _ordered(shipment: Shipment, outcome: Ordered) -> bool:
    """The carrier has it. Its events may have come before its answer: then the state is further on and stays."""
    told_at = shipment.claimed_at
    with transaction.atomic():
        row = Shipment.objects.select_for_update(of=("self",)).select_related("carrier", "dossier", "office").get(pk=shipment.pk)
        known = row.ordered_at is not None and row.waybill == (outcome.waybill or row.waybill)
        if known and row.state not in TRANSITIONS["order"][0]:
            return False
        changes = {"waybill": outcome.waybill or row.waybill, "ordered_at": told_at, "last_error": ""}
        if row.state in TRANSITIONS["order"][0]:
            move(row, "order", changes=changes, waybill=outcome.waybill, attempt=shipment.attempts)
        else:
            Shipment.objects.filter(pk=row.pk).update(**changes)
            row.waybill = outcome.waybill or row.waybill
            note(row, "order", row.state, row.state, waybill=outcome.waybill, attempt=shipment.attempts)
        _told(row)
    return True


def _told(row: Shipment) -> None:
    """The citizen hears of it, unless it was cancelled while the carrier was told: then both sides have to be brought together. A result
    without a waybill yet is told of once the carrier's reports bring one."""
    if row.state == State.CANCELLED:
        attend(row, Attention.DISPUTED, reason=str(TOO_LATE))
    else:
        tell_ordered(row)


# --- sweeping -----------------------------------------------------------------------------------------------------

def sweep() -> int:
    """Pull decided dossiers, give back what dead workers hold, hand what is due to jobs; how many were handed out."""
    done = each_part("postal", {"released": release_stuck, "without_carrier": fail_without_carrier, "taken_back": follow_wishes,
                                "decided": pull_decided, "accepted": pull_accepted})
    pulled = max(done["decided"], done["accepted"])
    pks = reserve_due(limit=PER_SWEEP)
    for start in range(0, len(pks), PER_JOB):
        enqueue_after_commit("postal.dispatch", *pks[start:start + PER_JOB])
    if PER_SWEEP in (pulled, len(pks)):
        enqueue_after_commit("postal.sweep")
    return len(pks)


def reserve_due(*, limit: int) -> list[int]:
    """Ids of due shipments that no job is on its way for, oldest first; they count as queued for one lease."""
    moment = clock.now()
    waiting = tellable(moment).unqueued(moment).order_by("next_attempt_at", "pk")
    pks = list(waiting.values_list("pk", flat=True)[:limit])
    Shipment.objects.filter(pk__in=pks, state=State.READY).update(queued_until=moment + lease())
    return pks


def release_stuck() -> int:
    """Shipments whose worker has been silent for longer than the lease are due again, or failed after the last attempt. Those of a manifest
    are gone on with by postal.services.files."""
    stuck = Shipment.objects.stuck(clock.now() - lease()).filter(manifest__isnull=True).order_by("pk")[:PER_SWEEP]
    return sum(or_next_sweep("a silent worker's shipment", _release, shipment) for shipment in stuck)


@patiently
def _release(shipment: Shipment) -> bool:
    reason = str(STOPPED_HALFWAY)
    if shipment.attempts >= settings.SEND_MAX_ATTEMPTS:
        return move(shipment, "fail", reason=reason, changes={"last_error": reason})
    return move(shipment, "try_later", reason=reason, changes={"last_error": reason, "next_attempt_at": clock.now()})


def fail_without_carrier() -> int:
    """Shipments whose carrier is no longer in use go to the dead letters: somebody cancels them or puts the carrier back."""
    left = Shipment.objects.filter(state=State.READY, carrier__active=False).select_related("carrier", "dossier").order_by("pk")[:PER_SWEEP]
    return sum(move(shipment, "fail", reason=str(CARRIER_OFF), changes={"last_error": str(CARRIER_OFF)}) for shipment in left)
