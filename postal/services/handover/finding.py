"""What somebody has scanned or typed: a waybill, our key, a dossier's code or the address in its QR. And what is to be done with it."""
from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

from django.db.models import Case, Q, Value, When
from django.utils.translation import gettext as _

from onestop.offices.models import Office
from onestop.people.models import User
from onestop.people.words import clean
from onestop.transitions import Refused
from postal import policies
from postal.models import Shipment, ShipmentQuerySet
from postal.states import MOVING, ON_THE_WAY, TO_FETCH, Direction, HandoverKind, HandoverState, State

LONGEST = 300
KEY = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


@dataclass(frozen=True)
class Way:
    """What a scan of a shipment means now: a list of a kind at an office. No kind: its papers are fetched at the citizen's."""

    kind: str
    office: Office


def find(user: User, typed: str) -> Shipment:
    """The shipment that somebody means, what is on its way before what is not.

    Raises Refused: 'nothing_typed', 'unknown_shipment' 404, 'other_carrier' and 'other_place' 409 for what somebody else has to take.
    """
    text = clean(typed[:LONGEST])
    if not text:
        raise Refused("nothing_typed", _("Vui lòng quét hoặc gõ mã."), fields={"ma": [_("Vui lòng quét hoặc gõ mã.")]})
    found = _meant(text)
    own = found.filter(pk__in=Shipment.objects.visible_to(user).values("pk")).first()
    if own is not None:
        return own
    other = found.first()
    clerk = policies.clerk_of(user)
    if other is None or clerk is None:
        raise Refused("unknown_shipment", _("Không tìm thấy bưu gửi nào có mã “%(code)s”.") % {"code": text[:60]}, status=404)
    if other.carrier_id != clerk.carrier_id:
        raise Refused("other_carrier", _("Bưu gửi này do doanh nghiệp bưu chính khác nhận."), status=409)
    raise Refused("other_place", _("Bưu gửi này không thuộc địa bàn được giao cho bạn."), status=409)


def _meant(text: str) -> ShipmentQuerySet:
    key, code = KEY.search(text), _code_in(text)
    named = Q(waybill__iexact=code) | Q(dossier__code__iexact=code) | Q(dossier__reference__iexact=code)
    which = Q(key=UUID(key.group())) if key else named
    first = Case(When(state__in=ON_THE_WAY, then=Value(0)), default=Value(1))
    found = Shipment.objects.filter(which).order_by(first, "-pk")
    return found.select_related("office__area", "to_office__area", "carrier", "dossier__version")


def _code_in(text: str) -> str:
    """The code of a QR's address ('…?ma=H13.70-…'), else the text itself without spaces."""
    if "://" not in text:
        return text.replace(" ", "")
    try:
        parts = urlsplit(text)
    except ValueError:  # an address that is none
        return text
    return clean((parse_qs(parts.query).get("ma") or [parts.path.rstrip("/").rpartition("/")[2]])[0])


def way_of(shipment: Shipment) -> Way:
    """What a scan means. What the carrier reported as taken, or as brought back, before both sides have signed is listed all the same,
    once. Raises Refused('wrong_state', 409) with where the shipment is."""
    state, direction = shipment.state, shipment.direction
    if direction == Direction.IN and state in TO_FETCH:
        return Way("", shipment.office)
    if direction != Direction.IN and state in TO_FETCH:
        return Way(HandoverKind.TO_CARRIER.value, shipment.office)
    if direction == Direction.OUT and state == State.COLLECTED and not is_listed(shipment, HandoverKind.TO_CARRIER):
        return Way(HandoverKind.TO_CARRIER.value, shipment.office)
    if direction == Direction.OUT and (state == State.RETURNING or (
            state == State.RETURNED and not is_listed(shipment, HandoverKind.TO_OFFICE))):
        return Way(HandoverKind.TO_OFFICE.value, shipment.office)
    if direction != Direction.OUT and (state in MOVING or shipment.awaits_intake):
        return Way(HandoverKind.TO_OFFICE.value, shipment.to_office or shipment.office)
    raise refused(shipment)


def is_listed(shipment: Shipment, kind: str) -> bool:
    """Whether a signed list of a kind has it. One query."""
    return shipment.handover_items.filter(list__kind=kind, list__state=HandoverState.CLOSED).exists()


def refused(shipment: Shipment) -> Refused:
    """Why a shipment can't be handed over now."""
    if shipment.state in (State.READY, State.SENDING):
        return Refused("wrong_state", _("Yêu cầu của bưu gửi này chưa được báo cho bưu chính nên chưa giao được."), status=409)
    return Refused("wrong_state", _("Bưu gửi đang ở trạng thái “%(state)s” nên không đưa vào bảng kê được.") % {
        "state": shipment.get_state_display()}, status=409)
