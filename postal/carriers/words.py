"""PURE: what each meaning of a carrier's word does to a shipment. A carrier's own words stand in one table (CarrierWord); without a
row there, the words here are understood as they are."""
from collections.abc import Mapping

from postal.states import Meaning

# None: worth keeping and showing, but the shipment stays where it is.
VERBS: Mapping[str, str | None] = {
    Meaning.COLLECTED: "collect",
    Meaning.NOT_COLLECTED: "miss",
    Meaning.IN_TRANSIT: "move",
    Meaning.ARRIVED: "move",
    Meaning.ATTEMPTED: None,
    Meaning.RETURNING: "turn_back",
    Meaning.RETURNED: "return",
    Meaning.DELIVERED: "deliver",
    Meaning.LOST: "lose",
    Meaning.DAMAGED: "damage",
    Meaning.NOTED: None,
}
