"""Dead letters: shipments the carrier could not be told of, by carrier and reason."""
from collections import Counter
from dataclasses import dataclass

from django.db.models import Count, QuerySet

from onestop.people.models import User
from postal.models import Carrier, Shipment, ShipmentQuerySet
from postal.states import DEAD_LETTERS

REASONS = 300  # different texts that are looked at to name the kinds


@dataclass(frozen=True)
class Reason:
    """One kind of failure, known by how its text begins ('HTTP 500'), and how many shipments it holds up."""

    code: str
    count: int


def letters(user: User, *, carrier: int = 0, reason: str = "") -> ShipmentQuerySet:
    """Dead letters of the province, those that have waited longest first."""
    found = Shipment.objects.visible_to(user).filter(state__in=DEAD_LETTERS)
    if carrier:
        found = found.filter(carrier=carrier)
    if reason:
        found = found.filter(last_error__startswith=reason)
    return found.select_related("carrier", "office", "dossier").order_by("moved_at", "pk")


def reasons(shipments: ShipmentQuerySet) -> list[Reason]:
    """The kinds of failure among dead letters, the most frequent first. One query."""
    texts = shipments.order_by().values_list("last_error").annotate(number=Count("pk")).order_by("-number")[:REASONS]
    found: Counter[str] = Counter()
    for text, number in texts:
        found[kind(text)] += number
    return [Reason(code, count) for code, count in found.most_common() if code]


def kind(text: str) -> str:
    """'HTTP 500: …' → 'HTTP 500'; a sentence is its own kind."""
    head, colon, _rest = text.partition(":")
    return head if colon and len(head) <= 40 else text


def carriers(user: User) -> QuerySet[Carrier]:
    """Carriers with dead letters this person sees, with their number."""
    held = Shipment.objects.visible_to(user).filter(state__in=DEAD_LETTERS).order_by().values("carrier")
    return Carrier.objects.filter(pk__in=held)
