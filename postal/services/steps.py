"""One step of a shipment with its row of history, for the services of this package."""
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction

from dossiers.services.delivery import ShipmentNews, note_shipments
from onestop import clock
from onestop.history import WORKER
from onestop.people.models import User
from postal.models import Shipment, ShipmentEvent
from postal.states import STATES_IN, TRANSITIONS, Attention, Direction, State
from postal.stuck import attention_of

OUR_OWN = frozenset({"order", "try_later"})  # telling the carrier answers nobody's question
AT_ONCE = 100  # rows that one statement changes
# Steps that the citizen sees on the dossier's tracking page.
TOLD_IN_PUBLIC = frozenset({"order", "take", "collect", "miss", "move", "turn_back", "deliver", "arrive", "return", "lose", "write_off",
                            "damage", "cancel"})


@dataclass(frozen=True)
class Move:
    """A step that one of many shipments shall take; `changes` go to its other fields."""

    shipment: Shipment
    verb: str
    changes: dict[str, Any] = field(default_factory=dict)


def note(shipment: Shipment, verb: str, before: str, after: str, *, actor: User | None = None, label: str = WORKER,
         reason: str = "", legal_basis: str = "", **data: Any) -> None:
    """A row of history; `label` names who did it where no user did."""
    event(shipment, verb, before, after, actor=actor, label=label, reason=reason, legal_basis=legal_basis, **data).save(force_insert=True)


def event(shipment: Shipment, verb: str, before: str, after: str, *, actor: User | None = None, label: str = WORKER,
          reason: str = "", legal_basis: str = "", **data: Any) -> ShipmentEvent:
    """The same, not saved: for lists that write many with one statement."""
    return ShipmentEvent(subject=shipment, actor=actor, actor_label="" if actor else label[:120], verb=verb, from_state=before,
                         to_state=after, reason=reason, legal_basis=legal_basis[:255], data=data)


def move(shipment: Shipment, verb: str, *, changes: dict[str, Any] | None = None, actor: User | None = None, label: str = WORKER,
         reason: str = "", **data: Any) -> bool:
    """Take one step of the table if the row is still as it was read; whether it was. `changes` go to other fields.

    Every step is a sign of life: silence is counted from it, and what somebody was asked about is asked anew by the state it leads to.
    """
    one = Move(shipment, verb, changes or {})
    fields = _fields(one, clock.now())
    with transaction.atomic(savepoint=False):  # nothing here is caught on its way out
        same = Shipment.objects.filter(pk=shipment.pk, **_as_read(shipment))
        if not _may(one) or same.update(**fields) != 1:
            return False
        _tell({one.shipment.pk: (one, fields)}, actor=actor, label=label, reason=reason, **data)
    _take_on(shipment, fields)
    return True


def move_many(moves: Sequence[Move], *, actor: User | None = None, label: str = WORKER, reason: str = "", **data: Any) -> list[Shipment]:
    """The same for many shipments in the caller's transaction, held in the order of their ids; those that could not take their step,
    because they may not or are no longer as they were read. The number of statements does not grow with their number."""
    moment = clock.now()
    going: dict[int, tuple[Move, dict[str, Any]]] = {}
    left: list[Shipment] = []
    held = _held([one.shipment.pk for one in moves])
    for one in sorted(moves, key=lambda one: one.shipment.pk):
        if _may(one) and held.get(one.shipment.pk) == _as_read(one.shipment):
            going[one.shipment.pk] = (one, _fields(one, moment))
        else:
            left.append(one.shipment)
    _tell(going, actor=actor, label=label, reason=reason, **data)
    changed: dict[tuple[str, ...], list[Shipment]] = defaultdict(list)
    for one, fields in going.values():
        changed[tuple(fields)].append(_take_on(one.shipment, fields))
    for names, rows in changed.items():
        Shipment.objects.bulk_update(rows, names, batch_size=AT_ONCE)
    return left


def _may(one: Move) -> bool:
    return one.shipment.state in TRANSITIONS[one.verb][0]


def _as_read(shipment: Shipment) -> dict[str, Any]:
    """What says that nobody else has had the row since."""
    return {"state": shipment.state, "attempts": shipment.attempts, "claimed_at": shipment.claimed_at}


def _held(pks: Sequence[int]) -> dict[int, dict[str, Any]]:
    rows = Shipment.objects.select_for_update().filter(pk__in=pks).order_by("pk").only("state", "attempts", "claimed_at")
    return {row.pk: _as_read(row) for row in rows}


def _fields(one: Move, moment: datetime) -> dict[str, Any]:
    after = TRANSITIONS[one.verb][1]
    signs = _signs(after, moment)
    if one.verb in OUR_OWN and one.shipment.attention == Attention.DISPUTED:
        signs = {"moved_at": moment}
    return {"state": after, "claimed_at": None, "queued_until": None, **signs, **one.changes}


def _tell(going: Mapping[int, tuple[Move, dict[str, Any]]], **named: Any) -> None:
    """The rows of history of steps that were taken, and what the citizens see of them."""
    ShipmentEvent.objects.bulk_create([event(one.shipment, one.verb, one.shipment.state, fields["state"], **named)
                                       for one, fields in going.values()])
    note_shipments([_news(one.shipment, fields) for one, fields in going.values() if _is_public(one)])


def _is_public(one: Move) -> bool:
    shipment, after = one.shipment, TRANSITIONS[one.verb][1]
    told = one.verb in TOLD_IN_PUBLIC and shipment.state != after and bool(one.verb != "cancel" or shipment.waybill)
    return told and shipment.direction != Direction.BETWEEN


def _news(shipment: Shipment, fields: Mapping[str, Any]) -> ShipmentNews:
    after = State(fields["state"])
    words = STATES_IN.get(after, after.label) if shipment.direction == Direction.IN else after.label
    return ShipmentNews(dossier=shipment.dossier, state=after.value, state_name=str(words), carrier=shipment.carrier.name,
                        waybill=str(fields.get("waybill", shipment.waybill)), direction=shipment.direction)


def _take_on(shipment: Shipment, fields: Mapping[str, Any]) -> Shipment:
    for name, value in fields.items():
        setattr(shipment, name, value)
    return shipment


def _signs(state: str, moment: datetime) -> dict[str, Any]:
    attention = attention_of(state)
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
