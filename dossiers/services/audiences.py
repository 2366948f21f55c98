"""People with dossiers, for a broadcast of the outbox: by office, area, procedure, state and when they were received."""
from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.db.models import Q, QuerySet

from dossiers.models import Dossier
from dossiers.states import OPEN, State
from onestop import clock
from onestop.notify.contacts import contact
from onestop.notify.models import Broadcast
from onestop.notify.services import broadcast_lists
from onestop.notify.services.broadcast_lists import Row
from onestop.notify.states import Standing

STATES = {Standing.OPEN: OPEN, Standing.READY: frozenset({State.DECIDED}), Standing.RETURNED: frozenset({State.RETURNED})}


def fill_audience(pk: int) -> int:
    """The job that makes such a broadcast's list; how many dossiers were taken."""
    return broadcast_lists.fill(pk, _rows)


def _rows(broadcast: Broadcast, after: int, size: int) -> list[Row]:
    found = chosen(broadcast).filter(pk__gt=after).order_by("pk")
    wanted = found.values_list("pk", "phone", "email", "full_name", "language")[:size]
    return [Row(pk, contact(phone, email), name, language) for pk, phone, email, name, language in wanted]


def chosen(broadcast: Broadcast) -> QuerySet[Dossier]:
    """The dossiers that a broadcast's filter names: never outside of its province, a leader's never outside of the own office."""
    asked: dict[str, Any] = broadcast.filter
    area = broadcast.area_id or broadcast.province_id
    inside = Q(received_office__area=area) | Q(received_office__area__parent=area) | Q(received_office__area__parent__parent=area)
    found = Dossier.objects.filter(inside, received_office__province=broadcast.province_id)
    if broadcast.office_id:
        found = found.filter(received_office=broadcast.office_id)
    states = [state for name in asked.get("standing", []) for state in STATES[Standing(name)]]
    narrowed = {"received_office": asked.get("office"), "procedure": asked.get("procedure"), "state__in": states,
                "received_at__gte": _moment(asked.get("first")), "received_at__lt": _moment(asked.get("last"), days=1)}
    return found.filter(**{name: value for name, value in narrowed.items() if value})


def _moment(text: str | None, days: int = 0) -> Any:
    """The first moment of a day, or of the one after it."""
    return clock.at(date.fromisoformat(text) + timedelta(days=days)) if text else None
