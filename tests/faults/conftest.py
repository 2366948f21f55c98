"""Real processes and servers that a test may kill."""
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection

from deploy import servers
from tests.portal import Portal


@pytest.fixture
def redis_server(tmp_path: Path) -> Iterator[servers.Redis]:
    """A Redis of this test's own: kill() and start() again bring it back empty, at the same address."""
    server = servers.Redis(tmp_path / "redis").start()
    yield server
    server.stop()


@pytest.fixture
def broker(request: pytest.FixtureRequest) -> servers.Redis | None:
    """What goes with the database: a Redis of this test's own, or None, the embedded broker."""
    return request.getfixturevalue("redis_server") if connection.vendor == "postgresql" else None


@pytest.fixture
def portal(transactional_db: None, tmp_path: Path, broker: servers.Redis | None) -> Iterator[Portal]:
    """The portal's processes, none started yet."""
    found = Portal(tmp_path / "portal", broker.url if broker else "")
    yield found
    found.stop()
