"""What the tests of offices start from: draft and approved calendars made by the services, a signed-in browser."""
from collections.abc import Callable

import pytest
from django.test import Client

from onestop.people.models import User
from tests.cast import Cast


@pytest.fixture
def sign_in(cast: Cast) -> Callable[[User], Client]:
    """A browser in which a person of the cast is signed in."""

    def browser(user: User) -> Client:
        client = Client()
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        return client

    return browser
