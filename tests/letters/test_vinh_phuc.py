"""Letter Vĩnh Phúc /UBND-KSTT2 of 2020, replayed at the province's public service centre of that time."""
import re
from datetime import date

from django.test import Client
from django.urls import reverse

from bookings import tasks
from onestop.notify.models import Message
from tests.letters.replay import Replay, text

OFFICE, ADMINISTRATOR, LETTER = "vinh-phuc", "quantri-vinh-phuc", "…/UBND-KSTT2"
DAY, NEXT, BEFORE = date(2020, 4, 8), date(2020, 4, 9), date(2020, 3, 31)
URGENT, OTHER = "2.000635", "2.002516"  # a copy of a civil status extract; a confirmation that can wait


def close(replay: Replay, first: date) -> None:
    """The administrator closes the counter for two weeks."""
    answer = replay.visitor(ADMINISTRATOR).post(reverse("offices:close", args=[OFFICE]), {
        "starts_on": first.isoformat(), "ends_on": "2020-04-22", "reason": "Giảm tiếp xúc trực tiếp", "legal_basis": "Chỉ thị 16/CT-TTg"})
    assert answer.status_code == 302, text(answer)


def test_vp2_urgent_procedures_are_booked_where_the_counter_is_closed(replay: Replay) -> None:
    """Vĩnh Phúc, 2: 100 % of the urgent procedures are dealt with: they get a place although nobody else is received in person."""
    with replay.at(DAY, 7):
        replay.open_counter(OFFICE, DAY)
        close(replay, DAY)
        refused = text(replay.month(OFFICE, OTHER, NEXT))
        assert "Giảm tiếp xúc trực tiếp" in refused and "Chỉ thị 16/CT-TTg" in refused
        assert replay.slots(OFFICE, OTHER, NEXT) == []
        slots = replay.slots(OFFICE, URGENT, NEXT)
        program = replay.program("book", office=OFFICE)
        turned_away = replay.book_by_program(program, OTHER, slots[0])
        assert (turned_away.status_code, turned_away.json()["code"]) == (422, "office_closed")
        assert "Cấp bản sao Trích lục hộ tịch" in replay.book_on_web(OFFICE, URGENT, slots[0]).page
        page = text(replay.procedure_page(URGENT, OFFICE))
        assert "Cấp thiết" in page and LETTER in page
        assert "Thủ tục cấp thiết luôn được giải quyết, kể cả khi hạn chế tiếp nhận trực tiếp." in page


def test_vp2_urgent_procedures_are_received_without_an_appointment(replay: Replay) -> None:
    """Vĩnh Phúc, 2: whoever stands at the door with something urgent is served, although the counter is closed to the rest."""
    with replay.at(DAY, 8):
        close(replay, DAY)
        desk = replay.employ("desk", OFFICE, ADMINISTRATOR)
        refused = replay.take_in(desk, OFFICE, OTHER)
        assert refused.status_code == 422 and "Giảm tiếp xúc trực tiếp" in text(refused)
        assert replay.received(replay.take_in(desk, OFFICE, URGENT)).code
    with replay.at(BEFORE, 8):  # without the letter a closed counter is closed to everybody
        close(replay, BEFORE)
        early = replay.employ("desk", OFFICE, ADMINISTRATOR)
        assert replay.take_in(early, OFFICE, URGENT).status_code == 422


def test_vp2_urgent_procedures_keep_their_places_when_the_closure_came_first(replay: Replay) -> None:
    """Vĩnh Phúc, 2: the places of urgent procedures do not depend on whether the closure was entered before the nightly job."""
    with replay.at(DAY, 7):
        close(replay, DAY)
        replay.open_counter(OFFICE, DAY)
        assert replay.slots(OFFICE, URGENT, NEXT)
        assert replay.slots(OFFICE, OTHER, NEXT) == []


def test_vp2_when_a_counter_is_closed_urgent_appointments_stay_and_the_others_are_moved(replay: Replay) -> None:
    """Vĩnh Phúc, 2: a rebooking run leaves urgent procedures where they are, with the letter's number; nobody is told about those."""
    with replay.at(DAY, 7):
        replay.open_counter(OFFICE, DAY)
        slots = replay.slots(OFFICE, URGENT, NEXT)
        urgent = replay.book_on_web(OFFICE, URGENT, slots[0])
        other = replay.book_on_web(OFFICE, OTHER, slots[0])
    with replay.at(DAY, 8):
        browser = replay.visitor(ADMINISTRATOR)
        made = browser.post(reverse("bookings:relocation_new"), {
            "target": f"office:{replay.office(OFFICE).pk}", "from_at": f"{DAY.isoformat()}T08:00", "until_at": "2020-04-22T17:00",
            "reason": "Giảm tiếp xúc trực tiếp", "directive": replay.letter(LETTER).pk})
        assert made.status_code == 302, text(made)
        preview = text(browser.get(made["Location"]))
        assert "Ở lại vì thủ tục cấp thiết vẫn được phục vụ" in preview and "Cấp bản sao Trích lục hộ tịch" in preview
        browser.post(f"{made['Location']}bat-dau/")
        for _round in range(5):
            tasks.relocate(int(re.findall(r"\d+", made["Location"])[-1]))
        everybody = text(browser.get(f"{made['Location']}nguoi/"))
        assert urgent.code in everybody and f"vẫn được phục vụ tại đây theo văn bản số {LETTER}" in everybody
        mine = text(Client().get(reverse("bookings:manage", args=[urgent.code]), {"khoa": urgent.secret}))
        assert "Đã đặt lịch" in mine and "đã được chuyển" not in mine
        assert Message.objects.filter(template_key__startswith="relocation").count() == 1
        told = Message.objects.get(template_key__startswith="relocation")
        assert other.code in f"{told.subject} {told.body}" and LETTER in told.body
        assert replay.slots(OFFICE, URGENT, NEXT) and replay.slots(OFFICE, OTHER, NEXT) == []
