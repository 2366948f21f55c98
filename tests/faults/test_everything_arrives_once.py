"""kill -9 of worker, beat, broker, database, carrier and SMS gateway, each in the middle of 2,000 shipments and 5,000 messages: everything
arrives, nothing twice at the receiving side, and no row is left that nobody would take up. While something is away the portal asks for
patience (503); it never says that it is broken (500)."""
import json
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError, connection

from deploy import servers
from dossiers.models import Dossier
from dossiers.states import ReturnMethod, RulePack
from dossiers.states import State as DossierState
from onestop import clock
from onestop.catalogue.states import Channel
from onestop.notify.models import Message
from onestop.notify.states import OVER
from onestop.notify.states import State as MessageState
from postal.models import Carrier, CarrierEvent, Shipment, ShipmentEvent
from postal.states import STILL_NEWS, State
from tests.bookings.crowd import rounds
from tests.cast import Cast
from tests.faults.elsewhere import own_postgres
from tests.portal import Portal
from tests.sinks import KEY

pytestmark = [pytest.mark.faults, pytest.mark.both, pytest.mark.django_db(transaction=True)]
STORY = ["collected", "delivered"]  # what the carrier reports of each
# Short leases, so that what the dead held comes back within the test's time; people may be told at any hour.
HASTE = {"SEND_TIMEOUT_SECONDS": "6", "SEND_LEASE_SECONDS": "8", "RETRY_FIRST_SECONDS": "1", "RETRY_LONGEST_SECONDS": "4",
         "SEND_MAX_ATTEMPTS": "50", "MESSAGE_BREAKER_LONGEST": "2", "CARRIER_BREAKER_LONGEST": "2"}
IN_FLIGHT = 300
DOWN_SECONDS = 2.0  # how long the database and those outside stay away


@dataclass
class Stage:
    """What may be killed, and how it comes back."""

    portal: Portal
    redis: servers.Redis | None
    postgres: servers.Postgres | None
    seen: Counter[int] = field(default_factory=Counter)  # status codes of pages and API while the database was away

    def broker(self) -> None:
        """Whatever waited in the broker is gone."""
        if self.redis is not None:
            self.redis.kill()
            self.redis.start()
            return
        self.portal.kill("worker")
        for waiting in (self.portal.var / "broker" / "messages").iterdir():  # web and beat go on writing there
            waiting.unlink(missing_ok=True)
        self.portal.start("worker")

    def database(self) -> None:
        """The server and every session; what was committed is there again."""
        if self.postgres is not None:
            self.postgres.kill()
            self.look_around(DOWN_SECONDS)
            self.postgres.start()
            connection.close()

    def look_around(self, seconds: float) -> None:
        """Ask for pages and the API again and again for so long."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            for path in ("/", "/dang-nhap/", "/api/v1/procedures/"):
                self.seen[status(self.portal.url + path)] += 1
            time.sleep(0.05)

    def process(self, name: str, seconds: float = 0.0) -> None:
        """One of the portal's own processes, or one outside."""
        self.portal.kill(name)
        time.sleep(seconds)
        self.portal.start(name)
        if name == "carrier":
            tell(self.portal.simulator_url, "/story", {"steps": STORY})


@pytest.fixture
def stage(live_cast: Cast, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Stage]:
    """Everything runs, and everything is due. PostgreSQL and Redis, both the test's own; or the embedded database and broker."""
    with ExitStack() as stack:
        large = connection.vendor == "postgresql"
        redis = request.getfixturevalue("redis_server") if large else None
        postgres = stack.enter_context(own_postgres()) if large else None
        portal = Portal(tmp_path / "portal", redis.url if redis else "", pace=0.5, two_outside=True, **HASTE)
        fill(live_cast, f"{portal.simulator_url}/orders")
        stack.callback(portal.stop)
        portal.start("carrier", "gateway", "web")
        tell(portal.simulator_url, "/story", {"steps": STORY})
        portal.start("worker", "beat")
        yield Stage(portal, redis, postgres)


def fill(cast: Cast, order_url: str) -> None:
    """Messages, and decided dossiers to be returned by post."""
    Carrier.objects.create(code="buu-dien", name="Bưu điện (thử)", order_url=order_url, key=KEY)
    Message.objects.bulk_create([
        Message(event_key=f"appointment:{number}:remind:24", recipient_key=f"09{number:08d}", phone=f"09{number:08d}",
                template_key="appointment_reminder", subject="Nhắc lịch hẹn", body=f"Nhắc lịch hẹn số {number}", channel="sms",
                office=cast.office) for number in range(messages())], batch_size=500)
    Dossier.objects.bulk_create([
        Dossier(reference=f"THU{number:07d}", code=f"H13.70-261125-{number:04d}", secret_digest="x", procedure=cast.procedure,
                version=cast.procedure.current, channel=Channel.ONLINE, received_office=cast.office, competent_office=cast.office,
                full_name="Nguyễn Thị Mẫu", search_name="nguyen thi mau", phone=f"08{number:08d}", return_method=ReturnMethod.POST,
                return_address="Số 9, đường Mẫu", state=DossierState.DECIDED, rule_pack=RulePack.VN_2025, decided_at=clock.now())
        for number in range(orders())], batch_size=200)


def messages() -> int:
    """How many wait at the beginning: the embedded database, which writes one after the other, takes fewer."""
    return rounds(5000, 2000)


def orders() -> int:
    """How many shipments."""
    return rounds(2000, 800)


def asked(count: Callable[[], int]) -> int:
    """A figure of the database; 0 while it is away."""
    try:
        return count()
    except DatabaseError:
        connection.close()
        return 0


def sent() -> int:
    return Message.objects.filter(state__in=OVER).count()


def ordered() -> int:
    return Shipment.objects.exclude(waybill="").count()


def delivered() -> int:
    return Shipment.objects.filter(state=State.DELIVERED).count()


def test_everything_arrives_once_whatever_is_killed(stage: Stage, capsys: pytest.CaptureFixture[str]) -> None:
    """Issue 5, item 10. The counts are told whatever comes of it."""
    with capsys.disabled():
        kill_each_in_the_middle(stage)
        each_once(stage)


Kill = tuple[Callable[[], int], int, int, str, Callable[[], None]]  # what is counted, at how many percent, of how many, who, how


def due(kills: list[Kill]) -> Kill | None:
    """One whose time has come."""
    return next((kill for kill in kills if asked(kill[0]) >= kill[1] * kill[2] // 100), None)


def kill_each_in_the_middle(stage: Stage) -> None:
    """One after the other, when some of it, and not all, has reached the other side."""
    begun = time.monotonic()
    kills: list[Kill] = [
        (sent, 6, messages(), "worker", lambda: stage.process("worker")),
        (sent, 18, messages(), "beat", lambda: stage.process("beat")),
        (sent, 30, messages(), "broker", stage.broker),
        (sent, 42, messages(), "gateway", lambda: stage.process("gateway", DOWN_SECONDS)),
        (sent, 54, messages(), "database", stage.database),
        (ordered, 20, orders(), "carrier", lambda: stage.process("carrier", DOWN_SECONDS)),
        (ordered, 50, orders(), "worker", lambda: stage.process("worker")),
    ]
    while kills:
        now = stage.portal.wait_for(lambda: due(kills), 600, "it is time for the next kill")
        kills.remove(now)
        name, kill = now[3:]
        assert not asked(settled), f"the {name} was killed too late to be in the middle of it"
        when = f"{time.monotonic() - begun:4.0f} s: {name} killed"
        print(f"\n{when} at {sent()} messages, {ordered()} orders, {delivered()} delivered", end="", flush=True)
        kill()
    stage.portal.wait_for(lambda: asked(settled), 900, "everything has arrived")
    print(f"\n{time.monotonic() - begun:4.0f} s: everything has arrived")


def settled() -> int:
    """Whether every shipment is delivered, every dossier returned, and every message out, those about the shipments, too."""
    on_their_way = Message.objects.filter(template_key="shipment_ordered").count()
    return delivered() == orders() and sent() == Message.objects.count() == messages() + on_their_way + orders()


def each_once(stage: Stage) -> None:
    """The other sides know exactly our ids; nothing is left that nobody would take up."""
    gateway, carrier = told(stage.portal.gateway_url), told(stage.portal.simulator_url)
    assert set(gateway["sms"]) == {str(key) for key in Message.objects.values_list("key", flat=True)}
    assert {str(key): waybill for key, waybill in Shipment.objects.values_list("key", "waybill")} \
        == {key: order["waybill"] for key, order in carrier["orders"].items()}
    assert Shipment.objects.count() == orders()
    assert Dossier.objects.filter(state=DossierState.RETURNED).count() == orders()
    assert not Message.objects.exclude(state__in=(MessageState.SENT, MessageState.DELIVERED)).exists()
    assert Message.objects.filter(template_key="dossier_returned").count() == orders()
    told_on_the_way(carrier["answers"]["events"], stage.seen)
    assert set(CarrierEvent.objects.filter(applied=True).values_list("event_id", flat=True)) == set(carrier["events"])
    assert CarrierEvent.objects.count() == len(carrier["events"])
    again = {name: shelf["attempts"] - shelf["ids"] for name, shelf in
             (("messages", gateway["counts"]["sms"]), ("orders", carrier["counts"]["orders"]), ("reports", carrier["counts"]["events"]))}
    print(f"gateway: {gateway['counts']['sms']}, carrier: {carrier['counts']}; known again by their id: {again}")
    assert again["messages"] <= IN_FLIGHT and again["orders"] <= IN_FLIGHT, "what was on its way at one of seven kills, and no more"


def told_on_the_way(answers: dict[str, int], seen: Counter[int]) -> None:
    """Each citizen heard once that the result is on its way, unless it was brought before anybody could know; and how the portal answered
    the carrier, and pages while the database was away."""
    heard = Message.objects.filter(template_key="shipment_ordered").values_list("event_key", flat=True)
    moved = ShipmentEvent.objects.filter(to_state__in=STILL_NEWS).values_list("subject_id", flat=True)
    assert set(heard) == {f"shipment:{pk}:ordered" for pk in moved}
    print(f"\n{len(heard)} heard of the order; the portal answered the carrier {answers}, and visitors without a database {dict(seen)}")
    assert set(answers) <= {"0", "202", "429", "503"}, "no report is answered with a fault of the portal's own"
    assert set(seen) <= {200, 503}


def status(url: str) -> int:
    """The status code of an answer."""
    try:
        with urllib.request.urlopen(url, timeout=30) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        with error:
            return error.code


def tell(url: str, path: str, content: dict[str, Any]) -> None:
    """Say something to an outside."""
    urllib.request.urlopen(urllib.request.Request(url + path, data=json.dumps(content).encode()), timeout=60).close()


def told(url: str) -> Any:
    """Everything that one outside knows."""
    with urllib.request.urlopen(f"{url}/log", timeout=60) as answer:
        return json.load(answer)
