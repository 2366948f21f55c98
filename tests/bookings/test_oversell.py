"""64 clients at once on one session of 20: hold, book, cancel, expire, a lowered limit. Never one too many, none lost, none stuck."""
import random
import time
from datetime import timedelta

import pytest
import requests

from bookings.models import Session
from bookings.services import appointments, holds, sessions
from bookings.services.audit import audit_capacity
from bookings.states import AppointmentState, BookedBy
from onestop import clock
from onestop.people.models import User
from onestop.people.tokens import create_token
from onestop.transitions import Refused
from tests.bookings.conftest import person
from tests.bookings.crowd import CLIENTS, Crowd, rounds, settle
from tests.portal import Portal


@pytest.fixture
def hot(live_cast):
    """A session of 20 a few days ahead of the real day."""
    sessions.generate(office=live_cast.office, first=clock.today() + timedelta(days=2), days=8)
    return Session.objects.filter(office=live_cast.office).order_by("date", "starts_at").first()


def fill_up(cast, session, start):
    """Book one place after the other until the session is full: every free place can still be had, and not one more."""
    free, number = session.capacity - session.booked, start
    slots = list(session.slots.order_by("starts_at"))
    for _unused in range(free):
        for slot in slots:
            slot.refresh_from_db()
        place = next(slot for slot in slots if slot.people_left)
        appointments.book(applicant=person(number), procedure=cast.procedure, purpose="submit", channel=BookedBy.WEB, slot_id=place.pk)
        number += 1
    with pytest.raises(Refused) as caught:
        appointments.book(applicant=person(number), procedure=cast.procedure, purpose="submit", channel=BookedBy.WEB, slot_id=slots[-1].pk)
    assert caught.value.code in ("session_full", "slot_full")
    assert audit_capacity() == []


def test_everybody_wants_the_same_twenty_places(live_cast, hot):
    crowd, slots = Crowd(), [slot.pk for slot in hot.slots.order_by("starts_at")[:3]]

    def client(number: int, chance: random.Random) -> None:
        for slot_id in chance.sample(slots, 3):
            if crowd.try_("book", appointments.book, slot_id=slot_id, **order(live_cast, number)):
                return

    seconds = crowd.run(client)
    print(f"{CLIENTS} clients, one hot session: {seconds:.1f} s, {dict(crowd.outcomes)}")
    crowd.assert_honest()
    hot = settle(hot)
    assert hot.booked == 20 == crowd.outcomes["book: done"] or crowd.outcomes["book: busy"]


def order(cast, number):
    """What one person asks for, without the place."""
    return {"applicant": person(number), "procedure": cast.procedure, "purpose": "submit", "channel": BookedBy.WEB}


class Visitor:
    """One client with what it has booked; each turn does one thing chosen by chance."""

    def __init__(self, crowd, cast, session, slots, number, chance):
        self.crowd, self.cast, self.session, self.slots, self.number, self.chance = crowd, cast, session, slots, number, chance
        self.mine = []
        self.leader = User.objects.get(pk=cast.leader.pk) if number % 16 == 0 else None

    def turn(self, turn):
        act = "limit" if self.leader else self.chance.choice(["hold", "hold", "book", "book", "cancel", "move", "sweep"])
        getattr(self, act)(self.chance.choice(self.slots), order(self.cast, 1000 * self.number + turn))

    def keep(self, booked):
        self.mine += [booked.appointment] if booked else []

    def hold(self, slot_id, wanted):
        held = self.crowd.try_("hold", holds.place_hold, slot_id=slot_id, procedure=self.cast.procedure, purpose="submit")
        if held is None:
            return
        if self.chance.random() < 0.3:
            self.crowd.try_("extend", holds.extend_hold, token=held[1])
        if self.chance.random() < 0.7:
            self.keep(self.crowd.try_("book a hold", appointments.book, hold_token=held[1], **wanted))
        elif self.chance.random() < 0.5:
            self.crowd.try_("release", holds.release_hold, token=held[1])

    def book(self, slot_id, wanted):
        self.keep(self.crowd.try_("book", appointments.book, slot_id=slot_id, **wanted))

    def cancel(self, slot_id, wanted):
        if self.mine:
            self.crowd.try_("cancel", appointments.cancel, appointment=self.mine.pop(), by_label="thử")

    def move(self, slot_id, wanted):
        if self.mine:
            self.crowd.try_("move", appointments.reschedule, appointment=self.mine[-1], slot_id=slot_id)

    def sweep(self, slot_id, wanted):
        self.crowd.try_("sweep", holds.expire_holds)

    def limit(self, slot_id, wanted):
        self.crowd.try_("limit", sessions.set_capacity, actor=self.leader, session=Session.objects.get(pk=self.session.pk),
                        capacity=self.chance.randint(8, 20), reason="Thử")


def test_everything_at_once(live_cast, hot, settings):
    settings.HOLD_MINUTES = 0.005  # 0.3 s: holds expire under the clients' hands
    crowd, slots = Crowd(), [slot.pk for slot in hot.slots.order_by("starts_at")[:4]]
    turns = rounds(6, 2)

    def client(number: int, chance: random.Random) -> None:
        visitor = Visitor(crowd, live_cast, hot, slots, number, chance)
        for turn in range(turns):
            visitor.turn(turn)

    seconds = crowd.run(client)
    print(f"{CLIENTS} clients, everything at once: {seconds:.1f} s, {dict(sorted(crowd.outcomes.items()))}")
    crowd.assert_honest()
    assert crowd.outcomes["book: done"] and crowd.outcomes["hold: done"]
    time.sleep(0.4)
    hot = settle(hot)
    assert hot.booked <= 20
    settings.HOLD_MINUTES = 10
    fill_up(live_cast, hot, 900_000)


def test_double_clicks_book_once(live_cast, hot):
    crowd, slot_id = Crowd(), hot.slots.first().pk

    def client(number: int, chance: random.Random) -> None:
        crowd.try_("book", appointments.book, slot_id=slot_id, **order(live_cast, 1))

    crowd.run(client, 16)
    assert crowd.outcomes["book: done"] == 1
    assert set(crowd.outcomes) <= {"book: done", "book: already_booked", "book: busy"}
    assert settle(hot).booked == 1


def test_swapping_places_never_deadlocks_for_good(live_cast, hot):
    first, second = (slot.pk for slot in hot.slots.order_by("starts_at")[:2])
    rows = [appointments.book(applicant=person(number), procedure=live_cast.procedure, purpose="submit", channel=BookedBy.WEB,
                              slot_id=first if number % 2 else second).appointment for number in range(8)]
    crowd = Crowd()

    def client(number: int, chance: random.Random) -> None:
        for turn in range(rounds(4, 2)):
            target = second if (number + turn) % 2 else first
            crowd.try_("move", appointments.reschedule, appointment=rows[number], slot_id=target)

    crowd.run(client, 8)
    crowd.assert_honest()
    assert crowd.outcomes["move: done"] >= 8
    settle(hot)


def test_over_the_api_of_the_running_server(live_cast, hot, tmp_path):
    slots, crowd = [slot.pk for slot in hot.slots.order_by("starts_at")[:3]], Crowd()
    tokens = [create_token(name=f"kênh {number}", scopes=["book"])[1] for number in range(4)]
    portal = Portal(tmp_path / "portal", API_RATE="1000000/min", HOLD_MINUTES="1")
    turns = rounds(4, 2)

    def client(number: int, chance: random.Random) -> None:
        with requests.Session() as http:
            http.headers["Authorization"] = f"Bearer {tokens[number % 4]}"
            for turn in range(turns):
                visit(http, number * 100 + turn, chance)

    def send(http: requests.Session, what: str, path: str, data: dict[str, object]) -> dict[str, object] | None:
        answer = http.post(f"{portal.url}/api/v1/{path}", json=data, timeout=60)
        assert answer.status_code < 500 or answer.status_code == 503, answer.text[:500]
        crowd.note(f"{what}: {'done' if answer.ok else answer.json()['code']}")
        return answer.json() if answer.ok else None

    def visit(http: requests.Session, number: int, chance: random.Random) -> None:
        place = {"slot": chance.choice(slots), "procedure": live_cast.procedure.code, "purpose": "submit"}
        applicant = {"full_name": f"Người Thử {number}", "phone": f"09{number:08d}"}
        if chance.random() < 0.5:
            held = send(http, "hold", "holds/", place)
            if held is None or chance.random() < 0.2:
                return
            place = {"hold_token": held["token"], "procedure": live_cast.procedure.code, "purpose": "submit"}
        made = send(http, "book", "appointments/", place | {"applicant": applicant, "channel": "zalo"})
        if made is not None and chance.random() < 0.4:
            send(http, "cancel", f"appointments/{made['code']}/cancel/", {"secret": made["secret"]})

    try:
        portal.start("web")
        seconds = crowd.run(client)
    finally:
        portal.stop()
    print(f"{CLIENTS} clients over HTTP: {seconds:.1f} s, {dict(sorted(crowd.outcomes.items()))}")
    crowd.assert_honest()
    assert crowd.outcomes["book: done"] >= 20
    with clock.frozen(clock.now() + timedelta(minutes=2)):
        hot = settle(hot)
        assert hot.booked <= 20
        fill_up(live_cast, hot, 900_000)
    assert hot.slots.model.objects.filter(session=hot, appointments__state=AppointmentState.BOOKED).exists()
