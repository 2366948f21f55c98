"""manage.py payment_simulator --port N: a payment gateway to try the portal with."""
import signal
import threading
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from dossiers.gateway.simulator import Simulator


class Command(BaseCommand):
    """Runs until it is interrupted or told to end."""

    help = "Run a simulated payment gateway: GET /thanh-toan, POST /truy-van, GET /doi-soat, GET /log, POST /faults."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Where to listen, whom to notify."""
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=8002)
        parser.add_argument("--portal", default=settings.PUBLIC_URL, help="where the portal is reached (PUBLIC_URL)")

    def handle(self, *args: Any, **options: Any) -> None:
        """Serve."""
        try:
            server = Simulator(terminal=settings.GATEWAY_TMN, secret=settings.GATEWAY_SECRET, portal=options["portal"],
                               host=options["host"], port=options["port"])
        except OSError as error:
            raise CommandError(f"Can't listen on {options['host']}:{options['port']}: {error.strerror}") from error
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: threading.Thread(target=server.shutdown).start())
        self.stdout.write(f"The simulated payment gateway listens on {server.url} and notifies {options['portal']}.")
        server.serve_forever(poll_interval=0.1)
        server.server_close()
