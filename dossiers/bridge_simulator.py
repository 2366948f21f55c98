"""A National Portal for demonstrations and tests: a real HTTP server that can be told to misbehave. It stands alone.

POST /goi-tin takes signed status packets, once for each Idempotency-Key. GET /ho-so?cursor= lists dossiers filed there, signed over
the cursor. POST /nop puts dossiers on that list. GET /log tells everything. POST /faults {"delay": seconds, "fail": n, "lose": n,
"duplicate": n}: answer late, answer the next n with 503, do the next n and hang up without an answer, list the next n pages twice.
"""
from __future__ import annotations

import threading
import time
from typing import Any
from urllib.parse import parse_qs, urlsplit

from dossiers import bridge_wire
from onestop import signature
from onestop.outside import Faults, OutsideDoor, OutsideServer

LONGEST_BODY = 4 * 1024 * 1024
PAGE = 50


class Book:
    """What arrived and what was filed."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.packets: dict[str, dict[str, Any]] = {}
        self.order: list[str] = []
        self.attempts = 0
        self.filed: list[dict[str, Any]] = []
        self.faults = Faults("fail", "lose", "duplicate")

    def take(self, key: str, content: dict[str, Any]) -> bool:
        """Note a packet; whether its key was new."""
        with self.lock:
            self.attempts += 1
            fresh = key not in self.packets
            if fresh:
                self.packets[key] = content
                self.order.append(key)
            return fresh

    def page(self, cursor: str) -> dict[str, Any]:
        """PAGE dossiers from a cursor on; a page may be listed twice."""
        with self.lock:
            first = int(cursor) if cursor.isdigit() else 0
            rows = self.filed[first:first + PAGE]
            if self.faults.strikes("duplicate"):
                return {"ho_so": rows, "cursor": str(first)}
            return {"ho_so": rows, "cursor": str(first + len(rows))}

    def told(self) -> dict[str, Any]:
        """Everything, for GET /log: packets in the order of their arrival."""
        with self.lock:
            return {"packets": [self.packets[key] for key in self.order], "attempts": self.attempts, "filed": len(self.filed)}


class Simulator(OutsideServer):
    """The server; `key` is shared with the portal."""

    def __init__(self, *, key: str, host: str = "127.0.0.1", port: int = 0) -> None:
        super().__init__((host, port), Door)
        self.key, self.book = key, Book()
        self.url = f"http://{host}:{self.server_port}"


class Door(OutsideDoor):
    """One connection."""

    server: Simulator

    def do_GET(self) -> None:
        address = urlsplit(self.path)
        if address.path == "/log":
            self.answer(200, self.server.book.told())
        elif address.path == "/ho-so":
            cursor = parse_qs(address.query).get("cursor", [""])[0]
            if self._well_behaved(cursor.encode()):
                self.answer(200, self.server.book.page(cursor))
        else:
            self.answer(404, {"code": "not_found"})

    def do_POST(self) -> None:
        body = self.body(LONGEST_BODY)
        content = self.parsed(body)
        if self.path == "/goi-tin" and isinstance(content, dict):
            self._packet(body, content)
        elif self.path == "/nop" and isinstance(content, list):
            self.server.book.filed.extend(content)
            self.answer(201, {"filed": len(self.server.book.filed)})
        elif self.path == "/faults" and isinstance(content, dict):
            self._faults(content)
        else:
            self.answer(400, {"code": "invalid"})

    def _packet(self, body: bytes, content: dict[str, Any]) -> None:
        key = self.headers.get(bridge_wire.KEY, "")
        if not self._well_behaved(body):
            return
        if not key or content.get("id") != key:
            self.answer(422, {"code": "no_idempotency_key"})
            return
        fresh = self.server.book.take(key, content)
        time.sleep(self.server.book.faults.delay)
        self.silent = self.server.book.faults.strikes("lose")
        self.answer(201 if fresh else 409, {"status": "accepted" if fresh else "duplicate"})

    def _well_behaved(self, signed: bytes) -> bool:
        """Whether to go on: no fault strikes and the signature is right; otherwise it is answered."""
        if self.server.book.faults.strikes("fail"):
            self.answer(503, {"code": "out_of_order"})
        elif not signature.matches(self.server.key, signed, self.headers.get(signature.HEADER, "")):
            self.answer(401, {"code": "wrong_signature"})
        else:
            return True
        return False

    def _faults(self, content: dict[str, Any]) -> None:
        try:
            self.server.book.faults.set(content)
        except (TypeError, ValueError):
            self.answer(400, {"code": "invalid"})
            return
        self.answer(200, self.server.book.faults.told())
