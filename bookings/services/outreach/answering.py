"""What an invited person answers: on the page behind the link, or on the telephone."""
from __future__ import annotations

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from bookings.models import AppointmentEvent, OutreachEvent, OutreachPerson
from bookings.services import appointments, calls
from bookings.services.outreach.steps import refuse
from bookings.states import CAME, Answer, AppointmentState
from onestop import clock
from onestop.history import CITIZEN, WORKER
from onestop.patience import patiently
from onestop.people.models import User

SILENT = (Answer.NONE, Answer.UNREACHABLE)
BY_THE_PORTAL = Q(actor__isnull=True, actor_label=WORKER)  # of an event of an appointment


@patiently
def answer(*, person: OutreachPerson, answer: str, slot_id: int | None = None, actor: User | None = None) -> OutreachPerson:
    """Confirm, choose another time, or decline; the same answer twice changes nothing. Who answered is called no more.

    Raises Refused: 'unknown_answer', 'no_slot' 422; 'wrong_state' 409; what moving or cancelling refuses. After a refusal nothing changed.
    """
    if answer not in (Answer.ACCEPTED, Answer.MOVED, Answer.CANCELLED):
        raise refuse("unknown_answer", _("Vui lòng chọn câu trả lời."), "answer")
    with transaction.atomic():
        row = OutreachPerson.objects.select_for_update(of=("self",)).select_related("outreach", "appointment__slot").get(pk=person.pk)
        appointment = row.appointment
        if row.answer == answer and answer != Answer.MOVED:
            return row
        if row.told_at is None or appointment is None or appointment.state != AppointmentState.BOOKED:
            raise refuse("wrong_state", _("Lời mời này không còn trả lời được nữa."), status=409)
        if answer == Answer.MOVED:
            if slot_id is None:
                raise refuse("no_slot", _("Vui lòng chọn giờ khác."), "slot")
            appointments.reschedule(appointment=appointment, slot_id=slot_id, actor=actor, actor_label="" if actor else CITIZEN)
        if answer == Answer.CANCELLED:
            appointments.cancel(appointment=appointment, by_label=CITIZEN, actor=actor)
        return note(row, answer, actor=actor)


def note(row: OutreachPerson, answer: str, *, actor: User | None = None) -> OutreachPerson:
    """Write the answer down, inside the caller's transaction, with the row locked."""
    row.answer, row.answered_at = answer, clock.now()
    row.save(update_fields=["answer", "answered_at"])
    OutreachEvent.objects.create(subject=row.outreach, actor=actor, actor_label="" if actor else CITIZEN, verb="answer",
                                 from_state=row.outreach.state, to_state=row.outreach.state, data={"person": row.pk, "answer": answer})
    if answer != Answer.UNREACHABLE:
        calls.close_for(outreach_person=row, reason=str(Answer(answer).label))
    return row


def given_elsewhere(row: OutreachPerson) -> str:
    """What a person who did not use the invitation's buttons did all the same: cancelled, came, or chose another time; '' for nothing.

    A run of the portal that moved the appointment asks a question of its own and answers none.
    """
    if row.appointment is None:
        return ""
    state = row.appointment.state
    if state == AppointmentState.CANCELLED:
        return Answer.CANCELLED
    if state in CAME:
        return Answer.ACCEPTED
    moved = AppointmentEvent.objects.filter(subject=row.appointment, verb="reschedule").exclude(BY_THE_PORTAL)
    return Answer.MOVED if moved.exists() else ""


@transaction.atomic
def unreachable(*, person: OutreachPerson, actor: User | None = None) -> OutreachPerson:
    """Called as often as it makes sense, without an answer."""
    row = OutreachPerson.objects.select_for_update(of=("self",)).select_related("outreach").get(pk=person.pk)
    return note(row, Answer.UNREACHABLE, actor=actor) if row.answer == Answer.NONE else row
