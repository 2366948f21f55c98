"""The citizen's booking by pages: start, month, hold, details, booked; and what goes wrong on the way."""
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from bookings.models import Appointment, Hold, Slot
from bookings.services.audit import audit_capacity
from onestop import clock
from onestop.catalogue.models import Procedure
from onestop.notify.models import Message
from tests.pages.conftest import NFC, NFD, NULL, PERSON, TOMORROW, booked, slots_on, text_of, url


def hold(client, office, slot, **more):
    address = url("bookings:hold", office.office.code, office.procedure.code)
    return client.post(address, {"slot": slot.pk, "viec": "submit", "ngay": TOMORROW.isoformat(), **more})


def turn(client):
    page = text_of(client.get(url("bookings:details")))
    return page.split('name="luot" value="')[1].split('"')[0]


def test_the_road_from_start_to_booked(office, client, slot):
    start = client.get(url("bookings:start"), {"thu_tuc": office.procedure.code})
    assert "ninh kiều".casefold() in text_of(start).casefold() and "Còn chỗ" in text_of(start)
    narrowed = text_of(client.get(url("bookings:start"), {"thu_tuc": office.procedure.code, "q": "cai rang"}))
    nearest = narrowed.split('id="noi-gan"')[1].split('id="noi-som"')[0]
    assert "Cái Răng" in nearest and "Ninh Kiều" not in nearest
    to_month = client.get(url("bookings:start"), {"thu_tuc": office.procedure.code, "don_vi": office.office.code})
    assert to_month.status_code == 302
    month = client.get(to_month.url)
    assert f"ngay={TOMORROW}" in text_of(month)
    day = client.get(to_month.url, {"ngay": TOMORROW.isoformat()})
    assert f'value="{slot.pk}"' in text_of(day) and "07:30 – 08:00" in text_of(day)
    assert hold(client, office, slot).url == url("bookings:details")
    details = text_of(client.get(url("bookings:details")))
    assert "07:30 – 08:00" in details and "Còn khoảng 10 phút" in details
    done = client.post(url("bookings:details"), PERSON | {"full_name": NFD})
    assert done.status_code == 302
    appointment = Appointment.objects.get()
    assert (appointment.full_name, appointment.phone, appointment.slot_id) == (NFC, "0912345678", slot.pk)
    page = text_of(client.get(done.url))
    assert appointment.code in page and "<svg" in page and "Tờ khai đăng ký khai sinh" in page
    secret = parse_qs(urlsplit(done.url).query)["khoa"][0]
    assert secret in Message.objects.get().body
    assert audit_capacity() == []


def test_looking_holds_nothing(office, client, slot):
    client.get(url("bookings:month", office.office.code, office.procedure.code), {"ngay": TOMORROW.isoformat()})
    for name in ("bookings:extend", "bookings:leave"):
        assert client.get(url(name)).status_code == 405
    assert not Hold.objects.exists()


def test_the_same_form_sent_twice_leads_to_the_same_appointment(office, client, slot):
    hold(client, office, slot)
    typed = PERSON | {"luot": turn(client)}
    first, second = (client.post(url("bookings:details"), typed) for _ in range(2))
    assert first.status_code == second.status_code == 302 and first.url == second.url
    assert Appointment.objects.count() == 1


def test_what_was_typed_stays_on_an_error(office, client, slot):
    hold(client, office, slot)
    answer = client.post(url("bookings:details"), PERSON | {"phone": "12", "email": "không phải thư"})
    assert answer.status_code == 422
    assert NFC in text_of(answer) and 'value="12"' in text_of(answer) and "0912 345 678" in text_of(answer)


def test_a_refusal_keeps_what_was_typed_and_says_why(office, client, slot):
    booked(office, slots_on(office, TOMORROW)[3])
    hold(client, office, slot)
    answer = client.post(url("bookings:details"), PERSON)
    assert answer.status_code == 409
    assert "đã có một lịch hẹn" in text_of(answer) and NFC in text_of(answer)


def test_a_hold_that_ended_is_gone_and_nothing_typed_is_lost(office, client, slot):
    hold(client, office, slot)
    with clock.frozen(clock.now() + timedelta(minutes=11)):
        answer = client.post(url("bookings:details"), PERSON)
        assert answer.status_code == 410
        assert url("bookings:month", office.office.code, office.procedure.code) in text_of(answer)
        assert hold(client, office, slot).url == url("bookings:details")
        assert NFC in text_of(client.get(url("bookings:details")))
    assert not Appointment.objects.exists()


def test_choosing_again_frees_the_first_place(office, client, slot):
    other = slots_on(office, TOMORROW)[1]
    hold(client, office, slot)
    hold(client, office, other)
    assert (Slot.objects.get(pk=slot.pk).held, Slot.objects.get(pk=other.pk).held) == (0, 1)


def test_leaving_gives_the_place_back(office, client, slot):
    hold(client, office, slot)
    assert office.procedure.code in client.post(url("bookings:leave")).url
    assert Slot.objects.get(pk=slot.pk).held == 0
    assert client.post(url("bookings:leave")).url == "/"


def test_more_time_twice_and_no_more(office, client, slot):
    hold(client, office, slot)
    for _ in range(2):
        assert "cần thêm thời gian" in text_of(client.get(url("bookings:details")))
        client.post(url("bookings:extend"))
    assert "cần thêm thời gian" not in text_of(client.get(url("bookings:details")))
    client.post(url("bookings:extend"))
    assert "Không thể giữ chỗ lâu hơn" in text_of(client.get(url("bookings:details")))
    assert Hold.objects.get().extensions == 2


def test_only_times_with_room_for_the_whole_party_can_be_chosen(office, client, slot):
    booked(office, slot, people=slot.capacity - 2)
    address = url("bookings:month", office.office.code, office.procedure.code)
    page = text_of(client.get(address, {"ngay": TOMORROW.isoformat(), "so_nguoi": 3}))
    assert f'value="{slot.pk}"' not in page and "chỉ còn 2 chỗ" in page
    assert f'value="{slot.pk}"' in text_of(client.get(address, {"ngay": TOMORROW.isoformat(), "so_nguoi": 2}))


@pytest.mark.parametrize("asked", [
    {"ngay": "hôm qua"}, {"ngay": "2026-11-24"}, {"ngay": "9999-12-31"}, {"ngay": "0001-01-01"}, {"thang": "2026-13"},
    {"thang": "٢٠٢٦-١١"},
    {"thang": "1999-01"}, {"viec": "x"}, {"ngay": NULL}, {"thang": NULL, "viec": NULL},
])
def test_unreadable_days_fall_back_on_this_month(office, client, asked):
    answer = client.get(url("bookings:month", office.office.code, office.procedure.code), asked)
    assert answer.status_code == 200


@pytest.mark.parametrize("many", ["0", "-1", "99999999999999999999", "ba", "1.5"])
def test_how_many_come_is_refused_with_a_sentence(office, client, slot, many):
    page = text_of(client.get(url("bookings:month", office.office.code, office.procedure.code), {"so_nguoi": many}))
    assert "Vui lòng ghi" in page and f'value="{many}"' in page
    back = hold(client, office, slot, so_nguoi=many)
    assert "Vui lòng ghi" in text_of(client.get(back.url))
    assert not Hold.objects.exists()


@pytest.mark.parametrize(("slot_id", "sentence"), [
    ("", "Vui lòng chọn một khung giờ"), ("abc", "Không tìm thấy khung giờ"), ("99999999999999999999999", "Không tìm thấy khung giờ"),
    ("-5", "Không tìm thấy khung giờ"), (NULL, "Không tìm thấy khung giờ"), ("٣", "Không tìm thấy khung giờ"),
])
def test_a_place_that_is_none_is_refused(office, client, slot_id, sentence):
    address = url("bookings:hold", office.office.code, office.procedure.code)
    answer = client.post(address, {"slot": slot_id})
    assert answer.status_code == 302 and sentence in text_of(client.get(answer.url))


def test_a_full_slot_is_refused_and_the_day_is_shown_again(office, client, slot):
    booked(office, slot, people=slot.capacity)
    answer = hold(client, office, slot)
    page = text_of(client.get(answer.url))
    assert "không còn đủ chỗ" in page and "26/11/2026" in page and f'value="{slot.pk}"' not in page


def test_a_letter_closes_the_counter_and_names_itself(office, client, letter):
    letter(counter_last={"online_only": True})
    page = text_of(client.get(url("bookings:month", office.office.code, office.procedure.code)))
    assert "2468/VPUB-KSTT" in page and "type=\"radio\"" not in page
    asked = {"viec": "collect", "ngay": TOMORROW.isoformat()}
    collect = client.get(url("bookings:month", office.office.code, office.procedure.code), asked)
    assert "type=\"radio\"" in text_of(collect)


@pytest.mark.parametrize("path", ["/dat-lich/?thu_tuc=khong-co", "/dat-lich/noi/khong-co/9.000001/",
                                  "/dat-lich/noi/thu-ninh-kieu/khong-co/", "/dat-lich/noi/thu-ninh-kieu/9.0%00/",
                                  "/dat-lich/?thu_tuc=%00x"])
def test_unknown_places_and_procedures_are_not_found(office, client, path):
    assert client.get(path).status_code == 404


def test_an_office_that_does_not_do_it_says_so(office, client):
    page = text_of(client.get(url("bookings:month", office.centre.code, office.procedure.code)))
    assert "không thực hiện thủ tục" in page
    Procedure.objects.filter(pk=office.procedure.pk).update(state="needs_review")
    assert "đang được rà soát" in text_of(client.get(url("bookings:month", office.office.code, office.procedure.code)))


@pytest.mark.parametrize(("field", "typed"), [
    ("full_name", ""), ("full_name", "   "), ("full_name", "A"), ("full_name", "12345"), ("full_name", "ă" * 121), ("full_name", "\0"),
    ("phone", ""), ("phone", "abc"), ("phone", "0" * 40), ("phone", NULL), ("phone", "+1 555 0100"), ("citizen_id", "123"),
    ("citizen_id", "٠٩٢٠٩٢٠٠٠٠٠١"), ("citizen_id", NULL), ("email", "a@"), ("email", "a" * 250 + "@example.vn"), ("email", NULL),
])
def test_every_field_refuses_what_it_cannot_be(office, client, slot, field, typed):
    hold(client, office, slot)
    answer = client.post(url("bookings:details"), PERSON | {field: typed})
    assert answer.status_code == 422, text_of(answer)
    assert f'id="id_{field}_error"' in text_of(answer)
    assert not Appointment.objects.exists()


def test_the_month_costs_the_same_however_full_it_is(office, client, django_assert_max_num_queries):
    address = url("bookings:month", office.office.code, office.procedure.code)
    for number, slot in enumerate(slots_on(office, TOMORROW)):
        booked(office, slot, phone=f"09000001{number:02d}")
    with django_assert_max_num_queries(16):
        client.get(address, {"ngay": TOMORROW.isoformat()})
