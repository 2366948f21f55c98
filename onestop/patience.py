"""What to do when the database is busy: three more tries with jitter, then an honest 'please try again' (booking.md, guard 8)."""
import logging
import random
import time
from collections.abc import Callable, Mapping
from functools import wraps
from typing import ParamSpec, TypeVar

from django.db import OperationalError, connection
from django.utils.translation import gettext_lazy as _

from onestop.absence import server_code
from onestop.transitions import Refused

log = logging.getLogger(__name__)
P = ParamSpec("P")
R = TypeVar("R")
RETRIES = 3
# PostgreSQL: lock_not_available, deadlock_detected, serialization_failure.
BUSY_CODES = frozenset({"55P03", "40P01", "40001"})


def is_busy(error: OperationalError) -> bool:
    """Whether an error only says that somebody else holds the row or the database file."""
    return server_code(error) in BUSY_CODES or "is locked" in str(error)


def too_busy() -> Refused:
    """The honest 'please try again'."""
    return Refused("busy", _("Hệ thống đang có nhiều người dùng cùng lúc. Vui lòng thử lại sau ít phút."), status=503)


def patiently(verb: Callable[P, R]) -> Callable[P, R]:
    """Wrap a verb that opens one short transaction of its own.

    Inside somebody else's transaction nothing can be tried again: the caller gets the refusal at once. Raises
    Refused('busy', 503) when the last try found the row still taken.
    """

    @wraps(verb)
    def tried(*args: P.args, **kwargs: P.kwargs) -> R:
        tries = 1 if connection.in_atomic_block else RETRIES + 1
        for attempt in range(tries):
            try:
                return verb(*args, **kwargs)
            except OperationalError as error:
                if not is_busy(error):
                    raise
                log.info("%s found the database busy (try %d): %s", verb.__name__, attempt + 1, error)
            if attempt + 1 < tries:
                time.sleep(random.uniform(0.02, 0.1) * 2**attempt)
        raise too_busy()

    return tried


def or_next_sweep(what: str, verb: Callable[..., object], *args: object) -> bool:
    """Do one thing of a sweep; whether it was done. One that is refused, mostly because somebody holds its row, keeps none of the
    others waiting: it is found again by the next sweep."""
    try:
        return bool(verb(*args))
    except Refused as refusal:
        log.info("%s waits for the next sweep: %s", what, refusal.code)
        return False


def each_part(sweep: str, parts: Mapping[str, Callable[[], int]]) -> dict[str, int]:
    """The parts of a sweep one after the other; how much each did. A fault in one keeps none of the others waiting: a refusal (busy, no
    work calendar) is noted, anything else is logged with its trace."""
    return {name: _one_part(sweep, name, part) for name, part in parts.items()}


def _one_part(sweep: str, name: str, part: Callable[[], int]) -> int:
    try:
        return part()
    except Refused as refusal:
        log.warning("%s of %s waits for the next sweep: %s", name, sweep, refusal.code)
    except Exception:
        log.exception("%s of %s", name, sweep)
    return 0
