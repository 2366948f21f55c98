"""Lists of people that do not go as planned: messages that fail, people who act on their own, offices that close, lists left lying."""
from datetime import timedelta

import pytest

from bookings.models import Appointment, CallTask, Outreach, OutreachEvent
from bookings.services import answering, appointments, noshow, outreach
from bookings.services.audit import audit_capacity
from bookings.services.outreach import sweeping
from bookings.states import Answer, AppointmentState, CallKind, CallState, OutreachState
from onestop import clock
from onestop.notify.models import Message
from onestop.notify.states import State as Sent
from onestop.people.models import Assignment
from onestop.transitions import Refused
from tests import shared
from tests.bookings.test_outreach import make, run_out


@pytest.fixture
@shared.rows
def proposed(open_office, morning):
    run = make(open_office, many=4)
    outreach.propose(actor=open_office.desk, run=run)
    return run_out(run)


@pytest.fixture
@shared.rows
def sent(open_office, proposed, morning):
    outreach.send(actor=open_office.leader, run=proposed, answer_by=clock.now() + timedelta(hours=20))
    return run_out(proposed)


def others_slot(appointment, cast):
    """Another time at the same office."""
    later = cast.office.sessions.get(date=appointment.queue_date + timedelta(days=4) if appointment.queue_date.weekday() == 4
                                     else appointment.queue_date, part="afternoon")
    return later.slots.exclude(pk=appointment.slot_id).order_by("-starts_at").first()


def test_nobody_is_asked_to_answer_after_their_own_time(open_office, proposed):
    outreach.send(actor=open_office.leader, run=proposed, answer_by=clock.at(proposed.last_day, 23, 59))
    run_out(proposed)
    for person in proposed.people.select_related("appointment__slot"):
        body = Message.objects.get(event_key=f"appointment:{person.appointment_id}:invited:{proposed.pk}").body
        assert f"trước {clock.local(person.appointment.slot.starts_at):%H:%M %d/%m/%Y}" in body


@pytest.mark.parametrize("state", [Sent.PERMANENT, Sent.TECHNICAL])
def test_whose_invitation_fails_is_called_at_the_next_sweep(sent, state):
    first = sent.people.select_related("appointment").first()
    Message.objects.filter(event_key=f"appointment:{first.appointment_id}:invited:{sent.pk}").update(state=state)
    assert outreach.sweep() == 1 and outreach.sweep() == 0
    task = CallTask.objects.get()
    assert (task.outreach_person_id, task.kind, task.state) == (first.pk, CallKind.INVITED, CallState.OPEN)
    assert "không gửi được" in task.reason


def test_a_failed_invitation_that_is_retried_and_answered_calls_nobody(sent):
    first = sent.people.first()
    outreach.answer(person=first, answer=Answer.ACCEPTED)
    Message.objects.filter(event_key=f"appointment:{first.appointment_id}:invited:{sent.pk}").update(state=Sent.PERMANENT)
    assert outreach.sweep() == 0 and not CallTask.objects.exists()


def test_whom_no_message_can_reach_is_called_at_the_next_sweep(open_office, proposed, settings):
    settings.NOTIFY_CHANNELS = ["email"]  # nobody of the list has an address
    outreach.send(actor=open_office.leader, run=proposed, answer_by=clock.now() + timedelta(hours=20))
    run_out(proposed)
    outreach.sweep()
    assert CallTask.objects.filter(kind=CallKind.INVITED).count() == 4


def test_who_was_never_told_never_failed_to_come(open_office, proposed):
    with clock.frozen(clock.now() + timedelta(days=3)):
        outreach.sweep()
        assert noshow.record() == 0
        assert not Appointment.objects.filter(state=AppointmentState.NO_SHOW).exists()
        assert set(proposed.people.values_list("appointment", flat=True)) == {None}
        assert not proposed.people.filter(trouble="").exists()
    assert not Message.objects.exists() and audit_capacity() == []


def test_who_was_never_told_is_no_no_show_even_before_the_sweep(open_office, proposed):
    with clock.frozen(clock.now() + timedelta(days=3)):
        assert noshow.record() == 0


def test_who_moved_just_before_the_list_was_closed_keeps_the_place(open_office, sent):
    person = sent.people.select_related("appointment__slot").first()
    appointments.reschedule(appointment=person.appointment, slot_id=others_slot(person.appointment, open_office).pk, actor_label="citizen")
    outreach.close(actor=open_office.desk, run=sent, free=True)
    run_out(sent)
    person.refresh_from_db()
    assert person.appointment.state == AppointmentState.BOOKED and person.answer == Answer.MOVED
    assert Appointment.objects.filter(state=AppointmentState.CANCELLED).count() == 3


def test_who_could_not_be_reached_but_moved_keeps_the_place(open_office, sent):
    person = sent.people.select_related("appointment__slot").first()
    outreach.unreachable(person=person)
    appointments.reschedule(appointment=person.appointment, slot_id=others_slot(person.appointment, open_office).pk, actor_label="citizen")
    outreach.sweep()
    person.refresh_from_db()
    assert person.answer == Answer.MOVED


def test_being_moved_by_the_office_is_no_answer(open_office, sent):
    person = sent.people.select_related("appointment__slot").first()
    appointments.reschedule(appointment=person.appointment, slot_id=others_slot(person.appointment, open_office).pk, actor_label="worker")
    outreach.sweep()
    person.refresh_from_db()
    assert person.answer == Answer.NONE


def test_one_broken_list_stops_no_other(open_office, monkeypatch):
    first, second = make(open_office, many=1), make(open_office, many=2, procedure=open_office.field_procedure)
    for run in (first, second):
        outreach.propose(actor=open_office.desk, run=run)

    def broken(run, ordinary=sweeping.STEPS[OutreachState.PROPOSED]):
        if run.pk == first.pk:
            raise RuntimeError("a row that nobody thought of")
        return ordinary(run)

    monkeypatch.setitem(sweeping.STEPS, OutreachState.PROPOSED, broken)
    outreach.sweep()
    assert second.people.filter(appointment=None).count() == 0


def test_times_are_proposed_though_who_made_the_list_works_here_no_more(open_office):
    run = make(open_office, many=2)
    Assignment.objects.filter(user=open_office.desk).delete()
    outreach.propose(actor=open_office.leader, run=run)
    run_out(run)
    assert run.people.filter(appointment__state=AppointmentState.BOOKED).count() == 2


@pytest.fixture
def asked(open_office, sent):
    """A task for the first person of the list."""
    Outreach.objects.update(answer_by=clock.now())
    outreach.call_silent()
    return CallTask.objects.order_by("pk").first()


def test_a_stale_answer_changes_no_given_one(open_office, asked):
    answering.answered(actor=open_office.desk, task=asked, answer=Answer.ACCEPTED)
    again = answering.answered(actor=open_office.hotline, task=asked, answer=Answer.ACCEPTED)
    assert again.attempts == 1
    with pytest.raises(Refused) as refusal:
        answering.answered(actor=open_office.hotline, task=asked, answer=Answer.CANCELLED)
    assert refusal.value.status == 409
    asked.outreach_person.appointment.refresh_from_db()
    assert asked.outreach_person.appointment.state == AppointmentState.BOOKED


def test_moved_by_phone_twice_is_one_answer(open_office, asked):
    slot = others_slot(asked.outreach_person.appointment, open_office)
    for _twice in range(2):
        answering.answered(actor=open_office.desk, task=asked, answer=Answer.MOVED, slot_id=slot.pk)
    assert OutreachEvent.objects.filter(verb="answer").count() == 1


def test_an_answer_while_somebody_else_noted_a_try_is_logged(open_office, asked):
    answering.attempted(actor=open_office.hotline, task=asked, outcome="no_answer", seen=0)
    row = answering.answered(actor=open_office.desk, task=asked, answer=Answer.ACCEPTED)
    assert (row.state, row.attempts) == (CallState.DONE, 2)


@pytest.mark.parametrize("answer", [Answer.MOVED, Answer.CANCELLED])
def test_a_specialist_who_calls_may_note_every_answer(open_office, asked, answer):
    slot = others_slot(asked.outreach_person.appointment, open_office)
    answering.answered(actor=open_office.specialist, task=asked, answer=answer, slot_id=slot.pk)
    asked.outreach_person.refresh_from_db()
    assert asked.outreach_person.answer == answer


def test_nobody_else_may(open_office, asked):
    for user in (open_office.guard, open_office.carrier, open_office.monitor, open_office.outsider):
        with pytest.raises(Refused) as refusal:
            answering.answered(actor=user, task=asked, answer=Answer.CANCELLED)
        assert refusal.value.status == 403
