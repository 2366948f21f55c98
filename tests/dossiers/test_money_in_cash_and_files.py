"""Cash receipts without gaps, also at once; the paper that goes with them; files of the gateway and the bank against ours."""
from __future__ import annotations

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.urls import reverse
from pypdf import PdfReader

from dossiers.models import CashReceipt, PaymentRequest, Reconciliation
from dossiers.printing import cash as printed
from dossiers.services import payments
from dossiers.services.payments.cash import next_number
from dossiers.states import Money, PaymentMethod, State
from onestop import clock
from onestop.people.models import User
from onestop.transitions import Refused
from tests.dossiers.conftest import Desk
from tests.dossiers.money import FEE, asked, at_once, gateway, tried, with_fee, words


@pytest.fixture
def fees(cast, morning):
    with_fee(cast.procedure)


def take(cast, request, payer="Người nộp mẫu"):
    return payments.cash(actor=cast.desk, request=request, payer=payer, via="counter")


def test_cash_settles_gives_a_number_and_lets_the_dossier_go_on(desk, cast, fees):
    dossier = desk.receive()
    receipt = take(cast, asked(dossier, cast.specialist, stops_clock=True))
    assert (receipt.number, receipt.year, receipt.office, receipt.taken_by) == (1, 2026, cast.office, cast.desk)
    assert (desk.fresh(dossier).money, desk.fresh(dossier).state) == (Money.PAID, State.PROCESSING)


def test_asked_again_it_is_the_same_receipt(desk, cast, fees):
    request = asked(desk.receive(), cast.desk)
    assert take(cast, request).pk == take(cast, request).pk and CashReceipt.objects.count() == 1


def test_paid_otherwise_no_cash_is_taken_and_no_number_is_lost(desk, cast, fees):
    request = asked(desk.receive(), cast.desk)
    payments.settle(request, PaymentMethod.TRANSFER, via="web")
    with pytest.raises(Refused) as refusal:
        take(cast, request)
    assert refusal.value.code == "not_open"
    assert take(cast, asked(desk.receive(), cast.desk)).number == 1


def test_who_takes_no_cash_here_gets_no_number(desk, cast, fees):
    request = asked(desk.receive(), cast.desk)
    for actor, payer in ((cast.outsider, "A B"), (cast.administrator, "A B"), (cast.desk, " ")):
        with pytest.raises(Refused):
            payments.cash(actor=actor, request=request, payer=payer, via="counter")
    assert not CashReceipt.objects.exists()


def test_a_number_that_is_rolled_back_is_given_again(cast, db):
    with pytest.raises(RuntimeError), transaction.atomic():
        assert next_number(cast.office, 2026) == 1
        raise RuntimeError
    assert [next_number(cast.office, 2026), next_number(cast.office, 2027), next_number(cast.other_office, 2026)] == [1, 1, 1]


def test_many_receipts_at_once_have_no_gap_and_no_double(live_cast, morning):
    with_fee(live_cast.procedure)
    desk = Desk(live_cast)
    open_requests = [asked(desk.receive(), live_cast.desk) for _number in range(12)]

    def pay(index):
        actor = User.objects.get(pk=live_cast.desk.pk)
        return payments.cash(actor=actor, request=PaymentRequest.objects.get(pk=open_requests[index].pk), payer="Người mẫu", via="c").number

    made = at_once(12, pay)
    made = [pay(index) if number == "busy" else number for index, number in enumerate(made)]
    assert sorted(made) == list(range(1, 13))


def test_the_same_money_taken_at_two_counters_gives_one_receipt(live_cast, morning):
    with_fee(live_cast.procedure)
    request = asked(Desk(live_cast).receive(), live_cast.desk)

    def pay(_index):
        return payments.cash(actor=User.objects.get(pk=live_cast.desk.pk), request=request, payer="Người nộp mẫu", via="counter").pk

    assert len({pk for pk in at_once(6, pay) if pk != "busy"}) == 1
    assert CashReceipt.objects.count() == 1 and request.events.filter(verb="paid").count() == 1


def test_the_paper_says_who_what_and_how_much_and_is_alike_every_time(desk, cast, client, fees):
    receipt = take(cast, asked(desk.receive(), cast.desk, amount=1_205_000, purpose="Lệ phí #cấp *giấy*"), payer="Nguyễn Mẫu $Thử_")
    where = reverse("dossiers:cash_receipt", args=[receipt.pk])
    assert client.get(where).status_code == 302
    client.force_login(cast.desk)
    first, second = client.get(where), client.get(where)
    assert first.content == second.content and first["Content-Type"] == "application/pdf"
    text = " ".join(PdfReader(io.BytesIO(first.content)).pages[0].extract_text().split())
    for part in ("00001/2026-H13.70", "1.205.000 đồng", "Một triệu hai trăm linh năm nghìn đồng", "Nguyễn Mẫu $Thử_", "Lệ phí #cấp *giấy*",
                 "PHIẾU THU TIỀN PHÍ, LỆ PHÍ", "25/11/2026", cast.desk.full_name, receipt.request.dossier.number):
        assert part in text, part
    client.force_login(cast.outsider)
    assert client.get(where).status_code == 404


@pytest.mark.parametrize(("amount", "text"), [
    (0, "Không đồng"), (5, "Năm đồng"), (15, "Mười lăm đồng"), (21, "Hai mươi mốt đồng"), (105, "Một trăm linh năm đồng"),
    (1_000, "Một nghìn đồng"), (50_000, "Năm mươi nghìn đồng"), (1_000_005, "Một triệu không trăm linh năm đồng"),
    (2_055_111, "Hai triệu không trăm năm mươi lăm nghìn một trăm mười một đồng"), (10_000_000, "Mười triệu đồng"),
    (1_000_000_000, "Một tỷ đồng"), (1_050_000_000, "Một tỷ không trăm năm mươi triệu đồng")])
def test_amounts_written_out(amount, text):
    assert printed.words(amount) == text


# --- files ------------------------------------------------------------------------------------------------------------

def upload(client, source, text, day="2026-11-25"):
    file = SimpleUploadedFile("ngay.csv", text.encode(), content_type="text/csv")
    return client.post(reverse("dossiers:reconciliations"), {"source": source, "day": day, "file": file})


def findings(pk=None):
    row = Reconciliation.objects.get(pk=pk) if pk else Reconciliation.objects.get()
    return {line.reference: line.finding for line in row.lines.all()}


@pytest.fixture
def accountant(client, cast):
    client.force_login(cast.administrator)
    return client


def test_a_gateways_file_is_compared_line_by_line(desk, cast, accountant, fees, settings):
    tries = [tried(asked(desk.receive(), cast.desk)) for _number in range(5)]
    for paid in tries[:3]:
        payments.heard(words(paid), source="notice")
    alike, other_sum, missing, unknown_to_us, twice = (item.reference for item in tries)
    lines = [f"{alike},50000", f"{other_sum},60000", f"{unknown_to_us},50000", "TTKHONGCO01,1000", f"{alike},50000"]
    reply = upload(accountant, "gateway", "vnp_TxnRef,so tien\n" + "\n".join(lines) + "\n")
    assert reply.status_code == 302
    row = Reconciliation.objects.get()
    assert [(line.reference, line.finding, line.theirs, line.ours) for line in row.lines.order_by("pk")] == [
        (alike, "match", FEE, FEE), (other_sum, "differs", 60_000, FEE), (unknown_to_us, "differs", FEE, None),
        ("TTKHONGCO01", "only_theirs", 1000, None), (alike, "differs", FEE, FEE), (missing, "only_ours", None, FEE)]
    assert twice not in findings() and tries[3].request.__class__.objects.get(pk=tries[3].request_id).state == "open"
    page = accountant.get(reply.url).content.decode()
    assert "đang hỏi lại cổng thanh toán" in page and "Số tiền khác nhau" in page
    assert "TTKHONGCO01" not in accountant.get(f"{reply.url}?loc=match").content.decode()
    table = accountant.get(reverse("dossiers:reconciliation_csv", args=[row.pk])).content.decode("utf-8-sig")
    assert table.splitlines()[0] == "Mã,Kết quả,Số tiền trong tệp,Số tiền ở Cổng,Ghi chú" and f"{missing},Chỉ có ở Cổng,,50000," in table


def test_what_only_the_gateways_file_knows_is_asked_about_again_and_found(desk, cast, accountant, settings, fees):
    with gateway(settings) as server:
        request = asked(desk.receive(), cast.desk)
        attempt = tried(request)
        attempt.state, attempt.ended_at = "expired", clock.now()
        attempt.save(update_fields=["state", "ended_at"])
        fields = {**words(attempt), "vnp_CurrCode": "VND"}
        server.ledger.transactions[attempt.reference] = type("Row", (), {"fields": fields, "result": "success", "number": "7"})()
        upload(accountant, "gateway", f"vnp_TxnRef,vnp_Amount\n{attempt.reference},5000000\n")
        assert findings() == {attempt.reference: "differs"}
        with clock.frozen(clock.at(clock.today(), 9, 30)):
            payments.sweep()
    request.refresh_from_db()
    assert request.state == "paid"


def test_a_banks_line_with_our_number_and_sum_settles_and_nothing_else_does(desk, cast, accountant, fees):
    good, short, cashed = (asked(desk.receive(), cast.specialist, stops_clock=True) for _number in range(3))
    take(cast, cashed)
    lines = [f"F1;50.000;CT {good.number[:4]} {good.number[4:].lower()} nop phi", f"F2;40.000;{short.number}", f"F3;50.000;{cashed.number}",
             "F4;10.000;tien mung", "F5;;rut tien"]
    upload(accountant, "bank", "so tham chieu;ghi co;noi dung\n" + "\n".join(lines) + "\n")
    assert findings() == {good.number: "match", short.number: "differs", cashed.number: "differs", "F4": "only_theirs"}
    good.refresh_from_db()
    short.refresh_from_db()
    assert (good.state, good.method, short.state) == ("paid", "transfer", "open")
    assert desk.fresh(good.dossier).state == State.PROCESSING
    again = upload(accountant, "bank", f"so tham chieu;ghi co;noi dung\nF1;50.000;{good.number}\nF9;50.000;{good.number}\n")
    lines_again = list(Reconciliation.objects.first().lines.values_list("finding", flat=True))
    assert again.status_code == 302 and lines_again == ["match", "differs"]  # the second transfer of the same sum is somebody's money
    third = upload(accountant, "bank", "so tham chieu;ghi co;noi dung\nF4;10.000;tien mung\n")
    assert third.status_code == 302 and findings(Reconciliation.objects.first().pk) == {"F4": "only_theirs", good.number: "only_ours"}


def test_the_same_file_twice_and_files_that_are_none_are_refused(cast, accountant, fees):
    text = "vnp_TxnRef,so tien\nTTKHONGCO01,1\n"
    assert [upload(accountant, "gateway", text).status_code for _time in range(2)] == [302, 409]
    assert upload(accountant, "gateway", "khong phai\n").status_code == 422 and upload(accountant, "x", text).status_code == 422
    assert upload(accountant, "gateway", "").status_code == 422
    accountant.force_login(cast.leader)
    assert upload(accountant, "gateway", text + "\n").status_code == 403 and Reconciliation.objects.count() == 1


def test_a_cell_never_becomes_a_formula(cast, accountant, fees):
    upload(accountant, "bank", "so tham chieu;ghi co;noi dung\n=1+1;1.000;=cmd\n")
    table = accountant.get(reverse("dossiers:reconciliation_csv", args=[Reconciliation.objects.get().pk])).content.decode("utf-8-sig")
    assert "'=1+1" in table and "'=cmd" in table
