"""The office changes its limits while many people book, hold and cancel: counters stay true, and nobody above a limit is forgotten."""
import random
from datetime import timedelta

import pytest

from bookings.models import RelocationItem, Session, Slot
from bookings.services import appointments, generating, holds, limits, sessions
from bookings.services.audit import audit_capacity
from bookings.services.limits import Consent
from onestop import clock
from onestop.offices.services import DeclaredRow, DutyEntry
from onestop.offices.states import Place
from tests.bookings.conftest import person
from tests.bookings.crowd import Crowd, rounds

CLIENTS = 12


@pytest.mark.django_db(transaction=True)
def test_a_roster_and_a_number_change_under_the_clients_hands(live_cast):
    day = clock.today() + timedelta(days=2)
    while not sessions.generate(office=live_cast.office, first=day, days=1).slots:
        day += timedelta(days=1)
    session = Session.objects.filter(office=live_cast.office, date=day).earliest("starts_at")
    slots, crowd = list(session.slots.order_by("starts_at")[:2]), Crowd()
    wanted = {"procedure": live_cast.procedure, "purpose": "submit"}
    staff = (live_cast.desk, live_cast.specialist, live_cast.leader)

    def office(chance: random.Random) -> None:
        consent = Consent(rebook=True, reason="Thử")
        for number in (1, 3, 2):
            crowd.try_("duty", limits.change_duty, actor=live_cast.leader, office=live_cast.office, consent=consent, entries=[
                DutyEntry(user.pk, day, session.part, Place.COUNTER if index < number else Place.HOME)
                for index, user in enumerate(staff)])
            crowd.try_("declare", limits.declare, actor=live_cast.leader, office=live_cast.office, consent=consent, reason="Thử",
                       days=[DeclaredRow(day, session.part, chance.randint(6, 14))])
            crowd.try_("generate", generating.generate, office=live_cast.office, first=day, days=1)

    def client(number: int, chance: random.Random) -> None:
        if number == 0:
            office(chance)
            return
        for turn in range(rounds(4, 2)):
            slot = chance.choice(slots)
            if chance.random() < 0.3:
                held = crowd.try_("hold", holds.place_hold, slot_id=slot.pk, **wanted)
                if held is not None:
                    crowd.try_("book hold", appointments.book, hold_token=held[1], applicant=person(number * 100 + turn), channel="web",
                               **wanted)
            else:
                made = crowd.try_("book", appointments.book, slot_id=slot.pk, applicant=person(number * 100 + turn), channel="web",
                                  **wanted)
                if made is not None and chance.random() < 0.3:
                    crowd.try_("cancel", appointments.cancel, appointment=made.appointment, by_label="thử")

    crowd.run(client, CLIENTS)
    crowd.assert_honest()
    assert crowd.outcomes["duty: done"] and crowd.outcomes["book: done"]
    assert [str(difference) for difference in audit_capacity()] == []
    session.refresh_from_db()
    in_runs = set(RelocationItem.objects.values_list("appointment_id", flat=True))
    for slot in Slot.objects.filter(session=session):
        assert slot.extra == max(slot.held + slot.booked - slot.capacity, 0)
        assert sum(row.people for row in slot.appointments.filter(pk__in=in_runs).exclude(state="cancelled")) >= slot.extra
    assert session.extra == max(session.held + session.booked - session.capacity, 0)
