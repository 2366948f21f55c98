"""Fixtures that every test may use: the cast, a frozen working morning, private folders."""
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.core.cache import cache
from django.db import connection

from bookings import facts
from onestop import clock, moments
from tests import cast as casting
from tests import emptying, shared

_layers = shared.Layers()
_last: pytest.StashKey[bool] = pytest.StashKey()
PBKDF2PasswordHasher.iterations = 1_000  # what a password is worth is not what a test spends its time on


@pytest.hookimpl(tryfirst=True)
def pytest_fixture_setup(fixturedef: pytest.FixtureDef[Any], request: pytest.FixtureRequest) -> None:
    """Rows that the tests of a file share are there before a test opens its transaction."""
    if fixturedef.argname == shared.HELPER:
        _layers.under(request.node)
        if request.node.stash[_last]:
            fixturedef.addfinalizer(lambda: _layers.end_of_file(request.node))


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> None:
    """Note whether a test is the last one of its file for now."""
    item.stash[_last] = nextitem is None or nextitem.path != item.path


@pytest.fixture
@shared.rows
def cast() -> casting.Cast:
    """The cast, in a transaction that is rolled back."""
    return casting.build()


@pytest.fixture
def live_cast(transactional_db: None) -> casting.Cast:
    """The cast committed, for tests with threads, processes or a running server."""
    return casting.build()


@pytest.fixture
def morning() -> Iterator[datetime]:
    """The clock held at a working morning: Wednesday 25/11/2026, 09:00."""
    with clock.frozen(casting.WORKDAY_MORNING) as moment:
        yield moment


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """What is remembered for a moment grows older only by later(seconds): no test depends on how fast the machine is."""
    held = [1000.0]
    monkeypatch.setattr(moments, "time", SimpleNamespace(monotonic=lambda: held[0]))

    def pass_by(seconds: float) -> None:
        held[0] += seconds

    return pass_by


@pytest.fixture(autouse=True)
def private_folders(settings, tmp_path: Path) -> Iterator[None]:  # type: ignore[no-untyped-def]
    """Files of a test go to its own folder, the cache starts empty, jobs wait in memory."""
    settings.MEDIA_ROOT = tmp_path / "files"
    cache.clear()
    moments.forget()
    facts.forget()
    yield


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker) -> Iterator[None]:  # type: ignore[no-untyped-def]
    """PostgreSQL drops no database that somebody still talks to: a killed worker's session may outlive it a moment."""
    emptying.install()
    yield
    with django_db_blocker.unblock():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                               " WHERE datname = current_database() AND pid <> pg_backend_pid()")
