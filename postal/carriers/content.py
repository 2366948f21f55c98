"""What a carrier is told of a shipment. The dossier is named by nothing: the carrier needs to know where to go, not why."""
from collections.abc import Sequence
from typing import Any

from onestop import clock
from onestop.offices.models import Office
from postal.models import Shipment
from postal.states import Direction

# Our names of what an order says; a carrier's mapping gives them others, or none.
NAMES = ("id", "carrier", "direction", "service", "collect_by", "sender.name", "sender.address", "sender.phone", "recipient.name",
         "recipient.address", "recipient.phone", "point")
ANSWER_NAMES = ("waybill", "status")  # and of what its answer says
NEEDED = ("id", "carrier")


def values(shipment: Shipment) -> dict[str, Any]:
    """Each of NAMES with its value; `collect_by` with its offset, None where no time runs."""
    due, sender, recipient = shipment.collect_due_at, *_sides(shipment)
    return {
        "id": str(shipment.key), "carrier": shipment.carrier.code, "direction": shipment.direction, "service": shipment.service,
        "collect_by": clock.local(due).isoformat() if due else None,
        **{f"sender.{name}": value for name, value in sender.items()}, **{f"recipient.{name}": value for name, value in recipient.items()},
        "point": shipment.point.code if shipment.point else None,
    }


def line(shipment: Shipment) -> Sequence[str]:
    """A shipment as a row of a manifest (postal.manifests.HEADER)."""
    due, sender, recipient = shipment.collect_due_at, *_sides(shipment)
    sides = [side[name] for side in (sender, recipient) for name in ("name", "address", "phone")]
    return [str(shipment.key), shipment.direction, shipment.service, f"{clock.local(due):%d/%m/%Y %H:%M}" if due else "", *sides]


def _sides(shipment: Shipment) -> tuple[dict[str, str], dict[str, str]]:
    """Who sends and who receives: papers come in from the citizen, results go out to them."""
    address = ", ".join(part for part in (shipment.address, shipment.area_path) if part)
    person = {"name": shipment.recipient, "address": address, "phone": shipment.phone}
    office = _office(shipment.office)
    if shipment.direction == Direction.IN:
        return person, office
    return office, _office(shipment.to_office) if shipment.to_office else person


def _office(office: Office) -> dict[str, str]:
    return {"name": office.name, "address": office.address, "phone": office.hotline}
