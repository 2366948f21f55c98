"""Several guards at one door: the room never holds more than its cap, officers counted."""
import random

from bookings.models import Appointment, RoomCount
from bookings.services import appointments, sessions, visits
from bookings.services.audit import audit_capacity
from bookings.states import AppointmentState, BookedBy
from onestop import clock
from onestop.offices.models import DutyShift
from onestop.people.models import User
from tests.bookings.conftest import DAY, person
from tests.bookings.crowd import Crowd, rounds

GUARDS = 24


def test_nobody_enters_above_the_cap(live_cast):
    for user in (live_cast.desk, live_cast.leader):
        DutyShift.objects.create(office=live_cast.office, user=user, date=DAY, part="morning", place="counter", room=live_cast.room)
    crowd, most = Crowd(), []
    with clock.frozen(clock.at(DAY, 7)):
        sessions.generate(office=live_cast.office, first=DAY, days=1)
        slots = list(sessions.Slot.objects.filter(session__office=live_cast.office, session__part="morning").order_by("starts_at"))
        rows = [appointments.book(applicant=person(number), procedure=live_cast.procedure, purpose="submit", channel=BookedBy.WEB,
                                  slot_id=slots[number % 4].pk).appointment for number in range(20)]
        for row in rows:
            visits.check_in(actor=live_cast.guard, appointment=row)

        def client(number: int, chance: random.Random) -> None:
            guard = User.objects.get(pk=live_cast.guard.pk)
            for _unused in range(rounds(6, 3)):
                row = chance.choice(rows)
                entered = crowd.try_("enter", visits.enter, actor=guard, appointment=row)
                most.append(RoomCount.objects.get(room=live_cast.room).people)
                if entered and chance.random() < 0.2:
                    crowd.try_("leave", visits.leave, actor=guard, appointment=row)

        seconds = crowd.run(client, GUARDS)
    print(f"{GUARDS} guards: {seconds:.1f} s, {dict(crowd.outcomes)}")
    assert {outcome.split(": ")[1] for outcome in crowd.outcomes} <= {"done", "room_full", "busy", "wrong_state", "changed_meanwhile"}
    assert crowd.outcomes["enter: done"] and crowd.outcomes["enter: room_full"] and max(most) == 8
    inside = Appointment.objects.filter(state=AppointmentState.INSIDE).count()
    assert RoomCount.objects.get(room=live_cast.room).people == inside <= 8
    assert audit_capacity() == []
