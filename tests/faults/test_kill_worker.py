"""kill -9 of the worker in the middle of 500 messages, and again of 200 postal orders, with a broker that comes back empty:
everything goes out, and the other side counts each of our ids once."""
import json
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from deploy import servers
from dossiers.models import Dossier
from dossiers.states import ReturnMethod, RulePack
from dossiers.states import State as DossierState
from onestop import clock
from onestop.catalogue.states import Channel
from onestop.notify.models import Message
from onestop.notify.states import State as MessageState
from postal.models import Carrier, Shipment
from postal.states import State
from tests.cast import Cast
from tests.portal import Portal
from tests.sinks import KEY

pytestmark = [pytest.mark.faults, pytest.mark.django_db(transaction=True)]
MESSAGES, ORDERS = 500, 200
Middle = Callable[[int, int], bool]
# Short leases, so that what the dead worker held comes back within the test's time.
HASTE = {"SEND_TIMEOUT_SECONDS": "6", "SEND_LEASE_SECONDS": "8", "RETRY_FIRST_SECONDS": "1"}


@pytest.fixture(params=[pytest.param("embedded", marks=pytest.mark.both), "redis"])
def broker(request: pytest.FixtureRequest) -> servers.Redis | None:
    """The broker of the test: the embedded one, or a Redis of its own."""
    return request.getfixturevalue("redis_server") if request.param == "redis" else None


@pytest.fixture
def running(live_cast: Cast, broker: servers.Redis | None, tmp_path: Path):
    """Simulator, worker and beat on a database with everything due."""
    portal = Portal(tmp_path / "portal", broker.url if broker else "", **HASTE)
    fill(live_cast, f"{portal.simulator_url}/orders")
    try:
        portal.start("carrier")
        call(portal, "/faults", {"delay": 0.02})
        portal.start("worker", "beat")
        yield portal
    finally:
        portal.stop()


def fill(cast: Cast, order_url: str) -> None:
    """500 messages and 200 decided dossiers to be returned by post."""
    Carrier.objects.create(code="buu-dien", name="Bưu điện (thử)", order_url=order_url, key=KEY)
    Message.objects.bulk_create([
        Message(event_key=f"appointment:{number}:remind:24", recipient_key="0912345678", phone="0912345678",
                template_key="appointment_reminder", subject="Nhắc lịch hẹn", body=f"Nhắc lịch hẹn số {number}", channel="sms",
                office=cast.office) for number in range(MESSAGES)])
    Dossier.objects.bulk_create([
        Dossier(reference=f"THU{number:07d}", code=f"H13.70-261125-{number:04d}", secret_digest="x", procedure=cast.procedure,
                version=cast.procedure.current, channel=Channel.ONLINE, received_office=cast.office, competent_office=cast.office,
                full_name="Nguyễn Thị Mẫu", search_name="nguyen thi mau", phone="0987654321", return_method=ReturnMethod.POST,
                return_address="Số 9, đường Mẫu", state=DossierState.DECIDED, rule_pack=RulePack.VN_2025, decided_at=clock.now())
        for number in range(ORDERS)])


def call(portal: Portal, path: str, content: dict[str, Any] | None = None) -> Any:
    """Ask the simulator."""
    data = None if content is None else json.dumps(content).encode()
    with urllib.request.urlopen(urllib.request.Request(portal.simulator_url + path, data=data), timeout=10) as answer:
        return json.load(answer)


def counted(portal: Portal) -> tuple[int, int]:
    """Messages and orders that have reached the other side."""
    counts = call(portal, "/log")["counts"]
    return counts["sms"]["ids"], counts["orders"]["ids"]


def messages_are_under_way(sms: int, orders: int) -> bool:
    return sms >= 60


def orders_are_under_way(sms: int, orders: int) -> bool:
    return orders >= 20


def settled() -> bool:
    """Nothing is left to do: every order has its waybill, and every message, those about the orders too, is out."""
    orders = Shipment.objects.filter(state=State.ORDERED).exclude(waybill="").count()
    return orders == ORDERS and Message.objects.filter(state=MessageState.SENT).count() == MESSAGES + ORDERS


def each_once(portal: Portal) -> None:
    """The other side knows exactly our ids; it was asked again only about what was under way at a kill."""
    log = call(portal, "/log")
    assert set(log["sms"]) == {str(key) for key in Message.objects.values_list("key", flat=True)}
    assert set(log["orders"]) == {str(key) for key in Shipment.objects.values_list("key", flat=True)}
    assert Shipment.objects.count() == ORDERS
    waybills = {str(key): waybill for key, waybill in Shipment.objects.values_list("key", "waybill")}
    assert waybills == {key: order["waybill"] for key, order in log["orders"].items()}
    again = sum(shelf["attempts"] - shelf["ids"] for shelf in (log["counts"]["sms"], log["counts"]["orders"]))
    print(f"\nasked again after the kills: {again}; {log['counts']}")
    assert again <= 4, "a worker of two processes has at most two things in its hands, and it was killed twice"


def test_a_killed_worker_loses_nothing_and_nothing_goes_out_twice(running: Portal, broker: servers.Redis | None):
    kill_in_the_middle(running, broker, messages_are_under_way)
    kill_in_the_middle(running, broker, orders_are_under_way)
    running.wait_for(settled, 150, "everything is sent and ordered")
    each_once(running)


def kill_in_the_middle(running: Portal, broker: servers.Redis | None, happened: Middle) -> None:
    """kill -9 of the worker when some of it, and not all, has reached the other side; it comes back to an empty broker."""
    running.wait_for(lambda: happened(*counted(running)), 90, "the worker is in the middle of it")
    running.kill("worker")
    sms, orders = counted(running)
    assert sms < MESSAGES + ORDERS
    assert orders < ORDERS
    if broker is not None:
        broker.kill()
        broker.start()  # every job that waited is gone
    running.start("worker")
