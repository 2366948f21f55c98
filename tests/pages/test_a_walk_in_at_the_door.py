"""Somebody without an appointment at the guard's page: taken, booked for the next place by one press, or led to another way."""
from urllib.parse import urlencode

import pytest

from bookings.models import Appointment, Session, SessionEvent
from onestop import clock
from onestop.offices.models import Room
from tests.cast import person
from tests.pages.conftest import LONG, NFC, NFD, NULL, text_of, url

TYPED = {"full_name": NFD, "phone": "0912 345 678", "people": "1", "dossiers": "1", "priority": ""}


@pytest.fixture
def guard(office, client_of):
    return client_of(office.guard)


def page(office, **asked):
    return url("bookings:walk_in", office.office.code) + ("?" + urlencode(asked) if asked else "")


def here(office, **more):
    return page(office, thu_tuc=office.procedure.code, **more)


def test_the_procedure_is_found_first(guard, office):
    found = text_of(guard.get(page(office, q="khai sinh")))
    assert office.procedure.name in found and f"thu_tuc={office.procedure.code}" in found
    assert "Không thấy thủ tục nào khớp" in text_of(guard.get(page(office, q="không có gì")))


def test_taken_now_with_a_number(guard, office):
    assert "Nhận ngay, lấy số thứ tự" in text_of(guard.get(here(office)))
    told = text_of(guard.post(here(office), {**TYPED, "priority": "elderly"}, follow=True))
    row = Appointment.objects.get()
    assert (row.full_name, row.state, row.walk_in, row.channel, row.priority) == (NFC, "inside", True, "counter", "elderly")
    assert f"{NFC} ({row.code}) đã đến và vào phòng. Số thứ tự 1" in told


def test_the_letter_that_forbids_is_told_with_what_there_is_instead(guard, office, letter):
    letter("4708/UBND-CCHC", appointment_only={})
    shown = guard.get(here(office))
    told = text_of(shown)
    assert "4708/UBND-CCHC" in told and "chỉ tiếp nhận trực tiếp người có lịch hẹn" in told and "Nhận ngay" not in told
    assert "<svg" in told and url("guide:procedure", office.procedure.code) in told and "Sẽ gửi qua bưu chính" in told
    answer = guard.post(here(office), TYPED)  # pressed all the same
    assert answer.status_code == 422 and "4708/UBND-CCHC" in text_of(answer) and "0912 345 678" in text_of(answer)
    assert SessionEvent.objects.filter(verb="turn_away", legal_basis__startswith="4708/UBND-CCHC").count() == 1
    offered = shown.context["proposals"][0]
    booked = text_of(guard.post(here(office), {**TYPED, "slot": offered.pk}, follow=True))
    row = Appointment.objects.get()
    assert (row.state, row.slot, row.channel, row.walk_in) == ("booked", offered, "counter", False) and "có giờ hẹn mới" in booked


def test_led_to_another_way_is_recorded(guard, office):
    address = url("bookings:turn_away", office.office.code)
    for way in ("online", "bịa"):
        told = text_of(guard.post(address, {"thu_tuc": office.procedure.code, "viec": "submit", "cach": way}, follow=True))
        assert "Đã ghi nhận một người" in told
    assert list(SessionEvent.objects.order_by("pk").values_list("data__way", flat=True)) == ["online", ""]
    assert guard.post(address, {"thu_tuc": "9.999999"}).status_code == 404


def test_no_room_is_told_and_the_places_stay_offered(guard, office):
    Room.objects.filter(office=office.office, kind="service").update(cap=0)
    answer = guard.post(here(office), TYPED)
    assert answer.status_code == 409 and "Hiện không còn chỗ cho người chưa có lịch hẹn" in text_of(answer)
    assert "Hẹn khung giờ còn chỗ gần nhất" in text_of(answer) and not Appointment.objects.exists()


def test_the_health_check_keeps_what_was_ticked(guard, office, letter):
    letter(health_check={})
    answer = guard.post(here(office), {**TYPED, "mask": "on"})
    assert answer.status_code == 422 and 'name="mask" checked' in text_of(answer) and not Appointment.objects.exists()
    well = dict.fromkeys(("mask", "distance", "disinfect", "declared", "well"), "on")
    assert guard.post(here(office), {**TYPED, **well}).status_code == 302


@pytest.mark.parametrize("typed", [{"full_name": ""}, {"phone": "12"}, {"people": "0"}, {"people": "99"}, {"priority": "vip"},
                                   {"full_name": LONG}, {"slot": "99999999999"}, {"citizen_id": "12"}])
def test_what_is_wrong_is_told_and_the_rest_stays(guard, office, typed):
    answer = guard.post(here(office), TYPED | typed)
    assert answer.status_code in (404, 422) or "0912" in text_of(answer)
    assert answer.status_code < 500 and not Appointment.objects.exists()


@pytest.mark.parametrize("asked", [{"viec": "khac"}, {"so_nguoi": "x"}, {"so_nguoi": "999"},
                                   {"thu_tuc": LONG}, {"thu_tuc": NULL}, {"q": LONG}])
def test_odd_questions_are_answered(guard, office, asked):
    assert guard.get(page(office, **({"thu_tuc": office.procedure.code} | asked))).status_code == 200


def test_places_are_offered_for_as_many_as_come(guard, office):
    for slot in Session.objects.get(office=office.office, date=clock.today(), part="morning").slots.all():
        type(slot).objects.filter(pk=slot.pk).update(capacity=1)
    shown = guard.get(here(office, so_nguoi=2)).context["proposals"]
    assert shown and all(slot.people_left >= 2 for slot in shown)


def test_only_the_door_of_the_own_office(office, client_of):
    stranger = person("t-bv-kia", "Bảo vệ kia (thử)", office.other_office, "guard")
    for user, status in ((stranger, 404), (office.citizen, 403), (office.hotline, 403), (office.specialist, 403)):
        browser = client_of(user)
        assert browser.get(here(office)).status_code == status
        assert browser.post(here(office), TYPED).status_code == status
        assert browser.post(url("bookings:turn_away", office.office.code), {}).status_code == status
    assert not Appointment.objects.exists()


def test_it_costs_the_same_however_many_places_there_are(guard, office, django_assert_max_num_queries):
    guard.get(here(office))
    with django_assert_max_num_queries(32) as few:
        guard.get(here(office))
    Session.objects.filter(office=office.office, date__gt=clock.today()).delete()
    with django_assert_max_num_queries(len(few)):
        guard.get(here(office))
