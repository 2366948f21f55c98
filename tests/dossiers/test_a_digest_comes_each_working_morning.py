"""What is late and due soon: each working morning, once a person and day, to officers and to the leaders of an office."""
from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from dossiers.models import Dossier
from dossiers.services import digest
from onestop import clock
from onestop.notify.models import Message
from onestop.offices.models import DutyShift
from onestop.offices.states import Part, Place
from onestop.people.models import User
from onestop.transitions import Refused

TUESDAY = clock.at(datetime(2026, 12, 1).date(), 7, 10)


@pytest.fixture(autouse=True)
def hour(settings):
    settings.DIGEST_HOUR, settings.DUE_SOON_WORKING_DAYS = 7, 2


@pytest.fixture
def held(desk, cast, morning):
    """Make a dossier that falls due so many days after Tuesday, held by an officer."""

    def make(days: float, officer: User | None = None) -> Dossier:
        dossier = desk.receive()
        Dossier.objects.filter(pk=dossier.pk).update(assignee=officer or cast.specialist, due_at=TUESDAY + timedelta(days=days))
        return dossier

    return make


def sweep(moment: datetime = TUESDAY) -> int:
    with clock.frozen(moment):
        return digest.sweep()


def told(template: str) -> list[Message]:
    return list(Message.objects.filter(template_key=template).order_by("pk"))


def test_officers_and_leaders_are_told_once_a_day(held, cast):
    late, soon, _far = held(-1), held(1), held(20)
    held(1, cast.desk)
    assert sweep() == 3  # two officers and their leader
    assert sweep() == sweep(TUESDAY + timedelta(hours=2)) == 0
    mine = next(row for row in told("officer_digest") if row.recipient_name == cast.specialist.full_name)
    assert "1 quá hạn, 1 sắp đến hạn" in mine.body
    assert late.number in mine.body and soon.number in mine.body and _far.number not in mine.body
    assert "Người nộp" not in mine.body
    assert mine.useless_at == clock.at(datetime(2026, 12, 2).date())
    [of_office] = told("office_digest")
    assert of_office.recipient_name == cast.leader.full_name and "1 quá hạn, 2 sắp đến hạn" in of_office.body
    assert sweep(TUESDAY + timedelta(days=1)) == 3  # the next day again


@pytest.mark.parametrize("moment", [
    TUESDAY - timedelta(hours=1), TUESDAY + timedelta(hours=6), TUESDAY + timedelta(days=4), TUESDAY + timedelta(days=5),
    clock.at(datetime(2027, 1, 1).date(), 7, 30)])
def test_not_before_its_hour_not_in_the_afternoon_not_on_days_off(held, moment):
    held(-3)
    assert sweep(moment) == 0


def test_another_hour_may_be_set(held, settings):
    held(-1)
    settings.DIGEST_HOUR = 9
    assert sweep() == 0
    assert sweep(TUESDAY + timedelta(hours=2)) == 2
    settings.DIGEST_HOUR = 7
    assert sweep(TUESDAY + timedelta(hours=3)) == 0


def test_nothing_is_said_where_there_is_nothing(held):
    held(20)
    assert sweep() == 0 and not told("officer_digest") + told("office_digest")


def test_who_is_off_that_day_is_left_alone(held, cast):
    held(-1)
    for part in (Part.MORNING, Part.AFTERNOON):
        DutyShift.objects.create(user=cast.specialist, office=cast.office, date=TUESDAY.date(), part=part, place=Place.LEAVE)
    assert sweep() == 1 and not told("officer_digest")


def test_a_stopped_clock_is_not_late(held, cast):
    dossier = held(-1)
    Dossier.objects.filter(pk=dossier.pk).update(state="stopped")
    assert sweep() == 0


def test_another_address_on_the_same_day_is_not_told_again(held, cast):
    held(-1)
    assert sweep() == 2
    User.objects.filter(pk=cast.specialist.pk).update(email="moi@example.vn", phone="0987000111")
    assert sweep() == 0


def test_by_e_mail_where_there_is_one_else_on_the_portal_never_by_telephone(held, cast, settings):
    settings.NOTIFY_CHANNELS = ["sms", "email"]
    User.objects.filter(pk=cast.specialist.pk).update(email="chuyenvien@example.vn", phone="0987000111")
    User.objects.filter(pk=cast.leader.pk).update(email="", phone="0987000222")
    held(-1)
    assert sweep() == 2
    assert [row.channel for row in (*told("officer_digest"), *told("office_digest"))] == ["email", "file"]


def test_one_that_cannot_be_written_keeps_none_of_the_others_waiting(held, cast, monkeypatch):
    held(-1)
    real = digest.tell

    def stubborn(**more):
        if more["template"] == "officer_digest":
            raise Refused("busy", "…", status=503)
        return real(**more)

    monkeypatch.setattr(digest, "tell", stubborn)
    assert sweep() == 1
    monkeypatch.undo()
    assert sweep() == 1


def test_who_left_the_service_is_told_nothing(held, cast):
    held(-1)
    User.objects.filter(pk=cast.specialist.pk).update(is_active=False)
    assert sweep() == 1
    assert not told("officer_digest")
