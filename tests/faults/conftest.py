"""Real processes and servers that a test may kill."""
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy import servers
from tests.portal import Portal


@pytest.fixture
def redis_server(tmp_path: Path) -> Iterator[servers.Redis]:
    """A Redis of this test's own: kill() and start() again bring it back empty, at the same address."""
    server = servers.Redis(tmp_path / "redis").start()
    yield server
    server.stop()


@pytest.fixture
def portal(transactional_db: None, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Portal]:
    """The portal's processes, none started yet: on Redis where the test run has one, else on the embedded broker."""
    redis_url = request.getfixturevalue("redis_server").url if os.environ.get("REDIS_URL") else ""
    found = Portal(tmp_path / "portal", redis_url)
    yield found
    found.stop()
