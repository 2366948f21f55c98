"""However often, in whatever order and from whatever side one hears of a payment, it is settled once; changed words are refused."""
from __future__ import annotations

import itertools
import random
from datetime import timedelta

import pytest
from django.urls import reverse

from dossiers.gateway import signing
from dossiers.models import GatewayNotice, PaymentEvent
from dossiers.services import payments, processing
from dossiers.states import AttemptState, Money, PaymentState, State
from onestop.notify.models import Message
from onestop.offices.models import CalendarDay, WorkCalendar
from tests.dossiers.conftest import Desk
from tests.dossiers.money import FEE, answer, asked, at_once, tried, with_fee, words

Source = GatewayNotice.Source


@pytest.fixture
def open_request(desk, cast, morning):
    with_fee(cast.procedure)
    return asked(desk.receive(), cast.desk)


def settled(request):
    return PaymentEvent.objects.filter(subject=request, verb="paid").count()


def notice(client, fields):
    reply = client.get(reverse("api:payment_notice"), fields)
    assert reply.status_code == 200
    return reply.json()["RspCode"]


def test_a_notice_pays_and_a_second_one_is_known_already(client, open_request):
    attempt = tried(open_request)
    assert notice(client, words(attempt)) == "00"
    assert notice(client, words(attempt)) == "02"
    attempt.refresh_from_db()
    open_request.refresh_from_db()
    assert (attempt.state, attempt.gateway_number, open_request.state, open_request.method) == ("paid", "14000001", "paid", "gateway")
    assert open_request.dossier.__class__.objects.get(pk=open_request.dossier_id).money == Money.PAID
    assert list(GatewayNotice.objects.values_list("outcome", flat=True)) == ["confirmed", "repeated"]
    assert Message.objects.filter(template_key="payment_received").count() == settled(open_request) == 1


def test_a_notice_may_be_posted_as_well(client, open_request):
    attempt = tried(open_request)
    for kind, code in (("application/json", "00"), ("application/x-www-form-urlencoded", "02")):
        body = words(attempt) if "json" in kind else "&".join(f"{name}={value}" for name, value in words(attempt).items()).replace(" ", "+")
        reply = client.post(reverse("api:payment_notice"), body, content_type=kind)
        assert reply.json()["RspCode"] == code


def test_every_changed_field_is_refused(client, open_request):
    attempt = tried(open_request)
    genuine = words(attempt)
    for name in genuine:
        assert notice(client, {**genuine, name: f"{genuine[name]}0"}) == "97"
    for name in set(genuine) - {signing.SIGNATURE}:
        assert notice(client, {key: value for key, value in genuine.items() if key != name}) == "97"
    assert not settled(open_request) and GatewayNotice.objects.filter(signature_ok=False).count() == 2 * len(genuine) - 1


@pytest.mark.parametrize(("changes", "code"), [
    ({"vnp_Amount": str(FEE * 10)}, "04"), ({"vnp_Amount": str(FEE * 100 + 1)}, "04"), ({"vnp_CurrCode": "USD"}, "04"),
    ({"vnp_TxnRef": "TTKHONGCO01"}, "01"), ({"vnp_TmnCode": "KHAC0001"}, "01")])
def test_signed_words_about_something_else_pay_nothing(client, open_request, changes, code):
    attempt = tried(open_request)
    assert notice(client, words(attempt, **changes)) == code
    assert not settled(open_request) and GatewayNotice.objects.get().signature_ok


def test_strange_words_are_answered_and_kept_short(client, db):
    for fields in ({}, {"vnp_TxnRef": "x" * 5000}, {f"vnp_{number}": "1" for number in range(99)}, {"vnp_TxnRef": "a\0b"}):
        assert notice(client, fields) == "97"
    assert all(len(row.fields) <= 40 and len(row.reference) <= 40 for row in GatewayNotice.objects.all())
    reply = client.post(reverse("api:payment_notice"), "[1]", content_type="application/json", HTTP_ACCEPT="text/html")
    assert reply.json()["RspCode"] == "97"
    assert client.post(reverse("api:payment_notice"), "{", content_type="application/json").status_code == 400


def test_words_without_signature_stop_being_kept_but_a_signed_notice_still_counts(client, open_request, monkeypatch):
    monkeypatch.setattr("dossiers.api.payments.BAD_AN_HOUR", 3)
    attempt = tried(open_request)
    assert {notice(client, {"vnp_TxnRef": "x"}) for _number in range(9)} == {"97"}
    assert GatewayNotice.objects.count() == 3
    assert notice(client, words(attempt)) == "00"


def test_a_failure_pays_nothing_a_later_success_does_and_stays(open_request):
    attempt = tried(open_request)
    assert payments.heard(words(attempt, code="24", status="02"), source=Source.NOTICE) == "00"
    attempt.refresh_from_db()
    assert attempt.state == AttemptState.FAILED and not settled(open_request)
    assert payments.heard(words(attempt), source=Source.NOTICE) == "00"
    assert payments.heard(words(attempt, code="24", status="02"), source=Source.RETURN) == "02"
    attempt.refresh_from_db()
    assert attempt.state == AttemptState.PAID and settled(open_request) == 1


def test_what_a_bank_holds_back_is_neither_paid_nor_failed(open_request):
    attempt = tried(open_request)
    assert payments.heard(words(attempt, code="07", status="07"), source=Source.NOTICE) == "00"
    attempt.refresh_from_db()
    assert attempt.state == AttemptState.SENT and not settled(open_request)
    assert payments.heard(answer(attempt), source=Source.QUERY) == "00" and settled(open_request) == 1


def test_any_order_of_return_notice_query_and_repeats_settles_once(desk, cast, morning):
    """Four words of one payment, some of them failures before the success, in every order, each once or twice."""
    with_fee(cast.procedure)
    chance = random.Random(4)
    kinds = ("return", "notice", "query", "failure")
    for order in itertools.permutations(kinds):
        request = asked(desk.receive(), cast.desk)
        attempt = tried(request)
        said = {"return": (words(attempt), Source.RETURN), "notice": (words(attempt), Source.NOTICE),
                "query": (answer(attempt), Source.QUERY), "failure": (words(attempt, code="24", status="02"), Source.NOTICE)}
        for kind in order:
            for _time in range(chance.choice((1, 2))):
                assert payments.heard(said[kind][0], source=said[kind][1]) in ("00", "02")
        request.refresh_from_db()
        assert request.state == PaymentState.PAID and settled(request) == 1
        assert not PaymentEvent.objects.filter(subject=request, verb="paid_twice").exists()


def test_two_tries_that_were_both_paid_are_noticed(open_request, morning):
    first = tried(open_request)
    open_request.attempts.update(started_at=first.started_at - timedelta(minutes=5))
    second = tried(open_request)
    assert first.reference != second.reference
    assert payments.heard(words(first), source=Source.NOTICE) == payments.heard(words(second), source=Source.NOTICE) == "00"
    assert settled(open_request) == 1
    noted = PaymentEvent.objects.filter(subject=open_request, verb__in=["paid_twice", "refund_due"])
    assert list(noted.values_list("verb", flat=True)) == ["paid_twice", "refund_due"]


def test_pressed_twice_one_goes_to_the_gateway_with_one_reference(open_request):
    assert tried(open_request).reference == tried(open_request).reference == f"{open_request.number}01"


def test_money_lets_a_dossier_that_waits_for_it_go_on(desk, cast, morning):
    with_fee(cast.procedure)
    dossier = desk.receive()
    request = asked(dossier, cast.specialist, stops_clock=True)
    waiting = desk.fresh(dossier)
    assert (waiting.state, waiting.money, waiting.public_code) == (State.PAYMENT, Money.DUE, 6)
    payments.heard(words(tried(request)), source=Source.NOTICE)
    going = desk.fresh(dossier)
    assert (going.state, going.money, going.public_code) == (State.PROCESSING, Money.PAID, 4)
    assert [event.verb for event in going.events.all()][-2:] == ["paid", "resume"]
    assert Message.objects.filter(template_key="dossier_payment", event_key__startswith=f"dossier:{dossier.pk}:").count() == 1


def test_money_is_recorded_even_where_the_clock_cannot_run_on(desk, cast, morning):
    with_fee(cast.procedure)
    dossier = desk.receive()
    request = asked(dossier, cast.specialist, stops_clock=True)
    attempt = tried(request)
    CalendarDay.objects.all().delete()
    WorkCalendar.objects.all().delete()
    assert payments.heard(words(attempt), source=Source.NOTICE) == "00"
    request.refresh_from_db()
    assert (request.state, desk.fresh(dossier).money, desk.fresh(dossier).state) == ("paid", Money.PAID, State.PAYMENT)
    assert "lịch làm việc" in request.events.get(verb="not_resumed").reason


def test_money_that_comes_after_a_withdrawal_is_kept_in_sight(desk, cast, morning):
    with_fee(cast.procedure)
    dossier = desk.receive()
    request = asked(dossier, cast.desk)
    attempt = tried(request)
    processing.withdraw(actor=cast.desk, dossier=dossier, via="web")
    request.refresh_from_db()
    assert request.state == PaymentState.CANCELLED
    assert payments.heard(words(attempt), source=Source.NOTICE) == "00"
    request.refresh_from_db()
    assert request.state == PaymentState.PAID and request.events.filter(verb="refund_due").exists()
    assert desk.fresh(dossier).state == State.WITHDRAWN


def test_parallel_notices_returns_and_queries_settle_once(live_cast, morning):
    with_fee(live_cast.procedure)
    request = asked(Desk(live_cast).receive(), live_cast.desk)
    attempt = tried(request)
    said = [(words(attempt), Source.NOTICE), (words(attempt), Source.RETURN), (answer(attempt), Source.QUERY)]

    def hear(index):
        return payments.heard(said[index % 3][0], source=said[index % 3][1])

    codes = at_once(12, hear)
    assert codes.count("00") == 1 and set(codes) <= {"00", "02", "99"}
    assert settled(request) == 1 and Message.objects.filter(template_key="payment_received").count() == 1
    assert not PaymentEvent.objects.filter(verb="paid_twice").exists()
