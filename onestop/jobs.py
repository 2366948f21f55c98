"""The only way from a service to Celery.

A job is a hint that there is work in the database, never the work itself: beat sweeps the same rows, so a lost
message only delays. Arguments are ids only (the embedded broker writes them to disk).
"""
import logging
import secrets
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


def _send(task: str, ids: tuple[int | str, ...]) -> None:
    try:
        current_app.send_task(task, args=list(ids), retry=False)
    except (OperationalError, OSError) as error:
        log.warning("job %s%s left to the sweep: %s", task, ids, error)


def pause_after(attempts: int) -> timedelta:
    """How long to wait after the n-th failed attempt: doubling up to a longest pause, a fifth of it left to chance."""
    seconds = min(settings.RETRY_FIRST_SECONDS * 2.0 ** (max(attempts, 1) - 1), settings.RETRY_LONGEST_SECONDS)
    return timedelta(seconds=seconds * (0.8 + 0.2 * secrets.SystemRandom().random()))
