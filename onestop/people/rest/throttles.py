"""A limit per token, or per address where there is no token."""
import math
from dataclasses import dataclass
from typing import Any

from django.core.cache import cache
from redis.exceptions import RedisError
from rest_framework.settings import api_settings
from rest_framework.throttling import BaseThrottle

from onestop import clock
from onestop.access import address
from onestop.people.rest.authentication import Partner

CALLER = "caller"  # the scope of everybody who has none of their own
UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
PACK = 100  # a process tells the others of its calls when it has a hundredth of the limit to tell,
LATEST = 1.0  # or this many seconds after it last did
MOST_CALLERS = 10_000


@dataclass
class Window:
    """The calls of one caller in one minute (hour, …) as this process knows them."""

    number: int
    shared: int = 0  # of all processes, as last heard
    own: int = 0  # not told to the others yet
    told_at: float = 0.0


_windows: dict[str, Window] = {}


def rate(scope: str) -> tuple[int, int]:
    """The limit of a kind of callers, a setting, as (calls, seconds)."""
    amount, _slash, unit = str(api_settings.DEFAULT_THROTTLE_RATES[scope]).partition("/")
    return int(amount), UNITS[unit[0]]


def seconds_to_wait(who: str, scope: str = CALLER) -> float:
    """Count one call; 0 while the caller is within the limit, else the seconds until the next window.

    Each process counts by itself and tells the others in packs, so a limit of 600 a minute may be passed by 6 calls for each
    further process. Before anybody is refused the shared count is asked. A cache that is down lets everybody pass.
    """
    most, length = rate(scope)
    now = clock.now().timestamp()
    who = who if scope == CALLER else f"{scope}:{who}"
    window = _windows.get(who)
    if window is None or window.number != int(now // length):
        window = _fresh(who, int(now // length))
    window.own += 1
    if window.own * PACK >= most or now - window.told_at > LATEST or window.shared + window.own > most:
        try:
            _tell(who, window, length, now)
        except (OSError, EOFError, ValueError, RedisError):
            return 0.0
    return 0.0 if window.shared + window.own <= most else (window.number + 1) * length - now


def _fresh(who: str, number: int) -> Window:
    if len(_windows) >= MOST_CALLERS:
        _windows.clear()
    _windows[who] = window = Window(number)
    return window


def _tell(who: str, window: Window, length: int, now: float) -> None:
    """Add the own calls to the shared count and hear what it is now."""
    own, window.own, window.told_at = window.own, 0, now
    key = f"throttle:{who}:{window.number}"
    window.shared = own if cache.add(key, own, timeout=length * 2) else int(cache.incr(key, own))


def caller_key(request: Any) -> str:
    """Whose calls are counted together."""
    return f"token:{request.user.token.pk}" if isinstance(request.user, Partner) else f"address:{address(request)}"


class PerCaller(BaseThrottle):
    """API_RATE requests per token or address. A kind of callers with a limit of its own is a subclass with its `scope`."""

    scope = CALLER

    def allow_request(self, request: Any, view: Any) -> bool:
        self.seconds = seconds_to_wait(caller_key(request), self.scope)
        return self.seconds <= 0

    def wait(self) -> float:
        return float(math.ceil(self.seconds))
