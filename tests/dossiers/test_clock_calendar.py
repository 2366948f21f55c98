"""A changed year: previewed before it is approved, then every dossier moved once and told once (rules.md 5.2)."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from dossiers.models import CalendarShift, Dossier, DossierEvent
from dossiers.services import calendar_shift, processing
from dossiers.states import RunState
from onestop import clock
from onestop.notify.models import Message
from onestop.offices.models import WorkCalendar
from onestop.offices.services import approve_calendar, change_day, redraft_calendar
from onestop.offices.states import DayKind
from tests.dossiers.people import browser_of

STORM = date(2026, 11, 30)  # a Monday inside the terms of both procedures


@pytest.fixture
def draft(cast, morning):
    """2026 with a Monday off."""
    made = redraft_calendar(actor=cast.administrator, calendar=WorkCalendar.objects.get(year=2026))
    change_day(actor=cast.administrator, calendar=made, day=STORM, kind=DayKind.OFF, name="Bão số 9", basis="Công điện 1")
    return made


@pytest.fixture
def dossiers(cast, desk, morning):
    """Due 2/12 and 9/12; one that has ended, one that is late already, one received after the changed day's week."""
    made = {"short": desk.receive(), "long": desk.receive(cast.field_procedure), "ended": desk.receive()}
    processing.decide(actor=cast.specialist, dossier=made["ended"], via="web")
    return made


def approve(cast, draft):
    return approve_calendar(actor=cast.administrator, calendar=draft, basis="Công điện 1/CĐ-TTg")


def test_the_preview_says_who_would_move_and_changes_nothing(cast, desk, dossiers, draft):
    browser = browser_of(cast.administrator)
    assert reverse("dossiers:calendar_preview", args=[draft.pk]) in browser.get(
        f"{reverse('offices:calendar', args=[2026])}?ban=2").content.decode()
    address = reverse("dossiers:calendar_preview", args=[draft.pk])
    with CaptureQueriesContext(connection, ) as queries:
        page = browser.get(address)
    assert all(query["sql"].lstrip().upper().startswith(("SELECT", "SAVEPOINT", "RELEASE")) for query in queries.captured_queries)
    found, shown = page.context["found"], page.content.decode()
    assert (found.moved, found.looked, found.overdue, found.unknown) == (2, 2, 0, 0)
    assert [(row.dossier, row.days) for row in found.first] == [(dossiers["short"], 1), (dossiers["long"], 1)]
    assert [(item.name, item.later, item.earlier, item.furthest) for item in found.by_office()] == [(cast.office.name, 2, 0, 1)]
    assert dossiers["short"].code in shown and "03/12/2026" in shown and dossiers["ended"].code not in shown
    assert desk.fresh(dossiers["short"]).due_at == clock.at(date(2026, 12, 2), 17)


def test_a_day_outside_of_every_term_moves_nobody(cast, desk, dossiers, morning):
    made = redraft_calendar(actor=cast.administrator, calendar=WorkCalendar.objects.get(year=2026))
    change_day(actor=cast.administrator, calendar=made, day=date(2026, 12, 24), kind=DayKind.OFF, name="Bão")
    found = calendar_shift.preview(made, cast.administrator)
    assert (found.looked, found.moved) == (0, 0)


def test_approved_by_the_page_each_is_moved_once_and_told_once(cast, desk, dossiers, draft):
    browser = browser_of(cast.administrator)
    answer = browser.post(reverse("dossiers:calendar_preview", args=[draft.pk]), {"basis": "Công điện 1/CĐ-TTg"})
    shift = CalendarShift.objects.get()
    assert answer["Location"] == reverse("dossiers:calendar_shift", args=[shift.pk])
    assert calendar_shift.run(shift.pk) == 2
    assert calendar_shift.run(shift.pk) == 0
    shift.refresh_from_db()
    assert (shift.state, shift.total, shift.moved) == (RunState.DONE, 2, 2)
    short, long, ended = (desk.fresh(dossiers[name]) for name in ("short", "long", "ended"))
    assert short.due_at == clock.at(date(2026, 12, 3), 17) and long.due_at == clock.at(date(2026, 12, 10), 17)
    assert short.original_due_at == clock.at(date(2026, 12, 2), 17) and short.calendar_versions == {"2026": 2}
    assert ended.due_at == clock.at(date(2026, 12, 2), 17) and ended.calendar_versions == {"2026": 1}
    event = DossierEvent.objects.get(subject=short, verb="calendar")
    assert event.public and event.legal_basis == "Công điện 1/CĐ-TTg" and event.data["from"][:10] == "2026-12-02"
    told = Message.objects.get(template_key="dossier_new_date", body__contains=short.code).body
    assert "17:00 ngày 03/12/2026" in told and "17:00 ngày 02/12/2026" in told and "Lịch làm việc năm 2026 thay đổi." in told
    page = browser.get(reverse("dossiers:calendar_shift", args=[shift.pk])).content.decode()
    assert short.code in page and "Đã xong" in page
    assert "Ngày trả kết quả đổi theo lịch làm việc mới" in browser.get(reverse("dossiers:detail", args=[short.pk])).content.decode()
    assert browser.get(reverse("dossiers:calendar_preview", args=[draft.pk]))["Location"] == answer["Location"]


def test_approved_elsewhere_the_sweep_begins(cast, desk, dossiers, draft):
    assert calendar_shift.sweep() == 0 and not CalendarShift.objects.exists()
    approve(cast, draft)
    assert calendar_shift.sweep() == 2
    assert calendar_shift.sweep() == 0 and CalendarShift.objects.count() == 1


def test_killed_in_the_middle_it_is_taken_up_and_nobody_is_told_twice(cast, desk, draft, monkeypatch):
    made = [desk.receive() for _ in range(7)]
    approved = approve(cast, draft)
    shift = calendar_shift.start(calendar=approved, actor=cast.administrator)
    assert calendar_shift.start(calendar=approved, actor=cast.administrator) == shift
    monkeypatch.setattr(calendar_shift, "CHUNK", 3)
    real, seen = calendar_shift.inform, []

    def inform(*args, **facts):
        seen.append(args)
        if len(seen) == 5:
            raise KeyboardInterrupt
        real(*args, **facts)

    monkeypatch.setattr(calendar_shift, "inform", inform)
    with pytest.raises(KeyboardInterrupt):
        calendar_shift.run(shift.pk)
    shift.refresh_from_db()
    assert (shift.moved, shift.total, shift.state) == (4, 3, RunState.RUNNING)
    assert calendar_shift.sweep() == 3
    shift.refresh_from_db()
    assert (shift.moved, shift.total, shift.state) == (7, 7, RunState.DONE)
    assert DossierEvent.objects.filter(verb="calendar").count() == len(made)
    assert Message.objects.filter(template_key="dossier_new_date").count() == len(made)
    assert set(Dossier.objects.values_list("due_at", flat=True)) == {clock.at(date(2026, 12, 3), 17)}


def test_what_was_late_stays_late_and_nobody_becomes_late(cast, desk, dossiers, draft):
    """On 3/12: 'short' was due on the 2nd and is late; with the day off it would have been due today."""
    back = redraft_calendar(actor=cast.administrator, calendar=approve(cast, draft))
    with clock.frozen(clock.at(date(2026, 12, 3), 9)):
        assert calendar_shift.sweep() == 2
        short = desk.fresh(dossiers["short"])
        assert short.was_late and short.due_at == clock.at(date(2026, 12, 3), 17)
    Dossier.objects.filter(pk=short.pk).update(was_late=False)
    with clock.frozen(clock.at(date(2026, 12, 3), 10)):
        change_day(actor=cast.administrator, calendar=back, day=STORM, kind="")
        assert calendar_shift.preview(back, cast.administrator).overdue == 1
        approve(cast, back)
        assert calendar_shift.sweep() == 1  # the long one moves back; the short one keeps the date that was told
        assert desk.fresh(short).due_at == clock.at(date(2026, 12, 3), 17) and not desk.fresh(short).was_late


def test_what_stands_still_is_computed_anew_when_it_runs_on(cast, desk, dossiers, draft):
    with clock.frozen(clock.at(date(2026, 11, 27), 9)):
        processing.stop(actor=cast.specialist, dossier=dossiers["short"], via="web", note="Chờ xác minh")
        approve(cast, draft)
        calendar_shift.sweep()
    with clock.frozen(clock.at(date(2026, 12, 1), 9)):
        processing.resume(actor=cast.specialist, dossier=dossiers["short"], via="web")
    assert desk.fresh(dossiers["short"]).due_at.date() == date(2026, 12, 4)  # Friday and Tuesday's morning stopped, Monday off


def test_only_the_administrator(cast, dossiers, draft):
    for user in (cast.leader, cast.specialist, cast.citizen, cast.monitor):
        browser = browser_of(user)
        assert browser.get(reverse("dossiers:calendar_preview", args=[draft.pk])).status_code == 403
        assert browser.post(reverse("dossiers:calendar_preview", args=[draft.pk])).status_code == 403
    draft.refresh_from_db()
    assert draft.state == "draft"
    assert browser_of(cast.administrator).get(reverse("dossiers:calendar_shift", args=[1])).status_code == 404


def test_the_preview_costs_the_same_for_one_and_for_many(cast, desk, draft, django_assert_max_num_queries):
    desk.receive()
    calendar_shift.preview(draft, cast.administrator)
    for _ in range(12):
        desk.receive(cast.field_procedure)
    with django_assert_max_num_queries(12):
        assert calendar_shift.preview(draft, cast.administrator).moved == 13
