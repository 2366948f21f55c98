"""POST /api/v1/waiting-list/ as api.md names it: scope book, one answer for one key, every error at its field."""
import pytest
from rest_framework.test import APIClient

from bookings.models import Session, WaitingEntry, WaitingEvent
from bookings.services import waiting
from tests.bookings.test_api_books_and_visits import BASE, client, post

BODY = {"office": "thu-ninh-kieu", "procedure": "9.000001", "from": "2026-11-26", "to": "2026-11-30", "channel": "zalo",
        "applicant": {"full_name": "Người Chờ", "phone": "0912 345 678"}}


@pytest.fixture
def full(open_office):
    Session.objects.update(state="closed")
    return open_office


def test_joining_with_the_partners_channel(full):
    made = post(client("book"), "waiting-list/", BODY, 201)
    entry = WaitingEntry.objects.get()
    assert made["code"] == entry.code and made["secret"] in made["url"] and made["status"] == "waiting" and made["ahead"] == 0
    assert (made["from"], made["to"], made["channel"]) == ("2026-11-26", "2026-11-30", "zalo") and entry.channel == "zalo"
    assert APIClient().get(made["url"].split("http://localhost:8000")[1]).status_code == 200
    assert WaitingEvent.objects.get().actor_label == "đối tác thử" and "Người Chờ" not in str(made)
    second = post(client("book"), "waiting-list/", BODY | {"applicant": {"full_name": "Người Sau", "phone": "0900000002"}}, 201)
    assert second["ahead"] == 1


def test_the_channel_is_that_of_the_booking(full):
    post(client("book"), "waiting-list/", BODY | {"channel": "viber"}, 201)
    Session.objects.update(state="open")
    waiting.offer_next()
    booked = waiting.accept(offer=WaitingEntry.objects.get().offers.get())
    assert booked.appointment.channel == "viber"


def test_the_same_key_gives_the_same_answer(full):
    api = client("book")
    first, again = (post(api, "waiting-list/", BODY, 201, **{"Idempotency-Key": "cho-1"}) for _ in range(2))
    assert first == again and WaitingEntry.objects.count() == 1
    other = post(api, "waiting-list/", BODY | {"people": 2}, 422, **{"Idempotency-Key": "cho-1"})
    assert other["code"] == "idempotency_mismatch"
    assert post(api, "waiting-list/", BODY, 409, **{"Idempotency-Key": "cho-2"})["code"] == "already_waiting"


def test_who_may_join(full):
    post(APIClient(), "waiting-list/", BODY, 401)
    post(client("visits"), "waiting-list/", BODY, 403)
    post(client("book", offices=[full.other_office]), "waiting-list/", BODY, 404)
    post(client("book", offices=[full.office]), "waiting-list/", BODY, 201)


@pytest.mark.parametrize(("more", "status", "named"), [
    ({"office": ""}, 400, "office"), ({"office": "khong-co"}, 404, ""), ({"procedure": "khong-co"}, 404, ""),
    ({"from": "mai"}, 400, "from"),
    ({"to": 5}, 400, "to"), ({"from": "2026-12-01"}, 422, "to"), ({"to": "2020-01-01", "from": "2019-01-01"}, 422, "to"),
    ({"people": 0}, 400, "people"), ({"dossiers": 10**9}, 400, "dossiers"), ({"channel": "thư"}, 400, "channel"),
    ({"purpose": "x"}, 400, "purpose"),
    ({"applicant": {}}, 400, "applicant.full_name"), ({"applicant": {"full_name": "A B", "phone": "1"}}, 400, "applicant.phone"),
    ({"applicant": "ai đó"}, 400, "applicant")])
def test_every_error_at_its_field(full, more, status, named):
    answer = post(client("book"), "waiting-list/", BODY | more, status)
    assert not named or named in answer["errors"], answer
    assert not WaitingEntry.objects.exists()


def test_the_schema_names_it(full):
    schema = APIClient().get(BASE + "schema/", headers={"Accept": "application/json"}).json()
    operation = schema["paths"]["/api/v1/waiting-list/"]["post"]
    assert operation["summary"] and {"201", "400", "409", "422"} <= set(operation["responses"])
    shapes = schema["components"]["schemas"]
    shape = shapes["Waiting"] if "Waiting" in shapes else shapes["WaitingShape"]
    assert {"from", "to", "ahead", "url"} <= set(shape["properties"])

