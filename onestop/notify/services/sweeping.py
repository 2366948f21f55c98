"""The sweep: what dead workers hold is given back, every due message handed to a job."""
from datetime import timedelta

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from onestop import clock
from onestop.jobs import enqueue_after_commit
from onestop.notify.models import Message
from onestop.notify.services.steps import move
from onestop.notify.states import TO_SEND

PER_SWEEP = 1000
PER_JOB = 50


def sweep() -> int:
    """Give back what dead workers hold, then hand every due message to a job; how many were handed out (1,000 at
    most; then another sweep follows at once)."""
    release_stuck()
    pks = reserve_due(limit=PER_SWEEP)
    for start in range(0, len(pks), PER_JOB):
        enqueue_after_commit("notify.send", *pks[start:start + PER_JOB])
    if len(pks) == PER_SWEEP:
        enqueue_after_commit("notify.sweep")
    return len(pks)


def reserve_due(*, limit: int) -> list[int]:
    """Ids of due messages that no job is on its way for; they count as queued for one lease, so that the next sweep
    does not ask again. Oldest first."""
    moment = clock.now()
    waiting = Message.objects.due(moment).unqueued(moment).order_by("next_attempt_at", "pk")
    pks = list(waiting.values_list("pk", flat=True)[:limit])
    Message.objects.filter(pk__in=pks, state__in=TO_SEND).update(queued_until=moment + _lease())
    return pks


def release_stuck() -> int:
    """Messages whose worker has been silent for longer than the lease are due again, or given up after the last attempt."""
    stuck = Message.objects.stuck(clock.now() - _lease()).order_by("pk")[:PER_SWEEP]
    return sum(_release(message) for message in stuck)


def _release(message: Message) -> bool:
    reason = str(_("Tiến trình gửi đã dừng giữa chừng."))
    if message.attempts >= settings.SEND_MAX_ATTEMPTS:
        return move(message, "give_up", reason=reason, last_error=reason)
    return move(message, "try_later", reason=reason, last_error=reason, next_attempt_at=clock.now())


def _lease() -> timedelta:
    return timedelta(seconds=settings.SEND_LEASE_SECONDS)
