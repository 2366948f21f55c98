"""Letter Cà Mau 4708/UBND-CCHC of 22/8/2021, replayed at the one-stop shop of thành phố Cà Mau."""
import re
from datetime import date, time

import pytest
from django.test import Client
from django.urls import reverse
from rest_framework.test import APIClient

from bookings import tasks
from bookings.models import Session
from bookings.tasks import warn_of_crowds
from onestop.notify.models import Message
from onestop.offices.models import Area, DutyShift
from onestop.people.models import User
from tests.letters.replay import ALL_WELL, API, Replay, text

OFFICE, CENTRE, ADMINISTRATOR, LETTER = "thanh-pho-ca-mau", "ca-mau", "quantri-ca-mau", "4708/UBND-CCHC"
BEFORE, DAY, NEXT = date(2021, 8, 20), date(2021, 8, 23), date(2021, 8, 24)  # Friday before the letter, Monday and Tuesday after
BIRTH, COPY, SIGNATURE = "1.001193", "2.000815", "2.000884"  # online too; only at the counter; the person must be there


@pytest.fixture(autouse=True)
def office(replay: Replay) -> None:
    """The district's one-stop shop."""
    replay.district(OFFICE, "H12.31", "Bộ phận Một cửa thành phố Cà Mau", "H964", CENTRE)


@pytest.fixture
def opened(replay: Replay) -> None:
    """Places for the week of the letter, made before it."""
    with replay.at(BEFORE, 7):
        replay.open_counter(OFFICE, BEFORE, 12)


@pytest.fixture
def desk(replay: Replay) -> Client:
    with replay.at(BEFORE, 7):
        return replay.employ("desk", OFFICE, ADMINISTRATOR)


@pytest.mark.usefixtures("opened")
def test_cm1_only_online_or_post_unless_a_procedure_can_be_neither(replay: Replay, desk: Client) -> None:
    """Cà Mau, preamble: only online or by public post; what can be neither may be handed in at the counter, by appointment."""
    with replay.at(DAY):
        page = text(replay.month(OFFICE, BIRTH, NEXT))
        assert "không nhận trực tiếp tại quầy" in page and LETTER in page and "phần mở đầu" in page
        assert replay.slots(OFFICE, BIRTH, NEXT) == []
        slot = replay.slots(OFFICE, SIGNATURE, NEXT)[0]
        browser = Client()
        refused = replay.hold(browser, OFFICE, BIRTH, slot)
        assert LETTER in text(browser.get(refused["Location"]))
        assert (replay.book_by_program(replay.program("book", office=OFFICE), BIRTH, slot).json())["directive"]["number"] == LETTER
        at_the_counter = replay.take_in(desk, OFFICE, BIRTH)
        assert at_the_counter.status_code == 422 and LETTER in text(at_the_counter)
        online, _browser = replay.submit(OFFICE, BIRTH)
        assert online.status_code == 302
        assert replay.received(replay.take_in(desk, OFFICE, BIRTH, "postal")).code
        assert replay.book_on_web(OFFICE, SIGNATURE, slot).code
    with replay.at(BEFORE, 8):  # before the letter the counter took everything
        assert replay.slots(OFFICE, BIRTH, BEFORE)


@pytest.mark.usefixtures("opened")
def test_cm2_the_counter_serves_only_people_with_an_appointment(replay: Replay, desk: Client) -> None:
    """Cà Mau, 1: whoever has an appointment is served; a walk-in is led to the next free appointment, online or post."""
    with replay.at(DAY, 7):
        booked = replay.book_on_web(OFFICE, SIGNATURE, replay.slots(OFFICE, SIGNATURE, DAY)[0])
    with replay.at(DAY, 7, 35):
        walk_in = replay.take_in(desk, OFFICE, SIGNATURE)
        assert walk_in.status_code == 422
        page = text(walk_in)
        assert "chỉ tiếp nhận trực tiếp người có lịch hẹn" in page and LETTER in page
        assert "trực tuyến" in page and "bưu chính" in page
        offered = text(replay.procedure_page(SIGNATURE, OFFICE))
        assert "Quầy chỉ phục vụ người có lịch hẹn" in offered and "Đặt lịch hẹn" in offered
        found = Client().get(reverse("bookings:start"), {"thu_tuc": SIGNATURE})
        assert "Thứ Hai, 23/08/2021, 08:00" in text(found)  # the next free place
        door = text(replay.employ("guard", OFFICE, ADMINISTRATOR).get(reverse("bookings:door", args=[OFFICE]), {"ma": "KHONGCO"}))
        assert "nộp trực tuyến, gửi bưu chính hoặc đặt khung giờ còn chỗ gần nhất" in door
        person = replay.person()
        received = replay.received(desk.post(reverse("bookings:receive", args=[booked.code]), {**person, "return_method": "counter"}))
        assert received.code and received.code.startswith("H12.31-210823-")


@pytest.mark.usefixtures("opened")
def test_cm3_a_blockaded_area_s_office_takes_nobody_in_person(replay: Replay, desk: Client) -> None:
    """Cà Mau, 1 ('trừ khu vực phong tỏa'): the office of a blockaded area takes nobody in person, not even by appointment."""
    with replay.at(DAY):
        slot = replay.slots(OFFICE, SIGNATURE, NEXT)[0]
        replay.publish(ADMINISTRATOR, "15/QĐ-MẪU", OFFICE, {
            "kind": "blockade", "clause": "Điều 1", "text": "Bộ phận Một cửa trong khu vực phong tỏa.", "places": f"H964, {OFFICE}"})
        page = text(replay.month(OFFICE, SIGNATURE, NEXT))
        assert "khu vực phong tỏa" in page and "15/QĐ-MẪU" in page and replay.slots(OFFICE, SIGNATURE, NEXT) == []
        refused = replay.book_by_program(replay.program("book", office=OFFICE), SIGNATURE, slot)
        assert (refused.status_code, refused.json()["code"]) == (422, "blockade")
        at_the_counter = replay.take_in(desk, OFFICE, SIGNATURE)
        assert at_the_counter.status_code == 422 and "khu vực phong tỏa" in text(at_the_counter)
        assert replay.submit(OFFICE, BIRTH)[0].status_code == 302  # online goes on


NEAR_OFFICE = "huyen-u-minh"


@pytest.fixture
def neighbour(replay: Replay) -> None:
    """Another district's one-stop shop near by, in the same province, with places of its own."""
    province = replay.office(CENTRE).province
    Area.objects.create(code="H966", name="Huyện U Minh", level="district", parent=province, valid_to=date(2025, 6, 30))
    replay.district(NEAR_OFFICE, "H12.32", "Bộ phận Một cửa huyện U Minh", "H966", CENTRE)
    with replay.at(BEFORE, 7):
        replay.open_counter(NEAR_OFFICE, BEFORE, 12)


def close_area(replay: Replay, letter: str, area: str, day: date, hour: int) -> str:
    """The administrator follows the letter's page to the closing of its area, looks at the preview and starts; its address."""
    browser = replay.visitor(ADMINISTRATOR)
    page = browser.get(reverse("directives:detail", args=[replay.letter(letter).pk])).content.decode()
    offer = f"{reverse('bookings:relocation_new')}?van_ban={replay.letter(letter).pk}"
    assert offer in page
    choice = re.search(r"noi=(area:\d+)", browser.get(offer).content.decode())
    assert choice is not None
    made = browser.post(reverse("bookings:relocation_new"), {
        "target": choice[1], "from_at": f"{day.isoformat()}T{hour:02d}:00", "until_at": "", "reason": "Khu vực phong tỏa",
        "directive": replay.letter(letter).pk})
    assert made.status_code == 302, text(made)
    assert browser.post(f"{made['Location']}bat-dau/").status_code == 302
    return str(made["Location"])


def work_off(address: str) -> None:
    """What the worker does for a run."""
    for _round in range(10):
        tasks.relocate(int(re.findall(r"\d+", address)[-1]))
    tasks.sweep_relocations()


@pytest.mark.usefixtures("opened", "neighbour")
def test_cm3_whoever_had_booked_in_a_blockaded_area_is_moved_and_told(replay: Replay) -> None:
    """Cà Mau, 1: existing appointments are moved to the nearest open office or turned into another channel, and the people told."""
    with replay.at(DAY, 7):
        early = replay.book_on_web(OFFICE, SIGNATURE, replay.slots(OFFICE, SIGNATURE, DAY)[0])
        late = replay.book_on_web(OFFICE, SIGNATURE, replay.slots(OFFICE, SIGNATURE, DAY)[-1])
        tomorrow = replay.book_on_web(OFFICE, SIGNATURE, replay.slots(OFFICE, SIGNATURE, NEXT)[0])
    with replay.at(DAY, 11, 45):
        replay.publish(ADMINISTRATOR, "15/QĐ-MẪU", OFFICE, {
            "kind": "blockade", "clause": "Điều 1", "text": "Khu vực phong tỏa.", "places": "H964"})
        address = close_area(replay, "15/QĐ-MẪU", "H964", DAY, 12)
        work_off(address)
        told = replay.told(late.code, "relocation_moved")
        assert "15/QĐ-MẪU" in told and "Khu vực phong tỏa" in told
        assert "Bộ phận Một cửa huyện U Minh" in told and "Số thứ tự 1" in told and "16:30 ngày 23/08/2021" in told
        assert f"/lich/{late.code}/?khoa={late.secret}" in told
        assert "U Minh" in replay.told(tomorrow.code, "relocation_moved")
        assert not Message.objects.filter(template_key__startswith="relocation", body__contains=early.code).exists()  # past already
        own = Client().get(reverse("bookings:manage", args=[late.code]), {"khoa": late.secret})
        assert "Bộ phận Một cửa huyện U Minh" in text(own) and "Đồng ý giờ mới" in text(own)
        agreed = Client().post(reverse("bookings:relocated", args=[late.code]), {"khoa": late.secret, "tra_loi": "accepted"})
        assert agreed.status_code == 302
        browser = replay.visitor(ADMINISTRATOR)
        assert "Đã chuyển xong" in text(browser.get(address)) and "2/2" in text(browser.get(address))
        assert late.code in text(browser.get(f"{address}nguoi/?loc=dong-y"))
        assert tomorrow.code in text(browser.get(f"{address}nguoi/?loc=chua-tra-loi"))
        assert replay.slots(OFFICE, SIGNATURE, NEXT) == []


@pytest.mark.usefixtures("opened")
def test_cm3_without_another_office_people_are_shown_the_other_channel_or_called(replay: Replay) -> None:
    """Cà Mau, 1: where no office is open, what can go online or by post does; who needs the counter is called."""
    with replay.at(BEFORE, 7):  # the day before the letter, when the counter still took what can go online
        online = replay.book_on_web(OFFICE, BIRTH, replay.slots(OFFICE, BIRTH, BEFORE)[-1])
        counter = replay.book_on_web(OFFICE, SIGNATURE, replay.slots(OFFICE, SIGNATURE, date(2021, 8, 25))[0])
    with replay.at(BEFORE, 8):
        replay.publish(ADMINISTRATOR, "15/QĐ-MẪU", OFFICE, {
            "kind": "blockade", "clause": "Điều 1", "text": "Khu vực phong tỏa.", "places": "H964"})
        address = close_area(replay, "15/QĐ-MẪU", "H964", BEFORE, 8)
        work_off(address)
        told = replay.told(online.code, "relocation_guided")
        assert "nộp trực tuyến" in told and "15/QĐ-MẪU" in told and f"/{BIRTH}/?don_vi={OFFICE}" in told
        assert "Đã hủy" in text(Client().get(reverse("bookings:manage", args=[online.code]), {"khoa": online.secret}))
        assert "cán bộ sẽ gọi cho bạn" in replay.told(counter.code, "relocation_unplaced")
        assert "Cần hẹn lại" in text(Client().get(reverse("bookings:manage", args=[counter.code]), {"khoa": counter.secret}))
        assert counter.code in text(replay.visitor(ADMINISTRATOR).get(f"{address}nguoi/?loc=can-goi"))


def test_cm4_the_declared_maximum_of_a_buoi_holds_for_web_hotline_and_api(replay: Replay, desk: Client) -> None:
    """Cà Mau, 1: the office declares the most dossiers of a buổi; the hotline sees it live and nobody gets past it."""
    with replay.at(DAY):
        replay.open_counter(OFFICE, NEXT, 1)
        day, hotline = NEXT, replay.employ("hotline", CENTRE, ADMINISTRATOR)
        assert "/20 hồ sơ" in text(hotline.get(reverse("bookings:hotline"), {"thu_tuc": SIGNATURE, "don_vi": OFFICE}))
        declare(replay.employ("leader", OFFICE, ADMINISTRATOR), day, 2)
        assert desk.post(supply_page(day), {f"n{day:%Y%m%d}-morning": "50"}).status_code in (409, 422)  # the leader's number holds
        first, second, third = replay.slots(OFFICE, SIGNATURE, day)[:3]
        asked = {"thu_tuc": SIGNATURE, "don_vi": OFFICE}
        replay.book_on_web(OFFICE, SIGNATURE, first)
        seen = text(hotline.get(reverse("bookings:hotline"), asked))
        assert "24/08/2021" in seen and "buổi còn 1/2 hồ sơ" in seen
        booked = hotline.post(reverse("bookings:hotline_book"), {**asked, **replay.person(), "slot": second, "dossiers": 1, "people": 1})
        assert booked.status_code == 302, text(booked)
        # The third dossier of the morning, by each of the three ways:
        refused = hotline.post(reverse("bookings:hotline_book"), {**asked, **replay.person(), "slot": third, "dossiers": 1, "people": 1})
        assert refused.status_code == 409 and "Buổi này" in text(refused)
        by_api = replay.book_by_program(replay.program("book", office=OFFICE), SIGNATURE, third)
        assert (by_api.status_code, by_api.json()["code"]) == (409, "session_full")
        browser = Client()
        answer = replay.hold(browser, OFFICE, SIGNATURE, third)
        assert answer["Location"] != reverse("bookings:details")
        assert third not in replay.slots(OFFICE, SIGNATURE, day)


def test_cm4_a_smaller_number_is_refused_or_moves_those_above_it(replay: Replay) -> None:
    """Cà Mau, 1: the office may declare less; whoever booked already is shown first and then told another time, never forgotten."""
    with replay.at(DAY):
        replay.open_counter(OFFICE, NEXT, 1)
        leader, first = replay.employ("leader", OFFICE, ADMINISTRATOR), replay.slots(OFFICE, SIGNATURE, NEXT)[0]
        early, late = replay.book_on_web(OFFICE, SIGNATURE, first), replay.book_on_web(OFFICE, SIGNATURE, first)
        data = week_of(leader, NEXT) | {f"n{NEXT:%Y%m%d}-morning": "1"}
        warned = leader.post(supply_page(NEXT), data)
        assert warned.status_code == 409 and late.code in text(warned) and early.code not in text(warned)
        hotline = replay.employ("hotline", CENTRE, ADMINISTRATOR)
        assert "buổi còn 18/20 hồ sơ" in text(hotline.get(reverse("bookings:hotline"), {"thu_tuc": SIGNATURE, "don_vi": OFFICE}))
        moved = leader.post(supply_page(NEXT), {**data, "rebook": "1", "reason": "Một cán bộ phải cách ly"}, follow=True)
        assert "đợt chuyển lịch cho 1 lịch hẹn" in text(moved)
        assert replay.slots(OFFICE, SIGNATURE, NEXT) and first not in replay.slots(OFFICE, SIGNATURE, NEXT)  # only the afternoon is left


def supply_page(day: date) -> str:
    return f"{reverse('bookings:supply', args=[OFFICE])}?tuan={day.isoformat()}"


def week_of(leader: Client, day: date) -> dict[str, str]:
    """What the declaring screen of a week would send back unchanged."""
    form = leader.get(supply_page(day)).context["form"]
    return {form[name].html_name: str(form[name].value()) for name in form.fields if form[name].value() is not None}


def declare(leader: Client, day: date, maximum: int) -> None:
    """What the office's declaring screen sends with one number changed."""
    answer = leader.post(supply_page(day), {**week_of(leader, day), f"n{day:%Y%m%d}-morning": str(maximum), "reason": "Thiếu cán bộ"})
    assert answer.status_code == 302, text(answer)


@pytest.mark.usefixtures("opened")
def test_cm5_the_hotline_finds_tells_books_and_looks_up(replay: Replay) -> None:
    """Cà Mau, 1: the hotline finds procedure and office, tells the papers, books, gives number and term, and looks up."""
    with replay.at(DAY):
        hotline = replay.employ("hotline", CENTRE, ADMINISTRATOR)
        console = reverse("bookings:hotline")
        assert "Chứng thực chữ ký" in text(hotline.get(console, {"q": "chung thuc chu ky"}))
        asked = {"thu_tuc": SIGNATURE, "don_vi": OFFICE}
        page = hotline.get(console, asked)
        assert "Bộ phận Một cửa thành phố Cà Mau" in text(page)
        assert "Thẻ căn cước hoặc hộ chiếu của người ký (xuất trình)" in text(page)
        assert "Thời hạn giải quyết: 1 ngày làm việc" in text(page)
        slot = replay.slots(OFFICE, SIGNATURE, DAY)[0]
        assert f'value="{slot}"' in page.content.decode()
        person = replay.person()
        answer = hotline.post(reverse("bookings:hotline_book"), {**asked, **person, "slot": slot, "dossiers": 1, "people": 1})
        read_aloud = text(hotline.get(answer["Location"]))
        assert f"Ông/Bà {person['full_name']} có lịch hẹn số 1, lúc 08:30" in read_aloud
        assert "Thời hạn giải quyết: 1 ngày làm việc" in read_aloud
        assert "Thẻ căn cước hoặc hộ chiếu của người ký (xuất trình)" in read_aloud
        code = answer["Location"].rstrip("/").split("/")[-1]
        for words in (code, person["phone"], person["full_name"]):
            assert person["full_name"] in text(hotline.get(console, {"tim": words}))
        # What may not be handed in at the counter is told with the letter, and can't be booked for a caller either.
        told = text(hotline.get(console, {"thu_tuc": BIRTH, "don_vi": OFFICE}))
        assert LETTER in told and "Không có chỗ nào nhận trực tiếp thủ tục này" in told
        refused = hotline.post(reverse("bookings:hotline_book"), {
            "thu_tuc": BIRTH, "don_vi": OFFICE, **replay.person(), "slot": slot, "dossiers": 1, "people": 1})
        assert refused.status_code == 422 and LETTER in text(refused)


def test_cm5_the_hotline_looks_a_dossier_up_by_code_or_phone(replay: Replay, desk: Client) -> None:
    """Cà Mau, 1: the hotline tells a caller where a dossier stands and when the result is due, by its code or the phone number."""
    with replay.at(DAY):
        hotline = replay.employ("hotline", CENTRE, ADMINISTRATOR)
        dossier = replay.received(replay.take_in(desk, OFFICE, BIRTH, "postal"))
        for words in (dossier.number, dossier.phone):
            found = hotline.get(reverse("dossiers:inbox"), {"q": words})
            assert dossier.number in text(found)
        shown = text(hotline.get(reverse("dossiers:detail", args=[dossier.pk])))
        assert "Thứ Hai, 23/08/2021" in shown  # received before 15:00: the result is due the same day


@pytest.mark.usefixtures("opened")
def test_cm6_never_more_than_ten_people_gather(replay: Replay) -> None:
    """Cà Mau, 1: never more than 10 people gathered, officers in the room counted."""
    with replay.at(DAY, 7):
        set_duty(replay)
        program = replay.program("book", "visits", office=OFFICE)
        first, second = replay.slots(OFFICE, SIGNATURE, DAY)[:2]
        codes = [replay.book_by_program(program, SIGNATURE, slot, people=people).json()["code"]
                 for slot, people in ((first, 8), (second, 1), (second, 1))]
    with replay.at(DAY, 7, 45):
        guard = replay.employ("guard", OFFICE, ADMINISTRATOR)
        for code in codes:
            assert guard.post(reverse("bookings:check_in", args=[code]), ALL_WELL).status_code == 302
        answers = [text(guard.post(reverse("bookings:enter", args=[code]), follow=True)) for code in codes]
        assert "vào phòng" in answers[0] and "vào phòng" in answers[1]
        assert "Phòng đã đủ 10 người, kể cả 1 cán bộ" in answers[2]
        assert "10 / 10" in answers[2] and "9 công dân và 1 cán bộ" in answers[2] and LETTER in answers[2]
        room = APIClient().get(f"{API}rooms/{OFFICE}-p1/").json()
        assert (room["people"], room["officers"], room["cap"]) == (9, 1, 10)
        guard.post(reverse("bookings:leave_room", args=[codes[1]]))
        assert "vào phòng" in text(guard.post(reverse("bookings:enter", args=[codes[2]]), follow=True))


@pytest.mark.usefixtures("opened")
def test_cm8_a_crowd_is_warned_of_and_planned_for_before_it_forms(replay: Replay) -> None:
    """Cà Mau, 2: a plan for days on which too many come: more buổi, more desks, people led to other days or offices."""
    with replay.at(DAY, 7):
        program = replay.program("book", office=OFFICE)
        slots = replay.slots(OFFICE, SIGNATURE, NEXT)
        for slot in (*slots[:2], *slots[-2:]):  # morning and afternoon
            assert replay.book_by_program(program, SIGNATURE, slot, dossiers=10).status_code == 201
        full = replay.book_by_program(program, SIGNATURE, slots[2])
        assert (full.status_code, full.json()["code"]) == (409, "session_full")
        for _person in range(4):
            joined = program.post(f"{API}waiting-list/", {
                "office": OFFICE, "procedure": SIGNATURE, "from": NEXT.isoformat(), "to": NEXT.isoformat(), "channel": "zalo",
                "applicant": replay.person()}, format="json")
            assert joined.status_code == 201, joined.json()
    with replay.at(DAY, 9):  # the day before the crowd
        warn_of_crowds()
        leader = replay.employ("leader", OFFICE, ADMINISTRATOR)
        page = leader.get(reverse("bookings:surge"))
        assert "Buổi sáng, Thứ Ba, 24/08/2021" in text(page) and "Danh sách chờ chỗ" in text(page)
        assert "Dự báo đông người" in text(leader.get(reverse("bookings:day"), {"ngay": NEXT.isoformat()}))
        plan = page.context["page_obj"][0]
        form = leader.get(reverse("bookings:surge_plan", args=[plan.pk])).context["forms"]["evening"]
        filled_in = {form[name].html_name: shown(form[name].value()) for name in form.fields}
        assert Client().get(reverse("bookings:surge")).status_code == 302
        answer = leader.post(reverse("bookings:surge_extra", args=[plan.pk, "buoi-toi"]), filled_in, follow=True)
        assert "Đã thêm buổi tối ngày 24/08/2021" in text(answer) and "Đã xử lý" in text(answer)
        evening = Session.objects.get(office__code=OFFICE, date=NEXT, part="evening")
        told = Message.objects.filter(template_key="waiting_offer", office__code=OFFICE)
        assert told.count() == evening.held >= 1  # in their order, one place each
        assert all("17:" in message.body or "18:" in message.body or "19:" in message.body for message in told)


def shown(value: object) -> str:
    """A field's value as the browser sends it back."""
    return value.strftime("%H:%M") if isinstance(value, time) else str(value)


def set_duty(replay: Replay) -> None:
    """One officer at the counter this morning, by the administrator's roster page."""
    replay.employ("desk", OFFICE, ADMINISTRATOR)
    officer = User.objects.get(assignments__office__code=OFFICE, assignments__role="desk")
    answer = replay.visitor(ADMINISTRATOR).post(f"{reverse('bookings:duty', args=[OFFICE])}?tuan={DAY.isoformat()}", {
        f"d{officer.pk}-{DAY:%Y%m%d}-morning": "counter"})
    assert answer.status_code == 302, text(answer)
    assert DutyShift.objects.filter(office__code=OFFICE, date=DAY).count() == 1


@pytest.mark.usefixtures("opened")
def test_cm7_the_5k_check_comes_before_entering_and_a_refusal_is_recorded(replay: Replay) -> None:
    """Cà Mau, 2: 5K before entering; who may not enter is recorded and books again."""
    with replay.at(DAY, 7):
        person = replay.person()
        booked = replay.book_on_web(OFFICE, SIGNATURE, replay.slots(OFFICE, SIGNATURE, DAY)[0], person=person)
    with replay.at(DAY, 7, 35):
        guard = replay.employ("guard", OFFICE, ADMINISTRATOR)
        page = text(guard.get(reverse("bookings:door", args=[OFFICE]), {"ma": booked.code}))
        assert "Kiểm tra 5K trước khi vào" in page and LETTER in page and "Đeo khẩu trang" in page
        partly = {name: value for name, value in ALL_WELL.items() if name != "well"}
        stopped = text(guard.post(reverse("bookings:check_in", args=[booked.code]), partly, follow=True))
        assert "Cần kiểm tra đủ các mục 5K" in stopped and LETTER in stopped
        assert "vào phòng" not in text(guard.post(reverse("bookings:enter", args=[booked.code]), follow=True))
        noted = guard.post(reverse("bookings:refuse_entry", args=[booked.code]), {"reason": "Đang sốt"}, follow=True)
        assert "chưa được vào" in text(noted)
        own = Client().get(reverse("bookings:manage", args=[booked.code]), {"khoa": booked.secret})
        assert "Chưa được vào" in text(own)
        told = replay.told(booked.code, "appointment_refused_entry")
        assert "Đang sốt" in told and "Vui lòng đặt lịch khác" in told
        again = replay.book_on_web(OFFICE, SIGNATURE, replay.slots(OFFICE, SIGNATURE, NEXT)[0], person=person)
        assert again.code != booked.code
        assert guard.post(reverse("bookings:check_in", args=[booked.code]), ALL_WELL).status_code == 302
        assert "Chưa được vào" in text(Client().get(reverse("bookings:manage", args=[booked.code]), {"khoa": booked.secret}))


def test_cm9_announcements_and_guidance_stand_on_the_pages(replay: Replay) -> None:
    """Cà Mau, 2: announcements on the portal; every procedure page says how to submit online, pay and use the post."""
    with replay.at(DAY):
        assert LETTER in text(Client().get(reverse("guide:home")))
        assert LETTER in text(Client().get(reverse("guide:letters")))
        letter = text(Client().get(reverse("guide:letter", args=[replay.letter(LETTER).pk])))
        assert "Quầy chỉ phục vụ người có lịch hẹn" in letter and "Bộ phận Một cửa thành phố Cà Mau" in letter
        office = text(Client().get(reverse("guide:office", args=[OFFICE])))
        assert "Quầy chỉ phục vụ người có lịch hẹn" in office and LETTER in office
        for code in (BIRTH, COPY, SIGNATURE):
            page = text(replay.procedure_page(code, OFFICE))
            for words in ("Nộp trực tuyến và thanh toán", "bạn nhận tin nhắn yêu cầu thanh toán", "Gửi qua bưu chính công ích",
                          "Mang đến điểm bưu chính gần nhất", "Quầy chỉ phục vụ người có lịch hẹn"):
                assert words in page, (code, words)
    with replay.at(BEFORE):
        assert LETTER not in text(Client().get(reverse("guide:home")))


@pytest.mark.usefixtures("opened")
def test_cm11_the_whole_catalogue_is_opened_by_one_letter_reversibly(replay: Replay) -> None:
    """Cà Mau, 4: every procedure online, by post, paid online, except where the person must be there; reversible, with history."""
    with replay.at(BEFORE):
        assert "Thủ tục này chưa được cung cấp trực tuyến." in text(replay.procedure_page(COPY, OFFICE))
    with replay.at(DAY):
        page = text(replay.procedure_page(COPY, OFFICE))
        assert "Kênh này được mở theo văn bản chỉ đạo đang có hiệu lực." in page and LETTER in page and "khoản 4" in page
        assert replay.submit(OFFICE, COPY)[0].status_code == 302
        there = text(replay.procedure_page(SIGNATURE, OFFICE))
        assert "Theo quy định, bạn phải trực tiếp đến làm thủ tục này." in there
        refused, _browser = replay.submit(OFFICE, SIGNATURE)
        assert refused.status_code == 422
        administrator, letter = replay.visitor(ADMINISTRATOR), replay.letter(LETTER)
        shown = text(administrator.get(reverse("directives:detail", args=[letter.pk])))
        assert "Bộ phận Một cửa thành phố Cà Mau" in shown and "khoản 4" in shown  # whom it touches
        answer = administrator.post(reverse("directives:withdraw", args=[letter.pk]), {"reason": "Hết giãn cách"}, follow=True)
        assert "Hết giãn cách" in text(answer)  # the history keeps who did what and why
        assert replay.submit(OFFICE, COPY)[0].status_code == 422
        assert "Thủ tục này chưa được cung cấp trực tuyến." in text(replay.procedure_page(COPY, OFFICE))
