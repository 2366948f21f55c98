"""A limit per phone a day, the cut-off for changes, no change of person: staff channels are exempt (booking.md)."""
from datetime import timedelta

import pytest

from bookings.models import Appointment
from bookings.services import appointments, moving
from bookings.states import APPOINTMENT_TRANSITIONS
from onestop import clock
from onestop.transitions import Refused


def same_phone(number):
    return appointments.Applicant(full_name=f"Người Thử {'Ă' * number}", phone="0900000001")


def test_five_bookings_a_day_from_one_phone(open_office, book, session):
    slots = list(session.slots.order_by("starts_at"))
    for number in range(1, 6):
        book(applicant=same_phone(number), at=slots[number])
    with pytest.raises(Refused) as caught:
        book(applicant=same_phone(6), at=slots[6])
    assert (caught.value.code, caught.value.status) == ("phone_limit", 422) and "5 lịch hẹn" in str(caught.value.sentence)
    book(applicant=same_phone(7), at=slots[6], channel="hotline", actor=open_office.hotline)
    with clock.frozen(clock.now() + timedelta(hours=16)):
        assert book(applicant=same_phone(6), at=slots[6]).appointment.pk


def test_cancelled_bookings_count_too(open_office, book, settings):
    settings.BOOKINGS_PER_PHONE_DAY = 1
    moving.cancel(appointment=book(applicant=same_phone(1)).appointment, by_label="citizen")
    with pytest.raises(Refused):
        book(applicant=same_phone(1))
    settings.BOOKINGS_PER_PHONE_DAY = 0  # no limit
    book(applicant=same_phone(1))


def test_until_the_cut_off_and_then_only_staff(open_office, book, slot, session):
    made, second = book(1).appointment, session.slots.order_by("starts_at")[4]
    with clock.frozen(slot.starts_at - timedelta(minutes=121)):
        moving.reschedule(appointment=made, slot_id=session.slots.order_by("starts_at")[1].pk)
        moving.reschedule(appointment=made, slot_id=slot.pk)
    with clock.frozen(slot.starts_at - timedelta(minutes=120)):
        for act in (lambda: moving.cancel(appointment=made, by_label="citizen"),
                    lambda: moving.reschedule(appointment=made, slot_id=second.pk)):
            with pytest.raises(Refused) as caught:
                act()
            assert (caught.value.code, caught.value.status) == ("too_near", 409)
            assert "2 giờ" in str(caught.value.sentence) and "tổng đài 1900 0000" in str(caught.value.sentence)
        moving.reschedule(appointment=made, slot_id=second.pk, actor=open_office.hotline)
    with clock.frozen(second.starts_at - timedelta(minutes=5)):
        assert moving.cancel(appointment=made, by_label="hotline", actor=open_office.hotline).state == "cancelled"


def test_no_verb_changes_the_person(open_office, book, session):
    assert set(APPOINTMENT_TRANSITIONS) & {"rename", "transfer", "change_person", "change_applicant"} == set()
    made = book(1).appointment
    moved = moving.reschedule(appointment=made, slot_id=session.slots.order_by("starts_at")[3].pk)
    before, after = made, Appointment.objects.get(pk=moved.pk)
    assert [getattr(after, name) for name in ("full_name", "phone", "person_key", "citizen_id", "email")] == [
        getattr(before, name) for name in ("full_name", "phone", "person_key", "citizen_id", "email")]


def test_one_active_booking_per_person_and_procedure(open_office, book, session):
    book(1)
    with pytest.raises(Refused) as caught:
        book(1, at=session.slots.order_by("starts_at")[3])
    assert caught.value.code == "already_booked"
    book(1, purpose="collect")  # another matter
    book(2, at=session.slots.order_by("starts_at")[3])
