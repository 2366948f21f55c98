"""A settlement pays each shipment once: also after it was added to, beside other lists, after half a file, with a late worker."""
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from onestop import clock
from onestop.transitions import Refused
from postal import fees as rules
from postal import money_lists
from postal.models import SettlementLine, SettlementList, Shipment
from postal.services import fees, settlements
from postal.services.settlements import working
from postal.states import Decision, Direction, LineOutcome, Payer, SettlementState, State
from tests.postal.money import PROVINCE, SAME, csv_file


@pytest.fixture
def waiver(money):
    return money.waiver()


@pytest.fixture
def compared(money, waiver):
    """One shipment that matches; the file names one more, which the portal collects later."""
    money.shipment()
    return money.compared(money.listing(waiver), [("EB000001VN", PROVINCE), ("EB000002VN", PROVINCE)])


def refilled(money, settlement):
    settlements.refill(actor=money.cast.administrator, settlement=settlement)
    settlements.work(settlement.pk)
    settlement.refresh_from_db()
    return settlement


def test_what_is_added_joins_the_line_that_only_the_carrier_had(money, compared):
    settlements.decide_all(actor=money.cast.administrator, settlement=compared, outcome=LineOutcome.MISSING_OURS, decision=Decision.THEIRS,
                           note="Có bưu phẩm")
    shipment = money.shipment()
    row = refilled(money, compared)
    line = row.lines.get(waybill="EB000002VN")
    assert (row.count, row.total, line.shipment, line.outcome, line.decision) == (2, 2 * PROVINCE, shipment, LineOutcome.MATCH, "")


def test_what_is_added_and_differs_waits_for_a_decision(money, compared):
    SettlementLine.objects.filter(waybill="EB000002VN").update(theirs=PROVINCE + 1)
    money.shipment()
    row = refilled(money, compared)
    line = row.lines.get(waybill="EB000002VN")
    assert (row.count, row.total, line.outcome, line.is_open) == (2, PROVINCE, LineOutcome.DIFFERS, True)


def test_what_is_added_and_not_in_the_file_can_be_decided(money, compared):
    money.shipment()
    money.shipment()
    row = refilled(money, compared)
    line = row.lines.get(waybill="EB000003VN")
    assert line.outcome == LineOutcome.MISSING_THEIRS
    settlements.decide(actor=money.cast.administrator, line=line, decision=Decision.OURS, note="Gửi sau")
    settlements.approve(actor=money.second, settlement=row)
    row.refresh_from_db()
    assert (row.state, row.count, row.total) == (SettlementState.APPROVED, 3, 3 * PROVINCE)


# --- two lists --------------------------------------------------------------------------------------------------------

@pytest.fixture
def other(money, waiver, compared):
    """Another list of the carrier, whose file names the same unknown waybill and one more."""
    return money.compared(money.listing(waiver), [("EB000002VN", PROVINCE), ("EB000009VN", 5_000)])


def pay(money, settlement, waybill="EB000002VN"):
    line = settlement.lines.get(waybill=waybill)
    return settlements.decide(actor=money.cast.administrator, line=line, decision=Decision.THEIRS, note="Có bưu phẩm")


def test_a_waybill_that_only_the_carrier_knows_is_paid_by_one_list(money, compared, other):
    pay(money, compared)
    with pytest.raises(Refused) as refused:
        pay(money, other)
    assert (refused.value.code, refused.value.status) == ("paid_elsewhere", 409)
    assert "EB000002VN" in str(refused.value.sentence)
    settlements.decide(actor=money.cast.administrator, line=other.lines.get(waybill="EB000002VN"), decision=Decision.NONE, note="Đã trả")


def test_many_decisions_leave_out_what_another_list_pays(money, compared, other):
    pay(money, compared)
    assert settlements.decide_all(actor=money.cast.administrator, settlement=other, outcome=LineOutcome.MISSING_OURS,
                                  decision=Decision.THEIRS, note="Có bưu phẩm") == 1
    other.refresh_from_db()
    assert (other.total, other.lines.get(waybill="EB000002VN").is_open) == (5_000, True)


def test_a_shipment_whose_waybill_was_paid_is_looked_at(money, waiver, compared):
    pay(money, compared)
    settlements.approve(actor=money.second, settlement=compared)
    money.shipment()
    row = money.compared(money.listing(waiver), [("EB000002VN", PROVINCE)])
    line = row.lines.get()
    assert (row.total, line.outcome, bool(line.note)) == (0, LineOutcome.DIFFERS, True)
    with pytest.raises(Refused):
        settlements.decide(actor=money.cast.administrator, line=line, decision=Decision.OURS, note="x")


def test_two_lists_decided_at_the_same_moment_are_not_both_approved(money, compared, other):
    pay(money, compared)
    settlements.decide_all(actor=money.cast.administrator, settlement=other, outcome=LineOutcome.MISSING_OURS, decision=Decision.NONE,
                           note="x")
    SettlementLine.objects.filter(list=other, waybill="EB000002VN").update(amount=PROVINCE, decision=Decision.THEIRS)
    with pytest.raises(Refused) as refused:
        settlements.approve(actor=money.second, settlement=other)
    assert refused.value.code == "paid_elsewhere"


def test_a_dropped_list_pays_nothing(money, compared, other):
    pay(money, compared)
    settlements.drop(actor=money.cast.administrator, settlement=compared, reason="Sai kỳ")
    assert pay(money, other).amount == PROVINCE


# --- files ------------------------------------------------------------------------------------------------------------

def test_half_a_file_leaves_nothing_behind(money, compared, monkeypatch, settings):
    settings.SETTLEMENT_ROWS = 2
    monkeypatch.setattr(working, "CHUNK", 1)
    file = csv_file([("EB000001VN", PROVINCE), ("EB000007VN", 1), ("EB000008VN", 1)])
    settlements.upload(actor=money.cast.administrator, settlement=compared, file=file)
    settlements.work(compared.pk)
    compared.refresh_from_db()
    assert (compared.state, compared.doing, compared.count, compared.total, compared.rows) == (SettlementState.DRAFT, "", 1, 0, 0)
    assert list(compared.lines.values_list("waybill", "outcome", "theirs")) == [("EB000001VN", LineOutcome.OPEN, None)]
    assert "2" in compared.faults[0]["sentence"]


def test_the_sums_follow_at_once_when_another_file_comes(money, compared):
    settlements.upload(actor=money.cast.administrator, settlement=compared, file=csv_file([("EB000001VN", 1)]))
    compared.refresh_from_db()
    assert (compared.count, compared.total) == (1, 0)


def test_a_late_worker_writes_nothing_of_an_older_file(money, compared):
    stale = SettlementList.objects.get(pk=compared.pk)
    settlements.upload(actor=money.cast.administrator, settlement=compared, file=csv_file([("EB000001VN", 1)]))
    working._read(stale)
    compared.refresh_from_db()
    assert (compared.doing, compared.rows, compared.lines.get().theirs) == ("read", 0, None)


def test_a_damaged_workbook_does_not_hold_the_list(money, compared):
    file = SimpleUploadedFile("doi-soat.xlsx", b"PK\x03\x04" + b"\x00" * 50)
    settlements.upload(actor=money.cast.administrator, settlement=compared, file=file)
    settlements.work(compared.pk)
    compared.refresh_from_db()
    assert (compared.doing, len(compared.faults)) == ("", 1)


# --- prices -----------------------------------------------------------------------------------------------------------

def test_what_the_citizen_paid_before_the_waiver_is_not_paid_again(money):
    paid = money.shipment(state=State.DELIVERED, collected_at=clock.now() - timedelta(days=1))
    money.waiver()
    fees.settle_prices()  # the sweep was late: the waiver runs by now
    paid.refresh_from_db()
    assert (paid.payer, paid.waiver, paid.payable) == (Payer.CITIZEN, None, PROVINCE)


def test_unpriced_shipments_of_a_settlement_keep_no_other_waiting(money, waiver, monkeypatch):
    monkeypatch.setattr(fees, "PER_SWEEP", 1)
    held = money.shipment()
    Shipment.objects.filter(pk=held.pk).update(fee=None, payable=None, priced_on=clock.today())
    money.listing(waiver)
    Shipment.objects.filter(pk=held.pk).update(priced_on=None)  # a price came into the table
    money.shipment()
    assert fees.settle_prices() == 1
    assert fees.settle_prices() == 0


def test_a_persons_discount_is_no_offices():
    bill = rules.bill(fee=SAME, group="invalid", direction=Direction.BETWEEN, waiver=None)
    assert (bill.payable, bill.payer, bill.discount) == (SAME, Payer.OFFICE, "none")


def test_a_cancelled_shipment_is_not_counted(money, waiver):
    money.shipment()
    gone = money.shipment(state=State.CANCELLED, collected_at=None)
    Shipment.objects.filter(pk=gone.pk).update(collected_at=None)
    row = money_lists.waivers(money.cast.administrator).get()
    assert (row.covered, row.owed) == (1, PROVINCE)
