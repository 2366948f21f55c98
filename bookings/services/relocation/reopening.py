"""Opening again earlier than planned: what the run closed is open again; nobody is moved back silently."""
from __future__ import annotations

from django.db import transaction

from bookings import relocations
from bookings.models import Appointment, Relocation, RelocationEvent, RelocationItem, Session, Slot
from bookings.services import generating
from bookings.services.relocation import closing
from bookings.services.relocation.drafts import NOT_THAT_STATE, claimed
from bookings.services.relocation.telling import tell_it_stands
from bookings.services.reminders import reminder_settled
from bookings.states import AppointmentState, MoveOutcome, OpenState, RelocationKind
from onestop import clock
from onestop.jobs import enqueue_after_commit
from onestop.offices.services import reopen_office
from onestop.patience import patiently
from onestop.people.models import User
from onestop.people.words import clean
from onestop.transitions import Refused


def reopen(*, actor: User, relocation: Relocation, reason: str = "") -> Relocation:
    """End the closures of a run and open its places again; doing it twice changes nothing.

    People who have a new place keep it and may choose again; people whose turn had not come keep what they have; people for
    whom no place was found are told that their appointment stands. Raises Refused('not_allowed' 403, 'wrong_state' 409).
    """
    run = _opened(actor=actor, relocation=relocation, reason=clean(reason)[:255])
    first, last = relocations.span(run)
    for office in relocations.offices_of(run):  # the places of days that had none while the closure was in force
        generating.generate(office=office, first=first, days=(last - first).days + 1)
    return run


@patiently
@transaction.atomic
def _opened(*, actor: User, relocation: Relocation, reason: str) -> Relocation:
    run = claimed(relocation, actor)
    if run.reopened_at is not None:
        return run
    if run.state not in closing.STARTED or run.kind == RelocationKind.LIMITS:
        raise Refused("wrong_state", NOT_THAT_STATE, status=409)
    for closure in run.closures.select_related("office").order_by("pk"):
        if not closure.relocations.exclude(pk=run.pk).filter(reopened_at__isnull=True).exists():
            reopen_office(actor=actor, closure=closure, reason=reason)
    slots, opened = _open_slots(run), _open_sessions(run, actor)
    run.reopened_at = clock.now()
    run.save(update_fields=["reopened_at"])
    RelocationEvent.objects.create(subject=run, actor=actor, verb="reopen", from_state=run.state, to_state=run.state, reason=reason,
                                   data={"sessions": opened, "slots": slots})
    for item in _left_without(run):
        _stands(item)
    enqueue_after_commit("bookings.relocate", run.pk)
    return run


def _open_slots(run: Relocation) -> int:
    """The single places that this run closed and no other run keeps closed."""
    mine = closing.closed_slots([run]) - closing.closed_slots(closing.others(run))
    return Slot.objects.filter(pk__in=mine).update(state=OpenState.OPEN)


def _open_sessions(run: Relocation, actor: User) -> int:
    mine = run.sessions.filter(state=OpenState.CLOSED, ends_at__gt=clock.now()).exclude(relocations__in=closing.others(run))
    found = list(mine.order_by("pk").values_list("pk", flat=True))
    Session.objects.filter(pk__in=found).update(state=OpenState.OPEN)
    closing.note(found, run, actor, OpenState.CLOSED, OpenState.OPEN)
    return len(found)


def _left_without(run: Relocation) -> list[RelocationItem]:
    """People for whom no place was found, and who still stand at the old one."""
    rows = run.items.filter(outcome=MoveOutcome.UNPLACED, answer__in=relocations.UNANSWERED,
                            appointment__state=AppointmentState.BOOKED, appointment__slot__starts_at__gt=clock.now())
    rows = rows.select_related("relocation__directive", "appointment__slot", "appointment__office", "appointment__procedure")
    return list(rows.prefetch_related("from_slot__session__office"))


def _stands(item: RelocationItem) -> None:
    row = item.appointment
    Appointment.objects.filter(pk=row.pk, slot=item.from_slot_id).update(reminded_hours=reminder_settled(row.slot))
    tell_it_stands(item, row)
