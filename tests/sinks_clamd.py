"""clamd as an outside service: a socket that speaks its INSTREAM protocol and knows one virus, the harmless EICAR test text."""
import socketserver
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$" + rb"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


class Clamd:
    """What was asked of it, and how it is to behave: 'ok', 'error' (can't tell) or 'drop' (hangs up)."""

    def __init__(self) -> None:
        self.seen: list[bytes] = []
        self.mood = "ok"
        self.url = ""


def _handler(clamd: Clamd) -> type[socketserver.StreamRequestHandler]:
    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            command = self.rfile.readline().strip()
            if clamd.mood == "drop" or command != b"nINSTREAM":
                return
            content = b""
            while length := struct.unpack("!L", self.rfile.read(4))[0]:
                content += self.rfile.read(length)
            clamd.seen.append(content)
            answer = b"stream: Win.Test.EICAR_HDB-1 FOUND\n" if EICAR in content else b"stream: OK\n"
            self.wfile.write(b"INSTREAM size limit exceeded. ERROR\n" if clamd.mood == "error" else answer)

    return Handler


class _Unix(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True


class _Network(socketserver.ThreadingTCPServer):
    daemon_threads, allow_reuse_address = True, True


@contextmanager
def clamd(path: Path | None = None) -> Iterator[Clamd]:
    """A clamd on the loopback, or on a socket file at `path`."""
    service = Clamd()
    server = _Unix(str(path), _handler(service)) if path else _Network(("127.0.0.1", 0), _handler(service))
    service.url = f"unix://{path}" if path else f"tcp://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield service
    finally:
        server.shutdown()
        server.server_close()
