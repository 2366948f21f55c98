"""What goes wrong on demand, door by door."""
import threading
import time
from collections.abc import Mapping
from typing import Any

from onestop.outside import Faults

DOORS = ("orders", "sms", "sms2", "zalo")


class Misbehaviour:
    """Faults of every door, and those that hold for all of them."""

    def __init__(self) -> None:
        self.common = Faults("fail", "lose", "duplicate")
        self.of = {
            **{door: Faults("fail", "lose", rate=0.0) for door in DOORS},
            "events": Faults("lose", "duplicate", "reorder"),
            "reports": Faults("lose", "duplicate", "reorder", "undelivered"),
            "files": Faults("lose", "duplicate", "reorder", "garbled"),
        }
        self._rates = {door: Rate() for door in DOORS}

    def set(self, wanted: Mapping[str, Any]) -> None:
        """Take the numbers given; others stay. Raises TypeError or ValueError where one is no number."""
        named = {door: wanted[door] for door in self.of if door in wanted}
        if not all(isinstance(numbers, Mapping) for numbers in named.values()):
            raise TypeError("a door takes an object")
        self.common.set(wanted)
        for door, numbers in named.items():
            self.of[door].set(numbers)

    def strikes(self, door: str, name: str) -> bool:
        """Whether fault `name` happens at a door now; uses one up."""
        if name in self.of[door].left and self.of[door].strikes(name):
            return True
        shared = {"fail", "lose"} if door in DOORS else {"duplicate"} if door == "events" else set()
        return name in shared and self.common.strikes(name)

    def lateness(self, door: str) -> float:
        """Seconds by which a door answers, or a report leaves, late."""
        return self.of[door].delay + (self.common.delay if door in DOORS else 0.0)

    def too_fast(self, door: str) -> bool:
        """Whether this request is more than the door takes in a second."""
        return not self._rates[door].fits(self.of[door].numbers["rate"])

    def told(self) -> dict[str, Any]:
        """What is still to come."""
        return {**self.common.told(), **{door: faults.told() for door, faults in self.of.items()}}


class Rate:
    """How many requests of a second have been taken."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.second, self.taken = 0, 0

    def fits(self, limit: float) -> bool:
        """Whether one more fits into the second that runs; 0: always."""
        if limit <= 0:
            return True
        with self.lock:
            now = int(time.monotonic())
            if now != self.second:
                self.second, self.taken = now, 0
            self.taken += 1
            return self.taken <= limit
