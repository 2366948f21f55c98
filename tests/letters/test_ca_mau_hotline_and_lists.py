"""Letter Cà Mau 4708/UBND-CCHC, clauses 1 and 3: the hotline talks and hands over; an office invites people of a list."""
import re
from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from bookings import tasks
from bookings.models import Session
from onestop.notify.models import Message
from tests.letters.replay import Replay, text

OFFICE, CENTRE, ADMINISTRATOR = "thanh-pho-ca-mau", "ca-mau", "quantri-ca-mau"
BEFORE, DAY, NEXT, LATER = date(2021, 8, 20), date(2021, 8, 23), date(2021, 8, 24), date(2021, 8, 25)
BIRTH, SIGNATURE = "1.001193", "2.000884"
LINK = re.compile(r"(/dat-lich/lich/[A-Z0-9]+/)\?khoa=(\S+)")
PEOPLE = [f"Người Hưởng Trợ Cấp {letter};09120000{number:02d}\n" for number, letter in enumerate("ABCDEF")]
LIST = "Họ và tên;Số điện thoại\n" + "".join(PEOPLE)


@pytest.fixture(autouse=True)
def opened(replay: Replay) -> None:
    """The district's one-stop shop, with places for the week of the letter."""
    replay.district(OFFICE, "H12.31", "Bộ phận Một cửa thành phố Cà Mau", "H964", CENTRE)
    with replay.at(BEFORE, 7):
        replay.open_counter(OFFICE, BEFORE, 12)


@pytest.fixture
def desk(replay: Replay) -> Client:
    with replay.at(BEFORE, 7):
        return replay.employ("desk", OFFICE, ADMINISTRATOR)


def test_cm5_the_hotline_holds_reads_back_and_sends_again(replay: Replay) -> None:
    """Cà Mau, 1: number, papers, handling time and the date of the result are told; the place is kept while talking."""
    with replay.at(DAY):
        hotline, person = replay.employ("hotline", CENTRE, ADMINISTRATOR), replay.person()
        slot = replay.slots(OFFICE, SIGNATURE, NEXT)[0]
        asked = {"thu_tuc": SIGNATURE, "don_vi": OFFICE}
        held = hotline.post(reverse("bookings:hotline_hold"), {**asked, "slot": slot, "dossiers": 1, "people": 1})
        assert "Đang giữ 07:30, Thứ Ba, 24/08/2021" in text(hotline.get(held["Location"]))
        done = hotline.post(reverse("bookings:hotline_book"), {**asked, **person})
        read = text(hotline.get(done["Location"]))
        code = done["Location"].rstrip("/").split("/")[-1]
        for told in ("có lịch hẹn số 1, lúc 07:30, Thứ Ba, 24/08/2021", ", ".join(code),
                     "Thẻ căn cước hoặc hộ chiếu của người ký (xuất trình)", "Thời hạn giải quyết: 1 ngày làm việc",
                     "dự kiến có kết quả lúc"):
            assert told in read
        hotline.post(reverse("bookings:hotline_again", args=[code]))
        assert Message.objects.filter(template_key="appointment_booked", phone=person["phone"]).count() == 2
        assert "Đã đặt lịch" in text(hotline.get(reverse("bookings:calls")))


def test_cm5_the_hotline_sees_at_once_what_an_office_declares_and_never_passes_it(replay: Replay) -> None:
    """Cà Mau, 1: each office declares its most dossiers; the hotline sees it live and can't go past it."""
    with replay.at(DAY):
        hotline = replay.employ("hotline", CENTRE, ADMINISTRATOR)
        slot, asked = replay.slots(OFFICE, SIGNATURE, DAY)[0], {"thu_tuc": SIGNATURE, "don_vi": OFFICE}
        Session.objects.filter(slots=slot).update(capacity=1)
        assert "buổi còn 1/1 hồ sơ" in text(hotline.get(reverse("bookings:hotline_places"), asked))
        book = {**asked, "slot": slot, "dossiers": 1, "people": 1}
        assert hotline.post(reverse("bookings:hotline_book"), {**book, **replay.person()}).status_code == 302
        refused = hotline.post(reverse("bookings:hotline_book"), {**book, **replay.person()})
        assert refused.status_code == 409 and "đủ số hồ sơ tối đa" in text(refused)
        assert hotline.post(reverse("bookings:overbook"), {**book, **replay.person(), "reason": "Xin thêm"}).status_code == 403


def test_cm5_a_dossier_is_told_and_a_case_handed_to_the_office(replay: Replay, desk: Client) -> None:
    """Cà Mau, 1: where a dossier stands, by code or phone, on the same screen; what the hotline can't settle the office sees."""
    with replay.at(DAY):
        hotline = replay.employ("hotline", CENTRE, ADMINISTRATOR)
        dossier = replay.received(replay.take_in(desk, OFFICE, BIRTH, "postal"))
        for words in (dossier.number, dossier.phone):
            page = text(hotline.get(reverse("bookings:hotline"), {"tim": words}))
            assert dossier.number in page and "Được tiếp nhận" in page and "23/08/2021" in page
        hotline.post(reverse("bookings:hotline_end"), {"outcome": "handed_over", "office": OFFICE, "caller": "Người Gọi Mẫu",
                                                       "caller_phone": "0912345678", "note": "Nhờ cán bộ gọi lại về hồ sơ."})
        page = desk.get(reverse("bookings:call_list"))
        assert "Người Gọi Mẫu" in text(page)
        address = re.search(r'href="(/dat-lich/goi/\d+/)"', page.content.decode()).group(1)
        desk.post(f"{address}ket-qua/", {"outcome": "informed", "note": "Đã trả lời.", "seen": 0})
        assert "Người Gọi Mẫu" not in text(desk.get(reverse("bookings:call_list")))


def test_cm10_people_of_a_list_are_invited_tracked_and_called(replay: Replay, desk: Client) -> None:
    """Cà Mau, 3: staff upload a list; each one gets an appointment and a message; who confirmed and who must be called is tracked."""
    with replay.at(DAY):
        page = upload(desk)
        desk.post(f"{page}xep-gio/")
        tasks.sweep_outreach()
        assert "6 Đã có giờ" in text(desk.get(page)) and not Message.objects.filter(template_key="outreach_invited").exists()
        desk.post(f"{page}gui/", {"answer_day": NEXT.strftime("%d/%m/%Y")})
        tasks.sweep_outreach()
        links = invitations()
        assert len(links) == 6
        citizen = Client()
        for (address, secret), answer in zip(links[:2], ("accepted", "cancelled"), strict=True):
            assert "Bạn được mời đến" in text(citizen.get(address, {"khoa": secret}))
            citizen.post(f"{address}tra-loi-moi/", {"khoa": secret, "answer": answer})
        move(replay, citizen, *links[2])
        tasks.sweep_outreach()
        figures = text(desk.get(page))
        assert "1 Đồng ý" in figures and "1 Chọn giờ khác" in figures and "1 Không đến" in figures and "3 Chưa trả lời" in figures
        assert "Người Hưởng Trợ Cấp" not in text(desk.get(reverse("bookings:call_list")))
    with replay.at(LATER, 0, 5):
        tasks.sweep_outreach()
        called = desk.get(reverse("bookings:call_list"))
        addresses = re.findall(r'href="(/dat-lich/goi/\d+/)"', called.content.decode())
        assert len(addresses) == len(set(addresses)) and 1 <= len(addresses) <= 3
        desk.post(f"{addresses[0]}tra-loi/", {"answer": "accepted", "seen": 0})
        assert "2 Đồng ý" in text(desk.get(page))


def upload(desk: Client) -> str:
    """A list of six by file; the address of its page."""
    answer = desk.post(reverse("bookings:outreach_upload"), {
        "name": "Trợ cấp thất nghiệp", "procedure": SIGNATURE, "purpose": "submit", "first_day": NEXT.strftime("%d/%m/%Y"),
        "last_day": date(2021, 8, 26).strftime("%d/%m/%Y"), "file": SimpleUploadedFile("ds.csv", LIST.encode("utf-8-sig"))})
    assert answer.status_code == 302, text(answer)
    return str(answer["Location"])


def invitations() -> list[tuple[str, str]]:
    """Address and secret of each invitation, as the people read them in their messages, in the order of the list."""
    bodies = Message.objects.filter(template_key="outreach_invited").order_by("phone").values_list("body", flat=True)
    return [(found.group(1), found.group(2)) for found in map(LINK.search, bodies) if found]


def move(replay: Replay, citizen: Client, address: str, secret: str) -> None:
    """Another time, chosen on the page for moving."""
    slot = replay.slots(OFFICE, SIGNATURE, date(2021, 8, 26))[-1]
    answer = citizen.post(f"{address}doi/", {"khoa": secret, "slot": slot, "ngay": "2021-08-26"})
    assert answer.status_code == 302, text(answer)
