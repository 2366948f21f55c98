"""A citizen's papers at the office: they become a parcel there, which is cleaned, opened and counted on the parcels' own pages."""
from collections.abc import Sequence

from dossiers.services import arrivals
from dossiers.services.parcels import Sender
from onestop.people.models import User
from postal.models import Shipment
from postal.states import Direction


def register_parcels(shipments: Sequence[Shipment], *, actor: User | None, label: str = "") -> None:
    """Register the papers that shipments brought, in the caller's transaction; nothing for what brings no citizen's papers. Done twice
    changes nothing."""
    arrivals.arrived([arrivals.Arrival(one.dossier, one.office, _sender(one)) for one in shipments if one.direction == Direction.IN],
                     actor=actor, label=label)


def _sender(shipment: Shipment) -> Sender:
    return Sender(name=shipment.recipient, phone=shipment.phone, address=shipment.address, waybill=shipment.waybill,
                  carrier=shipment.carrier.name)
