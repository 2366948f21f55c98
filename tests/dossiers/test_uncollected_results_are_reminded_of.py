"""Results that nobody fetched, reminded of on each of the days once; what else was reminded of is taken back when it is done."""
from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from dossiers.models import Dossier, Supplement
from dossiers.services import delivery, drafts, payments, processing, reminders, supplement_sweeps, supplements
from dossiers.services.payments import sweeps as money_sweeps
from onestop import clock
from onestop.notify.models import Message
from onestop.notify.states import State
from onestop.transitions import Refused
from tests.dossiers.money import asked as asked_to_pay


@pytest.fixture(autouse=True)
def days(settings):
    settings.RESULT_REMIND_DAYS = [7, 15, 30]


@pytest.fixture
def result(desk, cast, morning) -> Dossier:
    """A result that lies at the counter since this morning."""
    return processing.decide(actor=cast.specialist, dossier=desk.receive(), via="web", note="Đã ký")


def told(dossier: Dossier, template: str = "dossier_uncollected") -> list[str]:
    rows = Message.objects.filter(template_key=template, event_key__startswith=f"dossier:{dossier.pk}:")
    return list(rows.order_by("pk").values_list("state", flat=True))


def days_told(dossier: Dossier) -> list[int]:
    return [event.data["days"] for event in dossier.events.filter(verb="remind_result").order_by("pk")]


def after(dossier: Dossier, days: float) -> datetime:
    assert dossier.decided_at is not None
    return dossier.decided_at + timedelta(days=days)


def sweep(moment: datetime) -> int:
    with clock.frozen(moment):
        reminders.take_back()
        return reminders.remind_uncollected()


def send() -> None:
    Message.objects.filter(state=State.CREATED).update(state=State.SENT)


def test_on_each_of_the_days_once(result):
    asked = (6.9, 7, 8, 14.9, 15, 15.1, 29, 30, 40, 60)
    wrote = []
    for days in asked:
        wrote.append(sweep(after(result, days)))
        send()
    assert wrote == [0, 1, 0, 0, 1, 0, 0, 1, 0, 0]
    assert days_told(result) == [7, 15, 30]
    text = Message.objects.filter(template_key="dossier_uncollected").first().body
    assert "25/11/2026" in text and result.number in text and "bưu chính" in text


@pytest.mark.parametrize(("first", "then", "asked", "expected"), [
    ([7, 15, 30], [5, 10], (7, 10, 20), [7, 10]),
    ([7, 15, 30], [], (7, 15, 30), [7]),
    ([10], [3, 10], (4, 10), [3, 10]),
    ([7], [7, 0, -3, 7], (7, 8), [7]),
    ([7, 15, 30], [7, 15, 30], (16, 31), [15, 30]),  # the worker was late: only the nearest
    ([7], [7], (30,), []),  # weeks late: nobody is troubled any more
])
def test_the_setting_changes_or_the_worker_is_late(result, settings, first, then, asked, expected):
    settings.RESULT_REMIND_DAYS = first
    sweep(after(result, asked[0]))
    settings.RESULT_REMIND_DAYS = then
    for days in asked:
        sweep(after(result, days))
    assert days_told(result) == expected


def test_what_could_not_be_sent_is_replaced_by_the_next(result):
    assert [sweep(after(result, days)) for days in (7, 15)] == [1, 1]
    assert told(result) == [State.OBSOLETE, State.CREATED]


def test_fetched_it_is_neither_reminded_of_nor_sent(result, cast):
    assert sweep(after(result, 7)) == 1
    with clock.frozen(after(result, 7.2)):
        processing.hand_over(actor=cast.desk, dossier=result, via="web")
    assert sweep(after(result, 7.3)) == 0 and told(result) == [State.OBSOLETE]
    assert sweep(after(result, 15)) == 0


def test_another_way_of_return_ends_it_and_the_counter_again_begins_it_anew(result, cast):
    assert sweep(after(result, 7)) == 1
    with clock.frozen(after(result, 8)):
        processing.change_return(actor=cast.desk, dossier=result, method="post", address="Số 1 đường Mẫu", via="web")
    assert sweep(after(result, 8.1)) == 0 and told(result) == [State.OBSOLETE]
    assert sweep(after(result, 15)) == 0
    delivery.came_back(dossier=result)
    with clock.frozen(after(result, 16)):
        processing.change_return(actor=cast.desk, dossier=result, method="counter", address="", via="web")
    assert [sweep(after(result, days)) for days in (16.1, 29)] == [0, 0]  # told of the counter on day 16
    assert [sweep(after(result, days)) for days in (31.1, 32)] == [1, 0]
    assert days_told(result) == [7, 15]


def test_many_in_chunks_and_one_that_is_held_waits_for_the_next_sweep(result, desk, cast, monkeypatch):
    others = [processing.decide(actor=cast.specialist, dossier=desk.receive(), via="web", note="Đã ký") for _number in range(3)]
    monkeypatch.setattr(reminders, "CHUNK", 2)
    real = reminders.inform

    def stubborn(dossier, *args, **more):
        if dossier.pk == result.pk:
            raise Refused("busy", "…", status=503)
        real(dossier, *args, **more)

    monkeypatch.setattr(reminders, "inform", stubborn)
    assert sweep(after(result, 7)) == 3
    monkeypatch.undo()
    assert sweep(after(result, 7.1)) == 1
    assert [days_told(row) for row in (result, *others)] == [[7]] * 4


# --- the reminders that were there --------------------------------------------------------------------------------

def guidance(dossier: Dossier, cast, *, days: int = 10) -> Supplement:
    return supplements.request(actor=cast.specialist, dossier=dossier, items=["Tờ khai"], via="web",
                               answer_by=clock.today() + timedelta(days=days))


def later(days: float) -> datetime:
    return clock.now() + timedelta(days=days)


def test_papers_just_asked_for_are_not_reminded_of_at_once(desk, cast, morning, settings):
    settings.SUPPLEMENT_REMIND_DAYS = 3
    asked = guidance(desk.receive(), cast, days=2)
    assert supplement_sweeps.remind() == 0
    with clock.frozen(later(1.1)):
        assert supplement_sweeps.remind() == 1 and supplement_sweeps.remind() == 0
    assert told(asked.dossier, "dossier_supplement_reminder") == [State.CREATED]


def test_a_longer_setting_reminds_sooner_and_a_shorter_one_not_twice(desk, cast, morning, settings):
    asked = guidance(desk.receive(), cast)
    with clock.frozen(later(5)):
        settings.SUPPLEMENT_REMIND_DAYS = 3
        assert supplement_sweeps.remind() == 0
        settings.SUPPLEMENT_REMIND_DAYS = 6
        assert supplement_sweeps.remind() == 1
    with clock.frozen(later(9)):
        settings.SUPPLEMENT_REMIND_DAYS = 3
        assert supplement_sweeps.remind() == 0
    assert told(asked.dossier, "dossier_supplement_reminder") == [State.CREATED]


@pytest.mark.parametrize("turn", ["withdrawn", "stopped", "answered"])
def test_an_unsent_reminder_of_papers_is_taken_back(desk, cast, morning, turn):
    asked = guidance(desk.receive(), cast)
    with clock.frozen(later(8)):
        assert supplement_sweeps.remind() == 1
        assert reminders.take_back() == 0
        if turn == "withdrawn":
            processing.withdraw(actor=cast.desk, dossier=asked.dossier, via="web", note="Không làm nữa")
        elif turn == "stopped":
            processing.stop(actor=cast.leader, dossier=asked.dossier, via="web", note="Tranh chấp")
        else:
            supplements.answer(actor=None, supplement=asked, text="Đã gửi")
        assert supplement_sweeps.remind() == 0
        assert reminders.take_back() == 1
    assert told(asked.dossier, "dossier_supplement_reminder") == [State.OBSOLETE]


def test_an_unsent_reminder_to_pay_is_taken_back_and_is_of_no_use_after_the_last_day(desk, cast, morning):
    request = asked_to_pay(desk.receive(), cast.desk, amount=50_000, purpose="Lệ phí")
    with clock.frozen(clock.at(request.due_on - timedelta(days=1), 9)):
        assert money_sweeps.remind() == 1 and money_sweeps.remind() == 0
        assert Message.objects.get(template_key="payment_reminder").useless_at == clock.at(request.due_on + timedelta(days=1))
        assert reminders.take_back() == 0
        payments.cancel(actor=cast.desk, request=request, reason="Nhầm", via="web")
        assert reminders.take_back() == 1
    assert told(request.dossier, "payment_reminder") == [State.OBSOLETE]


def test_a_draft_is_reminded_of_once_and_not_on_the_day_it_was_typed(cast, morning, settings):
    settings.DRAFT_DAYS, settings.DRAFT_REMIND_DAYS = 3, 3
    kept = drafts.begin(procedure=cast.procedure, office=cast.office, values={"phone": ["0912345678"]})
    assert drafts.sweep() == 0
    with clock.frozen(later(1.5)):
        assert [drafts.sweep(), drafts.sweep()] == [1, 0]
        assert reminders.take_back() == 0
        drafts.store(draft=kept.draft, values={"phone": ["0912345678"], "full_name": ["Mẫu"]}, revision=1)
        assert reminders.take_back() == 1
    with clock.frozen(later(3)):
        assert drafts.sweep() == 1
    states = Message.objects.filter(template_key="draft_ends").order_by("pk").values_list("state", flat=True)
    assert list(states) == [State.OBSOLETE, State.CREATED]
