"""People with appointments still standing, for a broadcast of the outbox: by office and by day."""
from __future__ import annotations

from datetime import date
from typing import Any

from django.db.models import Q, QuerySet

from bookings.models import Appointment
from onestop.notify.contacts import contact
from onestop.notify.models import Broadcast
from onestop.notify.services import broadcast_lists
from onestop.notify.services.broadcast_lists import Row


def fill_audience(pk: int) -> int:
    """The job that makes such a broadcast's list; how many appointments were taken."""
    return broadcast_lists.fill(pk, _rows)


def _rows(broadcast: Broadcast, after: int, size: int) -> list[Row]:
    wanted = chosen(broadcast).filter(pk__gt=after).order_by("pk").values_list("pk", "phone", "email", "full_name", "language")[:size]
    return [Row(pk, contact(phone, email), name, language) for pk, phone, email, name, language in wanted]


def chosen(broadcast: Broadcast) -> QuerySet[Appointment]:
    """The appointments that a broadcast's filter names: never outside of its province, a leader's never outside of the own office."""
    asked: dict[str, Any] = broadcast.filter
    area = broadcast.area_id or broadcast.province_id
    inside = Q(office__area=area) | Q(office__area__parent=area) | Q(office__area__parent__parent=area)
    found = Appointment.objects.active().filter(inside, office__province=broadcast.province_id)
    if broadcast.office_id:
        found = found.filter(office=broadcast.office_id)
    narrowed = {"office": asked.get("office"), "queue_date__gte": _day(asked.get("first")), "queue_date__lte": _day(asked.get("last")),
                "procedure": asked.get("procedure")}
    return found.filter(**{name: value for name, value in narrowed.items() if value})


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
