"""Letter Khánh Hòa 2964/UBND-KSTT of 1/4/2020, replayed at the one-stop shop of thành phố Nha Trang."""
from collections.abc import Iterator
from datetime import date, datetime

import pytest
from django.urls import reverse

from dossiers.models import Dossier, Extension
from dossiers.tasks import execute_extension
from onestop import clock
from postal import tasks
from postal.models import Carrier, Shipment
from postal.services.dispatch import sweep
from tests.letters.replay import Replay, text
from tests.sinks import KEY, simulator

OFFICE, CENTRE, ADMINISTRATOR, LETTER = "thanh-pho-nha-trang", "khanh-hoa", "quantri-khanh-hoa", "2964/UBND-KSTT"
BEFORE, FIRST, DAY = date(2020, 3, 31), date(2020, 4, 1), date(2020, 4, 3)  # Tuesday, Wednesday, Friday
COPY, SIGNATURE, BIRTH, FIELD = "2.000815", "2.000884", "1.004772", "1.012796"


@pytest.fixture(autouse=True)
def office(replay: Replay) -> None:
    """The district's one-stop shop."""
    replay.district(OFFICE, "H32.31", "Bộ phận Một cửa thành phố Nha Trang", "H568", CENTRE)


@pytest.fixture
def carrier(replay: Replay) -> Iterator[Carrier]:
    """The province's post, which answers."""
    with simulator() as server:
        yield Carrier.objects.create(code="buu-dien-mau", name="Bưu điện (mẫu)", order_url=f"{server.url}/orders", key=KEY,
                                     working_hours_only=False)


def test_kh1_the_whole_catalogue_is_open_online_and_by_post_from_1_april(replay: Replay) -> None:
    """Khánh Hòa, 1: from 1/4/2020 everything may be submitted online and by post, except where the person must be there."""
    with replay.at(BEFORE):
        assert "Thủ tục này chưa được cung cấp trực tuyến." in text(replay.procedure_page(COPY, OFFICE))
        assert replay.submit(OFFICE, COPY)[0].status_code == 422
        desk = replay.employ("desk", OFFICE, ADMINISTRATOR)
        assert replay.take_in(desk, OFFICE, COPY, "postal").status_code == 422
    with replay.at(FIRST):
        page = text(replay.procedure_page(COPY, OFFICE))
        assert page.count("Kênh này được mở theo văn bản chỉ đạo đang có hiệu lực.") == 2 and LETTER in page and "khoản 1" in page
        assert replay.submit(OFFICE, COPY)[0].status_code == 302
        assert replay.received(replay.take_in(desk, OFFICE, COPY, "postal")).code
        assert "bạn phải trực tiếp đến" in text(replay.procedure_page(SIGNATURE, OFFICE))
        assert replay.submit(OFFICE, SIGNATURE)[0].status_code == 422
        assert replay.take_in(desk, OFFICE, SIGNATURE, "postal").status_code == 422


def test_kh2_the_result_by_post_is_registered_at_submission(replay: Replay) -> None:
    """Khánh Hòa, 2: people register for the result by post when they hand in, online or at the counter."""
    with replay.at(FIRST, 9):
        online, _browser = replay.submit(OFFICE, BIRTH, return_method="post", return_address="Số 9, đường Mẫu, Nha Trang")
        assert online.status_code == 302
        desk = replay.employ("desk", OFFICE, ADMINISTRATOR)
        handed_in = replay.received(replay.take_in(desk, OFFICE, BIRTH, return_method="post", return_address="Số 9, đường Mẫu"))
        for dossier in Dossier.objects.all():
            shown = text(desk.get(reverse("dossiers:detail", args=[dossier.pk])))
            assert "Nhận qua bưu chính công ích" in shown and "Số 9, đường Mẫu" in shown
        assert handed_in.return_method == "post"


def test_kh2_the_result_by_post_is_registered_later(replay: Replay, carrier: Carrier) -> None:
    """Khánh Hòa, 2: who did not register at submission does so later; the result then goes by post."""
    with replay.at(FIRST, 9):
        desk = replay.employ("desk", OFFICE, ADMINISTRATOR)
        dossier = replay.received(replay.take_in(desk, OFFICE, BIRTH))
        address = reverse("dossiers:change_return", args=[dossier.pk])
        without = desk.post(address, {"return_method": "post", "return_address": ""})
        assert without.status_code == 422 and "Vui lòng ghi địa chỉ nhận kết quả." in text(without)
        answer = desk.post(address, {"return_method": "post", "return_address": "Số 9, đường Mẫu, Nha Trang"}, follow=True)
        assert "Nhận qua bưu chính công ích" in text(answer) and "Số 9, đường Mẫu, Nha Trang" in text(answer)
        assert replay.employ("desk", CENTRE, ADMINISTRATOR).post(address, {"return_method": "counter"}).status_code == 404
    shipment = decided(replay, dossier, clock.at(DAY, 8))
    assert shipment.address == "Số 9, đường Mẫu, Nha Trang"


def decided(replay: Replay, dossier: Dossier, moment: datetime) -> Shipment:
    """The dossier's shipment after a specialist has recorded the result and the worker has swept."""
    with clock.frozen(moment):
        specialist = replay.employ("specialist", OFFICE, ADMINISTRATOR)
        specialist.post(reverse("dossiers:start", args=[dossier.pk]))
        assert specialist.post(reverse("dossiers:decide", args=[dossier.pk]), {"note": "Giấy khai sinh"}).status_code == 302
        sweep()
        shipment = Shipment.objects.get(dossier=dossier)
        tasks.dispatch(shipment.pk)
    return Shipment.objects.get(pk=shipment.pk)


def test_kh7_the_carrier_has_four_hours_from_the_message_that_the_result_is_ready(replay: Replay, carrier: Carrier) -> None:
    """Khánh Hòa, 3: the carrier fetches a result within 4 hours of the system's message that it is ready."""
    with replay.at(FIRST, 9):
        desk = replay.employ("desk", OFFICE, ADMINISTRATOR)
        dossier = replay.received(replay.take_in(desk, OFFICE, BIRTH, return_method="post", return_address="Số 9, đường Mẫu"))
    shipment = decided(replay, dossier, clock.at(DAY, 8, 30))
    assert shipment.state == "ordered" and shipment.collect_due_at == clock.at(DAY, 12, 30)
    with replay.at(DAY, 9):
        postman = replay.postman(carrier, CENTRE, ADMINISTRATOR)
        listed = text(postman.get(reverse("postal:shipments")))
        assert "12:30" in listed and dossier.number in listed
        shown = text(postman.get(reverse("postal:shipment", args=[shipment.pk])))
        assert LETTER in shown and "khoản 3" in shown
        assert "Bưu chính" in replay.tracking_page(dossier) and shipment.waybill in replay.tracking_page(dossier)
        assert postman.post(reverse("postal:collected", args=[shipment.pk])).status_code == 302
        assert "Bưu chính đã lấy" in replay.tracking_page(dossier)


def test_kh8_the_clock_stops_until_15_april_and_runs_on_with_what_was_left(replay: Replay) -> None:
    """Khánh Hòa, 4: for procedures with on-site checks the clock stops until 15/4/2020, inclusive, then runs on."""
    with replay.at(date(2020, 3, 30), 9):  # eight working days: 31/3, 1/4, 3/4 and 6/4 to 10/4; 2/4 is a holiday
        desk = replay.employ("desk", OFFICE, ADMINISTRATOR)
        dossier, other = (replay.received(replay.take_in(desk, OFFICE, code)) for code in (FIELD, BIRTH))
        assert dossier.due_at == clock.at(date(2020, 4, 10), 17)
    with replay.at(FIRST, 7):
        replay.sweep_dossiers()
        replay.sweep_dossiers()  # a second sweep changes nothing
        page = replay.tracking_page(dossier)
        assert "Đang tạm dừng tính thời gian" in page
        assert f"từ 01/04/2020 đến hết ngày 15/04/2020 theo khoản 4, {LETTER}" in page
        assert "17:00, Thứ Sáu, 24/04/2020" in page  # one day was used; seven run from 16/4
        assert "Ngày hẹn ban đầu: 10/04/2020" in page
        told = replay.told(dossier, "dossier_new_date")
        assert "24/04/2020" in told and LETTER in told
        assert "Đang tạm dừng" not in replay.tracking_page(other)
    with replay.at(date(2020, 4, 15), 16):
        assert "Đang tạm dừng tính thời gian" in replay.tracking_page(dossier)
    with replay.at(date(2020, 4, 16), 8):
        replay.sweep_dossiers()
        assert "Đang tạm dừng tính thời gian" not in replay.tracking_page(dossier)
        late = replay.received(replay.take_in(desk, OFFICE, FIELD))
        replay.sweep_dossiers()
        assert "tạm dừng" not in replay.tracking_page(late)


def test_kh8_in_bulk_the_clock_stops_for_all_and_is_lifted_early_for_some(replay: Replay) -> None:
    """Khánh Hòa, 4: what the sweep does for every dossier by itself an agency also asks for in one request, with later dossiers and a
    longer time; the days after an early end count again."""
    with replay.at(date(2020, 3, 30), 9):
        desk = replay.employ("desk", OFFICE, ADMINISTRATOR)
        dossiers = [replay.received(replay.take_in(desk, OFFICE, FIELD)) for _number in range(2)]
    with replay.at(FIRST, 9):
        officer = replay.employ("specialist", OFFICE, ADMINISTRATOR)
        asked = officer.post(reverse("dossiers:ask_bulk_extension"), {
            "field_verification": "yes", "instrument": "suspension", "directive": replay.letter(LETTER).pk, "clause": "khoản 4",
            "starts_on": "2020-04-01", "until": "2020-04-15", "reason": "Không xác minh được thực tế",
            "citizen_text": "Tạm dừng kiểm tra thực tế để phòng dịch."})
        assert asked.status_code == 302, text(asked)
        request = Extension.objects.get()
        administrator = replay.visitor(ADMINISTRATOR)
        assert administrator.post(reverse("dossiers:approve_extension", args=[request.pk])).status_code == 302
        execute_extension(request.pk)
        for dossier in dossiers:
            dossier.refresh_from_db()
            assert dossier.due_at == clock.at(date(2020, 4, 24), 17)
            assert "24/04/2020" in replay.told(dossier, "dossier_new_date")
    with replay.at(date(2020, 4, 10), 8):
        lift = reverse("dossiers:lift_extension", args=[request.pk])
        first = request.items.get(dossier=dossiers[0])
        given = administrator.post(lift, {"what": "chosen", "items": [first.pk], "reason": "Đã xác minh được"})
        assert given.status_code == 302, text(given)
        execute_extension(request.pk)
        told = replay.told(dossiers[0], "dossier_lifted")
    dossiers[0].refresh_from_db()
    dossiers[1].refresh_from_db()
    assert dossiers[0].due_at == clock.at(date(2020, 4, 20), 17) and "20/04/2020" in told
    assert dossiers[1].due_at == clock.at(date(2020, 4, 24), 17)
