"""Letter Thường Tín 332/UBND-VP of 6/4/2020, clause 6: what the post takes from the office and brings to it is listed, clean and signed."""
from collections.abc import Iterator
from datetime import date

import pytest
from django.test import Client
from django.urls import reverse

from dossiers.models import Dossier, Parcel
from postal import tasks
from postal.models import Carrier, HandoverList, Shipment
from tests.letters.replay import Replay, text
from tests.postal.handing import DRAWN
from tests.sinks import KEY, simulator

OFFICE, CENTRE, ADMINISTRATOR = "huyen-thuong-tin", "ha-noi", "quantri-ha-noi"
BEFORE, DAY, NEXT = date(2020, 4, 3), date(2020, 4, 8), date(2020, 4, 9)
BIRTH, COMMUNE = "1.001193", "Phường Hoàn Kiếm, Thành phố Hà Nội"
SIGNED = {"giver": "Người giao mẫu", "receiver": "Người nhận mẫu", "giver_signature": DRAWN, "receiver_signature": DRAWN, "counted": "on",
          "sealed": "on"}


@pytest.fixture
def carrier(replay: Replay) -> Iterator[Carrier]:
    """The post of the district."""
    with simulator() as server:
        yield Carrier.objects.create(code="buu-dien-mau", name="Bưu điện (mẫu)", order_url=f"{server.url}/orders", key=KEY)


def told(dossier: Dossier) -> Shipment:
    """The worker makes the dossier's shipment and tells the carrier."""
    tasks.sweep()
    shipment = Shipment.objects.get(dossier=dossier)
    tasks.dispatch(shipment.pk)
    shipment.refresh_from_db()
    assert shipment.waybill
    return shipment


def signed(browser: Client, shipment: Shipment) -> HandoverList:
    """From the scan to both signatures."""
    page = browser.post(reverse("postal:scan"), {"ma": shipment.waybill})["Location"]
    assert browser.post(f"{page}viec/khu-khuan/", {"cleaned_how": "Xịt cồn 70 độ"}).status_code == 302
    assert browser.post(f"{page}ky/", SIGNED).status_code == 302
    assert "Đã ký" in text(browser.get(page))
    return HandoverList.objects.get(items__shipment=shipment)


def test_tt7_a_result_leaves_the_office_by_a_signed_list(replay: Replay, carrier: Carrier) -> None:
    """Thường Tín, 6: the desk lists, cleans and hands over; each step has its time, both sides have signed, the list is printed."""
    with replay.at(BEFORE, 9):
        desk, specialist = replay.employ("desk", OFFICE, ADMINISTRATOR), replay.employ("specialist", OFFICE, ADMINISTRATOR)
        dossier = replay.received(replay.take_in(desk, OFFICE, BIRTH, return_method="post", return_address="Số 9, đường Mẫu"))
    with replay.at(DAY, 9):
        specialist.post(reverse("dossiers:start", args=[dossier.pk]))
        specialist.post(reverse("dossiers:decide", args=[dossier.pk]), {"note": "Giấy khai sinh"})
        shipment = told(dossier)
    with replay.at(DAY, 10, 15) as moment:
        row = signed(desk, shipment)
    shipment.refresh_from_db()
    assert (row.number, row.shipments_total, row.cleaned_at, row.counted_at, row.closed_at) == (
        "BK-HUYEN-THUONG-TIN-2020-0001", 1, moment, moment, moment)
    assert (shipment.state, shipment.collected_at, shipment.sealed_at, shipment.cleaned_at) == ("collected", moment, moment, moment)
    pdf = desk.post(reverse("postal:handover_file", args=[row.pk, "pdf"]))
    assert b"".join(pdf.streaming_content).startswith(b"%PDF")


def test_tt7_papers_reach_the_office_by_a_signed_list_and_are_registered(replay: Replay, carrier: Carrier) -> None:
    """Thường Tín, 6: the postman counts and seals at the citizen's, the office receives by list; the parcel is registered unopened."""
    with replay.at(DAY, 9):
        desk, postman = replay.employ("desk", OFFICE, ADMINISTRATOR), replay.postman(carrier, CENTRE, ADMINISTRATOR)
        answer, _browser = replay.submit(OFFICE, BIRTH, collect_by_post="on", collect_address="Số 7, đường Mẫu", collect_area=COMMUNE)
        assert answer.status_code == 302, text(answer)
        dossier = Dossier.objects.latest("pk")
        desk.post(reverse("dossiers:accept", args=[dossier.pk]))
        shipment = told(dossier)
    with replay.at(DAY, 11):
        door = postman.post(reverse("postal:scan"), {"ma": shipment.waybill})["Location"]
        assert "Số 7, đường Mẫu" in text(postman.get(door))
        taken = {"giver": dossier.full_name, "cleaned_how": "Xịt cồn 70 độ", "on_paper": "on", "differs": "Chỉ có tờ khai",
                 "p1_originals": "1"}
        answer = postman.post(door, taken)
        assert answer.status_code == 302, text(answer)
    with replay.at(NEXT, 8) as moment:
        row = signed(postman, shipment)
    shipment.refresh_from_db()
    parcel = Parcel.objects.get(dossier=dossier)
    assert (row.kind, shipment.state, shipment.arrived_at) == ("to_office", "delivered", moment)
    assert (parcel.received_at, parcel.cleaned_at) == (moment, None)
    assert parcel.waybill in text(desk.get(reverse("dossiers:parcels")))
