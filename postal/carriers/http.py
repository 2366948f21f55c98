"""The adapter of a carrier that takes orders as signed JSON over HTTP."""
import json
from typing import Any

from onestop.notify.channels import Temporary
from onestop.notify.channels.answers import Answer, post
from postal.carriers import Ordered, Outcome
from postal.carriers.signature import HEADER, sign
from postal.models import Shipment

LONGEST_WAYBILL = 60


def order(shipment: Shipment) -> Outcome:
    """Ask the carrier to fetch a shipment. Its id is our key, so that a repeated order is known for what it is.

    An order that the carrier has already is answered with its waybill and counts as ordered.
    """
    body = json.dumps(content(shipment), ensure_ascii=False).encode()
    headers = {"Idempotency-Key": str(shipment.key), HEADER: sign(shipment.carrier.key, body)}
    answer = post(shipment.carrier.order_url, body=body, headers=headers)
    return understood(answer) if isinstance(answer, Answer) else answer


def content(shipment: Shipment) -> dict[str, Any]:
    """The order's body. The dossier is named by nothing: the carrier needs to know where to go, not why."""
    due = shipment.collect_due_at
    return {
        "id": str(shipment.key), "carrier": shipment.carrier.code, "direction": shipment.direction,
        "collect_by": due.isoformat() if due else None,
        "sender": {"name": shipment.office.name, "address": shipment.office.address, "phone": shipment.office.hotline},
        "recipient": {"name": shipment.recipient, "address": shipment.address, "phone": shipment.phone},
    }


def understood(answer: Answer) -> Outcome:
    """What the carrier's answer means."""
    waybill = answer.data.get("waybill")
    if (answer.good or answer.duplicate) and isinstance(waybill, str) and waybill.strip():
        return Ordered(waybill.strip()[:LONGEST_WAYBILL])
    if answer.good or answer.duplicate:
        return Temporary(f"HTTP {answer.status}: no waybill in the answer")
    return answer.failure()
