"""A carrier at the simulator, and dossiers whose result is to go by post."""
import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from dossiers.models import Dossier
from dossiers.states import ReturnMethod, RulePack
from dossiers.states import State as DossierState
from onestop import clock, signature
from onestop.catalogue.states import Channel
from postal.carriers.simulator import Simulator
from postal.models import Carrier, CarrierClerk, Shipment
from postal.services import dispatch, pulling
from postal.states import Adapter
from tests.cast import Cast
from tests.postal import money as post_money
from tests.sinks import KEY, simulator

Decided = Callable[..., Dossier]
Report = Callable[..., Any]


@pytest.fixture
def simulated(settings: Any) -> Iterator[Simulator]:
    """The carrier and SMS gateway, silent: it reports nothing of itself."""
    settings.SEND_TIMEOUT_SECONDS = 1
    with simulator() as server:
        yield server


@pytest.fixture
def carrier(cast: Cast, simulated: Simulator) -> Carrier:
    """The carrier of the cast's province; the cast's clerk works for it."""
    made = Carrier.objects.create(code="buu-dien", name="Bưu điện (thử)", order_url=f"{simulated.url}/orders", key=KEY,
                                  province=cast.province)
    CarrierClerk.objects.create(user=cast.carrier, carrier=made)
    return made


@pytest.fixture
def by_file(cast: Cast, settings: Any, tmp_path: Path) -> Carrier:
    """A carrier of the cast's province that exchanges files; every sweep may write a manifest."""
    settings.CARRIER_FOLDER = tmp_path
    return Carrier.objects.create(code="tep", name="Bưu chính tệp (thử)", adapter=Adapter.FILE, key=KEY, province=cast.province)


@pytest.fixture
def decided_of() -> Callable[[Cast], Decided]:
    """Make decided dossiers of a cast; `number` keeps them apart, `fields` are their columns."""
    return _decided_of


@pytest.fixture
def decided(cast: Cast) -> Decided:
    """The same with the cast of this test's own transaction."""
    return _decided_of(cast)


def _decided_of(cast: Cast) -> Decided:
    def make(number: int = 1, **fields: Any) -> Dossier:
        values = {
            "reference": f"THU{number:07d}", "code": f"H13.70-261125-{number:04d}", "secret_digest": "x", "channel": Channel.ONLINE,
            "procedure": cast.procedure, "version": cast.procedure.current, "received_office": cast.office, "competent_office": cast.office,
            "full_name": "Nguyễn Thị Mẫu", "search_name": "nguyen thi mau", "phone": f"09{1233 + number:04d}5678",
            "rule_pack": RulePack.VN_2025,
            "return_method": ReturnMethod.POST, "return_address": "Số 9, đường Mẫu", "state": DossierState.DECIDED,
            "received_at": clock.now() - timedelta(days=2), "decided_at": clock.now(), "due_at": clock.now() + timedelta(days=2),
        }
        return Dossier.objects.create(**values | fields)

    return make


@pytest.fixture
def shipment(decided: Decided, carrier: Carrier) -> Shipment:
    """A shipment that waits for dispatch."""
    decided()
    pulling.pull_decided()
    return Shipment.objects.get()


@pytest.fixture
def ordered(shipment: Shipment) -> Shipment:
    """A shipment that the carrier knows."""
    dispatch.dispatch(shipment.pk)
    shipment.refresh_from_db()
    return shipment


@pytest.fixture
def report(client: Client) -> Report:
    """Report an event to the portal as the carrier does; `body` replaces the JSON, `signed` the signature."""

    def send(about: Shipment | None = None, /, status: str = "collected", event_id: Any = ..., *, key: str = KEY, carrier: str = "buu-dien",
             body: bytes | None = None, signed: str | None = None, **content: Any) -> Any:
        values = {"event_id": f"{about}-{status}" if event_id is ... else event_id, "status": status,
                  "shipment": str(about.key) if about else "", "happened_at": clock.now().isoformat(), **content}
        raw = json.dumps(values).encode() if body is None else body
        headers = {signature.HEADER: signature.sign(key, raw) if signed is None else signed}
        return client.post(f"/api/v1/carriers/{carrier}/events/", data=raw, content_type="application/json", headers=headers)

    return send


@pytest.fixture
def money(cast: Cast, morning: Any) -> post_money.Money:
    """The post's money on a working morning: a table of fees, two administrators."""
    return post_money.build(cast)
