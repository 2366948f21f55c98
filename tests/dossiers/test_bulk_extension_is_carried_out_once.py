"""The run: in chunks, resumed after a death, each dossier once however many are at work, failures apart and tried again."""
from __future__ import annotations

import threading
from collections import Counter
from datetime import date

import pytest
from django.db import connection

from dossiers import extension_lists
from dossiers.models import ClockEntry, Dossier, DossierEvent, Extension, ExtensionItem
from dossiers.services import extensions
from dossiers.services.findings import Assessor
from dossiers.states import ExtensionState, ItemState, Kind
from onestop import clock
from onestop.notify.models import Message, MessageEvent
from onestop.offices.models import WorkCalendar
from onestop.transitions import Refused
from tests.cast import WORKDAY_MORNING
from tests.dossiers.bulk import UNTIL, ask, grounds, received


@pytest.fixture
def asked(cast, morning) -> Extension:
    """120 dossiers, approved."""
    received(cast, 120)
    made = ask(cast, grounds(cast))
    extensions.approve(actor=cast.administrator, extension=made, via="web", reason="Đúng khoản 1c")
    return made


def test_one_run_moves_tells_and_closes(asked):
    assert extensions.work(asked.pk) == 120
    asked.refresh_from_db()
    assert asked.state == ExtensionState.DONE and asked.finished_at is not None
    assert set(Dossier.objects.values_list("due_at", "extended")) == {(clock.at(UNTIL, 17), True)}
    for rows in (ClockEntry.objects.filter(kind=Kind.EXTEND), DossierEvent.objects.filter(verb="extend"),
                 Message.objects.filter(template_key="dossier_new_date")):
        assert rows.count() == 120
    message = Message.objects.filter(template_key="dossier_new_date").first()
    assert "17:00 ngày 09/12/2026" in message.body and "17:00 ngày 25/12/2026" in message.body and "khoản 1c" in message.body
    assert MessageEvent.objects.filter(subject__template_key="dossier_new_date").count() == 120
    assert extensions.work(asked.pk) == 0


def test_the_run_and_the_single_way_leave_the_same_rows(cast, morning):
    """A dossier of a run has the ledger row, dates and message of one that was extended alone."""
    one, two, three = received(cast, 3)
    letter = grounds(cast)
    facts = {"instrument": "directed_extension", "until": UNTIL, "directive": letter, "reason": "x", "citizen_text": "Do dịch bệnh.",
             "clause": "1c"}
    single = extensions.request_extension(actor=cast.specialist, office=cast.office, dossiers=[one], **facts)
    many = extensions.request_extension(actor=cast.specialist, office=cast.office, dossiers=[two, three], **facts)
    for made in (single, many):
        extensions.approve(actor=cast.administrator, extension=made, via="web")
    extensions.execute(many.pk)
    names = ("due_at", "original_due_at", "calendar_versions", "was_late", "apologised", "extended", "suspended")
    assert len({str(row) for row in Dossier.objects.values_list(*names)}) == 1
    names = ("cause", "effective_at", "effective_until", "legal_basis", "decided_by")
    entries = ClockEntry.objects.filter(kind=Kind.EXTEND).values_list(*names)
    assert len(set(entries)) == 1


def test_many_statements_do_not_follow_from_many_dossiers(asked, django_assert_max_num_queries):
    """A chunk of 50 costs about 25 statements, not some for each dossier."""
    with django_assert_max_num_queries(110):
        extensions.work(asked.pk)


def test_a_dead_worker_is_taken_up_by_the_sweep(asked, monkeypatch):
    real, seen = Assessor.judge, []

    def judge(self, dossier):
        seen.append(dossier)
        if len(seen) > 70:
            raise KeyboardInterrupt
        return real(self, dossier)

    monkeypatch.setattr(Assessor, "judge", judge)
    with pytest.raises(KeyboardInterrupt):
        extensions.work(asked.pk)
    monkeypatch.undo()
    assert asked.items.filter(state=ItemState.DONE).count() == 50
    assert extensions.resume() == 0  # it gave a sign of life a moment ago
    with clock.frozen(clock.at(date(2026, 11, 25), 10)):
        assert extensions.resume() >= 1
        extensions.work(asked.pk)
    assert Message.objects.filter(template_key="dossier_new_date").count() == 120
    assert ClockEntry.objects.filter(kind=Kind.EXTEND).count() == 120


def test_one_dossiers_fault_is_its_own(cast, asked, monkeypatch):
    real = Assessor.judge
    bad = asked.items.order_by("pk")[60].dossier_id

    def judge(self, dossier):
        if dossier.pk == bad:
            raise ZeroDivisionError
        return real(self, dossier)

    monkeypatch.setattr(Assessor, "judge", judge)
    extensions.work(asked.pk)
    monkeypatch.undo()
    asked.refresh_from_db()
    failed = asked.items.get(state=ItemState.FAILED)
    assert asked.state == ExtensionState.DONE and failed.dossier_id == bad and "thử lại" in failed.excluded_because
    assert asked.items.filter(state=ItemState.DONE).count() == 119
    with pytest.raises(Refused):
        extensions.retry(actor=cast.specialist, extension=asked)
    assert extensions.retry(actor=cast.administrator, extension=asked) == 1
    assert extensions.work(asked.pk) == 1
    assert extension_lists.progress(asked).done == 120 and extension_lists.progress(asked).failed == 0
    assert Dossier.objects.get(pk=bad).due_at == clock.at(UNTIL, 17)


def test_a_missing_calendar_fails_with_a_sentence_and_can_be_tried_again(cast, asked):
    WorkCalendar.objects.filter(year=2026).update(state="replaced")
    extensions.work(asked.pk)
    asked.refresh_from_db()
    assert set(asked.items.values_list("state", flat=True)) == {"failed"} and asked.state == ExtensionState.DONE
    assert "lịch làm việc năm 2026" in asked.items.first().excluded_because
    WorkCalendar.objects.filter(year=2026).update(state="approved")
    extensions.retry(actor=cast.administrator, extension=asked)
    extensions.work(asked.pk)
    assert set(asked.items.values_list("state", flat=True)) == {"done"}


def test_two_workers_at_once_move_nobody_twice(live_cast):
    with clock.frozen(WORKDAY_MORNING):
        received(live_cast, 300)
        asked = ask(live_cast, grounds(live_cast))
        if asked.state == ExtensionState.ASSESSING:
            extensions.work(asked.pk)
        extensions.approve(actor=live_cast.administrator, extension=asked, via="web")
        workers = [threading.Thread(target=run, args=(asked.pk,)) for _number in range(3)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join(120)
        while extensions.work(asked.pk):
            pass
    asked.refresh_from_db()
    assert asked.state == ExtensionState.DONE and Counter(asked.items.values_list("state", flat=True)) == {"done": 300}
    moved = Counter(ClockEntry.objects.filter(kind=Kind.EXTEND).values_list("dossier_id", flat=True))
    assert len(moved) == 300 and set(moved.values()) == {1}
    assert Message.objects.filter(template_key="dossier_new_date").count() == 300
    assert ExtensionItem.objects.filter(state=ItemState.DONE).count() == 300


def run(pk: int) -> None:
    try:
        extensions.work(pk)
    finally:
        connection.close()
