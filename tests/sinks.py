"""Real servers on the loopback that take what the portal sends out: the simulator of carrier and SMS gateway, a mail server."""
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.message import Message
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP

from postal.carriers.simulator import Simulator

KEY = "khoa-thu-nghiem"


@contextmanager
def simulator(*, portal: str = "http://127.0.0.1:9", **options: Any) -> Iterator[Simulator]:
    """The simulator in a thread of its own; without a portal it has nobody to report to."""
    server = Simulator(key_of=lambda code: KEY if code else None, portal=portal, **{"pace": 3600.0, **options})
    thread = threading.Thread(target=server.serve, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join(15)


class Mailbox:
    """Takes every letter, except to the recipients told otherwise: address → the answer they get."""

    def __init__(self) -> None:
        self.letters: list[Message] = []
        self.answers: dict[str, str] = {}

    async def handle_RCPT(self, server: SMTP, session: Any, envelope: Any, address: str, options: list[str]) -> str:
        answer = self.answers.get(address, "250 OK")
        if answer.startswith("2"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: SMTP, session: Any, envelope: Any) -> str:
        self.letters.append(message_from_bytes(envelope.content))
        return "250 OK"


@contextmanager
def mail_server(port: int = 0) -> Iterator[tuple[Mailbox, int]]:
    """A mail server and its port."""
    mailbox = Mailbox()
    controller = Controller(mailbox, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield mailbox, controller.server.sockets[0].getsockname()[1]
    finally:
        controller.stop()
