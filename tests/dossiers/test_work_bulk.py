"""One verb for many dossiers: per-item outcomes, nothing twice after a crash, at most BULK_MOST, watched while it runs."""
from __future__ import annotations

from datetime import timedelta

import pytest

from dossiers.models import BulkRun, Dossier
from dossiers.services import bulk, intake, processing
from dossiers.states import BulkVerb, ItemState, RunState
from onestop import clock
from onestop.notify.models import Message
from onestop.transitions import Refused
from tests.dossiers.work import browser, colleague, text_of, url

NOTE = {"note": "Gửi hàng loạt"}


@pytest.fixture
def many(desk, morning):
    """Four dossiers that wait for acceptance."""
    return [desk.submit().dossier for _ in range(4)]


def outcomes(run):
    return [(item.state, item.outcome) for item in run.items.order_by("pk")]


def test_accepting_many_with_an_outcome_for_each(cast, many):
    intake.accept(actor=cast.desk, dossier=many[1], via="web")
    run = bulk.start(actor=cast.desk, verb=BulkVerb.ACCEPT, dossiers=many, params={})
    assert bulk.carry_out(run.pk) == 4
    assert [state for state, _ in outcomes(run)] == ["done", "failed", "done", "done"]
    assert outcomes(run)[1][1] == "Việc này đã được thực hiện trước đó."
    assert Dossier.objects.filter(state="accepted", forms__kind="receipt").count() == 4
    assert sorted(Dossier.objects.values_list("code", flat=True)) == [f"H13.70-261125-000{number}" for number in (1, 2, 3, 4)]
    run.refresh_from_db()
    assert run.state == RunState.DONE and bulk.carry_out(run.pk) == 0


@pytest.mark.parametrize(("verb", "before", "event"), [
    (BulkVerb.NOTE, "submitted", "note"), (BulkVerb.MESSAGE, "submitted", "letter"), (BulkVerb.ASSIGN, "submitted", "assign"),
    (BulkVerb.START, "accepted", "start"), (BulkVerb.DECIDE, "accepted", "decide"), (BulkVerb.HAND_OVER, "decided", "hand_over"),
])
def test_every_verb_goes_through_its_own_service_once(cast, many, verb, before, event):
    other = colleague(cast.office)
    for dossier in many:
        if before != "submitted":
            intake.accept(actor=cast.desk, dossier=dossier, via="web")
        if before == "decided":
            processing.decide(actor=cast.specialist, dossier=dossier, via="web")
    run = bulk.start(actor=cast.specialist, verb=verb, dossiers=[*many, many[0]], params={**NOTE, "assignee": other.pk})
    assert (bulk.carry_out(run.pk), bulk.carry_out(run.pk)) == (4, 0)
    assert outcomes(run) == [("done", "")] * 4
    for dossier in many:
        assert dossier.events.get(verb=event).data["via"] == f"bulk:{run.pk}"


def test_rights_are_checked_for_each(cast, many):
    run = bulk.start(actor=cast.outsider, verb=BulkVerb.NOTE, dossiers=many, params=NOTE)
    bulk.carry_out(run.pk)
    assert {state for state, _ in outcomes(run)} == {"failed"} and "không được làm việc này" in outcomes(run)[0][1]


def test_a_crash_between_two_dossiers_loses_and_doubles_nothing(cast, many, monkeypatch):
    run = bulk.start(actor=cast.specialist, verb=BulkVerb.MESSAGE, dossiers=many, params=NOTE)
    settled, count = bulk._settled, []

    def dies(*args):
        count.append(1)
        if len(count) == 3:
            raise KeyboardInterrupt
        return settled(*args)

    monkeypatch.setattr(bulk, "_settled", dies)
    with pytest.raises(KeyboardInterrupt):
        bulk.carry_out(run.pk)
    monkeypatch.undo()
    assert [state for state, _ in outcomes(run)] == ["done", "done", "waiting", "waiting"]
    assert Message.objects.filter(template_key="dossier_letter").count() == 2
    with clock.frozen(clock.now() + timedelta(seconds=61)):
        assert bulk.resume() == 1
        bulk.carry_out(run.pk)
    assert outcomes(run) == [("done", "")] * 4
    assert [dossier.letters.count() for dossier in many] == [1, 1, 1, 1]


def test_an_acceptance_that_died_before_it_could_say_so_is_done(cast, many, monkeypatch):
    run = bulk.start(actor=cast.desk, verb=BulkVerb.ACCEPT, dossiers=many[:1], params={})
    monkeypatch.setattr(bulk, "_settled", lambda *_args: (_ for _ in ()).throw(KeyboardInterrupt()))
    with pytest.raises(KeyboardInterrupt):
        bulk.carry_out(run.pk)
    monkeypatch.undo()
    assert bulk.carry_out(run.pk) == 1 and outcomes(run) == [("done", "")]
    assert many[0].events.filter(verb="accept").count() == 1


def test_a_fault_of_ours_at_one_keeps_none_of_the_others_waiting(cast, many, monkeypatch):
    run = bulk.start(actor=cast.specialist, verb=BulkVerb.NOTE, dossiers=many, params=NOTE)
    write = processing.write_note

    def breaks(**given):
        if given["dossier"].pk == many[0].pk:
            raise RuntimeError("a fault")
        return write(**given)

    monkeypatch.setattr(processing, "write_note", breaks)
    bulk.carry_out(run.pk)
    assert [state for state, _ in outcomes(run)] == [ItemState.FAILED, *[ItemState.DONE] * 3]


def test_jobs_are_short_and_ask_for_the_next(cast, many, monkeypatch, django_capture_on_commit_callbacks):
    monkeypatch.setattr(bulk, "PER_JOB", 3)
    run = bulk.start(actor=cast.specialist, verb=BulkVerb.NOTE, dossiers=many, params=NOTE)
    with django_capture_on_commit_callbacks() as asked:
        assert bulk.carry_out(run.pk) == 3
    assert any("carry_out_bulk" in str(callback) for callback in asked)
    run.refresh_from_db()
    assert run.state == RunState.RUNNING and bulk.resume() == 0
    assert bulk.carry_out(run.pk) == 1


@pytest.mark.parametrize(("verb", "params", "code"), [
    ("fly", {}, "unknown_verb"), (BulkVerb.NOTE, {}, "invalid"), (BulkVerb.MESSAGE, {"note": " "}, "invalid"),
    (BulkVerb.ASSIGN, {}, "invalid"),
])
def test_what_can_not_begin(cast, many, verb, params, code):
    with pytest.raises(Refused) as refused:
        bulk.start(actor=cast.specialist, verb=verb, dossiers=many, params=params)
    assert refused.value.code == code and not BulkRun.objects.exists()


def test_never_more_than_the_most(cast, many, settings):
    settings.BULK_MOST = 3
    with pytest.raises(Refused) as refused:
        bulk.start(actor=cast.specialist, verb=BulkVerb.NOTE, dossiers=many, params=NOTE)
    assert refused.value.code == "too_many"
    page = browser(cast.specialist)
    assert "Thực hiện cho 3 hồ sơ" in text_of(page.get(url("bulk"), {"viec": "note", "tat_ca": "1", "loc": "muc=waiting"}))


def test_from_ticks_to_outcomes_by_page(cast, many):
    page = browser(cast.specialist)
    chosen = {"viec": "assign", "ho_so": [many[0].pk, many[2].pk, 999999, "x"]}
    asked = text_of(page.get(url("bulk"), chosen))
    assert "Thực hiện cho 2 hồ sơ" in asked and many[0].number in asked and many[1].number not in asked
    typed = {"viec": "assign", "chon": f"{many[0].pk},{many[2].pk}"}
    assert page.post(url("bulk"), typed).status_code == 422
    answer = page.post(url("bulk"), {**typed, "assignee": cast.specialist.pk})
    run = BulkRun.objects.get()
    assert answer.url == url("bulk_run", run.pk)
    assert "hx-trigger" in text_of(page.get(url("bulk_progress", run.pk)))
    bulk.carry_out(run.pk)
    shown = text_of(page.get(url("bulk_run", run.pk)))
    assert "2 hồ sơ đã xong" in shown and "hx-trigger" not in shown
    assert "2 trên 2 hồ sơ" in text_of(page.get(url("bulk")))
    for user, status in ((cast.desk, 404), (cast.monitor, 403)):
        assert browser(user).get(url("bulk_run", run.pk)).status_code == status
    assert "Chưa chọn hồ sơ nào" in text_of(browser(cast.outsider).get(url("bulk"), chosen))


def test_what_many_at_once_can_not_do_is_told_before_and_left_out(cast, many):
    """A result that goes by post, home or as a file is not handed over with a tick; no document goes with a decision for many."""
    for dossier in many:
        intake.accept(actor=cast.desk, dossier=dossier, via="web")
        processing.decide(actor=cast.specialist, dossier=dossier, via="web")
    processing.change_return(actor=cast.desk, dossier=many[0], method="electronic", address="", via="web")
    run = bulk.start(actor=cast.desk, verb=BulkVerb.HAND_OVER, dossiers=many, params={})
    bulk.carry_out(run.pk)
    assert [state for state, _ in outcomes(run)] == ["failed", "done", "done", "done"]
    assert "Nhận bản điện tử" in outcomes(run)[0][1] and Dossier.objects.get(pk=many[0].pk).state == "decided"
    page = browser(cast.specialist)
    for verb, words in ((BulkVerb.DECIDE, "không kèm văn bản"), (BulkVerb.HAND_OVER, "người nộp tự nhận")):
        assert words in text_of(page.get(url("bulk"), {"viec": verb.value, "ho_so": many[0].pk}))
