"""What a process may remember for a moment, so that it need not be asked for at every request.

Nothing that decides whether a place is free is ever kept. Inside a transaction nothing is read from here or kept: whoever
has begun to write reads the rows themselves.
"""
import time
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar
from weakref import WeakSet

from django.db import connection

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")
_all: "WeakSet[Moments[object, object]]" = WeakSet()


class Moments(Generic[K, V]):
    """Values by key, each at most `seconds` old, at most `most` of them."""

    def __init__(self, seconds: float, most: int) -> None:
        self.seconds, self.most = seconds, most
        self._kept: dict[K, tuple[float, V]] = {}
        _all.add(self)  # type: ignore[arg-type]

    def get(self, key: K) -> V | None:
        """The value, while it is young enough."""
        found = self._kept.get(key)
        if found is None or time.monotonic() - found[0] > self.seconds or connection.in_atomic_block:
            return None
        return found[1]

    def keep(self, key: K, value: V) -> V:
        """Remember a value just made; when there are too many, all are forgotten: cheaper than choosing, and they are short-lived."""
        if not connection.in_atomic_block:
            if len(self._kept) >= self.most:
                self._kept = {}
            self._kept[key] = (time.monotonic(), value)
        return value

    def of(self, key: K, make: Callable[[], V]) -> V:
        """The kept value, else a new one. None is made again each time."""
        found = self.get(key)
        return found if found is not None else self.keep(key, make())

    def clear(self) -> None:
        self._kept = {}


def forget() -> None:
    """Forget everything in this process."""
    for kept in list(_all):
        kept.clear()
