"""The line of an office's day as pages and services read it: who waits, in which order, who is at which counter. Reads only."""
from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from django.conf import settings

from bookings import fairness
from bookings.models import Appointment, Ticket
from onestop import clock


def rule() -> fairness.Rule:
    """The published rule with this installation's two numbers."""
    return fairness.Rule(walk_in=timedelta(minutes=settings.QUEUE_WALK_IN_MINUTES), urgent=timedelta(minutes=settings.QUEUE_URGENT_MINUTES))


def as_waiting(appointment: Appointment, ticket: Ticket | None = None) -> fairness.Waiting:
    """What the rule looks at; `slot` and `procedure` should be selected with the appointment."""
    came_at = appointment.checked_in_at or clock.now()
    joined_at = ticket.joined_at if ticket is not None else came_at
    return fairness.Waiting(
        key=appointment.pk, number=appointment.queue_number, due_at=appointment.slot.starts_at, due_until=appointment.slot.ends_at,
        came_at=joined_at, priority=appointment.priority, walk_in=appointment.walk_in, urgent=appointment.procedure.urgent,
        returned=joined_at > came_at)


def in_order(appointments: Iterable[Appointment]) -> list[tuple[Appointment, fairness.Placed]]:
    """People who are here, in the order of the published rule. Select slot, procedure and ticket with them: no query then."""
    rows = {row.pk: row for row in appointments}
    waiting = [as_waiting(row, getattr(row, "ticket", None)) for row in rows.values()]
    return [(rows[placed.key], placed) for placed in fairness.order(waiting, clock.now(), rule())]
