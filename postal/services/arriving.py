"""A citizen's papers at the office: they become a parcel there, which is cleaned, opened and counted on the parcels' own pages."""
from dossiers.models import Parcel
from dossiers.services import arrivals
from dossiers.services.parcels import Sender
from onestop.people.models import User
from postal.models import Shipment
from postal.states import Direction


def register_parcel(*, shipment: Shipment, actor: User) -> Parcel | None:
    """Register the papers that a shipment brought, in the caller's transaction; None for what brings no citizen's papers. Done twice: the
    first parcel."""
    if shipment.direction != Direction.IN:
        return None
    sender = Sender(name=shipment.recipient, phone=shipment.phone, address=shipment.address, waybill=shipment.waybill,
                    carrier=shipment.carrier.name)
    return arrivals.arrived(actor=actor, dossier=shipment.dossier, office=shipment.office, sender=sender)
