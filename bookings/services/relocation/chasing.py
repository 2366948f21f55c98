"""Who was not reached comes on the call list; who can't come any more and said nothing is let go."""
from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bookings import relocations
from bookings.models import RelocationItem
from bookings.relocation import FIRST_CHANCE, call_from
from bookings.services import moving
from bookings.services.relocation.telling import add_call
from bookings.states import APPOINTMENT_TRANSITIONS, Answer, AppointmentState, CallKind, MoveOutcome
from onestop import clock
from onestop.history import WORKER
from onestop.notify.models import Message
from onestop.patience import or_next_sweep, patiently
from onestop.transitions import step

PER_SWEEP = 500
NOT_SENT = gettext_lazy("Tin nhắn báo chuyển lịch hẹn không gửi được.")


def chase() -> int:
    """Put on the call list whose message failed, and who has not answered in time; gives how many people were put on it.

    In time: RELOCATION_ANSWER_HOURS after the message, sooner where the appointment itself is near (see call_from).
    """
    now = clock.now()
    silent = relocations.unanswered().filter(answer=Answer.NONE, call_task__isnull=True)
    silent = silent.select_related("relocation", "appointment__slot", "appointment__office", "from_slot__session__office")
    recent = list(silent.filter(told_at__gt=now - timedelta(days=30)).order_by("told_at", "pk")[:PER_SWEEP])
    failed = relocations.failed_messages(recent)
    called = sum(_call(item, CallKind.UNREACHED, NOT_SENT, failed[item.pk]) for item in recent if item.pk in failed)
    late = [item for item in recent if item.pk not in failed and _is_late(item)]
    called += sum(_call(item, CallKind.MOVED, _("Chưa trả lời tin nhắn báo chuyển lịch hẹn.")) for item in late)
    for pk in list(relocations.unplaced_and_past(now).values_list("pk", flat=True)[:PER_SWEEP]):
        or_next_sweep(f"item {pk} of a rebooking run", _end, pk)
    return called


def _is_late(item: RelocationItem) -> bool:
    """Whether somebody who was moved and is still expected has had time enough to answer."""
    row, now = item.appointment, clock.now()
    if item.outcome not in relocations.MOVED or row.state != AppointmentState.BOOKED or row.slot.starts_at <= now:
        return False
    told = item.told_at or now
    return now >= told + FIRST_CHANCE and now >= call_from(
        told_at=told, starts_at=row.slot.starts_at, hours=settings.RELOCATION_ANSWER_HOURS)


@transaction.atomic
def _call(item: RelocationItem, kind: str, reason: str | Promise, message: Message | None = None) -> bool:
    row = item.appointment
    if item.outcome != MoveOutcome.GUIDED and row.state != AppointmentState.BOOKED:
        return False
    add_call(item, row, kind, str(reason), message)
    return True


@patiently
@transaction.atomic
def _end(pk: int) -> None:
    """The lost time is over, no place was found and nobody answered: the appointment ends, and never as a no-show."""
    item = RelocationItem.objects.select_related("appointment__slot__session").get(pk=pk)
    row = item.appointment
    done = step(APPOINTMENT_TRANSITIONS, "cancel", row.state, sentence=moving.NOT_MOVABLE)
    moving.withdraw(row, done, actor=None, label=WORKER, reason=_("Chưa tìm được chỗ mới cho lịch hẹn bị chuyển."))
