"""Load the demonstration once: offices, letters, catalogue, people, sessions, dossiers."""
import time
from argparse import ArgumentParser
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from onestop.people import tokens
from onestop.people.demo import PEOPLE


class Command(BaseCommand):
    """Asks each app's demo.py by name, lowest first; running it again only completes what is missing."""

    help = "Loads the demonstration data; safe to run again."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--password", default="", help="password of the demo accounts (else DEMO_PASSWORD, else made)")

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.PRODUCTION:
            raise CommandError("load_demo is refused with production settings: demo accounts don't belong there.")
        password = options["password"] or settings.DEMO_PASSWORD or tokens.new_secret(12)
        for config in apps.get_app_configs():
            name = f"{config.name}.demo"
            if config.name.startswith("django.") or find_spec(name) is None:
                continue
            started = time.monotonic()
            import_module(name).load(password=password, say=self.stdout.write)
            self.stdout.write(f"  {config.label}: {time.monotonic() - started:.1f} s")
        self.stdout.write(f"Demo accounts, all with the password {password}")
        for username, full_name in PEOPLE.items():
            self.stdout.write(f"  {username:<22}{full_name}")
