"""A carrier and an SMS gateway for demonstrations and tests: a real HTTP server that can be told to misbehave.

POST /orders takes signed orders, once for each Idempotency-Key, and answers with a waybill; then it reports collected,
in_transit and delivered to the portal, signed, and tries again until they are accepted. POST /sms takes texts, once for
each id. GET /log tells everything, GET /sms the texts. POST /faults {"delay": seconds, "fail": n, "lose": n, "duplicate": n}:
answer late, answer the next n requests with 500, do the next n and hang up without an answer, report the next n events twice.
With a journal (a file of JSON lines) it goes on where it was after it has been killed.
"""
import heapq
import json
import threading
import time
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import requests

from onestop import clock
from onestop.outside import OutsideDoor, OutsideServer
from postal.carriers import signature

STORY = ("collected", "in_transit", "delivered")
LONGEST_BODY = 256 * 1024
TRY_AGAIN_SECONDS = 2.0
LONG_TRIES, SHORT_TRIES = 500, 5  # while the portal is out of reach; where it refuses


class Book:
    """What the simulator knows, in memory and, line by line, in its journal. Every attempt is counted."""

    def __init__(self, journal: Path | None = None) -> None:
        self.lock = threading.RLock()
        self.orders: dict[str, dict[str, Any]] = {}
        self.sms: dict[str, dict[str, Any]] = {}
        self.events: dict[str, dict[str, Any]] = {}
        self._read(journal)
        self._file = journal.open("a", encoding="utf-8") if journal else None
        if self._file:
            self._file.write("\n")  # ends a line that a killed simulator left half written

    def _read(self, journal: Path | None) -> None:
        for line in journal.read_text(encoding="utf-8").split("\n") if journal and journal.exists() else ():
            try:
                entry = json.loads(line)
            except ValueError:  # empty, or the last line of a simulator that was killed while it wrote
                continue
            self._apply(entry.pop("kind"), entry.pop("id"), entry)

    def note(self, kind: str, key: str, **content: Any) -> bool:
        """Write down an attempt ('orders', 'sms') or a report ('events'); whether the key was new."""
        with self.lock:
            fresh = self._apply(kind, key, content)
            if self._file:
                self._file.write(json.dumps({"kind": kind, "id": key, **content}, ensure_ascii=False) + "\n")
                self._file.flush()
        return fresh

    def _apply(self, kind: str, key: str, content: dict[str, Any]) -> bool:
        shelf: dict[str, dict[str, Any]] = getattr(self, kind)
        fresh = key not in shelf
        entry = shelf.setdefault(key, {**content, "attempts": 0})
        entry["attempts"] += 1
        entry["accepted"] = entry.get("accepted", False) or content.get("accepted", False)
        return fresh

    def told(self) -> dict[str, Any]:
        """Everything, for GET /log."""
        with self.lock:
            shelves = json.loads(json.dumps({"orders": self.orders, "sms": self.sms, "events": self.events}))
        counts = {name: {"ids": len(shelf), "attempts": sum(entry["attempts"] for entry in shelf.values())}
                  for name, shelf in shelves.items()}
        return {**shelves, "counts": counts}

    def close(self) -> None:
        """Close the journal."""
        with self.lock:
            if self._file:
                self._file.close()


class Faults:
    """How often to misbehave from now on."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.delay = 0.0
        self.left = {"fail": 0, "lose": 0, "duplicate": 0}

    def set(self, wanted: dict[str, Any]) -> None:
        """Take the numbers given; others stay."""
        with self.lock:
            self.delay = float(wanted.get("delay", self.delay))
            self.left.update({name: int(wanted[name]) for name in self.left if name in wanted})

    def strikes(self, name: str) -> bool:
        """Whether fault `name` happens now; uses one up."""
        with self.lock:
            if not self.left[name]:
                return False
            self.left[name] -= 1
            return True


class Reporter(threading.Thread):
    """Reports what happens to each order, one step after the other, again and again until the portal accepts it."""

    def __init__(self, book: Book, faults: Faults, key_of: Callable[[str], str | None], portal: str, pace: float) -> None:
        super().__init__(daemon=True, name="reporter")
        self.book, self.faults, self.key_of, self.portal, self.pace = book, faults, key_of, portal.rstrip("/"), pace
        self._waiting: list[tuple[float, int, str, str, int]] = []
        self._turn = threading.Condition()
        self._count = 0
        self._stopping = False

    def follow(self, order: str) -> None:
        """Begin, or go on with, the story of an order."""
        for status in STORY:
            if not self.book.events.get(f"{order}-{status}", {}).get("accepted"):
                self._later(self.pace, order, status, 0)
                return

    def _later(self, seconds: float, order: str, status: str, tries: int) -> None:
        with self._turn:
            self._count += 1
            heapq.heappush(self._waiting, (time.monotonic() + seconds, self._count, order, status, tries))
            self._turn.notify()

    def run(self) -> None:
        with ThreadPoolExecutor(4, thread_name_prefix="report") as pool:
            while not self._stopping:
                with self._turn:
                    due = self._waiting[0][0] - time.monotonic() if self._waiting else 1.0
                    if due > 0:
                        self._turn.wait(min(due, 1.0))
                        continue
                    _at, _number, order, status, tries = heapq.heappop(self._waiting)
                pool.submit(self._report, order, status, tries)

    def stop(self) -> None:
        """End after what is at hand."""
        self._stopping = True
        with self._turn:
            self._turn.notify()
        self.join(10)

    def _report(self, order: str, status: str, tries: int) -> None:
        answer = self._post(order, status)
        self.book.note("events", f"{order}-{status}", shipment=order, status=status, accepted=answer == 202, answer=answer)
        if self.faults.strikes("duplicate"):
            self._post(order, status)
        if answer == 202:
            self.follow(order)
        elif tries < (LONG_TRIES if answer in (0, 401, 408, 429) or answer >= 500 else SHORT_TRIES) and not self._stopping:
            self._later(TRY_AGAIN_SECONDS, order, status, tries + 1)

    def _post(self, order: str, status: str) -> int:
        """The portal's status code; 0 where it does not answer."""
        known = self.book.orders[order]
        content = {"event_id": f"{order}-{status}", "shipment": order, "status": status, "waybill": known["waybill"],
                   "happened_at": clock.now().isoformat()}
        body = json.dumps(content).encode()
        headers = {"Content-Type": "application/json", signature.HEADER: signature.sign(self.key_of(known["carrier"]) or "", body)}
        try:
            url = f"{self.portal}/api/v1/carriers/{known['carrier']}/events/"
            return requests.post(url, data=body, headers=headers, timeout=10, allow_redirects=False).status_code
        except requests.RequestException:
            return 0


class Simulator(OutsideServer):
    """The server. `key_of` gives the key shared with a carrier by its code, `pace` the seconds between two reports."""

    request_queue_size = 128

    def __init__(self, *, key_of: Callable[[str], str | None], portal: str, host: str = "127.0.0.1", port: int = 0,
                 pace: float = 20.0, journal: Path | None = None) -> None:
        super().__init__((host, port), Door)
        self.key_of = key_of
        self.book, self.faults = Book(journal), Faults()
        self.reporter = Reporter(self.book, self.faults, key_of, portal, pace)
        self.url = f"http://{host}:{self.server_port}"

    def serve(self) -> None:
        """Serve until shutdown() is called; orders known from the journal go on."""
        self.reporter.start()
        for order in list(self.book.orders):
            self.reporter.follow(order)
        try:
            self.serve_forever(poll_interval=0.1)
        finally:
            self.server_close()
            self.reporter.stop()
            self.book.close()


class Door(OutsideDoor):
    """One connection."""

    server: Simulator

    def do_GET(self) -> None:
        told = self.server.book.told()
        pages: dict[str, Any] = {"/log": told, "/sms": told["sms"]}
        self.answer(200, pages[self.path]) if self.path in pages else self.answer(404, {"code": "not_found"})

    def do_POST(self) -> None:
        body = self.body(LONGEST_BODY)
        content = self.parsed(body)
        verbs = {"/orders": self._order, "/sms": self._sms, "/faults": self._faults}
        if self.path not in verbs:
            self.answer(404, {"code": "not_found"})
        elif not isinstance(content, dict):
            self.answer(400, {"code": "invalid"})
        elif self.path == "/faults":
            self._faults(body, content)
        else:
            self._misbehaving(verbs[self.path], body, content)

    def _misbehaving(self, verb: Callable[[bytes, dict[str, Any]], None], body: bytes, content: dict[str, Any]) -> None:
        time.sleep(self.server.faults.delay)
        if self.server.faults.strikes("fail"):
            self.answer(500, {"code": "out_of_order"})
            return
        self.silent = self.server.faults.strikes("lose")
        verb(body, content)

    def _order(self, body: bytes, content: dict[str, Any]) -> None:
        key, carrier = self.headers.get("Idempotency-Key", ""), str(content.get("carrier"))
        secret = self.server.key_of(carrier)
        if secret is None or not signature.matches(secret, body, self.headers.get(signature.HEADER, "")):
            self.answer(401, {"code": "wrong_signature"})
            return
        try:
            waybill = f"BD{uuid.UUID(key).int % 10 ** 11:011d}VN"
        except ValueError:
            self.answer(422, {"code": "no_idempotency_key"})
            return
        fresh = self.server.book.note("orders", key, carrier=carrier, waybill=waybill, recipient=content.get("recipient"))
        if fresh:
            self.server.reporter.follow(key)
        self.answer(201 if fresh else 200, {"waybill": waybill, "status": "created" if fresh else "duplicate"})

    def _sms(self, body: bytes, content: dict[str, Any]) -> None:
        key = str(content.get("id") or "")
        if not key or not content.get("to") or not content.get("text"):
            self.answer(422, {"code": "incomplete"})
            return
        fresh = self.server.book.note("sms", key, to=content["to"], text=content["text"])
        self.answer(202 if fresh else 409, {"id": key, "status": "accepted" if fresh else "duplicate"})

    def _faults(self, body: bytes, content: dict[str, Any]) -> None:
        try:
            self.server.faults.set(content)
        except (TypeError, ValueError):
            self.answer(400, {"code": "invalid"})
            return
        self.answer(200, {"delay": self.server.faults.delay, **self.server.faults.left})
