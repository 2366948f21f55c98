"""One step of a shipment with its row of history, for the services of this package."""
from typing import Any

from django.db import transaction

from dossiers.services.delivery import note_shipment
from onestop import clock
from onestop.history import WORKER
from onestop.people.models import User
from postal.models import Shipment, ShipmentEvent
from postal.states import STATES_IN, TRANSITIONS, Attention, Direction, State
from postal.stuck import attention_of

# Steps that the citizen sees on the dossier's tracking page.
TOLD_IN_PUBLIC = frozenset({"order", "take", "collect", "miss", "move", "turn_back", "deliver", "arrive", "return", "lose", "write_off",
                            "damage", "cancel"})


def note(shipment: Shipment, verb: str, before: str, after: str, *, actor: User | None = None, label: str = WORKER,
         reason: str = "", legal_basis: str = "", **data: Any) -> None:
    """A row of history; `label` names who did it where no user did."""
    ShipmentEvent.objects.create(subject=shipment, actor=actor, actor_label="" if actor else label[:120], verb=verb,
                                 from_state=before, to_state=after, reason=reason, legal_basis=legal_basis[:255], data=data)


def move(shipment: Shipment, verb: str, *, changes: dict[str, Any] | None = None, actor: User | None = None, label: str = WORKER,
         reason: str = "", **data: Any) -> bool:
    """Take one step of the table if the row is still as it was read; whether it was. `changes` go to other fields.

    Every step is a sign of life: silence is counted from it, and what somebody was asked about is asked anew by the state it leads to.
    """
    before, after = TRANSITIONS[verb]
    fields = {"state": after, "claimed_at": None, "queued_until": None, **_signs(after), **(changes or {})}
    with transaction.atomic(savepoint=False):  # lists move hundreds in one transaction; nothing here is caught on its way out
        same = Shipment.objects.filter(pk=shipment.pk, state=shipment.state, attempts=shipment.attempts,
                                       claimed_at=shipment.claimed_at)
        if shipment.state not in before or same.update(**fields) != 1:
            return False
        note(shipment, verb, shipment.state, after, actor=actor, label=label, reason=reason, **data)
        public = verb in TOLD_IN_PUBLIC and shipment.state != after and (verb != "cancel" or shipment.waybill)
        if public and shipment.direction != Direction.BETWEEN:
            words = STATES_IN.get(State(after), State(after).label) if shipment.direction == Direction.IN else State(after).label
            note_shipment(dossier=shipment.dossier, state=after, state_name=str(words), carrier=shipment.carrier.name,
                          waybill=str(fields.get("waybill", shipment.waybill)), direction=shipment.direction)
    for name, value in fields.items():
        setattr(shipment, name, value)
    return True


def _signs(state: str) -> dict[str, Any]:
    moment, attention = clock.now(), attention_of(state)
    return {"moved_at": moment, "attention": attention, "attention_since": moment if attention else None}


def attend(shipment: Shipment, attention: str, *, reason: str = "", label: str = WORKER) -> bool:
    """Say why somebody has to look at a shipment, or with '' that nobody has to any more; whether that is news."""
    changes = {"attention": attention, "attention_since": clock.now() if attention else None}
    with transaction.atomic():
        same = Shipment.objects.filter(pk=shipment.pk, state=shipment.state, attention=shipment.attention)
        if attention == shipment.attention or same.update(**changes) != 1:
            return False
        note(shipment, "attend" if attention else "settled", shipment.state, shipment.state, label=label,
             reason=reason or (str(Attention(attention).label) if attention else ""), attention=attention or shipment.attention)
    shipment.attention, shipment.attention_since = attention, changes["attention_since"]
    return True
