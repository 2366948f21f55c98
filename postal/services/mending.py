"""What people decide about a shipment that can't go on as it is: another address, cancelled, sent again, kept at the counter.

An order that the carrier may know is never changed: its id is the carrier's idempotency key, so a corrected order is a new shipment with an
id of its own, and the old one is cancelled. Whatever is decided, the dossier's own wish follows in the same transaction: nothing is pulled
anew against the decision.
"""
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from dossiers import policies as dossier_policies
from dossiers.services import delivery, processing
from dossiers.states import ReturnMethod
from onestop import clock
from onestop.offices.models import Area
from onestop.patience import patiently
from onestop.people.models import User
from onestop.people.words import clean, phone_number
from onestop.transitions import Refused
from postal import policies
from postal.models import Shipment
from postal.services import making
from postal.services.handling import NOT_YOURS, WRONG_STATE, locked, reason_of
from postal.services.making import area_path
from postal.services.steps import attend, move, note
from postal.services.telling import tell_cancelled
from postal.states import ENDED_BADLY, MOVING, TRANSITIONS, Direction, State

BEING_TOLD = _("Cổng đang báo bưu gửi này cho bưu chính. Vui lòng thử lại sau ít phút.")
NOT_AGAIN = _("Bưu gửi này không gửi lại được: hồ sơ không còn cần, hoặc đã có bưu gửi khác.")


@patiently
def correct_address(*, actor: User, shipment: Shipment, address: str, area: Area | None = None, phone: str = "",
                    reason: str = "") -> Shipment:
    """Another address or telephone; the shipment that goes on with it.

    Not told to the carrier yet: changed in place. Told, not fetched: cancelled, and made anew. Fetched: changed in place, and the office
    tells the carrier by telephone, as no carrier takes a change of an order under way. Raises Refused: 'forbidden' 403, 'invalid' with
    fields, 'between_offices', 'being_told' and 'wrong_state' 409.
    """
    values = _address(address, area, phone)
    with transaction.atomic():
        row = _held(actor, shipment)
        if row.direction == Direction.BETWEEN:
            raise Refused("between_offices", _("Địa chỉ của đơn vị nhận được sửa tại danh sách đơn vị."))
        if (row.address, row.area_id, values["phone"] or row.phone) == (values["address"], area.pk if area else None, row.phone):
            return row
        if row.state not in (State.READY, *MOVING, *RECALLED):
            raise Refused("wrong_state", WRONG_STATE, status=409)
        _wish(row, actor, values["address"], area)
        if row.state in MOVING or (row.state == State.READY and not row.attempts):
            return _changed(row, actor, values, reason)
        return _anew(row, actor, values, clean(reason) or str(_("Sửa địa chỉ trước khi bưu chính đến lấy.")))


RECALLED = frozenset({State.ORDERED, State.REFUSED, State.FAILED, State.NOT_COLLECTED})


def _address(address: str, area: Area | None, phone: str) -> dict[str, Any]:
    address = clean(address)[:255]
    wrong: dict[str, list[Any]] = {}
    if not address:
        wrong["address"] = [_("Vui lòng ghi địa chỉ.")]
    if phone.strip() and not phone_number(phone):
        wrong["phone"] = [_("Vui lòng ghi số điện thoại Việt Nam, ví dụ 0912345678.")]
    if wrong:
        raise Refused("invalid", _("Có nội dung chưa hợp lệ, vui lòng xem từng mục."), fields=wrong)
    return {"address": address, "area": area, "phone": phone_number(phone)}


def _held(actor: User, shipment: Shipment) -> Shipment:
    row = locked(shipment)
    if not policies.can_handle(actor, row):
        raise Refused("forbidden", NOT_YOURS, status=403)
    if row.state == State.SENDING:
        raise Refused("being_told", BEING_TOLD, status=409)
    return row


def _wish(row: Shipment, actor: User, address: str, area: Area | None) -> None:
    """The dossier's own address follows, so that nothing is sent to the old one again."""
    if row.direction == Direction.OUT:
        delivery.correct_return(dossier=row.dossier, address=address, area=area, actor=actor)
    else:
        delivery.correct_collection(dossier=row.dossier, address=address, area=area, actor=actor)


def _changed(row: Shipment, actor: User, values: dict[str, Any], reason: str) -> Shipment:
    changes = {"address": values["address"], "area": values["area"], "area_path": area_path(values["area"]),
               "phone": values["phone"] or row.phone}
    Shipment.objects.filter(pk=row.pk).update(**changes, moved_at=clock.now())
    for name, value in changes.items():
        setattr(row, name, value)
    note(row, "correct_address", row.state, row.state, actor=actor, reason=clean(reason)[:500], told_by_hand=row.state in MOVING)
    if row.attention == "address":
        attend(row, "", reason=str(_("Đã sửa địa chỉ.")))
    return row


def _anew(row: Shipment, actor: User, values: dict[str, Any], reason: str) -> Shipment:
    if not move(row, "cancel", actor=actor, reason=reason):
        raise Refused("wrong_state", WRONG_STATE, status=409)
    made = _again(row, actor)
    if values["phone"] and made.phone != values["phone"]:
        Shipment.objects.filter(pk=made.pk).update(phone=values["phone"])
        made.phone = values["phone"]
    return made


def _again(row: Shipment, actor: User) -> Shipment:
    """Another shipment for the same, in the caller's transaction. Raises Refused('not_again', 409)."""
    made: Shipment | None
    if row.direction == Direction.BETWEEN and row.to_office is not None:
        made = making.make_between(actor=actor, dossier=row.dossier, to_office=row.to_office, carrier=row.carrier, from_office=row.office,
                                   service=row.service, replaces=_stood_for(row))
    else:
        make = making.make_out if row.direction == Direction.OUT else making.make_in
        made = make(row.dossier, row.carrier, actor=actor, replaces=_stood_for(row))
    if made is None:
        raise Refused("not_again", NOT_AGAIN, status=409)
    note(row, "send_again", row.state, row.state, actor=actor, made=str(made.key), pk=made.pk)
    return made


def _stood_for(row: Shipment) -> Shipment:
    """What ended badly at the beginning, not the one that was cancelled between."""
    return row.replaces if row.state == State.CANCELLED and row.replaces is not None else row


@patiently
def send_again(*, actor: User, shipment: Shipment, address: str = "", area: Area | None = None, phone: str = "",
               reason: str = "") -> Shipment:
    """Another shipment after one that came back, was not fetched, was lost or damaged; the same again gives the one that stands in for it.

    Raises Refused: 'forbidden' 403, 'invalid' with fields, 'wrong_state' 409 (it is still on its way, or arrived), 'not_again' 409.
    """
    values = _address(address, area, phone) if address else None
    with transaction.atomic():
        row = _held(actor, shipment)
        known = row.replacements.exclude(state=State.CANCELLED).order_by("-pk").first() if row.replaced else None
        if known is not None:
            return known
        if row.state not in ENDED_BADLY:
            raise Refused("wrong_state", WRONG_STATE, status=409)
        if values is not None and row.direction != Direction.BETWEEN:
            _wish(row, actor, values["address"], area)
        Shipment.objects.filter(pk=row.pk).update(replaced=True, attention="", attention_since=None)
        made = _again(row, actor)
        if clean(reason):
            note(row, "remark", row.state, row.state, actor=actor, reason=clean(reason)[:500])
    return made


@patiently
def cancel(*, shipment: Shipment, reason: str, again: bool = False, actor: User | None = None, label: str = "") -> Shipment:
    """Give a shipment up that the carrier has not fetched: `again` makes another one in its place (and is what is given back); else the
    result waits at the counter, and papers at a citizen's are brought by the citizen, who is told. Twice changes nothing.

    `label` names a partner (its scope was checked at the door). Raises Refused: 'forbidden' 403, 'reason_missing', 'being_told' and
    'wrong_state' 409.
    """
    reason = reason_of(reason)
    with transaction.atomic():
        row = _held(actor, shipment) if actor is not None else locked(shipment)
        if row.state == State.CANCELLED:
            return row
        if row.state == State.SENDING:
            raise Refused("being_told", BEING_TOLD, status=409)
        if row.state not in TRANSITIONS["cancel"][0] or not move(row, "cancel", actor=actor, label=label, reason=reason):
            raise Refused("wrong_state", WRONG_STATE, status=409)
        if again and actor is not None and row.is_needed:
            return _again(row, actor)
        _free(row)
        _without_post(row, actor, label)
    return row


def _free(row: Shipment) -> None:
    """What it stood in for may be sent again."""
    if row.replaces_id is not None:
        Shipment.objects.filter(pk=row.replaces_id, replaced=True).update(replaced=False)


def _without_post(row: Shipment, actor: User | None, label: str) -> None:
    by = actor if actor is not None and dossier_policies.works_on(actor, row.dossier, *dossier_policies.OFFICE_STAFF) else None
    name = label or (str(actor) if actor is not None and by is None else "")
    if not row.is_needed or row.direction == Direction.BETWEEN:
        return
    if row.direction == Direction.OUT:
        delivery.came_back(dossier=row.dossier)
        processing.change_return(actor=by, actor_label=name, dossier=row.dossier, method=ReturnMethod.COUNTER, address="", via="post")
    else:
        delivery.end_collection(dossier=row.dossier, actor=by, actor_label=name)
    tell_cancelled(row)


@patiently
def keep(*, actor: User, shipment: Shipment, reason: str = "") -> Shipment:
    """Nothing is sent again after a shipment that ended badly: the result waits at the counter, papers are brought by the citizen. Twice
    changes nothing. Raises Refused: 'forbidden' 403, 'wrong_state' 409."""
    with transaction.atomic():
        row = _held(actor, shipment)
        if row.events.filter(verb="keep").exists():
            return row
        if row.state not in ENDED_BADLY or row.replaced:
            raise Refused("wrong_state", WRONG_STATE, status=409)
        note(row, "keep", row.state, row.state, actor=actor, reason=clean(reason)[:500])
        _without_post(row, actor, "")
        if row.attention:
            attend(row, "", reason=str(_("Đã quyết định không gửi lại.")))
    return row
