"""manage.py carrier_simulator --port N: a carrier and gateways for texts to try the portal with."""
import signal
import threading
import time
from argparse import ArgumentParser
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, connection

from onestop.notify.models import Provider
from postal.carriers.simulator import Simulator
from postal.models import Carrier

SECONDS = 5.0  # how long an answer of the database is good for


class Command(BaseCommand):
    """Runs until it is interrupted or told to end."""

    help = "Run a simulated carrier, its files and gateways for texts: POST /orders, /sms, /sms2, /zalo, GET /log, POST /faults."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Where to listen, whom to report to, how fast."""
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=8001)
        parser.add_argument("--portal", default=settings.PUBLIC_URL, help="where the portal is reached (PUBLIC_URL)")
        parser.add_argument("--fast", type=float, default=20.0, metavar="SECONDS", help="seconds between two reports (20)")
        parser.add_argument("--reports", type=float, default=2.0, metavar="SECONDS", help="seconds until a text counts as delivered (2)")
        parser.add_argument("--folder", type=Path, default=Path(settings.CARRIER_FOLDER), help="folders of carriers by file")
        parser.add_argument("--journal", type=Path, metavar="FILE", help="keep the log in this file of JSON lines and go on from it")

    def handle(self, *args: Any, **options: Any) -> None:
        """Serve."""
        own = f"http://{options['host']}:{options['port']}"
        try:
            server = Simulator(key_of=Remembered(key_of), provider_of=Remembered(lambda path: provider_at(own + path)),
                               portal=options["portal"], host=options["host"], port=options["port"], pace=options["fast"],
                               journal=options["journal"], report_pace=options["reports"], folder=options["folder"])
        except OSError as error:
            raise CommandError(f"Can't listen on {options['host']}:{options['port']}: {error.strerror}") from error
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: threading.Thread(target=server.shutdown).start())
        self.stdout.write(f"The simulated carrier listens on {server.url} and reports to {options['portal']}.")
        server.serve()


class Remembered:
    """What the portal's database says, asked again after some seconds; while it can't be asked, what it said last."""

    def __init__(self, ask: Callable[[str], Any]) -> None:
        self.ask = ask
        self.known: dict[str, tuple[float, Any]] = {}

    def __call__(self, name: str) -> Any:
        at, value = self.known.get(name, (-SECONDS, None))
        if time.monotonic() - at < SECONDS:
            return value
        try:
            value = self.ask(name)
        except DatabaseError:
            if name not in self.known:
                raise
        finally:
            connection.close()
        self.known[name] = (time.monotonic(), value)
        return value


def key_of(code: str) -> str | None:
    """The key shared with a carrier, as its row has it now."""
    return Carrier.objects.filter(code=code).values_list("key", flat=True).first()


def provider_at(url: str) -> tuple[str, str] | None:
    """Code and report key of the gateway that the portal reaches at an address; None where no reports are wanted."""
    return Provider.objects.filter(url=url).exclude(report_key="").values_list("code", "report_key").first()
