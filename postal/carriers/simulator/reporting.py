"""What the simulator tells the portal: what happens to an order, and whether a text was delivered; until the portal accepts it."""
import json
import random
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import requests

from onestop import clock, signature
from postal.carriers.simulator.book import Book, Later
from postal.carriers.simulator.misbehaving import Misbehaviour

STORY = ("collected", "in_transit", "delivered")
TRY_AGAIN_SECONDS = 2.0
LONG_TRIES, SHORT_TRIES = 500, 5  # while the portal is out of reach; where it refuses
LONGEST_PAUSE = 30.0  # seconds; each further try waits twice as long, so that a portal that asks for patience is not run over
HELD = 2.5  # a report that is out of order comes so many paces later

Known = Callable[[str], tuple[str, str] | None]


def tell(url: str, key: str, content: Mapping[str, Any]) -> int:
    """POST something signed; the portal's status code, 0 where it does not answer."""
    body = json.dumps(content).encode()
    headers = {"Content-Type": "application/json", signature.HEADER: signature.sign(key, body)}
    try:
        return requests.post(url, data=body, headers=headers, timeout=10, allow_redirects=False).status_code
    except requests.RequestException:
        return 0


def worth_another_try(answer: int, tries: int) -> bool:
    """Whether the portal may take it later."""
    return tries < (LONG_TRIES if answer in (0, 401, 408, 429) or answer >= 500 else SHORT_TRIES)


def pause_before(tries: int) -> float:
    """Seconds until a report is sent again after so many tries, a part of it left to chance."""
    return min(TRY_AGAIN_SECONDS * 2.0 ** min(tries, 10), LONGEST_PAUSE) * random.uniform(0.7, 1.0)


class Reporter:
    """Reports what happens to each order, one step after the other."""

    def __init__(self, book: Book, faults: Misbehaviour, later: Later, key_of: Callable[[str], str | None], portal: str,
                 pace: float) -> None:
        self.book, self.faults, self.later, self.key_of = book, faults, later, key_of
        self.portal, self.pace = portal.rstrip("/"), pace
        self.story: Sequence[str] = STORY  # of orders that come from now on; 'attempted:2' is a second one of its kind
        self.words: Mapping[str, str] = {}
        self._held: set[tuple[str, str]] = set()

    def follow(self, order: str) -> None:
        """Begin, or go on with, the story of an order."""
        for step in self.book.orders[order].get("story", STORY):
            if not self.book.accepted("events", f"{order}-{step}") and (order, step) not in self._held:
                self.later.at(self.pace + self.faults.lateness("events"), self._report, order, step, 0)
                return

    def go_on(self, order: str, steps: Sequence[str]) -> None:
        """Tell more of an order whose story has been told."""
        with self.book.lock:
            known = self.book.orders[order]
            known["story"] = [*known.get("story", STORY), *steps]
        self.follow(order)

    def _report(self, order: str, step: str, tries: int) -> None:
        if tries == 0 and (order, step) not in self._held and self._goes_astray(order, step):
            return
        answer = self._post(order, step)
        self.book.note("events", f"{order}-{step}", shipment=order, status=step, accepted=answer == 202, answer=answer)
        if self.faults.strikes("events", "duplicate"):
            self._post(order, step)
        if answer == 202 and (order, step) not in self._held:
            self.follow(order)
        elif answer != 202 and worth_another_try(answer, tries) and not self.later.stopping:
            self.later.at(pause_before(tries), self._report, order, step, tries + 1)

    def _goes_astray(self, order: str, step: str) -> bool:
        """A report that never leaves, or leaves after the one that follows it."""
        if self.faults.strikes("events", "lose"):
            self.book.note("events", f"{order}-{step}", shipment=order, status=step, accepted=True, lost=True)
        elif self.faults.strikes("events", "reorder"):
            self._held.add((order, step))
            self.later.at(self.pace * HELD, self._report, order, step, 0)
        else:
            return False
        self.follow(order)
        return True

    def _post(self, order: str, step: str) -> int:
        known, status = self.book.orders[order], step.partition(":")[0]
        content = {"event_id": f"{order}-{step}", "shipment": order, "status": self.words.get(status, status),
                   "waybill": known["waybill"], "happened_at": clock.now().isoformat()}
        carrier = known["carrier"]
        return tell(f"{self.portal}/api/v1/carriers/{carrier}/events/", self.key_of(carrier) or "", content)


class Deliveries:
    """Reports what became of each text: {"report_id", "id", "status": delivered or failed, "at"}, signed like a carrier's events."""

    def __init__(self, book: Book, faults: Misbehaviour, later: Later, provider_of: Known, portal: str, pace: float) -> None:
        self.book, self.faults, self.later, self.provider_of = book, faults, later, provider_of
        self.portal, self.pace = portal.rstrip("/"), pace

    def follow(self, door: str, key: str) -> None:
        """Report on a text, unless that has been done or the door belongs to nobody who wants reports."""
        if not self.book.accepted("reports", f"{door}:{key}") and self.provider_of(f"/{door}") is not None:
            late = self.pace * HELD if self.faults.strikes("reports", "reorder") else self.pace
            self.later.at(late + self.faults.lateness("reports"), self._begin, door, key)

    def _begin(self, door: str, key: str) -> None:
        if self.faults.strikes("reports", "lose"):
            self.book.note("reports", f"{door}:{key}", accepted=True, lost=True)
            return
        self._report(door, key, "failed" if self.faults.strikes("reports", "undelivered") else "delivered", 0)

    def _report(self, door: str, key: str, status: str, tries: int) -> None:
        provider = self.provider_of(f"/{door}")
        if provider is None:
            return
        code, secret = provider
        content = {"report_id": f"{key}-{status}", "id": key, "status": status, "at": clock.now().isoformat()}
        url = f"{self.portal}/api/v1/messages/{code}/reports/"
        answer = tell(url, secret, content)
        taken = 200 <= answer < 300
        self.book.note("reports", f"{door}:{key}", status=status, accepted=taken, answer=answer)
        if self.faults.strikes("reports", "duplicate"):
            tell(url, secret, content)
        if not taken and worth_another_try(answer, tries) and not self.later.stopping:
            self.later.at(pause_before(tries), self._report, door, key, status, tries + 1)
