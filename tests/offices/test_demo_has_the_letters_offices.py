"""The demonstration's offices: the letters' own, equipped, staffed, with calendars and a roster; loading twice adds nothing."""
from datetime import date, timedelta

import pytest

from onestop import clock
from onestop.offices import demo, queries
from onestop.offices.models import DutyShift, Office, OpeningHours, Room, WorkCalendar
from onestop.offices.states import CalendarState, Part
from onestop.people.models import Assignment, User

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("morning")]


def counts() -> list[int]:
    return [model.objects.count() for model in (Office, Room, OpeningHours, WorkCalendar, DutyShift, User, Assignment)]


def make_users() -> None:
    for username in demo.STAFF:
        User.objects.create(username=username, full_name="Người dùng (mẫu)")


def test_loading_twice_adds_nothing() -> None:
    make_users()
    said: list[str] = []
    demo.load(password="khong-dung", say=said.append)
    before = counts()
    demo.load(password="khong-dung", say=said.append)
    assert counts() == before
    assert "14 offices" in said[0]


def test_offices_are_equipped_and_staffed() -> None:
    make_users()
    demo.load(password="khong-dung", say=lambda line: None)
    assert Office.objects.get(code="ca-mau").hotline == "08.27.27.1022"
    for office in Office.objects.prefetch_related("rooms__counters"):
        assert [room.cap for room in office.rooms.all()] == [10, 10]
        assert office.opening_hours.count() == 10
    assert User.objects.get(username="motcua").office_ids_as("desk") == [Office.objects.get(code="ninh-kieu").pk]
    old = Office.objects.get(code="quan-ninh-kieu")
    assert old.successor is not None and old.successor.code == "ninh-kieu"
    assert WorkCalendar.objects.filter(state=CalendarState.APPROVED).count() == 10


def test_the_roster_leaves_eight_places_at_ninh_kieu_and_one_officer_elsewhere() -> None:
    make_users()
    demo.load(password="khong-dung", say=lambda line: None)
    first, last = clock.today(), clock.today() + timedelta(days=29)
    for office in Office.objects.active_on(first):
        room = office.rooms.get(code=f"{office.code}-p1")
        found = queries.officers_by_part(room=room, first=first, last=last)
        for day, rows in queries.openings(office=office, first=first, last=last).items():
            assert all(found[day, row.part] == (2 if office.code == "ninh-kieu" else 1) for row in rows)
    shifts = DutyShift.objects.filter(office__code="ninh-kieu", part=Part.MORNING)
    assert shifts.filter(user__username="motcua").values("place").distinct().count() > 1, "the groups take turns"


def test_without_users_the_offices_stand_and_calendars_stay_drafts() -> None:
    demo.load(password="khong-dung", say=lambda line: None)
    assert set(WorkCalendar.objects.values_list("state", flat=True)) == {CalendarState.DRAFT}


def test_a_letters_days_can_be_replayed() -> None:
    make_users()
    with clock.frozen(clock.at(date(2021, 8, 23), 8)):
        demo.load(password="khong-dung", say=lambda line: None)
        old = Office.objects.get(code="quan-ninh-kieu")
        assert User.objects.get(username="motcua").office_ids_as("desk") == [old.pk]
        assert queries.officers_in_room(room=old.rooms.get(code="quan-ninh-kieu-p1"), on=date(2021, 8, 23), part=Part.MORNING) == 2
        assert not DutyShift.objects.filter(office__code="ninh-kieu").exists()
