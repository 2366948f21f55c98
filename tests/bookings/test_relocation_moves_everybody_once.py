"""Closing an office, a room or an area: everybody concerned gets a place, guidance or a call, and is told exactly once."""
from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest

from bookings.relocations import Target
from bookings.models import Appointment, CallTask, Relocation, Session, Slot
from bookings.services import appointments, moving, relocation, sessions, visits
from bookings.services.audit import audit_capacity
from bookings.states import Answer, AppointmentState, MoveOutcome, OpenState, RelocationState
from onestop import clock
from onestop.catalogue.models import ChannelTerm, Procedure
from onestop.catalogue.states import Channel
from onestop.directives.models import Directive
from onestop.notify.models import Message
from onestop.offices.models import Closure, Office
from onestop.transitions import Refused
from tests.bookings.conftest import DAY
from tests.cast import Cast

Book = Callable[..., appointments.Booked]


def draft(cast: Cast, *, until: datetime | None = None, begin: datetime | None = None, **target: object) -> Relocation:
    """The administrator's draft: the cast's office from now on, unless told otherwise."""
    chosen = Target(**(target or {"office": cast.office}))  # type: ignore[arg-type]
    return relocation.draft(actor=cast.administrator, target=chosen, from_at=begin or clock.now(), until_at=until, reason="Phong tỏa")


def run(cast: Cast, **options: object) -> Relocation:
    """Draft, start, and what the worker does."""
    made = draft(cast, **options)  # type: ignore[arg-type]
    relocation.start(actor=cast.administrator, relocation=made)
    return finish(made)


def finish(made: Relocation) -> Relocation:
    """The worker's jobs until the run is done."""
    for _round in range(50):
        relocation.work(relocation_id=made.pk)
        made.refresh_from_db()
        if made.state == RelocationState.DONE:
            return made
    raise AssertionError("the run does not end")


def told(made: Relocation) -> list[Message]:
    return list(Message.objects.filter(event_key__startswith=f"relocation:{made.pk}:"))


def test_everybody_goes_to_the_nearest_open_office_near_the_same_time(open_office: Cast, book: Book, slot: Slot) -> None:
    booked = [book(number).appointment for number in (1, 2, 3)]
    made = run(open_office, until=clock.at(DAY) + timedelta(days=60))
    for row in booked:
        row.refresh_from_db()
        assert row.office == open_office.other_office and row.queue_date == DAY and row.state == AppointmentState.BOOKED
    assert {item.outcome for item in made.items.all()} == {MoveOutcome.OTHER_OFFICE}
    assert len(told(made)) == 3 and len({message.phone for message in told(made)}) == 3
    assert not Message.objects.filter(template_key="appointment_moved").exists()
    assert Closure.objects.get(office=open_office.office).starts_on == clock.today()
    assert audit_capacity() == []
    slot.refresh_from_db()
    assert slot.booked == 0
    body = told(made)[0].body
    assert "Bộ phận Một cửa phường Cái Răng" in body and "/lich/" in body and "07:30 ngày 26/11/2026" in body
