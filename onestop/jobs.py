"""The only way from a service to Celery.

A job is a hint that there is work in the database, never the work itself: beat sweeps the same rows, so a lost
message only delays. Arguments are ids only (the embedded broker writes them to disk).
"""
import logging
import secrets
import time
from datetime import timedelta
from functools import partial

from celery import current_app
from django.conf import settings
from django.db import transaction
from kombu.exceptions import OperationalError

log = logging.getLogger(__name__)


def enqueue_after_commit(task: str, *ids: int | str) -> None:
    """Ask for task `task` ('postal.dispatch') with `ids` once the open transaction has committed.

    A broker that can't be reached is logged and forgiven: the sweep finds the row.
    """
    transaction.on_commit(partial(_send, task, ids))


def wake_after_commit(task: str, *ids: int | str, sweep: str) -> None:
    """Like enqueue_after_commit, for tasks that come in crowds and whose `sweep` finds every row that waits.

    The first one of a second is asked for at once. For all that follow in the same second one `sweep` a second later does: a
    publication costs more than a booking, and no row waits longer than that second and the job.
    """
    transaction.on_commit(partial(_wake, task, ids, sweep))


_quiet_until: dict[str, float] = {}  # sweep: until when this process has asked enough
_swept: set[str] = set()  # sweeps asked for within the second that runs


def _wake(task: str, ids: tuple[int | str, ...], sweep: str) -> None:
    moment = time.monotonic()
    if moment >= _quiet_until.get(sweep, 0.0):
        _quiet_until[sweep] = moment + 1
        _swept.discard(sweep)
        _send(task, ids)
    elif sweep not in _swept:
        _swept.add(sweep)
        _send(sweep, (), countdown=1)


def _send(task: str, ids: tuple[int | str, ...], countdown: float | None = None) -> None:
    try:
        current_app.send_task(task, args=list(ids), retry=False, countdown=countdown)
    except (OperationalError, OSError) as error:
        log.warning("job %s%s left to the sweep: %s", task, ids, error)


def lease() -> timedelta:
    """How long a worker may be silent about something it took, or a job that was asked for, before either is taken for lost."""
    return timedelta(seconds=settings.SEND_LEASE_SECONDS)


def pause_after(attempts: int) -> timedelta:
    """How long to wait after the n-th failed attempt: doubling up to a longest pause, a fifth of it left to chance."""
    seconds = min(settings.RETRY_FIRST_SECONDS * 2.0 ** (max(attempts, 1) - 1), settings.RETRY_LONGEST_SECONDS)
    return timedelta(seconds=seconds * (0.8 + 0.2 * secrets.SystemRandom().random()))
