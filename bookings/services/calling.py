"""Calling numbers to the counters: next, again, served, set aside, missed, back in line, sent on (booking.md, guard 6).

Doing a verb twice is harmless: a page sends what it saw (`seen`), and what is already done is given back as it is.
"""
from __future__ import annotations

from django.conf import settings
from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from bookings import lines, policies, queries, refusals
from bookings.models import Ticket
from bookings.services import nearing, queue, visits
from bookings.states import AT_COUNTER, TICKET_TRANSITIONS, AppointmentState, TicketState
from onestop import clock
from onestop.offices.models import Counter
from onestop.patience import patiently
from onestop.people.models import User
from onestop.people.words import clean
from onestop.transitions import Refused, Step

COUNTING_CALLS = frozenset({"recall", "miss"})  # what these do depends on how often the number was called


@patiently
@transaction.atomic
def call_next(*, actor: User, counter: Counter) -> Ticket:
    """Call the next person of the published rule to a counter; whom it already calls, if it does.

    Raises Refused: 'counter_busy' 409 while it serves somebody, 'nobody_waits' 409, 'not_allowed' 403.
    """
    counter = _locked(counter)
    if not policies.can_serve(actor, counter.room.office_id):
        raise refusals.not_allowed()
    present = _present(counter)
    if present is not None:
        return present
    free = queries.room_state(counter.room).free
    for item in lines.callable_at(counter, lines.waiting(counter.room.office, clock.today()), free):
        ticket = _claimed(item.ticket.pk)
        if ticket is not None:
            queue.changed(ticket, queue.step_of(ticket, "call"), actor=actor, data={"counter": counter.pk}, counter=counter, officer=actor,
                          called_at=clock.now(), calls=1)
            nearing.tell_nearing(counter.room.office)
            return ticket
    raise Refused("nobody_waits", _("Hiện không có ai chờ quầy này."), status=409)


def _locked(counter: Counter) -> Counter:
    """The counter's row, for one call at a time where the database locks rows; the embedded one has one writer anyway."""
    rows = Counter.objects.select_related("room__office")
    return (rows.select_for_update(of=("self",)) if connection.features.has_select_for_update_of else rows).get(pk=counter.pk)


def _present(counter: Counter) -> Ticket | None:
    """Whom the counter calls now. One that a past day left open ends here."""
    ticket = Ticket.objects.filter(counter=counter, state__in=AT_COUNTER).first()
    if ticket is not None and ticket.date < clock.today():
        queue.ended(ticket, None)
        return None
    if ticket is not None and ticket.state == TicketState.SERVING:
        raise Refused("counter_busy", _("Quầy đang phục vụ số %(number)s. Hãy kết thúc trước khi gọi số khác.") % {"number": ticket.number},
                      status=409)
    return ticket


def _claimed(pk: int) -> Ticket | None:
    """A waiting ticket, locked where the database can; None if another counter is just taking it (SKIP LOCKED)."""
    rows = Ticket.objects.filter(pk=pk, state=TicketState.WAITING)
    if connection.features.has_select_for_update_skip_locked:
        rows = rows.select_for_update(skip_locked=True)
    return rows.first()


def version(ticket: Ticket) -> str:
    """What a page saw of a ticket: its state and how often it was called."""
    return f"{ticket.state}:{ticket.calls}"


def _acting(actor: User, ticket: Ticket, verb: str, seen: str) -> tuple[Ticket, Step | None]:
    """The ticket as it is now and the step to do; no step where it has been done since the page was `seen`."""
    row = Ticket.objects.select_related("appointment__slot", "counter__room", "office").get(pk=ticket.pk)
    if not policies.can_serve(actor, row.office_id):
        raise refusals.not_allowed()
    if row.date != clock.today():
        raise Refused("wrong_day", _("Số này không thuộc hàng chờ hôm nay."), status=409)
    after = TICKET_TRANSITIONS[verb][1]
    counted = verb in COUNTING_CALLS
    same = not seen or (seen == version(row) if counted else seen.startswith(f"{row.state}:"))
    if row.state == after and not (verb == "recall" and same):
        return row, None
    if not same:
        raise queue.changed_meanwhile()
    return row, queue.step_of(row, verb)


@patiently
@transaction.atomic
def recall(*, actor: User, ticket: Ticket, seen: str = "") -> Ticket:
    """Call the same number once more."""
    row, done = _acting(actor, ticket, "recall", seen)
    return queue.changed(row, done, actor=actor, called_at=clock.now(), calls=row.calls + 1) if done else row


@patiently
@transaction.atomic
def start(*, actor: User, ticket: Ticket, seen: str = "") -> Ticket:
    """The person stands at the counter. Who is not in the room yet is let in here, under the room's guard.

    Raises Refused: 'room_full' 409 when the room has no place, 'wrong_state', 'changed_meanwhile' 409.
    """
    row, done = _acting(actor, ticket, "start", seen)
    if done is None or row.counter is None:
        return row
    enter = visits.change_room if row.appointment.state == AppointmentState.INSIDE else visits.enter
    enter(actor=actor, appointment=row.appointment, room=row.counter.room)
    return queue.changed(row, done, actor=actor, officer=actor, started_at=clock.now())


@patiently
@transaction.atomic
def park(*, actor: User, ticket: Ticket, reason: str = "", seen: str = "") -> Ticket:
    """Set somebody aside, for example to fetch a paper: the counter is free, their time in the line is kept."""
    row, done = _acting(actor, ticket, "park", seen)
    if done is None:
        return row
    return queue.changed(row, done, actor=actor, reason=clean(reason)[:500], data={"counter": row.counter_id}, counter=None)


@patiently
@transaction.atomic
def miss(*, actor: User, ticket: Ticket, seen: str = "") -> Ticket:
    """Nobody came to the counter. Raises Refused('call_again', 409) before the number was called QUEUE_CALLS times."""
    row, done = _acting(actor, ticket, "miss", seen)
    if done is None:
        return row
    if row.calls < settings.QUEUE_CALLS:
        raise Refused("call_again", _("Số %(number)s mới được gọi %(calls)s lần; hãy gọi đủ %(most)s lần.") % {
            "number": row.number, "calls": row.calls, "most": settings.QUEUE_CALLS}, status=409)
    return queue.changed(row, done, actor=actor, counter=None, data={"counter": row.counter_id, "calls": row.calls})


@patiently
@transaction.atomic
def put_back(*, actor: User, ticket: Ticket, seen: str = "") -> Ticket:
    """Back into the line: whoever was called in vain behind the people of the present time, anybody else to the old place."""
    row, done = _acting(actor, ticket, "put_back", seen)
    if done is None:
        return row
    joined_at = clock.now() if row.state == TicketState.MISSED else row.joined_at
    return queue.changed(row, done, actor=actor, **queue.NOWHERE, joined_at=joined_at)


@patiently
@transaction.atomic
def transfer(*, actor: User, ticket: Ticket, to: Counter, seen: str = "") -> Ticket:
    """Send somebody on to another counter of the same office: they wait for it alone, at their old place in the line."""
    row, done = _acting(actor, ticket, "transfer", seen)
    if done is None:
        return row
    target = Counter.objects.select_related("room").get(pk=to.pk)
    if target.room.office_id != row.office_id or target.pk == row.counter_id:
        raise Refused("wrong_counter", _("Hãy chọn một quầy khác của đơn vị."), fields={"to": [_("Hãy chọn một quầy khác.")]})
    return queue.changed(row, done, actor=actor, data={"counter": row.counter_id, "to": target.pk},
                         **{**queue.NOWHERE, "wanted_counter": target})


@patiently
@transaction.atomic
def finish(*, actor: User, ticket: Ticket, leave: bool = True, seen: str = "") -> Ticket:
    """The matter is done at the counter; with `leave` the person is also counted out of the room."""
    row, done = _acting(actor, ticket, "finish", seen)
    if done is not None:
        queue.changed(row, done, actor=actor, ended_at=clock.now())
        if leave and row.appointment.state == AppointmentState.INSIDE:
            visits.leave(actor=actor, appointment=row.appointment)
    return row
