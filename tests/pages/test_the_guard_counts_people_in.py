"""The door: by code and by QR, checks, the cap with officers counted, out again; another office's guard sees nothing."""
from datetime import date

import pytest

from bookings.models import Appointment, RoomCount
from onestop import clock
from onestop.offices.models import DutyShift, Room
from onestop.offices.states import RoomKind
from onestop.people.models import Assignment
from onestop.people.states import Role
from tests.cast import person
from tests.pages.conftest import LONG, NULL, TOMORROW, booked, slots_on, text_of, url


@pytest.fixture
def guard(office, client_of):
    return client_of(office.guard)


def door(office):
    return url("bookings:door", office.office.code)


def act(browser, name, appointment, **typed):
    return browser.post(url(f"bookings:{name}", appointment.code), typed)


def test_in_and_out_by_code(guard, office, today):
    DutyShift.objects.create(office=office.office, user=office.desk, date=clock.today(), part="morning", place="counter",
        room=office.room)
    page = text_of(guard.get(door(office), {"ma": today.code.lower()}))
    assert today.full_name in page and "Đã đến" in page
    assert '<strong id="trong-phong">1</strong>' in page and "0 công dân và 1 cán bộ" in page
    for verb in ("check_in", "check_in", "enter", "enter"):
        assert act(guard, verb, today).url == door(office)
    assert '<strong id="trong-phong">2</strong>' in text_of(guard.get(door(office)))
    act(guard, "leave_room", today)
    page = text_of(guard.get(door(office)))
    assert '<strong id="trong-phong">1</strong>' in page and set(RoomCount.objects.values_list("people", flat=True)) == {0}


def test_the_qr_leads_to_the_door_with_the_code(guard, office, today):
    answer = guard.get(url("bookings:arrive", today.code))
    assert answer.url == f"{door(office)}?ma={today.code}"
    scanned = text_of(guard.get(door(office), {"ma": f"https://motcua.example.vn{url('bookings:arrive', today.code)}"}))
    assert today.full_name in scanned


def test_nobody_above_the_cap_officers_counted(guard, office):
    DutyShift.objects.create(office=office.office, user=office.desk, date=clock.today(), part="morning", place="counter",
        room=office.room)
    ahead = [slot for slot in slots_on(office, clock.today()) if slot.starts_at > clock.now()]
    groups = [booked(office, slot, phone=f"09000000{number:02d}", people=3).appointment for number, slot in enumerate(ahead[:4])]
    for group in groups:
        act(guard, "check_in", group)
        last = act(guard, "enter", group)
    assert last.url == f"{door(office)}?ma={groups[3].code}"
    page = text_of(guard.get(last.url))
    assert "Phòng đã đủ 10 người, kể cả 1 cán bộ" in page and "Đã đủ người" in page and '<strong id="trong-phong">10</strong>' in page
    assert Appointment.objects.get(pk=groups[3].pk).state == "checked_in"
    act(guard, "leave_room", groups[0])
    act(guard, "enter", groups[3])
    assert Appointment.objects.get(pk=groups[3].pk).state == "inside"


def test_the_health_check_keeps_what_was_ticked(guard, office, today, letter):
    letter(health_check={})
    assert "Đeo khẩu trang" in text_of(guard.get(door(office), {"ma": today.code}))
    answer = act(guard, "check_in", today, mask="on", well="on")
    page = text_of(guard.get(answer.url))
    assert "Cần kiểm tra đủ các mục 5K" in page and 'name="mask" checked' in page and 'name="declared">' in page
    act(guard, "check_in", today, mask="on", well="on", distance="on", disinfect="on", declared="on")
    assert Appointment.objects.get(pk=today.pk).state == "checked_in"


def test_refused_entry_needs_a_reason(guard, office, today):
    answer = act(guard, "refuse_entry", today, reason=NULL[1:2] + "  ")
    assert "Vui lòng ghi lý do" in text_of(guard.get(answer.url))
    act(guard, "refuse_entry", today, reason="Có triệu chứng sốt " + LONG)
    assert Appointment.objects.get(pk=today.pk).state == "refused_entry"


def test_nobody_came(guard, office, today):
    assert "Chưa hết khung giờ" in text_of(guard.get(act(guard, "no_show", today).url))
    with clock.frozen(clock.at(clock.today(), 11)):
        assert "Ghi không đến" in text_of(guard.get(door(office), {"ma": today.code}))
        act(guard, "no_show", today)
    assert Appointment.objects.get(pk=today.pk).state == "no_show"


def test_tomorrow_is_not_today(guard, office, slot):
    made = booked(office, slot).appointment
    assert "26/11/2026, không phải hôm nay" in text_of(guard.get(act(guard, "check_in", made).url))


@pytest.mark.parametrize("code", ["KHONGCO1", LONG, NULL, "https://", "///", "?khoa=1", "%"])
def test_a_code_that_is_none_is_told(guard, office, code):
    answer = guard.get(door(office), {"ma": code})
    assert answer.status_code == 200 and ("Không tìm thấy mã này" in text_of(answer))


def test_other_offices_guards_and_other_roles_see_nothing(office, client_of, today):
    stranger = person("t-baove-khac", "Bảo vệ nơi khác (thử)", office.other_office, Role.GUARD)
    for user, status in ((stranger, 404), (office.outsider, 403), (office.citizen, 403), (office.specialist, 403)):
        browser = client_of(user)
        assert browser.get(door(office)).status_code == status
        assert browser.get(url("bookings:arrive", today.code)).status_code == status
        for verb in ("check_in", "refuse_entry", "enter", "leave_room", "no_show"):
            assert act(browser, verb, today, reason="x").status_code == status
    assert Appointment.objects.get(pk=today.pk).state == "booked"
    assert today.full_name not in text_of(client_of(stranger).get(url("bookings:door", office.other_office.code), {"ma": today.code}))


def test_somebody_with_two_offices_starts_at_the_own_door(office, client_of):
    Assignment.objects.create(user=office.guard, office=office.other_office, role=Role.GUARD, starts_on=date(2018, 1, 1))
    assert client_of(office.guard).get(url("bookings:my_door")).url in (door(office), url("bookings:door", office.other_office.code))


def test_the_live_part_is_a_piece_of_the_page(guard, office, today):
    piece = text_of(guard.get(door(office), headers={"HX-Request": "true"}))
    assert "trong-phong" in piece and "<html" not in piece and today.full_name in piece


def test_the_door_costs_the_same_for_many_people_and_rooms(guard, office, today, django_assert_max_num_queries):
    with django_assert_max_num_queries(22):
        guard.get(door(office))
    for number, slot in enumerate(slots_on(office, clock.today(), "afternoon") * 2):
        booked(office, slot, phone=f"09000003{number:02d}")
    Room.objects.create(office=office.office, code="thu-p2", name="Phòng thứ hai", kind=RoomKind.SERVICE)
    with django_assert_max_num_queries(22):
        guard.get(door(office))


def test_the_day_list(office, client_of, today, slot):
    booked(office, slot, name="Trần Văn Mai", phone="0900000077")
    desk = client_of(office.desk)
    page = text_of(desk.get(url("bookings:day")))
    assert today.full_name in page and url("bookings:receive", today.code) in page and "Trần Văn Mai" not in page
    later = text_of(desk.get(url("bookings:day"), {"ngay": TOMORROW.isoformat(), "q": "van mai"}))
    assert "Trần Văn Mai" in later and "Tiếp nhận</a>" not in later
    assert "Trần Văn Mai" in text_of(desk.get(url("bookings:day"), {"ngay": TOMORROW.isoformat(), "q": "0900 000 077"}))
    stranger = person("t-bv2", "Bảo vệ hai (thử)", office.other_office, Role.GUARD)
    assert today.full_name not in text_of(client_of(stranger).get(url("bookings:day")))


@pytest.mark.parametrize("asked", [{"ngay": "hôm qua"}, {"ngay": NULL}, {"ngay": "9999-99-99"}, {"q": NULL}, {"q": LONG},
                                   {"page": "9" * 30}, {"page": NULL}, {"ngay": "0001-01-01"}])
def test_odd_questions_to_the_day_list(office, client_of, today, asked):
    assert client_of(office.desk).get(url("bookings:day"), asked).status_code == 200


def test_the_day_list_costs_the_same_for_many(office, client_of, today, django_assert_max_num_queries):
    desk = client_of(office.desk)
    with django_assert_max_num_queries(9):
        desk.get(url("bookings:day"))
    for number, slot in enumerate(slots_on(office, clock.today(), "afternoon") * 2):
        booked(office, slot, phone=f"09000004{number:02d}")
    with django_assert_max_num_queries(9):
        desk.get(url("bookings:day"))


def test_heads_counted_at_check_in(guard, office, slot):
    """Fewer or more than booked; a number that can't be is told, and what was typed stays."""
    ahead = [item for item in slots_on(office, clock.today()) if item.starts_at > clock.now()]
    group = booked(office, ahead[0], phone="0900000031", people=3).appointment
    assert 'name="people"' in text_of(guard.get(door(office), {"ma": group.code}))
    for odd in ("0", "99", "-1", "²", LONG, NULL, "ba"):
        answer = act(guard, "check_in", group, people=odd)
        assert "so_nguoi=" in answer.url and "Số người có mặt phải từ 1 đến 8" in text_of(guard.get(answer.url))
    assert act(guard, "check_in", group, people="2").url == door(office)
    group.refresh_from_db()
    assert (group.state, group.people) == ("checked_in", 2)
