"""What people answer: they agree, choose another place, or do not come. Also seen where they did it by another way."""
from __future__ import annotations

from django.db import transaction
from django.db.models import F, Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bookings import policies, refusals, relocations
from bookings.models import RelocationItem
from bookings.services import calls, moving
from bookings.states import CAME, Answer, AppointmentState, CallOutcome, CallState, MoveOutcome
from onestop import clock
from onestop.patience import patiently
from onestop.people.models import User
from onestop.transitions import Refused

LABEL = "relocation"  # how the history names somebody who answers: the usual cut-off is not for people who were moved
GIVEN = (Answer.ACCEPTED, Answer.MOVED, Answer.CANCELLED)
PER_SWEEP = 500


@patiently
@transaction.atomic
def answer(*, item: RelocationItem, answer: str, slot_id: int | None = None, actor: User | None = None) -> RelocationItem:
    """Keep what a moved person answers; the same answer again changes nothing.

    ACCEPTED keeps the new place, MOVED takes the place `slot_id` instead, CANCELLED gives it up. With an actor somebody of the
    staff answers for the person on the telephone. Raises Refused: 'unknown_answer' 422; 'answer_over', 'changed_meanwhile' 409;
    'not_allowed' 403; as moving.reschedule and moving.cancel.
    """
    if answer not in GIVEN:
        raise Refused("unknown_answer", _("Vui lòng chọn đồng ý, chọn giờ khác hoặc không đến."))
    row = item.appointment
    if actor is not None and not policies.can_change(actor, row):
        raise refusals.not_allowed()
    if item.answer == answer and (answer != Answer.MOVED or row.slot_id == slot_id):
        return item
    if not relocations.may_answer(item, clock.now()):
        raise Refused("answer_over", gettext_lazy("Lịch hẹn này đã được trả lời hoặc đã qua."), status=409)
    if answer == Answer.MOVED:
        moving.reschedule(appointment=row, slot_id=slot_id or 0, actor=actor, actor_label=LABEL)
    elif answer == Answer.CANCELLED:
        moving.cancel(appointment=row, by_label=LABEL, actor=actor)
    elif item.outcome == MoveOutcome.UNPLACED:
        raise Refused("nothing_to_accept", gettext_lazy("Chưa có giờ hẹn mới để đồng ý. Vui lòng chọn giờ khác hoặc hủy."), status=409)
    _keep(item, answer)
    return item


def _keep(item: RelocationItem, given: str) -> None:
    RelocationItem.objects.filter(pk=item.pk).update(answer=given, answered_at=clock.now())
    item.answer = given
    if given != Answer.UNREACHABLE:
        calls.close_for(relocation_item=item, reason=str(Answer(given).label))


def note_changes() -> int:
    """See who moved or cancelled on the usual pages, or told it to the hotline; gives how many answers were noted.

    Computed from the rows, so that every page and every program counts.
    """
    waiting = relocations.unanswered()
    gone = waiting.filter(~Q(outcome=MoveOutcome.GUIDED), appointment__state=AppointmentState.CANCELLED)
    placed = waiting.filter(outcome__in=relocations.MOVED).exclude(appointment__slot=F("to_slot"))
    chosen = waiting.filter(outcome=MoveOutcome.UNPLACED).exclude(appointment__slot=F("from_slot"))
    came = waiting.filter(outcome__in=relocations.MOVED, appointment__slot=F("to_slot"), appointment__state__in=CAME)
    told = waiting.filter(outcome__in=relocations.MOVED, call_task__state=CallState.DONE, call_task__outcome=CallOutcome.INFORMED)
    lost = waiting.filter(answer=Answer.NONE, call_task__state=CallState.GIVEN_UP)
    found = [(gone, Answer.CANCELLED), (placed | chosen, Answer.MOVED), (came | told, Answer.ACCEPTED), (lost, Answer.UNREACHABLE)]
    return sum(_note(pk, given) for rows, given in found for pk in list(rows.order_by("pk").values_list("pk", flat=True)[:PER_SWEEP]))


@transaction.atomic
def _note(pk: int, given: str) -> bool:
    item = RelocationItem.objects.select_for_update(of=("self",), no_key=True).get(pk=pk)
    if item.answer == given or item.answer not in relocations.UNANSWERED:
        return False
    _keep(item, given)
    return True
