"""Whatever the counters and the guard do in whatever order: one person a counter, nobody lost, the room's count true."""
import random
from collections import Counter as Tally

import pytest

from bookings.models import Appointment, RoomCount, Slot, Ticket, TicketEvent
from bookings.services import appointments, calling, sessions, visits
from bookings.services.audit import audit_capacity
from bookings.states import AT_COUNTER, TICKET_TRANSITIONS, AppointmentState, BookedBy, TicketState
from onestop import clock
from onestop.transitions import Refused
from tests.bookings.conftest import DAY, person
from tests.cast import Cast

STEPS = 120
ENDED = {TicketState.DONE, TicketState.LEFT}
HERE = {AppointmentState.CHECKED_IN, AppointmentState.INSIDE}
HONEST = {"wrong_state", "counter_busy", "nobody_waits", "call_again", "wrong_counter", "room_full", "changed_meanwhile"}


def check(cast: Cast) -> None:
    """What must be true after every step."""
    tickets = list(Ticket.objects.select_related("appointment"))
    at_counter = Tally(row.counter_id for row in tickets if row.state in AT_COUNTER)
    assert None not in at_counter and max(at_counter.values(), default=0) <= 1
    for row in tickets:
        inside = row.appointment.state == AppointmentState.INSIDE
        assert row.state != TicketState.SERVING or inside, "who is served is in the room"
        assert row.state in ENDED or row.appointment.state in HERE
    people = sum(row.appointment.people for row in tickets if row.appointment.state == AppointmentState.INSIDE)
    assert sum(RoomCount.objects.filter(room=cast.room).values_list("people", flat=True)) == people


@pytest.mark.parametrize("seed", range(4))
def test_any_sequence_of_verbs(open_office, seed):
    chance, cast, told = random.Random(seed), open_office, Tally()
    slots = list(Slot.objects.filter(session__office=cast.office, session__date=DAY, session__part="morning").order_by("starts_at"))
    counters = list(cast.room.counters.order_by("number"))
    with clock.frozen(clock.at(DAY, 7)):
        sessions.generate(office=cast.office, first=DAY, days=1)
        rows = [appointments.book(applicant=person(number), procedure=cast.procedure, purpose="submit", channel=BookedBy.WEB,
                                  slot_id=slots[number % 3].pk).appointment for number in range(9)]
    verbs = {
        "check_in": lambda row, ticket: visits.check_in(actor=cast.guard, appointment=row),
        "enter": lambda row, ticket: visits.enter(actor=cast.guard, appointment=row),
        "leave": lambda row, ticket: visits.leave(actor=cast.guard, appointment=row),
        "call": lambda row, ticket: calling.call_next(actor=cast.desk, counter=chance.choice(counters)),
        **{name: lambda row, ticket, do=do: ticket and do(actor=cast.desk, ticket=ticket) for name, do in {
            "recall": calling.recall, "start": calling.start, "park": calling.park, "miss": calling.miss, "put_back": calling.put_back,
            "finish": calling.finish}.items()},
        "stay": lambda row, ticket: ticket and calling.finish(actor=cast.desk, ticket=ticket, leave=False),
        "transfer": lambda row, ticket: ticket and calling.transfer(actor=cast.desk, ticket=ticket, to=chance.choice(counters)),
    }
    usual = ["check_in"] * 3 + ["call", "start", "recall"] * 3 + list(verbs)
    for step in range(STEPS):
        row, name = Appointment.objects.get(pk=chance.choice(rows).pk), chance.choice(usual)
        at_counter = list(Ticket.objects.filter(state__in=AT_COUNTER))
        ticket = chance.choice(at_counter) if at_counter and chance.random() < 0.7 else Ticket.objects.filter(appointment=row).first()
        with clock.frozen(clock.at(DAY, 7, 30 + step // 10)):
            try:
                verbs[name](row, ticket)
                told["done"] += 1
            except Refused as refusal:
                told[refusal.code] += 1
            check(cast)
    assert set(told) - {"done"} <= HONEST, told
    for event in TicketEvent.objects.exclude(verb="join", from_state=""):
        before, after = TICKET_TRANSITIONS[event.verb]
        assert event.from_state in before and event.to_state == after
    assert audit_capacity() == [] and told["done"] > STEPS / 3
