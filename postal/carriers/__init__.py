"""How carriers are reached. An adapter takes a claimed shipment and answers with what came of the order; it writes nothing."""
from dataclasses import dataclass

from onestop.notify.channels import Permanent, Temporary


@dataclass(frozen=True)
class Ordered:
    """The carrier has the order; its waybill number (mã bưu gửi)."""

    waybill: str


Outcome = Ordered | Temporary | Permanent
