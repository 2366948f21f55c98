"""Letter Thường Tín 332/UBND-VP, clauses 4 and 5, at the door: through the guard's own pages."""
from datetime import date

import pytest

from bookings.services.audit import audit_capacity
from tests.letters.doors import door, tap, walk_in
from tests.letters.replay import ALL_WELL, Replay, text

THUONG_TIN, AT_HA_NOI, TT = "huyen-thuong-tin", "quantri-ha-noi", "332/UBND-VP"
FRIDAY, WEDNESDAY = date(2020, 4, 3), date(2020, 4, 8)
COPY = "2.000815"  # only at the counter; the person must be there


@pytest.fixture
def thuong_tin(replay: Replay) -> None:
    with replay.at(FRIDAY, 7):
        replay.open_counter(THUONG_TIN, FRIDAY, 10)


@pytest.mark.usefixtures("thuong_tin")
def test_tt2_no_walk_in_passes_the_ten(replay: Replay) -> None:
    """Thường Tín, 4: at most 10 people in the one-stop shop; who comes without an appointment counts like everybody."""
    with replay.at(WEDNESDAY, 7):
        program = replay.program("book", "visits", office=THUONG_TIN)
        slots = replay.slots(THUONG_TIN, COPY, WEDNESDAY)[:2]
        codes = [replay.book_by_program(program, COPY, slot, people=8).json()["code"] for slot in slots]
    with replay.at(WEDNESDAY, 7, 50):
        guard = replay.employ("guard", THUONG_TIN, AT_HA_NOI)
        tap(guard, "check_in", codes[0], straight="1", **ALL_WELL)
        person = {"people": "2", "dossiers": "1", "priority": "", **ALL_WELL}
        taken = guard.post(walk_in(THUONG_TIN, COPY), {**replay.person(), **person}, follow=True)
        assert "đã đến và vào phòng" in text(taken) and "10 công dân" in text(taken)
        refused = guard.post(walk_in(THUONG_TIN, COPY), {**replay.person(), **person, "people": "3"})
        assert refused.status_code == 409 and "Hiện không còn chỗ cho người chưa có lịch hẹn" in text(refused)
    assert audit_capacity() == []


@pytest.mark.usefixtures("thuong_tin")
def test_tt4_places_of_the_waiting_area_from_its_floor_and_who_is_next(replay: Replay) -> None:
    """Thường Tín, 5: the waiting area holds what fits at 2 m, at most 10; the guard sees how that comes about, and who may enter next."""
    with replay.at(WEDNESDAY, 7):
        program = replay.program("book", "visits", office=THUONG_TIN)
        slots = replay.slots(THUONG_TIN, COPY, WEDNESDAY)[:2]
        second, first = (replay.book_by_program(program, COPY, slot).json()["code"] for slot in (slots[1], slots[0]))
    with replay.at(WEDNESDAY, 7, 50):
        guard = replay.employ("guard", THUONG_TIN, AT_HA_NOI)
        page = text(guard.get(door(THUONG_TIN)))
        assert "40 m² ÷ (2 m × 2 m) = 10 và số người tối đa 10: 10 chỗ" in page and TT in page
        for code in (second, first):
            tap(guard, "check_in", code, **ALL_WELL)
        line = text(guard.get(door(THUONG_TIN)))
        line = line[line.index("Mời vào tiếp theo"):]
        assert line.index(first) < line.index(second) and "xét theo giờ hẹn" in line
        # The same area with less floor, as the letter of another office would have it.
        replay.publish(AT_HA_NOI, "15/QĐ-MẪU", THUONG_TIN, {
            "kind": "waiting_cap", "clause": "Điều 1", "text": "Cách nhau 4 m.", "people": "10", "distance_m": "4"})
        page = text(guard.get(door(THUONG_TIN)))
        assert "40 m² ÷ (4 m × 4 m) = 2 và số người tối đa 10: 2 chỗ" in page and "Khu vực chờ: 2 / 2 người" in page
    with replay.at(WEDNESDAY, 8, 10):
        third = replay.book_by_program(program, COPY, replay.slots(THUONG_TIN, COPY, WEDNESDAY)[0]).json()["code"]
        assert "mời chờ bên ngoài" in tap(guard, "check_in", third, **ALL_WELL)
        tap(guard, "enter", first)
        assert "vào khu vực chờ" in tap(guard, "seat", third)
    assert audit_capacity() == []
