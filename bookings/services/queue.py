"""The line of a day: joining it at check-in, leaving it at the door (booking.md, guard 6). What happens between is in calling.py."""
from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from bookings.models import Appointment, Ticket, TicketEvent
from bookings.states import TICKET_TRANSITIONS, TicketState
from onestop import clock
from onestop.people.models import User
from onestop.transitions import Refused, Step, step

NOWHERE: dict[str, Any] = {"counter": None, "wanted_counter": None, "officer": None, "calls": 0, "called_at": None, "started_at": None}


def changed(ticket: Ticket, done: Step, *, actor: User | None, label: str = "", reason: str = "",
            data: dict[str, Any] | None = None, **values: Any) -> Ticket:
    """The conditional update of one ticket with its event. Raises Refused('changed_meanwhile', 409)."""
    if Ticket.objects.filter(pk=ticket.pk, state=done.before, calls=ticket.calls).update(state=done.after, **values) != 1:
        raise changed_meanwhile()
    for name, value in {"state": done.after, **values}.items():
        setattr(ticket, name, value)
    TicketEvent.objects.create(subject=ticket, actor=actor, actor_label=label, verb=done.verb, from_state=done.before,
                               to_state=done.after, reason=reason, data=data or {})
    return ticket


def changed_meanwhile() -> Refused:
    return Refused("changed_meanwhile", _("Số này vừa được xử lý ở nơi khác. Vui lòng tải lại trang."), status=409)


def step_of(ticket: Ticket, verb: str) -> Step:
    """The step of a verb, or its refusal in words."""
    words = {"number": ticket.number, "state": TicketState(ticket.state).label}
    return step(TICKET_TRANSITIONS, verb, ticket.state,
                sentence=_("Số %(number)s đang ở trạng thái “%(state)s”, không làm được việc này.") % words)


def join(appointment: Appointment, *, actor: User | None = None, label: str = "") -> Ticket:
    """Take the person who checked in into today's line, inside the check-in's transaction; twice changes nothing.

    The number is the appointment's queue number. Whoever left the line (refused entry, booked again) joins anew.
    """
    came_at = appointment.checked_in_at or clock.now()
    ticket = Ticket.objects.filter(appointment=appointment).first()
    place: dict[str, Any] = {"office_id": appointment.office_id, "date": appointment.queue_date, "number": appointment.queue_number,
                             "joined_at": came_at}
    if ticket is None:
        ticket = Ticket.objects.create(appointment=appointment, **place)
        TicketEvent.objects.create(subject=ticket, actor=actor, actor_label=label, verb="join", to_state=ticket.state)
        return ticket
    if ticket.state != TicketState.LEFT:
        return ticket
    return changed(ticket, step_of(ticket, "join"), actor=actor, label=label, ended_at=None, **NOWHERE, **place)


def left(appointment: Appointment, *, actor: User | None = None, label: str = "") -> Ticket | None:
    """End the person's ticket inside the transaction of leaving, of refused entry or of the day's end; twice changes nothing.

    Whoever leaves the room while being served has been served; at the end of a past day nobody knows.
    """
    ticket = Ticket.objects.filter(appointment=appointment).first()
    if ticket is None or ticket.state in (TicketState.LEFT, TicketState.DONE):
        return ticket
    return ended(ticket, actor, label)


def ended(ticket: Ticket, actor: User | None, label: str = "") -> Ticket:
    """The end of a ticket that nobody finished at the counter."""
    served = ticket.state == TicketState.SERVING and ticket.date == clock.today()
    return changed(ticket, step_of(ticket, "finish" if served else "leave"), actor=actor, label=label, ended_at=clock.now())
