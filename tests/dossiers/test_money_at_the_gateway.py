"""A real gateway over HTTP: paid, failed, told late or never, doubled, tampered with; what is never told is found by asking."""
from __future__ import annotations

from datetime import timedelta
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests
from django.urls import reverse

from dossiers import tracking
from dossiers.models import Dossier, GatewayNotice, PaymentAttempt, PaymentEvent
from dossiers.services import payments
from dossiers.states import AttemptState, Money
from onestop import clock
from onestop.transitions import Refused
from tests.dossiers.conftest import Desk
from tests.dossiers.money import asked, gateway, tried, with_fee

QUIET = timedelta(minutes=3)  # longer than the gateway may be silent


@pytest.fixture
def at_gateway(desk, cast, settings, morning):
    """(simulator, request, the address the citizen was sent to)."""
    with_fee(cast.procedure)
    request = asked(desk.receive(), cast.desk)
    with gateway(settings) as server:
        yield server, request, payments.start_attempt(request, "http://localhost/back")


def choose(server, request, result, notice="lose"):
    """What the payer does on the gateway's page; the words the browser comes back with."""
    attempt = request.attempts.get()
    reply = requests.post(f"{server.url}/thanh-toan", {"reference": attempt.reference, "result": result, "notice": notice},
                          allow_redirects=False, timeout=5)
    assert reply.status_code == 303
    return dict(parse_qsl(urlsplit(reply.headers["Location"]).query))


def later(by=QUIET):
    return clock.frozen(clock.now() + by)


def test_the_gateways_page_shows_the_sum_and_names_nobody(at_gateway):
    _server, request, url = at_gateway
    page = requests.get(url, timeout=5)
    assert page.status_code == 200 and "50.000 đ" in page.text and request.attempts.get().reference in page.text
    assert "Người nộp mẫu" not in page.text and "vnp_OrderInfo=Thanh+toan+phi+le+phi+TT" in url
    assert requests.get(url.replace("vnp_Amount=5000000", "vnp_Amount=100"), timeout=5).status_code == 400


def test_a_lost_notice_is_found_by_the_sweep(at_gateway):
    server, request, url = at_gateway
    requests.get(url, timeout=5)
    choose(server, request, "success")
    assert payments.sweep()["asked"] == 0  # too soon to ask
    with later():
        assert payments.sweep()["asked"] == 1
    request.refresh_from_db()
    assert request.state == "paid" and GatewayNotice.objects.get().source == "query"
    with later(2 * QUIET):
        assert payments.sweep()["asked"] == 0


def test_a_failure_that_was_never_told_is_found_as_well(at_gateway):
    server, request, url = at_gateway
    requests.get(url, timeout=5)
    choose(server, request, "cancel")
    with later():
        payments.sweep()
    assert request.attempts.get().state == AttemptState.FAILED
    request.refresh_from_db()
    assert request.state == "open"


def test_a_try_that_nobody_finished_expires_and_one_never_begun_too(at_gateway):
    server, request, url = at_gateway
    with later():
        payments.sweep()  # the gateway knows no such transaction yet: it may still come
    assert request.attempts.get().state == AttemptState.SENT and GatewayNotice.objects.get().outcome == "not_found"
    requests.get(url, timeout=5)
    with later(timedelta(minutes=20)):
        payments.sweep()
    assert request.attempts.get().state == AttemptState.EXPIRED
    assert server.ledger.queries == 2


def test_a_silent_gateway_is_asked_with_growing_pauses_and_given_up_at_last(at_gateway, settings):
    server, request, _url = at_gateway
    settings.GATEWAY_QUERY_MOST = 4
    server.ledger.faults.set({"silent": 99})
    start, asked_at = clock.now(), []
    for minute in range(120):
        with clock.frozen(start + timedelta(minutes=minute)):
            if payments.sweep()["asked"]:
                asked_at.append(minute)
    assert asked_at == [2, 6, 14, 30]
    assert request.attempts.get().state == AttemptState.EXPIRED


def test_what_the_bank_holds_stays_open_until_the_gateway_knows(at_gateway):
    server, request, url = at_gateway
    requests.get(url, timeout=5)
    choose(server, request, "held")
    with later(timedelta(minutes=20)):
        payments.sweep()
    assert request.attempts.get().state == AttemptState.SENT
    server.ledger.transactions[request.attempts.get().reference].result = "success"
    with later(timedelta(minutes=50)):
        payments.sweep()
    request.refresh_from_db()
    assert request.state == "paid"


def test_the_return_shows_and_asks_but_only_a_post_or_the_gateway_pays(at_gateway, client, monkeypatch):
    server, request, url = at_gateway
    jobs = []
    monkeypatch.setattr("dossiers.views.payments.enqueue_after_commit", lambda task, pk: jobs.append((task, pk)))
    requests.get(url, timeout=5)
    back = choose(server, request, "success")
    page = client.get(reverse("dossiers:pay_return"), back)
    attempt = PaymentAttempt.objects.get()
    assert page.status_code == 200 and "Đang chờ xác nhận" in page.content.decode() and attempt.state == AttemptState.SENT
    assert jobs == [("dossiers.ask_gateway", attempt.pk)] and not GatewayNotice.objects.exists()
    for name in ("vnp_Amount", "vnp_TxnRef", "vnp_ResponseCode"):
        assert client.get(reverse("dossiers:pay_return"), {**back, name: "0"}).status_code == 400
    client.post(reverse("dossiers:pay_return"), {**back, "vnp_ResponseCode": "24"})
    assert GatewayNotice.objects.get().outcome == "bad_signature"
    for _time in range(2):
        page = client.post(reverse("dossiers:pay_return"), back, follow=True)
        assert "Khoản nộp đã được ghi nhận" in page.content.decode()
    assert PaymentEvent.objects.filter(verb="paid").count() == 1


def test_the_job_behind_the_return_asks_once(at_gateway):
    server, request, url = at_gateway
    requests.get(url, timeout=5)
    pk = request.attempts.get().pk
    assert payments.ask_gateway(pk, first_only=True) == "open" and payments.ask_gateway(pk, first_only=True) == ""
    choose(server, request, "success")
    assert payments.ask_gateway(pk) == "settled" and server.ledger.queries == 2


@pytest.mark.parametrize(("how", "codes", "paid"), [("send", ["00"], True), ("duplicate", ["00", "02"], True), ("tamper", ["97"], False)])
def test_notices_over_http_reach_a_running_portal(live_server, live_cast, settings, client, how, codes, paid):
    with_fee(live_cast.procedure)
    dossier = Desk(live_cast).receive()
    with gateway(settings, live_server.url) as server:
        request = asked(dossier, live_cast.desk)
        requests.get(payments.start_attempt(request, f"{live_server.url}/ho-so/thanh-toan/ket-qua/"), timeout=5)
        row = server.ledger.transactions[request.attempts.get().reference]
        row.result, row.number = "success", "1"
        server.notify(row, how)
        assert row.notices == codes
    assert (Dossier.objects.get(pk=dossier.pk).money == Money.PAID) == paid


def test_a_citizen_goes_to_the_gateway_from_their_page(at_gateway, client):
    server, request, _url = at_gateway
    dossier = request.dossier
    where = reverse("dossiers:pay", args=[dossier.number])
    assert client.get(where).url.startswith(reverse("dossiers:track"))
    session = client.session
    session[tracking.TRACKED_KEY] = [dossier.pk]
    session.save()
    page = client.get(where)
    text = page.content.decode()
    assert "50.000 đ" in text and request.number in text and "Người nộp mẫu" not in text and "data:image/svg+xml" in text
    assert f"form-action 'self' {server.url}" in page["Content-Security-Policy"]
    sent = client.post(where, {"action": "gateway"})
    assert sent.status_code == 302 and sent.url.startswith(f"{server.url}/thanh-toan?vnp_Amount=5000000&")
    assert "chưa được cổng thanh toán xác nhận" in client.get(where).content.decode()


def test_tries_of_one_request_are_limited(at_gateway, monkeypatch):
    _server, request, _url = at_gateway
    monkeypatch.setattr("dossiers.services.payments.attempts.TRIES", 1)
    PaymentAttempt.objects.update(started_at=clock.now() - timedelta(minutes=5))
    with pytest.raises(Refused, match="quá nhiều lần"):
        tried(request)
