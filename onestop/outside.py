"""The HTTP skeleton of services outside the portal that are simulated for the demo and the tests: a server that does not shout, a door
that reads JSON, answers it, and can lose an answer, and how often such a service misbehaves."""
import json
import threading
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Faults:
    """How a simulated service misbehaves from now on: how often each named fault still strikes, and numbers such as `delay` in seconds."""

    def __init__(self, *names: str, **numbers: float) -> None:
        self.lock = threading.RLock()
        self.left = dict.fromkeys(names, 0)
        self.numbers = {"delay": 0.0, **numbers}

    @property
    def delay(self) -> float:
        """Seconds by which an answer is late."""
        return self.numbers["delay"]

    def set(self, wanted: Mapping[str, Any]) -> None:
        """Take the numbers given; others stay. Raises TypeError or ValueError, before any is taken, where one is no number."""
        numbers = {name: float(wanted[name]) for name in self.numbers if name in wanted}
        counts = {name: int(wanted[name]) for name in self.left if name in wanted}
        with self.lock:
            self.numbers.update(numbers)
            self.left.update(counts)

    def strikes(self, name: str) -> bool:
        """Whether fault `name` happens now; uses one up."""
        with self.lock:
            if self.left[name] <= 0:
                return False
            self.left[name] -= 1
            return True

    def told(self) -> dict[str, float]:
        """What is still to come."""
        with self.lock:
            return {**self.numbers, **self.left}


class OutsideServer(ThreadingHTTPServer):
    """One thread a connection; all end with the process."""

    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A caller that hangs up is nothing to shout about."""


class OutsideDoor(BaseHTTPRequestHandler):
    """One connection. `silent`: what was asked is done, but its answer is lost."""

    protocol_version = "HTTP/1.1"
    timeout = 30
    disable_nagle_algorithm = True  # head and body are two writes: the second would wait 40 ms for the first one's acknowledgement
    silent = False

    def log_message(self, format: str, *args: Any) -> None:
        """The log is at GET /log."""

    def body(self, longest: int) -> bytes:
        """What was sent, `longest` bytes of it at the most."""
        return self.rfile.read(min(int(self.headers.get("Content-Length") or 0), longest))

    @staticmethod
    def parsed(body: bytes) -> Any:
        """The JSON in a body; None where there is none."""
        try:
            return json.loads(body)
        except ValueError:
            return None

    def answer(self, status: int, content: dict[str, Any], *, headers: Mapping[str, str] | None = None) -> None:
        """JSON, unless the answer is lost."""
        self.send(status, json.dumps(content, ensure_ascii=False).encode(), "application/json; charset=utf-8", headers=headers)

    def send(self, status: int, body: bytes, kind: str, *, headers: Mapping[str, str] | None = None) -> None:
        """Bytes of a kind, unless the answer is lost: then the connection is closed without a word."""
        if self.silent:
            self.silent, self.close_connection = False, True
            return
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)
