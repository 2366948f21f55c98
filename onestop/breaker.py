"""The breaker of a connection to somebody outside: too many failures in a row, and nothing is sent for a while; longer each time."""
from dataclasses import dataclass
from datetime import datetime, timedelta

from onestop.jobs import pause_after


@dataclass(frozen=True)
class Standing:
    """Failures in a row, and until when nothing is sent (None: the breaker is closed)."""

    failures: int = 0
    rest_until: datetime | None = None

    def resting(self, moment: datetime) -> bool:
        """Whether the breaker is open."""
        return self.rest_until is not None and moment < self.rest_until

    def failed(self, moment: datetime, *, limit: int, longest: int) -> "Standing":
        """After one more failure: from `limit` failures on it rests, doubling up to `longest` seconds, a fifth of it left to chance."""
        failures = min(self.failures + 1, 10_000)
        if failures < limit:
            return Standing(failures, self.rest_until)
        rest = min(pause_after(failures - limit + 1), timedelta(seconds=longest))
        return Standing(failures, moment + rest)
