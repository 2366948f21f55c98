"""Everything the portal needs before it serves, in one process of the virtual environment: translations, database,
demo data, static files. Started by deploy/run.py; running it again does only what is missing."""
import hashlib
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import django
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import CommandError

from deploy import translations
from deploy.environment import ROOT, say


def main() -> int:
    """Prepare; the exit code."""
    with _step("Compiling the translations"):
        translations.compile_all()
    django.setup()
    try:
        with _step("Bringing the database up to date"):
            call_command("migrate", verbosity=0, interactive=False)
        if _static_changed():
            with _step("Collecting the static files"):
                call_command("collectstatic", verbosity=0, interactive=False)
                _stamp().write_text(_digest())
        if not settings.PRODUCTION:
            with _step("Looking after the demo data"):
                call_command("load_demo")
    except CommandError as problem:
        say(str(problem))
        return 1
    return 0


@contextmanager
def _step(title: str) -> Iterator[None]:
    begun = time.monotonic()
    say(title)
    yield
    if time.monotonic() - begun > 5:
        say(f"  done in {time.monotonic() - begun:.0f} s")


def _stamp() -> Path:
    return Path(settings.STATIC_ROOT) / "collected"


def _digest() -> str:
    """Of all that collectstatic depends on: compressing some megabytes again at every start would take seconds."""
    digest = hashlib.sha256((ROOT / "requirements.txt").read_bytes() + str(settings.DEBUG).encode())
    for path in sorted((ROOT / "static").rglob("*")):
        if path.is_file():
            digest.update(f"{path.relative_to(ROOT)}\0".encode() + path.read_bytes())
    return digest.hexdigest()


def _static_changed() -> bool:
    return not _stamp().exists() or _stamp().read_text() != _digest()


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "onestop.settings")
    sys.exit(main())
