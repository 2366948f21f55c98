"""API_RATE: each process counts by itself, tells the others in packs, and asks before it refuses anybody."""
import pytest
from django.core.cache import cache

from onestop import clock
from onestop.people.rest import throttles


@pytest.fixture(autouse=True)
def fresh(monkeypatch, morning):
    throttles._windows.clear()
    monkeypatch.setitem(throttles.api_settings.DEFAULT_THROTTLE_RATES, "caller", "600/min")


def told():
    return cache.get(f"throttle:a:{int(clock.now().timestamp() // 60)}")


def test_one_process_stops_at_the_limit():
    assert [throttles.seconds_to_wait("a") for _call in range(600)] == [0.0] * 600
    assert 0 < throttles.seconds_to_wait("a") <= 60
    assert throttles.seconds_to_wait("b") == 0


def test_what_others_told_counts():
    assert throttles.seconds_to_wait("a") == 0
    cache.incr(f"throttle:a:{int(clock.now().timestamp() // 60)}", 598)
    calls = [throttles.seconds_to_wait("a") == 0 for _call in range(20)]
    assert calls[0] and not any(calls[7:]), "at most a pack of six is let through before the others are asked"


def test_the_others_are_told_of_six_calls_at_once():
    for _call in range(6):
        throttles.seconds_to_wait("a")
    assert told() == 1
    throttles.seconds_to_wait("a")
    assert told() == 7


def test_nobody_is_refused_on_old_hearsay():
    for _call in range(600):
        throttles.seconds_to_wait("a")
    cache.clear()
    assert throttles.seconds_to_wait("a") == 0


def test_a_new_minute_begins_at_nothing():
    for _call in range(601):
        throttles.seconds_to_wait("a")
    with clock.frozen(clock.now().replace(minute=1)):
        assert throttles.seconds_to_wait("a") == 0


@pytest.mark.parametrize(("scope", "address"), [("carrier", "/api/v1/carriers/buu-dien/events/"),
                                                 ("gateway", "/api/v1/messages/sms/reports/")])
def test_partners_who_report_have_a_limit_of_their_own(db, client, monkeypatch, scope, address):
    monkeypatch.setitem(throttles.api_settings.DEFAULT_THROTTLE_RATES, "caller", "1/min")
    monkeypatch.setitem(throttles.api_settings.DEFAULT_THROTTLE_RATES, scope, "3/min")
    answers = [client.post(address, {}, content_type="application/json").status_code for _report in range(4)]
    assert 429 not in answers[:3] and answers[3] == 429
    assert client.get("/api/v1/offices/").status_code == 200, "what others ask from the same address is counted apart"
