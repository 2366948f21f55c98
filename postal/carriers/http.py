"""The adapter of a carrier that takes orders as signed JSON over HTTP, in its own names where it has any."""
from collections.abc import Mapping

from onestop.notify.channels import Temporary
from onestop.notify.channels.answers import Answer, post
from onestop.notify.channels.dialect import Dialect, dig
from onestop.signature import HEADER, sign
from postal.carriers import Ordered, Outcome
from postal.carriers.content import ANSWER_NAMES, NAMES, values
from postal.models import Carrier, Shipment

LONGEST_WAYBILL = 60


def order(shipment: Shipment) -> Outcome:
    """Ask the carrier to fetch a shipment. Its id is our key, so that a repeated order is known for what it is.

    An order that the carrier has already is answered with its waybill and counts as ordered.
    """
    body = content(shipment)
    headers = {"Idempotency-Key": str(shipment.key), HEADER: sign(shipment.carrier.key, body)}
    answer = post(shipment.carrier.order_url, body=body, headers=headers)
    return understood(answer, shipment.carrier.answer_fields) if isinstance(answer, Answer) else answer


def content(shipment: Shipment) -> bytes:
    """The order's body in the carrier's names."""
    return Dialect(url=shipment.carrier.order_url, fields=paths(shipment.carrier)).body(values(shipment))


def paths(carrier: Carrier) -> dict[str, str]:
    """Where each of our names stands in the carrier's JSON; a name that its mapping gives '' is left out."""
    named = {name: str(carrier.order_fields.get(name, name)) for name in NAMES}
    return {name: path for name, path in named.items() if path}


def understood(answer: Answer, fields: Mapping[str, str]) -> Outcome:
    """What the carrier's answer means; `fields` says where in it the waybill stands."""
    found = {name: dig(answer.data, str(fields.get(name) or name)) for name in ANSWER_NAMES}
    taken = answer.good or answer.duplicate or found["status"] == "duplicate"
    waybill = found["waybill"]
    if taken and isinstance(waybill, str) and waybill.strip():
        return Ordered(waybill.strip()[:LONGEST_WAYBILL])
    return Temporary(f"HTTP {answer.status}: no waybill in the answer") if taken else answer.failure()
