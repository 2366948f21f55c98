"""The pages of fees, social claims and settlement lists: who sees them, what they show, what odd input does."""
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from onestop import clock
from onestop.notify.models import Message
from postal.models import CarrierClerk, FeeRule, SettlementList, SocialClaim
from postal.services import money as sweeping
from postal.services import settlements
from postal.states import Decision, LineOutcome, SettlementState
from tests.postal.money import PROVINCE, csv_file


@pytest.fixture
def compared(money):
    """Three lines: one matches, one differs, one is missing in the file."""
    waiver = money.waiver()
    for _number in range(3):
        money.shipment()
    return money.compared(money.listing(waiver), [("EB000001VN", PROVINCE), ("EB000002VN", 5)])


def page_of(client, user, name, *args, **asked):
    client.force_login(user)
    return client.get(reverse(f"postal:{name}", args=args), asked)


def test_the_list_from_its_form_to_its_files(money, client):
    waiver = money.waiver()
    for _number in range(3):
        money.shipment()
    today = clock.today()
    client.force_login(money.cast.administrator)
    assert page_of(client, money.cast.administrator, "settlement_new", dot=waiver.pk).context["form"].initial["due_on"] == waiver.settle_by
    typed = {"waiver": waiver.pk, "carrier": money.carrier.pk, "starts_on": today.isoformat(), "ends_on": today.isoformat(),
             "due_on": today.isoformat()}
    assert client.post(reverse("postal:settlement_new"), typed | {"ends_on": "2020-01-01"}).status_code == 422
    assert client.post(reverse("postal:settlement_new"), typed).status_code == 302
    settlement = SettlementList.objects.get()
    assert "Đang lập danh sách" in page_of(client, money.cast.administrator, "settlement", settlement.pk).content.decode()
    settlements.work(settlement.pk)
    upload = reverse("postal:settlement_upload", args=[settlement.pk])
    assert client.post(upload, {}).status_code == 422
    assert client.post(upload, {"file": csv_file([(f"EB00000{number}VN", PROVINCE) for number in (1, 2, 3)])}).status_code == 302
    settlements.work(settlement.pk)
    assert client.post(reverse("postal:settlement_refill", args=[settlement.pk])).status_code == 302
    settlements.work(settlement.pk)
    client.force_login(money.second)
    assert "Duyệt danh sách" in client.get(reverse("postal:settlement", args=[settlement.pk])).content.decode()
    client.post(reverse("postal:settlement_approve", args=[settlement.pk]))
    settlements.export(settlement.pk)
    for kind in ("pdf", "xlsx"):
        answer = client.post(reverse("postal:settlement_file", args=[settlement.pk, kind]))
        assert b"".join(answer.streaming_content)
    assert client.post(reverse("postal:settlement_file", args=[settlement.pk, "exe"])).status_code == 404


def test_lines_are_filtered_found_and_decided(money, client, compared):
    shown = page_of(client, money.cast.administrator, "settlement", compared.pk, loai="differs").content.decode()
    assert "EB000002VN" in shown
    assert "EB000001VN" not in shown
    assert "EB000003VN" in page_of(client, money.cast.administrator, "settlement", compared.pk, q="eb 000003").content.decode()
    line = compared.lines.get(outcome=LineOutcome.DIFFERS)
    address = reverse("postal:settlement_line", args=[compared.pk, line.pk])
    assert client.get(address).status_code == 200
    assert client.post(address, {"decision": "ours", "note": ""}).status_code == 422
    assert client.post(address, {"decision": "ours", "note": "Đúng bảng cước"}).status_code == 302
    many = reverse("postal:settlement_decide", args=[compared.pk])
    assert client.post(many, {"outcome": "missing_theirs", "decision": "theirs", "note": "x"}).status_code == 422
    assert client.post(many, {"outcome": "missing_theirs", "decision": "none", "note": "x"}).status_code == 302
    compared.refresh_from_db()
    assert compared.total == PROVINCE * 2
    assert not compared.lines.filter(decision="").exclude(outcome=LineOutcome.MATCH).exists()


def test_the_maker_has_no_button_to_approve(money, client, compared):
    settlements.decide_all(actor=money.cast.administrator, settlement=compared, outcome="differs", decision=Decision.OURS, note="x")
    settlements.decide_all(actor=money.cast.administrator, settlement=compared, outcome="missing_theirs", decision=Decision.OURS, note="x")
    assert "cần người khác duyệt" in page_of(client, money.cast.administrator, "settlement", compared.pk).content.decode()
    assert "Duyệt danh sách" in page_of(client, money.second, "settlement", compared.pk).content.decode()


def test_the_working_copy_carries_nothing_out(money, client, compared):
    compared.lines.filter(waybill="EB000001VN").update(dossier_code="=1+1")
    client.force_login(money.cast.administrator)
    page = client.post(reverse("postal:settlement_csv", args=[compared.pk]))
    body = b"".join(page.streaming_content).decode()
    assert ";'=1+1;" in body
    assert "TỔNG CỘNG" in body


@pytest.mark.parametrize(("who", "status"), [
    ("administrator", 200), ("monitor", 200), ("leader", 403), ("outsider", 403)])
def test_who_sees_a_list(money, client, compared, who, status):
    assert page_of(client, getattr(money.cast, who), "settlement", compared.pk).status_code == status


def test_a_clerk_sees_what_was_approved_for_the_own_carrier(money, client, compared):
    CarrierClerk.objects.create(user=money.cast.carrier, carrier=money.carrier)
    assert page_of(client, money.cast.carrier, "settlement", compared.pk).status_code == 404
    for outcome in ("differs", "missing_theirs"):
        settlements.decide_all(actor=money.cast.administrator, settlement=compared, outcome=outcome, decision=Decision.OURS, note="x")
    settlements.approve(actor=money.second, settlement=compared)
    shown = page_of(client, money.cast.carrier, "settlement", compared.pk).content.decode()
    assert "EB000001VN" in shown
    assert "settlement_approve" not in shown


def test_the_pages_ask_the_same_however_long_the_list(money, client, compared, django_assert_max_num_queries):
    client.force_login(money.cast.administrator)
    client.get(reverse("postal:settlement", args=[compared.pk]))
    with django_assert_max_num_queries(22):
        client.get(reverse("postal:settlement", args=[compared.pk]))
    with django_assert_max_num_queries(14):
        client.get(reverse("postal:settlements"))


def test_past_its_day_it_is_red_and_reminded_of_once_before_and_on_the_day(money, client, settings):
    waiver = money.waiver()
    money.shipment()
    settlement = money.listing(waiver)
    told = Message.objects.filter(template_key="settlement_due")
    sweeping.sweep()
    assert not told.exists()
    for days, expected in ((settings.SETTLEMENT_REMIND_DAYS, 2), (settings.SETTLEMENT_REMIND_DAYS - 1, 2), (0, 4), (-1, 4)):
        with clock.frozen(clock.at(settlement.due_on - timedelta(days=days), 9)):
            sweeping.sweep()
            sweeping.sweep()
            assert told.count() == expected, days
    assert "Hôm nay là hạn" in told.latest("pk").body
    with clock.frozen(clock.at(settlement.due_on + timedelta(days=1), 9)):
        assert 'class="row-bad"' in page_of(client, money.cast.administrator, "settlements").content.decode()
        assert "Quá hạn gửi danh sách" in page_of(client, money.cast.administrator, "settlement", settlement.pk).content.decode()


def test_a_waiver_without_a_list_is_reminded_of_as_well(money):
    waiver = money.waiver(settle_by=clock.today() + timedelta(days=2))
    sweeping.sweep()
    sweeping.sweep()
    assert Message.objects.filter(template_key="settlement_due").count() == 2
    assert waiver.events.filter(verb="remind").count() == 1


def test_an_approved_list_is_not_reminded_of(money):
    waiver = money.waiver()
    money.shipment()
    settlement = money.compared(money.listing(waiver), [("EB000001VN", PROVINCE)])
    settlements.approve(actor=money.second, settlement=settlement)
    with clock.frozen(clock.at(settlement.due_on, 9)):
        sweeping.sweep()
    assert not Message.objects.filter(template_key="settlement_due").exists()
    assert SettlementList.objects.get().state == SettlementState.APPROVED


# --- fees -------------------------------------------------------------------------------------------------------------

TABLE = "Dịch vụ;Vùng;Chiều;Giá cước (đồng);Áp dụng từ ngày;Căn cứ\n{rows}"


def sheet(*rows):
    return SimpleUploadedFile("bang-cuoc.csv", TABLE.format(rows="\n".join(rows)).encode())


def test_a_table_is_previewed_then_taken_as_a_whole(money, client):
    client.force_login(money.cast.administrator)
    address, day = reverse("postal:fees_import"), f"{clock.today() + timedelta(days=3):%d/%m/%Y}"
    good = sheet(f"Phát nhanh;Ngoài tỉnh;;67.000;{day};QĐ 1", f"Phát thường;Trong tỉnh;;33.000;{day};QĐ 1")
    page = client.post(address, {"carrier": money.carrier.pk, "file": good})
    assert page.status_code == 200
    assert FeeRule.objects.count() == 2
    assert client.post(address, {"bang": page.context["signed"]}).status_code == 302
    assert sorted(FeeRule.objects.filter(basis="QĐ 1").values_list("amount", flat=True)) == [33_000, 67_000]
    assert client.post(address, {"bang": "gia-mao"}).status_code == 302
    assert FeeRule.objects.count() == 4


@pytest.mark.parametrize("row", ["Phát nhanh;Ngoài tỉnh;;67,5;01/12/2026;", "Phát chậm;Ngoài tỉnh;;1;01/12/2026;",
                                 "Phát thường;Trong tỉnh;;1;01/02/2026;", "Phát nhanh;Sao Hỏa;;1;01/12/2026;", "Phát nhanh;;;1;hôm nay;"])
def test_one_bad_row_keeps_the_whole_table_out(money, client, row):
    client.force_login(money.cast.administrator)
    file = sheet("Phát nhanh;Trong xã, phường;;1;01/12/2026;", row)
    page = client.post(reverse("postal:fees_import"), {"carrier": money.carrier.pk, "file": file})
    assert "Dòng 3" in page.content.decode()
    assert not page.context["signed"]


def test_the_table_page_shows_and_takes_prices(money, client):
    client.force_login(money.cast.administrator)
    address = reverse("postal:fees")
    typed = {"carrier": money.carrier.pk, "service": "standard", "zone": "province", "amount": "33.000",
             "valid_from": (clock.today() + timedelta(days=1)).isoformat()}
    for amount in ("12,5", "-1", "ba mươi", ""):
        assert client.post(address, typed | {"amount": amount}).status_code == 422
    assert client.post(address, typed).status_code == 302
    assert "33.000 đ" in client.get(address).content.decode()
    assert client.get(address, {"xem": "tat-ca"}).status_code == 200
    assert client.get(reverse("postal:fees_template")).status_code == 200
    assert page_of(client, money.cast.leader, "fees").status_code == 403


# --- claims -----------------------------------------------------------------------------------------------------------

def test_the_desk_finds_the_dossier_and_confirms(money, client):
    shipment = money.shipment()
    client.force_login(money.cast.desk)
    assert client.get(reverse("postal:claims"), {"ma": "khong-co"}).status_code == 422
    answer = client.get(reverse("postal:claims"), {"ma": shipment.dossier.code.lower()})
    address = reverse("postal:claim", args=[shipment.dossier_id])
    assert answer["Location"] == address
    assert client.post(address, {"group": "poor", "evidence": ""}).status_code == 422
    assert client.post(address, {"group": "poor", "evidence": "Giấy chứng nhận số 1"}).status_code == 302
    assert "Hộ nghèo" in client.get(address).content.decode()
    assert "Giấy chứng nhận số 1" in client.get(reverse("postal:claims")).content.decode()
    client.post(reverse("postal:claim_back", args=[shipment.dossier_id]))
    assert not SocialClaim.objects.exists()
    assert page_of(client, money.cast.outsider, "claim", shipment.dossier_id).status_code == 404


def test_a_table_that_names_a_price_twice_is_told(money, client):
    client.force_login(money.cast.administrator, backend="django.contrib.auth.backends.ModelBackend")
    day = f"{clock.today() + timedelta(days=3):%d/%m/%Y}"
    file = sheet(f"Phát thường;Trong tỉnh;;33.000;{day}", f"Phát thường;Trong tỉnh;;34.000;{day}")
    page = client.post(reverse("postal:fees_import"), {"carrier": money.carrier.pk, "file": file})
    assert [fault.row for fault in page.context["faults"]] == [3]
    assert page.context["signed"] == ""


@pytest.mark.parametrize("number", ["9" * 40, "-1", "x", "\x00"])
def test_an_office_that_cant_be_is_told(money, client, number):
    client.force_login(money.cast.administrator, backend="django.contrib.auth.backends.ModelBackend")
    typed = {"name": "Thử", "province": money.cast.province.pk, "payer": "Ngân sách", "legal_basis": "Công văn", "starts_on": "2026-01-01"}
    assert client.post(reverse("postal:waiver_new"), typed | {"offices": number}).status_code == 422
