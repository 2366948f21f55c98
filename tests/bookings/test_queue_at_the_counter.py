"""Calling numbers: one person a counter, again, served, set aside, missed, back in line, sent on, finished."""
from collections.abc import Callable
from datetime import timedelta

import pytest

from bookings import lines
from bookings.models import Appointment, RoomCount, Slot, Ticket, TicketEvent
from bookings.services import appointments, calling, queue, sessions, visits
from bookings.services.audit import audit_capacity
from bookings.states import AppointmentState, BookedBy, TicketState
from onestop import clock
from onestop.notify.models import Message
from onestop.offices.models import Counter, Room
from onestop.transitions import Refused
from tests import shared
from tests.bookings.conftest import DAY, person
from tests.cast import Cast

EIGHT = clock.at(DAY, 8)


@pytest.fixture
@shared.rows
def slots(open_office: Cast, morning: object) -> list[Slot]:
    """The first slots of the morning: 07:30, 08:00, 08:30, …"""
    sessions.generate(office=open_office.office, first=DAY, days=1)
    return list(Slot.objects.filter(session__office=open_office.office, session__date=DAY, session__part="morning").order_by("starts_at"))


@pytest.fixture
def counters(open_office: Cast) -> list[Counter]:
    return list(open_office.room.counters.order_by("number"))


@pytest.fixture
def come(open_office: Cast, slots: list[Slot]) -> Callable[..., Ticket]:
    """Somebody with an appointment in slot `index` checks in now; numbers are given in the order of booking."""

    def do(number: int, index: int = 1, **more: object) -> Ticket:
        with clock.frozen(EIGHT - timedelta(hours=2)):
            made = appointments.book(applicant=person(number), procedure=more.pop("procedure", open_office.procedure), purpose="submit",
                                     channel=BookedBy.WEB, slot_id=slots[index].pk, **more).appointment
        visits.check_in(actor=open_office.guard, appointment=made)
        return Ticket.objects.get(appointment=made)

    return do


@pytest.fixture
def eight(open_office: Cast):
    with clock.frozen(EIGHT):
        yield


def refused(code: str):
    return pytest.raises(Refused, check=lambda refusal: refusal.code == code)


def state_of(ticket: Ticket) -> str:
    return Ticket.objects.get(pk=ticket.pk).state


def verbs(ticket: Ticket) -> list[str]:
    return list(TicketEvent.objects.filter(subject=ticket).values_list("verb", flat=True))


pytestmark = pytest.mark.usefixtures("eight")


def test_checking_in_joins_the_line_with_the_number_of_the_booking(come, open_office):
    ticket = come(1)
    assert (ticket.state, ticket.number, ticket.date) == (TicketState.WAITING, ticket.appointment.queue_number, DAY)
    queue.join(ticket.appointment)
    visits.check_in(actor=open_office.guard, appointment=ticket.appointment)
    assert Ticket.objects.count() == 1 and verbs(ticket) == ["join"]


def test_the_next_is_who_the_published_rule_names(come, open_office, counters):
    later, first = come(1, 2), come(2, 1)
    called = calling.call_next(actor=open_office.desk, counter=counters[0])
    assert called == first and (called.counter, called.calls, called.officer) == (counters[0], 1, open_office.desk)
    assert calling.call_next(actor=open_office.desk, counter=counters[1]) == later
    with refused("nobody_waits"):
        calling.call_next(actor=open_office.desk, counter=counters[2])


def test_a_double_tap_calls_nobody_else(come, open_office, counters):
    come(1), come(2)
    first = calling.call_next(actor=open_office.desk, counter=counters[0])
    assert calling.call_next(actor=open_office.desk, counter=counters[0]) == first
    assert verbs(first) == ["join", "call"] and Ticket.objects.filter(state=TicketState.CALLED).count() == 1


def test_start_lets_the_person_into_the_room_under_its_guard(come, open_office, counters):
    ticket = come(1)
    calling.call_next(actor=open_office.desk, counter=counters[0])
    calling.start(actor=open_office.desk, ticket=ticket)
    calling.start(actor=open_office.desk, ticket=ticket)
    row = Appointment.objects.get(pk=ticket.appointment_id)
    assert row.state == AppointmentState.INSIDE and row.room == open_office.room and state_of(ticket) == TicketState.SERVING
    assert RoomCount.objects.get(room=open_office.room).people == 1 and verbs(ticket) == ["join", "call", "start"]
    with refused("counter_busy"):
        calling.call_next(actor=open_office.desk, counter=counters[0])
    assert audit_capacity() == []


def test_a_full_room_says_so_and_calls_those_inside_first(come, open_office, counters):
    Room.objects.filter(pk=open_office.room.pk).update(cap=1)
    outside, inside = come(1, 1), come(2, 2)
    visits.enter(actor=open_office.guard, appointment=inside.appointment)
    assert calling.call_next(actor=open_office.desk, counter=counters[0]) == inside
    assert calling.call_next(actor=open_office.desk, counter=counters[1]) == outside
    with refused("room_full"):
        calling.start(actor=open_office.desk, ticket=outside)
    calling.start(actor=open_office.desk, ticket=inside)
    calling.finish(actor=open_office.desk, ticket=inside)
    calling.start(actor=open_office.desk, ticket=outside)
    assert state_of(outside) == TicketState.SERVING


def test_finishing_counts_the_person_out_or_leaves_them_in(come, open_office, counters):
    for number, leave in ((1, True), (2, False)):
        ticket = come(number)
        calling.call_next(actor=open_office.desk, counter=counters[0])
        calling.start(actor=open_office.desk, ticket=ticket)
        calling.finish(actor=open_office.desk, ticket=ticket, leave=leave)
        calling.finish(actor=open_office.desk, ticket=ticket, leave=leave)
        row = Ticket.objects.select_related("appointment").get(pk=ticket.pk)
        assert row.state == TicketState.DONE and row.ended_at is not None
        assert row.appointment.state == (AppointmentState.DONE if leave else AppointmentState.INSIDE)
    assert RoomCount.objects.get(room=open_office.room).people == 1


def test_missed_only_after_so_many_calls_and_back_behind_the_people_of_the_present_time(come, open_office, counters, settings):
    desk = open_office.desk
    ticket, second, third = come(1, 0), come(2, 1), come(3, 2)
    assert calling.call_next(actor=desk, counter=counters[0]) == ticket
    for calls in range(1, settings.QUEUE_CALLS):
        with refused("call_again"):
            calling.miss(actor=desk, ticket=ticket)
        seen = f"called:{calls}"
        assert calling.recall(actor=desk, ticket=ticket, seen=seen).calls == calls + 1
        assert calling.recall(actor=desk, ticket=ticket, seen=seen).calls == calls + 1, "the second tap changes nothing"
    calling.miss(actor=desk, ticket=ticket)
    assert state_of(ticket) == TicketState.MISSED and Ticket.objects.get(pk=ticket.pk).counter is None
    with clock.frozen(EIGHT + timedelta(minutes=5)):
        calling.put_back(actor=desk, ticket=ticket)
        calling.put_back(actor=desk, ticket=ticket)
        assert [item.ticket for item in lines.waiting(open_office.office, DAY)] == [second, ticket, third]
    assert verbs(ticket)[-2:] == ["miss", "put_back"]


def test_who_is_set_aside_or_sent_on_keeps_the_place(come, open_office, counters):
    desk = open_office.desk
    first, second = come(1, 0), come(2, 1)
    calling.call_next(actor=desk, counter=counters[0])
    calling.start(actor=desk, ticket=first)
    calling.park(actor=desk, ticket=first, reason="Bổ sung bản sao")
    assert calling.call_next(actor=desk, counter=counters[0]) == second
    calling.put_back(actor=desk, ticket=first)
    assert calling.call_next(actor=desk, counter=counters[1]) == first
    calling.start(actor=desk, ticket=first)
    with refused("wrong_counter"):
        calling.transfer(actor=desk, ticket=first, to=counters[1])
    calling.transfer(actor=desk, ticket=first, to=counters[2])
    with refused("nobody_waits"):
        calling.call_next(actor=desk, counter=counters[1])
    assert calling.call_next(actor=desk, counter=counters[2]) == first
    assert TicketEvent.objects.get(subject=first, verb="park").reason == "Bổ sung bản sao"


def test_somebody_else_was_faster_is_said(come, open_office, counters):
    ticket = come(1)
    calling.call_next(actor=open_office.desk, counter=counters[0])
    calling.put_back(actor=open_office.leader, ticket=ticket, seen="called:1")
    with refused("changed_meanwhile"):
        calling.park(actor=open_office.desk, ticket=ticket, seen="called:1")
    with refused("wrong_state"):
        calling.finish(actor=open_office.desk, ticket=ticket)


def test_a_page_that_missed_a_recall_still_serves(come, open_office, counters):
    ticket = come(1)
    calling.call_next(actor=open_office.desk, counter=counters[0])
    calling.recall(actor=open_office.leader, ticket=ticket, seen="called:1")
    with refused("changed_meanwhile"):
        calling.miss(actor=open_office.desk, ticket=ticket, seen="called:1")
    calling.start(actor=open_office.desk, ticket=ticket, seen="called:1")
    assert state_of(ticket) == TicketState.SERVING


@pytest.mark.parametrize("who", ["guard", "specialist", "hotline", "outsider", "administrator", "citizen"])
def test_only_the_desk_and_the_leader_of_the_office_call(come, open_office, counters, who):
    ticket, other = come(1), Counter.objects.filter(room__office=open_office.other_office).first()
    actor = getattr(open_office, who)
    with refused("not_allowed"):
        calling.call_next(actor=actor, counter=counters[0])
    for verb in (calling.recall, calling.start, calling.park, calling.miss, calling.put_back, calling.finish):
        with refused("not_allowed"):
            verb(actor=actor, ticket=ticket)
    with refused("not_allowed"):
        calling.call_next(actor=open_office.desk, counter=other)
    calling.call_next(actor=open_office.leader, counter=counters[0])
    with refused("wrong_counter"):
        calling.transfer(actor=open_office.leader, ticket=ticket, to=other)


def test_a_counter_calls_for_its_own_room(come, open_office, counters):
    second = Room.objects.create(office=open_office.office, code="thu-p2", name="Phòng hai")
    elsewhere = Counter.objects.create(room=second, number=1)
    ticket = come(1)
    with refused("nobody_waits"):
        calling.call_next(actor=open_office.desk, counter=elsewhere)
    calling.call_next(actor=open_office.desk, counter=counters[0])
    calling.start(actor=open_office.desk, ticket=ticket)
    calling.transfer(actor=open_office.desk, ticket=ticket, to=elsewhere)
    assert calling.call_next(actor=open_office.desk, counter=elsewhere) == ticket
    calling.start(actor=open_office.desk, ticket=ticket)
    assert Appointment.objects.get(pk=ticket.appointment_id).room == second
    assert dict(RoomCount.objects.values_list("room_id", "people"))[open_office.room.pk] == 0
    assert audit_capacity() == []


def test_leaving_refusal_and_the_days_end_take_people_out_of_the_line(come, open_office, counters):
    served, refused_entry, forgotten, waiting = come(1), come(2), come(3), come(4)
    calling.call_next(actor=open_office.desk, counter=counters[0])
    calling.start(actor=open_office.desk, ticket=served)
    visits.leave(actor=open_office.guard, appointment=served.appointment)
    assert state_of(served) == TicketState.DONE
    visits.refuse_entry(actor=open_office.guard, appointment=refused_entry.appointment, reason="Sốt")
    assert state_of(refused_entry) == TicketState.LEFT
    calling.call_next(actor=open_office.desk, counter=counters[0])
    assert state_of(forgotten) == TicketState.CALLED
    with clock.frozen(EIGHT + timedelta(days=1)):
        with refused("wrong_day"):
            calling.start(actor=open_office.desk, ticket=forgotten)
        visits.close_past_days()
        assert {state_of(forgotten), state_of(waiting)} == {TicketState.LEFT}
        with refused("nobody_waits"):
            calling.call_next(actor=open_office.desk, counter=counters[0])


def test_who_was_refused_and_booked_again_joins_anew(come, open_office, slots, counters):
    ticket = come(1)
    visits.refuse_entry(actor=open_office.guard, appointment=ticket.appointment, reason="Sốt")
    appointment = Appointment.objects.get(pk=ticket.appointment_id)
    appointment.state = AppointmentState.CHECKED_IN
    queue.join(appointment)
    assert state_of(ticket) == TicketState.WAITING and verbs(ticket) == ["join", "leave", "join"]
    assert calling.call_next(actor=open_office.desk, counter=counters[0]) == ticket


def test_who_is_near_gets_one_message_with_the_link(come, open_office, counters, settings):
    settings.QUEUE_SMS_AHEAD = 2
    tickets = [come(number) for number in range(1, 6)]
    assert not Message.objects.filter(template_key="queue_near").exists()
    calling.call_next(actor=open_office.desk, counter=counters[0])
    calling.call_next(actor=open_office.desk, counter=counters[0])
    told = list(Message.objects.filter(template_key="queue_near").order_by("pk"))
    assert [message.phone for message in told] == [tickets[1].appointment.phone, tickets[2].appointment.phone]
    assert "là số tiếp theo được gọi" in told[0].body and "còn 1 người trước bạn" in told[1].body
    assert f"/lich/{tickets[1].appointment.code}/luot/?khoa=" in told[0].body and tickets[1].appointment.full_name not in told[0].body
    calling.call_next(actor=open_office.desk, counter=counters[1])
    assert Message.objects.filter(template_key="queue_near").count() == 3, "only the one who came near, nobody twice"
