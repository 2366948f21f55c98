"""What to do when the database is busy: three more tries with jitter, then an honest 'please try again' (booking.md, guard 8). How to tell
that a server is away."""
import logging
import random
import sqlite3
import time
from collections.abc import Callable, Mapping
from functools import wraps
from typing import ParamSpec, TypeVar

from django.db import InterfaceError, OperationalError, connection
from django.utils.translation import gettext_lazy as _
from kombu.exceptions import OperationalError as BrokerError
from redis.exceptions import ConnectionError as RedisAway
from redis.exceptions import TimeoutError as RedisSilent

from onestop.transitions import Refused

log = logging.getLogger(__name__)
P = ParamSpec("P")
R = TypeVar("R")
RETRIES = 3
# PostgreSQL: lock_not_available, deadlock_detected, serialization_failure.
BUSY_CODES = frozenset({"55P03", "40P01", "40001"})
# PostgreSQL: connection exception, insufficient resources, operator intervention (shut down, starting up), system error.
AWAY_CLASSES = frozenset({"08", "53", "57", "58"})
STATEMENT_TIMEOUT = "57014"
AWAY_FILE = frozenset({sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_FULL, sqlite3.SQLITE_READONLY})
LONGEST_CHAIN = 20  # of errors that led to one another


def is_busy(error: OperationalError) -> bool:
    """Whether an error only says that somebody else holds the row or the database file."""
    return _code(error) in BUSY_CODES or "is locked" in str(error)


def _code(error: OperationalError) -> str:
    """PostgreSQL's five letters; empty where the error did not come from its server."""
    cause = error.__cause__
    return getattr(cause, "sqlstate", None) or getattr(cause, "pgcode", None) or ""


def is_away(error: BaseException | None) -> bool:
    """Whether an error, or one that led to it, says that a server which the portal needs can't be reached or can't work at this moment:
    not the caller's fault and not the code's, and worth another try later."""
    for _link in range(LONGEST_CHAIN):
        if error is None:
            return False
        if _tells_of_absence(error):
            return True
        error = error.__cause__ or error.__context__
    return False


def _tells_of_absence(error: BaseException) -> bool:
    if isinstance(error, InterfaceError):
        return "closed" in str(error)  # the connection, or a cursor of one that is gone
    if not isinstance(error, OperationalError):
        return isinstance(error, (BrokerError, RedisAway, RedisSilent))
    cause = error.__cause__
    if isinstance(cause, sqlite3.Error):
        return getattr(cause, "sqlite_errorcode", 0) & 0xFF in AWAY_FILE
    code = _code(error)
    return code[:2] in AWAY_CLASSES and code != STATEMENT_TIMEOUT if code else cause is not None


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
