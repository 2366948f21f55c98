"""Shipments come into being: a result to its citizen, papers from the citizen, papers from one office to another.

Each is made once: the database refuses a second one (shipment_once, shipment_between_once), and whoever asks again hears None. The address
stands in the shipment as it was when it was made.
"""
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from dossiers.models import Dossier
from onestop import clock
from onestop.history import WORKER
from onestop.jobs import enqueue_after_commit
from onestop.offices.communes import full_name
from onestop.offices.models import Area, Office
from onestop.people.models import User
from onestop.people.words import clean
from onestop.transitions import Refused
from postal import policies
from postal.models import CampaignItem, Carrier, Shipment
from postal.services import fees, points
from postal.services.steps import note
from postal.services.timing import collection_for, columns
from postal.states import ENDED_BADLY, Direction, ItemState, Service

SAME_OFFICE = _("Nơi gửi và nơi nhận là một đơn vị.")
NO_CARRIER = _("Tỉnh chưa có doanh nghiệp bưu chính nào đang hoạt động.")


def make_out(dossier: Dossier, carrier: Carrier, *, actor: User | None = None, replaces: Shipment | None = None) -> Shipment | None:
    """The shipment that returns a result; None if there is one already, or the result is no longer to go by post.

    The carrier's time to fetch it starts when it is told of it (letter Khánh Hòa 3).
    """
    with transaction.atomic():
        found = _held(dossier)
        shipment = _draft(found, carrier, Direction.OUT, found.received_office, found.return_area, found.return_address, replaces)
        if not shipment.is_needed:
            return None
        shipment.campaign_item = CampaignItem.objects.filter(dossier=found, state=ItemState.POST).order_by("-pk").first()
        timer = collection_for(carrier=carrier, office=shipment.office, start=clock.now())
        return _made(shipment, actor=actor, legal_basis=timer.legal_basis, hours=timer.hours)


def make_in(dossier: Dossier, carrier: Carrier, *, actor: User | None = None, replaces: Shipment | None = None) -> Shipment | None:
    """The shipment that fetches the citizen's papers after the online acceptance; None if there is one already, or none is wanted.

    The carrier's time starts with the acceptance (letter Khánh Hòa 3), with the wish where that came or was changed later, or, where the
    carrier has been there before, when it is sent again.
    """
    with transaction.atomic():
        found = _held(dossier)
        shipment = _draft(found, carrier, Direction.IN, found.received_office, found.collect_area, found.collect_address, replaces)
        if not shipment.is_needed or found.received_at is None:
            return None
        start = max(_wished_at(found, found.received_at), _asked_again_at(replaces, found.received_at))
        timer = collection_for(carrier=carrier, office=shipment.office, start=start)
        for name, value in columns(timer, start).items():
            setattr(shipment, name, value)
        return _made(shipment, actor=actor, legal_basis=timer.legal_basis, hours=timer.hours)


def make_between(*, actor: User | None, dossier: Dossier, to_office: Office, carrier: Carrier, from_office: Office | None = None,
                 service: str = Service.STANDARD, replaces: Shipment | None = None, label: str = "") -> Shipment | None:
    """Papers of a dossier go from one office to another; None if the same are on their way there already.

    From the office where the actor works with the dossier (the receiving one where that is both). Without an actor `label` names a partner
    whose offices the door has checked. Raises Refused: 'forbidden' 403, 'same_office', 'ended' 409.
    """
    with transaction.atomic():
        found = _held(dossier)
        office = from_office or (policies.sending_office(actor, found) if actor is not None else found.received_office)
        if office is None or (actor is not None and not policies.can_send_between(actor, found, office)):
            raise Refused("forbidden", _("Chỉ cán bộ của đơn vị đang giữ hồ sơ được gửi giấy tờ cho đơn vị khác."), status=403)
        if office.pk == to_office.pk:
            raise Refused("same_office", SAME_OFFICE, fields={"to_office": [SAME_OFFICE]})
        shipment = _draft(found, carrier, Direction.BETWEEN, office, to_office.area, to_office.address or to_office.name, replaces)
        if not shipment.is_needed:
            raise Refused("ended", _("Hồ sơ đã kết thúc, không gửi giấy tờ được nữa."), status=409)
        shipment.to_office, shipment.service = to_office, service
        shipment.recipient, shipment.phone = to_office.name[:120], to_office.hotline[:15]
        return _made(shipment, actor=actor, label=label)


def carrier_for(office: Office) -> Carrier:
    """The province's own carrier, else one that serves all. Raises Refused('no_carrier')."""
    rows = Carrier.objects.filter(active=True)
    found = rows.filter(province_id=office.province_id).order_by("code").first() or rows.filter(province=None).order_by("code").first()
    if found is None:
        raise Refused("no_carrier", NO_CARRIER)
    return found


def area_path(area: Area | None) -> str:
    """'Phường Ninh Kiều, Thành phố Cần Thơ', as it is called today."""
    return full_name(area)[:255] if area is not None else ""


def _held(dossier: Dossier) -> Dossier:
    """The dossier's row, locked: its address and its wish can't change before the shipment has them."""
    rows = Dossier.objects.select_for_update(of=("self",)).select_related(
        "procedure", "received_office__area", "competent_office__area", "return_area__parent__parent", "collect_area__parent__parent")
    return rows.get(pk=dossier.pk)


def _draft(dossier: Dossier, carrier: Carrier, direction: str, office: Office, area: Area | None, address: str,
           replaces: Shipment | None) -> Shipment:
    return Shipment(carrier=carrier, dossier=dossier, office=office, direction=direction, area=area, area_path=area_path(area),
                    recipient=dossier.full_name, phone=dossier.phone, address=clean(address)[:255], replaces=replaces)


def _wished_at(dossier: Dossier, received_at: datetime) -> datetime:
    changed = dossier.events.filter(verb="change_collection", at__gt=received_at).order_by("-at").first()
    return changed.at if changed is not None else received_at


def _asked_again_at(replaces: Shipment | None, received_at: datetime) -> datetime:
    """When it was decided to send the carrier once more after a fetching that ended; giving up what was not fetched gives no new time."""
    if replaces is None or replaces.state not in ENDED_BADLY:
        return received_at
    decided = replaces.events.filter(verb="send_again").order_by("at").first()
    return decided.at if decided is not None else clock.now()


def _made(shipment: Shipment, *, actor: User | None, label: str = "", **told: Any) -> Shipment | None:
    """Save a shipment with everything that is known of it; None where the database has one already."""
    shipment.point = points.point_for(shipment.area, shipment.carrier)
    fees.price(shipment)
    try:
        with transaction.atomic():
            shipment.save(force_insert=True)
    except IntegrityError:
        return None
    more = {"replaces": str(shipment.replaces)} if shipment.replaces else {}
    note(shipment, "create", "", shipment.state, actor=actor, label=label or WORKER, **more, **told)
    if actor is not None or label:
        enqueue_after_commit("postal.dispatch", shipment.pk)
    return shipment
