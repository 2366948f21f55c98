"""kill -9 of the worker amid a run that moves 200 appointments: it goes on, nobody is moved twice and everybody told once."""
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest

from bookings.closable import Target
from bookings.models import Appointment, AppointmentEvent, Relocation, RelocationItem, Slot
from bookings.services import appointments, relocation, sessions
from bookings.services.audit import audit_capacity
from bookings.states import BookedBy, MoveOutcome, Purpose, RelocationState
from deploy import servers
from onestop import clock
from onestop.notify.models import Message
from onestop.offices.models import OpeningHours
from tests.cast import Cast
from tests.portal import Portal

pytestmark = [pytest.mark.faults, pytest.mark.both, pytest.mark.django_db(transaction=True)]
PEOPLE = 200
HASTE = {"RELOCATION_STALL_SECONDS": "2", "SEND_TIMEOUT_SECONDS": "6", "SEND_LEASE_SECONDS": "8"}


def fill(cast: Cast) -> None:
    """Two offices with places for everybody, and 200 people booked at the first one in the days ahead."""
    OpeningHours.objects.update(max_dossiers=60)
    for office in (cast.office, cast.other_office):
        sessions.generate(office=office, first=clock.today(), days=12)
    free = [slot for slot in Slot.objects.filter(session__office=cast.office, starts_at__gt=clock.now() + timedelta(hours=30))
            for _place in range(min(slot.capacity, 6))]
    assert len(free) >= PEOPLE
    for number, slot in enumerate(free[:PEOPLE]):
        appointments.book(applicant=appointments.Applicant(f"Người Thử Số {number}", f"09{number:08d}"), procedure=cast.procedure,
                          purpose=Purpose.SUBMIT, channel=BookedBy.WEB, slot_id=slot.pk)


def moved() -> int:
    return RelocationItem.objects.exclude(outcome=MoveOutcome.PENDING).count()


def settled(run: Relocation) -> bool:
    run.refresh_from_db()
    return run.state == RelocationState.DONE


def test_a_killed_worker_moves_and_tells_nobody_twice(live_cast: Cast, broker: servers.Redis | None, tmp_path: Path) -> None:
    portal = Portal(tmp_path / "portal", broker.url if broker else "", **HASTE)
    fill(live_cast)
    run = relocation.draft(actor=live_cast.administrator, target=Target(office=live_cast.office), from_at=clock.now(), reason="Phong tỏa")
    try:
        portal.start("carrier", "worker", "beat")
        relocation.start(actor=live_cast.administrator, relocation=run)
        for so_far in (15, 90):
            kill_once(portal, broker, so_far)
        portal.wait_for(lambda: settled(run), 150, "everybody has a new place")
    finally:
        portal.stop()
    each_once(run, live_cast)


def kill_once(portal: Portal, broker: servers.Redis | None, so_far: int) -> None:
    """kill -9 of the worker once so many are moved and not all; it comes back to an empty broker."""
    portal.wait_for(lambda: moved() >= so_far, 90, f"{so_far} people are moved")
    portal.kill("worker")
    assert moved() < PEOPLE
    if broker is not None:
        broker.kill()
        broker.start()  # every job that waited is gone
    portal.start("worker")


def each_once(run: Relocation, cast: Cast) -> None:
    """Everybody stands at the other office, by one move each, and has one message of the run."""
    assert audit_capacity() == []
    assert Counter(run.items.values_list("outcome", flat=True)) == {MoveOutcome.OTHER_OFFICE: PEOPLE}
    assert set(Appointment.objects.values_list("office_id", flat=True)) == {cast.other_office.pk}
    moves = Counter(AppointmentEvent.objects.filter(verb="reschedule").values_list("subject_id", flat=True))
    assert len(moves) == PEOPLE and set(moves.values()) == {1}
    told = Counter(Message.objects.filter(template_key="relocation_moved").values_list("recipient_key", flat=True))
    assert len(told) == PEOPLE and set(told.values()) == {1}
    resumed = run.events.filter(verb="resume").count()
    print(f"\nresumed {resumed} times")
    assert resumed >= 1
