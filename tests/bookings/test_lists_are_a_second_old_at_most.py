"""The list of free places may be remembered for a second; it counts against the caller's limit all the same."""
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from bookings.models import Slot
from bookings.services import sessions
from onestop import clock
from onestop.people.rest import throttles

pytestmark = pytest.mark.usefixtures("later")


@pytest.fixture
def ask(live_cast, client):
    first = clock.today() + timedelta(days=2)
    sessions.generate(office=live_cast.office, first=first, days=6)

    def get(**more):
        return client.get("/api/v1/availability/", {"office": live_cast.office.code, "procedure": live_cast.procedure.code,
                                                    "from": first.isoformat(), "to": (first + timedelta(days=5)).isoformat()}, **more)

    return get


def left(answer):
    return sum(slot["people_left"] for day in answer.json()["days"] for part in day["sessions"] for slot in part["slots"])


def test_it_is_remembered_for_a_second_and_no_longer(ask, later):
    before = left(ask())
    Slot.objects.update(capacity=1)
    with CaptureQueriesContext(connection) as statements:
        assert left(ask()) == before
    assert len(statements) == 0
    later(1.05)
    assert left(ask()) == Slot.objects.count() < before


def test_each_language_has_its_own(ask):
    for language, asked in (("vi", True), ("en", True), ("vi", False)):
        with CaptureQueriesContext(connection) as statements:
            assert ask(headers={"accept-language": language}).status_code == 200
        assert bool(len(statements)) == asked


def test_remembered_answers_count(ask, monkeypatch):
    throttles._windows.clear()
    monkeypatch.setitem(throttles.api_settings.DEFAULT_THROTTLE_RATES, "caller", "5/min")
    assert [ask().status_code for _call in range(6)] == [200] * 5 + [429]


def test_errors_are_not_remembered(ask, client):
    assert [client.get("/api/v1/availability/?office=khong-co&procedure=1").status_code for _call in range(2)] == [404, 404]
