"""Working the call list: what came of a call, and what a moved or invited person answered on the telephone."""
from __future__ import annotations

from django.db import transaction

from bookings import policies, refusals
from bookings.models import Appointment, CallTask
from bookings.services import calls, outreach, relocation
from bookings.states import Answer, CallOutcome, CallState
from onestop.people.models import User

OUTCOME_OF = {Answer.ACCEPTED: CallOutcome.INFORMED, Answer.MOVED: CallOutcome.CHANGED, Answer.CANCELLED: CallOutcome.CHANGED}


def appointment_of(task: CallTask) -> Appointment | None:
    """The appointment that a call is about."""
    if task.outreach_person is not None:
        return task.outreach_person.appointment
    return task.relocation_item.appointment if task.relocation_item is not None else task.appointment


def is_asked(task: CallTask) -> bool:
    """Whether the person is asked something: a moved appointment, or an invitation with a time."""
    return task.relocation_item is not None or (task.outreach_person is not None and task.outreach_person.appointment_id is not None)


def attempted(*, actor: User, task: CallTask, outcome: str, note: str = "", seen: int | None = None) -> CallTask:
    """Record a try; a person called in vain often enough is unreachable. Raises Refused like calls.attempt()."""
    with transaction.atomic():
        row = calls.attempt(actor=actor, task=task, outcome=outcome, note=note, seen=seen)
        if row.state == CallState.GIVEN_UP and row.outreach_person is not None:
            outreach.unreachable(person=row.outreach_person, actor=actor)
        return row


def answered(*, actor: User, task: CallTask, answer: str, slot_id: int | None = None, note: str = "", seen: int | None = None) -> CallTask:
    """Record an answer by the same verb as the person's own page, then settle the task and log the call, in one transaction.

    Raises Refused('not_allowed' 403), and what relocation.answer() or outreach.answer() refuse; then nothing changed.
    """
    if not policies.can_call(actor, task):
        raise refusals.not_allowed()
    with transaction.atomic():
        row = calls.attempt(actor=actor, task=task, outcome=OUTCOME_OF.get(Answer(answer), CallOutcome.INFORMED)
                            if answer in Answer.values else "", note=note, seen=seen)
        if row.relocation_item is not None:
            relocation.answer(item=row.relocation_item, answer=answer, slot_id=slot_id, actor=actor)
        elif row.outreach_person is not None:
            outreach.answer(person=row.outreach_person, answer=answer, slot_id=slot_id, actor=actor)
        return row
