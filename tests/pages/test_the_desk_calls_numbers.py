"""The desk's screen, the display over the door, one's own place in the line, the published rule."""
import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from bookings import links
from bookings.models import Appointment, Ticket
from bookings.services import appointments, calling, visits
from onestop import clock
from onestop.offices.models import Counter
from onestop.people.states import Role
from tests.cast import person
from tests.pages.conftest import LONG, NULL, TOMORROW, booked, slots_on, url


@pytest.fixture
def people(office) -> list[Ticket]:
    """Three people in line this morning, all on time; the clock stands at 09:35."""
    slots = [slot for slot in slots_on(office, clock.today()) if slot.starts_at > clock.now()]
    rows = [booked(office, slots[index // 2], name=f"Người Chờ Số {index}", phone=f"09000005{index:02d}").appointment for index in range(3)]
    with clock.frozen(clock.now() + timedelta(minutes=35)):
        for row in rows:
            visits.check_in(actor=office.guard, appointment=row)
        yield [Ticket.objects.get(appointment=row) for row in rows]


@pytest.fixture
def desk(office, client_of) -> Client:
    return client_of(office.desk)


@pytest.fixture
def counter(office, desk) -> Counter:
    """The first counter, where the desk sits."""
    chosen = office.room.counters.order_by("number").first()
    assert desk.post(url("bookings:desk_choose"), {"quay": chosen.pk}).status_code == 302
    return chosen


def text_of(answer) -> str:
    """What a page says, without its tags; addresses of links stay."""
    shown = re.sub(r'<a [^>]*href="([^"]*)"[^>]*>', r" \1 ", answer.content.decode())
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", "", shown))


def act(browser: Client, ticket: Ticket, verb: str, **data: str):
    return browser.post(url("bookings:desk_act", ticket.pk, verb), data, follow=True)


def display(office) -> str:
    return url("bookings:display", office.office.code)


def own_line(row: Appointment, name: str = "bookings:line") -> str:
    return f"{url(name, row.code)}?khoa={links.secret_of(row.code)}"


def test_a_counter_is_chosen_once_and_remembered(desk, office):
    page = text_of(desk.get(url("bookings:desk")))
    assert "Bạn ngồi ở quầy nào?" in page and "Quầy 1" in page
    second = office.room.counters.get(number=2)
    desk.post(url("bookings:desk_choose"), {"quay": second.pk})
    assert "<h1>Quầy 2</h1>" in desk.get(url("bookings:desk")).content.decode()
    assert "Bạn ngồi ở quầy nào?" in text_of(desk.get(url("bookings:desk") + "?doi-quay"))


@pytest.mark.parametrize("typed", ["", "x", NULL, LONG, "-1", "999999", "9" * 30])
def test_a_counter_that_is_none_is_not_found(desk, typed):
    assert desk.post(url("bookings:desk_choose"), {"quay": typed}).status_code == 404


def test_another_offices_counter_is_not_found(desk, office):
    other = Counter.objects.filter(room__office=office.other_office).first()
    assert desk.post(url("bookings:desk_choose"), {"quay": other.pk}).status_code == 404


def test_a_whole_turn_at_the_counter(desk, office, counter, people):
    page = text_of(desk.get(url("bookings:desk")))
    assert "Gọi số tiếp theo" in page and "Hàng chờ của quầy 3" in page and "xét theo giờ hẹn" in page
    assert people[0].appointment.full_name not in page
    page = text_of(desk.post(url("bookings:desk_call"), follow=True))
    assert f"Đang gọi số {people[0].number}" in page and people[0].appointment.full_name in page and "Ghi vắng mặt sau 3 lần gọi" in page
    page = text_of(act(desk, people[0], "bat-dau", seen="called:1"))
    assert "Đang phục vụ" in page and url("bookings:receive", people[0].appointment.code) in page
    page = text_of(act(desk, people[0], "xong", seen="serving:1", then="call"))
    assert f"Số {people[0].number}: đã xong" in page and f"Đang gọi số {people[1].number}" in page
    act(desk, people[1], "goi-lai", seen="called:1")
    page = text_of(act(desk, people[1], "goi-lai", seen="called:2"))
    assert "Đang gọi, lần 3" in page and "Vắng mặt" in page
    page = text_of(act(desk, people[1], "vang-mat", seen="called:3"))
    assert "Gọi không thấy" in page and f"Xếp lại số {people[1].number}" in page
    act(desk, people[1], "xep-lai", seen="missed:3")
    assert Ticket.objects.get(pk=people[1].pk).state == "waiting"
    assert Appointment.objects.get(pk=people[0].appointment_id).state == "done"


def test_set_aside_and_sent_on(desk, office, counter, people):
    desk.post(url("bookings:desk_call"))
    act(desk, people[0], "bat-dau")
    page = text_of(act(desk, people[0], "gac-lai", reason="Chờ bản sao", seen="serving:1"))
    assert "Tạm gác" in page and "Quầy đang trống" in page
    desk.post(url("bookings:desk_call"))
    third = office.room.counters.get(number=3)
    act(desk, people[1], "chuyen-quay", to=str(third.pk))
    assert Ticket.objects.get(pk=people[1].pk).wanted_counter == third
    desk.post(url("bookings:desk_choose"), {"quay": third.pk})
    assert "Chuyển đến quầy này" in text_of(desk.get(url("bookings:desk")))


def test_refusals_come_as_sentences(desk, office, counter, people):
    for row in people:
        visits.refuse_entry(actor=office.guard, appointment=row.appointment, reason="Sốt")
    assert "Hiện không có ai chờ quầy này." in text_of(desk.post(url("bookings:desk_call"), follow=True))
    assert "không làm được việc này" in text_of(act(desk, people[0], "bat-dau"))
    assert desk.post(url("bookings:desk_act", people[0].pk, "bay-len")).status_code == 404
    for to in ("", "x", "999999", NULL):
        assert act(desk, people[0], "chuyen-quay", to=to).status_code == 404


def test_nobody_else_calls(office, client_of, people):
    stranger = person("t-quay-khac", "Cán bộ nơi khác (thử)", office.other_office, Role.DESK)
    assert act(client_of(stranger), people[0], "goi-lai").status_code == 404
    for user in (office.guard, office.specialist, office.hotline, office.citizen):
        browser = client_of(user)
        assert browser.get(url("bookings:desk")).status_code == 403
        assert browser.post(url("bookings:desk_call")).status_code == 403
        assert act(browser, people[0], "goi-lai").status_code == 403
    assert client_of(office.desk).get(url("bookings:desk_line")).status_code == 404, "no counter chosen yet"


def test_the_desks_line_renews_itself_cheaply(desk, counter, people, django_assert_max_num_queries):
    answer = desk.get(url("bookings:desk_line"))
    assert answer.status_code == 200 and "Hàng chờ của quầy" in answer.content.decode() and "<html" not in answer.content.decode()
    again = desk.get(url("bookings:desk_line"), headers={"If-None-Match": answer["ETag"]})
    assert again.status_code == 304 and not again.content and again["X-Portal-Time"] == "09:35"


def test_the_desk_costs_the_same_for_many(desk, office, counter, people, django_assert_max_num_queries):
    with django_assert_max_num_queries(20):
        desk.get(url("bookings:desk"))
    with clock.frozen(clock.now() - timedelta(minutes=35)):
        more = [booked(office, slot, phone=f"09000006{number:02d}").appointment
                for number, slot in enumerate(slots_on(office, clock.today(), "afternoon") * 2)]
    for row in more:
        visits.check_in(actor=office.guard, appointment=row)
    with django_assert_max_num_queries(20):
        desk.get(url("bookings:desk"))


# --- the display ------------------------------------------------------------------------------------------------------

def test_the_display_shows_numbers_and_counters_and_nothing_personal(client, office, counter, people):
    calling.call_next(actor=office.desk, counter=counter)
    page = client.get(display(office)).content.decode()
    assert f'data-say="Mời số {people[0].number} đến Quầy 1, Phòng tiếp nhận."' in page and "người đang chờ" in page
    assert '<meta http-equiv="refresh" content="5">' in page, "it works without scripts"
    for row in people:
        for secret in (row.appointment.full_name, row.appointment.phone, row.appointment.code):
            assert secret not in page
    calling.start(actor=office.desk, ticket=people[0])
    page = client.get(display(office)).content.decode()
    assert "data-say" not in page and "Vừa gọi" in page


def test_the_display_is_asked_for_all_the_time(client, office, counter, people, django_assert_num_queries):
    address = url("bookings:display_numbers", office.office.code)
    with django_assert_num_queries(2):
        first = client.get(address)
    assert first.status_code == 200 and first["Cache-Control"] == "no-cache" and "<html" not in first.content.decode()
    same = client.get(address, headers={"If-None-Match": first["ETag"]})
    assert same.status_code == 304 and not same.content
    calling.call_next(actor=office.desk, counter=counter)
    changed = client.get(address, headers={"If-None-Match": first["ETag"]})
    assert changed.status_code == 200 and changed["ETag"] != first["ETag"]
    calling.recall(actor=office.desk, ticket=people[0])
    assert client.get(address, headers={"If-None-Match": changed["ETag"]}).status_code == 200, "a second call is spoken again"


def test_many_screens_ask_the_database_once(client, office, people, settings, django_assert_num_queries):
    settings.QUEUE_BOARD_SECONDS = 60.0
    address = url("bookings:display_numbers", office.office.code)
    client.get(address)
    with django_assert_num_queries(0):
        assert client.get(address).status_code == 200


def test_there_is_no_display_of_no_office(client, db):
    assert client.get(url("bookings:display", "khong-co")).status_code == 404
    assert client.get(url("bookings:display_numbers", "khong-co")).status_code == 404


# --- one's own place --------------------------------------------------------------------------------------------------

def test_ones_own_place(client, office, counter, people):
    page = text_of(client.get(own_line(people[2].appointment)))
    assert "Còn 2 người trước bạn" in page and "2 người có giờ hẹn sớm hơn" in page
    assert "Chưa biết còn bao lâu: hiện chưa có quầy nào gọi số." in page
    calling.call_next(actor=office.desk, counter=counter)
    page = text_of(client.get(own_line(people[2].appointment)))
    assert "Còn 1 người trước bạn" in page and "Khoảng 5–40 phút nữa" in page and "chưa đủ số đo" in page
    assert "Đã đến lượt bạn: mời đến Quầy 1" in text_of(client.get(own_line(people[0].appointment)))
    calling.start(actor=office.desk, ticket=people[0])
    assert "Bạn đang làm việc tại Quầy 1" in text_of(client.get(own_line(people[0].appointment)))
    calling.finish(actor=office.desk, ticket=people[0])
    assert "Lượt của bạn đã xong" in text_of(client.get(own_line(people[0].appointment)))


def test_the_estimate_is_measured_once_there_are_enough_services(client, office, counter, people):
    first, _second, third = people
    template = Ticket.objects.get(pk=first.pk)
    for number in range(6):
        row = Appointment.objects.get(pk=first.appointment_id)
        row.pk, row.code, row.queue_number, row.state, row.person_key = None, f"XONG{number}", 900 + number, "done", f"x{number}"
        row.save()
        Ticket.objects.create(appointment=row, office=template.office, date=template.date, number=900 + number, state="done",
                              counter=counter, started_at=clock.now() - timedelta(minutes=12), ended_at=clock.now() - timedelta(minutes=2))
    page = text_of(client.get(own_line(third.appointment)))
    assert "Khoảng 20–30 phút nữa" in page and "đo được những ngày gần đây" in page


def test_who_is_expected_before_makes_the_estimate_wider(client, office, counter, people):
    calling.call_next(actor=office.desk, counter=counter)
    before = text_of(client.get(own_line(people[2].appointment)))
    with clock.frozen(clock.now() - timedelta(minutes=35)):
        slots = [slot for slot in slots_on(office, clock.today()) if slot.starts_at > clock.now()]
        booked(office, slots[0], phone="0900000777")
    after = text_of(client.get(own_line(people[2].appointment)))
    assert "Khoảng 5–40 phút nữa" in before and "Khoảng 5–60 phút nữa" in after and "Còn 1 người trước bạn" in after


def test_before_coming_and_on_another_day(client, office, today, slot):
    assert "hãy đưa mã QR hoặc mã lịch hẹn cho bảo vệ" in text_of(client.get(own_line(today)))
    later = booked(office, slot, phone="0900000788").appointment
    page = client.get(own_line(later)).content.decode()
    assert f"{TOMORROW:%d/%m/%Y}" in page and "data-live=" not in page


def test_the_place_needs_the_secret_and_renews_itself(client, office, people):
    row = people[0].appointment
    for name in ("bookings:line", "bookings:line_place"):
        assert client.get(url(name, row.code)).status_code == 404
        assert client.get(url(name, row.code), {"khoa": "sai"}).status_code == 404
    first = client.get(own_line(row, "bookings:line_place"))
    assert first.status_code == 200 and "Bạn là người tiếp theo" in first.content.decode()
    assert client.get(own_line(row, "bookings:line_place"), headers={"If-None-Match": first["ETag"]}).status_code == 304


def test_the_appointment_leads_to_the_line(client, office, people):
    page = client.get(own_line(people[0].appointment, "bookings:manage")).content.decode()
    assert url("bookings:line", people[0].appointment.code) in page


def test_the_published_rule_is_public_and_its_example_is_ordered_by_it(client, db):
    page = text_of(client.get(reverse("bookings:rule")))
    assert "cộng 30 phút" in page and "trừ 60 phút" in page and "Người cao tuổi" in page
    assert page.index("thủ tục cấp thiết nên được xét sớm hơn") < page.index("trước những người cùng giờ vì thuộc diện ưu tiên")


def test_who_was_refused_entry_is_not_told_that_the_turn_is_over(client, office, people):
    row = people[0].appointment
    visits.refuse_entry(actor=office.guard, appointment=row, reason="Chưa đeo khẩu trang")
    page = text_of(client.get(own_line(row)))
    assert "Lượt của bạn đã xong" not in page and "Chưa được vào" in page
    later = slots_on(office, clock.today(), "afternoon")[2]
    appointments.reschedule(appointment=row, slot_id=later.pk)
    page = text_of(client.get(own_line(row)))
    assert "Bạn có hẹn lúc" in page and "Lượt của bạn đã xong" not in page
