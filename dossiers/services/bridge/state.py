"""The connection's one row: cursors and the breaker."""
from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import transaction

from dossiers.models import Bridge
from onestop import clock
from onestop.breaker import Standing

NAME = "dvcqg"


def row() -> Bridge:
    """The connection's row, made when it is first asked for. Never in a page: reading is known()."""
    found, _made = Bridge.objects.get_or_create(name=NAME)
    return found


def known() -> Bridge:
    """The row, or an unsaved one where nothing was ever sent; for pages."""
    return Bridge.objects.filter(name=NAME).first() or Bridge(name=NAME)


def claimed() -> Bridge:
    """The row, locked, in the caller's transaction."""
    row()
    return Bridge.objects.select_for_update().get(name=NAME)


def resting(moment: datetime) -> bool:
    """Whether the breaker is open: the other side failed too often, nothing is sent until later."""
    found = known()
    return Standing(found.failures, found.rest_until).resting(moment)


def note_answer() -> None:
    """The other side answers: the breaker closes."""
    with transaction.atomic():
        found = claimed()
        found.failures, found.rest_until, found.last_answer_at, found.last_error = 0, None, clock.now(), ""
        found.save(update_fields=["failures", "rest_until", "last_answer_at", "last_error"])


def note_failure(reason: str) -> bool:
    """One more failure in a row; whether the breaker opened. It rests longer each time, a fifth of it left to chance."""
    with transaction.atomic():
        found = claimed()
        after = Standing(found.failures, found.rest_until).failed(
            clock.now(), limit=settings.BRIDGE_BREAKER_FAILURES, longest=settings.BRIDGE_BREAKER_LONGEST)
        opened = bool(after.failures >= settings.BRIDGE_BREAKER_FAILURES)
        found.failures, found.rest_until, found.last_error = after.failures, after.rest_until, reason[:255]
        found.save(update_fields=["failures", "last_error", "rest_until"])
    return opened


def save_cursor(cursor: str) -> None:
    """How far the portal's list was read."""
    with transaction.atomic():
        found = claimed()
        found.cursor = cursor[:200]
        found.save(update_fields=["cursor"])
