"""A whole office at once: guards count heads, people book, move, cancel and answer offers, the office lowers its numbers, a run moves
people, all in the same minute. Nothing but honest refusals; every counter is what the rows say; no room above its cap."""
import random
from datetime import timedelta

import pytest
from django.db import connection

from bookings.closable import Target
from bookings.models import Appointment, RoomCount, Slot, WaitingEntry, WaitingOffer
from bookings.services import appointments, groups, limits, moving, relocation, sessions, visits, waiting
from bookings.services.audit import audit_capacity
from bookings.services.limits import Consent
from bookings.states import AppointmentState, BookedBy, OfferState, Purpose, WaitingState
from onestop import clock
from onestop.offices.models import OpeningHours
from onestop.offices.services import DeclaredRow
from onestop.people.models import User
from tests.bookings.conftest import DAY, person
from tests.bookings.crowd import Crowd, rounds
from tests.bookings.test_parallel_guards import on_duty

pytestmark = [pytest.mark.django_db(transaction=True)]
HONEST = {"busy", "closed", "slot_full", "session_full", "changed_meanwhile", "wrong_state", "already_booked", "office_closed", "room_full",
          "waiting_full", "too_many_came", "no_room", "too_few_places", "offer_over", "strands", "group_limit", "phone_limit", "past",
          "slot_past", "wrong_day", "not_allowed", "hold_expired", "hold_used"}
CLIENTS = 16


def test_nothing_is_lost_or_oversold(live_cast, caplog):
    cast, crowd = live_cast, Crowd()
    on_duty(cast)
    OpeningHours.objects.update(max_dossiers=60)
    wanted = {"procedure": cast.procedure, "purpose": Purpose.SUBMIT, "channel": BookedBy.WEB}
    with clock.frozen(clock.at(DAY - timedelta(days=1), 9)):
        for office in (cast.office, cast.other_office):
            sessions.generate(office=office, first=DAY, days=8)
        ahead = list(Slot.objects.filter(session__office=cast.office, session__date=DAY).order_by("starts_at"))
        rows = [appointments.book(applicant=person(number), slot_id=ahead[number % 6].pk, people=1 + number // 6 % 2, **wanted).appointment
                for number in range(30)]
        waits = [waiting.join(applicant=person(500 + number), office=cast.office, procedure=cast.procedure, first=DAY,
                              last=DAY + timedelta(days=5)).entry for number in range(6)]
    free = list(Slot.objects.filter(session__date__gt=DAY).order_by("pk"))
    with clock.frozen(clock.at(DAY, 7, 20)):
        run = relocation.draft(actor=cast.administrator, target=Target(office=cast.office), from_at=clock.at(DAY, 9), reason="Phong tỏa",
                               until_at=clock.at(DAY, 18))

        def at_the_door(chance: random.Random) -> None:
            guard = User.objects.get(pk=cast.guard.pk)
            row = chance.choice(rows[:18])
            here = {"actor": guard, "appointment": row}
            crowd.try_("check_in", visits.check_in, **here, people=chance.choice([None, 1, 2, 3]), straight=chance.random() < 0.5)
            crowd.try_("enter", visits.enter, **here)
            crowd.try_("walk_in", visits.walk_in, actor=guard, office=cast.office, procedure=cast.procedure, purpose=Purpose.SUBMIT,
                       applicant=person(chance.randint(1000, 9999)))
            crowd.try_(*chance.choice([("leave", visits.leave), ("seat", visits.seat)]), **here)

        def office(chance: random.Random) -> None:
            days = [DeclaredRow(DAY, part, chance.randint(8, 40)) for part in ("morning", "afternoon")]
            crowd.try_("declare", limits.declare, actor=cast.leader, office=cast.office, reason="Thử", days=days,
                       consent=Consent(rebook=True, reason="Thử"))
            crowd.try_("start", relocation.start, actor=cast.administrator, relocation=run)
            for pk in list(relocation.running.Relocation.objects.filter(state="running").values_list("pk", flat=True)):
                relocation.work(relocation_id=pk)
            relocation.sweep()

        def offers(chance: random.Random) -> None:
            waiting.offer_next()
            for offer in WaitingOffer.objects.filter(state=OfferState.OPEN):
                crowd.try_(*chance.choice([("accept", waiting.accept), ("decline", waiting.decline)]), offer=offer)
            crowd.try_("withdraw", waiting.withdraw, entry=chance.choice(waits))

        def citizen(number: int, chance: random.Random) -> None:
            row = chance.choice(rows)
            crowd.try_("move", moving.reschedule, appointment=row, slot_id=chance.choice(free + ahead[4:]).pk, actor_label="worker")
            crowd.try_("cancel", moving.cancel, appointment=chance.choice(rows), by_label="worker")
            crowd.try_("book", appointments.book, applicant=person(chance.randint(10_000, 99_999)), slot_id=chance.choice(ahead[2:]).pk,
                       **wanted)
            members = [groups.Person(line, person(chance.randint(10**5, 10**7)).full_name, f"09{chance.randint(10**7, 10**8 - 1)}")
                       for line in (1, 2, 3)]
            crowd.try_("group", groups.book_group, organisation="Tổ chức Mẫu", contact_name="Người Mẫu", procedure=cast.procedure,
                       contact_phone=f"08{number:08d}", office=cast.office, day=chance.choice([DAY, DAY + timedelta(days=1)]),
                       people=members)

        def client(number: int, chance: random.Random) -> None:
            for turn in range(rounds(5, 2)):
                if number % 4 == 0:
                    at_the_door(chance)
                elif number == 1:
                    office(chance)
                elif number == 2:
                    offers(chance)
                else:
                    citizen(number * 100 + turn, chance)

        seconds = crowd.run(client, CLIENTS, seconds=150)
        print(f"{seconds:.1f} s, {dict(crowd.outcomes)}")
        waited = [record.getMessage() for record in caplog.records if "deadlock" in record.getMessage()]
        print(f"deadlocks found and tried again: {len(waited)}", *waited[:5], sep="\n")
        assert {outcome.split(": ")[1] for outcome in crowd.outcomes} - {"done"} <= HONEST, crowd.outcomes
        assert [str(difference) for difference in audit_capacity()] == []
        for count in RoomCount.objects.all():
            assert count.people <= count.cap - count.officers
        limit = 8  # the room's ten less two officers
        assert all(slot.held + slot.booked <= limit for slot in Slot.objects.filter(session__office=cast.office, session__date=DAY,
                                                                                      session__part="morning"))
        offered = WaitingEntry.objects.filter(state=WaitingState.OFFERED).count()
        assert offered == WaitingOffer.objects.filter(state=OfferState.OPEN).count()
        numbers = list(Appointment.objects.filter(office=cast.office, queue_date=DAY).values_list("queue_number", flat=True))
        assert len(numbers) == len(set(numbers))
        if connection.vendor == "postgresql":
            assert crowd.outcomes["check_in: done"] and crowd.outcomes["start: done"]
        assert not Appointment.objects.filter(state=AppointmentState.BOOKED, slot__state="closed", slot__starts_at__gte=clock.at(DAY, 9),
                                              queue_date=DAY, relocation_items__isnull=True, office=cast.office).exists()
