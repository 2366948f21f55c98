"""The HTTP skeleton of services outside the portal that are simulated for the demo and the tests: a server that does not shout, and a
door that reads JSON, answers it, and can lose an answer."""
import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class OutsideServer(ThreadingHTTPServer):
    """One thread a connection; all end with the process."""

    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A caller that hangs up is nothing to shout about."""


class OutsideDoor(BaseHTTPRequestHandler):
    """One connection. `silent`: what was asked is done, but its answer is lost."""

    protocol_version = "HTTP/1.1"
    timeout = 30
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

    def answer(self, status: int, content: dict[str, Any]) -> None:
        """JSON, unless the answer is lost."""
        self.send(status, json.dumps(content, ensure_ascii=False).encode(), "application/json; charset=utf-8")

    def send(self, status: int, body: bytes, kind: str) -> None:
        """Bytes of a kind, unless the answer is lost: then the connection is closed without a word."""
        if self.silent:
            self.silent, self.close_connection = False, True
            return
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
