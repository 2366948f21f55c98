"""The simulator: a real server that takes each id once, reports back to the portal, misbehaves on demand, and remembers."""
import json
import threading
import time
import uuid
from pathlib import Path
from typing import Any

import pytest
import requests

from dossiers.models import Dossier
from dossiers.states import State as DossierState
from onestop.outside import OutsideDoor, OutsideServer
from onestop.signature import sign
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
        none, twice = {"ids": 0, "attempts": 0}, {"ids": 1, "attempts": 2}
        assert log["counts"] == {**dict.fromkeys(log["counts"], none), "orders": twice, "sms": twice}
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


def zalo(url: str, key: str, to: str = "u-1", token: str = "t") -> dict[str, Any]:
    content = {"recipient": {"user_id": to}, "message": {"text": "Chào"}, "tracking_id": key}
    answer = requests.post(f"{url}/zalo", json=content, headers={"access_token": token} if token else {}, timeout=5)
    assert answer.status_code == 200, "it says everything in the body"
    return dict(answer.json())


def test_each_door_has_faults_of_its_own():
    with simulator() as server:
        requests.post(f"{server.url}/faults", json={"sms": {"fail": 1}, "zalo": {"fail": 1}, "sms2": {"rate": 2}}, timeout=5)
        assert order(server.url, str(uuid.uuid4())).status_code == 201
        assert [sms(server.url, "a").status_code, sms(server.url, "a").status_code] == [500, 202]
        assert [zalo(server.url, "z")["error"], zalo(server.url, "z")["error"], zalo(server.url, "z")["error"]] == [-100, 0, -131]
        assert [zalo(server.url, "y", token="")["error"], zalo(server.url, "y", to="khong-quen")["error"]] == [-216, -213]
        answers = [requests.post(f"{server.url}/sms2", json={"id": str(number), "to": "0912345678", "text": "x"}, timeout=5)
                   for number in range(7)]
        slow = [answer for answer in answers if answer.status_code == 429]
        assert slow and all(answer.headers["Retry-After"] == "1" for answer in slow)
        assert requests.get(f"{server.url}/counts", timeout=5).json()["sms2"]["ids"] == 7 - len(slow)
        assert requests.post(f"{server.url}/faults", json={"sms": 3}, timeout=5).status_code == 400


class Listener(OutsideServer):
    """A portal that notes what it is told."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Ear)
        self.told: list[tuple[str, dict[str, Any], bool]] = []


class Ear(OutsideDoor):
    server: Listener

    def do_POST(self) -> None:
        body = self.body(10_000)
        self.server.told.append((self.path, self.parsed(body), self.headers["X-Signature"] == sign(KEY, body)))
        self.answer(202, {})


@pytest.fixture
def listener() -> Any:
    server = Listener()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()


def test_texts_are_reported_signed_under_the_gateway_s_code(listener: Listener):
    where = {"/sms": ("cong-1", KEY), "/zalo": ("zalo", KEY)}
    portal = f"http://127.0.0.1:{listener.server_port}"
    with simulator(portal=portal, provider_of=where.get, report_pace=0.01) as server:
        server.faults.set({"reports": {"undelivered": 1, "duplicate": 1}})
        sms(server.url, "a")
        wait_for(lambda: len(listener.told) == 2)
        server.faults.set({"reports": {"lose": 1}})
        sms(server.url, "b")
        wait_for(lambda: server.book.accepted("reports", "sms:b"))
        zalo(server.url, "c")
        wait_for(lambda: len(listener.told) == 3)
    paths = [path for path, _content, _signed in listener.told]
    assert paths == ["/api/v1/messages/cong-1/reports/"] * 2 + ["/api/v1/messages/zalo/reports/"]
    assert all(signed for _path, _content, signed in listener.told)
    first, second, third = (content for _path, content, _signed in listener.told)
    assert (first["id"], first["status"], first["report_id"]) == ("a", "failed", second["report_id"])
    assert (third["id"], third["status"], set(third)) == ("c", "delivered", {"report_id", "id", "status", "at"})


def test_events_are_lost_doubled_and_out_of_order_on_demand(listener: Listener):
    key = str(uuid.uuid4())
    with simulator(portal=f"http://127.0.0.1:{listener.server_port}", pace=0.05) as server:
        requests.post(f"{server.url}/story", json={"steps": ["collected", "attempted", "attempted:2", "delivered"],
                                                   "words": {"delivered": "PTC"}}, timeout=5)
        server.faults.set({"events": {"reorder": 1, "duplicate": 1}})
        order(server.url, key)
        wait_for(lambda: len(listener.told) == 5)
        told = [content["status"] for _path, content, _signed in listener.told]
        assert told[:2] == ["attempted", "attempted"] and sorted(told) == ["PTC", "attempted", "attempted", "attempted", "collected"]
        server.faults.set({"events": {"lose": 4}})
        order(server.url, str(uuid.uuid4()))
        wait_for(lambda: server.faults.of["events"].left["lose"] == 0)
    assert len(listener.told) == 5


def test_it_goes_on_with_one_order_when_it_is_told_to(listener: Listener):
    first, second = str(uuid.uuid4()), str(uuid.uuid4())
    with simulator(portal=f"http://127.0.0.1:{listener.server_port}", pace=0.05) as server:
        requests.post(f"{server.url}/story", json={"steps": []}, timeout=5)
        order(server.url, first)
        order(server.url, second)
        wish = {"order": first, "steps": ["in_transit", "delivered"]}
        assert requests.post(f"{server.url}/story", json=wish, timeout=5).json()["steps"] == []
        assert requests.post(f"{server.url}/story", json={"order": "unknown", "steps": ["lost"]}, timeout=5).status_code == 422
        wait_for(lambda: len(listener.told) == 2)
    assert [(content["shipment"], content["status"]) for _path, content, _signed in listener.told] == [
        (first, "in_transit"), (first, "delivered")]
