"""The tracking page is remembered under everything that it says: nothing stale, and nobody sees it without the second factor."""
from datetime import timedelta

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from dossiers.models import Dossier
from dossiers.services import processing
from onestop import clock
from tests.pages.conftest import received, text_of, url


def opened(client, dossier):
    return client.post(url("dossiers:track"), {"ma": dossier.code, "so": "5678"}).url


def below_the_head(answer):
    return text_of(answer).partition("<main")[2]


def test_looked_at_again_it_costs_two_queries_and_says_the_same(live_cast, morning, client):
    address = opened(client, received(live_cast))
    before = below_the_head(client.get(address))
    with CaptureQueriesContext(connection) as seen:
        assert below_the_head(client.get(address)) == before
    assert len(seen) == 2


def test_what_happens_is_seen_at_once(live_cast, morning, client):
    dossier = received(live_cast)
    address = opened(client, dossier)
    assert "Bắt đầu giải quyết" not in text_of(client.get(address))
    processing.start(actor=live_cast.specialist, dossier=dossier, via="web")
    assert "Bắt đầu giải quyết" in text_of(client.get(address))


def test_it_is_late_from_the_minute_on(live_cast, morning, client):
    dossier = received(live_cast)
    address = opened(client, dossier)
    assert "Quá hạn" not in text_of(client.get(address))
    due = Dossier.objects.get(pk=dossier.pk).due_at
    with clock.frozen(due + timedelta(minutes=1)):
        client.get(address)
        fresh = Client()
        assert "Quá hạn" in text_of(fresh.get(opened(fresh, dossier)))


def test_remembered_for_one_browser_it_opens_for_no_other(live_cast, morning, client):
    address = opened(client, received(live_cast))
    assert client.get(address).status_code == 200
    assert Client().get(address).status_code == 302


def test_each_language_has_its_own(live_cast, morning, client):
    address = opened(client, received(live_cast))
    assert "Vì sao là ngày này?" in text_of(client.get(address))
    assert "Vì sao là ngày này?" not in text_of(client.get(address, headers={"accept-language": "en"}))
