"""PURE: a carrier's words for what happened, in one table, and the verb each one means for a shipment."""
from collections.abc import Mapping

# None: worth keeping and showing, but the shipment stays where it is.
VERBS: Mapping[str, str | None] = {
    "collected": "collect",
    "in_transit": "move",
    "attempted": None,
    "returned": "return",
    "delivered": "deliver",
}
