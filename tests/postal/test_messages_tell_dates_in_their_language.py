"""A message in English has its moments in English, whatever language whoever caused it reads, and the other way round."""
from __future__ import annotations

from datetime import date

from django.utils.translation import override

from onestop import clock
from onestop.notify.models import Message
from postal.models import Shipment
from postal.services import telling
from postal.states import Direction


def told(shipment: Shipment, language: str, read_in: str) -> str:
    shipment.dossier.language, shipment.collect_due_at = language, clock.at(date(2026, 11, 25), 10)
    with override(read_in):
        telling._tell(shipment, f"ordered:{language}", "collection_ordered")
    return Message.objects.get(event_key=f"shipment:{shipment.pk}:ordered:{language}").body


def test_a_collection_is_announced_in_the_citizens_language(shipment: Shipment) -> None:
    shipment.direction = Direction.IN
    assert "10:00 on 25/11/2026" in told(shipment, "en", "vi")
    assert "10:00 ngày 25/11/2026" in told(shipment, "vi", "en")
