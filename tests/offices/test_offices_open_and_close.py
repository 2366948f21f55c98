"""When an office is open: weekday hours, the calendar, closures with both ends included, the declared maximum."""
from datetime import date, time

import pytest

from onestop import clock
from onestop.offices import queries
from onestop.offices.models import CalendarDay, Closure, OfficeEvent, OpeningHours, WorkCalendar
from onestop.offices.services import HoursRow, close_office, declare_maximum, reopen_office, set_hours
from onestop.offices.states import DayKind, Part
from onestop.transitions import Refused
from tests.cast import Cast

FIRST, LAST = date(2026, 11, 26), date(2026, 11, 30)
pytestmark = pytest.mark.usefixtures("morning")


def parts(cast: Cast, day: date) -> list[str]:
    return [row.part for row in queries.opening(office=cast.office, on=day)]


def test_open_on_working_days_closed_on_weekends_and_holidays(cast: Cast) -> None:
    assert parts(cast, date(2026, 11, 25)) == ["morning", "afternoon"]
    assert parts(cast, date(2026, 11, 28)) == []
    assert parts(cast, date(2026, 11, 24)) == []


def test_a_worked_saturday_has_fridays_hours_and_a_half_day_one_part(cast: Cast) -> None:
    assert parts(cast, date(2026, 8, 22)) == ["morning", "afternoon"]
    CalendarDay.objects.create(calendar=WorkCalendar.objects.get(year=2026), date=date(2026, 12, 31), kind=DayKind.HALF_MORNING)
    assert parts(cast, date(2026, 12, 31)) == ["morning"]


def test_an_office_may_open_on_saturdays_by_itself(cast: Cast) -> None:
    set_hours(actor=cast.leader, office=cast.office, rows=[HoursRow(5, Part.MORNING, time(7, 30), time(11))])
    assert parts(cast, date(2026, 11, 28)) == ["morning"]


def test_an_office_that_has_ended_is_not_open(cast: Cast) -> None:
    cast.office.valid_to = date(2026, 11, 25)
    assert parts(cast, date(2026, 11, 25)) != []
    assert parts(cast, date(2026, 11, 26)) == []


def test_both_ends_of_a_closure_are_closed(cast: Cast) -> None:
    closure = close_office(actor=cast.leader, office=cast.office, starts_on=FIRST, ends_on=LAST, reason="Khu vực phong tỏa",
                           legal_basis="4708/UBND-CCHC")
    assert [parts(cast, day) for day in (FIRST, LAST)] == [[], []]
    assert parts(cast, date(2026, 11, 25)) != []
    assert parts(cast, date(2026, 12, 1)) != []
    assert queries.closure_on(office=cast.office, on=LAST) == closure
    assert queries.closure_on(office=cast.office, on=date(2026, 12, 1)) is None
    assert queries.closures_on(offices=[cast.office, cast.other_office], on=FIRST) == {cast.office.pk: closure}


def test_closing_a_room_leaves_the_office_open(cast: Cast) -> None:
    closure = close_office(actor=cast.leader, office=cast.office, starts_on=FIRST, ends_on=FIRST, reason="Sửa phòng", room=cast.waiting)
    assert parts(cast, FIRST) == ["morning", "afternoon"]
    assert queries.closure_on(office=cast.office, on=FIRST) is None
    assert queries.closure_on(office=cast.office, on=FIRST, room=cast.waiting) == closure


def test_closing_twice_is_one_closure(cast: Cast) -> None:
    for _unused in range(2):
        close_office(actor=cast.leader, office=cast.office, starts_on=FIRST, reason="Bão")
    assert Closure.objects.count() == 1
    assert OfficeEvent.objects.filter(verb="close").count() == 1


def test_reopening_makes_today_an_open_day(cast: Cast) -> None:
    today = clock.today()
    closure = Closure.objects.create(office=cast.office, starts_on=date(2026, 11, 20), reason="Bão")
    assert parts(cast, today) == []
    for _unused in range(2):
        reopen_office(actor=cast.leader, closure=closure, reason="Hết bão")
    assert parts(cast, today) != []
    closure.refresh_from_db()
    assert closure.ends_on == date(2026, 11, 24)
    assert OfficeEvent.objects.filter(verb="reopen").count() == 1
    coming = close_office(actor=cast.leader, office=cast.office, starts_on=FIRST, reason="Bão")
    reopen_office(actor=cast.leader, closure=coming)
    assert not Closure.objects.filter(pk=coming.pk).exists()
    assert OfficeEvent.objects.filter(verb="reopen").count() == 2


@pytest.mark.parametrize(("starts_on", "ends_on", "reason", "code"), [
    (date(2026, 11, 24), None, "Bão", "past_day"), (FIRST, date(2026, 11, 25), "Bão", "bad_period"), (FIRST, LAST, "  ", "reason_needed")])
def test_bad_closures_are_refused(cast: Cast, starts_on: date, ends_on: date | None, reason: str, code: str) -> None:
    with pytest.raises(Refused) as refused:
        close_office(actor=cast.leader, office=cast.office, starts_on=starts_on, ends_on=ends_on, reason=reason)
    assert refused.value.code == code
    with pytest.raises(Refused) as refused:
        close_office(actor=cast.leader, office=cast.other_office, starts_on=FIRST, reason="Bão", room=cast.room)
    assert refused.value.status == 403


def test_declared_maximum_by_the_offices_own_leader(cast: Cast) -> None:
    row = declare_maximum(actor=cast.leader, office=cast.office, weekday=0, part=Part.MORNING, maximum=12, reason="Thiếu người")
    assert row.max_dossiers == 12
    event = OfficeEvent.objects.get(verb="declare_maximum")
    assert (event.from_state, event.to_state, event.reason, event.actor) == ("20", "12", "Thiếu người", cast.leader)
    declare_maximum(actor=cast.leader, office=cast.office, weekday=0, part=Part.MORNING, maximum=12)
    assert OfficeEvent.objects.filter(verb="declare_maximum").count() == 1
    for maximum, code in ((-1, "bad_maximum"), (501, "bad_maximum")):
        with pytest.raises(Refused) as refused:
            declare_maximum(actor=cast.leader, office=cast.office, weekday=0, part=Part.MORNING, maximum=maximum)
        assert refused.value.code == code
    with pytest.raises(Refused) as refused:
        declare_maximum(actor=cast.administrator, office=cast.office, weekday=6, part=Part.MORNING, maximum=5)
    assert refused.value.code == "not_open"
    for person in (cast.outsider, cast.specialist, cast.desk, cast.citizen):
        with pytest.raises(Refused) as refused:
            declare_maximum(actor=person, office=cast.office, weekday=0, part=Part.MORNING, maximum=5)
        assert refused.value.status == 403


@pytest.mark.parametrize("row", [
    HoursRow(0, Part.MORNING, time(9), time(8)), HoursRow(0, Part.MORNING, time(9), None), HoursRow(0, Part.MORNING, time(7), time(14)),
    HoursRow(9, Part.MORNING, time(7), time(8)), HoursRow(0, "night", time(7), time(8)), HoursRow(0, Part.MORNING, time(7), time(8), 7),
    HoursRow(0, Part.MORNING, time(7), time(8), 30, 501)])
def test_bad_hours_are_refused_and_nothing_changes(cast: Cast, row: HoursRow) -> None:
    with pytest.raises(Refused):
        set_hours(actor=cast.leader, office=cast.office, rows=[HoursRow(1, Part.MORNING), row])
    assert OpeningHours.objects.filter(office=cast.office).count() == 10


def test_offices_by_level_area_and_distance(cast: Cast) -> None:
    on = clock.today()
    assert set(queries.offices_at_levels({"commune"}, on=on)) == {cast.office, cast.other_office}
    assert list(queries.offices_at_levels({"commune"}, on=on, area=cast.commune)) == [cast.office]
    everywhere = queries.offices_at_levels({"commune", "province"}, on=on, area=cast.province)
    assert set(everywhere) == {cast.centre, cast.office, cast.other_office}
    cast.office.latitude, cast.office.longitude = 10.03, 105.79
    cast.other_office.latitude, cast.other_office.longitude = 10.00, 105.75
    assert queries.nearest([cast.centre, cast.other_office, cast.office], 10.04, 105.80) == [cast.office, cast.other_office, cast.centre]
    assert queries.distance_km(10.0, 105.0, 11.0, 105.0) == pytest.approx(111.2, abs=0.1)


def test_a_span_costs_as_many_queries_as_a_day(cast: Cast, django_assert_num_queries) -> None:  # type: ignore[no-untyped-def]
    for last in (FIRST, date(2026, 12, 31)):
        with django_assert_num_queries(4):
            queries.openings(office=cast.office, first=FIRST, last=last)
