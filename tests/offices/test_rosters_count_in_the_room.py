"""The duty roster: who may set it, whom it counts, what it refuses (Cần Thơ 1b, Thường Tín 4)."""
from datetime import date, timedelta

import pytest

from onestop.offices import queries
from onestop.offices.models import DutyShift, OfficeEvent
from onestop.offices.services import DutyEntry, copy_week, set_duty
from onestop.offices.states import Part, Place
from onestop.people.models import User
from onestop.people.states import Role
from onestop.transitions import Refused
from tests import cast as casting
from tests.cast import Cast

DAY = date(2026, 11, 25)
MONDAY = date(2026, 11, 23)


def entry(user: User, place: str, day: date = DAY, part: str = Part.MORNING) -> DutyEntry:
    return DutyEntry(user.pk, day, part, place)


def test_only_officers_at_the_counter_count(cast: Cast) -> None:
    changed = set_duty(actor=cast.leader, office=cast.office, entries=[
        entry(cast.desk, Place.COUNTER), entry(cast.specialist, Place.ONLINE), entry(cast.leader, Place.HOME),
        entry(cast.specialist, Place.COUNTER, part=Part.AFTERNOON)])
    assert changed == 4
    assert queries.officers_in_room(room=cast.room, on=DAY, part=Part.MORNING) == 1
    assert queries.officers_in_room(room=cast.room, on=DAY, part=Part.EVENING) == 0
    assert queries.officers_in_room(room=cast.waiting, on=DAY, part=Part.MORNING) == 0
    assert queries.officers_by_part(room=cast.room, first=DAY, last=DAY) == {(DAY, "morning"): 1, (DAY, "afternoon"): 1}


def test_setting_the_same_again_changes_nothing_and_empty_takes_off(cast: Cast) -> None:
    wanted = [entry(cast.desk, Place.COUNTER)]
    assert set_duty(actor=cast.leader, office=cast.office, entries=wanted) == 1
    assert set_duty(actor=cast.leader, office=cast.office, entries=wanted) == 0
    assert OfficeEvent.objects.filter(office=cast.office, verb="set_duty").count() == 1
    assert set_duty(actor=cast.administrator, office=cast.office, entries=[entry(cast.desk, "")]) == 1
    assert not DutyShift.objects.exists()


def test_who_may_set_it(cast: Cast) -> None:
    for person in (cast.desk, cast.specialist, cast.guard, cast.hotline, cast.outsider, cast.citizen, cast.monitor):
        with pytest.raises(Refused) as refused:
            set_duty(actor=person, office=cast.office, entries=[entry(cast.desk, Place.COUNTER)])
        assert refused.value.status == 403
    assert not DutyShift.objects.exists()


def test_people_of_another_office_are_refused_and_nothing_is_kept(cast: Cast) -> None:
    with pytest.raises(Refused) as refused:
        set_duty(actor=cast.leader, office=cast.office, entries=[entry(cast.desk, Place.COUNTER), entry(cast.outsider, Place.COUNTER)])
    assert refused.value.code == "not_assigned"
    assert not DutyShift.objects.exists()


def test_one_person_is_not_in_two_offices_at_once(cast: Cast) -> None:
    cast.outsider.assignments.create(office=cast.office, role=Role.DESK, starts_on=date(2018, 1, 1))
    set_duty(actor=cast.administrator, office=cast.other_office, entries=[entry(cast.outsider, Place.COUNTER)])
    with pytest.raises(Refused) as refused:
        set_duty(actor=cast.leader, office=cast.office, entries=[entry(cast.outsider, Place.COUNTER)])
    assert (refused.value.code, refused.value.status) == ("elsewhere", 409)
    assert set_duty(actor=cast.leader, office=cast.office, entries=[entry(cast.outsider, "")]) == 0
    assert DutyShift.objects.get().office == cast.other_office


def test_more_officers_than_the_room_holds_are_refused(cast: Cast) -> None:
    crowd = [casting.person(f"t-dong-{number}", "Cán bộ (thử)", cast.office, Role.DESK) for number in range(11)]
    ten = [entry(user, Place.COUNTER) for user in crowd[:10]]
    assert set_duty(actor=cast.leader, office=cast.office, entries=ten) == 10
    with pytest.raises(Refused) as refused:
        set_duty(actor=cast.leader, office=cast.office, entries=[entry(crowd[10], Place.COUNTER)])
    assert refused.value.code == "room_over_cap"
    assert queries.officers_in_room(room=cast.room, on=DAY, part=Part.MORNING) == 10


@pytest.mark.parametrize(("part", "place"), [("night", Place.COUNTER), (Part.MORNING, "beach")])
def test_unknown_words_are_refused(cast: Cast, part: str, place: str) -> None:
    with pytest.raises(Refused) as refused:
        set_duty(actor=cast.leader, office=cast.office, entries=[DutyEntry(cast.desk.pk, DAY, part, place)])
    assert refused.value.code == "bad_duty"
    with pytest.raises(Refused):
        set_duty(actor=cast.leader, office=cast.office, entries=[DutyEntry(cast.desk.pk, DAY, Part.MORNING, Place.COUNTER, room_id=987654)])


def test_a_week_is_copied_to_the_next_without_those_who_left(cast: Cast) -> None:
    set_duty(actor=cast.leader, office=cast.office, entries=[entry(cast.desk, Place.COUNTER), entry(cast.specialist, Place.ONLINE)])
    cast.specialist.assignments.update(ends_on=MONDAY + timedelta(days=6))
    assert copy_week(actor=cast.leader, office=cast.office, monday=MONDAY) == 1
    copied = DutyShift.objects.get(date=DAY + timedelta(days=7))
    assert (copied.user, copied.place, copied.room) == (cast.desk, Place.COUNTER, cast.room)
    assert copy_week(actor=cast.leader, office=cast.office, monday=MONDAY) == 0
    with pytest.raises(Refused) as refused:
        copy_week(actor=cast.leader, office=cast.office, monday=MONDAY - timedelta(days=7))
    assert refused.value.code == "empty_week"
