"""The guard's page: both rooms, straight in, outside, early and late, refused and rebooked in one step, the live part."""
from decimal import Decimal

import pytest

from bookings.models import Appointment, RoomCount
from bookings.services import visits
from onestop import clock
from onestop.offices.models import Room
from tests.cast import person
from tests.pages.conftest import booked, slots_on, text_of, url


@pytest.fixture
def guard(office, client_of):
    return client_of(office.guard)


@pytest.fixture
def running(office):
    """A person of the slot that runs now, and one of the next: 09:00 and 09:30."""
    with clock.frozen(clock.at(clock.today(), 8)):
        slots = [slot for slot in slots_on(office, clock.today()) if slot.ends_at > clock.at(clock.today(), 9)]
        return [booked(office, slots[number], phone=f"090000000{number}", name=f"Người Hẹn {'AB'[number]}").appointment
                for number in (0, 1)]


def door(office):
    return url("bookings:door", office.office.code)


def act(browser, name, row, **typed):
    return browser.post(url(f"bookings:{name}", row.code), typed, follow=True)


def fresh(row):
    return Appointment.objects.get(pk=row.pk)


def test_both_rooms_with_the_formula_of_the_waiting_area(guard, office, letter):
    letter("332/UBND-VP", waiting_cap={"people": 10, "distance_m": 2}, room_cap={"people": 10})
    Room.objects.filter(pk=office.waiting.pk).update(area_m2=Decimal(26))
    page = text_of(guard.get(door(office)))
    assert '<strong id="khu-cho">0</strong><span> / 6</span>' in page and '<strong id="trong-phong">0</strong><span> / 10</span>' in page
    assert "26 m² ÷ (2 m × 2 m) = 6 và số người tối đa 10: 6 chỗ" in page and "332/UBND-VP" in page


def test_one_tap_straight_in_where_nobody_is_before(guard, office, running):
    page = text_of(guard.get(door(office), {"ma": running[0].code}))
    assert "Đã đến, mời vào luôn" in page
    told = text_of(act(guard, "check_in", running[0], straight="1", priority=""))
    assert "đã đến và vào phòng. Số thứ tự 1" in told and fresh(running[0]).state == "inside"
    act(guard, "check_in", running[1])
    late = booked_late(office)
    assert "mời vào luôn" not in text_of(guard.get(door(office), {"ma": late.code}))


def booked_late(office):
    """Somebody whose slot is the same as the second one's, booked after them."""
    slot = next(slot for slot in slots_on(office, clock.today()) if slot.starts_at > clock.now())
    return booked(office, slot, phone="0900000044", name="Người Hẹn Sau").appointment


def test_full_waiting_area_sends_outside_with_the_turn_kept(guard, office, running):
    Room.objects.filter(pk=office.waiting.pk).update(cap=1)
    assert "mời vào khu vực chờ" in text_of(act(guard, "check_in", running[0]))
    told = text_of(act(guard, "check_in", running[1]))
    assert "mời chờ bên ngoài" in told and "vẫn được giữ" in told and "Chờ bên ngoài: 1 người" in told
    assert "Khu vực chờ đã đủ người" in text_of(act(guard, "seat", running[1]))
    act(guard, "enter", running[0])
    assert "vào khu vực chờ" in text_of(act(guard, "seat", running[1]))
    assert RoomCount.objects.get(room=office.waiting).people == 1


def test_too_early_is_told_when_to_come_back(guard, office):
    slot = slots_on(office, clock.today())[-1]  # 11:00
    row = booked(office, slot).appointment
    page = text_of(guard.get(door(office), {"ma": row.code}))
    assert "Đến sớm" in page and "nhận người này từ 10:30" in page
    told = text_of(act(guard, "check_in", row))
    assert "Mời quay lại từ 10:30" in told and "quay lại từ 10:30" in told and fresh(row).state == "checked_in"


def test_late_is_told_and_may_choose_another_time(guard, office, running):
    with clock.frozen(clock.at(clock.today(), 9, 40)):
        page = guard.get(door(office), {"ma": running[0].code})
        assert "Đến sau khung giờ hẹn" in text_of(page)
        chosen = page.context["person"]["proposals"][0]
        told = text_of(act(guard, "door_move", running[0], slot=chosen.pk))
        assert "có giờ hẹn mới" in told and fresh(running[0]).slot == chosen


def test_refused_and_rebooked_in_the_same_step(guard, office, running):
    page = guard.get(door(office), {"ma": running[0].code})
    chosen = page.context["person"]["proposals"][-1]
    told = text_of(act(guard, "refuse_entry", running[0], reason="Đang sốt", slot=chosen.pk))
    assert "Đã ghi chưa cho vào" in told and "có giờ hẹn mới" in told
    row = fresh(running[0])
    assert (row.state, row.slot, row.code) == ("booked", chosen, running[0].code)
    assert list(row.events.order_by("pk").values_list("verb", flat=True)) == ["book", "refuse_entry", "reschedule"]


def test_refused_without_another_time_can_still_be_given_one(guard, running):
    act(guard, "refuse_entry", running[0], reason="Chưa có khẩu trang", slot="")
    assert fresh(running[0]).state == "refused_entry"
    page = guard.get(url("bookings:arrive", running[0].code), follow=True)
    assert "Hẹn giờ khác" in text_of(page)
    act(guard, "door_move", running[0], slot=page.context["person"]["proposals"][0].pk)
    assert fresh(running[0]).state == "booked"


@pytest.mark.parametrize("slot", ["0", "99999999999999999999", "abc", "-1", "²"])
def test_an_odd_place_moves_nobody(guard, running, slot):
    assert act(guard, "door_move", running[0], slot=slot).status_code == 200
    assert fresh(running[0]).slot == running[0].slot


def test_priority_is_shown_to_be_checked(guard, office, running):
    Appointment.objects.filter(pk=running[0].pk).update(priority="elderly")
    assert '<option value="elderly" selected>' in text_of(guard.get(door(office), {"ma": running[0].code}))
    act(guard, "check_in", running[0], priority="disabled")
    assert fresh(running[0]).priority == "disabled" and "Người khuyết tật" in text_of(guard.get(door(office)))


def test_a_letters_own_questions_are_asked_and_kept(guard, office, running, letter):
    letter(health_check={"items": ["mask", "Có giấy xét nghiệm"]})
    page = text_of(guard.get(door(office), {"ma": running[0].code}))
    assert "Có giấy xét nghiệm" in page and "Không sốt" not in page
    told = text_of(act(guard, "check_in", running[0], mask="on"))
    assert 'name="mask" checked' in told and 'name="q-co-giay-xet-nghiem">' in told
    act(guard, "check_in", running[0], mask="on", **{"q-co-giay-xet-nghiem": "on"})
    assert fresh(running[0]).health == {"mask": True, "q-co-giay-xet-nghiem": True}


@pytest.mark.parametrize("typed", ["nguoi hen", "Hẹn A", "0900 000 000"])
def test_found_by_name_or_phone_of_today(guard, office, running, typed):
    page = text_of(guard.get(door(office), {"ma": typed}))
    assert "Có thể là" in page and f"?ma={running[0].code}" in page


def test_the_live_part_tells_when_it_was_seen(guard, office, running):
    page = text_of(guard.get(door(office)))
    assert 'hx-trigger="every 5s"' in page and "js/door.js" in page and "data-scan hidden" in page and "Mất kết nối" in page
    piece = text_of(guard.get(door(office), headers={"HX-Request": "true"}))
    assert "<time data-seen>09:00:00</time>" in piece and running[0].full_name in piece and "<html" not in piece


def test_whoever_is_called_to_a_counter_comes_first(guard, office, running):
    for row in running:
        visits.check_in(actor=office.guard, appointment=row)
    running[1].ticket.__class__.objects.filter(appointment=running[1]).update(state="called", counter=office.room.counters.first())
    page = text_of(guard.get(door(office)))
    line = page[page.index("Mời vào tiếp theo"):]
    assert line.index(running[1].code) < line.index(running[0].code) and "Quầy 1 gọi" in line


def test_the_door_costs_the_same_with_people_in_every_state(guard, office, running, django_assert_max_num_queries):
    guard.get(door(office))
    with django_assert_max_num_queries(18) as plain:
        guard.get(door(office))
    with django_assert_max_num_queries(34):
        guard.get(door(office), {"ma": running[0].code})
    many = [booked(office, slot, phone=f"09000005{number:02d}").appointment
            for number, slot in enumerate(slots_on(office, clock.today(), "afternoon") * 2)]
    with clock.frozen(many[0].slot.starts_at):
        for row in [*running, *many[:6]]:
            visits.check_in(actor=office.guard, appointment=row)
        for row in many[:3]:
            visits.enter(actor=office.guard, appointment=row)
        with django_assert_max_num_queries(len(plain)):
            guard.get(door(office))


def test_other_offices_guards_do_nothing_here(office, client_of, running):
    stranger = client_of(person("t-bv-khac", "Bảo vệ khác (thử)", office.other_office, "guard"))
    for verb in ("seat", "door_move"):
        assert act(stranger, verb, running[0], slot=running[1].slot_id).status_code == 404
