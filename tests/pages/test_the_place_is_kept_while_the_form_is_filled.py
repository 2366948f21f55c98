"""The kept place: its end without scripts, leaving gives it back soon, coming back keeps it; the phone's code loses nothing typed."""
from datetime import timedelta

import pytest

from bookings.models import Appointment, Hold, Slot
from bookings.services import holds
from onestop import clock
from onestop.notify.models import Message
from tests.pages.conftest import NFC, PERSON, TOMORROW, text_of, url


@pytest.fixture
def kept(office, client, slot):
    client.post(url("bookings:hold", office.office.code, office.procedure.code), {"slot": slot.pk, "viec": "submit",
                                                                                  "ngay": TOMORROW.isoformat()})
    return Hold.objects.get()


def test_the_end_is_written_and_a_screen_reader_hears_few_moments(client, kept):
    page = text_of(client.get(url("bookings:details")))
    assert "Chỗ của bạn được giữ đến 09:10" in page and "Còn khoảng 10 phút" in page
    assert 'role="status" data-countdown-spoken' in page and 'aria-live="polite" data-countdown' not in page
    assert url("bookings:leave_soon") in page and url("bookings:stay") in page


def test_a_page_left_behind_frees_the_place_in_half_a_minute(client, kept, slot):
    assert client.post(url("bookings:leave_soon")).status_code == 204
    with clock.frozen(clock.now() + timedelta(seconds=31)):
        holds.expire_holds()
        assert Slot.objects.get(pk=slot.pk).held == 0
        assert client.post(url("bookings:stay")).status_code == 409


def test_a_page_loaded_again_keeps_the_place_as_long_as_before(client, kept):
    client.post(url("bookings:leave_soon"))
    told = client.post(url("bookings:stay")).json()
    assert told["until"] == kept.expires_at.isoformat() or Hold.objects.get().expires_at == kept.expires_at
    assert client.post(url("bookings:stay")).status_code == 200
    client.post(url("bookings:leave_soon"))
    client.post(url("bookings:leave_soon"))
    client.post(url("bookings:stay"))
    assert Hold.objects.get().expires_at == kept.expires_at


def test_without_a_place_nothing_happens(client, db, morning):
    assert client.post(url("bookings:leave_soon")).status_code == 204
    assert client.post(url("bookings:stay")).status_code == 409
    for name in ("leave_soon", "stay"):
        assert client.get(url(f"bookings:{name}")).status_code == 405


def test_a_priority_group_is_kept_with_the_appointment(client, kept):
    done = client.post(url("bookings:details"), PERSON | {"priority": "elderly"})
    assert Appointment.objects.get().priority == "elderly" and "Người cao tuổi" in text_of(client.get(done.url))


def test_a_priority_group_that_is_none_is_refused(client, kept):
    answer = client.post(url("bookings:details"), PERSON | {"priority": "vip"})
    assert answer.status_code == 422 and 'id="id_priority_error"' in text_of(answer)


def test_the_page_says_that_the_person_stays_the_same(client, kept):
    assert "Không đổi được sang người khác" in text_of(client.get(url("bookings:details")))


def code_of():
    return next(word for word in Message.objects.filter(template_key="phone_code").last().body.replace(".", " ").split()
                if len(word) == 6 and word.isdigit())


def test_the_code_by_text_then_the_booking(client, kept, settings):
    settings.PHONE_CONFIRMATION = "sms"
    assert "6 chữ số" in text_of(client.get(url("bookings:details")))
    asked = client.post(url("bookings:details"), PERSON)
    assert asked.url == url("bookings:confirm_phone") and not Appointment.objects.exists()
    page = text_of(client.get(asked.url))
    assert "678" in page and "0912345678" not in page
    wrong = client.post(asked.url, {"ma": f"{(int(code_of()) + 1) % 10**6:06d}"})
    assert wrong.status_code == 422 and "Mã chưa đúng" in text_of(wrong)
    back = client.post(asked.url, {"ma": code_of()})
    assert back.url == url("bookings:details") and NFC in text_of(client.get(back.url))
    assert client.post(back.url, PERSON).status_code == 302
    assert Appointment.objects.get().full_name == NFC


def test_the_code_is_sent_again_but_not_at_once(client, kept, settings):
    settings.PHONE_CONFIRMATION = "sms"
    client.post(url("bookings:details"), PERSON)
    assert "chờ một phút" in text_of(client.get(client.post(url("bookings:confirm_phone"), {"gui-lai": "1"}).url))
    with clock.frozen(clock.now() + timedelta(minutes=2)):
        client.post(url("bookings:confirm_phone"), {"gui-lai": "1"})
    assert Message.objects.filter(template_key="phone_code").count() == 2


def test_another_phone_needs_its_own_code(client, kept, settings):
    settings.PHONE_CONFIRMATION = "sms"
    client.post(url("bookings:details"), PERSON)
    client.post(url("bookings:confirm_phone"), {"ma": code_of()})
    assert client.post(url("bookings:details"), PERSON | {"phone": "0987654321"}).url == url("bookings:confirm_phone")
    assert not Appointment.objects.exists()


def test_nobody_confirms_without_having_asked(client, db, morning):
    assert client.get(url("bookings:confirm_phone")).url == "/"
