"""What a dossier costs, who need not pay, what is asked for, reminded of, taken back, refunded; the money axis and the decision."""
from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse

from dossiers import tracking
from dossiers.models import ExemptionGround, Fee, PaymentRequest
from dossiers.services import intake, payments, processing
from dossiers.states import Money, PaymentMethod, PaymentState, State
from onestop import clock
from onestop.catalogue.models import ChannelTerm
from onestop.notify.models import Message
from onestop.transitions import Refused
from tests.dossiers.money import FEE, asked, with_fee


@pytest.fixture
def poor(db):
    return ExemptionGround.objects.create(code="ho-ngheo", name="Hộ nghèo", percent=100, legal_basis="Nghị quyết minh họa")


@pytest.fixture
def half(db):
    return ExemptionGround.objects.create(code="giam-nua", name="Người khuyết tật", percent=50, legal_basis="Nghị quyết minh họa")


def refused(call, **kwargs):
    with pytest.raises(Refused) as found:
        call(**kwargs)
    return found.value.code


def test_the_fee_is_of_version_and_channel_and_set_at_acceptance(desk, cast, morning):
    with_fee(cast.procedure, 80_000)
    ChannelTerm.objects.filter(version__procedure=cast.procedure, channel="online").update(fee_amount=Decimal("40000.50"))
    counter, online = desk.receive(), desk.submit().dossier
    assert not Fee.objects.filter(dossier=online).exists()
    intake.accept(actor=cast.desk, dossier=online, via="web")
    assert Fee.objects.get(dossier=counter).amount == 80_000 and Fee.objects.get(dossier=online).amount == 40_001
    with_fee(cast.procedure, 1)
    assert payments.set_fee(counter).amount == 80_000  # a changed catalogue does not change it


def test_a_fee_that_is_not_stated_is_never_free(desk, cast, client, morning):
    dossier = desk.receive()
    assert not Fee.objects.exists() and dossier.money == Money.NONE
    client.force_login(cast.desk)
    page = client.get(reverse("dossiers:money", args=[dossier.pk])).content.decode()
    assert "không có nghĩa là miễn phí" in page
    assert refused(payments.ask, actor=cast.desk, dossier=dossier, via="web") == "no_fee"
    assert asked(dossier, cast.desk, amount=30_000, purpose="Lệ phí").amount == 30_000


def test_another_currency_is_no_fee_in_dong(desk, cast, morning):
    with_fee(cast.procedure, 20, fee_currency="USD")
    desk.receive()
    assert not Fee.objects.exists()


def test_a_request_tells_the_citizen_sum_day_and_link(desk, cast, morning):
    with_fee(cast.procedure)
    dossier = desk.receive()
    request = asked(dossier, cast.desk)
    assert desk.fresh(dossier).money == Money.DUE and desk.fresh(dossier).state == State.ACCEPTED
    body = Message.objects.get(template_key="dossier_payment").body
    assert "50.000 đ" in body and "05/12/2026" in body and f"/ho-so/tra-cuu/{dossier.number}/thanh-toan/" in body
    assert refused(payments.ask, actor=cast.desk, dossier=dossier, via="web") == "already_asked"
    assert refused(payments.cancel, actor=cast.outsider, request=request, reason="x", via="web") == "not_allowed"


@pytest.mark.parametrize("typed", [{"amount": 0}, {"amount": -1}, {"amount": 3_000_000_000}, {"due_on": timedelta(days=-1)}])
def test_odd_sums_and_days_are_refused(desk, cast, morning, typed):
    with_fee(cast.procedure)
    more = {"due_on": clock.today() + typed["due_on"]} if "due_on" in typed else typed
    assert refused(payments.ask, actor=cast.desk, dossier=desk.receive(), via="web", **more) == "invalid"
    assert not PaymentRequest.objects.exists()


def test_nothing_is_decided_while_money_is_owed_unless_the_setting_says_so(desk, cast, settings, morning):
    with_fee(cast.procedure)
    dossier = desk.receive()
    asked(dossier, cast.desk)
    processing.start(actor=cast.specialist, dossier=dossier, via="web")
    assert refused(processing.decide, actor=cast.specialist, dossier=dossier, via="web") == "unpaid"
    settings.DECIDE_UNPAID = True
    assert processing.decide(actor=cast.specialist, dossier=dossier, via="web").state == State.DECIDED


def test_exempt_in_full_takes_the_request_back_and_lets_the_dossier_go_on(desk, cast, poor, morning):
    with_fee(cast.procedure)
    dossier = desk.receive()
    request = asked(dossier, cast.specialist, stops_clock=True)
    assert refused(payments.exempt, actor=cast.desk, dossier=dossier, ground=poor, evidence=" ", via="web") == "evidence_missing"
    assert refused(payments.exempt, actor=cast.outsider, dossier=dossier, ground=poor, evidence="x", via="web") == "not_allowed"
    payments.exempt(actor=cast.desk, dossier=dossier, ground=poor, evidence="Giấy số 1", via="web")
    request.refresh_from_db()
    fresh = desk.fresh(dossier)
    assert (request.state, fresh.money, fresh.state) == (PaymentState.CANCELLED, Money.EXEMPT, State.PROCESSING)
    assert fresh.events.get(verb="exempt").legal_basis == "Nghị quyết minh họa"
    assert refused(payments.exempt, actor=cast.desk, dossier=dossier, ground=poor, evidence="x", via="web") == "already_done"
    assert refused(payments.ask, actor=cast.desk, dossier=dossier, via="web") == "no_fee"


def test_exempt_in_part_leaves_the_rest_to_be_paid(desk, cast, half, morning):
    with_fee(cast.procedure, 50_001)
    dossier = desk.receive()
    payments.exempt(actor=cast.desk, dossier=dossier, ground=half, evidence="Giấy số 2", via="web")
    request = asked(dossier, cast.desk)
    assert request.amount == 25_000 and desk.fresh(dossier).money == Money.DUE
    payments.settle(request, PaymentMethod.TRANSFER, via="web")
    assert refused(payments.exempt, actor=cast.desk, dossier=dossier, ground=half, evidence="x", via="web") == "already_paid"


def test_a_ground_that_ended_is_not_applied_any_more(desk, cast, poor, morning):
    with_fee(cast.procedure)
    payments.save_ground(actor=cast.administrator, ground=poor, name=poor.name, percent=100, legal_basis="x", active=False)
    assert refused(payments.exempt, actor=cast.desk, dossier=desk.receive(), ground=poor, evidence="x", via="web") == "ground_ended"


def test_reminded_once_and_over_after_the_last_day(desk, cast, morning):
    with_fee(cast.procedure)
    dossier = desk.receive()
    request = asked(dossier, cast.desk)
    assert payments.sweep() == {"asked": 0, "reminded": 0, "expired": 0}
    with clock.frozen(clock.now() + timedelta(days=8)):
        assert [payments.sweep()["reminded"] for _time in range(2)] == [1, 0]
    assert Message.objects.filter(template_key="payment_reminder").count() == 1
    with clock.frozen(clock.now() + timedelta(days=11)):
        assert [payments.sweep()["expired"] for _time in range(2)] == [1, 0]
    request.refresh_from_db()
    assert request.state == PaymentState.CANCELLED and desk.fresh(dossier).money == Money.NONE
    assert request.events.last().verb == "expire"


def test_taken_back_with_a_reason_the_clock_runs_on(desk, cast, morning):
    with_fee(cast.procedure)
    dossier = desk.receive()
    request = asked(dossier, cast.specialist, stops_clock=True)
    assert refused(payments.cancel, actor=cast.desk, request=request, reason=" ", via="web") == "reason_missing"
    payments.cancel(actor=cast.desk, request=request, reason="Ghi nhầm", via="web")
    assert (desk.fresh(dossier).state, desk.fresh(dossier).money) == (State.PROCESSING, Money.NONE)
    assert refused(payments.cancel, actor=cast.desk, request=request, reason="x", via="web") == "already_done"


@pytest.mark.parametrize("end", ["withdraw", "stop"])
def test_paid_and_not_served_is_noted_then_refunded(desk, cast, client, morning, end):
    with_fee(cast.procedure)
    dossier = desk.receive()
    request = asked(dossier, cast.desk)
    payments.settle(request, PaymentMethod.CASH, via="web")
    getattr(processing, end)(actor=cast.specialist, dossier=dossier, via="web", note="Theo đề nghị")
    assert dossier.events.filter(verb="refund_due").exists() and desk.fresh(dossier).money == Money.PAID
    client.force_login(cast.specialist)
    assert "Cần xem xét hoàn tiền" in client.get(reverse("dossiers:detail", args=[dossier.pk])).content.decode()
    assert refused(payments.refund, actor=cast.desk, request=request, reason="x", via="web") == "not_allowed"
    payments.refund(actor=cast.specialist, request=request, reason="Hồ sơ không giải quyết", via="web")
    request.refresh_from_db()
    assert (request.state, request.refund_reason, desk.fresh(dossier).money) == ("refunded", "Hồ sơ không giải quyết", Money.REFUNDED)
    assert refused(payments.refund, actor=cast.specialist, request=request, reason="x", via="web") == "already_done"
    assert Message.objects.filter(template_key="payment_refunded").count() == 1


def test_a_citizen_may_pay_the_fee_before_anybody_asks(desk, cast, client, morning):
    with_fee(cast.procedure)
    dossier = desk.receive()
    session = client.session
    session[tracking.TRACKED_KEY] = [dossier.pk]
    session.save()
    tracked = client.get(reverse("dossiers:tracked", args=[dossier.number])).content.decode()
    assert "Bạn có thể nộp phí ngay" in tracked
    where = reverse("dossiers:pay", args=[dossier.number])
    client.post(where, {"action": "begin"})
    request = PaymentRequest.objects.get()
    assert (request.amount, request.asked_by) == (FEE, None)
    assert "Nộp tiền" in client.get(reverse("dossiers:tracked", args=[dossier.number])).content.decode()
    payments.settle(request, PaymentMethod.TRANSFER, via="web")
    assert "Đã nhận được tiền" in client.get(where).content.decode()
    assert "Đã thanh toán" in client.get(reverse("dossiers:tracked", args=[dossier.number])).content.decode()


def test_where_the_catalogue_takes_no_money_online_none_is_offered(desk, cast, client, morning):
    with_fee(cast.procedure, pay_online=False)
    dossier = desk.receive()
    request = asked(dossier, cast.desk)
    assert refused(lambda: payments.start_attempt(request, "http://localhost/back")) == "not_online"
    session = client.session
    session[tracking.TRACKED_KEY] = [dossier.pk]
    session.save()
    assert "Đến cổng thanh toán" not in client.get(reverse("dossiers:pay", args=[dossier.number])).content.decode()


def test_the_api_tells_what_is_asked_and_paid(desk, cast, client, morning):
    with_fee(cast.procedure)
    dossier = desk.receive()
    request = asked(dossier, cast.desk)
    where = reverse("api:dossier", args=[dossier.number])
    told = client.get(where, {"phone_last4": "5678"}).json()["payments"]
    assert told == [{"number": request.number, "amount": FEE, "currency": "VND", "purpose": "Phí, lệ phí giải quyết hồ sơ", "state": "open",
                     "state_name": "Chờ thanh toán", "due_on": "2026-12-05", "method": None, "paid_at": None,
                     "pay_url": told[0]["pay_url"]}]
    assert told[0]["pay_url"].endswith(f"/ho-so/tra-cuu/{dossier.number}/thanh-toan/")
    payments.settle(request, PaymentMethod.CASH, via="web")
    paid = client.get(where, {"phone_last4": "5678"}).json()["payments"][0]
    assert (paid["state"], paid["method"], paid["pay_url"]) == ("paid", "cash", None) and paid["paid_at"].endswith("+07:00")


def test_the_officers_page_does_each_verb_and_keeps_what_was_typed(desk, cast, client, half, morning):
    with_fee(cast.procedure)
    dossier = desk.receive()
    client.force_login(cast.specialist)

    def act(verb, **typed):
        return client.post(reverse("dossiers:money_act", args=[dossier.pk, verb]), typed)

    assert "50 nghìn" in act("ask", amount="50 nghìn", purpose="Lệ phí").content.decode()
    assert act("exempt", ground=half.pk, evidence="Giấy số 3").status_code == 302
    assert act("ask", amount="25.000", purpose="Lệ phí").status_code == 302
    request = PaymentRequest.objects.get()
    assert act("cancel", payment=request.number, reason="").status_code == 422
    assert act("cash", payment="TTKHONGCO0", payer="Người nộp mẫu").status_code == 404
    assert act("cash", payment=request.number, payer="Người nộp mẫu").status_code == 302
    assert act("cancel", payment=request.number, reason="x").status_code == 409
    assert act("refund", payment=request.number, reason="Nộp thừa").status_code == 302
    assert act("khac").status_code == 404
    text = client.get(reverse("dossiers:money", args=[dossier.pk])).content.decode()
    assert "Phiếu thu số" in text and "Đã hoàn tiền" in text and "Nộp thừa" in text
    client.force_login(cast.outsider)
    assert act("ask").status_code == client.get(reverse("dossiers:money", args=[dossier.pk])).status_code == 404


def test_the_administrator_keeps_the_grounds(cast, client, poor, morning):
    client.force_login(cast.administrator)
    where = reverse("dossiers:grounds")
    typed = {"code": "tre-em", "name": "Trẻ em", "percent": "100", "legal_basis": "Luật minh họa", "active": "on"}
    assert client.post(where, typed).status_code == 302
    assert client.post(where, typed).status_code == 422 and client.post(where, {**typed, "percent": "0"}).status_code == 422
    assert "Trẻ em" in client.get(where).content.decode()
    one = reverse("dossiers:ground", args=[poor.pk])
    assert client.post(one, {"name": "Hộ nghèo, cận nghèo", "percent": "70", "legal_basis": "x"}).status_code == 302
    poor.refresh_from_db()
    assert (poor.name, poor.percent, poor.active, poor.code) == ("Hộ nghèo, cận nghèo", 70, False, "ho-ngheo")
    client.force_login(cast.specialist)
    assert client.get(where).status_code == 403
