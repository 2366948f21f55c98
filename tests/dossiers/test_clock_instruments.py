"""The instruments: an apology signed by the head, findings as a checklist, a refusal that reaches who asked, a withdrawn letter."""

from __future__ import annotations

from datetime import date

import pytest
from django.urls import reverse

from dossiers.models import ClockEntry, Dossier, Extension
from dossiers.services import extensions, processing, signing, suspensions, withdrawn
from dossiers.services.findings import Assessor
from dossiers.states import ExtensionState, ItemState, Kind
from onestop import clock
from onestop.directives import services as directives
from onestop.directives.models import DirectiveScope
from onestop.notify.models import Message
from onestop.people.models import User
from onestop.transitions import Refused
from tests.dossiers.people import browser_of

UNTIL = date(2026, 12, 25)


@pytest.fixture
def ask(cast, desk, morning):
    """Ask for more time for one dossier, as the specialist."""

    def make(dossier=None, *, actor=None, instrument="apology", directive=None, until=UNTIL):
        dossier = dossier or desk.receive(cast.field_procedure)
        return extensions.request_extension(
            actor=actor or cast.specialist, office=cast.office, dossiers=[dossier], instrument=instrument, until=until,
            reason="Quá tải", citizen_text="Chúng tôi xin lỗi Ông/Bà.", directive=directive, clause="khoản 1c" if directive else "")

    return make


def codes(item):
    return {finding["code"]: finding["ok"] for finding in item.findings}


# --- the apology --------------------------------------------------------------------------------------------------------

def test_an_unsigned_apology_is_not_carried_out(ask, cast, desk):
    asked = ask()
    for actor in (cast.administrator, cast.leader):
        with pytest.raises(Refused) as refusal:
            extensions.approve(actor=actor, extension=asked, via="web")
        assert (refusal.value.code, refusal.value.status) == ("unsigned", 409)
    assert not ClockEntry.objects.filter(kind=Kind.EXTEND).exists()


def test_the_head_signs_and_it_is_carried_out(ask, cast, desk):
    asked = ask()
    done = signing.sign(actor=cast.leader, extension=asked, via="web")
    assert done.state == ExtensionState.DONE and done.signed_by == cast.leader and done.signed_at == clock.now()
    row = ClockEntry.objects.get(kind=Kind.EXTEND)
    assert (row.cause, row.decided_by, row.executed_by) == ("apology", cast.leader, cast.leader)
    dossier = desk.fresh(asked.items.get().dossier)
    assert dossier.apologised and not dossier.extended and dossier.due_at == clock.at(UNTIL, 17)
    assert dossier.forms.get(kind="extension").signer == cast.leader
    assert "Chúng tôi xin lỗi Ông/Bà." in Message.objects.get(template_key="dossier_new_date").body
    with pytest.raises(Refused) as refusal:
        signing.sign(actor=cast.leader, extension=asked, via="web")
    assert refusal.value.status == 409


@pytest.mark.parametrize("who", ["desk", "specialist", "administrator", "outsider", "hotline"])
def test_nobody_but_the_head_signs(ask, cast, who):
    with pytest.raises(Refused) as refusal:
        signing.sign(actor=getattr(cast, who), extension=ask(), via="web")
    assert refusal.value.status == 403


def test_a_head_who_asked_signs_and_another_approves(ask, cast):
    asked = ask(actor=cast.leader)
    assert signing.sign(actor=cast.leader, extension=asked, via="web").state == ExtensionState.REQUESTED
    done = extensions.approve(actor=cast.administrator, extension=asked, via="web")
    assert done.state == ExtensionState.DONE
    row = ClockEntry.objects.get(kind=Kind.EXTEND)
    assert (row.decided_by, row.executed_by) == (cast.leader, cast.administrator)


def test_the_quota_counts_apologies_only(ask, cast, desk, letter, settings):
    dossier, ground = desk.receive(cast.field_procedure), letter(may_extend={}, stop_clock={"until": "2026-12-18"})
    for instrument, until in (("directed_extension", date(2026, 12, 15)), ("suspension", date(2026, 12, 18))):
        asked = ask(dossier, instrument=instrument, directive=ground, until=until)
        extensions.approve(actor=cast.administrator, extension=asked, via="web")
    first = ask(dossier, until=date(2027, 1, 15))
    assert codes(first.items.get())["apology_quota"]
    signing.sign(actor=cast.leader, extension=first, via="web")
    with pytest.raises(Refused) as refusal:
        ask(dossier, until=date(2027, 1, 29))
    assert "đã xin lỗi và hẹn lại 1 lần" in str(refusal.value)
    settings.APOLOGIES_PER_DOSSIER = 2
    assert codes(ask(dossier, until=date(2027, 1, 29)).items.get())["apology_quota"]


@pytest.mark.parametrize(("day", "early"), [(date(2026, 12, 8), True), (date(2026, 12, 9), False), (date(2026, 12, 10), False)])
def test_an_apology_less_than_a_working_day_before_is_flagged(ask, desk, cast, day, early):
    dossier = desk.receive(cast.field_procedure)  # due on Wednesday 9/12/2026
    with clock.frozen(clock.at(day, 9)):
        item = ask(dossier).items.get()
    assert codes(item)["apology_early"] is early and item.state == ItemState.WAITING


def test_a_day_off_is_no_working_day_before(ask, desk, cast):
    """Due on Monday: the last day to apologise is Friday, not Sunday."""
    dossier = desk.receive(cast.field_procedure)
    Dossier.objects.filter(pk=dossier.pk).update(due_at=clock.at(date(2026, 12, 7), 17))
    for day, early in ((date(2026, 12, 4), True), (date(2026, 12, 6), False)):
        with clock.frozen(clock.at(day, 9)):
            asked = ask(desk.fresh(dossier))
            assert codes(asked.items.get())["apology_early"] is early
            extensions.reject(actor=cast.administrator, extension=asked, via="web", reason="Thử")


def test_signing_by_pages(ask, cast, desk, client):
    asked = ask()
    leader = browser_of(cast.leader)
    page = leader.get(reverse("dossiers:to_sign")).content.decode()
    assert "Chúng tôi xin lỗi Ông/Bà." in page and asked.items.get().dossier.number in page and "Lập chậm nhất một ngày" in page
    address = reverse("dossiers:sign_extension", args=[asked.pk])
    for user, status in ((cast.specialist, 403), (cast.administrator, 403), (cast.citizen, 403)):
        assert browser_of(user).post(address).status_code == status
    assert leader.get(address).status_code == 405
    done = leader.post(address, follow=True).content.decode()
    assert "Đã ký và thực hiện" in done and "Không có văn bản nào chờ ký" in done
    assert "không còn chờ ký" in leader.post(address, follow=True).content.decode()
    assert "Thủ trưởng đơn vị đã ký" in leader.get(reverse("dossiers:extension", args=[asked.pk])).content.decode()


# --- findings and refusal -----------------------------------------------------------------------------------------------

def test_findings_answer_the_questions_of_the_clause(ask, cast, letter):
    item = ask(instrument="directed_extension", directive=letter(may_extend={}, last=date(2026, 12, 31))).items.get()
    found = codes(item)
    assert {"open", "ahead", "field_verification", "office_in_scope", "directive", "until_in_period", "moves", "in_time"} <= set(found)
    assert all(found.values())


def test_a_letter_for_another_place_is_no_ground(ask, cast, letter):
    ground = letter(may_extend={})
    DirectiveScope.objects.filter(directive=ground).update(area=cast.other_office.area)
    with pytest.raises(Refused) as refusal:
        ask(instrument="directed_extension", directive=ground)
    assert "Đơn vị không thuộc phạm vi áp dụng" in str(refusal.value)


def test_a_date_after_the_letters_period_is_shown(ask, cast, letter):
    item = ask(instrument="directed_extension", directive=letter(may_extend={}, last=date(2026, 12, 1))).items.get()
    assert codes(item)["until_in_period"] is False and item.state == ItemState.WAITING


def test_the_letter_that_is_cited_counts_although_another_allows_the_same(ask, cast, letter):
    older, newer = letter("1/A", may_extend={}, first=date(2026, 11, 1)), letter("2/B", may_extend={})
    for ground in (older, newer):
        asked = ask(instrument="directed_extension", directive=ground)
        assert ground.number in "".join(finding["sentence"] for finding in asked.items.get().findings)


def test_a_refusal_reaches_who_asked_and_stands_in_the_history(ask, cast, letter):
    User.objects.filter(pk=cast.specialist.pk).update(phone="0900000007")
    asked = ask(instrument="directed_extension", directive=letter(may_extend={}))
    address = reverse("dossiers:reject_extension", args=[asked.pk])
    assert browser_of(cast.administrator).post(address, {"reason": "Đã xác minh được qua ảnh"}).status_code == 302
    told = Message.objects.get(template_key="extension_rejected")
    assert told.recipient_name == cast.specialist.full_name and "Đã xác minh được qua ảnh" in told.body
    assert reverse("dossiers:extension", args=[asked.pk]) in told.body
    page = browser_of(cast.specialist).get(reverse("dossiers:extension", args=[asked.pk])).content.decode()
    assert "Đã xác minh được qua ảnh" in page and "Không phê duyệt" in page


def test_findings_are_judged_anew_when_it_is_carried_out(ask, cast, letter):
    asked = ask(instrument="directed_extension", directive=letter(may_extend={}))
    dossier = asked.items.get().dossier
    processing.decide(actor=cast.specialist, dossier=dossier, via="web")
    assert not codes_of(asked, dossier)["open"]


def codes_of(asked: Extension, dossier):
    dossier.refresh_from_db()
    judged = Assessor(asked, asked.office, asked.directive).judge(dossier)
    return {finding["code"]: finding["ok"] for finding in judged.findings}


# --- a letter is withdrawn ----------------------------------------------------------------------------------------------

def test_a_withdrawn_letter_stops_no_clock_after_its_day(cast, desk, letter):
    """KH8 with an end: suspended from 1/4, the letter is withdrawn on Tuesday 7/4/2020; from 8/4 the days count again."""
    with clock.frozen(clock.at(date(2020, 3, 25), 9)):
        dossier, ended = desk.receive(cast.field_procedure), desk.receive(cast.field_procedure)
    ground = letter("2964/UBND-KSTT", first=date(2020, 4, 1), last=date(2020, 4, 15), stop_clock={"until": "2020-04-15"})
    with clock.frozen(clock.at(date(2020, 4, 1), 8)):
        assert suspensions.apply_letters() == 2
        processing.decide(actor=cast.specialist, dossier=ended, via="web")
        assert withdrawn.lift_withdrawn() == 0
    with clock.frozen(clock.at(date(2020, 4, 7), 10)):
        directives.withdraw(actor=cast.administrator, directive=ground, reason="Hết giãn cách")
        assert withdrawn.lift_withdrawn() == 1
        assert withdrawn.lift_withdrawn() == 0
    dossier = desk.fresh(dossier)
    assert dossier.due_at == clock.at(date(2020, 4, 15), 17) and dossier.original_due_at == clock.at(date(2020, 4, 9), 17)
    event = dossier.events.get(verb="lift")
    assert event.legal_basis == "khoản 1c, 2964/UBND-KSTT" and event.public
    message = Message.objects.get(template_key="dossier_lifted")
    assert "17:00 ngày 15/04/2020" in message.body and "17:00 ngày 23/04/2020" in message.body
    assert desk.fresh(ended).due_at == clock.at(date(2020, 4, 23), 17)  # what has ended stays as it was


def test_what_a_request_put_there_by_a_withdrawn_letter_is_lifted_too(ask, cast, desk, letter):
    ground = letter(may_extend={})
    asked = ask(instrument="suspension", directive=ground, until=date(2026, 12, 18))
    extensions.approve(actor=cast.administrator, extension=asked, via="web")
    dossier = asked.items.get().dossier
    before = desk.fresh(dossier).due_at
    with clock.frozen(clock.at(date(2026, 12, 1), 9)):
        directives.withdraw(actor=cast.administrator, directive=ground, reason="Hết dịch")
        assert withdrawn.lift_withdrawn() == 1
    assert desk.fresh(dossier).due_at < before
