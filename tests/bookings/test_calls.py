"""The call list and the log: a try counts once, silence is tried again later and then given up, an office settles what it was handed."""
from datetime import timedelta

import pytest

from bookings.models import Call, CallTask, CallTaskEvent
from bookings.services import calls, hotline
from bookings.states import CallKind, CallOutcome, CallState
from onestop import clock
from onestop.notify.models import Message
from onestop.transitions import Refused
from tests.bookings.conftest import person


@pytest.fixture
def handed(open_office):
    return calls.hand_over(actor=open_office.hotline, office=open_office.office, full_name="Người Gọi Mẫu", phone="0912 345 678",
                           note="Hỏi về trích lục đã nộp tháng trước.")


def attempt(open_office, task, outcome=CallOutcome.NO_ANSWER, **more):
    return calls.attempt(actor=more.pop("actor", open_office.desk), task=task, outcome=outcome, **more)


def test_a_case_is_handed_once_and_the_office_settles_it(open_office, handed):
    again = calls.hand_over(actor=open_office.hotline, office=open_office.office, full_name="Người Gọi Mẫu", phone="0912345678",
                            note="Hỏi về trích lục đã nộp tháng trước.")
    assert again.pk == handed.pk and handed.kind == CallKind.HANDED and handed.created_by == open_office.hotline
    assert list(CallTask.objects.visible_to(open_office.desk)) == [handed]
    assert not CallTask.objects.visible_to(open_office.outsider).exists()
    assert not CallTask.objects.visible_to(open_office.guard).exists()
    done = attempt(open_office, handed, CallOutcome.INFORMED, note="Đã hướng dẫn.", seen=0)
    assert done.state == CallState.DONE and Call.objects.get().task == handed
    assert attempt(open_office, handed, CallOutcome.NO_ANSWER).state == CallState.DONE
    assert Call.objects.count() == 1
    assert [event.verb for event in CallTaskEvent.objects.filter(subject=handed)] == ["add", "settle"]


@pytest.mark.parametrize(("note", "phone", "code"), [("", "0912345678", "note_needed"), ("Hỏi về hồ sơ", "", "phone_needed")])
def test_a_case_without_words_or_number_is_not_handed(open_office, note, phone, code):
    with pytest.raises(Refused) as refused:
        calls.hand_over(actor=open_office.hotline, office=open_office.office, full_name="Người Mẫu", phone=phone, note=note)
    assert refused.value.code == code and not CallTask.objects.exists()


def test_only_the_hotline_hands_over_and_only_the_office_or_hotline_calls(open_office, handed):
    with pytest.raises(Refused) as refused:
        calls.hand_over(actor=open_office.desk, office=open_office.other_office, full_name="Mẫu", phone="0912345678",
                        note="Chuyển việc này")
    assert refused.value.status == 403
    for stranger in (open_office.outsider, open_office.guard, open_office.citizen):
        with pytest.raises(Refused):
            attempt(open_office, handed, actor=stranger)


def test_nobody_answers_is_tried_again_later_and_then_given_up(open_office, handed, settings):
    settings.CALL_AGAIN_MINUTES, settings.CALL_ATTEMPTS = 30, 3
    first = attempt(open_office, handed)
    assert (first.state, first.attempts, first.next_at) == (CallState.OPEN, 1, clock.now() + timedelta(minutes=30))
    second = attempt(open_office, handed, CallOutcome.DROPPED)
    assert second.next_at == clock.now() + timedelta(minutes=60)
    third = attempt(open_office, handed)
    assert third.state == CallState.GIVEN_UP and Call.objects.count() == 3


def test_a_wrong_number_is_given_up_at_once(open_office, handed):
    assert attempt(open_office, handed, CallOutcome.WRONG_NUMBER).state == CallState.GIVEN_UP


def test_the_same_form_sent_twice_counts_one_try(open_office, handed):
    attempt(open_office, handed, seen=0)
    assert attempt(open_office, handed, seen=0).attempts == 1
    assert Call.objects.count() == 1


def test_an_unknown_outcome_is_refused(open_office, handed):
    with pytest.raises(Refused) as refused:
        attempt(open_office, handed, "vui")
    assert refused.value.code == "unknown_outcome"


def test_every_booking_of_the_hotline_is_in_the_log(open_office, slot):
    began = clock.now() - timedelta(seconds=50)
    wish = hotline.Wish(procedure=open_office.procedure, slot_id=slot.pk)
    booked = hotline.book_for_caller(actor=open_office.hotline, applicant=person(1), wish=wish, started_at=began)
    call = Call.objects.get()
    assert (call.outcome, call.appointment, call.operator, call.province) == (
        CallOutcome.BOOKED, booked.appointment, open_office.hotline, open_office.province)
    assert (call.ended_at - call.started_at).total_seconds() == 50
    hotline.cancel_for_caller(actor=open_office.hotline, appointment=booked.appointment, started_at=began)
    hotline.cancel_for_caller(actor=open_office.hotline, appointment=booked.appointment, started_at=began)
    assert Call.objects.filter(outcome=CallOutcome.CHANGED).count() == 1


def test_a_call_that_began_in_the_future_began_now(open_office):
    call = calls.log(operator=open_office.hotline, outcome=CallOutcome.INFORMED, started_at=clock.now() + timedelta(hours=1))
    assert call.started_at == clock.now()


def test_the_message_is_sent_again_once_a_minute(open_office, book):
    appointment = book(1).appointment
    before = Message.objects.count()
    first = calls.send_again(actor=open_office.hotline, appointment=appointment)
    assert calls.send_again(actor=open_office.hotline, appointment=appointment) == first
    assert Message.objects.count() == before + 1 and appointment.code in first.body
    with clock.frozen(clock.now() + timedelta(minutes=2)):
        calls.send_again(actor=open_office.hotline, appointment=appointment)
    assert Message.objects.count() == before + 2
    with pytest.raises(Refused):
        calls.send_again(actor=open_office.outsider, appointment=appointment)


def test_overbooking_needs_the_right_a_reason_and_room(open_office, slot):
    full = hotline.Wish(procedure=open_office.procedure, slot_id=slot.pk, people=slot.capacity)
    hotline.book_for_caller(actor=open_office.hotline, applicant=person(1), wish=full)
    above = hotline.Wish(procedure=open_office.procedure, slot_id=slot.pk, overbook_reason="Người cao tuổi ở xa")
    with pytest.raises(Refused) as refused:
        hotline.book_for_caller(actor=open_office.hotline, applicant=person(2), wish=above)
    assert refused.value.code == "not_allowed"
    with pytest.raises(Refused) as refused:
        hotline.book_for_caller(actor=open_office.leader, applicant=person(2), wish=above)
    assert refused.value.code == "slot_full"  # the room's cap is the same as the declared number: nobody goes above it
