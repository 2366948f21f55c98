"""The background run of outreach lists, and the sweep that resumes what stands still and puts silent people on the call list."""
from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import CharField, Exists, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Cast, Concat
from django.utils.translation import gettext as _

from bookings.models import AppointmentEvent, Outreach, OutreachPerson
from bookings.services.outreach import answering, closing, proposing, sending
from bookings.services.outreach.steps import go_on
from bookings.states import CAME, Answer, AppointmentState, OutreachState
from onestop import clock
from onestop.notify.models import Message
from onestop.notify.states import FAILED, Via
from onestop.patience import patiently
from onestop.transitions import Refused

log = logging.getLogger(__name__)
LOOK_BACK = timedelta(days=3)  # how long after closing a list its places are still looked for
STEPS = {OutreachState.PROPOSED: proposing.propose_some, OutreachState.SENDING: sending.send_some, OutreachState.CLOSED: closing.free_some}
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
        _go_on(pk)
    note_changes()
    called = call_unreached() + call_silent()
    let_past()
    return called


def _go_on(pk: int) -> None:
    """What breaks in one list is for whoever reads the log; the others, and the calls, go on."""
    try:
        work(pk)
    except Exception:
        log.exception("outreach %s broke", pk)


def _standing() -> QuerySet[Outreach]:
    pending = Q(state=OutreachState.PROPOSED, people__appointment=None, people__trouble="")
    closed = Q(state=OutreachState.CLOSED, events__verb="close", events__at__gte=clock.now() - LOOK_BACK)
    return Outreach.objects.filter(pending | Q(state=OutreachState.SENDING) | closed).order_by("pk").distinct()


def note_changes() -> int:
    """People who moved, cancelled or came without using the invitation's own buttons have answered all the same."""
    rows = OutreachPerson.objects.filter(answer__in=answering.SILENT, told_at__isnull=False, outreach__state=OutreachState.SENT)
    moved = AppointmentEvent.objects.filter(subject__outreach_people__in=rows, verb="reschedule").exclude(answering.BY_THE_PORTAL)
    over = [AppointmentState.CANCELLED, *CAME]
    changed = rows.filter(Q(appointment__state__in=over) | Q(appointment__in=moved.values("subject")))
    return sum(_note(pk) for pk in list(changed.order_by("pk").values_list("pk", flat=True)[:PER_SWEEP]))


@patiently
@transaction.atomic
def _note(pk: int) -> bool:
    row = OutreachPerson.objects.select_for_update(of=("self",)).select_related("outreach", "appointment").get(pk=pk)
    given = answering.given_elsewhere(row) if row.answer in answering.SILENT else ""
    if not given:
        return False
    answering.note(row, given)
    return True


def let_past() -> int:
    """Times proposed to people who were never told are given back when they come: nobody misses what they know nothing of."""
    rows = OutreachPerson.objects.filter(told_at__isnull=True, appointment__state=AppointmentState.BOOKED,
                                         appointment__slot__starts_at__lte=clock.now()).exclude(outreach__state=OutreachState.SENDING)
    return sum(_let_past(pk) for pk in list(rows.order_by("pk").values_list("pk", flat=True)[:PER_SWEEP]))


@patiently
@transaction.atomic
def _let_past(pk: int) -> bool:
    row = OutreachPerson.objects.select_for_update(of=("self",)).get(pk=pk)
    if row.told_at is not None or row.appointment_id is None:
        return False
    sending.let_pass(row)
    return True


def _to_call() -> QuerySet[OutreachPerson]:
    """People who were invited, whose time is still to come, who have not answered and are not on the call list."""
    return OutreachPerson.objects.filter(
        answer=Answer.NONE, told_at__isnull=False, call_task__isnull=True, outreach__state=OutreachState.SENT,
        appointment__state=AppointmentState.BOOKED, appointment__slot__starts_at__gt=clock.now()).order_by("pk")


def call_unreached() -> int:
    """Whose invitation can't be delivered is called at once, not only after `answer_by`; gives how many newly are."""
    key = Concat(Value("appointment:"), Cast(OuterRef("appointment_id"), CharField()), Value(":invited:"),
                 Cast(OuterRef("outreach_id"), CharField()))
    failed = Message.objects.filter(Q(state__in=FAILED) | Q(channel=Via.CALL), event_key=key)
    rows = _to_call().filter(Exists(failed))
    return sum(_call(pk, sending.NOT_SENT) for pk in list(rows.values_list("pk", flat=True)[:PER_SWEEP]))


def call_silent() -> int:
    """After `answer_by` whoever has not answered goes to the office's call list, once for ever; gives how many newly did."""
    rows = _to_call().filter(outreach__answer_by__lte=clock.now())
    return sum(_call(pk) for pk in list(rows.values_list("pk", flat=True)[:PER_SWEEP]))


@patiently
@transaction.atomic
def _call(pk: int, reason: Any = "") -> bool:
    row = OutreachPerson.objects.select_for_update(of=("self",)).select_related("outreach__office", "appointment").get(pk=pk)
    if row.answer != Answer.NONE:
        return False
    sending.call_about(row, row.outreach, reason or _("Chưa trả lời lời mời %(name)s.") % {"name": row.outreach.name})
    return True
