"""Warnings of a crowd: opened before it forms, brought up to date, passed once no longer true; leaders are told once a day."""
from datetime import timedelta

import pytest

from bookings import crowds
from bookings.models import CrowdWarning, Session, SessionEvent, WaitingEntry
from bookings.services import forecast, moving, surge
from bookings.states import WarningState
from bookings.tasks import warn_of_crowds
from dossiers.models import Dossier
from onestop import clock
from onestop.notify.models import Message
from onestop.transitions import Refused
from tests.bookings.conftest import DAY, person
from tests.cast import Cast


@pytest.fixture
def small(session: Session) -> Session:
    """Tomorrow's morning takes three dossiers."""
    Session.objects.filter(pk=session.pk).update(capacity=3)
    session.refresh_from_db()
    return session


def wants(cast: Cast, number: int, first=DAY, last=DAY) -> WaitingEntry:
    """Somebody on the waiting list."""
    who = person(number)
    return WaitingEntry.objects.create(
        code=f"CHO{number:05d}", secret_digest="x", office=cast.office, procedure=cast.procedure, first_day=first, last_day=last,
        full_name=who.full_name, search_name=who.full_name, phone=who.phone, person_key=who.key, channel="web")


def warning() -> CrowdWarning:
    return CrowdWarning.objects.get()


def test_a_full_morning_with_people_waiting_is_warned_of(open_office, book, small) -> None:
    for number in (1, 2, 3):
        book(number)
    assert forecast.warn(office=open_office.office) == 0  # full is no crowd
    for number in (4, 5, 6, 7):
        wants(open_office, number)
    assert forecast.warn(office=open_office.office) == 1
    row = warning()
    assert (row.date, row.part, row.state, row.capacity) == (DAY, "morning", WarningState.OPEN, 3)
    assert row.expected == 5  # three booked and half of the four who wait; the other half may come in the afternoon
    assert SessionEvent.objects.filter(subject=small, verb="crowd_warned", data__warning=row.pk).count() == 1


def test_looking_again_changes_nothing_and_tells_nobody_twice(open_office, book, small) -> None:
    for number in (1, 2, 3):
        book(number)
    for number in range(4, 8):
        wants(open_office, number)
    warn_of_crowds()
    warn_of_crowds()
    assert CrowdWarning.objects.count() == 1 and SessionEvent.objects.filter(verb="crowd_warned").count() == 1
    message = Message.objects.get(template_key="crowd_warning")
    assert message.recipient_name == open_office.leader.full_name and "26/11/2026" in message.body and "khoảng 5 hồ sơ" in message.body
    assert "/dat-lich/du-bao/" in message.body


def test_it_passes_when_people_cancel_and_opens_again_when_they_come_back(open_office, book, small) -> None:
    made = [book(number) for number in (1, 2, 3)]
    for number in range(4, 8):
        wants(open_office, number)
    forecast.warn(office=open_office.office)
    for booked in made:
        moving.cancel(appointment=booked.appointment, by_label="citizen")
    forecast.warn(office=open_office.office)
    assert warning().state == WarningState.PASSED
    assert SessionEvent.objects.filter(subject=small, verb="crowd_passed").count() == 1
    for number in (8, 9, 10):
        book(number)
    assert forecast.warn(office=open_office.office) == 1 and warning().state == WarningState.OPEN


def test_it_passes_with_its_day(open_office, book, small) -> None:
    for number in (1, 2, 3):
        book(number)
    for number in range(4, 8):
        wants(open_office, number)
    forecast.warn(office=open_office.office)
    with clock.frozen(clock.now() + timedelta(days=2)):
        forecast.warn(office=open_office.office)
    assert warning().state == WarningState.PASSED


def test_results_that_wait_are_expected_over_a_week(open_office, book, small) -> None:
    from tests.pages.conftest import received

    made = [received(open_office, name=f"Người chờ {number}", phone=f"09120000{number:02d}") for number in range(20)]
    Dossier.objects.filter(pk__in=[row.pk for row in made]).update(state="decided", decided_at=clock.now())
    rows = crowds.expected(open_office.office, first=clock.today(), last=DAY + timedelta(days=10))
    collecting = sum(row.signs.collecting for row in rows)
    assert collecting == pytest.approx(20, rel=0.2) and max(row.signs.collecting for row in rows) < 3
    long_ago = clock.now() - timedelta(days=60)
    Dossier.objects.update(decided_at=long_ago)
    rows = crowds.expected(open_office.office, first=clock.today(), last=DAY)
    assert not any(row.signs.collecting for row in rows)


def test_the_number_of_queries_does_not_depend_on_the_days(open_office, book, django_assert_max_num_queries) -> None:
    for number in range(5):
        book(number)
    for days in (1, 9):
        with django_assert_max_num_queries(7):
            crowds.expected(open_office.office, first=clock.today(), last=clock.today() + timedelta(days=days))


def test_what_was_settled_stays_settled_until_much_more_is_expected(open_office, book, small) -> None:
    for number in (1, 2, 3):
        book(number)
    for number in range(4, 8):
        wants(open_office, number)
    forecast.warn(office=open_office.office)
    surge.settle(actor=open_office.leader, warning=warning(), how="Đã mời nộp trực tuyến")
    row = warning()
    assert (row.state, row.handled_by, row.handled_how) == (WarningState.HANDLED, open_office.leader, "Đã mời nộp trực tuyến")
    assert SessionEvent.objects.get(verb="crowd_handled").actor == open_office.leader
    forecast.warn(office=open_office.office)
    assert warning().state == WarningState.HANDLED
    for number in range(20, 30):
        wants(open_office, number)
    assert forecast.warn(office=open_office.office) == 1
    assert CrowdWarning.objects.get(part="morning").state == WarningState.OPEN


def test_only_leader_and_administrator_plan(open_office, small, book) -> None:
    row = CrowdWarning.objects.create(office=open_office.office, date=DAY, part="morning", expected=9, capacity=3)
    for actor in (open_office.desk, open_office.guard, open_office.outsider, open_office.hotline):
        with pytest.raises(Refused) as refusal:
            surge.settle(actor=actor, warning=row, how="x")
        assert refusal.value.code == "not_allowed"
    with pytest.raises(Refused):
        surge.settle(actor=open_office.leader, warning=row, how="  ")
    assert surge.settle(actor=open_office.administrator, warning=row, how="Đã báo phường bên").state == WarningState.HANDLED
