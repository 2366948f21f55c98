"""Who sees and touches appointments: the carrier none, a member of staff only what their own role reaches."""
from __future__ import annotations

import pytest
from rest_framework.test import APIClient

from bookings.models import Appointment
from onestop.offices.models import Area, Office
from onestop.offices.states import AreaLevel
from onestop.people.models import Assignment, User
from onestop.people.states import Role, Scope
from onestop.people.tokens import create_token
from tests.cast import office as make_office


def eyes(user: User) -> int:
    return Appointment.objects.visible_to(User.objects.get(pk=user.pk)).count()


@pytest.fixture
def elsewhere(open_office) -> Office:
    """An office in another province."""
    province = Area.objects.create(code="T01", name="Hà Nội", level=AreaLevel.PROVINCE)
    return make_office("thu-ha-noi", "H26.1", "Bộ phận Một cửa Hà Nội", "commune", province, province)


def test_the_carriers_clerk_sees_no_appointment(book, open_office):
    book(1)
    assert [eyes(user) for user in (open_office.carrier, open_office.hotline, open_office.guard, open_office.outsider)] == [0, 1, 1, 0]


def test_a_role_for_one_province_opens_no_other(book, open_office, elsewhere):
    """The hotline of Hà Nội who guards a door in Cần Thơ sees that door, not all of Cần Thơ."""
    book(1)
    user = open_office.carrier
    Assignment.objects.create(user=user, office=elsewhere, role=Role.HOTLINE)
    assert eyes(user) == 0
    Assignment.objects.create(user=user, office=open_office.office, role=Role.GUARD)
    assert eyes(user) == 1


def key(*scopes: str, user: User | None = None) -> APIClient:
    token, text = create_token(name="thử", scopes=scopes)
    type(token).objects.filter(pk=token.pk).update(user=user)
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {text}")
    return client


def test_a_key_of_the_door_cancels_nothing(book, open_office):
    row = book(1).appointment
    door, partner = key(Scope.VISITS), key(Scope.BOOK)
    url = f"/api/v1/appointments/{row.code}/"
    assert door.get(url).status_code == 200
    assert door.post(f"{url}cancel/", {}, format="json").status_code == 404
    assert door.post(f"{url}reschedule/", {"slot": row.slot_id}, format="json").status_code == 404
    assert partner.post(f"{url}cancel/", {}, format="json").status_code == 200


def test_a_key_of_somebody_who_left_opens_nothing(book, open_office):
    row = book(1).appointment
    client = key(Scope.BOOK, user=open_office.desk)
    assert client.get(f"/api/v1/appointments/{row.code}/").status_code == 200
    User.objects.filter(pk=open_office.desk.pk).update(is_active=False)
    assert client.get(f"/api/v1/appointments/{row.code}/").status_code == 401


def test_a_visit_to_hand_in_names_no_dossier(book, open_office, slot):
    """Else the desk would be given the old dossier in place of the new one."""
    body = {"slot": slot.pk, "procedure": open_office.procedure.code, "purpose": "submit", "dossier": "H13.70-261125-0001",
            "applicant": {"full_name": "Người Thử", "phone": "0912345678"}}
    answer = key(Scope.BOOK).post("/api/v1/appointments/", body, format="json")
    assert answer.status_code == 400 and "dossier" in answer.json()["errors"]
