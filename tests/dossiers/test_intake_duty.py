"""Vĩnh Phúc 1: an officer on duty for every online dossier; told at half of the limit, leaders after it; leaders see what waits."""
from datetime import timedelta

import pytest
from django.urls import reverse

from dossiers.services import duty, intake, sweeps, upkeep
from onestop import clock
from onestop.notify.models import Message
from onestop.offices.models import DutyShift
from onestop.people.models import User
from tests.pages.conftest import text_of


def shift(cast, user, day, place="online", part="morning"):
    return DutyShift.objects.create(office=cast.office, user=user, date=day, part=part, place=place)


@pytest.fixture
def phones(cast):
    User.objects.filter(pk=cast.desk.pk).update(phone="0900000011")
    User.objects.filter(pk=cast.specialist.pk).update(phone="0900000012")
    User.objects.filter(pk=cast.leader.pk).update(phone="0900000013")


def told(template="dossier_unattended"):
    return sorted(Message.objects.filter(template_key=template).values_list("phone", flat=True))


def test_who_is_on_duty(cast, morning):
    day = morning.date()
    assert duty.officer_on_duty(cast.office, morning) is None
    shift(cast, cast.leader, day)  # leaders do no intake
    home = shift(cast, cast.specialist, day, "home")
    assert duty.officer_on_duty(cast.office, morning) == cast.specialist
    shift(cast, cast.desk, day, "counter")
    assert duty.on_duty([cast.office.pk, cast.other_office.pk], morning) == {cast.office.pk: [cast.desk, cast.specialist]}
    DutyShift.objects.filter(pk=home.pk).update(place="leave")
    assert duty.on_duty([cast.office.pk], morning)[cast.office.pk] == [cast.desk]
    assert duty.officer_on_duty(cast.office, morning + timedelta(hours=5)) is None  # another buổi


def test_told_once_at_half_of_the_working_hours(cast, morning, desk, phones):
    made = desk.submit()  # Wednesday 9:00; half of eight working hours is 15:00 (11:30–13:30 is noon)
    shift(cast, cast.desk, morning.date(), part="afternoon")
    assert clock.local(duty.half_of_limit(made.dossier)) == clock.at(morning.date(), 15)
    with clock.frozen(clock.at(morning.date(), 14, 59)):
        assert duty.warn() == 0
    with clock.frozen(clock.at(morning.date(), 15, 1)):
        assert duty.warn() == 1
        assert duty.warn() == 0
    assert told() == ["0900000011"]
    assert made.dossier.events.get(verb="warn_duty").public is False


def test_leaders_where_the_roster_has_nobody_and_after_the_limit(cast, morning, desk, phones):
    made = desk.submit()
    with clock.frozen(clock.at(morning.date(), 15, 1)):
        upkeep.sweep()
    assert told() == ["0900000013"] and "không có ai" in Message.objects.get(template_key="dossier_unattended").body
    with clock.frozen(made.dossier.accept_due_at + timedelta(minutes=1)):
        sweeps.escalate()
    assert told("dossier_escalated") == ["0900000013"]


def test_nobody_is_told_of_what_was_accepted(cast, morning, desk, phones):
    intake.accept(actor=cast.desk, dossier=desk.submit().dossier, via="web")
    with clock.frozen(clock.at(morning.date(), 16)):
        assert duty.warn() == 0


def test_sent_at_night_counts_from_the_next_working_morning(cast, morning, desk):
    with clock.frozen(clock.at(morning.date(), 22)):
        made = desk.submit()
    # The working day begins at 7:30.
    assert clock.local(duty.half_of_limit(made.dossier)) == clock.at(morning.date() + timedelta(days=1), 11, 30)


def test_the_leaders_page_and_the_officers_card(cast, morning, desk, client):
    made = desk.submit()
    client.force_login(cast.leader)
    page = reverse("dossiers:unattended")
    assert made.dossier.reference in text_of(client.get(page)) and "Lịch trực buổi này không có ai" in text_of(client.get(page))
    shift(cast, cast.desk, morning.date())
    assert cast.desk.full_name in text_of(client.get(page))
    assert cast.desk.full_name in text_of(client.get(reverse("dossiers:detail", args=[made.dossier.pk])))
    with clock.frozen(made.dossier.accept_due_at + timedelta(hours=1)):
        assert "Quá hạn" in text_of(client.get(page))
    intake.accept(actor=cast.desk, dossier=made.dossier, via="web")
    assert made.dossier.reference not in text_of(client.get(page))
    client.force_login(cast.desk)
    assert client.get(page).status_code == 403


def test_the_page_takes_the_same_queries_for_one_and_for_many(cast, morning, desk, client, django_assert_max_num_queries):
    client.force_login(cast.leader)
    page = reverse("dossiers:unattended")
    for _number in range(6):
        desk.submit()
    with django_assert_max_num_queries(14):
        client.get(page)
