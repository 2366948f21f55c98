"""Several workers, the sweep and the people themselves at once: one place, one message, one answer, one task for each."""
import random
from datetime import timedelta

from bookings.models import Appointment, Call, CallTask, OutreachEvent
from bookings.services import answering, appointments, hotline, outreach, sessions
from bookings.services.audit import audit_capacity
from bookings.states import Answer, CallState, OutreachState
from dossiers.models import Dossier
from dossiers.services import processing
from onestop import clock
from onestop.notify.models import Message
from onestop.people.models import User
from tests.bookings.crowd import Crowd
from tests.bookings.test_outreach import make
from tests.cast import WORKDAY_MORNING
from tests.pages.conftest import received

PEOPLE = 30
HONEST = {"done", "busy", "changed_meanwhile", "wrong_state", "settled", "still_proposing"}


def test_many_workers_make_no_second_place_message_or_task(live_cast):
    crowd = Crowd()
    with clock.frozen(WORKDAY_MORNING):
        sessions.generate(office=live_cast.office, first=clock.today(), days=5)
        run = make(live_cast, many=PEOPLE)
        outreach.propose(actor=live_cast.desk, run=run)

        def work(number: int, chance: random.Random) -> None:
            for _turn in range(3):
                crowd.try_("work", outreach.work if number % 2 else lambda pk: outreach.sweep(), pk=run.pk)

        crowd.run(work, 6)
        outreach.sweep()
        assert Appointment.objects.count() == run.people.exclude(appointment=None).count() == PEOPLE and audit_capacity() == []
        outreach.send(actor=live_cast.desk, run=run, answer_by=clock.now() + timedelta(hours=2))
        crowd.run(work, 6)
        outreach.sweep()
        run.refresh_from_db()
        assert run.state == OutreachState.SENT and Message.objects.filter(template_key="outreach_invited").count() == PEOPLE
    with clock.frozen(WORKDAY_MORNING + timedelta(hours=3)):
        crowd.run(work, 6)
        assert CallTask.objects.count() == PEOPLE
        tasks = list(CallTask.objects.select_related("outreach_person").order_by("pk")[:6])

        def answer(number: int, chance: random.Random) -> None:
            """Each person answers behind the link while two operators note the same on the telephone."""
            for task in tasks:
                if number % 3 == 0:
                    crowd.try_("link", outreach.answer, person=task.outreach_person, answer=Answer.ACCEPTED)
                else:
                    actor = User.objects.get(pk=(live_cast.desk if number % 3 == 1 else live_cast.hotline).pk)
                    crowd.try_("phone", answering.answered, actor=actor, task=task, answer=Answer.ACCEPTED)

        crowd.run(answer, 6)
    assert {outcome.split(": ")[1] for outcome in crowd.outcomes} <= HONEST, crowd.outcomes
    assert OutreachEvent.objects.filter(verb="answer").count() == len(tasks)
    assert set(CallTask.objects.filter(pk__in=[task.pk for task in tasks]).values_list("state", flat=True)) == {CallState.DONE}
    assert audit_capacity() == []
    print(dict(crowd.outcomes))


def test_two_operators_book_one_time_for_one_result(live_cast):
    crowd = Crowd()
    with clock.frozen(WORKDAY_MORNING):
        sessions.generate(office=live_cast.office, first=clock.today(), days=3)
        dossier = received(live_cast)
        started = processing.start(actor=live_cast.specialist, dossier=dossier, via="web")
        processing.decide(actor=live_cast.leader, dossier=started, via="web")
        dossier = Dossier.objects.get(pk=dossier.pk)
        slots = list(sessions.Slot.objects.filter(starts_at__gt=clock.now()).order_by("starts_at")[:8])

        def client(number: int, chance: random.Random) -> None:
            person = appointments.Applicant(full_name=f"Người Nhận Số {number}", phone=f"09{number:08d}")
            wish = hotline.Wish(procedure=dossier.procedure, slot_id=slots[number].pk, dossier=Dossier.objects.get(pk=dossier.pk))
            crowd.try_("book", hotline.book_for_caller, actor=User.objects.get(pk=live_cast.hotline.pk), applicant=person, wish=wish)

        crowd.run(client, 8)
    print(dict(crowd.outcomes))
    assert Appointment.objects.filter(dossier=dossier).count() == 1
    assert {outcome.split(": ")[1] for outcome in crowd.outcomes} <= {"done", "already_booked", "busy"}
    assert audit_capacity() == []


def test_the_same_case_and_the_same_call_from_two_taps(live_cast):
    crowd = Crowd()
    with clock.frozen(WORKDAY_MORNING):
        def client(number: int, chance: random.Random) -> None:
            crowd.try_("end", hotline.end_call, actor=User.objects.get(pk=live_cast.hotline.pk), outcome="informed", full_name="Người Gọi",
                       phone="0912345678", note="Hỏi về hồ sơ", office=live_cast.office, started_at=clock.now() - timedelta(minutes=1))

        crowd.run(client, 6)
    assert CallTask.objects.count() == 1 and Call.objects.count() == 1
