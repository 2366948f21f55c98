"""The background run of outreach lists, and the sweep that resumes what stands still and puts silent people on the call list."""
from __future__ import annotations

import logging
from datetime import timedelta

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from bookings.models import AppointmentEvent, Outreach, OutreachPerson
from bookings.services.outreach import answering, closing, proposing, sending
from bookings.services.outreach.steps import go_on
from bookings.states import Answer, AppointmentState, OutreachState
from onestop import clock
from onestop.patience import patiently
from onestop.transitions import Refused

log = logging.getLogger(__name__)
LOOK_BACK = timedelta(days=3)  # how long after closing a list its places are still looked for
STEPS = {OutreachState.PROPOSED: proposing.propose_some, OutreachState.SENDING: sending.send_some, OutreachState.CLOSED: closing.free_some}
CAME = (AppointmentState.CHECKED_IN, AppointmentState.INSIDE, AppointmentState.DONE)
PER_SWEEP = 200


def work(pk: int) -> None:
    """One chunk of a list; asks for the next one while something is left."""
    run = Outreach.objects.select_related("office", "procedure", "created_by").filter(pk=pk).first()
    step = STEPS.get(OutreachState(run.state)) if run is not None else None
    if run is None or step is None:
        return
    try:
        left = step(run)
    except Refused as refusal:
        log.info("outreach %s waits for the next sweep: %s", pk, refusal.code)
        return
    if left:
        with transaction.atomic():
            go_on(run)


def sweep() -> int:
    """Resume lists whose job was lost, note what people did on their own, call the silent. Gives how many must newly be called."""
    for pk in list(_standing().values_list("pk", flat=True)):
        work(pk)
    note_changes()
    return call_silent()


def _standing() -> QuerySet[Outreach]:
    pending = Q(state=OutreachState.PROPOSED, people__appointment=None, people__trouble="")
    closed = Q(state=OutreachState.CLOSED, events__verb="close", events__at__gte=clock.now() - LOOK_BACK)
    return Outreach.objects.filter(pending | Q(state=OutreachState.SENDING) | closed).order_by("pk").distinct()


def note_changes() -> int:
    """People who moved, cancelled or came without using the invitation's own buttons have answered all the same."""
    rows = OutreachPerson.objects.filter(answer=Answer.NONE, told_at__isnull=False, outreach__state=OutreachState.SENT)
    moved = AppointmentEvent.objects.filter(subject__outreach_people__in=rows, verb="reschedule").values("subject")
    changed = rows.filter(Q(appointment__state__in=[AppointmentState.CANCELLED, *CAME]) | Q(appointment__in=moved))
    return sum(_note(pk) for pk in list(changed.order_by("pk").values_list("pk", flat=True)[:PER_SWEEP]))


@patiently
@transaction.atomic
def _note(pk: int) -> bool:
    row = OutreachPerson.objects.select_for_update(of=("self",)).select_related("outreach", "appointment").get(pk=pk)
    if row.answer != Answer.NONE or row.appointment is None:
        return False
    state = row.appointment.state
    answering.note(row, Answer.CANCELLED if state == AppointmentState.CANCELLED else Answer.ACCEPTED if state in CAME else Answer.MOVED)
    return True


def call_silent() -> int:
    """After `answer_by` whoever has not answered goes to the office's call list, once for ever; gives how many newly did."""
    rows = OutreachPerson.objects.filter(answer=Answer.NONE, told_at__isnull=False, call_task__isnull=True,
                                         outreach__state=OutreachState.SENT, outreach__answer_by__lte=clock.now(),
                                         appointment__state=AppointmentState.BOOKED, appointment__slot__starts_at__gt=clock.now())
    return sum(_call(pk) for pk in list(rows.order_by("pk").values_list("pk", flat=True)[:PER_SWEEP]))


@patiently
@transaction.atomic
def _call(pk: int) -> bool:
    row = OutreachPerson.objects.select_for_update(of=("self",)).select_related("outreach__office", "appointment").get(pk=pk)
    if row.answer != Answer.NONE:
        return False
    sending.call_about(row, row.outreach, _("Chưa trả lời lời mời %(name)s.") % {"name": row.outreach.name})
    return True
