"""Working the call list: what came of a call, and what a moved or invited person answered on the telephone."""
from __future__ import annotations

from django.db import transaction

from bookings import policies, refusals
from bookings.models import Appointment, CallTask, OutreachPerson
from bookings.services import calls, outreach, relocation
from bookings.states import Answer, CallOutcome, CallState
from onestop.patience import patiently
from onestop.people.models import User
from onestop.transitions import Refused

OUTCOME_OF = {Answer.ACCEPTED: CallOutcome.INFORMED, Answer.MOVED: CallOutcome.CHANGED, Answer.CANCELLED: CallOutcome.CHANGED}


def appointment_of(task: CallTask) -> Appointment | None:
    """The appointment that a call is about."""
    if task.outreach_person is not None:
        return task.outreach_person.appointment
    return task.relocation_item.appointment if task.relocation_item is not None else task.appointment


def is_asked(task: CallTask) -> bool:
    """Whether the person is asked something: a moved appointment, or an invitation with a time."""
    return task.relocation_item is not None or (task.outreach_person is not None and task.outreach_person.appointment_id is not None)


def _locked_person(task: CallTask) -> None:
    """The invited person's row first, as everybody who writes an answer down does; then the task's."""
    if task.outreach_person_id is not None:
        OutreachPerson.objects.select_for_update(of=("self",)).get(pk=task.outreach_person_id)


@patiently
def attempted(*, actor: User, task: CallTask, outcome: str, note: str = "", seen: int | None = None) -> CallTask:
    """Record a try; a person called in vain often enough is unreachable. Raises Refused like calls.attempt()."""
    with transaction.atomic():
        _locked_person(task)
        row = calls.attempt(actor=actor, task=task, outcome=outcome, note=note, seen=seen)
        if row.state == CallState.GIVEN_UP and row.outreach_person is not None:
            outreach.unreachable(person=row.outreach_person, actor=actor)
        return row


@patiently
def answered(*, actor: User, task: CallTask, answer: str, slot_id: int | None = None, note: str = "") -> CallTask:
    """Record an answer by the same verb as the person's own page, then settle the task and log the call, in one transaction.

    The same answer again changes nothing; another one by a page that is behind the times is refused. Raises Refused('not_allowed'
    403, 'settled' 409), and what relocation.answer() or outreach.answer() refuse; then nothing changed.
    """
    if not policies.can_call(actor, task):
        raise refusals.not_allowed()
    with transaction.atomic():
        _locked_person(task)
        now = CallTask.objects.select_for_update(of=("self",), no_key=True).get(pk=task.pk)
        if now.state != CallState.OPEN:
            return _as_answered(now, answer, slot_id)
        row = calls.attempt(actor=actor, task=task, outcome=OUTCOME_OF.get(Answer(answer), CallOutcome.INFORMED)
                            if answer in Answer.values else "", note=note)
        if row.relocation_item is not None:
            relocation.answer(item=row.relocation_item, answer=answer, slot_id=slot_id, actor=actor)
        elif row.outreach_person is not None:
            outreach.answer(person=row.outreach_person, answer=answer, slot_id=slot_id, actor=actor)
        return row


def _as_answered(task: CallTask, answer: str, slot_id: int | None) -> CallTask:
    """The task that is settled, where it was settled by this very answer."""
    asked, appointment = task.relocation_item or task.outreach_person, appointment_of(task)
    same = asked is not None and asked.answer == answer
    if not same or (answer == Answer.MOVED and appointment is not None and appointment.slot_id != slot_id):
        raise Refused("settled", calls.SETTLED, status=409)
    return task
