"""The work calendar of a year: proposed from the known holidays, approved by an administrator, versioned, never changed once approved."""
from datetime import date, time

import pytest

from onestop import worktime
from onestop.offices import calendars
from onestop.offices.models import OfficeEvent, WorkCalendar
from onestop.offices.services import approve_calendar, change_day, propose_calendar, redraft_calendar
from onestop.offices.states import CalendarState, DayKind
from onestop.transitions import Refused
from tests.cast import Cast


@pytest.fixture
def bare(cast: Cast) -> Cast:
    """The cast without calendars."""
    WorkCalendar.objects.all().delete()
    return cast


def working(day: date) -> bool:
    return worktime.is_working_day(calendars.work_calendar(day, day), day)


@pytest.mark.parametrize(("day", "works"), [
    (date(2025, 4, 26), True), (date(2025, 5, 2), False), (date(2025, 4, 30), False), (date(2026, 2, 13), True),
    (date(2026, 2, 16), False),
    (date(2026, 2, 20), False), (date(2026, 2, 23), True), (date(2026, 4, 27), False), (date(2026, 8, 22), True),
    (date(2026, 8, 31), False),
    (date(2026, 11, 24), False), (date(2026, 11, 25), True), (date(2019, 1, 5), True), (date(2018, 12, 31), False),
    (date(2026, 11, 28), False)])
def test_known_days(bare: Cast, day: date, works: bool) -> None:
    approve_calendar(actor=bare.administrator, calendar=propose_calendar(actor=bare.administrator, year=day.year))
    assert working(day) is works


def test_administrator_adds_the_swap_that_the_library_lacks(bare: Cast) -> None:
    draft = propose_calendar(actor=bare.administrator, year=2026)
    change_day(actor=bare.administrator, calendar=draft, day=date(2026, 1, 2), kind=DayKind.OFF, name="Hoán đổi", basis="Thông báo số 1")
    change_day(actor=bare.administrator, calendar=draft, day=date(2026, 1, 10), kind=DayKind.WORKING, name="Làm bù",
               basis="Thông báo số 1")
    approve_calendar(actor=bare.administrator, calendar=draft)
    assert not working(date(2026, 1, 2))
    assert working(date(2026, 1, 10))
    told = OfficeEvent.objects.filter(calendar=draft, verb="change_day", actor=bare.administrator)
    assert [event.legal_basis for event in told] == ["Thông báo số 1"] * 2


def test_a_half_day_keeps_one_interval(bare: Cast) -> None:
    draft = propose_calendar(actor=bare.administrator, year=2026)
    change_day(actor=bare.administrator, calendar=draft, day=date(2026, 12, 31), kind=DayKind.HALF_MORNING)
    approve_calendar(actor=bare.administrator, calendar=draft)
    found = calendars.work_calendar(date(2026, 12, 30), date(2026, 12, 31))
    assert found.days[date(2026, 12, 31)] == ((time(7), time(11, 30)),)
    assert found.days[date(2026, 12, 30)] == ((time(7), time(11, 30)), (time(13, 30), time(17)))


def test_only_an_administrator_approves(bare: Cast) -> None:
    draft = propose_calendar(actor=bare.administrator, year=2026)
    for person in (bare.desk, bare.specialist, bare.leader, bare.hotline, bare.guard, bare.carrier, bare.monitor, bare.citizen):
        with pytest.raises(Refused, match="phê duyệt") as refused:
            approve_calendar(actor=person, calendar=draft)
        assert refused.value.status == 403
        with pytest.raises(Refused):
            change_day(actor=person, calendar=draft, day=date(2026, 1, 2), kind=DayKind.OFF)
    draft.refresh_from_db()
    assert draft.state == CalendarState.DRAFT


def test_proposing_and_approving_twice_changes_nothing(bare: Cast) -> None:
    draft = propose_calendar(actor=bare.administrator, year=2026)
    assert propose_calendar(actor=bare.administrator, year=2026) == draft
    approved = approve_calendar(actor=bare.administrator, calendar=draft)
    assert approve_calendar(actor=bare.administrator, calendar=draft).approved_at == approved.approved_at
    assert OfficeEvent.objects.filter(calendar=draft, verb="approve").count() == 1
    with pytest.raises(Refused) as refused:
        propose_calendar(actor=bare.administrator, year=2026)
    assert (refused.value.code, refused.value.status) == ("calendar_approved", 409)


def test_a_change_of_an_approved_calendar_is_a_new_version(bare: Cast) -> None:
    day = date(2026, 12, 24)
    first = approve_calendar(actor=bare.administrator, calendar=propose_calendar(actor=bare.administrator, year=2026))
    with pytest.raises(Refused) as refused:
        change_day(actor=bare.administrator, calendar=first, day=day, kind=DayKind.OFF)
    assert refused.value.status == 409
    second = redraft_calendar(actor=bare.administrator, calendar=first)
    assert second.version == 2
    assert second.days.count() == first.days.count()
    assert redraft_calendar(actor=bare.administrator, calendar=first) == second
    change_day(actor=bare.administrator, calendar=second, day=day, kind=DayKind.OFF, name="Bão")
    assert working(day), "a draft does not count while a version is in force"
    assert calendars.versions(day, day) == {"2026": 1}
    approve_calendar(actor=bare.administrator, calendar=second)
    assert not working(day)
    assert calendars.versions(day, day) == {"2026": 2}
    first.refresh_from_db()
    assert first.state == CalendarState.REPLACED
    with pytest.raises(Refused):
        approve_calendar(actor=bare.administrator, calendar=first)


def test_without_an_approved_calendar_the_draft_serves_and_is_never_stale(bare: Cast) -> None:
    draft = propose_calendar(actor=bare.administrator, year=2026)
    day = date(2026, 12, 24)
    assert working(day)
    change_day(actor=bare.administrator, calendar=draft, day=day, kind=DayKind.OFF)
    assert not working(day)
    assert change_day(actor=bare.administrator, calendar=draft, day=day, kind="") is None
    assert working(day)


def test_a_year_without_a_calendar_is_an_error_only_when_it_is_needed(bare: Cast) -> None:
    propose_calendar(actor=bare.administrator, year=2026)
    found = calendars.work_calendar(date(2026, 12, 1), date(2027, 6, 1))
    assert worktime.add_working_days(found, date(2026, 12, 1), 5) == date(2026, 12, 8)
    with pytest.raises(worktime.CalendarMissing):
        worktime.add_working_days(found, date(2026, 12, 30), 5)
    with pytest.raises(worktime.CalendarMissing):
        calendars.work_calendar(date(2031, 1, 1), date(2031, 1, 2))


def test_the_vectors_of_the_rules(bare: Cast) -> None:
    for year in (2025, 2026):
        approve_calendar(actor=bare.administrator, calendar=propose_calendar(actor=bare.administrator, year=year))
    found = calendars.work_calendar(date(2025, 1, 1), date(2026, 12, 31))
    for start, days, due in ((date(2025, 4, 22), 4, date(2025, 4, 26)), (date(2025, 4, 22), 7, date(2025, 5, 5)),
                             (date(2026, 2, 12), 5, date(2026, 2, 26)), (date(2026, 4, 24), 1, date(2026, 4, 28)),
                             (date(2026, 11, 20), 3, date(2026, 11, 26))):
        assert worktime.add_working_days(found, start, days) == due


@pytest.mark.parametrize(("day", "kind", "code"), [
    (date(2025, 1, 1), DayKind.OFF, "wrong_year"), (date(2026, 1, 5), "holiday", "bad_kind")])
def test_bad_days_are_refused(bare: Cast, day: date, kind: str, code: str) -> None:
    draft = propose_calendar(actor=bare.administrator, year=2026)
    with pytest.raises(Refused) as refused:
        change_day(actor=bare.administrator, calendar=draft, day=day, kind=kind)
    assert refused.value.code == code


def test_reading_costs_one_query_once_known(bare: Cast, django_assert_num_queries) -> None:  # type: ignore[no-untyped-def]
    approve_calendar(actor=bare.administrator, calendar=propose_calendar(actor=bare.administrator, year=2026))
    calendars.work_calendar(date(2026, 1, 1), date(2026, 12, 31))
    with django_assert_num_queries(1):
        calendars.work_calendar(date(2026, 1, 1), date(2026, 12, 31))
