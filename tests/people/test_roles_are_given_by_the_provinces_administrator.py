"""Roles by office and period: who gives them, who sees them, when they end."""
from datetime import timedelta

import pytest
from django.urls import reverse

from onestop import clock
from onestop.people import services
from onestop.people.models import Assignment, PeopleEvent, User
from onestop.people.states import Role
from onestop.transitions import Refused


@pytest.fixture
def newcomer(db):
    return User.objects.create_user("can-bo-moi", "mot-mat-khau-dai", full_name="Cán bộ mới (mẫu)")


def test_a_role_holds_from_its_first_to_its_last_day(cast, newcomer):
    today = clock.today()
    services.assign_role(actor=cast.administrator, user=newcomer, office=cast.office, role=Role.DESK,
                         starts_on=today, ends_on=today + timedelta(days=1))
    holds = [Assignment.objects.filter(user=newcomer).in_force(today + timedelta(days=days)).exists() for days in (-1, 0, 1, 2)]
    assert holds == [False, True, True, False]


def test_giving_it_twice_is_harmless_and_written_down_once(cast, newcomer):
    first = services.assign_role(actor=cast.administrator, user=newcomer, office=cast.office, role=Role.DESK)
    again = services.assign_role(actor=cast.administrator, user=newcomer, office=cast.office, role=Role.DESK)
    assert first == again
    assert PeopleEvent.objects.filter(assignment=first, verb="assign_role", actor=cast.administrator).count() == 1


@pytest.mark.parametrize("who", ["desk", "specialist", "leader", "hotline", "guard", "carrier", "monitor", "outsider", "citizen"])
def test_nobody_else_gives_roles(cast, newcomer, who):
    with pytest.raises(Refused) as refusal:
        services.assign_role(actor=getattr(cast, who), user=newcomer, office=cast.office, role=Role.ADMINISTRATOR)
    assert refusal.value.status == 403


def test_an_ended_role_is_gone_at_once_and_ending_twice_is_harmless(cast):
    assignment = cast.desk.assignments.get()
    for _time in range(2):
        services.end_assignment(actor=cast.administrator, assignment=assignment)
    assert not User.objects.get(pk=cast.desk.pk).has_role(Role.DESK)
    assert PeopleEvent.objects.filter(assignment=assignment, verb="end_assignment").count() == 1


def test_nobody_ends_the_own_role(cast):
    with pytest.raises(Refused):
        services.end_assignment(actor=cast.administrator, assignment=cast.administrator.assignments.get())


def test_the_screen_gives_and_ends(client, cast, newcomer):
    client.force_login(cast.administrator)
    url = reverse("people:assignments")
    answer = client.post(url, {"username": newcomer.username, "office": cast.office.pk, "role": "desk", "ends_on": ""})
    assert answer.status_code == 302
    assert newcomer.full_name in client.get(url, {"q": "can bo moi"}).content.decode()
    assignment = newcomer.assignments.get()
    client.post(reverse("people:end_assignment", args=[assignment.pk]))
    assignment.refresh_from_db()
    assert assignment.ends_on is not None and assignment.ends_on < clock.today()


@pytest.mark.parametrize("wrong", [
    {"username": "khong-co"}, {"username": ""}, {"office": "999999"}, {"office": "x"}, {"role": "king"}, {"ends_on": "hôm qua"},
    {"ends_on": "01/01/2001"}, {"ends_on": "9999-12-31"}, {"username": "x" * 500}])
def test_wrong_input_gets_a_sentence_and_stays_typed(client, cast, newcomer, wrong):
    client.force_login(cast.administrator)
    data = {"username": newcomer.username, "office": cast.office.pk, "role": "desk", "ends_on": "", **wrong}
    answer = client.post(reverse("people:assignments"), data)
    assert answer.status_code == 422
    assert "Có nội dung cần xem lại" in answer.content.decode()
    assert not newcomer.assignments.exists()


def test_the_screen_is_closed_to_others_and_foreign_rows_are_not_found(client, cast):
    client.force_login(cast.specialist)
    assert client.get(reverse("people:assignments")).status_code == 403
    client.force_login(cast.administrator)
    assert client.post(reverse("people:end_assignment", args=[999999])).status_code == 404
    assert client.get(reverse("people:end_assignment", args=[1])).status_code == 405


def test_the_list_needs_a_fixed_number_of_queries(client, cast, django_assert_max_num_queries):
    client.force_login(cast.administrator)
    with django_assert_max_num_queries(12):
        client.get(reverse("people:assignments"))
