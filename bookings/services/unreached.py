"""Whom no message reached is called: one task for each such message, with its text to read out; closed when it arrives after all."""
from __future__ import annotations

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from bookings.models import Appointment, CallTask, CallTaskEvent
from bookings.services import calls
from bookings.states import CALL_TRANSITIONS, CallKind, CallState
from onestop import clock
from onestop.history import WORKER
from onestop.notify.models import Message
from onestop.notify.states import FAILED, OVER, Via
from onestop.patience import each_part, or_next_sweep, patiently
from onestop.people.words import row_id
from onestop.transitions import step

PER_SWEEP = 200
# Events whose own lists call whoever was not reached: moved appointments (but not 'it stands after all'), invitations, address campaigns.
OWN_LISTS = (Q(event_key__startswith="relocation:") & ~Q(event_key__endswith=":stands")
             | Q(event_key__startswith="appointment:", event_key__contains=":invited:") | Q(event_key__startswith="campaign-item:"))
ARRIVED = OVER - FAILED  # sent, delivered, not needed any more


def sweep() -> int:
    """Put whom no message reached on the call lists, take off whom one reached meanwhile; how many changed."""
    return sum(each_part("the calls about messages", {"calls": call, "closing": close, "reopening": reopen}).values())


def call() -> int:
    """One task for every message that reached nobody and has none yet; how many."""
    rows = Message.objects.not_reached().filter(call_task__isnull=True).exclude(OWN_LISTS)
    return sum(or_next_sweep(f"the call about message {pk}", _call, pk) for pk in _some(rows))


def close() -> int:
    """Open tasks whose message has arrived, or is of no use any more; how many."""
    over = Q(message__state__in=ARRIVED) | Q(message__useless_at__lte=clock.now())
    return sum(or_next_sweep(f"call task {pk}", _close, pk) for pk in _some(_tasks(CallState.OPEN).filter(over)))


def reopen() -> int:
    """Tasks that were closed because their message seemed to have arrived, and which it had not; how many."""
    rows = _tasks(CallState.DONE).filter(outcome="", message__in=Message.objects.not_reached())
    return sum(or_next_sweep(f"call task {pk}", _reopen, pk) for pk in _some(rows))


def _tasks(state: CallState) -> QuerySet[CallTask]:
    return CallTask.objects.filter(kind=CallKind.UNREACHED, state=state, message__isnull=False, relocation_item=None, outreach_person=None)


def _some(rows: QuerySet[Message] | QuerySet[CallTask]) -> list[int]:
    return list(rows.order_by("pk").values_list("pk", flat=True)[:PER_SWEEP])


@patiently
@transaction.atomic
def _call(pk: int) -> bool:
    message = Message.objects.not_reached().filter(pk=pk).select_for_update(of=("self",)).select_related("office").first()
    if message is None or message.office is None:
        return False
    reason = _("Chỉ báo được qua điện thoại.") if message.channel == Via.CALL else _("Tin nhắn không gửi được.")
    calls.add_task(kind=CallKind.UNREACHED, office=message.office, full_name=message.recipient_name, phone=message.phone,
                   reason=f"{reason} {message.subject}", message=message, appointment=_appointment_of(message))
    return True


def _appointment_of(message: Message) -> Appointment | None:
    """The appointment that a message is about, by its event: 'appointment:12:booked'."""
    about, _colon, rest = message.event_key.partition(":")
    return Appointment.objects.filter(pk=row_id(rest.partition(":")[0])).first() if about == "appointment" else None


@patiently
@transaction.atomic
def _close(pk: int) -> bool:
    task = CallTask.objects.select_for_update(of=("self",), no_key=True).filter(pk=pk, state=CallState.OPEN).first()
    if task is None:
        return False
    calls.close(task, _("Tin nhắn đã đến bằng cách khác, hoặc không còn cần báo."))
    return True


@patiently
@transaction.atomic
def _reopen(pk: int) -> bool:
    task = CallTask.objects.select_for_update(of=("self",), no_key=True).filter(pk=pk, state=CallState.DONE).first()
    if task is None:
        return False
    done = step(CALL_TRANSITIONS, "reopen", task.state, sentence=calls.SETTLED)
    task.state, task.next_at = done.after, clock.now()
    task.save(update_fields=["state", "next_at"])
    CallTaskEvent.objects.create(subject=task, actor_label=WORKER, verb=done.verb, from_state=done.before, to_state=done.after,
                                 reason=_("Tin nhắn không gửi được."))
    return True
