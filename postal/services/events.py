"""What a carrier reports. Each of its events counts once, in whatever order they come: a shipment only moves on."""
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from dossiers.services import processing
from onestop import clock
from onestop.transitions import Refused
from postal.carriers.words import VERBS
from postal.models import Carrier, CarrierEvent, Shipment
from postal.services.steps import move, note
from postal.services.telling import tell_delivered
from postal.states import TRANSITIONS

# How far a carrier's clock may be ahead of ours.
CLOCK_DIFFERENCE = timedelta(minutes=10)
MOMENTS = {"collect": "collected_at", "return": "returned_at", "deliver": "delivered_at"}
BUSY = 503  # somebody else has the dossier at this moment: the carrier shall report again
REUSED = _("Mã sự kiện này đã được dùng cho một nội dung khác.")


@dataclass(frozen=True)
class Report:
    """One event in a carrier's words; `shipment` is our id, `happened_at` its own time."""

    event_id: str
    shipment: UUID
    status: str
    happened_at: datetime
    waybill: str = ""
    note: str = ""


def receive(*, carrier: Carrier, report: Report) -> bool:
    """Keep an event and do what it means; whether it was new. The same event again changes nothing.

    Raises Refused: unknown_status (422), from_the_future (422), unknown_shipment (404), event_mismatch (409) for an event
    id that was used for something else.
    """
    _check(report)
    try:
        with transaction.atomic():
            shipment = _locked(carrier, report)
            if _known(carrier, report, shipment):
                return False
            body = {"waybill": report.waybill, "note": report.note}
            CarrierEvent.objects.create(carrier=carrier, event_id=report.event_id, shipment=shipment, status=report.status,
                                        happened_at=report.happened_at, body=body)
            _apply(shipment, report)
    except IntegrityError as error:
        raise Refused("event_mismatch", REUSED, status=409) from error
    return True


def _check(report: Report) -> None:
    if report.status not in VERBS:
        unknown = _("Không có trạng thái nào tên là “%(status)s”.") % {"status": report.status}
        raise Refused("unknown_status", unknown, fields={"status": [unknown]})
    if report.happened_at > clock.now() + CLOCK_DIFFERENCE:
        early = _("Thời điểm xảy ra ở tương lai.")
        raise Refused("from_the_future", early, fields={"happened_at": [early]})


def _locked(carrier: Carrier, report: Report) -> Shipment:
    own = Shipment.objects.select_for_update(of=("self",)).select_related("carrier", "dossier", "office").filter(carrier=carrier)
    shipment = own.filter(key=report.shipment).first()
    if shipment is None:
        raise Refused("unknown_shipment", _("Không tìm thấy bưu gửi này."), status=404)
    return shipment


def _known(carrier: Carrier, report: Report, shipment: Shipment) -> bool:
    known = CarrierEvent.objects.filter(carrier=carrier, event_id=report.event_id).first()
    if known is None:
        return False
    if (known.shipment_id, known.status) != (shipment.pk, report.status):
        raise Refused("event_mismatch", REUSED, status=409)
    return True


def _apply(shipment: Shipment, report: Report) -> None:
    verb = VERBS[report.status]
    changes = _changes(shipment, report, verb)
    told: dict[str, Any] = {"label": shipment.carrier.name, "reason": report.note, "event": report.event_id, "status": report.status}
    if verb is None or shipment.state not in TRANSITIONS[verb][0]:
        _keep(shipment, changes)
        note(shipment, "report", shipment.state, shipment.state, **told)
        return
    move(shipment, verb, changes=changes, **told)
    if verb == "deliver":
        _hand_over(shipment)


def _changes(shipment: Shipment, report: Report, verb: str | None) -> dict[str, object]:
    """Moments (of two reports the earlier) and the waybill, where our own side has not heard it."""
    changes: dict[str, object] = {}
    field = MOMENTS.get(verb or "")
    before = getattr(shipment, field) if field else None
    if field and (before is None or report.happened_at < before):
        changes[field] = report.happened_at
    if report.waybill and not shipment.waybill:
        changes["waybill"] = report.waybill
    return changes


def _keep(shipment: Shipment, changes: dict[str, object]) -> None:
    if changes:
        Shipment.objects.filter(pk=shipment.pk).update(**changes)


def _hand_over(shipment: Shipment) -> None:
    """The dossier is returned in the same transaction, and the citizen is told so by it. Where it was returned otherwise, the
    report stands, history says so, and the citizen hears what the carrier says."""
    try:
        with transaction.atomic():
            processing.hand_over(actor=None, actor_label=shipment.carrier.name, dossier=shipment.dossier, via="post",
                                 note=shipment.waybill)
    except Refused as refusal:
        if refusal.status == BUSY:
            raise
        note(shipment, "hand_over", shipment.state, shipment.state, reason=str(refusal.sentence))
        tell_delivered(shipment)
