"""Letter Cà Mau 4708/UBND-CCHC, clauses 1 and 2, at the door: through the guard's own pages."""
import re
from datetime import date

import pytest
from django.test import Client
from django.urls import reverse
from rest_framework.test import APIClient

from bookings.services.audit import audit_capacity
from bookings.tasks import note_no_shows
from tests.letters.doors import door, offered, tap, walk_in
from tests.letters.replay import ALL_WELL, API, Replay, text

CA_MAU, CENTRE, AT_CA_MAU, CM = "thanh-pho-ca-mau", "ca-mau", "quantri-ca-mau", "4708/UBND-CCHC"
BEFORE, MONDAY, TUESDAY = date(2021, 8, 20), date(2021, 8, 23), date(2021, 8, 24)
COPY, SIGNATURE = "2.000815", "2.000884"  # only at the counter; the person must be there


@pytest.fixture
def ca_mau(replay: Replay) -> None:
    """The one-stop shop of thành phố Cà Mau with places for the week of the letter."""
    replay.district(CA_MAU, "H12.31", "Bộ phận Một cửa thành phố Cà Mau", "H964", CENTRE)
    with replay.at(BEFORE, 7):
        replay.open_counter(CA_MAU, BEFORE, 12)


@pytest.mark.usefixtures("ca_mau")
def test_cm2_whoever_walks_in_is_offered_the_next_place_online_or_post(replay: Replay) -> None:
    """Cà Mau, 1: only people with an appointment are served; a walk-in is refused with the letter, which is recorded, and is
    offered the next free place for one press, the online form and the post."""
    person = {**replay.person(), "people": "1", "dossiers": "1", "priority": "", **ALL_WELL}
    with replay.at(MONDAY, 7, 35):
        guard = replay.employ("guard", CA_MAU, AT_CA_MAU)
        answer = guard.get(walk_in(CA_MAU, SIGNATURE))
        page = text(answer)
        assert CM in page and "chỉ tiếp nhận trực tiếp người có lịch hẹn" in page and "Nhận ngay" not in page
        assert "Hẹn khung giờ còn chỗ gần nhất" in page and "08:00 · Thứ Hai, 23/08/2021" in page
        assert "Nộp trực tuyến hoặc qua bưu chính" in page and "<svg" in answer.content.decode()
        refused = guard.post(walk_in(CA_MAU, SIGNATURE), person)
        assert refused.status_code == 422 and CM in text(refused)
        told = text(guard.post(reverse("bookings:turn_away", args=[CA_MAU]), {
            "thu_tuc": SIGNATURE, "viec": "submit", "cach": "later"}, follow=True))
        assert "Đã ghi nhận một người chưa có lịch hẹn" in told
        booked = text(guard.post(walk_in(CA_MAU, SIGNATURE), {**person, "slot": offered(answer.content.decode())[0]}, follow=True))
        assert "có giờ hẹn mới: 08:00, Thứ Hai, 23/08/2021, số thứ tự 1" in booked
        rates = text(replay.employ("leader", CA_MAU, AT_CA_MAU).get(reverse("bookings:no_shows")))
        assert re.search(r"Đến không hẹn, được hướng dẫn cách khác\s+2|2\s+Đến không hẹn, được hướng dẫn cách khác", rates), rates
    with replay.at(BEFORE, 7, 35):  # before the letter whoever came was served
        guard = replay.employ("guard", CA_MAU, AT_CA_MAU)
        assert "Nhận ngay, lấy số thứ tự" in text(guard.get(walk_in(CA_MAU, SIGNATURE)))
        taken = text(guard.post(walk_in(CA_MAU, SIGNATURE), {**person, **replay.person()}, follow=True))
        assert "đã đến và vào phòng. Số thứ tự 1" in taken
    assert audit_capacity() == []


@pytest.mark.usefixtures("ca_mau")
def test_cm6_not_more_than_ten_in_the_room_and_not_more_in_the_waiting_area(replay: Replay) -> None:
    """Cà Mau, 1: never more than 10 people gathered: neither in the room nor where people wait."""
    with replay.at(MONDAY, 7):
        program = replay.program("book", "visits", office=CA_MAU)
        slots = replay.slots(CA_MAU, SIGNATURE, MONDAY)[:3]
        codes = [replay.book_by_program(program, SIGNATURE, slot, people=8).json()["code"] for slot in slots]
        late = replay.book_by_program(program, SIGNATURE, slots[2], people=2).json()["code"]
    with replay.at(MONDAY, 8, 0):
        guard = replay.employ("guard", CA_MAU, AT_CA_MAU)
        assert "đã đến và vào phòng" in tap(guard, "check_in", codes[0], straight="1", **ALL_WELL)
        assert "mời vào khu vực chờ" in tap(guard, "check_in", codes[1], straight="1", **ALL_WELL)
        assert "mời chờ bên ngoài" in tap(guard, "check_in", codes[2], **ALL_WELL)  # 16 would wait
        assert "mời vào khu vực chờ" in tap(guard, "check_in", late, **ALL_WELL)
        page = text(guard.get(door(CA_MAU)))
        assert "Khu vực chờ: 10 / 10 người" in page and "Chờ bên ngoài: 8 người" in page and "8 công dân" in page
        assert "Khu vực chờ đã đủ người" in tap(guard, "seat", codes[2])
        assert "Phòng đã đủ 10 người" in tap(guard, "enter", codes[1])
        tap(guard, "leave_room", codes[0])
        tap(guard, "enter", codes[1])
        assert "vào khu vực chờ" in tap(guard, "seat", codes[2])
        room = APIClient().get(f"{API}rooms/{CA_MAU}-p1/").json()
        assert (room["people"], room["waiting"], room["waiting_cap"], room["outside"]) == (8, 10, 10, 0)
    assert audit_capacity() == []


@pytest.mark.usefixtures("ca_mau")
def test_cm7_who_may_not_enter_is_recorded_and_rebooked_in_the_same_step(replay: Replay) -> None:
    """Cà Mau, 2: the check by the letter comes before entering; a refusal is recorded, and the visit gets another time at once."""
    with replay.at(MONDAY, 7):
        booked = replay.book_on_web(CA_MAU, SIGNATURE, replay.slots(CA_MAU, SIGNATURE, MONDAY)[0])
    with replay.at(MONDAY, 7, 35):
        guard = replay.employ("guard", CA_MAU, AT_CA_MAU)
        answer = guard.get(door(CA_MAU), {"ma": booked.code})
        assert CM in text(answer) and "Kiểm tra 5K trước khi vào" in text(answer)
        places = offered(answer.content.decode(), r'type="radio" name="slot" value="(\d+)"')
        told = tap(guard, "refuse_entry", booked.code, reason="Đang sốt", slot=str(places[-1]))
        assert "Đã ghi chưa cho vào" in told and "có giờ hẹn mới" in told
        page = text(Client().get(reverse("bookings:manage", args=[booked.code]), {"khoa": booked.secret}))
        assert "Đã đặt lịch" in page and "23/08/2021" not in page.split("Lịch hẹn")[-1]
        assert "đã đổi sang" in replay.told(booked.code, "appointment_moved")
        assert booked.code not in text(guard.get(door(CA_MAU)))  # today's list is without them
    assert audit_capacity() == []


@pytest.mark.usefixtures("ca_mau")
def test_cm2_whoever_came_is_never_a_no_show(replay: Replay) -> None:
    """Cà Mau, 1: an appointment that nobody kept is noted after the session, one that was kept never."""
    with replay.at(MONDAY, 7):
        slot = replay.slots(CA_MAU, SIGNATURE, MONDAY)[0]
        came, missed = (replay.book_on_web(CA_MAU, SIGNATURE, slot) for _one in range(2))
    with replay.at(MONDAY, 7, 40):
        tap(replay.employ("guard", CA_MAU, AT_CA_MAU), "check_in", came.code, **ALL_WELL)
    with replay.at(MONDAY, 23):
        note_no_shows()
        for booked, state in ((came, "Đã đến, đang chờ"), (missed, "Không đến")):
            assert state in text(Client().get(reverse("bookings:manage", args=[booked.code]), {"khoa": booked.secret}))
