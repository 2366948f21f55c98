"""The simulator: a real server that takes each id once, reports back to the portal, misbehaves on demand, and remembers."""
import json
import time
import uuid
from pathlib import Path
from typing import Any

import pytest
import requests

from dossiers.models import Dossier
from dossiers.states import State as DossierState
from postal.carriers.signature import sign
from postal.models import Carrier, CarrierEvent, Shipment
from postal.services import dispatch, pulling
from postal.states import State
from tests.portal import Portal
from tests.sinks import KEY, simulator


def order(url: str, key: str, *, signed: str | None = None) -> requests.Response:
    body = json.dumps({"carrier": "buu-dien", "recipient": {"name": "Mẫu"}}).encode()
    headers = {"Idempotency-Key": key, "X-Signature": sign(KEY, body) if signed is None else signed}
    return requests.post(f"{url}/orders", data=body, headers=headers, timeout=5)


def sms(url: str, key: str) -> requests.Response:
    return requests.post(f"{url}/sms", json={"id": key, "to": "0912345678", "text": "Chào"}, timeout=5)


def test_it_takes_each_id_once_and_counts_every_attempt():
    key = str(uuid.uuid4())
    with simulator() as server:
        first, second = order(server.url, key), order(server.url, key)
        assert [first.status_code, second.status_code] == [201, 200]
        assert first.json()["waybill"] == second.json()["waybill"]
        assert [sms(server.url, "a").status_code, sms(server.url, "a").status_code] == [202, 409]
        log = requests.get(f"{server.url}/log", timeout=5).json()
        assert log["counts"].items() >= {"orders": {"ids": 1, "attempts": 2}, "sms": {"ids": 1, "attempts": 2}, "events": {"ids": 0, "attempts": 0}}.items()
        assert requests.get(f"{server.url}/sms", timeout=5).json()["a"]["text"] == "Chào"


def test_it_refuses_what_is_not_signed_or_makes_no_sense():
    with simulator() as server:
        assert order(server.url, str(uuid.uuid4()), signed="sha256=0").status_code == 401
        assert order(server.url, "no-uuid").status_code == 422
        assert requests.post(f"{server.url}/sms", json={"id": "a"}, timeout=5).status_code == 422
        assert requests.post(f"{server.url}/sms", data=b"{", timeout=5).status_code == 400
        assert requests.post(f"{server.url}/faults", json={"fail": "many"}, timeout=5).status_code == 400
        assert requests.post(f"{server.url}/nowhere", json={}, timeout=5).status_code == 404
        assert requests.get(f"{server.url}/nowhere", timeout=5).status_code == 404
        assert server.book.told()["counts"]["orders"]["ids"] == 0


def test_it_misbehaves_as_often_as_it_is_told():
    with simulator() as server:
        requests.post(f"{server.url}/faults", json={"fail": 1, "lose": 1}, timeout=5)
        assert sms(server.url, "a").status_code == 500
        with pytest.raises(requests.ConnectionError):
            sms(server.url, "a")
        assert sms(server.url, "a").status_code == 409, "the lost one had been done"


def test_with_a_journal_it_remembers(tmp_path: Path):
    journal, key = tmp_path / "journal", str(uuid.uuid4())
    with simulator(journal=journal) as server:
        waybill = order(server.url, key).json()["waybill"]
        sms(server.url, "a")
    with journal.open("a") as file:
        file.write('{"kind": "sms", "id"')  # killed while it wrote
    with simulator(journal=journal) as server:
        again = order(server.url, key)
        assert (again.status_code, again.json()["waybill"]) == (200, waybill)
        assert sms(server.url, "a").status_code == 409


@pytest.mark.django_db(transaction=True)
def test_it_reports_until_the_dossier_is_returned(live_server: Any, live_cast: Any, decided_live: Any):
    """Over real HTTP in both directions; the portal sees every event twice and counts it once."""
    with simulator(portal=live_server.url, pace=0.05) as server:
        server.faults.set({"duplicate": 3})
        Carrier.objects.create(code="buu-dien", name="Bưu điện (thử)", order_url=f"{server.url}/orders", key=KEY)
        decided_live()
        pulling.pull_decided()
        dispatch.dispatch(Shipment.objects.get().pk)
        wait_for(lambda: Dossier.objects.get().state == DossierState.RETURNED)
    assert Shipment.objects.get().state == State.DELIVERED
    assert CarrierEvent.objects.count() == 3


@pytest.fixture
def decided_live(live_cast: Any, decided_of: Any) -> Any:
    """As `decided`, committed."""
    return decided_of(live_cast)


def wait_for(happened: Any) -> None:
    until = time.monotonic() + 20
    while not happened():
        assert time.monotonic() < until
        time.sleep(0.05)


def test_after_a_restart_it_goes_on_reporting(tmp_path: Path):
    """What the portal had not accepted before the kill is reported again, under the same event id."""
    journal, key = tmp_path / "journal", str(uuid.uuid4())
    with simulator(journal=journal, pace=0.01) as server:  # nobody listens at its portal
        order(server.url, key)
        wait_for(lambda: server.book.told()["events"])
    with simulator(journal=journal, pace=0.01) as server:
        before = server.book.told()["events"][f"{key}-collected"]["attempts"]
        wait_for(lambda: server.book.told()["events"][f"{key}-collected"]["attempts"] > before)
        assert list(server.book.told()["events"]) == [f"{key}-collected"]


@pytest.mark.django_db(transaction=True)
def test_the_command_serves_and_reads_the_key_from_the_carrier_s_row(tmp_path: Path):
    Carrier.objects.create(code="buu-dien", name="Bưu điện (thử)", order_url="http://127.0.0.1:9/", key=KEY)
    portal = Portal(tmp_path / "portal")
    try:
        portal.start("carrier")
        assert order(portal.simulator_url, str(uuid.uuid4())).status_code == 201
        assert order(portal.simulator_url, str(uuid.uuid4()), signed="sha256=0").status_code == 401
    finally:
        portal.stop()
    assert "Traceback" not in portal.log("carrier")
