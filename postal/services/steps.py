"""One step of a shipment with its row of history, for the services of this package."""
from typing import Any

from django.db import transaction

from dossiers.services.delivery import note_shipment
from onestop.history import WORKER
from onestop.people.models import User
from postal.models import Shipment, ShipmentEvent
from postal.states import TRANSITIONS, State

# Steps that the citizen sees on the dossier's tracking page.
TOLD_IN_PUBLIC = frozenset({"order", "take", "collect", "move", "deliver", "return"})


def note(shipment: Shipment, verb: str, before: str, after: str, *, actor: User | None = None, label: str = WORKER,
         reason: str = "", legal_basis: str = "", **data: Any) -> None:
    """A row of history; `label` names who did it where no user did."""
    ShipmentEvent.objects.create(subject=shipment, actor=actor, actor_label="" if actor else label[:120], verb=verb,
                                 from_state=before, to_state=after, reason=reason, legal_basis=legal_basis[:255], data=data)


def move(shipment: Shipment, verb: str, *, changes: dict[str, Any] | None = None, actor: User | None = None, label: str = WORKER,
         reason: str = "", **data: Any) -> bool:
    """Take one step of the table if the row is still as it was read; whether it was. `changes` go to other fields."""
    before, after = TRANSITIONS[verb]
    fields = {"state": after, "claimed_at": None, "queued_until": None, **(changes or {})}
    with transaction.atomic():
        same = Shipment.objects.filter(pk=shipment.pk, state=shipment.state, attempts=shipment.attempts,
                                       claimed_at=shipment.claimed_at)
        if shipment.state not in before or same.update(**fields) != 1:
            return False
        note(shipment, verb, shipment.state, after, actor=actor, label=label, reason=reason, **data)
        if verb in TOLD_IN_PUBLIC:
            note_shipment(dossier=shipment.dossier, state=after, state_name=str(State(after).label), carrier=shipment.carrier.name,
                          waybill=str(fields.get("waybill", shipment.waybill)))
    for name, value in fields.items():
        setattr(shipment, name, value)
    return True
