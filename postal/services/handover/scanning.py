"""One scan adds one shipment to an open list. Scanned again it is in it already; two people at once: one of their lists has it."""
from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from onestop.patience import patiently
from onestop.people.models import User
from onestop.transitions import Refused
from postal.models import HandoverItem, HandoverList, Shipment
from postal.services import counting
from postal.services.handover.finding import is_listed, way_of
from postal.services.handover.lists import claim, note
from postal.states import ON_THE_WAY, Direction, HandoverKind, State


@dataclass(frozen=True)
class Scanned:
    """The line of a shipment, and whether this scan made it."""

    item: HandoverItem
    new: bool


@patiently
def scan(*, row: HandoverList, shipment: Shipment, actor: User | None = None, label: str = "") -> Scanned:
    """Add a shipment to an open list, with the papers that its dossier says.

    Raises Refused: 'closed', 'list_full', 'in_another_list', 'other_carrier', 'other_office', 'other_way', 'wrong_state' 409, 403.
    """
    with transaction.atomic():
        held = claim(row, actor)
        rows = Shipment.objects.select_for_update(of=("self",)).select_related("office", "to_office", "dossier__version")
        locked = rows.get(pk=shipment.pk)
        known = HandoverItem.objects.select_related("list__made_by").filter(shipment=locked, held=True).first()
        if known is not None:
            return _known(known, held)
        _check(held, locked)
        taken = held.items.aggregate(last=Max("position"))["last"] or 0
        if held.items.count() >= settings.HANDOVER_MOST:
            raise Refused("list_full", _("Một bảng kê có tối đa %(most)s bưu gửi. Vui lòng ký bảng kê này rồi lập bảng kê mới.") % {
                "most": settings.HANDOVER_MOST}, status=409)
        counts = counting.expected(locked)
        item = HandoverItem.objects.create(list=held, shipment=locked, position=taken + 1, counts=counts, papers=counting.papers_in(counts),
                                           seal_number=locked.seal_number)
        note(held, "scan", actor=actor, label=label, shipment=locked.pk)
    return Scanned(item, True)


def _known(item: HandoverItem, held: HandoverList) -> Scanned:
    if item.list_id == held.pk:
        return Scanned(item, False)
    raise Refused("in_another_list", _("Bưu gửi này đã có trong bảng kê đang lập của %(name)s.") % {
        "name": item.list.made_by or item.list.carrier}, status=409)


def _check(held: HandoverList, shipment: Shipment) -> None:
    if shipment.carrier_id != held.carrier_id:
        raise Refused("other_carrier", _("Bưu gửi này do doanh nghiệp bưu chính khác nhận."), status=409)
    if held.kind == HandoverKind.TO_OFFICE and shipment.direction == Direction.IN and shipment.state in ON_THE_WAY:
        office = shipment.office  # also what nobody has said to be fetched: it is here
    elif _reported_first(held, shipment):
        office = shipment.office
    else:
        way = way_of(shipment)
        if way.kind != held.kind:
            raise _other_way(way.kind)
        office = way.office
    if office.pk != held.office_id:
        raise Refused("other_office", _("Bưu gửi này thuộc %(office)s, không thuộc bảng kê này.") % {"office": office.name}, status=409)


def _reported_first(held: HandoverList, shipment: Shipment) -> bool:
    """Papers for another office that the carrier reported as taken before both sides have signed."""
    taken = shipment.direction == Direction.BETWEEN and shipment.state == State.COLLECTED
    return taken and held.kind == HandoverKind.TO_CARRIER and not is_listed(shipment, HandoverKind.TO_CARRIER)


def _other_way(kind: str) -> Refused:
    if kind == HandoverKind.TO_OFFICE:
        return Refused("other_way", _("Bưu gửi này đang do bưu chính giữ, chỉ giao về đơn vị được."), status=409)
    if kind == HandoverKind.TO_CARRIER:
        return Refused("other_way", _("Bưu gửi này còn ở đơn vị, chưa giao cho bưu chính."), status=409)
    return Refused("other_way", _("Giấy tờ này còn ở nhà công dân: bưu tá đến lấy, đếm và niêm phong tại đó."), status=409)


