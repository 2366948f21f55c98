"""The appointment by its link: seen, printed, put into a calendar, moved, cancelled. GET shows, POST acts."""
import pytest

from bookings.models import Appointment
from bookings.services import appointments, moving, visits
from onestop import clock
from onestop.people.tokens import digest
from tests.pages.conftest import NULL, TOMORROW, booked, slots_on, text_of, url

PAGES = ("manage", "slip", "ics", "cancel", "move")


@pytest.fixture
def mine(office, slot):
    return booked(office, slot)


def link(name, made):
    return f"{url(f'bookings:{name}', made.appointment.code)}?khoa={made.secret}"


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("secret", ["", "SAI", "x" * 500, NULL, "Ă"])
def test_without_the_secret_there_is_nothing(mine, client, name, secret):
    assert client.get(url(f"bookings:{name}", mine.appointment.code), {"khoa": secret}).status_code == 404
    if name in ("cancel", "move"):
        assert client.post(url(f"bookings:{name}", mine.appointment.code), {"khoa": secret, "slot": "1"}).status_code == 404
    assert Appointment.objects.get().state == "booked"


def test_looking_changes_nothing(mine, client):
    for name in PAGES:
        assert client.get(link(name, mine)).status_code == 200
    appointment = Appointment.objects.get()
    assert (appointment.state, appointment.slot_id) == ("booked", mine.appointment.slot_id)


def test_slip_and_calendar_file_tell_time_and_place(mine, client, office):
    slip = text_of(client.get(link("slip", mine)))
    assert mine.appointment.code in slip and "07:30 – 08:00" in slip and "<svg" in slip
    answer = client.get(link("ics", mine))
    lines = answer.content.decode().replace("\r\n ", "").split("\r\n")
    assert answer["Content-Type"].startswith("text/calendar")
    assert "DTSTART:20261126T003000Z" in lines and "STATUS:CONFIRMED" in lines
    assert all(len(line.encode()) <= 75 for line in answer.content.decode().split("\r\n"))


def test_cancelling_by_post_and_once_more(mine, client):
    first = client.post(link("cancel", mine), {"reason": "Bận việc"})
    assert first.url == link("manage", mine)
    page = text_of(client.get(first.url))
    assert "Đã hủy" in page and "Đổi giờ" not in page
    assert client.post(link("cancel", mine)).status_code == 302
    assert Appointment.objects.get().state == "cancelled"
    for name in ("cancel", "move"):
        assert client.get(link(name, mine)).url == link("manage", mine)
    assert "STATUS:CANCELLED" in text_of(client.get(link("ics", mine)))


def test_a_reason_that_is_too_long_is_refused_and_kept(mine, client):
    answer = client.post(link("cancel", mine), {"reason": "b" * 300})
    assert answer.status_code == 422 and "b" * 300 in text_of(answer)
    assert Appointment.objects.get().state == "booked"


def test_moving_to_another_time(mine, client, office):
    later = slots_on(office, TOMORROW, "afternoon")[2]
    page = text_of(client.get(link("move", mine) + f"&ngay={TOMORROW}"))
    assert f'value="{later.pk}"' in page
    done = client.post(link("move", mine), {"slot": later.pk, "khoa": mine.secret})
    assert "14:30 – 15:00" in text_of(client.get(done.url))
    assert Appointment.objects.get().slot_id == later.pk


@pytest.mark.parametrize("slot_id", ["", "x", "999999999999999999999", NULL])
def test_moving_nowhere_keeps_the_old_place(mine, client, slot_id):
    answer = client.post(link("move", mine), {"slot": slot_id})
    assert "Không tìm thấy khung giờ" in text_of(client.get(answer.url))
    assert Appointment.objects.get().slot_id == mine.appointment.slot_id


def test_a_full_time_keeps_the_old_place(mine, client, office):
    full = slots_on(office, TOMORROW)[4]
    booked(office, full, phone="0900000009", people=full.capacity)
    answer = client.post(link("move", mine), {"slot": full.pk})
    assert "không còn đủ chỗ" in text_of(client.get(answer.url))
    assert Appointment.objects.get(pk=mine.appointment.pk).slot_id == mine.appointment.slot_id


def test_after_its_time_it_can_only_be_looked_at(mine, client):
    with clock.frozen(mine.appointment.slot.ends_at):
        assert client.get(link("move", mine)).status_code == 302
        assert "Hủy lịch" not in text_of(client.get(link("manage", mine)))


def test_the_fresh_page_is_for_a_standing_appointment_only(mine, client):
    assert "Hẹn gặp bạn" in text_of(client.get(link("manage", mine) + "&moi=1"))
    moving.cancel(appointment=mine.appointment, by_label="citizen")
    assert "Hẹn gặp bạn" not in text_of(client.get(link("manage", mine) + "&moi=1"))


def test_whoever_was_refused_entry_chooses_another_time_by_the_same_link(cast, office, today, client):
    visits.refuse_entry(actor=cast.guard, appointment=today, reason="Sốt")
    made = appointments.Booked(today, give_secret(today))
    page = text_of(client.get(link("manage", made)))
    assert "Đổi giờ" in page and "Hủy lịch" not in page
    assert client.get(link("move", made)).status_code == 200
    slot = slots_on(office, TOMORROW)[1]
    assert client.post(link("move", made), {"slot": str(slot.pk)}).url == link("manage", made)
    again = Appointment.objects.get()
    assert (again.state, again.slot_id, again.code) == ("booked", slot.pk, today.code)


def give_secret(appointment):
    """A secret of the test's own for an appointment whose own was told to the citizen only."""
    Appointment.objects.filter(pk=appointment.pk).update(secret_digest=digest("BIMATTHUNGHIEM"))
    return "BIMATTHUNGHIEM"
