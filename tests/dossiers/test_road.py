"""A dossier's road through the services: three ways in, the clock, the result, the hand-over."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from dossiers import deadlines
from dossiers.models import ClockEntry, Dossier, DossierEvent
from dossiers.services import intake, ledger, processing
from dossiers.states import Kind, State
from onestop import clock
from onestop.notify.models import Message
from onestop.transitions import Refused
from tests.dossiers.conftest import APPLICANT

WEDNESDAY = date(2026, 11, 25)


def templates(dossier: Dossier) -> list[str]:
    return list(
        Message.objects.filter(event_key__startswith=f"dossier:{dossier.pk}:").order_by("pk").values_list("template_key", flat=True)
    )


def test_online_submission_waits_for_acceptance_within_eight_working_hours(desk, morning):
    made = desk.submit()
    dossier = made.dossier
    assert dossier.state == State.SUBMITTED and dossier.code is None and len(dossier.reference) == 8
    assert dossier.accept_due_at == clock.at(WEDNESDAY + timedelta(days=1), 9, 30)  # 7.5 hours a day
    assert made.secret and made.secret not in str(Dossier.objects.values().get(pk=dossier.pk))
    assert templates(dossier) == ["dossier_submitted"]
    assert [paper.name for paper in dossier.papers.all()] == ["Tờ khai đăng ký khai sinh", "Giấy chứng sinh"]


def test_sent_at_night_the_limit_counts_from_the_next_morning(desk):
    with clock.frozen(clock.at(date(2026, 11, 20), 22)):  # a Friday
        assert desk.submit().dossier.accept_due_at == clock.at(date(2026, 11, 25), 8)  # Monday, 24/11 is a holiday


def test_acceptance_gives_code_dates_receipt_and_message(desk, cast, morning):
    dossier = intake.accept(actor=cast.desk, dossier=desk.submit().dossier, via="web")
    dossier = desk.fresh(dossier)
    assert dossier.code == "H13.70-261125-0001" and dossier.public_code == 2
    assert dossier.due_at == dossier.original_due_at == clock.at(date(2026, 12, 2), 17)
    assert dossier.calendar_versions == {"2026": 1}
    assert dossier.forms.get().kind == "receipt"
    assert templates(dossier) == ["dossier_submitted", "dossier_accepted"]
    assert [event.verb for event in dossier.events.all()] == ["submit", "accept"]


def test_accepting_twice_is_harmless_and_says_so(desk, cast, morning):
    dossier = desk.submit().dossier
    intake.accept(actor=cast.desk, dossier=dossier, via="web")
    with pytest.raises(Refused) as refusal:
        intake.accept(actor=cast.specialist, dossier=dossier, via="web")
    assert (refusal.value.code, refusal.value.status) == ("already_done", 409)
    assert ClockEntry.objects.filter(dossier=dossier).count() == 1


def test_accepted_after_hours_is_received_the_next_working_day(desk, cast):
    with clock.frozen(clock.at(date(2026, 11, 20), 18)):
        dossier = desk.fresh(intake.accept(actor=cast.desk, dossier=desk.submit().dossier, via="web"))
    assert dossier.received_at == clock.at(date(2026, 11, 23), 7, 30) and dossier.code == "H13.70-261123-0001"


def test_the_counter_accepts_at_once(desk, morning):
    dossier = desk.receive()
    assert dossier.state == State.ACCEPTED and dossier.channel == "in_person"
    assert [paper.present for paper in dossier.papers.all()] == [True, False]


def test_post_starts_its_term_at_acceptance(desk, cast, morning):
    made = intake.register_postal(
        actor=cast.desk, office=cast.office, procedure=cast.procedure, applicant=APPLICANT, request=intake.Request()
    )
    assert made.dossier.state == State.SUBMITTED
    with clock.frozen(clock.at(date(2026, 11, 30), 9)):
        dossier = desk.fresh(intake.accept(actor=cast.desk, dossier=made.dossier, via="web"))
    assert dossier.due_at == clock.at(date(2026, 12, 7), 17)


def test_a_refused_submission_has_its_reason_form_and_message(desk, cast, morning):
    dossier = intake.refuse(
        actor=cast.desk, dossier=desk.submit().dossier, via="web", reason="Không thuộc thẩm quyền", legal_basis="Điều 17"
    )
    assert dossier.public_code == 3 and dossier.forms.get().kind == "refusal"
    assert "Không thuộc thẩm quyền" in Message.objects.get(template_key="dossier_refused").body
    with pytest.raises(Refused) as refusal:
        intake.refuse(actor=cast.desk, dossier=desk.submit().dossier, via="web", reason="  ")
    assert refusal.value.code == "reason_missing"


def test_supplement_stops_the_clock_and_resume_lets_it_run_on(desk, cast, morning):
    dossier = desk.receive()
    with clock.frozen(clock.at(date(2026, 11, 26), 9)):
        asked = processing.request_supplement(
            actor=cast.specialist, dossier=dossier, items=["Bản sao hộ khẩu", " "], answer_by=date(2026, 12, 10), via="web"
        )
    assert asked.items == ["Bản sao hộ khẩu"]
    stopped = ledger.outcome(desk.fresh(dossier))
    assert stopped is not None and stopped.stopped and desk.fresh(dossier).public_code == 5
    with clock.frozen(clock.at(date(2026, 11, 30), 9)):
        resumed = processing.resume(actor=cast.desk, dossier=dossier, via="web")
    assert resumed.state == State.PROCESSING and resumed.due_at == clock.at(date(2026, 12, 4), 17)  # two working days later
    assert resumed.original_due_at == clock.at(date(2026, 12, 2), 17)
    assert resumed.supplements.get().answered_at == clock.at(date(2026, 11, 30), 9)
    assert {form.kind for form in resumed.forms.all()} == {"receipt", "supplement"}


def test_decide_ends_the_clock_and_hand_over_returns(desk, cast, morning):
    dossier = processing.start(actor=cast.specialist, dossier=desk.receive(), via="web")
    assert dossier.assignee == cast.specialist
    dossier = processing.decide(actor=cast.specialist, dossier=dossier, via="web", note="Giấy khai sinh số 1")
    assert dossier.public_code == 9 and dossier.clock.filter(kind=Kind.END).count() == 1
    dossier = processing.hand_over(actor=cast.desk, dossier=dossier, via="web")
    assert dossier.public_code == 10 and dossier.returned_at == clock.now()
    assert templates(dossier) == ["dossier_accepted", "dossier_result", "dossier_returned"]


def test_the_carrier_hands_over_by_its_name(desk, cast, morning):
    dossier = processing.decide(actor=cast.specialist, dossier=desk.receive(), via="web")
    processing.hand_over(actor=None, actor_label="Bưu điện mẫu", dossier=dossier, via="carrier")
    assert DossierEvent.objects.get(verb="hand_over").actor_label == "Bưu điện mẫu"


@pytest.mark.parametrize("verb", ["start", "resume", "request_payment", "stop", "withdraw", "decide", "hand_over"])
def test_an_outsider_may_do_nothing(desk, cast, morning, verb):
    with pytest.raises(Refused) as refusal:
        getattr(processing, verb)(actor=cast.outsider, dossier=desk.receive(), via="web", note="vì sao")
    assert (refusal.value.code, refusal.value.status) == ("not_allowed", 403)


@pytest.mark.parametrize("verb", ["resume", "hand_over"])
def test_a_verb_from_the_wrong_state_is_refused(desk, cast, morning, verb):
    with pytest.raises(Refused) as refusal:
        getattr(processing, verb)(actor=cast.specialist, dossier=desk.receive(), via="web")
    assert (refusal.value.code, refusal.value.status) == ("wrong_state", 409)


def test_what_an_outsider_may_not_take_in(cast, morning):
    with pytest.raises(Refused) as refusal:
        intake.receive_in_person(actor=cast.outsider, office=cast.office, procedure=cast.procedure, applicant=APPLICANT)
    assert refusal.value.status == 403
    assert not Dossier.objects.exists()


@pytest.mark.parametrize(
    ("applicant", "field"),
    [
        (intake.Applicant("", "0912345678"), "full_name"),
        (intake.Applicant("A" * 121, "0912345678"), "full_name"),
        (intake.Applicant("Người nộp", "12"), "phone"),
        (intake.Applicant("Người nộp", "0912345678", email="a@"), "email"),
        (intake.Applicant("Người nộp", "0912345678", citizen_id="12"), "citizen_id"),
    ],
)
def test_wrong_fields_are_named(cast, morning, applicant, field):
    with pytest.raises(Refused) as refusal:
        intake.submit_online(office=cast.office, procedure=cast.procedure, applicant=applicant, request=intake.Request())
    assert list(refusal.value.fields) == [field]


def test_post_needs_an_address(desk, morning):
    with pytest.raises(Refused) as refusal:
        desk.submit(return_method="post")
    assert list(refusal.value.fields) == ["return_address"]


def test_the_same_form_sent_twice_makes_one_dossier(cast, morning):
    common = {
        "office": cast.office,
        "procedure": cast.procedure,
        "applicant": APPLICANT,
        "request": intake.Request(),
        "submission_key": "k1",
    }
    intake.submit_online(**common)
    with pytest.raises(Refused) as refusal:
        intake.submit_online(**common)
    assert (refusal.value.code, refusal.value.status) == ("already_submitted", 409)
    assert Dossier.objects.count() == 1


def test_presence_required_is_refused_online(cast, desk, morning):
    cast.procedure.presence_required = True
    cast.procedure.save()
    with pytest.raises(Refused) as refusal:
        desk.submit()
    assert refusal.value.code == "presence_required"


def test_counter_needs_an_appointment_where_a_letter_says_so(cast, desk, letter, morning):
    letter("4708/UBND-CCHC", appointment_only={})
    with pytest.raises(Refused) as refusal:
        desk.receive()
    assert refusal.value.code == "appointment_needed" and refusal.value.directive == {"number": "4708/UBND-CCHC", "clause": "khoản 1c"}
    made = intake.receive_in_person(
        actor=cast.desk, office=cast.office, procedure=cast.procedure, applicant=APPLICANT, appointment_held=True
    )
    assert made.dossier.code


def test_a_year_without_calendar_is_said(desk, morning):
    with clock.frozen(clock.at(date(2027, 12, 30), 9)), pytest.raises(Refused) as refusal:
        desk.receive()
    assert refusal.value.code == "calendar_missing" and "2028" in str(refusal.value)
    assert not Dossier.objects.exists()


def test_stored_dates_are_what_the_ledger_says(desk, cast, morning):
    dossier = desk.receive()
    processing.request_payment(actor=cast.specialist, dossier=dossier, via="web")
    with clock.frozen(clock.at(date(2026, 12, 1), 14)):
        dossier = processing.resume(actor=cast.specialist, dossier=dossier, via="web")
    pure = deadlines.due(ledger.term_of(dossier), dossier.received_at, ledger.entries_of(dossier), ledger.calendar_from(WEDNESDAY))
    assert dossier.due_at == pure.due_at and dossier.original_due_at == pure.original_due_at


def test_withdrawn_before_acceptance_has_no_clock(desk, cast, morning):
    dossier = processing.withdraw(actor=None, actor_label="công dân", dossier=desk.submit().dossier, via="web")
    assert dossier.public_code == 7 and not dossier.clock.exists()
