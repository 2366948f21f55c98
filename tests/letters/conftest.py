"""The demonstration, loaded once for all tests of the letters; each test undoes what it did."""
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from django.db import transaction

from onestop import clock
from onestop.catalogue import demo as catalogue
from onestop.directives import demo as directives
from onestop.offices import demo as offices
from onestop.people import demo as people
from tests.letters.replay import Replay

# The demonstration is loaded on a day of its own, so that only the true letters hold on the days that are replayed.
LOADED_ON = clock.at(date(2026, 11, 25), 8)


@pytest.fixture(scope="package")
def loaded(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """People, offices, calendars, catalogue and the five letters in a transaction that is undone after the last test."""
    with django_db_blocker.unblock(), transaction.atomic():
        with clock.frozen(LOADED_ON):
            for part in (people, offices, catalogue, directives):
                part.load(password="mat-khau-minh-hoa", say=lambda sentence: None)
        yield
        transaction.set_rollback(True)


@pytest.fixture
def replay(loaded: None, db: None, settings: Any) -> Replay:
    """The portal on the days of a letter, in this test's own savepoint."""
    settings.SEND_TIMEOUT_SECONDS = 1
    return Replay()
