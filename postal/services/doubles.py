"""Two shipments on their way for one thing: one was given up and sent again, and then it is found. Somebody decides; nothing is silent."""
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from postal.carriers.words import VERBS
from postal.models import CarrierEvent, Shipment
from postal.services.steps import attend
from postal.states import MOVING, TRANSITIONS, UNFETCHED, Attention, Direction, Meaning, State

FOUND = _("Bưu chính báo tìm thấy bưu gửi này sau khi đã có bưu gửi khác thay.")
TWO_ON_THE_WAY = _("Bưu gửi trước đã phát sau khi tìm thấy; bưu gửi này đang đi cho cùng một việc.")
BROUGHT_TWICE = _("Cả bưu gửi này và bưu gửi thay nó đều được báo đã phát.")
# Meanings that say a carrier has it in its hands, or had it again.
HAS_IT = frozenset({Meaning.COLLECTED, Meaning.IN_TRANSIT, Meaning.ARRIVED, Meaning.ATTEMPTED, Meaning.RETURNING, Meaning.RETURNED,
                    Meaning.DELIVERED})
ENDS = ("lose", "write_off", "damage", "return", "miss")


def is_found(shipment: Shipment, meaning: str, happened_at: datetime, before: str) -> bool:
    """Whether a report on a shipment that another one stands in for says that it is there after all: not one that only comes late or
    again, and not a second one of its kind that moves nothing."""
    if meaning not in HAS_IT:
        return False
    if shipment.state != before:
        return True
    verb = VERBS[meaning]
    if verb is not None and TRANSITIONS[verb][1] == before:
        return False
    asked = shipment.events.filter(verb="attend", data__attention=Attention.DISPUTED.value).exists()
    ended_at = _ended_at(shipment)
    return not asked and (ended_at is None or happened_at > ended_at)


def _ended_at(shipment: Shipment) -> datetime | None:
    """When it was lost, came back …: as the carrier says, else when somebody said so."""
    end = shipment.events.filter(verb__in=ENDS).order_by("-pk").first()
    if end is None:
        return None
    told = CarrierEvent.objects.filter(carrier=shipment.carrier_id, event_id=end.data.get("event", "")).first()
    return told.happened_at if told is not None else end.at


def ask(shipment: Shipment) -> None:
    """Let somebody decide which of the two goes on. Once it was brought, the sweep takes the other back while the carrier has not fetched
    it; after that somebody has to."""
    if shipment.state != State.DELIVERED:
        attend(shipment, Attention.DISPUTED, reason=str(FOUND))
        return
    others = shipment.replacements.select_for_update(of=("self",)).exclude(state=State.CANCELLED)
    other = others.order_by("-pk").first()
    # No sweep takes back what a dossier may still need: papers that were brought once stand in none of its states.
    if other is not None and other.state in UNFETCHED | MOVING and (shipment.direction != Direction.OUT or not is_recallable(other)):
        attend(other, Attention.DISPUTED, reason=str(TWO_ON_THE_WAY))
    elif other is not None and other.state == State.DELIVERED and not shipment.attention:
        attend(shipment, Attention.DISPUTED, reason=str(BROUGHT_TWICE))


def is_recallable(shipment: Shipment) -> bool:
    """Whether the sweep takes it back where its dossier needs it no more."""
    return shipment.state in UNFETCHED


def is_one_too_many(shipment: Shipment) -> bool:
    """Whether the carrier fetches, in another one's place, what is in the citizen's hands already."""
    return shipment.state in UNFETCHED and shipment.replaces_id is not None and not shipment.is_needed
