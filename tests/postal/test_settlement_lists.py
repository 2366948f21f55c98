"""A settlement: filled by a job, compared with the carrier's file line by line, decided, approved by another person, then frozen."""
import io
import itertools
import re

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction
from openpyxl import load_workbook
from pypdf import PdfReader

from dossiers.printing.cash import words
from onestop import clock
from onestop.transitions import Refused
from postal.models import SettlementLine, SettlementList, Shipment
from postal.services import settlements
from postal.services.settlements import working
from postal.states import Decision, LineOutcome, Payer, SettlementState
from tests import cast as casting
from tests.postal.money import PROVINCE, build, csv_file, workbook


@pytest.fixture
def filled(money):
    """Five shipments of a waiver in a list."""
    waiver = money.waiver()
    for _number in range(5):
        money.shipment()
    return money.listing(waiver)


def outcomes(settlement):
    return dict(settlement.lines.values_list("waybill", "outcome"))


def mixed(money, filled):
    """Two match, one differs, two are missing in the file, one in the portal."""
    return money.compared(filled, [("EB000001VN", "31.501"), ("eb 000002 vn", PROVINCE, "20/11/2026"), ("EB000003VN", 40_000),
                                   ("EB999999VN", 12_000)])


def decided(money, settlement):
    admin = money.cast.administrator
    settlements.decide(actor=admin, line=settlement.lines.get(outcome=LineOutcome.DIFFERS), decision=Decision.THEIRS, note="Quá khổ")
    settlements.decide_all(actor=admin, settlement=settlement, outcome=LineOutcome.MISSING_THEIRS, decision=Decision.OURS, note="Gửi sau")
    settlements.decide_all(actor=admin, settlement=settlement, outcome=LineOutcome.MISSING_OURS, decision=Decision.NONE, note="Không rõ")
    settlement.refresh_from_db()
    return settlement


TOTAL = PROVINCE * 4 + 40_000


def test_the_job_fills_it_with_the_waivers_shipments_of_the_period(money, filled):
    assert (filled.count, filled.doing, filled.state) == (5, "", SettlementState.DRAFT)
    line = filled.lines.first()
    assert (line.fee, line.discount, line.ours, line.outcome) == (PROVINCE, 0, PROVINCE, LineOutcome.OPEN)
    assert line.dossier_code.startswith("H13.70")


def test_many_lines_go_in_parts_and_a_dead_job_is_taken_up(money, monkeypatch):
    monkeypatch.setattr(working, "CHUNK", 2)
    monkeypatch.setattr(working, "CHUNKS_A_JOB", 2)
    waiver = money.waiver()
    for _number in range(7):
        money.shipment()
    settlement = money.listing(waiver)  # the first job: four lines
    assert (settlement.doing, settlement.lines.count()) == ("fill", 4)
    SettlementList.objects.filter(pk=settlement.pk).update(worked_at=clock.now().replace(year=2025))
    assert settlements.resume() == 1
    settlements.work(settlement.pk)
    settlements.work(settlement.pk)
    settlement.refresh_from_db()
    assert (settlement.doing, settlement.count) == ("", 7)
    assert sorted(settlement.lines.values_list("position", flat=True)) == list(range(1, 8))


def test_a_shipment_stands_in_one_list_only(money, filled):
    again = money.listing(filled.waiver)
    assert again.count == 0
    line = filled.lines.first()
    with pytest.raises(DatabaseError), transaction.atomic():
        SettlementLine.objects.create(list=again, shipment=line.shipment, position=1, waybill="X")


def test_a_dropped_list_frees_its_shipments(money, filled):
    settlements.drop(actor=money.cast.administrator, settlement=filled, reason="Sai kỳ")
    settlements.drop(actor=money.cast.administrator, settlement=filled, reason="Sai kỳ")
    assert filled.events.filter(verb="drop").count() == 1
    assert money.listing(filled.waiver).count == 5


def test_what_is_collected_later_is_added(money, filled):
    money.shipment()
    settlements.refill(actor=money.cast.administrator, settlement=filled)
    settlements.work(filled.pk)
    filled.refresh_from_db()
    assert filled.count == 6


def test_line_by_line(money, filled):
    settlement = mixed(money, filled)
    assert settlement.state == SettlementState.CHECKING
    assert outcomes(settlement) == {
        "EB000001VN": LineOutcome.MATCH, "EB000002VN": LineOutcome.MATCH, "EB000003VN": LineOutcome.DIFFERS,
        "EB000004VN": LineOutcome.MISSING_THEIRS, "EB000005VN": LineOutcome.MISSING_THEIRS, "EB999999VN": LineOutcome.MISSING_OURS}
    assert settlement.total == PROVINCE * 2


def test_a_workbook_with_words_above_and_sums_below(money, filled):
    settlements.upload(actor=money.cast.administrator, settlement=filled, file=workbook([("EB000001VN", PROVINCE), ("EB000002VN", 1)]))
    settlements.work(filled.pk)
    filled.refresh_from_db()
    assert (filled.rows, filled.bad_rows, filled.columns) == (2, 0, {"waybill": "Mã bưu gửi", "amount": "Số tiền"})
    assert outcomes(filled)["EB000001VN"] == LineOutcome.MATCH


def test_columns_of_other_names_are_named_by_hand(money, filled):
    file = csv_file([("EB000001VN", PROVINCE)], titles="STT;Ref;Ngày;Tiền trả")
    settlements.upload(actor=money.cast.administrator, settlement=filled, file=file, waybill_title="ref", amount_title="Tiền trả")
    settlements.work(filled.pk)
    assert outcomes(filled)["EB000001VN"] == LineOutcome.MATCH


def test_bad_rows_are_named_by_their_number(money, filled):
    rows = [("EB000001VN", PROVINCE), ("", 5), ("EB000002VN", "31,5"), ("EB000001VN", PROVINCE), ("EB3", "=1+1")]
    settlement = money.compared(filled, rows)
    assert settlement.bad_rows == 4
    assert [fault["row"] for fault in settlement.faults] == [3, 4, 5, 6]
    assert "dòng 2" in settlement.faults[2]["sentence"]


@pytest.mark.parametrize("bytes_of_it", [b"PK\x03\x04 broken", b"\xff\xfe\x00", b"a;b;c\n1;2;3\n",
                                         "Mã bưu gửi;Cước\nÂ;1\n".encode("utf-16")[2:]])
def test_a_file_that_cant_be_read_says_so(money, filled, bytes_of_it):
    file = csv_file([])
    file.file = io.BytesIO(bytes_of_it)
    file.size = len(bytes_of_it)
    settlements.upload(actor=money.cast.administrator, settlement=filled, file=file)
    settlements.work(filled.pk)
    filled.refresh_from_db()
    assert (filled.doing, filled.state, filled.rows) == ("", SettlementState.DRAFT, 0)
    assert filled.faults[0]["row"] == 0
    money.compared(filled, [("EB000001VN", PROVINCE)])  # another file may come


def test_too_many_rows(money, filled, settings):
    settings.SETTLEMENT_ROWS = 2
    settlement = money.compared(filled, [("EB000001VN", 1), ("EB000002VN", 1), ("EB000003VN", 1)])
    assert "quá 2 dòng" in settlement.faults[0]["sentence"]


def test_a_file_is_read_in_parts_that_never_count_twice(money, filled, monkeypatch):
    monkeypatch.setattr(working, "CHUNK", 2)
    waybills = [("EB000001VN", PROVINCE), ("EB000002VN", PROVINCE), ("EB000003VN", PROVINCE), ("EB000004VN", PROVINCE), ("X1", 5)]
    settlements.upload(actor=money.cast.administrator, settlement=filled, file=csv_file(waybills))
    real, calls = working._read_chunk, itertools.count()

    def dies(*args):
        if next(calls) == 1:
            raise KeyboardInterrupt
        return real(*args)

    monkeypatch.setattr(working, "_read_chunk", dies)
    with pytest.raises(KeyboardInterrupt):
        settlements.work(filled.pk)
    settlements.work(filled.pk)
    settlements.work(filled.pk)
    filled.refresh_from_db()
    assert (filled.rows, filled.bad_rows, filled.count, filled.total) == (5, 0, 6, PROVINCE * 4)


def test_the_same_file_twice_and_another_one(money, filled):
    settlement = mixed(money, filled)
    rows = [("EB000001VN", "31.501"), ("eb 000002 vn", PROVINCE, "20/11/2026"), ("EB000003VN", 40_000), ("EB999999VN", 12_000)]
    with pytest.raises(Refused, match="đã được đối soát"):
        settlements.upload(actor=money.cast.administrator, settlement=settlement, file=csv_file(rows))
    decided(money, settlement)
    settlement = money.compared(settlement, [(f"EB00000{number}VN", PROVINCE) for number in range(1, 6)])
    assert set(outcomes(settlement).values()) == {LineOutcome.MATCH}
    assert (settlement.count, settlement.total) == (5, PROVINCE * 5)


def test_why_the_portal_has_no_such_line(money, filled):
    dossier = money.dossier()
    own = money.shipment(dossier=dossier, waybill="EB777777VN")
    Shipment.objects.filter(pk=own.pk).update(waiver=None, payer=Payer.CITIZEN)
    settlement = money.compared(filled, [("EB777777VN", 1)])
    line = settlement.lines.get(waybill="EB777777VN")
    assert (line.outcome, line.dossier_code) == (LineOutcome.MISSING_OURS, dossier.number)
    assert "không thuộc đợt miễn cước" in line.note


def test_a_decision_needs_a_side_that_has_a_figure_and_a_note(money, filled):
    settlement = mixed(money, filled)
    admin = money.cast.administrator
    missing = settlement.lines.filter(outcome=LineOutcome.MISSING_THEIRS).first()
    with pytest.raises(Refused) as refused:
        settlements.decide(actor=admin, line=missing, decision=Decision.THEIRS, note="x")
    assert refused.value.code == "not_possible"
    with pytest.raises(Refused) as refused:
        settlements.decide(actor=admin, line=missing, decision=Decision.OURS, note=" ")
    assert refused.value.code == "note_missing"
    with pytest.raises(Refused) as refused:
        settlements.decide(actor=admin, line=settlement.lines.filter(outcome=LineOutcome.MATCH).first(), decision=Decision.OURS, note="x")
    assert refused.value.code == "nothing_to_decide"
    for actor in (money.cast.monitor, money.cast.leader, money.cast.carrier):
        with pytest.raises(Refused) as refused:
            settlements.decide(actor=actor, line=missing, decision=Decision.OURS, note="x")
        assert refused.value.status == 403


def test_four_eyes_and_no_open_line(money, filled):
    settlement = mixed(money, filled)
    with pytest.raises(Refused) as refused:
        settlements.approve(actor=money.second, settlement=settlement)
    assert refused.value.code == "open_lines"
    decided(money, settlement)
    with pytest.raises(Refused) as refused:
        settlements.approve(actor=money.cast.administrator, settlement=settlement)
    assert refused.value.code == "same_person"
    approved = settlements.approve(actor=money.second, settlement=settlement)
    assert (approved.number, approved.total, approved.count) == ("001/2026/QTC-T92", TOTAL, 6)
    assert settlements.approve(actor=money.second, settlement=settlement).number == approved.number
    assert settlement.events.filter(verb="approve").count() == 1


def test_who_decided_a_line_does_not_approve(money, filled):
    settlement = mixed(money, filled)
    settlements.decide_all(actor=money.second, settlement=settlement, outcome=LineOutcome.DIFFERS, decision=Decision.NONE, note="x")
    decided_by_first = {"actor": money.cast.administrator, "settlement": settlement, "decision": Decision.NONE, "note": "x"}
    settlements.decide_all(outcome=LineOutcome.MISSING_THEIRS, **decided_by_first)
    settlements.decide_all(outcome=LineOutcome.MISSING_OURS, **decided_by_first)
    with pytest.raises(Refused) as refused:
        settlements.approve(actor=money.second, settlement=settlement)
    assert refused.value.code == "same_person"


def approved(money, filled):
    return settlements.approve(actor=money.second, settlement=decided(money, mixed(money, filled)))


def test_numbers_have_no_gap(money, filled):
    first = approved(money, filled)
    dropped = money.listing(filled.waiver)
    settlements.drop(actor=money.cast.administrator, settlement=dropped, reason="x")
    money.shipment()
    code = Shipment.objects.order_by("-pk").first().waybill
    second = money.compared(money.listing(filled.waiver), [(code, PROVINCE)])
    second = settlements.approve(actor=money.second, settlement=second)
    assert [first.number, second.number] == ["001/2026/QTC-T92", "002/2026/QTC-T92"]


def test_frozen_for_every_service(money, filled):
    row = approved(money, filled)
    admin, line = money.cast.administrator, row.lines.first()
    tries = [lambda: settlements.drop(actor=admin, settlement=row, reason="x"), lambda: settlements.refill(actor=admin, settlement=row),
             lambda: settlements.upload(actor=admin, settlement=row, file=csv_file([("A", 1)])),
             lambda: settlements.decide(actor=admin, line=line, decision=Decision.NONE, note="x")]
    for attempt in tries:
        with pytest.raises(Refused) as refused:
            attempt()
        assert (refused.value.code, refused.value.status) == ("frozen", 409)


def test_frozen_by_the_database(money, filled):
    row = approved(money, filled)
    line = row.lines.first()
    tries = [lambda: SettlementLine.objects.filter(pk=line.pk).update(amount=1),
             lambda: SettlementList.objects.filter(pk=row.pk).update(total=1),
             lambda: SettlementList.objects.filter(pk=row.pk).update(state="draft"),
             lambda: SettlementLine.objects.create(list=row, position=99, waybill="Y", amount=5),
             lambda: sql("DELETE FROM postal_settlementline WHERE id = %s", line.pk),
             lambda: sql("DELETE FROM postal_settlementline"), lambda: sql("DELETE FROM postal_settlementlist WHERE id = %s", row.pk),
             lambda: line.delete(), lambda: SettlementLine.objects.filter(list=row).delete(),
             lambda: SettlementList.objects.filter(pk=row.pk)._raw_delete("default")]
    for attempt in tries:
        with pytest.raises(DatabaseError), transaction.atomic():
            attempt()
    row.refresh_from_db()
    assert (row.total, row.lines.count(), row.state) == (TOTAL, 6, SettlementState.APPROVED)


def sql(statement, *values):
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def test_what_is_not_approved_may_be_deleted(money, filled):
    assert SettlementLine.objects.filter(list=filled).delete()[0] > 0


def test_replacing_is_no_way_around(money, filled):
    """REPLACE is the embedded database's own word; PostgreSQL does not know it."""
    row = approved(money, filled)
    columns = ", ".join(field.column for field in SettlementList._meta.fields)
    with pytest.raises(DatabaseError), transaction.atomic():
        sql(f"REPLACE INTO postal_settlementlist ({columns}) SELECT {columns} FROM postal_settlementlist WHERE id = %s", row.pk)


@pytest.mark.django_db(transaction=True)
def test_a_flush_empties_what_is_frozen_and_the_guards_stay(live_cast, morning):
    live = build(live_cast)
    waiver = live.waiver()
    live.shipment()
    listed = live.listing(waiver)
    SettlementList.objects.filter(pk=listed.pk).update(state="approved", number="X", approved_by=live.second)
    with pytest.raises(DatabaseError), transaction.atomic():
        SettlementLine.objects.filter(list=listed).delete()
    call_command("flush", interactive=False, verbosity=0)
    assert not SettlementList.objects.exists()
    other = build(casting.build())
    listed = other.listing(other.waiver())
    SettlementList.objects.filter(pk=listed.pk).update(state="approved", number="Y", approved_by=other.second)
    with pytest.raises(DatabaseError), transaction.atomic():
        SettlementList.objects.filter(pk=listed.pk)._raw_delete("default")


def test_a_later_waiver_changes_nothing_approved(money, filled):
    row = approved(money, filled)
    before = list(row.lines.order_by("pk").values())
    shipments = list(Shipment.objects.order_by("pk").values("fee", "payable", "payer", "waiver_id"))
    money.waiver(name="Đợt sau", direction="")
    assert list(row.lines.order_by("pk").values()) == before
    assert list(Shipment.objects.order_by("pk").values("fee", "payable", "payer", "waiver_id")) == shipments


def content(file):
    with file.file.open("rb") as opened:
        return opened.read()


def test_both_files_add_up_with_the_page(money, filled):
    row = approved(money, filled)
    assert settlements.export_missing() == 1
    assert settlements.export(row.pk) == 2
    assert settlements.export(row.pk) == 0
    assert settlements.export_missing() == 0
    files = {file.format: file for file in row.files.all()}
    sheet = load_workbook(io.BytesIO(content(files["xlsx"]))).active
    cells = [list(line) for line in sheet.iter_rows(values_only=True)]
    first = next(index for index, line in enumerate(cells) if line[0] == "STT") + 1
    body, sums = cells[first:-1], cells[-1]
    assert len(body) == row.count == 6
    assert sum(line[7] for line in body) == sums[7] == row.total == TOTAL
    assert sum(line[4] or 0 for line in body) == sums[4]
    assert sum(line[6] or 0 for line in body) == sums[6]
    assert words(TOTAL) in sums[8]
    head = " ".join(str(line[0]) for line in cells[:first])
    for said in (row.number, row.waiver.payer, row.waiver.legal_basis, "đến hết ngày 25/11/2026"):
        assert said in head
    text = " ".join(page.extract_text() for page in PdfReader(io.BytesIO(content(files["pdf"]))).pages)
    text = " ".join(text.replace("\u200b", "").split())
    for said in (row.number, row.waiver.payer, "166.004", words(TOTAL), "EB000003VN", "Quá khổ"):
        assert said in text, said
    assert TOTAL == 166_004
    printed = [int(amount.replace(".", "")) for amount in re.findall(r"166\.004", text)]
    assert len(printed) >= 2  # in the line of sums and in the closing sentence
