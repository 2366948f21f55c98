"""The only door to 'now'. Everything is told in Asia/Ho_Chi_Minh.

PORTAL_CLOCK starts the portal's clock at a chosen moment and lets it run on, so that the days of a letter can be
replayed. PORTAL_CLOCK_ANCHOR is the real time (seconds since 1970) at which that moment was set, so that web,
worker and beat, started seconds apart, agree on the time.
"""
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings

TZ = ZoneInfo("Asia/Ho_Chi_Minh")
_STARTED = time.time()
_frozen: datetime | None = None


def now() -> datetime:
    """The portal's present moment, aware, in Asia/Ho_Chi_Minh."""
    if _frozen is not None:
        return _frozen
    real = datetime.fromtimestamp(time.time(), TZ)
    start: datetime | None = getattr(settings, "PORTAL_CLOCK", None)
    if start is None:
        return real
    anchor = getattr(settings, "PORTAL_CLOCK_ANCHOR", None) or _STARTED
    return start.astimezone(TZ) + timedelta(seconds=real.timestamp() - anchor)


def today() -> date:
    """The portal's present day in Viet Nam."""
    return now().date()


def local(moment: datetime) -> datetime:
    """The same moment told in Asia/Ho_Chi_Minh."""
    return moment.astimezone(TZ)


def at(day: date, hour: int = 0, minute: int = 0) -> datetime:
    """An aware moment of a Vietnamese day."""
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=TZ)


@contextmanager
def frozen(moment: datetime) -> Iterator[datetime]:
    """Hold the clock still at `moment` inside a with block (tests and replays in this process only)."""
    global _frozen
    before, _frozen = _frozen, local(moment)
    try:
        yield _frozen
    finally:
        _frozen = before
