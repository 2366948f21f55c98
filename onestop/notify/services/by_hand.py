"""What an administrator does with one message."""
import uuid
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from onestop import clock
from onestop.jobs import enqueue_after_commit
from onestop.notify import policies
from onestop.notify.models import Message
from onestop.notify.services.steps import move
from onestop.notify.states import TRANSITIONS, State, Via
from onestop.people.models import User
from onestop.transitions import Refused, step


def retry(*, actor: User, message: Message) -> Message:
    """Let a failed message be tried again from the start, under the same key; one that a gateway took and reported as not delivered
    goes under a new one, for no gateway takes the same key twice. Raises Refused."""
    return _by_hand(actor, message, "retry", policies.can_retry, attempts=0, next_attempt_at=clock.now(), last_error="")


def discard(*, actor: User, message: Message) -> Message:
    """Take back one message that has not been sent. Doing it twice changes nothing. Raises Refused."""
    return _by_hand(actor, message, "obsolete", policies.can_discard)


def _by_hand(actor: User, message: Message, verb: str, allowed: Any, **changes: Any) -> Message:
    with transaction.atomic():
        row = Message.objects.select_for_update(of=("self",)).select_related("office").get(pk=message.pk)
        if not allowed(actor, row):
            raise Refused("forbidden", _("Chỉ quản trị hệ thống của tỉnh được làm việc này."), status=403)
        if row.state == TRANSITIONS[verb][1]:
            return row
        step(TRANSITIONS, verb, row.state, sentence=_("Tin nhắn không còn ở trạng thái cho phép thao tác này."))
        if verb == "retry":
            changes |= _anew(row)
        move(row, verb, actor=actor, **changes)
        if verb == "retry":
            enqueue_after_commit("notify.send", row.pk)
    row.refresh_from_db()
    return row


def _anew(row: Message) -> dict[str, Any]:
    """How a message starts again. After a report that it did not arrive nobody has it: any gateway may be asked, as if it were new."""
    if row.channel == Via.CALL:
        raise Refused("wrong_state", _("Người này chỉ báo được qua điện thoại. Vui lòng gọi trực tiếp."), status=409)
    return {"key": uuid.uuid4(), "gateway": None} if row.state == State.PERMANENT and row.gateway_id and row.provider_id else {}
