"""Letter Khánh Hòa 2964/UBND-KSTT of 1/4/2020, clauses 2 and 3: the post between citizens and the one-stop shop of thành phố Nha Trang."""
from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from django.urls import reverse

from dossiers.models import Dossier
from onestop import clock
from onestop.notify.models import Message
from postal import tasks
from postal.models import Carrier, Shipment
from tests.letters.replay import Replay, text
from tests.sinks import KEY, simulator

OFFICE, CENTRE, ADMINISTRATOR, LETTER = "thanh-pho-nha-trang", "khanh-hoa", "quantri-khanh-hoa", "2964/UBND-KSTT"
DAY = date(2020, 4, 3)  # a Friday
COPY, BIRTH, HOME = "2.000815", "1.004772", "Số 9, đường Mẫu, Nha Trang"
FOUR_HOURS = timedelta(hours=4)
WHOSE = "Bưu điện (mẫu) Bộ phận Một cửa thành phố Nha Trang"


@pytest.fixture(autouse=True)
def office(replay: Replay) -> None:
    """The district's one-stop shop."""
    replay.district(OFFICE, "H32.31", "Bộ phận Một cửa thành phố Nha Trang", "H568", CENTRE)


@pytest.fixture
def carrier(replay: Replay) -> Iterator[Carrier]:
    """The province's post, which answers; its hours run by the clock on the wall, and by night."""
    with simulator() as server:
        yield Carrier.objects.create(code="buu-dien-mau", name="Bưu điện (mẫu)", order_url=f"{server.url}/orders", key=KEY,
                                     working_hours_only=False)


def work() -> None:
    """What beat and worker do meanwhile."""
    tasks.sweep()
    for pk in Shipment.objects.values_list("pk", flat=True):
        tasks.dispatch(pk)
    tasks.watch()


def told(template: str) -> int:
    return Message.objects.filter(template_key=template).count()


def test_kh2_post_in_both_directions_is_asked_for_at_submission_and_later(replay: Replay, carrier: Carrier) -> None:
    """Khánh Hòa, 2 (and 3): the result by post, and papers fetched at home, are asked for in the form; both may be changed later."""
    with replay.at(DAY, 8):
        without, _browser = replay.submit(OFFICE, COPY, collect_by_post="on")
        assert without.status_code == 422 and "Vui lòng ghi địa chỉ để bưu chính đến lấy giấy tờ." in text(without)
        answer, browser = replay.submit(OFFICE, COPY, return_method="post", return_address=HOME, collect_by_post="on", collect_address=HOME)
        assert answer.status_code == 302
        dossier = Dossier.objects.get()
        desk = replay.employ("desk", OFFICE, ADMINISTRATOR)
        page = text(desk.get(reverse("dossiers:detail", args=[dossier.pk])))
        assert "Công dân đề nghị bưu chính đến lấy giấy tờ tại" in page and HOME in page
        work()
        assert not Shipment.objects.exists(), "nothing is fetched before the acceptance"
        desk.post(reverse("dossiers:collection", args=[dossier.pk]), {"collect_by_post": "on", "collect_address": "Số 10, đường Mẫu"})
        desk.post(reverse("dossiers:accept", args=[dossier.pk]))
        work()
        assert (Shipment.objects.get().direction, Shipment.objects.get().address) == ("in", "Số 10, đường Mẫu")
    with replay.at(DAY, 9):
        number = Dossier.objects.get().number
        browser.post(reverse("dossiers:track"), {"ma": number, "so": dossier.phone[-4:]})
        seen = text(browser.get(reverse("dossiers:tracked", args=[number])))
        assert "Bưu chính đến lấy giấy tờ tại địa chỉ bạn đã ghi." in seen and "Số 10, đường Mẫu" not in seen
        browser.post(reverse("dossiers:citizen_collection", args=[number]), {"collect_by_post": ""})
        work()
        assert Shipment.objects.get().state == "cancelled"
        assert "Không cần mang giấy tờ đến" in text(browser.get(reverse("dossiers:tracked", args=[number])))


def test_kh6_the_carrier_has_four_hours_from_the_acceptance_to_fetch_the_papers(replay: Replay, carrier: Carrier) -> None:
    """Khánh Hòa, 3: from the officer's online acceptance the carrier has four hours; countdown, warning, escalation, the figure."""
    with replay.at(DAY, 8):
        for _unused in range(2):
            assert replay.submit(OFFICE, COPY, collect_by_post="on", collect_address=HOME)[0].status_code == 302
        desk, clerk = replay.employ("desk", OFFICE, ADMINISTRATOR), replay.postman(carrier, CENTRE, ADMINISTRATOR)
        leader = replay.employ("leader", OFFICE, ADMINISTRATOR)
        for pk in Dossier.objects.values_list("pk", flat=True):
            desk.post(reverse("dossiers:accept", args=[pk]))
        work()
        listed = text(clerk.get(reverse("postal:shipments")))
        assert HOME in listed and "còn 4 giờ" in listed and "12:00 ngày 03/04/2020" in listed
        assert LETTER in text(clerk.get(reverse("postal:shipment", args=[Shipment.objects.first().pk])))
        assert told("collection_ordered") == 2
    first, second = Shipment.objects.order_by("pk")
    assert first.timer_from == first.dossier.received_at and first.wall_due_at == first.timer_from + FOUR_HOURS
    with replay.at(DAY, 11, 30):
        work()
        assert "còn 30 phút" in text(clerk.get(reverse("postal:shipments")))
    with replay.at(DAY, 12):  # exactly at the end
        clerk.post(reverse("postal:collected", args=[first.pk]))
        work()
        assert not Shipment.objects.filter(attention="late").exists()
    with replay.at(DAY, 12, 1):
        work()
        work()
        assert "quá 1 phút" in text(leader.get(reverse("postal:shipments"), {"nhom": "can-xu-ly"}))
        figures = text(leader.get(reverse("postal:compliance")))
        assert f"2020-W14 từ 30/03/2020 Nhận hồ sơ từ công dân {WHOSE} 2 1 1 0 0 50,0%" in figures
    assert second.events.filter(verb="escalate").count() == 1


def test_kh7_the_result_is_fetched_within_four_hours_and_the_figure_says_so(replay: Replay, carrier: Carrier) -> None:
    """Khánh Hòa, 3: from the system's message that a result is ready the carrier has four hours; what it did is a figure."""
    with replay.at(DAY, 8):
        desk, clerk = replay.employ("desk", OFFICE, ADMINISTRATOR), replay.postman(carrier, CENTRE, ADMINISTRATOR)
        dossier = replay.received(replay.take_in(desk, OFFICE, BIRTH, return_method="post", return_address=HOME))
        specialist = replay.employ("specialist", OFFICE, ADMINISTRATOR)
        specialist.post(reverse("dossiers:start", args=[dossier.pk]))
    with replay.at(DAY, 14):
        specialist.post(reverse("dossiers:decide", args=[dossier.pk]), {"note": "Giấy khai sinh"})
        work()
        shipment = Shipment.objects.get()
        assert (shipment.direction, shipment.collect_due_at) == ("out", clock.at(DAY, 18))
        shown = text(clerk.get(reverse("postal:shipment", args=[shipment.pk])))
        assert "còn 4 giờ" in shown and "Nếu chỉ tính giờ làm việc" in shown and LETTER in shown
    with replay.at(DAY, 17, 59):
        clerk.post(reverse("postal:collected", args=[shipment.pk]))
    with replay.at(DAY, 19):
        work()
        administrator = replay.visitor(ADMINISTRATOR)
        figures = text(administrator.get(reverse("postal:compliance"), {"tuan": "2020-W14"}))
        assert f"Trả kết quả cho công dân {WHOSE} 1 1 0 0 0 100,0%" in figures
    assert told("shipment_ordered") == 1 and told("collection_late") == 0
