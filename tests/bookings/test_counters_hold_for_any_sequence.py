"""Whatever is done in whatever order, counters are what the rows say and limits hold."""
from datetime import timedelta

from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bookings.models import Appointment, AppointmentEvent, QueueCounter, Session, Slot
from bookings.services import appointments, holds, sessions
from bookings.services.audit import audit_capacity
from bookings.states import BookedBy
from onestop import clock
from onestop.transitions import Refused
from tests.bookings.conftest import DAY, person

VERBS = ["hold", "book", "book_hold", "release", "extend", "cancel", "move", "lower", "overbook", "wait", "sweep", "close", "open"]
STEPS = st.lists(st.tuples(st.sampled_from(VERBS), st.integers(0, 9), st.integers(0, 2), st.integers(1, 4), st.integers(1, 4)), max_size=30)


class World:
    """One run: what was made so far, and each verb by name."""

    def __init__(self, cast, session):
        self.cast, self.session, self.now = cast, session, clock.now()
        self.slots = list(session.slots.order_by("starts_at")[:3])
        self.tokens, self.rows = [], []

    def do(self, verb, who, where, people, dossiers):
        getattr(self, verb)(who, self.slots[where], people, dossiers)

    def hold(self, who, slot, people, dossiers):
        _hold, token = holds.place_hold(slot_id=slot.pk, procedure=self.cast.procedure, purpose="submit", people=people, dossiers=dossiers)
        self.tokens.append(token)

    def book(self, who, slot, people, dossiers, **more):
        given = {"channel": BookedBy.WEB, "slot_id": slot.pk, "people": people, "dossiers": dossiers} | more
        self.rows.append(appointments.book(applicant=person(who), procedure=self.cast.procedure, purpose="submit", **given).appointment)

    def overbook(self, who, slot, people, dossiers):
        self.book(who, slot, people, dossiers, actor=self.cast.leader, overbook_reason="Khẩn cấp")

    def book_hold(self, who, slot, people, dossiers):
        if self.tokens:
            self.book(who, slot, people, dossiers, slot_id=None, hold_token=self.tokens[who % len(self.tokens)])

    def release(self, who, slot, people, dossiers):
        if self.tokens:
            holds.release_hold(token=self.tokens[who % len(self.tokens)])

    def extend(self, who, slot, people, dossiers):
        if self.tokens:
            holds.extend_hold(token=self.tokens[who % len(self.tokens)])

    def cancel(self, who, slot, people, dossiers):
        if self.rows:
            appointments.cancel(appointment=self.rows[who % len(self.rows)], by_label="thử")

    def move(self, who, slot, people, dossiers):
        if self.rows:
            appointments.reschedule(appointment=self.rows[who % len(self.rows)], slot_id=slot.pk)

    def lower(self, who, slot, people, dossiers):
        sessions.set_capacity(actor=self.cast.leader, session=self.session, capacity=who + people * 2, reason="Thử")

    def wait(self, who, slot, people, dossiers):
        self.now += timedelta(minutes=people * 3)

    def sweep(self, who, slot, people, dossiers):
        holds.expire_holds()

    def close(self, who, slot, people, dossiers):
        sessions.set_state(actor=self.cast.leader, session=self.session, state="closed", reason="Thử", slot=slot)

    def open(self, who, slot, people, dossiers):
        sessions.set_state(actor=self.cast.leader, session=self.session, state="open", reason="Thử", slot=slot)


def check(world):
    assert audit_capacity() == []
    session = Session.objects.get(pk=world.session.pk)
    assert session.extra == max(session.held + session.booked - session.capacity, 0)
    for slot in Slot.objects.filter(session=session):
        assert slot.held + slot.booked <= slot.capacity <= 10 and slot.extra == 0


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_any_sequence(open_office, steps):
    with transaction.atomic():
        world = World(open_office, Session.objects.get(office=open_office.office, date=DAY, part="morning"))
        for step in steps:
            with clock.frozen(world.now):
                try:
                    world.do(*step)
                except Refused as refusal:
                    assert refusal.code not in ("busy", "changed_meanwhile"), refusal.code
                check(world)
        issued = sorted(AppointmentEvent.objects.filter(verb="book").values_list("data__queue_number", flat=True))
        assert issued == list(range(1, Appointment.objects.count() + 1))
        assert QueueCounter.objects.get(office=open_office.office, date=DAY).last == len(issued)
        with clock.frozen(world.now + timedelta(hours=1)):
            holds.expire_holds()
        assert Session.objects.get(pk=world.session.pk).held == 0
        transaction.set_rollback(True)
