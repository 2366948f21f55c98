"""Signing a handover list. In one transaction it gets its number, everything in it changes hands, and its lines are frozen."""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from onestop import clock
from onestop.offices.models import Office
from onestop.patience import patiently
from onestop.people.models import User
from onestop.people.words import clean
from onestop.transitions import Refused
from postal.models import HandoverCounter, HandoverItem, HandoverList, Shipment, ShipmentEvent
from postal.services import arriving, counting, handling, steps
from postal.services.handover.lists import CLOSED, claim
from postal.services.handover.lists import note as note_list
from postal.states import HANDOVER_TRANSITIONS, Direction, HandoverKind, HandoverState, State

GIVEN = ("counts", "papers", "counted_at", "counted_by", "sealed_at", "seal_number", "cleaned_at")


@dataclass(frozen=True)
class Signing:
    """What both sides say when they sign. `on_paper`: they sign the printed list; else both signatures were drawn."""

    giver: str
    receiver: str
    giver_signature: str = ""
    receiver_signature: str = ""
    on_paper: bool = False
    counted: bool = False
    sealed: bool = False
    note: str = ""


@patiently
def close(*, row: HandoverList, signing: Signing, actor: User | None = None, label: str = "") -> HandoverList:
    """Both sides have signed: number, totals and lines stand from now on, and every shipment is collected or has arrived. A second call
    gives the signed list.

    Raises Refused: 'empty_list', 'not_cleaned', 'gone' (a shipment that can't be handed over any more), 'closed' 409, 'invalid' with
    fields, 'bad_signature', 403.
    """
    with transaction.atomic():
        held = claim(row, actor, only_open=False)
        if held.state == HandoverState.CLOSED:
            return held
        if held.state not in HANDOVER_TRANSITIONS["close"][0]:
            raise Refused("closed", CLOSED, status=409)
        items = list(held.items.order_by("position"))
        signed = _checked(held, items, signing)
        moment = clock.now()
        held.number = next_number(held.office, moment.year)
        _hand_over(held, items, moment, actor, label)
        _freeze(items, moment)
        _sign(held, items, signed, moment, actor)
        note_list(held, "close", actor=actor, label=label, before=HandoverState.OPEN, number=held.number)
    return held


def _checked(held: HandoverList, items: Sequence[HandoverItem], signing: Signing) -> Signing:
    if not items:
        raise Refused("empty_list", _("Bảng kê chưa có bưu gửi nào."), status=409)
    if held.cleaned_at is None:
        raise Refused("not_cleaned", _("Vui lòng khử khuẩn và ghi lại trước khi ký."), status=409)
    ready = replace(signing, giver=clean(signing.giver)[:120], receiver=clean(signing.receiver)[:120], note=clean(signing.note)[:255])
    wrong: dict[str, list[Any]] = {}
    for field, sentence in (("giver", _("Vui lòng ghi tên người giao.")), ("receiver", _("Vui lòng ghi tên người nhận.")),
                            ("counted", _("Hai bên cần cùng đếm trước khi ký.")), ("sealed", _("Cần niêm phong trước mặt hai bên."))):
        if not getattr(ready, field):
            wrong[field] = [sentence]
    if not ready.on_paper and not (ready.giver_signature and ready.receiver_signature):
        wrong["on_paper"] = [_("Cần chữ ký của cả hai bên trên màn hình, hoặc đánh dấu ký trên bản in.")]
    if wrong:
        raise Refused("invalid", _("Có nội dung chưa hợp lệ, vui lòng xem từng mục."), fields=wrong)
    return replace(ready, giver_signature=counting.signature(ready.giver_signature, "giver_signature"),
                   receiver_signature=counting.signature(ready.receiver_signature, "receiver_signature"))


def next_number(office: Office, year: int) -> str:
    """'BK-NINH-KIEU-2026-0001': unbroken in an office's year. The office's own code, because several offices may share an agency
    identifier; one series for both directions, so that a book of them has no gaps.

    The counter's row stays locked until the caller's transaction ends; one that is rolled back gives its number back.
    """
    counter, _made = HandoverCounter.objects.get_or_create(office=office, year=year)
    HandoverCounter.objects.filter(pk=counter.pk).update(last=F("last") + 1)
    last = HandoverCounter.objects.values_list("last", flat=True).get(pk=counter.pk)
    return f"BK-{office.code.upper()}-{year}-{last:04d}"


def _hand_over(held: HandoverList, items: Sequence[HandoverItem], moment: datetime, actor: User | None, label: str) -> None:
    """Every shipment changes hands, all with the same few statements."""
    rows = handling.all_locked([item.shipment_id for item in items])
    for item in items:
        item.shipment = rows[item.shipment_id]
    if held.kind == HandoverKind.TO_CARRIER:
        _give(held, items, moment, actor, label)
    else:
        _receive(list(rows.values()), moment, actor, label)
    ShipmentEvent.objects.bulk_create([steps.event(row, "listed", row.state, row.state, actor=actor, label=label, reason=held.number)
                                       for row in rows.values()])


def _give(held: HandoverList, items: Sequence[HandoverItem], moment: datetime, actor: User | None, label: str) -> None:
    """The carrier has them: what was counted, sealed and cleaned stands with each."""
    moves = [steps.Move(item.shipment, "take", {"collected_at": moment}) for item in items if _takes(item.shipment, actor)]
    for item in items:
        shipment = item.shipment
        shipment.counts, shipment.papers, shipment.seal_number = item.counts, item.papers, item.seal_number
        shipment.counted_at, shipment.counted_by = item.counted_at or moment, actor
        shipment.sealed_at, shipment.cleaned_at = moment, held.cleaned_at
    Shipment.objects.bulk_update([item.shipment for item in items], GIVEN, batch_size=steps.AT_ONCE)
    _all_go(moves, actor, label)


def _receive(rows: Sequence[Shipment], moment: datetime, actor: User | None, label: str) -> None:
    """The office has them: results that came back, or papers, which it registers as parcels. Both sides have signed, so that it may be
    the clerk or the carrier's own program that says so."""
    _all_go([_coming(row, moment) for row in rows if not _is_told(row)], actor, label)
    arriving.register_parcels(rows, actor=actor, label=label)


def _is_told(shipment: Shipment) -> bool:
    """Somebody of the office, or the carrier's own report that it brought a result back, was faster than both signatures."""
    if shipment.direction == Direction.OUT:
        return shipment.state == State.RETURNED
    return shipment.state == State.DELIVERED and not shipment.awaits_intake


def _coming(shipment: Shipment, moment: datetime) -> steps.Move:
    if shipment.direction == Direction.OUT:
        return steps.Move(shipment, "return", {"returned_at": moment})
    return steps.Move(shipment, "arrive", {"arrived_at": moment, "delivered_at": shipment.delivered_at or moment,
                                           "collected_at": shipment.collected_at or moment})


def _all_go(moves: Sequence[steps.Move], actor: User | None, label: str) -> None:
    for shipment in steps.move_many(moves, actor=actor, label=label):
        raise _gone(shipment, handling.WRONG_STATE)


def _takes(shipment: Shipment, actor: User | None) -> bool:
    try:
        return handling.takes(shipment, actor)
    except Refused as refusal:
        raise _gone(shipment, refusal.sentence) from refusal


def _gone(shipment: Shipment, why: Any) -> Refused:
    return Refused("gone", _("%(shipment)s: %(why)s Vui lòng đưa ra khỏi bảng kê rồi ký lại.") % {
        "shipment": shipment.waybill or shipment.dossier.number, "why": why}, status=409)


def _freeze(items: Sequence[HandoverItem], moment: datetime) -> None:
    for position, item in enumerate(items, 1):
        item.position, item.held, item.counted_at = position, False, item.counted_at or moment
        item.line = line_of(item)
    HandoverItem.objects.bulk_update(items, ["position", "held", "counted_at", "line"], batch_size=steps.AT_ONCE)


def line_of(item: HandoverItem) -> dict[str, Any]:
    """What the list says of a shipment: no more than the carrier needs to know whose it is and where it goes."""
    shipment = item.shipment
    between = shipment.direction == Direction.BETWEEN and shipment.to_office is not None
    name = shipment.to_office.name if between and shipment.to_office else shipment.recipient
    place = shipment.to_office.area.name if between and shipment.to_office else shipment.area.name if shipment.area else ""
    return {"code": shipment.dossier.number, "waybill": shipment.waybill, "name": name,
            "place": place or shipment.area_path.partition(",")[0], "papers": item.papers,
            **counting.of_kinds(item.counts), "seal": item.seal_number, "note": item.differs}


def _sign(held: HandoverList, items: Sequence[HandoverItem], signed: Signing, moment: datetime, actor: User | None) -> None:
    held.state, held.closed_at = HandoverState.CLOSED, moment
    held.counted_at = held.sealed_at = moment
    held.giver, held.receiver, held.note = signed.giver, signed.receiver, signed.note
    held.giver_signature = "" if signed.on_paper else signed.giver_signature
    held.receiver_signature = "" if signed.on_paper else signed.receiver_signature
    held.shipments_total, held.papers_total = len(items), sum(item.papers for item in items)
    held.head = head_of(held)
    side = _side(held, actor)
    if side:
        setattr(held, side, actor)
    held.save()


def _side(held: HandoverList, actor: User | None) -> str:
    """Which side somebody signed for: the office's own people for the office, else the carrier's."""
    if actor is None:
        return ""
    of_office = held.office_id in actor.office_ids_as()
    gives = of_office == (held.kind == HandoverKind.TO_CARRIER)
    return "giver_user" if gives else "receiver_user"


def head_of(held: HandoverList) -> dict[str, str]:
    """Both sides as they are called."""
    office = held.office
    return {"agency": office.province.name if office.parent is None else office.area.name, "office": office.name, "address": office.address,
            "area": office.area.name, "carrier": held.carrier.name}
