"""Many counters call at once: nobody is called twice, nobody is forgotten, no counter has two."""
import random

from bookings.models import Appointment, RoomCount, Ticket, TicketEvent
from bookings.services import appointments, calling, sessions, visits
from bookings.services.audit import audit_capacity
from bookings.states import AT_COUNTER, BookedBy, TicketState
from onestop import clock
from onestop.offices.models import Counter
from onestop.people.models import User
from tests.bookings.conftest import DAY, person
from tests.bookings.crowd import Crowd

PEOPLE, COUNTERS, TAPS = 24, 8, 3


def test_parallel_counters_share_the_line(live_cast):
    crowd = Crowd()
    counters = [*live_cast.room.counters.all(),
                *(Counter.objects.create(room=live_cast.room, number=number) for number in range(4, COUNTERS + 1))]
    with clock.frozen(clock.at(DAY, 7)):
        sessions.generate(office=live_cast.office, first=DAY, days=1)
        slots = list(sessions.Slot.objects.filter(session__office=live_cast.office, session__part="morning").order_by("starts_at"))
        rows = [appointments.book(applicant=person(number), procedure=live_cast.procedure, purpose="submit", channel=BookedBy.WEB,
                                  slot_id=slots[number % 4].pk).appointment for number in range(min(PEOPLE, 20))]
    with clock.frozen(clock.at(DAY, 7, 30)):
        for row in rows:
            visits.check_in(actor=live_cast.guard, appointment=row)

        def client(number: int, chance: random.Random) -> None:
            """Two officers tap at each counter: call, start, finish, until nobody is left."""
            actor, counter = User.objects.get(pk=live_cast.desk.pk), counters[number % COUNTERS]
            for _unused in range(len(rows) * TAPS):
                ticket = crowd.try_("call", calling.call_next, actor=actor, counter=counter)
                if ticket is None and not Ticket.objects.filter(state__in=[TicketState.WAITING, *AT_COUNTER]).exists():
                    return
                for ticket in Ticket.objects.filter(counter=counter, state__in=AT_COUNTER):
                    assert crowd.try_("start", calling.start, actor=actor, ticket=ticket) or True
                    crowd.try_("finish", calling.finish, actor=actor, ticket=ticket)

        seconds = crowd.run(client, COUNTERS * 2)
    print(f"{COUNTERS} counters: {seconds:.1f} s, {dict(crowd.outcomes)}")
    assert {outcome.split(": ")[1] for outcome in crowd.outcomes} <= {
        "done", "nobody_waits", "counter_busy", "busy", "wrong_state", "changed_meanwhile", "room_full"}
    for verb in ("join", "call", "start", "finish"):
        subjects = list(TicketEvent.objects.filter(verb=verb).values_list("subject", flat=True))
        assert sorted(subjects) == sorted(Ticket.objects.values_list("pk", flat=True)), f"{verb}: once for everybody"
    assert set(Ticket.objects.values_list("state", flat=True)) == {TicketState.DONE}
    assert set(Appointment.objects.values_list("state", flat=True)) == {"done"}
    assert RoomCount.objects.get(room=live_cast.room).people == 0 and audit_capacity() == []
