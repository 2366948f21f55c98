"""A booking takes its dossiers and people, gives a code, a number and a message, and is refused with a sentence else."""
from datetime import timedelta

import pytest

from bookings.models import Appointment, AppointmentEvent, Slot
from bookings.services import appointments, holds, sessions
from bookings.services.audit import audit_capacity
from bookings.states import AppointmentState, BookedBy, Purpose
from onestop import clock
from onestop.notify.models import Message
from onestop.people.tokens import matches
from onestop.transitions import Refused
from tests.bookings.conftest import person


def refused(code, call, **kwargs):
    with pytest.raises(Refused) as caught:
        call(**kwargs)
    assert caught.value.code == code, caught.value.code
    return caught.value


def test_booking_counts_both_limits_and_tells_the_person(book, slot, session, open_office):
    booked = book(1, people=2, dossiers=3)
    slot.refresh_from_db()
    session.refresh_from_db()
    assert (slot.booked, session.booked) == (2, 3)
    row = booked.appointment
    assert row.queue_number == 1 and row.office == open_office.office and row.queue_date == session.date
    assert matches(booked.secret, row.secret_digest) and booked.secret not in row.secret_digest
    message = Message.objects.get(event_key=f"appointment:{row.pk}:booked")
    assert row.code in message.body and booked.secret in message.body and "07:30" in message.body and "26/11/2026" in message.body
    assert AppointmentEvent.objects.get(subject=row).verb == "book"
    assert audit_capacity() == []


def test_sensitive_procedure_is_not_named_in_the_message(book, open_office):
    open_office.procedure.sensitive = True
    open_office.procedure.save()
    booked = book(1, procedure=open_office.procedure)
    assert open_office.procedure.name not in Message.objects.get(event_key=f"appointment:{booked.appointment.pk}:booked").body


def test_queue_numbers_have_no_gaps(book, slot, session):
    numbers = []
    for number in range(1, 9):
        numbers.append(book(number).appointment.queue_number)
        refused("already_booked", book, number=number)
    assert numbers == list(range(1, 9))


def test_full_slot_then_full_session(book, slot, session):
    for number in range(1, 11):
        book(number)
    assert refused("slot_full", book, number=11).status == 409
    second, third = session.slots.order_by("starts_at")[1:3]
    book(11, at=second, dossiers=10)
    assert refused("session_full", book, number=12, at=third).status == 409


def test_one_active_booking_per_person_and_procedure(book, open_office, slot):
    first = book(1)
    assert refused("already_booked", book, number=1).status == 409
    other_tones = appointments.Applicant(full_name="NGUOI THU SO 1", phone="+84 900 000 001")
    refused("already_booked", book, applicant=other_tones)
    book(1, purpose=Purpose.COLLECT)
    book(1, procedure=open_office.field_procedure)
    appointments.cancel(appointment=first.appointment, by_label="công dân")
    book(1)
    assert audit_capacity() == []


def test_identity_number_makes_the_person(book):
    book(applicant=person(1, citizen_id="001234567890"))
    refused("already_booked", book, applicant=person(2, citizen_id="001234567890"))


@pytest.mark.parametrize(("field", "value"), [
    ("full_name", ""), ("full_name", "A"), ("full_name", "x" * 121), ("full_name", "12345"), ("full_name", "\x00\x00"),
    ("phone", ""), ("phone", "123"), ("phone", "không có"), ("phone", "0" * 30), ("citizen_id", "12345"),
    ("citizen_id", "x" * 12), ("citizen_id", "١" * 12), ("email", "không@"), ("email", "a" * 300 + "@x.vn")])
def test_bad_applicant_is_told_field_by_field(book, field, value):
    given = {"full_name": "Người Thử", "phone": "0912345678", "citizen_id": "", "email": ""} | {field: value}
    refusal = refused("invalid_applicant", book, applicant=appointments.Applicant(**given))
    assert list(refusal.fields) == [field]
    assert Appointment.objects.count() == 0


def test_names_are_stored_in_nfc(book):
    decomposed = "Nguye\u0302\u0303n Thi\u0323 Ho\u0300a"
    row = book(applicant=appointments.Applicant(full_name=decomposed, phone="0912345678")).appointment
    assert row.full_name == "Nguyễn Thị Hòa" and row.search_name == "nguyen thi hoa"


def test_past_far_unknown_and_closed_slots(book, slot, session, open_office):
    with clock.frozen(slot.starts_at + timedelta(minutes=1)):
        refused("slot_past", book)
    refused("unknown_slot", appointments.book, applicant=person(1), procedure=open_office.procedure, purpose="submit",
            channel=BookedBy.WEB, slot_id=10**30)
    sessions.set_state(actor=open_office.leader, session=session, state="closed", reason="Họp")
    refused("closed", book)
    sessions.set_state(actor=open_office.leader, session=session, state="open", reason="Hết họp")
    book(1)
    with clock.frozen(slot.starts_at - timedelta(days=40)):
        refused("too_far", book, number=2)


@pytest.mark.parametrize(("people", "dossiers"), [(0, 1), (1, 0), (11, 1), (1, 21), (-1, 1)])
def test_sizes(book, people, dossiers):
    refused("too_many", book, people=people, dossiers=dossiers)


def test_unusable_and_foreign_procedures(book, open_office):
    open_office.procedure.levels = ["province"]
    open_office.procedure.save()
    refused("not_done_here", book, procedure=open_office.procedure)
    open_office.procedure.state = "needs_review"
    open_office.procedure.save()
    refused("procedure_unusable", book, procedure=open_office.procedure)


def test_hold_becomes_booking_and_is_never_free_in_between(book, slot, session, open_office):
    _hold, token = holds.place_hold(slot_id=slot.pk, procedure=open_office.procedure, purpose="submit", people=2)
    slot.refresh_from_db()
    assert (slot.held, slot.booked) == (2, 0)
    booked = book(1, hold_token=token)
    slot.refresh_from_db()
    session.refresh_from_db()
    assert (slot.held, slot.booked, session.held, session.booked) == (0, 2, 0, 1)
    assert booked.appointment.people == 2
    refused("hold_used", book, number=2, hold_token=token)
    refused("hold_used", holds.release_hold, token=token)
    refused("unknown_hold", book, number=2, hold_token="nonesuch")
    assert audit_capacity() == []


def test_expired_hold_is_freed_by_the_next_taker(book, slot, open_office):
    _hold, token = holds.place_hold(slot_id=slot.pk, procedure=open_office.procedure, purpose="submit", people=10)
    refused("slot_full", book)
    with clock.frozen(clock.now() + timedelta(minutes=11)):
        book(1)
        refused("hold_expired", book, number=2, hold_token=token)
        refused("hold_expired", holds.extend_hold, token=token)
    assert audit_capacity() == []


def test_extensions_are_capped_and_release_is_harmless_twice(slot, open_office, settings):
    _hold, token = holds.place_hold(slot_id=slot.pk, procedure=open_office.procedure, purpose="submit")
    for _unused in range(settings.HOLD_EXTENSIONS):
        holds.extend_hold(token=token)
    refused("extended_enough", holds.extend_hold, token=token)
    holds.release_hold(token=token)
    holds.release_hold(token=token)
    slot.refresh_from_db()
    assert slot.held == 0
    assert holds.expire_holds() == 0


def test_overbooking_is_a_right_with_a_reason_and_stays_under_the_room_cap(book, slot, session, open_office):
    for number in range(1, 10):
        book(number, dossiers=2)
    second = session.slots.order_by("starts_at")[1]
    book(50, at=second, dossiers=2)
    refused("session_full", book, number=51, at=second)
    refused("not_allowed", book, number=51, at=second, overbook_reason="Người già yếu", actor=open_office.desk)
    over = book(51, at=second, overbook_reason="Người già yếu", actor=open_office.leader, channel=BookedBy.COUNTER).appointment
    session.refresh_from_db()
    assert (session.capacity, session.extra, session.booked) == (20, 1, 21)
    refused("session_full", book, number=52, at=second)
    appointments.cancel(appointment=over, by_label="công dân")
    session.refresh_from_db()
    assert (session.extra, session.booked) == (0, 20)
    refused("session_full", book, number=52, at=second)
    Slot.objects.filter(pk=second.pk).update(capacity=1)
    refused("slot_full", book, number=53, at=slot, people=2, overbook_reason="x", actor=open_office.leader)
    assert audit_capacity() == []


def test_hotline_books_across_offices_but_not_another_provinces(book, open_office):
    row = book(1, actor=open_office.hotline, channel=BookedBy.HOTLINE).appointment
    assert row.channel == "hotline" and row.booked_by == open_office.hotline
    refused("not_allowed", book, number=2, actor=open_office.outsider, channel=BookedBy.HOTLINE)
    refused("not_allowed", book, number=2, actor=open_office.citizen, channel=BookedBy.COUNTER)
    refused("unknown_channel", book, number=2, channel="fax")


def test_cancel_is_harmless_twice_and_frees(book, slot):
    row = book(1).appointment
    appointments.cancel(appointment=row, by_label="công dân", reason="Bận")
    appointments.cancel(appointment=row, by_label="công dân")
    slot.refresh_from_db()
    assert slot.booked == 0
    assert Message.objects.filter(event_key__startswith=f"appointment:{row.pk}:cancelled").count() == 1
    assert Appointment.objects.get(pk=row.pk).state == AppointmentState.CANCELLED


def test_move_takes_the_new_place_first_and_gives_a_new_number_on_another_day(book, slot, session, open_office):
    row = book(1).appointment
    book(2)
    second = session.slots.order_by("starts_at")[1]
    moved = appointments.reschedule(appointment=row, slot_id=second.pk)
    assert (moved.queue_number, moved.slot_id) == (1, second.pk)
    appointments.reschedule(appointment=row, slot_id=second.pk)
    day_after = Slot.objects.filter(session__office=open_office.office, session__date__gt=session.date).order_by("starts_at").first()
    Slot.objects.filter(pk=day_after.pk).update(capacity=0)
    refused("slot_full", appointments.reschedule, appointment=row, slot_id=day_after.pk)
    Slot.objects.filter(pk=day_after.pk).update(capacity=1)
    moved = appointments.reschedule(appointment=row, slot_id=day_after.pk)
    assert moved.queue_number == 1 and moved.queue_date == day_after.session.date
    assert Message.objects.filter(event_key__startswith=f"appointment:{row.pk}:moved").count() == 2
    refused("slot_full", appointments.reschedule, appointment=book(3).appointment, slot_id=day_after.pk)
    assert audit_capacity() == []


def test_move_inside_a_full_session(book, session):
    first, second = session.slots.order_by("starts_at")[:2]
    row = book(1, at=first, dossiers=20).appointment
    assert appointments.reschedule(appointment=row, slot_id=second.pk).slot_id == second.pk
    session.refresh_from_db()
    assert session.booked == 20 and audit_capacity() == []
