"""How to tell that a server is away which the portal needs: its database, its cache, its broker."""
import sqlite3

from django.contrib.sessions.backends.base import UpdateError
from django.contrib.sessions.exceptions import SessionInterrupted
from django.db import InterfaceError, OperationalError
from django.db.transaction import TransactionManagementError
from kombu.exceptions import OperationalError as BrokerError
from redis.exceptions import ConnectionError as RedisAway
from redis.exceptions import TimeoutError as RedisSilent

# PostgreSQL: connection exception, insufficient resources, operator intervention (shut down, starting up), system error.
AWAY_CLASSES = frozenset({"08", "53", "57", "58"})
STATEMENT_TIMEOUT = "57014"
AWAY_FILE = frozenset({sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_FULL, sqlite3.SQLITE_READONLY})
# Raised while the error that matters was dealt with, and only because of it. Whatever else breaks then is a fault of its own.
ECHOES = (SessionInterrupted, UpdateError, TransactionManagementError)
LONGEST_CHAIN = 20  # of errors that led to one another


def is_away(error: BaseException | None) -> bool:
    """Whether an error, or the one that it was raised from, says that a server which the portal needs can't be reached or can't work at
    this moment: not the caller's fault and not the code's, and worth another try later."""
    for _link in range(LONGEST_CHAIN):
        if error is None:
            return False
        if _tells_of_absence(error):
            return True
        error = error.__cause__ or (error.__context__ if isinstance(error, ECHOES) else None)
    return False


def server_code(error: OperationalError) -> str:
    """The five letters of PostgreSQL's server, by whichever driver; '' where the error did not come from it."""
    cause = error.__cause__
    return getattr(cause, "sqlstate", None) or getattr(cause, "pgcode", None) or ""


def _tells_of_absence(error: BaseException) -> bool:
    if isinstance(error, InterfaceError):
        return "closed" in str(error)  # the connection, or a cursor of one that is gone
    if not isinstance(error, OperationalError):
        return isinstance(error, (BrokerError, RedisAway, RedisSilent))
    cause = error.__cause__
    if isinstance(cause, sqlite3.Error):
        return getattr(cause, "sqlite_errorcode", 0) & 0xFF in AWAY_FILE
    code = server_code(error)
    return code[:2] in AWAY_CLASSES and code != STATEMENT_TIMEOUT if code else cause is not None
