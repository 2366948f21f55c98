"""What a carrier reports, by HTTP or by file. Each of its events counts once, in whatever order they come: a shipment only moves on."""
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Exists, F, OuterRef
from django.utils.translation import gettext_lazy as _

from dossiers.services import processing
from onestop import clock
from onestop.jobs import enqueue_after_commit
from onestop.patience import or_next_sweep, patiently
from onestop.transitions import Refused
from postal.carriers.words import VERBS
from postal.models import Carrier, CarrierEvent, CarrierWord, Shipment
from postal.services import doubles, fees, words
from postal.services.steps import attend, move, note
from postal.services.telling import tell_attempted, tell_delivered, tell_ordered
from postal.states import TRANSITIONS, Attention, Direction, Meaning, State

# How far a carrier's clock may be ahead of ours.
CLOCK_DIFFERENCE = timedelta(minutes=10)
MOMENTS = {"collect": "collected_at", "return": "returned_at", "deliver": "delivered_at"}
BUSY = 503  # somebody else has the dossier at this moment: the carrier shall report again
REUSED = _("Mã sự kiện này đã được dùng cho một nội dung khác.")
AFTER_CANCEL = _("Bưu chính báo tin về bưu gửi đã hủy.")
PER_JOB = 200  # events applied by one job


@dataclass(frozen=True)
class Report:
    """One event in a carrier's words; `shipment` is our id (None: known by its waybill), `happened_at` its own time."""

    event_id: str
    shipment: UUID | None
    status: str
    happened_at: datetime
    waybill: str = ""
    note: str = ""
    received_by: str = ""


@dataclass(frozen=True)
class Kept:
    """Whether an event was new, and whether it has been applied: not while its word has no meaning."""

    new: bool
    applied: bool

    def __bool__(self) -> bool:
        return self.new


@patiently
def receive(*, carrier: Carrier, report: Report) -> Kept:
    """Keep an event and do what it means; the same event again changes nothing. A word without a meaning waits for one.

    Raises Refused: from_the_future (422), unknown_shipment (404), event_mismatch (409) for an event id that was used for something else,
    unknown_status (422) where too many unknown words wait.
    """
    _check(report)
    try:
        with transaction.atomic():
            shipment = _locked(carrier, report)
            known = _known(carrier, report, shipment)
            if known is not None:
                return Kept(False, known.applied)
            meaning = words.meaning(carrier, report.status)
            body = {"waybill": report.waybill, "note": report.note, "received_by": report.received_by}
            CarrierEvent.objects.create(carrier=carrier, event_id=report.event_id, shipment=shipment, status=report.status,
                                        happened_at=report.happened_at, body=body, applied=bool(meaning))
            if meaning:
                _apply(shipment, report, meaning)
            else:
                first_waybill = bool(report.waybill and not shipment.waybill)
                words.keep(carrier, report.status)
                _heard(shipment, report, "")
                if first_waybill:
                    tell_ordered(shipment)
    except IntegrityError as error:
        raise Refused("event_mismatch", REUSED, status=409) from error
    return Kept(True, bool(meaning))


def apply_waiting(carrier_pk: int) -> int:
    """Apply events of a carrier whose word has got its meaning since, each in its own transaction; how many."""
    explained = CarrierWord.objects.filter(carrier=OuterRef("carrier"), word=OuterRef("status")).exclude(meaning="")
    waiting = CarrierEvent.objects.filter(Exists(explained), carrier=carrier_pk, applied=False).order_by("pk")
    pks = list(waiting.values_list("pk", flat=True)[:PER_JOB])
    done = sum(or_next_sweep(f"event {pk}", _apply_one, pk) for pk in pks)
    if done == PER_JOB:
        enqueue_after_commit("postal.apply_words", carrier_pk)
    return done


def apply_explained() -> int:
    """The same for every carrier with such events; how many."""
    explained = CarrierWord.objects.filter(carrier=OuterRef("carrier"), word=OuterRef("status")).exclude(meaning="")
    waiting = CarrierEvent.objects.filter(Exists(explained), applied=False).order_by("carrier")
    return sum(apply_waiting(pk) for pk in waiting.values_list("carrier", flat=True).distinct())


@patiently
def _apply_one(pk: int) -> bool:
    with transaction.atomic():
        event = CarrierEvent.objects.select_related("carrier").get(pk=pk)
        report = Report(event.event_id, event.shipment.key if event.shipment else None, event.status, event.happened_at, **event.body)
        shipment = _locked(event.carrier, report)
        meaning = words.meaning(event.carrier, event.status)
        if not meaning or CarrierEvent.objects.filter(pk=pk, applied=False).update(applied=True) != 1:
            return False
        _apply(shipment, report, meaning)
    return True


def _check(report: Report) -> None:
    if report.happened_at > clock.now() + CLOCK_DIFFERENCE:
        early = _("Thời điểm xảy ra ở tương lai.")
        raise Refused("from_the_future", early, fields={"happened_at": [early]})


def _locked(carrier: Carrier, report: Report) -> Shipment:
    own = Shipment.objects.select_for_update(of=("self",)).select_related("carrier", "dossier", "office").filter(carrier=carrier)
    if report.shipment is not None:
        found = list(own.filter(key=report.shipment))
    else:
        found = list(own.filter(waybill=report.waybill)[:2]) if report.waybill else []
    if len(found) != 1:
        raise Refused("unknown_shipment", _("Không tìm thấy bưu gửi này."), status=404)
    return found[0]


def _known(carrier: Carrier, report: Report, shipment: Shipment) -> CarrierEvent | None:
    known = CarrierEvent.objects.filter(carrier=carrier, event_id=report.event_id).first()
    if known is not None and (known.shipment_id, known.status) != (shipment.pk, report.status):
        raise Refused("event_mismatch", REUSED, status=409)
    return known


def _apply(shipment: Shipment, report: Report, meaning: str) -> None:
    """Take the step that a meaning stands for, or keep the report where the shipment is further on."""
    verb = VERBS[meaning]
    before, lost_answer = shipment.state, shipment.ordered_at is None  # the carrier has it, and our own side has not heard so
    first_waybill = bool(report.waybill and not shipment.waybill)
    if verb is None or shipment.state not in TRANSITIONS[verb][0]:
        _heard(shipment, report, meaning)
    else:
        move(shipment, verb, changes=_changes(shipment, report, verb) | _asked(shipment, verb), **_told(shipment, report, meaning))
    if verb == "deliver" and shipment.direction == Direction.OUT and shipment.state == State.DELIVERED:
        _hand_over(shipment)
    if meaning == Meaning.ATTEMPTED:
        _attempted(shipment, report)
    if first_waybill or lost_answer or before == State.NOT_COLLECTED:  # fetched after all: now it is news
        tell_ordered(shipment)
    if shipment.waiver_id is not None:
        fees.stay_paid(shipment)
    if shipment.replaced and doubles.is_found(shipment, meaning, report.happened_at, before):
        doubles.ask(shipment)


def _told(shipment: Shipment, report: Report, meaning: str) -> dict[str, Any]:
    return {"label": shipment.carrier.name, "reason": report.note, "event": report.event_id, "status": meaning or report.status}


def _heard(shipment: Shipment, report: Report, meaning: str) -> None:
    """A report that moves nothing: it stands in the history, its moment and waybill are kept, and the shipment is not silent."""
    changes = _changes(shipment, report, VERBS[meaning] if meaning else None) | {"moved_at": clock.now()}
    Shipment.objects.filter(pk=shipment.pk).update(**changes)
    for name, value in changes.items():
        setattr(shipment, name, value)
    note(shipment, "report", shipment.state, shipment.state, **_told(shipment, report, meaning))
    if shipment.state == State.CANCELLED and meaning:
        attend(shipment, Attention.DISPUTED, reason=str(AFTER_CANCEL))


def _changes(shipment: Shipment, report: Report, verb: str | None) -> dict[str, Any]:
    """Moments (of two reports the earlier), the waybill where our own side has not heard it, who took it."""
    changes: dict[str, Any] = {}
    for field in [MOMENTS[verb]] if verb in MOMENTS else []:
        before = getattr(shipment, field)
        if before is None or report.happened_at < before:
            changes[field] = report.happened_at
    if report.waybill and not shipment.waybill:
        changes["waybill"] = report.waybill
    if verb == "deliver" and report.received_by and not shipment.received_by:
        changes["received_by"] = report.received_by
    return changes


def _asked(shipment: Shipment, verb: str) -> dict[str, Any]:
    """That somebody asks for the address stays until somebody has, or until it no longer matters: whatever order the reports come in. What
    the two sides differ about stays until somebody has said what is so.
    Papers that the carrier brought to an office are taken in there."""
    if verb == "deliver" and shipment.direction != Direction.OUT and shipment.arrived_at is None:
        return {"attention": Attention.ARRIVED.value, "attention_since": clock.now()}
    if shipment.attention == Attention.DISPUTED or (verb in ("collect", "move") and doubles.is_one_too_many(shipment)):
        return {"attention": Attention.DISPUTED.value, "attention_since": shipment.attention_since or clock.now()}
    asked = shipment.attention == Attention.ADDRESS or (shipment.state == State.NOT_COLLECTED and shipment.delivery_attempts > 0)
    if asked and verb in ("collect", "move"):
        return {"attention": Attention.ADDRESS.value, "attention_since": shipment.attention_since or clock.now()}
    return {}


def _attempted(shipment: Shipment, report: Report) -> None:
    """A try to deliver that failed: counted, told to the citizen once, and somebody asks for the address while it is on its way."""
    Shipment.objects.filter(pk=shipment.pk).update(delivery_attempts=F("delivery_attempts") + 1)
    shipment.delivery_attempts += 1
    if shipment.state in TRANSITIONS["turn_back"][0] and shipment.state != State.NOT_COLLECTED:
        attend(shipment, Attention.ADDRESS, reason=report.note, label=shipment.carrier.name)
        if shipment.direction == Direction.OUT:
            tell_attempted(shipment, report.event_id, report.note)


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
