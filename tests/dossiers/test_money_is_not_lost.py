"""Money that came is never written off: unclear answers, strange words, transfers made twice, demands made twice."""
from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.urls import reverse

from dossiers import payments as reads
from dossiers.gateway import client as wire
from dossiers.gateway.statements import amount_of
from dossiers.models import ExemptionGround, GatewayNotice, PaymentAttempt, PaymentEvent
from dossiers.services import payments
from dossiers.states import AttemptState
from onestop import clock
from onestop.people.models import User
from onestop.transitions import Refused
from tests.dossiers.money import FEE, answer, asked, tried, with_fee, words

LATER = timedelta(minutes=40)  # the try is over in time by then


@pytest.fixture
def open_request(desk, cast, settings, morning):
    settings.GATEWAY_URL, settings.GATEWAY_QUERY_URL = "http://127.0.0.1:9/thanh-toan", "http://127.0.0.1:9/truy-van"
    with_fee(cast.procedure)
    return asked(desk.receive(), cast.desk)


@pytest.fixture
def says(monkeypatch):
    """Let the gateway answer queries with these words."""
    return lambda told: monkeypatch.setattr(wire, "ask", lambda *_args, **_named: told)


UNCLEAR = {
    "an error of the gateway": {"vnp_ResponseCode": "99", "vnp_TransactionStatus": "", "vnp_Amount": ""},
    "asked too often": {"vnp_ResponseCode": "94", "vnp_TransactionStatus": "", "vnp_Amount": ""},
    "no status": {"vnp_TransactionStatus": ""},
    "about a refund": {"vnp_TransactionType": "02"},
    "another sum": {"vnp_Amount": "100"},
}


@pytest.mark.parametrize("name", UNCLEAR)
def test_an_answer_that_says_nothing_about_the_money_does_not_end_the_try(open_request, says, name):
    attempt = tried(open_request)
    says(answer(attempt, **UNCLEAR[name]))
    with clock.frozen(clock.now() + LATER):
        payments.sweep()
    attempt.refresh_from_db()
    assert attempt.state == AttemptState.SENT
    says(answer(attempt))
    with clock.frozen(clock.now() + 3 * LATER):
        payments.sweep()
    attempt.refresh_from_db()
    open_request.refresh_from_db()
    assert (attempt.state, open_request.state) == (AttemptState.PAID, "paid")


@pytest.mark.parametrize("code", ["00", "91"])
def test_an_answer_without_the_gateways_signature_ends_nothing(open_request, says, code):
    attempt = tried(open_request)
    says({**answer(attempt, status="02", vnp_ResponseCode=code), "vnp_SecureHash": "0" * 128})
    with clock.frozen(clock.now() + LATER):
        payments.sweep()
    attempt.refresh_from_db()
    assert attempt.state == AttemptState.SENT and not GatewayNotice.objects.get().signature_ok


@pytest.mark.parametrize("body", ['{"vnp_TxnRef": "\\ud800"}', '{"vnp_SecureHash": "\\ud800"}', '{"vnp_a\\u0000": "1\\u0000"}', "5", "7"])
def test_any_words_are_answered_and_kept(client, db, body):
    told = client.post(reverse("api:payment_notice"), body, content_type="application/json")
    assert (told.status_code, told.json()["RspCode"]) == (200, "97")
    assert client.post(reverse("dossiers:pay_return"), {"vnp_TxnRef": "a\0b", "vnp_c\0": "d"}).status_code == 302
    assert "\\u0000" not in json.dumps([row.fields for row in GatewayNotice.objects.all()])


# --- transfers --------------------------------------------------------------------------------------------------------

@pytest.fixture
def accountant(cast):
    return User.objects.get(pk=cast.administrator.pk)


def bank(actor, *texts, day=None, head="Nội dung,Ghi có"):
    lines = "\n".join([head, *(f"{text},{FEE}" for text in texts)])
    return payments.reconcile(actor=actor, file_name="sao-ke.csv", content=lines.encode(), source="bank", day=day or clock.today())


def findings(made):
    return [row.finding for row in made.lines.order_by("pk")]


def test_a_transfer_made_twice_is_told_also_where_the_bank_names_no_reference(open_request, accountant):
    number = open_request.number
    assert findings(bank(accountant, number, f"{number} lan 2")) == ["match", "differs"]
    assert PaymentEvent.objects.filter(subject=open_request, verb="refund_due").count() == 1
    tomorrow = clock.today() + timedelta(days=1)
    assert findings(bank(accountant, f"{number} lan 3", day=tomorrow)) == ["differs"]
    assert PaymentEvent.objects.filter(subject=open_request, verb="refund_due").count() == 2


def test_the_same_day_read_again_is_no_second_transfer(open_request, accountant):
    number = open_request.number
    bank(accountant, number)
    assert findings(bank(accountant, number, "khac")) == ["match", "only_theirs"]
    bank(accountant, number, number)
    bank(accountant, number, number, "them")
    assert PaymentEvent.objects.filter(subject=open_request, verb="refund_due").count() == 1


@pytest.mark.parametrize("text", ["9" * 5000, "9" * 19, "9" * 5000 + ",00", ".".join(["999"] * 8)])
def test_sums_that_no_bank_has_are_unreadable(text):
    assert amount_of(text) is None


# --- asked twice, paid after all --------------------------------------------------------------------------------------

def test_a_page_that_is_out_of_date_does_not_ask_for_the_fee_again(open_request, cast):
    payments.settle(open_request, "cash", via="counter")
    with pytest.raises(Refused) as refusal:
        asked(open_request.dossier, cast.desk)
    assert (refusal.value.code, refusal.value.status) == ("already_paid", 409)
    assert asked(open_request.dossier, cast.desk, amount=7_000, purpose="Bản sao thêm").amount == 7_000


def test_a_request_taken_back_and_asked_anew_that_is_paid_twice_is_noted(open_request, cast):
    attempt = tried(open_request)
    payments.cancel(actor=cast.desk, request=open_request, reason="Ghi nhầm", via="web")
    asked(open_request.dossier, cast.desk)
    assert payments.heard(words(attempt), source="notice") == "00"
    assert PaymentEvent.objects.filter(subject=open_request, verb="refund_due").exists()


def test_money_for_a_fee_that_was_remitted_is_noted(open_request, cast):
    attempt = tried(open_request)
    poor = ExemptionGround.objects.create(code="ho-ngheo", name="Hộ nghèo", percent=100, legal_basis="Điều 1")
    payments.exempt(actor=cast.desk, dossier=open_request.dossier, ground=poor, evidence="Giấy chứng nhận", via="web")
    assert payments.heard(words(attempt), source="notice") == "00"
    assert PaymentEvent.objects.filter(subject=open_request, verb="refund_due").exists()


def test_money_that_comes_after_the_last_day_is_simply_paid(open_request):
    attempt = tried(open_request)
    payments.cancel(actor=None, request=open_request, reason="Quá hạn nộp.", via="worker", verb="expire")
    assert payments.heard(words(attempt), source="notice") == "00"
    open_request.refresh_from_db()
    assert open_request.state == "paid" and not open_request.events.filter(verb="refund_due").exists()


def test_paid_twice_the_second_sum_goes_back_and_the_first_stays(open_request, cast, desk):
    first = tried(open_request)
    payments.settle(open_request, "cash", via="counter")
    payments.heard(words(first), source="notice")
    dossier = open_request.dossier
    assert reads.refunds_due(dossier) == {open_request.pk}
    for code in (None, "already_done"):  # pressed twice
        try:
            payments.refund(actor=cast.leader, request=open_request, reason="Nộp hai lần", via="web")
        except Refused as refusal:
            assert refusal.code == code
    open_request.refresh_from_db()
    assert (open_request.state, desk.fresh(dossier).money, reads.refunds_due(dossier)) == ("paid", "paid", set())
    payments.refund(actor=cast.leader, request=open_request, reason="Hồ sơ được miễn", via="web")
    open_request.refresh_from_db()
    assert open_request.state == "refunded"


def test_a_try_that_goes_wrong_keeps_no_other_payment_from_being_found(open_request, desk, cast, monkeypatch):
    bad, good = tried(open_request), tried(asked(desk.receive(), cast.desk))

    def ask(*_args, reference, **_named):
        if reference == bad.reference:
            raise RuntimeError("a fault nobody thought of")
        return answer(good)

    monkeypatch.setattr(wire, "ask", ask)
    with clock.frozen(clock.now() + LATER):
        assert payments.sweep()["asked"] == 1
    good.refresh_from_db()
    assert good.state == AttemptState.PAID


def test_a_last_question_that_was_cut_off_is_asked_again(open_request, says, settings):
    attempt = tried(open_request)
    # kill -9 after the question was counted and before its answer: once more than the most.
    PaymentAttempt.objects.update(asked_times=settings.GATEWAY_QUERY_MOST + 1, asked_at=clock.now())
    says(answer(attempt))
    with clock.frozen(clock.now() + 3 * LATER):
        payments.sweep()
    attempt.refresh_from_db()
    assert attempt.state == AttemptState.PAID
