"""Several guards at one door: neither the room nor the waiting area ever holds more than its cap, officers counted."""
import random
from decimal import Decimal

from bookings.models import Appointment, RoomCount, SessionEvent, Ticket
from bookings.services import appointments, sessions, visits
from bookings.services.audit import audit_capacity
from bookings.states import AppointmentState, BookedBy
from onestop import clock
from onestop.directives.models import Directive, DirectiveScope, Rule
from onestop.offices.models import DutyShift, Room
from onestop.people.models import User
from tests.bookings.conftest import DAY, person
from tests.bookings.crowd import Crowd, rounds

GUARDS = 24
TOLD = {"done", "room_full", "waiting_full", "no_room", "busy", "wrong_state", "changed_meanwhile"}


def on_duty(cast):
    for user in (cast.desk, cast.leader):
        DutyShift.objects.create(office=cast.office, user=user, date=DAY, part="morning", place="counter", room=cast.room)


def booked_people(cast, count, slots):
    return [appointments.book(applicant=person(number), procedure=cast.procedure, purpose="submit", channel=BookedBy.WEB,
                              slot_id=slots[number % len(slots)].pk).appointment for number in range(count)]


def morning_slots(cast):
    sessions.generate(office=cast.office, first=DAY, days=1)
    return list(sessions.Slot.objects.filter(session__office=cast.office, session__part="morning").order_by("starts_at"))


def people_in(room):
    return RoomCount.objects.filter(room=room).values_list("people", flat=True).first() or 0


def test_nobody_enters_above_the_cap(live_cast):
    on_duty(live_cast)
    crowd, most = Crowd(), []
    with clock.frozen(clock.at(DAY, 7)):
        rows = booked_people(live_cast, 20, morning_slots(live_cast)[:4])
        for row in rows:
            visits.check_in(actor=live_cast.guard, appointment=row)

        def client(number: int, chance: random.Random) -> None:
            guard = User.objects.get(pk=live_cast.guard.pk)
            for _unused in range(rounds(6, 5)):
                row = chance.choice(rows)
                entered = crowd.try_("enter", visits.enter, actor=guard, appointment=row)
                most.append(RoomCount.objects.get(room=live_cast.room).people)
                if entered and chance.random() < 0.2:
                    crowd.try_("leave", visits.leave, actor=guard, appointment=row)

        seconds = crowd.run(client, GUARDS)
    print(f"{GUARDS} guards: {seconds:.1f} s, {dict(crowd.outcomes)}")
    assert {outcome.split(": ")[1] for outcome in crowd.outcomes} <= TOLD
    assert crowd.outcomes["enter: done"] and crowd.outcomes["enter: room_full"] and max(most) == 8
    inside = Appointment.objects.filter(state=AppointmentState.INSIDE).count()
    assert RoomCount.objects.get(room=live_cast.room).people == inside <= 8
    assert audit_capacity() == []


def test_room_and_waiting_area_in_every_mixture(live_cast):
    """Check-in, straight entry, from outside in, entering, leaving, refusing and walking in at once; both counters are read after
    every commit of every guard."""
    on_duty(live_cast)
    letter = Directive.objects.create(number="332/TH", issuer="UBND thử", issued_on=DAY, title="Văn bản thử", starts_on=DAY,
                                      published_at=clock.at(DAY))
    DirectiveScope.objects.create(directive=letter, area=live_cast.province)
    Rule.objects.create(directive=letter, kind="waiting_cap", clause="đoạn 5", params={"people": 10, "distance_m": 2}, text="Thử")
    Room.objects.filter(pk=live_cast.waiting.pk).update(area_m2=Decimal(17))  # 17 ÷ (2 × 2): 4 places
    crowd, seen = Crowd(), []
    with clock.frozen(clock.at(DAY, 7)):
        rows = booked_people(live_cast, 14, morning_slots(live_cast)[:3])
    with clock.frozen(clock.at(DAY, 7, 35)):

        def client(number: int, chance: random.Random) -> None:
            guard = User.objects.get(pk=live_cast.guard.pk)
            mine = list(rows)
            for turn in range(rounds(6, 3)):
                one_step(crowd, guard, live_cast, mine, chance, 1000 + number * 100 + turn)
                seen.append((people_in(live_cast.room), people_in(live_cast.waiting)))

        seconds = crowd.run(client, GUARDS, seconds=120)
    print(f"{GUARDS} guards: {seconds:.1f} s, {dict(crowd.outcomes)}")
    assert {outcome.split(": ")[1] for outcome in crowd.outcomes} <= TOLD, crowd.outcomes
    assert crowd.outcomes["check in: done"] and crowd.outcomes["enter: done"]
    assert max(room for room, _waiting in seen) <= 8 and 0 < max(waiting for _room, waiting in seen) <= 4
    settled(live_cast)


def one_step(crowd, guard, cast, mine, chance, newcomer):
    """One tap of a guard at whatever comes next."""
    row, what = chance.choice(mine), chance.random()
    acting = {"actor": guard, "appointment": row}
    if what < 0.3:
        crowd.try_("check in", visits.check_in, **acting, straight=chance.random() < 0.4)
    elif what < 0.55:
        crowd.try_("enter", visits.enter, **acting)
    elif what < 0.7:
        crowd.try_("leave", visits.leave, **acting)
    elif what < 0.8:
        crowd.try_("seat", visits.seat, **acting)
    elif what < 0.85:
        crowd.try_("refuse", visits.refuse_entry, **acting, reason="Sốt")
    else:
        came = crowd.try_("walk in", visits.walk_in, actor=guard, office=cast.office, procedure=cast.procedure, purpose="submit",
                          applicant=person(newcomer))
        if came is not None:
            mine.append(came)


def settled(cast):
    """After the crowd every counter is what the rows say, every number was given once, and the line holds who is here."""
    assert [str(difference) for difference in audit_capacity()] == []
    for room, most in ((cast.room, 8), (cast.waiting, 4)):
        states = [AppointmentState.INSIDE, AppointmentState.CHECKED_IN]
        assert people_in(room) == Appointment.objects.filter(room=room, state__in=states).count() <= most
    here = Appointment.objects.filter(state__in=[AppointmentState.CHECKED_IN, AppointmentState.INSIDE])
    assert set(Ticket.objects.filter(state="waiting").values_list("appointment_id", flat=True)) == set(here.values_list("pk", flat=True))
    numbers = sorted(Appointment.objects.filter(queue_date=DAY).values_list("queue_number", flat=True))
    assert numbers == list(range(1, len(numbers) + 1))
    for slot in sessions.Slot.objects.filter(session__office=cast.office, session__date=DAY):
        assert slot.held + slot.booked <= 8  # ten less two officers, walk-ins included
    refused = Appointment.objects.filter(walk_in=True, state=AppointmentState.BOOKED)
    assert not refused.exists()  # taken together with the check-in, or not at all
    assert SessionEvent.objects.filter(verb="turn_away").exclude(data__code="no_room").count() == 0


def test_two_rooms_change_places_both_ways(live_cast):
    """People go from room to room in both directions at once: nobody is lost, no cap is passed, nobody waits for each other for good."""
    other = Room.objects.create(office=live_cast.office, code="thu-p2", name="Phòng hai", cap=6)
    crowd, rooms = Crowd(), (live_cast.room, other)
    with clock.frozen(clock.at(DAY, 7)):
        rows = booked_people(live_cast, 10, morning_slots(live_cast)[:2])
    with clock.frozen(clock.at(DAY, 7, 35)):
        for number, row in enumerate(rows):
            visits.check_in(actor=live_cast.guard, appointment=row)
            visits.enter(actor=live_cast.guard, appointment=row, room=rooms[number % 2])

        def client(number: int, chance: random.Random) -> None:
            guard = User.objects.get(pk=live_cast.guard.pk)
            for _unused in range(rounds(6, 3)):
                crowd.try_("change room", visits.change_room, actor=guard, appointment=chance.choice(rows), room=chance.choice(rooms))

        crowd.run(client, 12)
    assert {outcome.split(": ")[1] for outcome in crowd.outcomes} <= TOLD, crowd.outcomes
    assert people_in(live_cast.room) + people_in(other) == 10 and people_in(other) <= 6 and audit_capacity() == []
