"""What the citizen hears of a shipment, once for each event."""
from dossiers.services.records import track_url
from onestop.notify.services import Recipient, tell
from postal.models import Shipment


def tell_ordered(shipment: Shipment) -> None:
    """The result is on its way, with its waybill."""
    _tell(shipment, "ordered", "shipment_ordered")


def tell_delivered(shipment: Shipment) -> None:
    """The carrier says it has handed the result over."""
    _tell(shipment, "delivered", "shipment_delivered")


def _tell(shipment: Shipment, event: str, template: str) -> None:
    dossier, office = shipment.dossier, shipment.office
    recipient = Recipient(dossier.full_name, phone=shipment.phone, email=dossier.email, language=dossier.language)
    context = {"number": dossier.number, "carrier": shipment.carrier.name, "waybill": shipment.waybill, "hotline": office.hotline,
               "track_url": track_url(dossier)}
    tell(event_key=f"shipment:{shipment.pk}:{event}", template=template, context=context, recipient=recipient, office=office)
