"""The sweep: what dead workers hold is given back, every due message handed to a job."""
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from onestop import clock
from onestop.jobs import enqueue_after_commit, lease
from onestop.notify.models import Message
from onestop.notify.services import attempts
from onestop.notify.services.steps import move
from onestop.notify.services.unreached import call_given_up
from onestop.notify.states import TO_SEND, Urgency, Via

PER_SWEEP = 1000
PER_JOB = 50
MOST_QUEUED = 5000


def sweep() -> int:
    """Give back what dead workers hold, drop what is of no use any more, then hand due messages to jobs; how many were handed out (1,000
    at most; then another sweep follows behind their jobs)."""
    release_stuck()
    drop_useless()
    end_calls()
    pks = reserve_due(limit=min(PER_SWEEP, MOST_QUEUED - _queued()))
    for start in range(0, len(pks), PER_JOB):
        enqueue_after_commit("notify.send", *pks[start:start + PER_JOB])
    if len(pks) == PER_SWEEP:
        enqueue_after_commit("notify.sweep")
    return len(pks)


def _queued() -> int:
    """How many messages jobs are on their way for: with a long backlog, not more than are sent within a lease."""
    moment = clock.now()
    return Message.objects.due(moment).not_paused().filter(queued_until__gt=moment).count()


def reserve_due(*, limit: int) -> list[int]:
    """Ids of due messages that no job is on its way for; they count as queued for one lease, so that the next sweep
    does not ask again. Oldest first; what goes to very many after everything else."""
    moment = clock.now()
    waiting = Message.objects.due(moment).not_paused().unqueued(moment).order_by("next_attempt_at", "pk").values_list("pk", flat=True)
    pks = list(waiting.exclude(urgency=Urgency.BULK)[:max(limit, 0)])
    if len(pks) < limit:
        pks += waiting.filter(urgency=Urgency.BULK)[:limit - len(pks)]
    Message.objects.filter(pk__in=pks, state__in=TO_SEND).update(queued_until=moment + lease())
    return pks


def drop_useless() -> int:
    """Messages that wait although their moment has passed, also those that only a call would bring; how many."""
    with transaction.atomic():
        late = Message.objects.filter(state__in=TO_SEND, useless_at__lte=clock.now())
        rows = list(late.select_for_update(skip_locked=True).order_by("pk")[:PER_SWEEP])
        attempts.drop_useless(rows)
    return len(rows)


def end_calls() -> int:
    """Messages that a call should bring, and about which nobody is called any more (see Message.objects.not_reached); how many."""
    long_ago = clock.now() - timedelta(days=settings.MESSAGE_CALL_DAYS)
    rows = Message.objects.filter(state__in=TO_SEND, channel=Via.CALL, next_attempt_at__lte=long_ago).order_by("pk")[:PER_SWEEP]
    return sum(call_given_up(message=message) for message in rows)


def release_stuck() -> int:
    """Messages whose worker has been silent for longer than the lease are due again, or given up after the last attempt."""
    stuck = Message.objects.stuck(clock.now() - lease()).order_by("pk")[:PER_SWEEP]
    return sum(_release(message) for message in stuck)


def _release(message: Message) -> bool:
    reason = str(_("Tiến trình gửi đã dừng giữa chừng."))
    if message.attempts >= settings.SEND_MAX_ATTEMPTS:
        return move(message, "give_up", reason=reason, last_error=reason)
    return move(message, "try_later", reason=reason, last_error=reason, next_attempt_at=clock.now())
