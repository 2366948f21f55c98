"""Letter Thường Tín 332/UBND-VP of 6/4/2020, replayed at the one-stop shop of huyện Thường Tín."""
from datetime import date

import pytest
from django.test import Client
from django.urls import reverse
from rest_framework.test import APIClient

from dossiers.models import Dossier
from onestop.offices.models import Counter
from onestop.people.models import User
from tests.letters.replay import ALL_WELL, API, Replay, text

OFFICE, ADMINISTRATOR, LETTER = "huyen-thuong-tin", "quantri-ha-noi", "332/UBND-VP"
BEFORE, DAY, NEXT = date(2020, 4, 3), date(2020, 4, 8), date(2020, 4, 9)  # Friday before the letter, Wednesday and Thursday after
BIRTH, COPY, BY_POST = "1.001193", "2.000815", "1.011607"  # online too; only at the counter; at the counter and by post


@pytest.fixture
def opened(replay: Replay) -> None:
    """Places for the days around the letter."""
    with replay.at(BEFORE, 7):
        replay.open_counter(OFFICE, BEFORE, 10)


@pytest.mark.usefixtures("opened")
def test_tt1_what_is_offered_online_is_not_accepted_at_the_counter(replay: Replay) -> None:
    """Thường Tín, 3: a procedure offered online isn't accepted at the counter; the booking page leads to the online form."""
    with replay.at(DAY, 7):
        month = replay.month(OFFICE, BIRTH, NEXT)
        page = text(month)
        assert "không nhận trực tiếp tại quầy vì có thể nộp qua kênh: trực tuyến" in page and LETTER in page and "đoạn 3" in page
        guide = f"{reverse('guide:procedure', args=[BIRTH])}?don_vi={OFFICE}"
        assert guide in month.content.decode()
        form = f"{reverse('dossiers:submit', args=[BIRTH])}?don_vi={OFFICE}"
        assert form in Client().get(guide).content.decode()
        assert replay.submit(OFFICE, BIRTH)[0].status_code == 302
        desk = replay.employ("desk", OFFICE, ADMINISTRATOR)
        refused = replay.take_in(desk, OFFICE, BIRTH)
        assert refused.status_code == 422 and LETTER in text(refused)
        slot = replay.slots(OFFICE, COPY, NEXT)[0]
        by_api = replay.book_by_program(replay.program("book", office=OFFICE), BIRTH, slot)
        assert (by_api.status_code, by_api.json()["directive"]) == (422, {"number": LETTER, "clause": "đoạn 3"})
        # What is not online is received: at the counter also what could be sent by post.
        assert replay.slots(OFFICE, BY_POST, NEXT)
        assert replay.book_on_web(OFFICE, COPY, slot).code
        assert replay.received(replay.take_in(desk, OFFICE, COPY)).code
    with replay.at(BEFORE, 7):
        assert replay.slots(OFFICE, BIRTH, BEFORE)


def put_on_duty(replay: Replay, count: int) -> None:
    """So many officers at the counter on the day, by the administrator's roster page."""
    for _number in range(count):
        replay.employ("desk", OFFICE, ADMINISTRATOR)
    officers = User.objects.filter(assignments__office__code=OFFICE, username__startswith=f"mau-{OFFICE}-desk")
    answer = replay.visitor(ADMINISTRATOR).post(f"{reverse('bookings:duty', args=[OFFICE])}?tuan={DAY.isoformat()}", {
        f"d{officer.pk}-{DAY:%Y%m%d}-morning": "counter" for officer in officers})
    assert answer.status_code == 302, text(answer)


def test_tt2_people_come_in_batches_and_ten_are_inside_officers_included(replay: Replay) -> None:
    """Thường Tín, 4: reception, guidance and return of results in batches; at most 10 inside, its own officers included."""
    with replay.at(DAY, 7):
        put_on_duty(replay, 3)
        replay.open_counter(OFFICE, DAY, 1)
        program = replay.program("book", "visits", office=OFFICE)
        first, second = replay.slots(OFFICE, COPY, DAY)[:2]
        assert replay.book_by_program(program, COPY, first, people=8).status_code == 422  # a batch has seven places
        codes = [replay.book_by_program(program, COPY, first, people=6).json()["code"],
                 replay.book_by_program(program, COPY, first, purpose="collect").json()["code"]]
        full = replay.book_by_program(program, COPY, first)
        assert (full.status_code, full.json()["code"]) == (409, "slot_full")
        codes.append(replay.book_by_program(program, COPY, second).json()["code"])
    with replay.at(DAY, 7, 50):
        guard = replay.employ("guard", OFFICE, ADMINISTRATOR)
        for code in codes:
            assert guard.post(reverse("bookings:check_in", args=[code]), ALL_WELL).status_code == 302
        pages = [text(guard.post(reverse("bookings:enter", args=[code]), follow=True)) for code in codes]
        assert "10 / 10" in pages[1] and "7 công dân và 3 cán bộ đang trong phòng" in pages[1] and LETTER in pages[1]
        assert "Phòng đã đủ 10 người, kể cả 3 cán bộ" in pages[2]
        refused = program.post(f"{API}appointments/{codes[2]}/enter/", {}, format="json")
        assert (refused.status_code, refused.json()["code"]) == (409, "room_full")


@pytest.mark.usefixtures("opened")
def test_tt3_web_hotline_and_social_networks_book_and_the_channel_is_kept(replay: Replay) -> None:
    """Thường Tín, 4: appointments and numbers by web, hotline, Zalo, Facebook, Viber; the booking remembers which."""
    with replay.at(DAY, 7):
        slots = replay.slots(OFFICE, COPY, NEXT)
        replay.book_on_web(OFFICE, COPY, slots[0])
        hotline = replay.employ("hotline", "ha-noi", ADMINISTRATOR)
        answer = hotline.post(reverse("bookings:hotline_book"), {
            "thu_tuc": COPY, "don_vi": OFFICE, **replay.person(), "slot": slots[1], "dossiers": 1, "people": 1})
        assert answer.status_code == 302, text(answer)
        program = replay.program("book", office=OFFICE)
        for number, channel in enumerate(("zalo", "facebook", "viber"), 2):
            booked = replay.book_by_program(program, COPY, slots[number], channel=channel)
            assert booked.status_code == 201 and booked.json()["channel"] == channel
            assert booked.json()["queue_number"] == number + 1
        assert replay.book_by_program(program, COPY, slots[5], channel="dien-tin").status_code == 400
        listed = text(replay.employ("desk", OFFICE, ADMINISTRATOR).get(reverse("bookings:day"), {"ngay": NEXT.isoformat()}))
        for name in ("Cổng thông tin", "Tổng đài", "Zalo", "Facebook", "Viber"):
            assert f"Nộp hồ sơ · {name}" in listed
        assert listed.count("(Đối tác mẫu)") == 3  # whose key booked it stands beside the channel


@pytest.mark.usefixtures("opened")
def test_tt3_numbers_stand_on_paper_too_when_the_line_is_down(replay: Replay) -> None:
    """Thường Tín, 4: numbers given through any channel are served also without the line: printed, and typed in afterwards."""
    with replay.at(DAY, 7):
        slot = replay.slots(OFFICE, COPY, DAY)[0]
        person = replay.person()
        booked = replay.book_by_program(replay.program("book", office=OFFICE), COPY, slot, channel="viber", applicant=person).json()
        calendar = Client().get(booked["ics_url"].split("8000", 1)[-1] if "8000" in booked["ics_url"] else booked["ics_url"])
        assert "STATUS:CONFIRMED" in calendar.content.decode() and f"UID:{booked['code']}@" in calendar.content.decode()
        desk = replay.employ("desk", OFFICE, ADMINISTRATOR)
        paper = desk.get(reverse("bookings:day_list_pdf", args=[OFFICE]), {"ngay": DAY.isoformat()})
        assert paper["Content-Type"] == "application/pdf" and paper.content.startswith(b"%PDF")
        page = text(desk.get(reverse("bookings:day_list", args=[OFFICE]), {"ngay": DAY.isoformat()}))
        assert person["full_name"] in page and person["phone"] not in page
    with replay.at(DAY, 15):
        sheet = reverse("bookings:reconcile", args=[OFFICE])
        form = desk.get(sheet).context["lines"][0][0]
        typed = {form["came"].html_name: "07:55", form["entered"].html_name: "08:02", form["left"].html_name: "08:20", "reason": "Mất mạng"}
        assert "Đã ghi 1 dòng" in text(desk.post(sheet, typed))
        told = APIClient().get(f"{API}appointments/{booked['code']}/", {"secret": booked["secret"]}).json()
        assert told["status"] == "done"


@pytest.mark.usefixtures("opened")
def test_tt3_a_number_from_any_channel_is_called_to_a_counter(replay: Replay) -> None:
    """Thường Tín, 4: a number taken by web, hotline or Zalo has its place in one line, is called to a counter and shown over the door."""
    with replay.at(DAY, 7):
        first, second = replay.slots(OFFICE, COPY, DAY)[:2]
        codes = [replay.book_by_program(replay.program("book", office=OFFICE), COPY, second, channel="zalo").json()["code"],
                 replay.book_on_web(OFFICE, COPY, first).code]
        hotline = replay.employ("hotline", "ha-noi", ADMINISTRATOR)
        answer = hotline.post(reverse("bookings:hotline_book"), {
            "thu_tuc": COPY, "don_vi": OFFICE, **replay.person(), "slot": second, "dossiers": 1, "people": 1})
        codes.append(answer["Location"].split("?")[0].rstrip("/").split("/")[-1])
    with replay.at(DAY, 7, 45):
        guard, desk = (replay.employ(role, OFFICE, ADMINISTRATOR) for role in ("guard", "desk"))
        for code in codes:
            assert guard.post(reverse("bookings:check_in", args=[code]), ALL_WELL).status_code == 302
        counter = Counter.objects.filter(room__office__code=OFFICE).order_by("number").first()
        desk.post(reverse("bookings:desk_choose"), {"quay": counter.pk})
        display = reverse("bookings:display", args=[OFFICE])
        called = []
        for _turn in codes:
            ticket = desk.post(reverse("bookings:desk_call"), follow=True).context["ticket"]
            called.append(ticket.appointment.code)
            assert f"Mời số {ticket.number} đến Quầy 1" in Client().get(display).content.decode()
            desk.post(reverse("bookings:desk_act", args=[ticket.pk, "bat-dau"]))
            desk.post(reverse("bookings:desk_act", args=[ticket.pk, "xong"]))
        assert called == [codes[1], codes[0], codes[2]]  # by the time of the appointment, then by the number; never by the channel


@pytest.mark.usefixtures("opened")
def test_tt3_a_full_office_keeps_a_waiting_list_for_every_channel(replay: Replay) -> None:
    """Thường Tín, 4: also who waits for a place is remembered with the channel, from Zalo, Facebook and Viber as from the web."""
    with replay.at(DAY, 7):
        program = replay.program("book", office=OFFICE)
        for channel in ("zalo", "facebook", "viber"):
            body = {"office": OFFICE, "procedure": COPY, "channel": channel, "applicant": replay.person()}
            joined = program.post(f"{API}waiting-list/", body, format="json")
            assert joined.status_code == 201 and joined.json()["channel"] == channel, joined.content.decode()
        form = {**replay.person(), "first": NEXT.isoformat(), "last": NEXT.isoformat(), "viec": "submit", "dossiers": 1, "people": 1}
        answer = replay.visitor().post(reverse("bookings:waiting_join", args=[OFFICE, COPY]), form)
        assert answer.status_code == 302 and "Danh sách chờ của tôi" in text(replay.visitor().get(answer["Location"]))


@pytest.mark.usefixtures("opened")
def test_tt4_the_waiting_area_has_its_own_cap_on_the_guards_screen(replay: Replay) -> None:
    """Thường Tín, 5: the waiting area is a second room with its own cap of 10; the guard sees both and who may enter next."""
    with replay.at(DAY, 7):
        program = replay.program("book", "visits", office=OFFICE)
        slot = replay.slots(OFFICE, COPY, DAY)[0]
        codes = [replay.book_by_program(program, COPY, slot, people=people).json()["code"] for people in (2, 1)]
    with replay.at(DAY, 7, 35):
        guard = replay.employ("guard", OFFICE, ADMINISTRATOR)
        door = reverse("bookings:door", args=[OFFICE])
        assert "Khu vực chờ: 0 / 10 người" in text(guard.get(door))
        for code in codes:
            guard.post(reverse("bookings:check_in", args=[code]), ALL_WELL)
        page = text(guard.get(door))
        assert "Khu vực chờ: 3 / 10 người" in page
        following = page[page.index("Mời vào tiếp theo"):]
        assert following.index(codes[0]) < following.index(codes[1])  # in the order of their numbers
        guard.post(reverse("bookings:enter", args=[codes[0]]))
        assert "Khu vực chờ: 1 / 10 người" in text(guard.get(door))
        room = APIClient().get(f"{API}rooms/{OFFICE}-p1/").json()
        assert (room["people"], room["waiting"], room["waiting_cap"]) == (2, 1, 10)
        assert "Khu vực chờ không quá 10 người, mỗi người cách nhau ít nhất 2 m." in text(
            Client().get(reverse("guide:office", args=[OFFICE])))


def test_tt5_post_is_encouraged_for_sending_and_for_the_result(replay: Replay) -> None:
    """Thường Tín, 5: procedures that don't require the person: post for handing in and for the result is offered first of the two."""
    with replay.at(DAY, 9):
        page = text(replay.procedure_page(BY_POST, OFFICE))
        assert page.index("Bưu chính công ích Nên chọn") < page.index("3. Trực tiếp")
        assert "Kết quả được trả qua bưu điện hoặc cán bộ hỗ trợ trả tại nhà" in page and LETTER in page
        address = f"{reverse('dossiers:submit', args=[BIRTH])}?don_vi={OFFICE}"
        form = Client().get(address).context["form"]
        assert form["return_method"].value() == "post"
        missing, _browser = replay.submit(OFFICE, BIRTH, return_method="post", return_address="")
        assert missing.status_code == 422 and "địa chỉ" in text(missing)
        answer, _browser = replay.submit(OFFICE, BIRTH, return_method="post", return_address="Số 9, đường Mẫu, Thường Tín")
        assert answer.status_code == 302
        desk = replay.employ("desk", OFFICE, ADMINISTRATOR)
        by_post = replay.received(replay.take_in(desk, OFFICE, BY_POST, "postal", return_method="post", return_address="Số 9, đường Mẫu"))
        shown = text(desk.get(reverse("dossiers:detail", args=[by_post.pk])))
        assert "Bưu chính công ích" in shown and "Nhận qua bưu chính công ích" in shown and "Số 9, đường Mẫu" in shown
        assert Dossier.objects.filter(return_method="post").count() == 2
