"""manage.py import_national FILE: dossiers filed on the National Portal, from a JSON or CSV file of any length."""
from argparse import ArgumentParser
from collections import Counter
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from dossiers.services import bridge
from onestop.transitions import Refused


class Command(BaseCommand):
    """The same file again goes on where it stopped and makes nothing twice."""

    help = "Read dossiers filed on the National Portal from a JSON or CSV file."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The file."""
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        """Read it and say what became of its rows."""
        path: Path = options["file"]
        try:
            batch = bridge.import_file(actor=None, name=path.name, content=path.read_bytes(), most=settings.BRIDGE_FILE_ROWS)
        except OSError as error:
            raise CommandError(f"{path}: {error.strerror}") from error
        except Refused as refusal:
            raise CommandError(str(refusal)) from refusal
        counts = Counter(batch.rows.values_list("state", flat=True))
        self.stdout.write(f"{path.name}: {counts['made']} new, {counts['known']} known, {counts['rejected']} rejected.")
        for row in batch.rows.filter(state="rejected")[:20]:
            self.stdout.write(f"  line {row.line} ({row.code or '-'}): {row.problem}")
