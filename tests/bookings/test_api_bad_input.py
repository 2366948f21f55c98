"""Whatever a program sends: a problem with a sentence, never a 500, and nothing half done."""
import json
from itertools import product

import pytest
from rest_framework.test import APIClient

from bookings.models import Appointment, Hold
from bookings.services.audit import audit_capacity
from onestop.people.tokens import create_token

BASE = "/api/v1/"
BAD = {
    "empty": "", "null": None, "spaces": "   ", "too long": "x" * 100_000, "number": 7, "huge number": 10**30, "negative": -1,
    "zero": 0, "float": 1.5, "true": True, "list": [], "nested list": [[1], {"a": None}], "object": {}, "null byte": "a\x00b",
    "decomposed": "Nguye\u0302\u0303n",
    "surrogate": "\ud800", "right to left": "\u202etxt", "past date": "1999-01-01", "no date": "2026-13-45", "far date": "9999-12-31",
    "sql": "' OR 1=1 --", "path": "../../etc/passwd", "arabic digits": "١٢٣",
}
GOOD_HOLD = {"procedure": "9.000001", "purpose": "submit", "dossiers": 1, "people": 1}
FIELDS = ["slot", "procedure", "purpose", "dossiers", "people", "channel", "applicant", "hold_token", "dossier"]
PERSON = ["full_name", "phone", "citizen_id", "email"]


@pytest.fixture
def api(open_office):
    _token, text = create_token(name="thử", scopes=["book", "visits"])
    return APIClient(headers={"Authorization": f"Bearer {text}"})


def send(api, path, data):
    return api.post(BASE + path, json.dumps(data), content_type="application/json")


def honest(answer):
    """A success, or a problem with its sentence in words."""
    if answer.status_code < 300:
        return
    assert 400 <= answer.status_code < 500, answer.content.decode()
    problem = answer.json()
    assert answer["Content-Type"] == "application/problem+json" and problem["detail"] and problem["status"] == answer.status_code


def whole(slot):
    return GOOD_HOLD | {"slot": slot.pk, "channel": "web", "applicant": {"full_name": "Người Thử", "phone": "0912345678"}}


@pytest.mark.parametrize("field", FIELDS)
def test_each_field_of_a_booking(api, slot, field):
    for value in BAD.values():
        honest(send(api, "appointments/", whole(slot) | {field: value}))
    left_out = {name: value for name, value in whole(slot).items() if name != field}
    honest(send(api, "appointments/", left_out))
    assert audit_capacity() == []


@pytest.mark.parametrize("field", PERSON)
def test_each_field_of_the_applicant(api, slot, field):
    for name, value in BAD.items():
        answer = send(api, "appointments/", whole(slot) | {"applicant": whole(slot)["applicant"] | {field: value}})
        honest(answer)
        if answer.status_code == 400:
            assert list(answer.json()["errors"]) == [f"applicant.{field}"], name
    assert audit_capacity() == []


def test_each_field_of_a_hold(api, slot):
    for field, value in product([*GOOD_HOLD, "slot"], BAD.values()):
        honest(send(api, "holds/", GOOD_HOLD | {"slot": slot.pk} | {field: value}))
    assert audit_capacity() == []


def test_bodies_that_are_no_object(api):
    raws = ["", "{", "[]", "null", "7", '"x"', "{}", '{"slot": 1e400}', '{"slot": NaN}', "[" * 5000, '{"a": ' * 300 + "1" + "}" * 300]
    paths = ["appointments/", "holds/", "holds/1/extend/", "appointments/ABCDEFGH/cancel/", "appointments/ABCDEFGH/reschedule/",
             "appointments/ABCDEFGH/check-in/"]
    for path, raw in product(paths, raws):
        for number, headers in enumerate(({}, {"Idempotency-Key": f"{path}{raw[:20]}"})):
            answer = api.post(BASE + path, raw, content_type="application/json", headers=headers)
            honest(answer)
            assert answer.status_code >= 400, (path, raw, number)


def test_unknown_codes(api):
    for code in ("ABCDEFGH", "a" * 200, "%00", "..", "x'--", "%F0%9F%98%80"):
        for verb in ("cancel", "reschedule", "check-in", "enter", "leave", "no-show"):
            answer = send(api, f"appointments/{code}/{verb}/", {"secret": "x", "slot": 1})
            assert answer.status_code in (404, 400), answer.content
        assert api.get(f"{BASE}appointments/{code}/").status_code == 404
        assert api.get(f"{BASE}rooms/{code}/").status_code == 404


def test_availability_parameters(open_office):
    good = {"office": "thu-ninh-kieu", "procedure": "9.000001", "purpose": "submit", "from": "2026-11-25", "to": "2026-11-30"}
    for value in (str(value)[:4000] for value in BAD.values() if value != "\ud800"):
        for field in good:
            honest(APIClient().get(BASE + "availability/", good | {field: value}))
        for field in ("q", "near", "procedure", "area", "cursor", "limit"):
            honest(APIClient().get(BASE + "offices/", {field: value}))


def test_spans(open_office):
    good = {"office": "thu-ninh-kieu", "procedure": "9.000001"}
    for first, last, status in [("2026-11-25", "2027-01-25", 200), ("2026-11-25", "2027-01-26", 400), ("2026-11-30", "2026-11-29", 400),
                                ("2020-01-01", "2020-01-31", 200), ("0001-01-01", "0001-01-02", 200), ("9999-12-31", "9999-12-31", 200)]:
        assert APIClient().get(BASE + "availability/", good | {"from": first, "to": last}).status_code == status


def test_health_answers(api, slot):
    made = send(api, "appointments/", whole(slot)).json()
    for value in BAD.values():
        honest(send(api, f"appointments/{made['code']}/check-in/", {"health": value}))
        honest(send(api, f"appointments/{made['code']}/check-in/", {"health": {"mask": value}}))
        honest(send(api, f"appointments/{made['code']}/cancel/", {"secret": value, "reason": "x"}))
    assert Appointment.objects.count() == 1 and Hold.objects.count() == 0


def test_decomposed_letters_are_the_same_person(api, slot):
    composed = whole(slot) | {"applicant": {"full_name": "Nguyễn Thị Hòa", "phone": "0912345678"}}
    decomposed = whole(slot) | {"applicant": {"full_name": "Nguye\u0302\u0303n Thi\u0323 Ho\u0300a", "phone": "+84912345678"}}
    assert send(api, "appointments/", composed).status_code == 201
    assert send(api, "appointments/", decomposed).json()["code"] == "already_booked"
