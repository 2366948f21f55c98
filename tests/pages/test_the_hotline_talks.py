"""While talking: a place is held and let go, places are read anew, people and dossiers looked up, cases handed over."""
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from bookings.models import Appointment, Call, CallTask, Hold, Session
from bookings.states import CallOutcome, CallState, HoldState
from onestop import clock
from onestop.notify.models import Message
from tests.pages.conftest import LONG, NFC, NULL, PERSON, TOMORROW, booked, received, slots_on, text_of, url


@pytest.fixture
def console(office, client_of):
    return client_of(office.hotline)


def hold(console, slot, **more):
    return console.post(url("bookings:hotline_hold"), {"thu_tuc": "9.000001", "slot": slot.pk, "dossiers": 1, "people": 1} | more)


def test_a_place_is_held_while_talking_and_booked(console, office, slot):
    answer = hold(console, slot, q="khai sinh", people=2)
    assert answer.status_code == 302 and Hold.objects.get().people == 2
    page = text_of(console.get(answer.url))
    assert "Đang giữ 07:30" in page and "data-countdown" in page and "2 người, 1 hồ sơ" in page
    done = console.post(url("bookings:hotline_book"), PERSON | {"thu_tuc": "9.000001", "priority": "elderly"})
    assert done.status_code == 302
    appointment = Appointment.objects.get()
    assert (appointment.people, appointment.priority, appointment.channel) == (2, "elderly", "hotline")
    assert Hold.objects.get().state == HoldState.BOOKED
    slot.refresh_from_db()
    assert (slot.held, slot.booked) == (0, 2)
    assert Call.objects.get().outcome == CallOutcome.BOOKED


def test_choosing_another_place_gives_the_first_back(console, office, slot):
    hold(console, slot)
    hold(console, slots_on(office, TOMORROW)[1])
    slot.refresh_from_db()
    assert slot.held == 0 and Hold.objects.filter(state=HoldState.HELD).count() == 1


@pytest.mark.parametrize("door", ["hotline_release", "hotline_end"])
def test_letting_go_and_ending_the_call_give_the_place_back(console, office, slot, door):
    hold(console, slot)
    answer = console.post(url(f"bookings:{door}"), {"thu_tuc": "9.000001", "outcome": "informed"})
    assert answer.status_code == 302
    slot.refresh_from_db()
    assert slot.held == 0 and Call.objects.count() == (door == "hotline_end")


def test_a_talk_that_takes_longer(console, office, slot):
    hold(console, slot)
    with clock.frozen(clock.now() + timedelta(minutes=5)):
        console.post(url("bookings:hotline_extend"), {"thu_tuc": "9.000001"})
    assert Hold.objects.get().extensions == 1


def test_a_hold_that_is_over_keeps_what_was_typed(console, office, slot):
    hold(console, slot)
    with clock.frozen(clock.now() + timedelta(minutes=15)):
        page = text_of(console.get(url("bookings:hotline"), {"thu_tuc": "9.000001"}))
        assert "Hết giờ giữ chỗ" in page
        answer = console.post(url("bookings:hotline_book"), PERSON | {"thu_tuc": "9.000001"})
        assert answer.status_code == 409 and NFC in text_of(answer) and 'name="slot"' in text_of(answer)
    assert not Appointment.objects.exists()


def test_places_are_read_anew_as_the_office_declares(console, office, slot):
    asked = {"thu_tuc": "9.000001", "don_vi": office.office.code, "slot": slot.pk}
    assert "buổi còn 20/20 hồ sơ" in text_of(console.get(url("bookings:hotline_places"), asked))
    Session.objects.filter(pk=slot.session_id).update(capacity=7)
    page = text_of(console.get(url("bookings:hotline_places"), asked))
    assert "buổi còn 7/7 hồ sơ" in page and "autofocus" not in page and "<html" not in page
    assert console.get(url("bookings:hotline_places")).status_code == 404


def test_near_and_soon_stand_side_by_side(console, office):
    type(office.office).objects.filter(pk=office.office.pk).update(latitude=10.03, longitude=105.78)
    type(office.office).objects.filter(pk=office.other_office.pk).update(latitude=10.0, longitude=105.75)
    page = text_of(console.get(url("bookings:hotline"), {"thu_tuc": "9.000001", "o_dau": "cai rang"}))
    assert "Sớm nhất ở mọi nơi trong tỉnh" in page and "Gần Phường Cái Răng nhất" in page and "0 km" in page
    page = text_of(console.get(url("bookings:hotline"), {"thu_tuc": "9.000001", "o_dau": "khong co"}))
    assert "Không thấy xã, phường này trong tỉnh" in page


def test_everything_about_the_appointment_is_read_back(console, office, slot):
    appointment = booked(office, slot).appointment
    page = " ".join(text_of(console.get(url("bookings:hotline_booked", appointment.code))).split())
    assert ", ".join(appointment.code) in page and "Số 1, đường Mẫu" in page and "có lịch hẹn số 1" in page
    assert "Giấy tờ cần mang theo: Tờ khai đăng ký khai sinh; Giấy chứng sinh." in page
    assert "Thời hạn giải quyết: 5 ngày làm việc" in page and "dự kiến có kết quả lúc 17:00, Thứ Năm, 03/12/2026" in page


def test_the_message_goes_out_again(console, office, slot):
    appointment = booked(office, slot).appointment
    before = Message.objects.count()
    for _twice in range(2):
        assert console.post(url("bookings:hotline_again", appointment.code)).status_code == 302
    assert Message.objects.count() == before + 1


def test_a_caller_moves_and_cancels(console, office, slot):
    appointment = booked(office, slot).appointment
    page = text_of(console.get(url("bookings:hotline"), {"thu_tuc": "9.000001", "doi": appointment.code}))
    assert "Đổi sang giờ này" in page
    other = slots_on(office, TOMORROW)[3]
    console.post(url("bookings:hotline_move", appointment.code), {"slot": other.pk, "thu_tuc": "9.000001", "doi": appointment.code})
    appointment.refresh_from_db()
    assert appointment.slot == other
    assert console.post(url("bookings:hotline_move", appointment.code), {"slot": "x", "thu_tuc": "9.000001"}).status_code == 422
    console.post(url("bookings:hotline_cancel", appointment.code), {"reason": "Ốm"})
    appointment.refresh_from_db()
    assert appointment.state == "cancelled"
    assert list(Call.objects.values_list("outcome", flat=True)) == ["changed"]  # one call, one line


@pytest.mark.parametrize("text", ["0912345678", "nguoi nop mau"])
def test_a_dossier_is_looked_up_with_its_state_and_date(console, office, text):
    dossier = received(office)
    for words in (text, dossier.number):
        page = text_of(console.get(url("bookings:hotline"), {"tim": words}))
        assert dossier.number in page and "Hẹn trả kết quả:" in page and "Được tiếp nhận" in page


def test_a_known_caller_is_booked_without_typing(console, office, slot):
    appointment = booked(office, slot).appointment
    hold(console, slots_on(office, TOMORROW)[2])
    page = text_of(console.get(url("bookings:hotline"), {"thu_tuc": "9.000001", "nguoi": appointment.code}))
    assert f'value="{NFC}"' in page and 'value="0912345678"' in page


def test_a_case_is_handed_to_an_office_which_settles_it(console, office, client_of):
    case = {"outcome": "handed_over", "office": office.office.code, "caller": NFC, "caller_phone": "0912345678", "note": "Nhờ gọi lại."}
    assert console.post(url("bookings:hotline_end"), case).status_code == 302
    task = CallTask.objects.get()
    desk = client_of(office.desk)
    assert NFC in text_of(desk.get(url("bookings:call_list")))
    assert "Nhờ gọi lại." in text_of(desk.get(url("bookings:call_task", task.pk)))
    assert desk.post(url("bookings:call_attempt", task.pk), {"outcome": "informed", "note": "Đã gọi", "seen": 0}).status_code == 302
    task.refresh_from_db()
    assert task.state == CallState.DONE
    log = text_of(console.get(url("bookings:calls")))
    assert "Đã chuyển đơn vị" in log and "Đã gọi" in log
    assert NFC not in text_of(client_of(office.outsider).get(url("bookings:call_list")))
    assert client_of(office.outsider).get(url("bookings:call_task", task.pk)).status_code == 404
    assert client_of(office.guard).get(url("bookings:call_list")).status_code == 403


@pytest.mark.parametrize("typed", [{"outcome": "handed_over"}, {"outcome": ""}, {"outcome": "vui"}, {"outcome": "informed", "note": LONG},
                                   {"outcome": "informed", "caller_phone": NULL}, {"outcome": "informed", "office": "khong-co"},
                                   {"outcome": "handed_over", "office": "thu-ninh-kieu", "note": "x"}])
def test_a_call_that_cannot_end_so_stays_open(console, office, slot, typed):
    hold(console, slot)
    answer = console.post(url("bookings:hotline_end"), typed | {"thu_tuc": "9.000001"})
    assert answer.status_code == 422 and "error" in text_of(answer)
    slot.refresh_from_db()
    assert slot.held == 1 and not Call.objects.exists()


def test_the_call_keeps_its_beginning_from_page_to_page(console, office, slot):
    page = console.get(url("bookings:hotline"), {"q": "khai sinh"})
    began = page.context["kept"]["cuoc"]
    with clock.frozen(clock.now() + timedelta(seconds=40)):
        answer = hold(console, slot, cuoc=began)
        assert parse_qs(urlsplit(answer.url).query)["cuoc"] == [began]
        console.post(url("bookings:hotline_book"), PERSON | {"thu_tuc": "9.000001", "cuoc": began})
    call = Call.objects.get()
    assert (call.ended_at - call.started_at) == timedelta(seconds=40)


def test_the_log_and_the_list_cost_the_same_for_many(console, office, django_assert_max_num_queries):
    for number in range(12):
        console.post(url("bookings:hotline_end"), {"outcome": "handed_over", "office": office.office.code, "caller": NFC,
                                                   "caller_phone": f"09123456{number:02d}", "note": "Nhờ gọi lại."})
    with django_assert_max_num_queries(14):
        console.get(url("bookings:call_list"))
    with django_assert_max_num_queries(14):
        console.get(url("bookings:calls"))
    with django_assert_max_num_queries(16):
        console.get(url("bookings:call_task", CallTask.objects.first().pk))


@pytest.mark.parametrize("asked", [{"loai": NULL}, {"loai": "sau"}, {"page": "x"}, {"loai": LONG}])
def test_odd_lists(console, office, asked):
    assert console.get(url("bookings:call_list"), asked).status_code == 200
    assert console.get(url("bookings:calls"), {"ngay": "x", "ket_qua": "y", "q": NULL}).status_code == 200


# --- above the declared number ----------------------------------------------------------------------------------------

def over(slot, **more):
    return PERSON | {"don_vi": "thu-ninh-kieu", "thu_tuc": "9.000001", "ngay": TOMORROW.isoformat(), "slot": slot.pk, "dossiers": 1,
                     "people": 1, "reason": "Người già ở xa đã đến"} | more


def test_the_leader_goes_over_the_declared_number_with_a_reason(office, client_of, slot):
    Session.objects.filter(pk=slot.session_id).update(capacity=0)
    leader = client_of(office.leader)
    page = text_of(leader.get(url("bookings:overbook"), {"don_vi": "thu-ninh-kieu", "thu_tuc": "9.000001", "ngay": TOMORROW.isoformat()}))
    assert "buổi còn 0/0 hồ sơ" in page and "Lý do nhận thêm" in page
    assert leader.post(url("bookings:overbook"), over(slot, reason="")).status_code == 422
    done = leader.post(url("bookings:overbook"), over(slot))
    assert done.status_code == 302
    event = Appointment.objects.get().events.get(verb="book")
    assert event.reason == "Người già ở xa đã đến" and event.data["over_limit"]
    slot.session.refresh_from_db()
    assert slot.session.extra == 1


def test_never_above_the_rooms_cap(office, client_of, slot):
    for number in range(slot.capacity):
        booked(office, slot, phone=f"09000001{number:02d}")
    answer = client_of(office.leader).post(url("bookings:overbook"), over(slot))
    assert answer.status_code == 409 and "không còn đủ chỗ" in text_of(answer)


def test_only_who_has_the_right(office, client_of, slot):
    for user in (office.hotline, office.desk, office.guard, office.specialist):
        assert client_of(user).post(url("bookings:overbook"), over(slot)).status_code == 403
    elsewhere = client_of(office.leader).post(url("bookings:overbook"), over(slot, don_vi="thu-cai-rang"))
    assert elsewhere.status_code == 422 and not Appointment.objects.exists()


@pytest.mark.parametrize(("field", "typed"), [("slot", "x"), ("ngay", "hôm nay"), ("thu_tuc", "khong-co"), ("people", "0"), ("phone", "1")])
def test_every_field_of_it_refuses_nonsense(office, client_of, slot, field, typed):
    assert client_of(office.administrator).post(url("bookings:overbook"), over(slot) | {field: typed}).status_code == 422
