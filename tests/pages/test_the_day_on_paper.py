"""The day of an office on paper, and the paper typed in again after the line was down."""
import io
from datetime import date, datetime, timedelta

import pytest
from pypdf import PdfReader

from bookings.models import Appointment, AppointmentEvent, SessionEvent
from bookings.services import reconcile, visits
from bookings.services.reconcile import Times
from onestop import clock
from onestop.catalogue.models import Procedure
from onestop.notify.models import Message
from tests.pages.conftest import TOMORROW, booked, slots_on, text_of, url

TODAY = date(2026, 11, 25)


def day_of(cast, day: date, count: int, part: str = "morning", first: int = 0) -> list[Appointment]:
    """Appointments of different people, one a slot."""
    slots = [slot for slot in slots_on(cast, day, part) if slot.starts_at > clock.now()]
    return [booked(cast, slots[index % len(slots)], name=f"Người Hẹn Thử {'ABCDEFGHIJKLMNOPQRSTUVWXYZ'[index % 26]}{'a' * (index // 26)}",
                   phone=f"0912345{index:03d}").appointment for index in range(first, first + count)]


def words(body: bytes) -> tuple[str, int]:
    pdf = PdfReader(io.BytesIO(body))
    return " ".join(page.extract_text() for page in pdf.pages).replace("\n", " "), len(pdf.pages)


# --- the list -----------------------------------------------------------------------------------------------------

def test_the_page_shows_the_day_with_masked_numbers(office, client_of, django_assert_max_num_queries) -> None:
    rows = day_of(office, TOMORROW, 5) + day_of(office, TOMORROW, 2, "afternoon", first=5)
    browser = client_of(office.desk)
    browser.get(url("bookings:day_list", office.office.code))
    with django_assert_max_num_queries(14):
        page = text_of(browser.get(url("bookings:day_list", office.office.code), {"ngay": TOMORROW.isoformat()}))
    for row in rows:
        assert row.full_name in page and row.phone not in page and f"•••••••{row.phone[-3:]}" in page
    assert "5 lượt hẹn" in page and "2 lượt hẹn" in page and "7 lượt hẹn" in page


@pytest.mark.parametrize("name", ["day_list", "day_list_pdf", "reconcile"])
def test_only_the_offices_own_people_see_it(office, client_of, name) -> None:
    for user in (office.outsider, office.hotline, office.carrier, office.administrator):
        assert client_of(user).get(url(f"bookings:{name}", office.office.code)).status_code in (403, 404)
    assert client_of(office.desk).get(url(f"bookings:{name}", office.other_office.code)).status_code == 404
    assert client_of(office.desk).get(url(f"bookings:{name}", office.office.code), {"ngay": "hôm qua"}).status_code == 200


def test_the_pdf_has_totals_columns_and_who_printed_it(office, client_of) -> None:
    rows = day_of(office, TOMORROW, 3)
    Procedure.objects.filter(pk=office.procedure.pk).update(sensitive=True)
    answer = client_of(office.leader).get(url("bookings:day_list_pdf", office.office.code), {"ngay": TOMORROW.isoformat()})
    assert answer["Content-Type"] == "application/pdf" and answer["Cache-Control"] == "no-store"
    text, pages = words(answer.content)
    assert pages == 1 and "Trang 1/1" in text
    for said in ("3 lượt hẹn, 3 người, 3 hồ sơ", "Thứ Năm, 26/11/2026", "Buổi sáng", "Giờ đến", "Giờ vào", "Giờ ra", "Ghi chú",
                 "In lúc 09:00 ngày 25/11/2026, người in: Lãnh đạo (thử)", "Có thông tin cá nhân", "Thủ tục riêng"):
        assert said in text, said
    for row in rows:
        assert row.full_name in text and row.code in text and row.phone not in text
    assert office.procedure.name not in text


def test_a_long_day_runs_over_pages_and_an_empty_one_prints(office, client_of) -> None:
    day_of(office, TOMORROW, 20)
    day_of(office, TOMORROW, 20, "afternoon", first=20)
    browser = client_of(office.guard)
    text, pages = words(browser.get(url("bookings:day_list_pdf", office.office.code), {"ngay": TOMORROW.isoformat()}).content)
    assert pages >= 2 and f"Trang {pages}/{pages}" in text
    text, pages = words(browser.get(url("bookings:day_list_pdf", office.office.code), {"ngay": "2026-11-29"}).content)
    assert pages == 1 and "chưa có lịch hẹn nào" in text


# --- typed in again -----------------------------------------------------------------------------------------------

@pytest.fixture
def late(office, morning: datetime):
    """Three people of this morning between 09:30 and 11:30; it is 11:00 when the line is back."""
    rows = day_of(office, TODAY, 3)
    with clock.frozen(clock.at(TODAY, 11)):
        yield rows


def typed(rows, *times: dict[str, str], **more: str) -> dict[str, str]:
    """What the page sends."""
    data = {"reason": "Mất kết nối từ 9 giờ", **more}
    for row, cells in zip(rows, times, strict=False):
        data |= {f"d{row.pk}-{name}": value for name, value in cells.items()}
    return data


def state(row: Appointment) -> tuple[str, str, str, str]:
    fresh = Appointment.objects.get(pk=row.pk)
    return fresh.state, *(f"{clock.local(at):%H:%M}" if at else "" for at in (fresh.checked_in_at, fresh.entered_at, fresh.left_at))


def test_the_paper_list_becomes_the_days_record(office, late, client_of) -> None:
    browser, address = client_of(office.desk), url("bookings:reconcile", office.office.code)
    assert browser.get(address).status_code == 200
    data = typed(late, {"came": "09:20", "entered": "09:31", "left": "09:50"}, {"came": "10:05"}, {})
    answer = browser.post(address, data)
    assert answer.status_code == 200 and "Đã ghi 2 dòng" in text_of(answer)
    assert [state(row) for row in late] == [("done", "09:20", "09:31", "09:50"), ("checked_in", "10:05", "", ""), ("booked", "", "", "")]
    events = AppointmentEvent.objects.filter(subject=late[0], data__offline=True)
    assert [event.verb for event in events] == ["check_in", "enter", "leave"] and f"{clock.local(events[0].at):%H:%M}" == "09:20"
    batch = SessionEvent.objects.get(verb="offline_batch")
    assert (batch.actor, batch.reason, batch.data["lines"], batch.data["saved"]) == (office.desk, "Mất kết nối từ 9 giờ", 2, 2)
    again = browser.post(address, data)
    assert "Không có dòng nào thay đổi" in text_of(again) and "Đã có" in text_of(again)
    assert AppointmentEvent.objects.filter(data__offline=True).count() == 4


def test_what_the_system_noted_itself_stays(office, late, client_of) -> None:
    with clock.frozen(clock.at(TODAY, 9, 25)):
        visits.check_in(actor=office.guard, appointment=late[0])
    answer = client_of(office.desk).post(url("bookings:reconcile", office.office.code),
                                         typed(late, {"came": "09:40", "entered": "09:45", "left": "09:50"}, {"came": "09:58"}))
    page = text_of(answer)
    assert "hệ thống ghi 09:25, giấy ghi 09:40" in page and "Không khớp" in page
    assert state(late[0])[:2] == ("checked_in", "09:25") and state(late[1])[:2] == ("checked_in", "09:58")


@pytest.mark.parametrize(("cells", "said"), [
    ({"came": "09:40", "entered": "09:30"}, "chưa đúng thứ tự"),
    ({"came": "10:00", "entered": "10:10", "left": "11:30"}, "Giờ ghi chưa đến"),
    ({"left": "10:00"}, "Thiếu giờ đến"),
    ({"came": "09:40", "absent": "on"}, "Vừa ghi giờ vừa đánh dấu"),
])
def test_a_line_that_can_not_be_is_shown_and_changes_nothing(office, late, client_of, cells, said) -> None:
    answer = client_of(office.desk).post(url("bookings:reconcile", office.office.code), typed(late, cells, {"came": "10:00"}))
    assert said in text_of(answer) and state(late[0])[0] == "booked"
    assert state(late[1])[0] == "checked_in"  # the other lines are saved


def test_times_that_are_no_times_and_a_missing_reason_save_nothing(office, late, client_of) -> None:
    browser, address = client_of(office.desk), url("bookings:reconcile", office.office.code)
    assert browser.post(address, typed(late, {"came": "25:99"}, {"came": "10:00"})).status_code == 422
    assert browser.post(address, typed(late, {"came": "09:40"}, reason=" ")).status_code == 422
    assert not Appointment.objects.exclude(state="booked").exists()


def test_a_no_show_that_came_is_corrected_with_a_reason(office, late, client_of) -> None:
    with clock.frozen(clock.at(TOMORROW, 8)):
        visits.close_past_days()
        assert state(late[0])[0] == "no_show"
        with clock.frozen(clock.at(TOMORROW, 8, 1)):
            booked(office, slots_on(office, TOMORROW)[4], name=late[0].full_name, phone=late[0].phone)  # booked the same again meanwhile
        answer = client_of(office.leader).post(
            f"{url('bookings:reconcile', office.office.code)}?ngay={TODAY.isoformat()}",
            typed(late, {"came": "09:20", "entered": "09:31", "left": "09:50"}, {}, {"absent": "on"}))
        page = text_of(answer)
        assert "Đã sửa từ “không đến” thành “đã xong”" in page
        assert state(late[0]) == ("done", "09:20", "09:31", "09:50") and state(late[1])[0] == state(late[2])[0] == "no_show"
        event = AppointmentEvent.objects.get(subject=late[0], verb="correct")
        assert (event.actor, event.reason, event.data["offline"]) == (office.leader, "Mất kết nối từ 9 giờ", True)


def test_days_out_of_reach_and_finished_days_are_closed(office, late, client_of) -> None:
    browser, address = client_of(office.desk), url("bookings:reconcile", office.office.code)
    assert browser.get(address, {"ngay": TOMORROW.isoformat()}).status_code == 404
    assert browser.get(address, {"ngay": (TODAY - timedelta(days=30)).isoformat()}).status_code == 404
    assert client_of(office.guard).get(address).status_code == 403
    answer = browser.post(url("bookings:reconcile_finish", office.office.code), {"reason": "Đã nhập đủ"}, follow=True)
    assert "Đã đối chiếu xong" in text_of(answer) and "Lưu danh sách" not in text_of(answer)
    refused = browser.post(address, typed(late, {"came": "09:20"}))
    assert refused.status_code == 409 and state(late[0])[0] == "booked"


def test_people_without_an_appointment_are_typed_in_once(office, late, client_of) -> None:
    browser, address = client_of(office.desk), url("bookings:reconcile", office.office.code)
    data = {"reason": "Mất kết nối", "k0-full_name": "Người Không Hẹn", "k0-phone": "0912 999 001",
            "k0-procedure": f"{office.procedure.code} – tên", "k0-came": "09:40", "k0-entered": "09:45", "k0-left": "10:00"}
    page = text_of(browser.post(address, data))
    row = Appointment.objects.get(walk_in=True)
    assert "Đã ghi 1 dòng" in page and state(row) == ("done", "09:40", "09:45", "10:00")
    assert "Đã có" in text_of(browser.post(address, data)) and Appointment.objects.filter(walk_in=True).count() == 1
    wrong = browser.post(address, {**data, "k0-procedure": "KHÔNG-CÓ", "k0-phone": "123"})
    assert wrong.status_code == 422 and "không có thủ tục mang mã này" in text_of(wrong)


def test_a_letter_that_wants_appointments_holds_for_the_paper_too(office, late, letter, client_of) -> None:
    letter(appointment_only={})
    data = {"reason": "Mất kết nối", "k0-full_name": "Người Không Hẹn", "k0-phone": "0912 999 001", "k0-procedure": office.procedure.code,
            "k0-came": "09:40"}
    assert "Chưa ghi được" in text_of(client_of(office.desk).post(url("bookings:reconcile", office.office.code), data))
    assert not Appointment.objects.filter(walk_in=True).exists()


def test_two_who_type_the_same_list_change_nothing_twice(office, late) -> None:
    lines = [(row.pk, Times(came=datetime(2026, 1, 1, 9, 35).time())) for row in late]
    first = reconcile.type_in(actor=office.desk, office=office.office, day=TODAY, lines=lines, reason="Mất kết nối")
    second = reconcile.type_in(actor=office.leader, office=office.office, day=TODAY, lines=lines, reason="Mất kết nối")
    assert (first.saved, second.saved, second.count("same")) == (3, 0, 3)


def test_who_is_typed_in_later_is_not_texted_a_time_that_is_over(office, late, client_of) -> None:
    """The person was here and has the paper: a text about an appointment of yesterday would be nonsense."""
    before = Message.objects.count()
    data = {"reason": "Mất kết nối", "k0-full_name": "Người Không Hẹn", "k0-phone": "0912 999 001", "k0-procedure": office.procedure.code,
            "k0-came": "09:40", "k0-entered": "09:45", "k0-left": "10:00"}
    client_of(office.desk).post(url("bookings:reconcile", office.office.code), data)
    assert Appointment.objects.get(walk_in=True).state == "done" and Message.objects.count() == before
