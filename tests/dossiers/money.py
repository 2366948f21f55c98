"""What the tests of money share: a dossier with a fee, signed words of the gateway, threads that start together, a running simulator."""
from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.db import connection

from dossiers.gateway import signing
from dossiers.gateway.simulator import Simulator
from dossiers.models import Dossier, PaymentAttempt, PaymentRequest
from dossiers.services import payments
from onestop import clock
from onestop.catalogue.models import ChannelTerm
from onestop.transitions import Refused

FEE = 50_000


def with_fee(procedure: Any, amount: int | None = FEE, **more: Any) -> None:
    """The catalogue states this fee for every channel."""
    ChannelTerm.objects.filter(version__procedure=procedure).update(fee_amount=amount, **more)


def asked(dossier: Dossier, actor: Any, **more: Any) -> PaymentRequest:
    """A request for the dossier's fee."""
    return payments.ask(actor=actor, dossier=dossier, via="web", **more)


def tried(request: PaymentRequest) -> PaymentAttempt:
    """A citizen was sent to the gateway."""
    payments.start_attempt(request, "http://localhost/back")
    return request.attempts.order_by("pk")[request.attempts.count() - 1]


def words(attempt: PaymentAttempt, *, code: str = "00", status: str = "00", **changes: str) -> dict[str, str]:
    """A notice about a try, signed after `changes`."""
    fields = {
        "vnp_Amount": str(attempt.amount * 100), "vnp_BankCode": "NCB", "vnp_OrderInfo": "Thanh toan phi le phi", "vnp_PayDate":
        signing.moment(clock.now()), "vnp_ResponseCode": code, "vnp_TmnCode": settings.GATEWAY_TMN, "vnp_TransactionNo": "14000001",
        "vnp_TransactionStatus": status, "vnp_TxnRef": attempt.reference, **changes,
    }
    return {**fields, signing.SIGNATURE: signing.sign(settings.GATEWAY_SECRET, fields)}


def answer(attempt: PaymentAttempt, *, status: str = "00", **changes: str) -> dict[str, str]:
    """A signed answer to a query."""
    fields = {
        "vnp_ResponseId": "1", "vnp_Command": "querydr", "vnp_ResponseCode": "00", "vnp_Message": "ok", "vnp_TmnCode": settings.GATEWAY_TMN,
        "vnp_TxnRef": attempt.reference, "vnp_Amount": str(attempt.amount * 100), "vnp_TransactionNo": "14000001",
        "vnp_TransactionStatus": status, **changes,
    }
    return {**fields, signing.SIGNATURE: signing.joined(settings.GATEWAY_SECRET, signing.ANSWER_ORDER, fields)}


def at_once(count: int, work: Callable[[int], Any]) -> list[Any]:
    """Run `work(index)` in threads that start together; what each gave, or the code of its refusal."""
    gate, results = threading.Barrier(count), [None] * count

    def run(index: int) -> None:
        gate.wait()
        try:
            results[index] = work(index)
        except Refused as refusal:
            results[index] = refusal.code  # type: ignore[call-overload]
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(index,)) for index in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


@contextmanager
def gateway(settings: Any, portal: str = "http://127.0.0.1:9") -> Iterator[Simulator]:
    """A simulator that notifies `portal`, as the portal's settings know it."""
    server = Simulator(terminal=settings.GATEWAY_TMN, secret=settings.GATEWAY_SECRET, portal=portal)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    settings.GATEWAY_URL, settings.GATEWAY_QUERY_URL = f"{server.url}/thanh-toan", f"{server.url}/truy-van"
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
