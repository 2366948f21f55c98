"""A run at work while people cancel, move and book by themselves, and two workers at once: nobody twice, no place lost or oversold."""
import random
from collections import Counter
from datetime import timedelta

import pytest
from django.db import connection

from bookings.closable import Target
from bookings.models import Appointment, AppointmentEvent, RelocationItem, Slot
from bookings.services import appointments, moving, relocation, sessions
from bookings.services.audit import audit_capacity
from bookings.states import AppointmentState, BookedBy, MoveOutcome, OpenState, Purpose, RelocationState
from onestop import clock
from onestop.notify.models import Message
from onestop.offices.models import OpeningHours
from tests.bookings.crowd import Crowd
from tests.cast import WORKDAY_MORNING, Cast

pytestmark = [pytest.mark.django_db(transaction=True)]
OWN_WAY = {"too_near", "office_closed", "wrong_state", "closed", "slot_full", "session_full", "busy", "changed_meanwhile", "already_booked"}


def test_people_act_by_themselves_while_two_workers_move_them(live_cast: Cast) -> None:
    cast, crowd = live_cast, Crowd()
    many = 60 if connection.vendor == "postgresql" else 24
    with clock.frozen(WORKDAY_MORNING):
        rows = prepare(cast, many)
        run = relocation.draft(actor=cast.administrator, target=Target(office=cast.office), from_at=clock.now(), reason="Phong tỏa")
        relocation.start(actor=cast.administrator, relocation=run)
        free = list(Slot.objects.filter(session__office=cast.other_office, starts_at__gt=clock.now() + timedelta(days=1))[:40])

        def client(number: int, chance: random.Random) -> None:
            if number < 2:
                while relocation.work(relocation_id=run.pk):
                    pass
            elif number % 3 == 0:
                crowd.try_("cancel", moving.cancel, appointment=rows[number], by_label="worker")
            elif number % 3 == 1:
                crowd.try_("move", moving.reschedule, appointment=rows[number], slot_id=chance.choice(free).pk, actor_label="worker")
            else:
                crowd.try_("book", appointments.book, applicant=appointments.Applicant(f"Người Mới Số {number}", f"08{number:08d}"),
                           procedure=cast.procedure, purpose=Purpose.SUBMIT, channel=BookedBy.WEB, slot_id=rows[number].slot_id)

        crowd.run(client, count=18, seconds=120)
        for _round in range(20):
            relocation.work(relocation_id=run.pk)
        run.refresh_from_db()
    assert run.state == RelocationState.DONE
    assert {outcome.split(": ")[1] for outcome in crowd.outcomes} - {"done"} <= OWN_WAY, crowd.outcomes
    nobody_twice(cast, run.pk)


def prepare(cast: Cast, many: int) -> list[Appointment]:
    """Places at both offices, few at the second, and people at the first."""
    OpeningHours.objects.update(max_dossiers=80)
    for office in (cast.office, cast.other_office):
        sessions.generate(office=office, first=clock.today(), days=8)
    Slot.objects.filter(session__office=cast.other_office).update(capacity=2)
    slots = list(Slot.objects.filter(session__office=cast.office, starts_at__gt=clock.now() + timedelta(days=1))[:12])
    return [appointments.book(applicant=appointments.Applicant(f"Người Thử Số {number}", f"09{number:08d}"), procedure=cast.procedure,
                              purpose=Purpose.SUBMIT, channel=BookedBy.WEB, slot_id=slots[number % 12].pk).appointment
            for number in range(many)]


def nobody_twice(cast: Cast, run: int) -> None:
    """Every counter is what the rows say; nobody is left at the closed office; one move and one message of the run each."""
    assert [str(difference) for difference in audit_capacity()] == []
    items = RelocationItem.objects.filter(relocation=run)
    assert not items.filter(outcome=MoveOutcome.PENDING).exists()
    left = Appointment.objects.filter(office=cast.office, state=AppointmentState.BOOKED)
    assert not left.exclude(relocation_items__outcome=MoveOutcome.UNPLACED).exists()
    assert not Slot.objects.filter(session__office=cast.office, session__state=OpenState.OPEN, state=OpenState.OPEN,
                                   starts_at__gt=WORKDAY_MORNING).exists()
    told = Counter(Message.objects.filter(event_key__startswith=f"relocation:{run}:").values_list("event_key", flat=True))
    assert set(told.values()) <= {1} and len(told) == items.filter(told_at__isnull=False).count()
    of_the_run = AppointmentEvent.objects.filter(verb="reschedule", actor_label="worker", reason="Phong tỏa")
    moves = Counter(of_the_run.values_list("subject_id", flat=True))
    assert set(moves.values()) <= {1} and len(moves) == items.filter(outcome__in=[MoveOutcome.OTHER_OFFICE, MoveOutcome.LATER]).count()
