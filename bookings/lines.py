"""The line of an office's day as pages and services read it: who waits, in which order, for which counter. Reads only."""
from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.conf import settings
from django.utils.translation import gettext as _

from bookings import fairness, links
from bookings.models import Appointment, Ticket
from bookings.states import AppointmentState, TicketState
from onestop import clock
from onestop.offices.models import Counter, Office
from onestop.people import shown


def rule() -> fairness.Rule:
    """The published rule with this installation's two numbers."""
    return fairness.Rule(walk_in=timedelta(minutes=settings.QUEUE_WALK_IN_MINUTES), urgent=timedelta(minutes=settings.QUEUE_URGENT_MINUTES))


def as_waiting(appointment: Appointment, ticket: Ticket | None = None) -> fairness.Waiting:
    """What the rule looks at; `slot` and `procedure` should be selected with the appointment."""
    came_at = appointment.checked_in_at or clock.now()
    joined_at = ticket.joined_at if ticket is not None else came_at
    return fairness.Waiting(
        key=appointment.pk, number=appointment.queue_number, due_at=appointment.slot.starts_at,
        due_until=appointment.slot.ends_at + timedelta(minutes=settings.LATE_MINUTES), came_at=joined_at, priority=appointment.priority,
        walk_in=appointment.walk_in, urgent=appointment.procedure.urgent, returned=joined_at > came_at)


def in_order(appointments: Iterable[Appointment]) -> list[tuple[Appointment, fairness.Placed]]:
    """People who are here, in the order of the published rule. Select slot, procedure and ticket with them: no query then."""
    rows = {row.pk: row for row in appointments}
    waiting = [as_waiting(row, getattr(row, "ticket", None)) for row in rows.values()]
    return [(rows[placed.key], placed) for placed in fairness.order(waiting, clock.now(), rule())]


@dataclass(frozen=True)
class InLine:
    """Somebody who waits, and their place in the whole office's line."""

    ticket: Ticket
    placed: fairness.Placed
    room_id: int  # where they will be served: the room they are in, else their slot's

    @property
    def explained(self) -> str:
        """Why this is their place, for the staff."""
        return explained(self.placed)

    @property
    def inside(self) -> bool:
        return self.ticket.appointment.state == AppointmentState.INSIDE


def waiting(office: Office, on: date) -> list[InLine]:
    """Everybody who waits at an office, the next one first. One query."""
    rows = Ticket.objects.filter(office=office, date=on, state=TicketState.WAITING)
    tickets = list(rows.select_related("appointment__slot", "appointment__procedure", "appointment__office", "wanted_counter"))
    return placed_tickets(tickets)


def placed_tickets(tickets: Sequence[Ticket]) -> list[InLine]:
    """Tickets in the order of the published rule, each with its place."""
    by_key = {ticket.appointment_id: ticket for ticket in tickets}
    people = [as_waiting(ticket.appointment, ticket) for ticket in tickets]
    return [InLine(by_key[placed.key], placed, _room_of(by_key[placed.key]))
            for placed in fairness.order(people, clock.now(), rule())]


def _room_of(ticket: Ticket) -> int:
    if ticket.wanted_counter is not None:
        return ticket.wanted_counter.room_id
    appointment = ticket.appointment
    return appointment.room_id if appointment.state == AppointmentState.INSIDE and appointment.room_id else appointment.slot.room_id


def line_of(counter: Counter, line: Sequence[InLine]) -> list[InLine]:
    """Those whom a counter may call: sent to it, or of its room; and who came for a room that has no counter."""
    staffed = set(Counter.objects.filter(room__office_id=counter.room.office_id).values_list("room_id", flat=True))
    return [item for item in line if item.ticket.wanted_counter_id in (None, counter.pk)
            and (item.room_id == counter.room_id or item.room_id not in staffed)]


def callable_at(counter: Counter, line: Sequence[InLine], free: int) -> list[InLine]:
    """The same in the order of calling: while the room has no place, those who are in it already come first."""
    own = line_of(counter, line)
    return sorted(own, key=lambda item: not item.inside and item.ticket.appointment.people > free)


def nearest(line: Sequence[InLine], count: int) -> list[tuple[int, InLine]]:
    """The first `count` of each room's line, each with how many are before them."""
    before: dict[int, int] = {}
    found = []
    for item in line:
        ahead = before.get(item.room_id, 0)
        if ahead < count:
            found.append((ahead, item))
        before[item.room_id] = ahead + 1
    return found


def line_url(appointment: Appointment) -> str:
    """The address of somebody's own place in the line, with the secret that opens it."""
    return links.line_url(appointment.code, links.secret_of(appointment.code))


def explained(placed: fairness.Placed) -> str:
    """The time that counts and why: '08:30: đến đúng khung giờ hẹn …'."""
    words = _("%(time)s: %(ground)s") % {"time": shown.time_of_day(placed.claim_at), "ground": placed.ground.label}
    if not placed.waiting.priority or placed.waiting.returned:
        return words
    return _("%(words)s; trước những người cùng giờ vì thuộc diện ưu tiên") % {"words": words}
