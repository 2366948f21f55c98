"""A PostgreSQL of a test's own, which it may kill: the test's database is copied there, and this process uses it meanwhile."""
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.db import connection

from deploy import servers
from tests.portal import database_url


@contextmanager
def own_postgres() -> Iterator[servers.Postgres]:
    """The server, durable as in production, with a copy of the test's database in it."""
    folder = Path(tempfile.mkdtemp(prefix="onestop-own-"))
    folder.chmod(0o711)  # PostgreSQL's user passes through
    server = servers.Postgres(folder / "postgresql", durable=True)
    try:
        server.start()
        _copy(database_url(), server.url)
        with _connected_to(server.url):
            yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _copy(source: str, target: str) -> None:
    folder = servers.find_postgres()
    assert folder is not None
    dump = subprocess.run([folder / "pg_dump", "--no-owner", "--dbname", _dsn(source)], check=True, capture_output=True)
    subprocess.run([folder / "psql", "--quiet", "--set", "ON_ERROR_STOP=1", "--dbname", _dsn(target)], check=True, input=dump.stdout,
                   stdout=subprocess.DEVNULL, env={**os.environ, "PGOPTIONS": "-c synchronous_commit=off"})


def _dsn(url: str) -> str:
    return url.replace("postgres://", "postgresql://", 1)


def _connected_to(url: str) -> AbstractContextManager[None]:
    """Django's connection of this process leads there within the block."""
    parts = urlsplit(url)
    return connected_to(HOST=parts.hostname, PORT=parts.port, USER=parts.username, PASSWORD=parts.password, NAME=parts.path.lstrip("/"))


@contextmanager
def connected_to(**there: Any) -> Iterator[None]:
    """Django's connection of this process has these settings within the block."""
    here = {name: connection.settings_dict[name] for name in there}
    connection.close()
    connection.settings_dict.update(there)
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict.update(here)
