"""More time by request and by letter: who asks, who decides, what is checked, what the citizen is told."""

from __future__ import annotations

from datetime import date

import pytest

from dossiers import queries, tracking
from dossiers.models import ClockEntry, Dossier, Extension, ExtensionItem
from dossiers.services import extensions, forms, intake, processing, signing, suspensions
from dossiers.services.findings import Assessor
from dossiers.states import ExtensionState, ItemState, Kind
from onestop import clock
from onestop.directives.models import Rule
from onestop.notify.models import Message
from onestop.transitions import Refused
from tests.dossiers.conftest import APPLICANT
from tests.dossiers.work import browser, text_of, url

REQUESTED = date(2026, 11, 27)
UNTIL = date(2026, 12, 25)


@pytest.fixture
def ask(cast, desk, letter, morning):
    """Ask for an extension of dossiers of the field-verification procedure."""

    def make(dossiers=None, *, directive=None, **changes):
        dossiers = dossiers if dossiers is not None else [desk.receive(cast.field_procedure)]
        facts = {
            "instrument": "directed_extension",
            "until": UNTIL,
            "reason": "Chưa thể xác minh thực tế",
            "citizen_text": "Do dịch bệnh, chưa thể xác minh thực tế.",
            "clause": "khoản 1c",
            **changes,
        }
        directive = directive or (None if facts["instrument"] == "apology" else letter(may_extend={}))
        return extensions.request_extension(actor=cast.specialist, office=cast.office, dossiers=dossiers, directive=directive, **facts)

    return make


def test_the_administrator_approves_and_the_citizen_is_told(ask, cast, desk):
    asked = ask()
    item = asked.items.get()
    assert all(finding["ok"] for finding in item.findings), item.findings
    assert (item.due_from, item.due_to) == (clock.at(date(2026, 12, 9), 17), clock.at(UNTIL, 17))
    approved = extensions.approve(actor=cast.administrator, extension=asked, via="web", reason="Đúng khoản 1c")
    dossier = desk.fresh(item.dossier)
    assert approved.state == ExtensionState.DONE and dossier.due_at == clock.at(UNTIL, 17)
    assert dossier.original_due_at == clock.at(date(2026, 12, 9), 17) and not dossier.was_late
    message = Message.objects.get(template_key="dossier_new_date")
    for part in ("Do dịch bệnh, chưa thể xác minh thực tế.", "khoản 1c, 2468/VPUB-KSTT", "17:00 ngày 25/12/2026"):
        assert part in message.body
    assert dossier.forms.filter(kind="extension").count() == 1
    assert any("gia hạn đến hết ngày 25/12/2026 theo khoản 1c, 2468/VPUB-KSTT" in text for text in tracking.explain(dossier))


def test_the_requester_never_approves(ask, cast):
    asked = ask()
    Extension.objects.filter(pk=asked.pk).update(requested_by=cast.administrator)
    with pytest.raises(Refused) as refusal:
        extensions.approve(actor=cast.administrator, extension=asked, via="web")
    assert refusal.value.status == 403


@pytest.mark.parametrize("who", ["desk", "specialist", "leader", "hotline", "outsider"])
def test_only_the_administrator_decides(ask, cast, who):
    asked = ask()
    for verb in (extensions.approve, extensions.reject, extensions.lift):
        with pytest.raises(Refused) as refusal:
            verb(actor=getattr(cast, who), extension=asked, via="web", reason="thử")
        assert refusal.value.status == 403


def test_rejected_with_a_reason_and_nothing_moves(ask, cast, desk):
    asked = ask()
    with pytest.raises(Refused):
        extensions.reject(actor=cast.administrator, extension=asked, via="web", reason=" ")
    extensions.reject(actor=cast.administrator, extension=asked, via="web", reason="Đã xác minh được")
    assert not ClockEntry.objects.filter(kind=Kind.EXTEND).exists()
    with pytest.raises(Refused) as refusal:
        extensions.approve(actor=cast.administrator, extension=asked, via="web")
    assert refusal.value.code == "wrong_state"


def test_what_needs_no_field_verification_is_left_out_with_the_reason(ask, cast, desk):
    asked = ask([desk.receive(cast.field_procedure), desk.receive(cast.procedure)])
    left = asked.items.get(state=ItemState.EXCLUDED)
    assert left.dossier.procedure == cast.procedure and "không phải thẩm định" in left.excluded_because


def test_nothing_that_meets_the_letter_is_a_refusal_that_names_it(ask, desk, cast):
    with pytest.raises(Refused) as refusal:
        ask([desk.receive(cast.procedure)])
    assert refusal.value.code == "nothing_to_extend" and refusal.value.directive == {"number": "2468/VPUB-KSTT", "clause": "khoản 1c"}


def test_a_letter_that_does_not_allow_it_is_no_ground(ask, letter):
    with pytest.raises(Refused) as refusal:
        ask(directive=letter("4708/UBND-CCHC", steer_online={}))
    assert "không cho phép" in str(refusal.value)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"until": date(2026, 11, 1)}, "until"),
        ({"until": date(2029, 1, 1)}, "until"),
        ({"reason": ""}, "reason"),
        ({"citizen_text": " "}, "citizen_text"),
        ({"instrument": "gift"}, "instrument"),
        ({"dossiers": []}, "dossiers"),
        ({"instrument": "suspension", "starts_on": date(2026, 11, 1)}, "starts_on"),
    ],
)
def test_wrong_fields_are_named(ask, changes, field):
    with pytest.raises(Refused) as refusal:
        ask(changes.pop("dossiers", None), **changes)
    assert field in refusal.value.fields


def test_an_apology_needs_no_letter_and_works_once(ask, cast, desk):
    dossier = desk.receive()
    asked = ask([dossier], instrument="apology")
    signing.sign(actor=cast.leader, extension=asked, via="web")  # the head of the office signs; that carries it out
    with pytest.raises(Refused) as refusal:
        ask([dossier], instrument="apology", until=date(2027, 1, 15))
    assert "mỗi hồ sơ tối đa 1 lần" in str(refusal.value)


def test_a_dossier_that_was_late_stays_late(ask, cast, desk):
    dossier = desk.receive(cast.field_procedure)
    with clock.frozen(clock.at(date(2026, 12, 11), 9)):
        asked = ask([dossier])
        assert not next(finding for finding in asked.items.get().findings if finding["code"] == "in_time")["ok"]
        extensions.approve(actor=cast.administrator, extension=asked, via="web")
        dossier = desk.fresh(dossier)
        assert dossier.was_late and dossier.due_at == clock.at(UNTIL, 17)
        assert tracking.lateness(dossier) == "after"


def test_a_suspension_can_be_lifted(ask, cast, desk):
    asked = ask(instrument="suspension", starts_on=date(2026, 11, 30), until=date(2026, 12, 11))
    dossier = asked.items.get().dossier
    extensions.approve(actor=cast.administrator, extension=asked, via="web")
    assert desk.fresh(dossier).due_at == clock.at(date(2026, 12, 23), 17)
    with clock.frozen(clock.at(date(2026, 12, 7), 8)):
        extensions.lift(actor=cast.administrator, extension=asked, via="web", reason="Hết giãn cách")
        assert extensions.execute(asked.pk) == 1
        assert extensions.execute(asked.pk) == 0
    assert desk.fresh(dossier).due_at == clock.at(date(2026, 12, 16), 17)  # a week back
    assert Message.objects.filter(template_key="dossier_lifted").count() == 1


def test_an_extension_is_not_liftable(ask, cast):
    asked = ask()
    extensions.approve(actor=cast.administrator, extension=asked, via="web")
    with pytest.raises(Refused) as refusal:
        extensions.lift(actor=cast.administrator, extension=asked, via="web", reason="thử")
    assert refusal.value.code == "not_liftable"


def test_what_was_decided_meanwhile_is_left_out(ask, cast, desk):
    first, second = desk.receive(cast.field_procedure), desk.receive(cast.field_procedure)
    asked = ask([first, second])
    processing.decide(actor=cast.specialist, dossier=first, via="web")
    extensions.approve(actor=cast.administrator, extension=asked, via="web")
    extensions.execute(asked.pk)
    assert {item.dossier_id: item.state for item in asked.items.all()} == {first.pk: "excluded", second.pk: "done"}
    assert Extension.objects.get(pk=asked.pk).state == ExtensionState.DONE


def test_many_are_carried_out_in_the_background_and_taken_up_after_a_crash(live_cast, monkeypatch):
    """500 dossiers; the worker dies after some of them; the sweep finishes; none is moved or told twice."""
    cast = live_cast
    with clock.frozen(clock.at(date(2026, 11, 25), 9)):
        asked = bulk_request(cast, 500)
        extensions.approve(actor=cast.administrator, extension=asked, via="web")
        assert ClockEntry.objects.filter(kind=Kind.EXTEND).count() == 0
        monkeypatch.setattr(forms, "extension", lambda **facts: None)  # the PDFs have tests of their own
        interrupt_after(monkeypatch, 120)
        with pytest.raises(KeyboardInterrupt):
            extensions.execute(asked.pk)
        monkeypatch.undo()
        monkeypatch.setattr(forms, "extension", lambda **facts: None)
        assert ExtensionItem.objects.filter(state=ItemState.DONE).count() == 100  # whole chunks
        assert extensions.execute(asked.pk) == 400
        assert extensions.execute(asked.pk) == 0
    assert Extension.objects.get(pk=asked.pk).state == ExtensionState.DONE
    assert ClockEntry.objects.filter(kind=Kind.EXTEND).count() == 500
    assert Message.objects.filter(template_key="dossier_new_date").count() == 500
    assert set(Dossier.objects.values_list("due_at", flat=True)) == {clock.at(UNTIL, 17)}


def interrupt_after(monkeypatch, count):
    """Kill the run in the middle of the transaction of the dossier after `count`."""
    real, seen = Assessor.judge, []

    def judge(self, dossier):
        seen.append(dossier)
        if len(seen) > count:
            raise KeyboardInterrupt
        return real(self, dossier)

    monkeypatch.setattr(Assessor, "judge", judge)


def copies(dossier, count):
    """The dossier and count - 1 more like it, each with its own ledger."""
    rows = []
    for number in range(1, count):
        row = Dossier.objects.get(pk=dossier.pk)
        row.pk, row.reference, row.code = None, f"MAU{number:05d}", f"{dossier.code}-{number}"
        rows.append(row)
    Dossier.objects.bulk_create(rows)
    ClockEntry.objects.bulk_create(
        [ClockEntry(dossier=row, kind=Kind.START, cause="received", effective_at=dossier.received_at) for row in rows]
    )
    return [dossier, *rows]


def bulk_request(cast, count):
    """A request for many accepted dossiers, made quickly."""
    from onestop.directives.models import Directive, DirectiveScope

    letter = Directive.objects.create(
        number="2468/VPUB-KSTT", issuer="UBND", issued_on=clock.today(), title="Thử", starts_on=clock.today(), published_at=clock.now()
    )
    DirectiveScope.objects.create(directive=letter, area=cast.province)
    Rule.objects.create(directive=letter, kind="may_extend", clause="1c")
    made = copies(
        intake.receive_in_person(actor=cast.desk, office=cast.office, procedure=cast.field_procedure, applicant=APPLICANT).dossier, count
    )
    return extensions.request_extension(
        actor=cast.specialist,
        office=cast.office,
        dossiers=made,
        instrument="directed_extension",
        until=UNTIL,
        directive=letter,
        reason="Chưa thể xác minh",
        citizen_text="Do dịch bệnh.",
        clause="1c",
    )


def test_khanh_hoa_4_the_clock_stops_until_15_april_and_runs_on(cast, desk, letter):
    """KH8: Wed 25/03/2020, 10 working days, suspended 1-15/4 inclusive → Thu 23/04/2020."""
    with clock.frozen(clock.at(date(2020, 3, 25), 9)):
        dossier, other = desk.receive(cast.field_procedure), desk.receive(cast.procedure)
        assert dossier.due_at == clock.at(date(2020, 4, 9), 17)
    letter("2964/UBND-KSTT", first=date(2020, 4, 1), last=date(2020, 4, 15), stop_clock={"until": "2020-04-15"})
    with clock.frozen(clock.at(date(2020, 4, 1), 8)):
        assert suspensions.apply_letters() == 1
        assert suspensions.apply_letters() == 0
        dossier, other = desk.fresh(dossier), desk.fresh(other)
        assert dossier.due_at == clock.at(date(2020, 4, 23), 17) and dossier.original_due_at == clock.at(date(2020, 4, 9), 17)
        assert tracking.clock_state(dossier) == "stopped" and tracking.clock_state(other) == "running"
        assert other.due_at == other.original_due_at
        words = " ".join(tracking.explain(dossier))
        assert "từ 01/04/2020 đến hết ngày 15/04/2020 theo khoản 1c, 2964/UBND-KSTT" in words and "02/04/2020 (" in words
    message = Message.objects.get(template_key="dossier_new_date")
    assert "17:00 ngày 23/04/2020" in message.body and "2964/UBND-KSTT" in message.body


def test_a_dossier_received_while_the_clock_stands_counts_from_the_day_after(cast, desk, letter):
    letter("2964/UBND-KSTT", first=date(2020, 4, 1), last=date(2020, 4, 15), stop_clock={"until": "2020-04-15"})
    with clock.frozen(clock.at(date(2020, 4, 8), 9)):
        dossier = desk.receive(cast.field_procedure)
        suspensions.apply_letters()
        assert desk.fresh(dossier).due_at == clock.at(date(2020, 4, 29), 17)


def test_what_was_late_before_the_letter_stays_late(cast, desk, letter):
    with clock.frozen(clock.at(date(2020, 3, 9), 9)):
        dossier = desk.receive(cast.field_procedure)
    letter("2964/UBND-KSTT", first=date(2020, 4, 1), last=date(2020, 4, 15), stop_clock={"until": "2020-04-15"})
    with clock.frozen(clock.at(date(2020, 4, 1), 9)):
        assert suspensions.apply_letters() == 0
        assert tracking.lateness(desk.fresh(dossier)) == "after"


def test_a_letter_that_was_entered_late_makes_nobody_look_on_time(cast, desk, letter):
    """Due on 2/4, the letter of 1/4 reached the portal on 6/4: the date moves, the dossier stays late in the counts."""
    with clock.frozen(clock.at(date(2020, 3, 18), 9)):
        dossier = desk.receive(cast.field_procedure)
        assert dossier.due_at < clock.at(date(2020, 4, 3))
    letter("2964/UBND-KSTT", first=date(2020, 4, 1), last=date(2020, 4, 15), stop_clock={"until": "2020-04-15"})
    with clock.frozen(clock.at(date(2020, 4, 6), 9)):
        assert suspensions.apply_letters() == 1
        dossier = desk.fresh(dossier)
        assert dossier.due_at > clock.at(date(2020, 4, 15)) and dossier.was_late and tracking.lateness(dossier) == "after"
        assert dossier.original_due_at < clock.at(date(2020, 4, 3))


def test_the_office_that_decides_asks_for_what_another_received(cast, desk, morning):
    """Its page has the button: the request is the deciding office's, and its head signs the apology."""
    dossier = desk.receive(cast.field_procedure)
    Dossier.objects.filter(pk=dossier.pk).update(competent_office=cast.other_office)
    page = browser(cast.outsider)
    assert url("ask_extension", dossier.pk) in text_of(page.get(url("detail", dossier.pk)))
    typed = {"instrument": "apology", "until": UNTIL.isoformat(), "reason": "Bận", "citizen_text": "Xin lỗi ông bà."}
    assert page.post(url("ask_extension", dossier.pk), typed).status_code == 302
    assert Extension.objects.get().office == cast.other_office


def test_what_was_left_out_of_a_list_may_be_asked_for_by_itself(ask, cast, desk):
    """A dossier that a waiting request has left out waits for nothing."""
    dossier, other = desk.receive(cast.field_procedure), desk.receive(cast.field_procedure)
    asked = ask([dossier, other])
    extensions.exclude(actor=cast.specialist, extension=asked, items=[asked.items.get(dossier=dossier).pk], reason="Xác minh được")
    assert queries.waiting_request(dossier) is None and queries.waiting_request(other) == asked
