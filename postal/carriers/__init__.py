"""How carriers are reached. An adapter takes a claimed shipment and answers with what came of the order; it writes no row."""
from dataclasses import dataclass
from typing import Protocol

from onestop.notify.channels import Permanent, Temporary
from postal.models import Shipment


@dataclass(frozen=True)
class Ordered:
    """The carrier has the order; its waybill number (mã bưu gửi), '' where the carrier gives it later."""

    waybill: str


Outcome = Ordered | Temporary | Permanent


class Adapter(Protocol):
    """One way of telling carriers. Called outside of any transaction, perhaps more than once for a shipment: its key is what the carrier
    knows it by."""

    def order(self, shipment: Shipment) -> Outcome:
        """Tell the carrier of a claimed shipment, read with its carrier, offices and manifest."""
