"""Many clients at once, each with a connection of its own, and what they may honestly be told."""
import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.db import connection, connections

from bookings.models import Appointment, AppointmentEvent, QueueCounter, Session
from bookings.services import holds
from bookings.services.audit import audit_capacity
from onestop.transitions import Refused

CLIENTS = 64
HONEST = {"slot_full", "session_full", "already_booked", "busy", "strands", "hold_expired", "hold_used", "extended_enough",
          "changed_meanwhile", "wrong_state"}
Client = Callable[[int, random.Random], None]


def rounds(on_postgresql: int, on_sqlite: int) -> int:
    """How much each client does: the embedded database writes one after the other."""
    return on_postgresql if connection.vendor == "postgresql" else on_sqlite


class Crowd:
    """Runs clients together and counts what happened to them."""

    def __init__(self) -> None:
        self.outcomes: Counter[str] = Counter()
        self._lock = threading.Lock()

    def note(self, what: str) -> None:
        with self._lock:
            self.outcomes[what] += 1

    def try_(self, what: str, call: Callable[..., Any], **given: Any) -> Any:
        """Do one thing; a refusal is noted by its code, anything else is the test's failure."""
        try:
            answer = call(**given)
        except Refused as refusal:
            self.note(f"{what}: {refusal.code}")
            return None
        self.note(f"{what}: done")
        return answer

    def run(self, client: Client, count: int = CLIENTS, seconds: float = 60) -> float:
        """Let `count` clients start together; gives the seconds it took. Any error of a client is raised here."""
        gate = threading.Barrier(count)

        def one(number: int) -> None:
            try:
                gate.wait(30)
                client(number, random.Random(number))
            finally:
                connections.close_all()

        started = time.monotonic()
        with ThreadPoolExecutor(count) as pool:
            for done in [pool.submit(one, number) for number in range(count)]:
                done.result(timeout=seconds)
        return time.monotonic() - started

    def assert_honest(self) -> None:
        told = {outcome.split(": ")[1] for outcome in self.outcomes} - {"done"}
        assert told <= HONEST, self.outcomes


def settle(session: Session) -> Session:
    """After the crowd: what is left of holds ends; then every counter is what the rows say, and every number was given once."""
    holds.expire_holds()
    assert [str(difference) for difference in audit_capacity()] == []
    session.refresh_from_db()
    taken = sum(Appointment.objects.taking_places().filter(slot__session=session).values_list("dossiers", flat=True))
    assert session.booked == taken and session.held == 0
    assert session.booked <= session.capacity + session.extra and session.extra == 0
    issued = sorted(AppointmentEvent.objects.filter(verb="book", subject__office=session.office, subject__queue_date=session.date)
                    .values_list("data__queue_number", flat=True))
    assert issued == list(range(1, len(issued) + 1))
    assert QueueCounter.objects.get(office=session.office, date=session.date).last == len(issued)
    return session
