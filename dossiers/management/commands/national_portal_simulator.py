"""manage.py national_portal_simulator --port N: a National Portal to try the bridge with."""
import signal
import threading
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from dossiers.bridge_simulator import Simulator


class Command(BaseCommand):
    """Runs until it is interrupted or told to end."""

    help = "Run a simulated National Portal: POST /goi-tin, GET /ho-so, POST /nop, GET /log, POST /faults."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Where to listen."""
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=8004)

    def handle(self, *args: Any, **options: Any) -> None:
        """Serve."""
        try:
            server = Simulator(key=settings.NATIONAL_PORTAL_KEY, host=options["host"], port=options["port"])
        except OSError as error:
            raise CommandError(f"Can't listen on {options['host']}:{options['port']}: {error.strerror}") from error
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: threading.Thread(target=server.shutdown).start())
        self.stdout.write(f"The simulated National Portal listens on {server.url}.")
        with server:
            server.serve_forever(poll_interval=0.1)
