"""Outreach (Cà Mau 3): times through the guard, told once, answers tracked, the silent called, places freed on request only."""
from datetime import date, timedelta

import pytest

from bookings.models import Appointment, CallTask, Outreach, Session
from bookings.services import answering, appointments, outreach
from bookings.services.audit import audit_capacity
from bookings.states import Answer, AppointmentState, CallKind, CallOutcome, CallState, OutreachState
from onestop import clock
from onestop.notify.models import Message
from onestop.transitions import Refused
from tests import shared

FIRST, LAST = date(2026, 11, 26), date(2026, 11, 27)


def invitee(number):
    return outreach.Invitee(row=number + 1, full_name=f"Người Mời Số {number}", phone=f"09{number:08d}")


def make(cast, many=6, **more):
    plan = outreach.Plan(name="Trợ cấp tháng 11", procedure=more.pop("procedure", cast.procedure), first_day=more.pop("first_day", FIRST),
                         last_day=more.pop("last_day", LAST), file_digest=more.pop("digest", ""))
    return outreach.make_list(actor=more.pop("actor", cast.desk), office=cast.office, plan=plan,
                           invitees=[invitee(number) for number in range(1, many + 1)], **more)


def run_out(run):
    """What the worker does, job after job."""
    for _turn in range(50):
        outreach.work(run.pk)
        run.refresh_from_db()
    return run


@pytest.fixture
@shared.rows
def proposed(open_office, morning):
    run = make(open_office)
    outreach.propose(actor=open_office.desk, run=run)
    return run_out(run)


@pytest.fixture
@shared.rows
def sent(open_office, proposed, morning):
    outreach.send(actor=open_office.leader, run=proposed, answer_by=clock.now() + timedelta(hours=5))
    return run_out(proposed)


def test_each_gets_a_real_place_spread_over_the_days_and_nobody_is_told_yet(proposed):
    rows = list(proposed.people.select_related("appointment__slot"))
    assert all(row.appointment.state == AppointmentState.BOOKED and row.appointment.channel == "outreach" for row in rows)
    assert {row.appointment.queue_date for row in rows} == {FIRST, LAST}
    assert len({row.appointment.slot_id for row in rows}) == len(rows)
    assert len({row.appointment.slot.session_id for row in rows}) == 4
    assert not Message.objects.exists() and audit_capacity() == []
    with clock.frozen(clock.now() + timedelta(hours=20)):
        from_now = Appointment.objects.unreminded(24)
        assert not from_now.exists()  # nobody is reminded of what they were not told


def test_a_job_twice_proposes_nothing_twice(proposed):
    outreach.work(proposed.pk)
    assert Appointment.objects.count() == 6


def test_a_long_list_goes_on_in_chunks(open_office):
    run = make(open_office, many=60)
    outreach.propose(actor=open_office.desk, run=run)
    outreach.work(run.pk)
    assert run.people.exclude(appointment=None).count() == 25  # killed here, the sweep goes on
    outreach.sweep()
    outreach.sweep()
    assert run.people.exclude(appointment=None).count() == 60
    assert audit_capacity() == []


def test_no_place_is_told_beside_the_name_and_can_be_tried_again(open_office):
    Session.objects.filter(office=open_office.office).update(capacity=0)
    run = make(open_office, many=2)
    outreach.propose(actor=open_office.desk, run=run)
    run_out(run)
    assert set(run.people.values_list("trouble", flat=True)) == {"Không còn chỗ trống trong khoảng ngày mời."}
    Session.objects.filter(office=open_office.office).update(capacity=20)
    outreach.propose(actor=open_office.desk, run=run)
    run_out(run)
    assert run.people.exclude(appointment=None).count() == 2


def test_who_has_an_appointment_already_is_told_beside_the_name(open_office, book):
    book(1, applicant=appointments.Applicant(full_name="Người Mời Số 1", phone="0900000001"))
    run = make(open_office, many=2)
    outreach.propose(actor=open_office.desk, run=run)
    run_out(run)
    assert "đã có một lịch hẹn" in run.people.get(row=2).trouble and run.people.get(row=3).appointment


def test_a_letter_that_closes_the_counter_stops_the_list(open_office, counter_last):
    run = make(open_office, many=1)
    outreach.propose(actor=open_office.desk, run=run)
    run_out(run)
    assert run.people.get().trouble and not Appointment.objects.exists()


def test_everybody_is_told_once(sent):
    assert sent.state == OutreachState.SENT
    messages = Message.objects.filter(template_key="outreach_invited")
    assert messages.count() == 6 and "Xác nhận" in messages[0].body and "khoa=" in messages[0].body
    outreach.work(sent.pk)
    outreach.sweep()
    assert Message.objects.count() == 6
    assert not Appointment.objects.filter(reminded_hours=0).exists()


def test_it_is_not_sent_before_all_have_been_looked_at(open_office):
    run = make(open_office)
    with pytest.raises(Refused):
        outreach.send(actor=open_office.desk, run=run, answer_by=clock.now() + timedelta(hours=1))
    outreach.propose(actor=open_office.desk, run=run)
    with pytest.raises(Refused) as refused:
        outreach.send(actor=open_office.desk, run=run, answer_by=clock.now() + timedelta(hours=1))
    assert refused.value.code == "still_proposing"
    run_out(run)
    with pytest.raises(Refused) as refused:
        outreach.send(actor=open_office.desk, run=run, answer_by=clock.now() - timedelta(hours=1))
    assert refused.value.code == "bad_answer_by"


def test_answers_are_tracked(open_office, sent, slot):
    first, second, third = sent.people.all()[:3]
    assert outreach.open_invitation(Appointment.objects.select_related("slot").get(pk=first.appointment_id)) == first
    outreach.answer(person=first, answer=Answer.ACCEPTED)
    outreach.answer(person=first, answer=Answer.ACCEPTED)
    outreach.answer(person=second, answer=Answer.CANCELLED)
    free = Session.objects.get(office=open_office.office, date=LAST, part="afternoon").slots.order_by("-starts_at").first()
    outreach.answer(person=third, answer=Answer.MOVED, slot_id=free.pk)
    states = [(row.answer, row.appointment.state, row.appointment.slot_id == free.pk) for row in
              (sent.people.get(pk=item.pk) for item in (first, second, third))]
    assert states == [("accepted", "booked", False), ("cancelled", "cancelled", False), ("moved", "booked", True)]
    assert sent.events.filter(verb="answer").count() == 3
    with pytest.raises(Refused):
        outreach.answer(person=second, answer=Answer.ACCEPTED)
    with pytest.raises(Refused):
        outreach.answer(person=first, answer="vui")
    assert audit_capacity() == []


def test_who_moves_or_cancels_elsewhere_has_answered_too(open_office, sent):
    first, second = sent.people.select_related("appointment")[:2]
    appointments.cancel(appointment=first.appointment, by_label="citizen")
    free = Session.objects.get(office=open_office.office, date=LAST, part="afternoon").slots.order_by("-starts_at").first()
    appointments.reschedule(appointment=second.appointment, slot_id=free.pk)
    outreach.sweep()
    assert [row.answer for row in sent.people.all()[:3]] == ["cancelled", "moved", "none"]


def test_the_silent_are_called_once_and_answer_by_phone(open_office, sent):
    outreach.sweep()
    assert not CallTask.objects.exists()
    outreach.answer(person=sent.people.first(), answer=Answer.ACCEPTED)
    with clock.frozen(clock.now() + timedelta(hours=6)):
        outreach.sweep()
        outreach.sweep()
        tasks = list(CallTask.objects.filter(kind=CallKind.INVITED).select_related("outreach_person"))
        assert len(tasks) == 5
        answering.answered(actor=open_office.desk, task=tasks[0], answer=Answer.ACCEPTED)
        answering.attempted(actor=open_office.hotline, task=tasks[1], outcome=CallOutcome.WRONG_NUMBER, seen=0)
        outreach.answer(person=tasks[2].outreach_person, answer=Answer.CANCELLED)
        outreach.sweep()
        found = {task.pk: task.state for task in CallTask.objects.all()}
        assert [found[task.pk] for task in tasks[:3]] == [CallState.DONE, CallState.GIVEN_UP, CallState.DONE]
        answers = sorted(sent.people.values_list("answer", flat=True))
        assert answers == ["accepted", "accepted", "cancelled", "none", "none", "unreachable"]
        assert CallTask.objects.count() == 5


def test_an_answer_by_phone_that_is_refused_changes_nothing(open_office, sent):
    with clock.frozen(clock.now() + timedelta(hours=6)):
        outreach.sweep()
        task = CallTask.objects.select_related("outreach_person").first()
        with pytest.raises(Refused):
            answering.answered(actor=open_office.desk, task=task, answer=Answer.MOVED, slot_id=None)
        task.refresh_from_db()
        assert task.state == CallState.OPEN and task.attempts == 0
        with pytest.raises(Refused):
            answering.answered(actor=open_office.outsider, task=task, answer=Answer.ACCEPTED)


def test_who_could_not_be_placed_is_called_at_once(open_office, book):
    book(1, applicant=appointments.Applicant(full_name="Người Mời Số 1", phone="0900000001"))
    run = make(open_office, many=2)
    outreach.propose(actor=open_office.desk, run=run)
    run_out(run)
    outreach.send(actor=open_office.desk, run=run, answer_by=clock.now() + timedelta(hours=5))
    run_out(run)
    task = CallTask.objects.get()
    assert task.outreach_person.row == 2 and "Chưa xếp được giờ" in task.reason and task.appointment is None


def test_closing_frees_only_the_unanswered_and_only_if_asked(open_office, sent):
    outreach.answer(person=sent.people.first(), answer=Answer.ACCEPTED)
    outreach.close(actor=open_office.desk, run=sent, free=True)
    run_out(sent)
    outreach.close(actor=open_office.desk, run=sent)
    states = list(sent.people.values_list("appointment__state", flat=True))
    assert states == ["booked"] + ["cancelled"] * 5 and audit_capacity() == []
    assert Message.objects.filter(template_key="appointment_cancelled").count() == 5


def test_closing_without_freeing_leaves_the_places(open_office, sent):
    outreach.close(actor=open_office.desk, run=sent)
    run_out(sent)
    assert set(Appointment.objects.values_list("state", flat=True)) == {"booked"}


def test_a_list_that_was_never_sent_gives_all_places_back_without_a_word(open_office, proposed):
    outreach.close(actor=open_office.desk, run=proposed)
    run_out(proposed)
    assert set(Appointment.objects.values_list("state", flat=True)) == {"cancelled"}
    assert not Message.objects.exists() and audit_capacity() == []


def test_somebody_is_left_out_before_sending(open_office, proposed):
    row = proposed.people.select_related("outreach").first()
    assert outreach.drop_person(actor=open_office.desk, person=row)
    assert not outreach.drop_person(actor=open_office.desk, person=row)
    assert proposed.people.count() == 5 and Appointment.objects.filter(state="cancelled").count() == 1


def test_the_list_is_the_offices_own(open_office, proposed):
    for stranger in (open_office.hotline, open_office.administrator, open_office.specialist, open_office.guard, open_office.outsider):
        assert not Outreach.objects.visible_to(stranger).exists()
        with pytest.raises(Refused):
            outreach.propose(actor=stranger, run=proposed)
        with pytest.raises(Refused):
            outreach.close(actor=stranger, run=proposed)


@pytest.mark.parametrize(("more", "code"), [
    ({"first_day": LAST, "last_day": FIRST}, "bad_period"), ({"first_day": date(2026, 11, 1)}, "bad_period"),
    ({"last_day": date(2027, 6, 1)}, "bad_period"), ({"many": 0}, "nobody")])
def test_what_can_be_no_list_is_refused(open_office, more, code):
    with pytest.raises(Refused) as refused:
        make(open_office, **more)
    assert refused.value.code == code and not Outreach.objects.exists()


def test_the_same_file_makes_one_list(open_office):
    run = make(open_office, digest="a" * 64)
    with pytest.raises(Refused) as refused:
        make(open_office, digest="a" * 64)
    assert refused.value.code == "already_uploaded"
    outreach.close(actor=open_office.desk, run=run)
    make(open_office, digest="a" * 64)


def test_the_same_person_twice_in_a_selection_stands_once(open_office):
    plan = outreach.Plan(name="Hai lần", procedure=open_office.procedure, first_day=FIRST, last_day=LAST)
    run = outreach.make_list(actor=open_office.desk, office=open_office.office, plan=plan, invitees=[invitee(1), invitee(1)])
    assert run.people.count() == 1


def test_the_guard_holds_for_lists_too(open_office, book, session):
    """A session with two dossiers left takes two of the list, whatever its length."""
    Session.objects.filter(office=open_office.office).exclude(pk=session.pk).update(capacity=0)
    Session.objects.filter(pk=session.pk).update(capacity=2)
    run = make(open_office, many=5, last_day=FIRST)
    outreach.propose(actor=open_office.desk, run=run)
    run_out(run)
    session.refresh_from_db()
    assert session.booked == 2 and run.people.exclude(trouble="").count() == 3 and audit_capacity() == []
