"""Starting a run: everything is closed and everybody concerned is written down in one transaction; the worker does the rest."""
from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from bookings import relocations
from bookings.models import Appointment, Relocation, RelocationEvent, RelocationItem
from bookings.relocations import Scope
from bookings.services.relocation import closing
from bookings.services.relocation.drafts import NOT_THAT_STATE, check_period, claimed
from bookings.states import RELOCATION_TRANSITIONS, MoveOutcome, RelocationKind, RelocationState
from onestop import clock
from onestop.directives.rules import Applied
from onestop.jobs import enqueue_after_commit
from onestop.offices.models import Office
from onestop.patience import patiently
from onestop.people.models import User
from onestop.people.words import clean
from onestop.transitions import step


@patiently
@transaction.atomic
def start(*, actor: User, relocation: Relocation) -> Relocation:
    """Close what the draft names and begin to move its people; starting twice changes nothing.

    Source: letter Cà Mau, clause 1; urgent procedures: Vĩnh Phúc, 2. Raises Refused: 'not_allowed' 403; 'wrong_state' 409;
    'past', 'bad_period' 422.
    """
    run = claimed(relocation, actor)
    if run.state in closing.STARTED:
        return run
    done = step(RELOCATION_TRANSITIONS, "start", run.state, sentence=NOT_THAT_STATE)
    check_period(run.from_at, run.until_at)
    scope = relocations.scope_of(run)
    closed = closing.close(run=run, scope=scope, actor=actor)
    run.closures.add(*closed.closures)
    run.sessions.add(*closed.sessions)
    many = freeze(run, scope)
    run.state, run.started_at = done.after, clock.now()
    run.save(update_fields=["state", "started_at"])
    RelocationEvent.objects.create(subject=run, actor=actor, verb=done.verb, from_state=done.before, to_state=done.after,
                                   reason=run.reason, legal_basis=run.directive.number if run.directive else "",
                                   data={"items": many, "closures": len(closed.closures), "slots": closed.slots})
    enqueue_after_commit("bookings.relocate", run.pk)
    return run


def freeze(run: Relocation, scope: Scope) -> int:
    """Write down whom the run concerns and is not written down yet, in the order they are served; gives how many.

    Who stays because urgent procedures go on is written down too, with the letter, and is left alone.
    """
    found = relocations.stranded(scope)
    known = set(run.items.values_list("appointment_id", flat=True))
    moving = [row for row in found.to_move if row.pk not in known]
    staying = [(row, rule) for row, rule in found.staying if row.pk not in known]
    begin = run.items.count()
    items = [_item(run, row, begin + index) for index, row in enumerate(moving)]
    items += [_item(run, row, begin + len(moving) + index, rule) for index, (row, rule) in enumerate(staying)]
    RelocationItem.objects.bulk_create(items, batch_size=500)
    return len(items)


def _item(run: Relocation, row: Appointment, rank: int, stays: Applied | None = None) -> RelocationItem:
    note = ""
    if stays is not None:
        note = str(_("Thủ tục cấp thiết, vẫn được phục vụ tại đây theo văn bản số %(number)s.") % {"number": stays.number})
    return RelocationItem(relocation=run, appointment=row, rank=rank, from_slot=row.slot, note=note[:255],
                          outcome=MoveOutcome.SKIPPED if stays is not None else MoveOutcome.PENDING)


@transaction.atomic
def open_limits_run(*, actor: User | None, office: Office, appointments: Sequence[Appointment], reason: str) -> Relocation:
    """Move exactly these appointments, in the order given: a changed roster, hours, cap or declared number leaves them no place.

    Called inside the transaction of that change (booking.md, guard 7); the worker begins once it has committed.
    """
    run = Relocation(kind=RelocationKind.LIMITS, office=office, province=office.province, state=RelocationState.RUNNING,
                     from_at=clock.now(), reason=clean(reason)[:255], created_by=actor, started_at=clock.now())
    run.save()
    RelocationItem.objects.bulk_create([_item(run, row, index) for index, row in enumerate(appointments)], batch_size=500)
    RelocationEvent.objects.create(subject=run, actor=actor, verb="start", to_state=run.state, reason=run.reason,
                                   data={"items": len(appointments)})
    enqueue_after_commit("bookings.relocate", run.pk)
    return run
