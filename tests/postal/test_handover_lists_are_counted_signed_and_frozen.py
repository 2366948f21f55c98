"""Handover lists: one scan adds one shipment, both sides count, clean and sign, and then nothing in it changes (letter Thường Tín 6)."""
import io
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from openpyxl import load_workbook
from pypdf import PdfReader

from dossiers.models import Parcel
from dossiers.services import arrivals, parcels
from dossiers.services.intake import PaperCount
from onestop import clock
from onestop.people.models import DownloadEvent
from onestop.transitions import Refused
from postal.models import Carrier, CarrierClerk, HandoverItem, HandoverList, Shipment
from postal.printing import handover as printing
from postal.services import counting, handover
from postal.services.handover.closing import next_number
from postal.states import Direction, HandoverKind, HandoverState, State
from tests.postal.handing import DRAWN, browser, known

pytestmark = pytest.mark.django_db
TO_CARRIER, TO_OFFICE = HandoverKind.TO_CARRIER, HandoverKind.TO_OFFICE


@pytest.fixture
def post(cast):
    made = Carrier.objects.create(code="buu-dien", name="Bưu điện (thử)", key="x", province=cast.province)
    CarrierClerk.objects.create(user=cast.carrier, carrier=made)
    return made


@pytest.fixture
def other_post(cast):
    return Carrier.objects.create(code="hang-khac", name="Hãng khác (thử)", key="y", province=cast.province)


@pytest.fixture
def listed(cast, post):
    """An open list of the desk."""
    return handover.open_list(office=cast.office, carrier=post, kind=TO_CARRIER, actor=cast.desk)


def signing(**changed):
    values = {"giver": "Cán bộ mẫu", "receiver": "Bưu tá mẫu", "giver_signature": DRAWN, "receiver_signature": DRAWN, "counted": True,
              "sealed": True}
    return handover.Signing(**values | changed)


def ready(row, actor, *shipments):
    """Scan and clean."""
    for shipment in shipments:
        handover.scan(row=row, shipment=shipment, actor=actor)
    handover.clean_off(row=row, how="Xịt cồn", actor=actor)
    return row


def codes_refused(verb, **values):
    with pytest.raises(Refused) as refused:
        verb(**values)
    return refused.value.code


def test_a_scan_twice_adds_once_and_says_so(cast, post, decided, listed):
    shipment = known(decided(), post)
    page = reverse("postal:handover_scan", args=[listed.pk])
    client = browser(cast.desk)
    assert "Đã thêm" in client.post(page, {"ma": shipment.waybill}, follow=True).content.decode()
    for typed in (shipment.waybill.lower(), str(shipment.key), shipment.dossier.code, f"https://x.vn/tra-cuu/?ma={shipment.dossier.code}"):
        assert "đã có trong bảng kê này" in client.post(page, {"ma": typed}, follow=True).content.decode()
    assert listed.items.count() == 1


def test_what_does_not_belong_in_it_is_named(cast, post, other_post, decided, listed):
    elsewhere = known(decided(1, received_office=cast.other_office), post)
    assert codes_refused(handover.scan, row=listed, shipment=known(decided(2), other_post), actor=cast.desk) == "other_carrier"
    assert codes_refused(handover.scan, row=listed, shipment=elsewhere, actor=cast.desk) == "other_office"
    for number, state in ((3, State.DELIVERED), (4, State.READY)):
        shipment = known(decided(number), post, state=state)
        assert codes_refused(handover.scan, row=listed, shipment=shipment, actor=cast.desk) == "wrong_state"
    at_home = known(decided(5), post, direction=Direction.IN)
    assert codes_refused(handover.scan, row=listed, shipment=at_home, actor=cast.desk) == "other_way"
    on_its_way = known(decided(6), post, direction=Direction.IN, state=State.COLLECTED)
    assert codes_refused(handover.scan, row=listed, shipment=on_its_way, actor=cast.desk) == "other_way"
    assert codes_refused(handover.find, user=cast.desk, typed="KHONG-CO") == "unknown_shipment"
    assert codes_refused(handover.find, user=cast.desk, typed="  ") == "nothing_typed"


def test_a_shipment_is_in_one_open_list(cast, post, decided, listed):
    shipment = known(decided(), post)
    handover.scan(row=listed, shipment=shipment, actor=cast.desk)
    mine = handover.open_list(office=cast.office, carrier=post, kind=TO_CARRIER, actor=cast.carrier)
    assert codes_refused(handover.scan, row=mine, shipment=shipment, actor=cast.carrier) == "in_another_list"
    with pytest.raises(IntegrityError), transaction.atomic():
        HandoverItem.objects.create(list=mine, shipment=shipment, position=1)
    handover.drop(row=listed, actor=cast.desk)
    assert handover.scan(row=mine, shipment=shipment, actor=cast.carrier).new


def test_signing_collects_everything_and_adds_up(cast, post, decided, listed, morning):
    first, second = known(decided(1), post), known(decided(2), post)
    ready(listed, cast.desk, first, second)
    item = listed.items.get(shipment=second)
    counts = [{**item.counts[0], "originals": 2, "copies": 1}]
    assert codes_refused(handover.count, item=item, counts=counts, actor=cast.desk) == "invalid"
    handover.count(item=item, counts=counts, actor=cast.desk, differs="Thừa 1 bản chính, 1 bản sao", seal_number="NP-7")
    with clock.frozen(morning + timedelta(minutes=20)) as signed_at:
        done = handover.close(row=listed, signing=signing(), actor=cast.desk)
    assert (done.number, done.state, done.shipments_total, done.papers_total) == ("BK-THU-NINH-KIEU-2026-0001", "closed", 2, 4)
    assert (done.giver_user, done.receiver_user, done.cleaned_at, done.closed_at) == (cast.desk, None, morning, signed_at)
    for shipment in Shipment.objects.all():
        assert (shipment.state, shipment.cleaned_at) == ("collected", morning)
        assert (shipment.collected_at, shipment.sealed_at) == (signed_at, signed_at)
        assert [event.verb for event in shipment.events.all()] == ["take", "listed"]
    second.refresh_from_db()
    assert (second.papers, second.seal_number, second.counts[0]["copies"]) == (3, "NP-7", 1)
    assert handover.close(row=listed, signing=signing(), actor=cast.desk).number == done.number  # signed once


def test_numbers_are_unbroken_by_office_and_year(cast):
    with transaction.atomic():
        assert next_number(cast.office, 2026).endswith("2026-0001")
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        next_number(cast.office, 2026)
        raise ZeroDivisionError
    assert next_number(cast.office, 2026).endswith("2026-0002")  # what was rolled back gave its number back
    assert next_number(cast.office, 2027).endswith("2027-0001")
    assert next_number(cast.other_office, 2026) == "BK-THU-CAI-RANG-2026-0001"


def test_nothing_is_signed_half(cast, post, decided, listed):
    assert codes_refused(handover.close, row=listed, signing=signing(), actor=cast.desk) == "empty_list"
    kept, gone = known(decided(1), post), known(decided(2), post)
    handover.scan(row=listed, shipment=kept, actor=cast.desk)
    handover.scan(row=listed, shipment=gone, actor=cast.desk)
    assert codes_refused(handover.close, row=listed, signing=signing(), actor=cast.desk) == "not_cleaned"
    assert codes_refused(handover.clean_off, row=listed, how=" ", actor=cast.desk) == "invalid"
    handover.clean_off(row=listed, how="Xịt cồn", actor=cast.desk)
    for field in ("giver", "receiver", "counted", "sealed", "giver_signature"):
        assert codes_refused(handover.close, row=listed, signing=signing(**{field: ""}), actor=cast.desk) == "invalid", field
    broken = signing(giver_signature="data:image/png;base64,iVBORw0KGgo=")
    assert codes_refused(handover.close, row=listed, signing=broken, actor=cast.desk) == "bad_signature"
    Shipment.objects.filter(pk=gone.pk).update(state=State.CANCELLED)
    with pytest.raises(Refused, match=gone.waybill):
        handover.close(row=listed, signing=signing(), actor=cast.desk)
    kept.refresh_from_db()
    listed.refresh_from_db()
    assert (kept.state, listed.state, listed.number) == (State.ORDERED, HandoverState.OPEN, "")
    assert codes_refused(handover.close, row=listed, signing=signing(), actor=cast.outsider) == "forbidden"


def test_a_signed_list_never_changes(cast, post, decided, listed):
    shipment = known(decided(), post)
    ready(listed, cast.desk, shipment)
    done = handover.close(row=listed, signing=signing(note="Túi số 1"), actor=cast.desk)
    before, item = printing.pdf(done), done.items.get()
    values = {"row": done, "actor": cast.desk}
    assert codes_refused(handover.scan, shipment=known(decided(2), post), **values) == "closed"
    assert codes_refused(handover.take_out, item_pk=item.pk, **values) == "closed"
    assert codes_refused(handover.clean_off, how="Lại", **values) == "closed"
    assert codes_refused(handover.drop, **values) == "closed"
    assert codes_refused(handover.count, item=item, counts=item.counts, actor=cast.desk) == "closed"
    Shipment.objects.update(recipient="Người Khác", waybill="KHAC", papers=9)
    cast.office.name = "Tên mới"
    cast.office.save()
    fresh = HandoverList.objects.select_related("office__area", "office__province", "office__parent", "carrier").get()
    assert printing.pdf(fresh) == before
    with pytest.raises(IntegrityError), transaction.atomic():
        HandoverList.objects.update(number="")


def test_papers_from_citizens_become_a_parcel_of_their_dossier(cast, post, decided, morning):
    dossier = decided(1)
    shipment = known(dossier, post, direction=Direction.IN, state=State.COLLECTED)
    shipment.counts = counting.expected(shipment)
    shipment.save()
    row = handover.open_list(office=cast.office, carrier=post, kind=TO_OFFICE, actor=cast.carrier)
    ready(row, cast.carrier, shipment)
    done = handover.close(row=row, signing=signing(giver="Bưu tá mẫu", receiver="Cán bộ mẫu"), actor=cast.desk)
    shipment.refresh_from_db()
    assert (shipment.state, shipment.arrived_at, done.receiver_user) == (State.DELIVERED, morning, cast.desk)
    parcel = Parcel.objects.get(dossier=dossier)
    assert (parcel.waybill, parcel.state, parcel.registered_by, parcel.office) == (shipment.waybill, "registered", cast.desk, cast.office)
    client, page = browser(cast.desk), reverse("dossiers:parcel", args=[parcel.pk])
    assert "Giấy tờ bản giấy của hồ sơ" in client.get(page).content.decode()
    assert codes_refused(arrivals.put_in, actor=cast.desk, parcel=parcel) == "not_counted"
    client.post(reverse("dossiers:parcel_clean", args=[parcel.pk]))
    parcel.refresh_from_db()
    papers = [PaperCount(1, "", True, 1, 0, 0), PaperCount(2, "", True, 1, 0, 2)]
    parcels.count(actor=cast.desk, parcel=parcel, procedure=dossier.procedure, papers=papers)
    assert "Ghi vào hồ sơ" in client.get(page).content.decode()
    for _twice in range(2):
        client.post(reverse("dossiers:parcel_put_in", args=[parcel.pk]))
    parcel.refresh_from_db()
    assert parcel.state == "filed"
    assert sorted(dossier.papers.values_list("position", "originals", "copies", "present")) == [(1, 1, 0, True), (2, 1, 2, True)]


def test_a_result_that_comes_back_is_returned(cast, post, decided):
    shipment = known(decided(), post, state=State.RETURNING)
    row = handover.open_list(office=cast.office, carrier=post, kind=TO_OFFICE, actor=cast.desk)
    ready(row, cast.desk, shipment)
    handover.close(row=row, signing=signing(), actor=cast.desk)
    shipment.refresh_from_db()
    assert (shipment.state, shipment.returned_at is not None, Parcel.objects.count()) == (State.RETURNED, True, 0)


def test_the_paper_and_the_table_add_up(cast, morning, post, decided, listed):
    ready(listed, cast.desk, *(known(decided(number), post) for number in range(1, 4)))
    for state in ("open", "closed"):
        client = browser(cast.carrier)
        pdf = client.post(reverse("postal:handover_file", args=[listed.pk, "pdf"]))
        text = " ".join(PdfReader(io.BytesIO(b"".join(pdf.streaming_content))).pages[0].extract_text().split())
        assert "Tổng số: 3 bưu gửi, 3 giấy tờ (3 bản chính, 0 bản chứng thực, 0 bản sao)." in text
        assert "BƯU ĐIỆN (THỬ)" in text and "BỘ PHẬN MỘT CỬA PHƯỜNG NINH KIỀU" in text
        assert ("BK-THU-NINH-KIEU-2026-0001" in text) is (state == "closed")
        assert "Số 9" not in text and "0912345678" not in text  # no more than the carrier needs
        table = client.post(reverse("postal:handover_file", args=[listed.pk, "xlsx"]))
        rows = [row for row in load_workbook(io.BytesIO(b"".join(table.streaming_content))).active.values if row]
        lines, sums = [row for row in rows if isinstance(row[0], int)], rows[-1]
        assert len(lines) == 3
        for column in range(5, 9):
            assert sums[column] == sum(row[column] for row in lines)
        handover.close(row=listed, signing=signing(), actor=cast.desk)
    assert client.post(reverse("postal:handover_file", args=[listed.pk, "csv"])).status_code == 404
    taken = DownloadEvent.objects.order_by("pk").values_list("actor", "which", "name", "rows", "address")
    assert list(taken[:2]) == [(cast.carrier.pk, "handover", f"bang-ke-{listed.pk}", 3, "127.0.0.1")] * 2  # who took which list
    assert (len(taken), taken[3][2]) == (4, "BK-THU-NINH-KIEU-2026-0001")


def test_a_list_is_full_at_its_limit(cast, post, decided, listed, settings):
    settings.HANDOVER_MOST = 1
    handover.scan(row=listed, shipment=known(decided(1), post), actor=cast.desk)
    assert codes_refused(handover.scan, row=listed, shipment=known(decided(2), post), actor=cast.desk) == "list_full"


def test_the_screens_from_scan_to_signature(cast, post, decided, django_assert_max_num_queries):
    shipment = known(decided(), post)
    client = browser(cast.desk)
    begun = client.post(reverse("postal:handover_new"), {"office": cast.office.code, "carrier": post.code, "kind": TO_CARRIER})
    row = HandoverList.objects.get()
    assert begun.url == reverse("postal:handover", args=[row.pk])
    client.post(reverse("postal:handover_scan", args=[row.pk]), {"ma": shipment.waybill})
    item = row.items.get()
    counting_page = reverse("postal:handover_count", args=[row.pk, item.pk])
    assert client.get(counting_page).status_code == 200
    typed = {"p1_originals": "2", "p1_certified": "0", "p1_copies": "0"}
    assert client.post(counting_page, typed).status_code == 422
    assert client.post(counting_page, {**typed, "differs": "Thừa 1 bản"}).status_code == 302
    client.post(reverse("postal:handover_act", args=[row.pk, "khu-khuan"]), {"cleaned_how": "Xịt cồn"})
    with django_assert_max_num_queries(14):
        page = client.get(begun.url).content.decode()
    assert "Xịt cồn" in page and "Thừa 1 bản" in page and "Hai bên ký" in page
    sign = reverse("postal:handover_sign", args=[row.pk])
    assert "Cán bộ tiếp nhận (thử)" in client.get(sign).content.decode()
    assert client.post(sign, {"giver": "Cán bộ", "receiver": "Bưu tá", "on_paper": "on"}).status_code == 422
    client.post(sign, {"giver": "Cán bộ", "receiver": "Bưu tá", "on_paper": "on", "counted": "on", "sealed": "on"})
    row.refresh_from_db()
    assert (row.state, row.papers_total) == ("closed", 2)
    assert "ký trên giấy" in client.get(begun.url).content.decode()
    found = client.get(reverse("postal:handovers"), {"q": shipment.waybill, "muc": "closed"}).content.decode()
    assert row.number in found
    assert client.get(sign).status_code == 302 and client.get(counting_page).status_code == 302
    for who in (cast.outsider, cast.guard):
        assert browser(who).get(begun.url).status_code in (403, 404)
