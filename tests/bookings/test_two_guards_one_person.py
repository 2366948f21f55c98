"""Two guards and one person at the same instant: one notes it, the other sees that it is done; nothing is counted twice."""
import threading

import pytest
from django.db import connection

from bookings.models import AppointmentEvent, RoomCount, Ticket
from bookings.services import visit_steps, visits
from bookings.services.audit import audit_capacity
from bookings.services.visits import arriving, inside
from bookings.states import AppointmentState
from onestop import clock
from onestop.people.models import User
from tests.bookings.conftest import DAY
from tests.bookings.crowd import Crowd
from tests.bookings.test_parallel_guards import booked_people, morning_slots, on_duty


@pytest.fixture
def both_look_first(monkeypatch):
    """In the two guards' threads the first look at the appointment ends when both have looked, where the database lets two write at
    once."""
    together, looks, alone = threading.Barrier(2), threading.local(), threading.get_ident()

    def fresh(appointment):
        row = visit_steps.fresh(appointment)
        if connection.vendor == "postgresql" and threading.get_ident() != alone and not getattr(looks, "done", False):
            looks.done = True
            together.wait(20)
        return row

    for module in (arriving, inside):
        monkeypatch.setattr(module, "fresh", fresh)


def at_once(cast, what, verb, row):
    crowd = Crowd()

    def client(_number, _chance):
        guard = User.objects.get(pk=cast.guard.pk)
        done = crowd.try_(what, verb, actor=guard, appointment=row)
        crowd.note(f"state: {done.state if done else None}")

    crowd.run(client, 2)
    return crowd.outcomes


@pytest.mark.parametrize(("what", "before", "state"), [
    ("check_in", (), AppointmentState.CHECKED_IN), ("enter", ("check_in",), AppointmentState.INSIDE),
    ("leave", ("check_in", "enter"), AppointmentState.DONE)])
def test_the_second_guard_sees_that_it_is_done(live_cast, both_look_first, what, before, state):
    on_duty(live_cast)
    with clock.frozen(clock.at(DAY, 7)):
        slots = morning_slots(live_cast)
        row = booked_people(live_cast, 1, slots)[0]
    with clock.frozen(slots[0].starts_at):
        for verb in before:
            getattr(visits, verb)(actor=live_cast.guard, appointment=row)
        outcomes = at_once(live_cast, what, getattr(visits, what), row)
        assert outcomes == {f"{what}: done": 2, f"state: {state}": 2}
        assert AppointmentEvent.objects.filter(subject=row, verb=what).count() == 1
        assert Ticket.objects.filter(appointment=row).count() == 1
        inside_now = sum(RoomCount.objects.filter(room=live_cast.room).values_list("people", flat=True))
        assert inside_now == (1 if state == AppointmentState.INSIDE else 0)
        assert audit_capacity() == []
