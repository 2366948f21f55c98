"""What the citizen hears of a shipment, once for each event."""
from dossiers.services.records import track_url
from onestop.notify.services import Recipient, tell
from onestop.people import shown
from postal.models import Shipment
from postal.states import STILL_NEWS, Direction, State


def tell_ordered(shipment: Shipment) -> None:
    """The result is on its way, with its waybill; or: until when the post comes for the papers. Between offices nobody is told, and
    nobody is told too late: a result that was brought or comes back, papers that were fetched."""
    if shipment.direction == Direction.OUT and shipment.waybill and shipment.state in STILL_NEWS:
        _tell(shipment, "ordered", "shipment_ordered")
    elif shipment.direction == Direction.IN and shipment.state == State.ORDERED:
        _tell(shipment, "ordered", "collection_ordered")


def tell_delivered(shipment: Shipment) -> None:
    """The carrier says it has handed the result over."""
    _tell(shipment, "delivered", "shipment_delivered")


def tell_attempted(shipment: Shipment, event_id: str, reason: str) -> None:
    """The postman came and could not hand it over: once for each try."""
    _tell(shipment, f"attempted:{event_id}", "shipment_attempted", reason=reason)


def tell_cancelled(shipment: Shipment) -> None:
    """The post does not carry it after all: the result waits at the counter, or the citizen brings the papers."""
    _tell(shipment, "cancelled", "shipment_cancelled" if shipment.direction == Direction.OUT else "collection_cancelled")


def _tell(shipment: Shipment, event: str, template: str, **more: str) -> None:
    dossier, office = shipment.dossier, shipment.office
    recipient = Recipient(dossier.full_name, phone=shipment.phone, email=dossier.email, language=dossier.language)
    context = {"number": dossier.number, "carrier": shipment.carrier.name, "waybill": shipment.waybill, "hotline": office.hotline,
               "track_url": track_url(dossier), "due": shown.moment_lazy(shipment.collect_due_at), "address": shipment.address, **more}
    tell(event_key=f"shipment:{shipment.pk}:{event}", template=template, context=context, recipient=recipient, office=office)
