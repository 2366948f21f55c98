"""The booking API as api.md names it: one whole visit, who may reach what, idempotent writes."""
from datetime import timedelta

from rest_framework.test import APIClient

from bookings.models import Appointment, Hold
from bookings.services.audit import audit_capacity
from onestop import clock
from onestop.people.tokens import create_token
from tests.bookings.conftest import DAY

BASE = "/api/v1/"


def client(*scopes, offices=(), **extra):
    _token, text = create_token(name="đối tác thử", scopes=scopes, office_ids=[office.pk for office in offices])
    api = APIClient(headers={"Authorization": f"Bearer {text}"}, **extra)
    api.raise_request_exception = True
    return api


def body(slot, **more):
    return {"slot": slot.pk, "procedure": "9.000001", "purpose": "submit", "channel": "zalo",
            "applicant": {"full_name": "Người Thử", "phone": "0912 345 678"}} | more


def post(api, path, data=None, status=None, **headers):
    answer = api.post(BASE + path, data or {}, format="json", headers=headers)
    if status is not None:
        assert answer.status_code == status, answer.content.decode()
    return answer.json()


def test_availability_by_office_and_procedure(open_office, session):
    asked = {"office": "thu-ninh-kieu", "procedure": "9.000001", "from": "2026-11-26", "to": "2026-11-29"}
    answer = APIClient().get(BASE + "availability/", asked)
    assert answer.status_code == 200
    days = answer.json()["days"]
    assert [day["date"] for day in days] == ["2026-11-26", "2026-11-27", "2026-11-28", "2026-11-29"]
    assert days[0]["closed"] is None and days[2]["closed"]["reason"]
    first = days[0]["sessions"][0]
    assert first["part"] == "morning" and first["dossiers_left"] == 20 and len(first["slots"]) == 8
    assert first["slots"][0]["people_left"] == 10 and first["slots"][0]["starts_at"] == "2026-11-26T07:30:00+07:00"


def test_a_whole_visit(open_office, slot):
    api = client("book", "visits")
    held = post(api, "holds/", {"slot": slot.pk, "procedure": "9.000001", "purpose": "submit"}, 201)
    assert post(api, f"holds/{held['id']}/extend/", {"token": held["token"]}, 200)["extensions_left"] == 1
    post(api, f"holds/{held['id'] + 1}/extend/", {"token": held["token"]}, 404)
    made = post(api, "appointments/", body(slot, hold_token=held["token"]), 201)
    assert made["queue_number"] == 1 and made["status"] == "booked" and made["office"] == "thu-ninh-kieu"
    assert [paper["name"] for paper in made["papers"]] == ["Tờ khai đăng ký khai sinh", "Giấy chứng sinh"]
    assert made["secret"] in made["manage_url"] and made["ics_url"].startswith("http")
    public = APIClient()
    assert public.get(f"{BASE}appointments/{made['code']}/", {"secret": made["secret"]}).json()["queue_number"] == 1
    assert public.get(f"{BASE}appointments/{made['code']}/", {"secret": "SAI"}).status_code == 404
    assert public.get(f"{BASE}appointments/{made['code']}/").status_code == 404
    assert "Người Thử" not in public.get(f"{BASE}appointments/{made['code']}/", {"secret": made["secret"]}).content.decode()
    code = made["code"]
    assert post(api, f"appointments/{code}/check-in/", {}, 422)["code"] == "wrong_day"
    with clock.frozen(slot.starts_at):
        assert post(api, f"appointments/{code}/enter/", {}, 409)["code"] == "wrong_state"
        assert post(api, f"appointments/{code}/check-in/", {}, 200)["state"] == "checked_in"
        assert APIClient().get(f"{BASE}rooms/thu-ninh-kieu-p1/").json()["waiting"] == 1
        entered = post(api, f"appointments/{code}/enter/", {}, 200)
        assert entered["state"] == "inside" and entered["room"]["people"] == 1 and entered["room"]["now_serving"] == [1]
        assert post(api, f"appointments/{code}/enter/", {}, 200)["room"]["people"] == 1
        assert post(api, f"appointments/{code}/no-show/", {}, 409)["code"] == "wrong_state"
        assert post(api, f"appointments/{code}/leave/", {}, 200)["room"]["people"] == 0
        assert post(api, f"appointments/{code}/leave/", {}, 200)["state"] == "done"
    assert audit_capacity() == []


def test_cancel_and_reschedule_by_secret(open_office, slot, session):
    made = post(client("book"), "appointments/", body(slot), 201)
    public, code = APIClient(), made["code"]
    second = session.slots.order_by("starts_at")[1]
    assert post(public, f"appointments/{code}/reschedule/", {"secret": made["secret"], "slot": second.pk}, 200)["slot"] == second.pk
    assert post(public, f"appointments/{code}/cancel/", {"secret": "sai"}, 404)["code"] == "unknown_appointment"
    for _twice in range(2):
        assert post(public, f"appointments/{code}/cancel/", {"secret": made["secret"], "reason": "bận"}, 200)["status"] == "cancelled"
    post(public, f"appointments/{code}/reschedule/", {"secret": made["secret"], "slot": slot.pk}, 409)
    assert audit_capacity() == []


def test_tokens_of_other_offices_and_scopes(open_office, slot):
    here, there = client("book", "visits", offices=[open_office.office]), client("book", "visits", offices=[open_office.other_office])
    post(there, "appointments/", body(slot), 404)
    post(there, "holds/", {"slot": slot.pk, "procedure": "9.000001"}, 404)
    made = post(here, "appointments/", body(slot), 201)
    held = post(here, "holds/", {"slot": slot.pk, "procedure": "9.000001"}, 201)
    assert here.get(f"{BASE}appointments/{made['code']}/").status_code == 200
    assert there.get(f"{BASE}appointments/{made['code']}/").status_code == 404
    post(there, f"holds/{held['id']}/extend/", {"token": held["token"]}, 404)
    for verb in ("check-in", "enter", "leave", "no-show", "cancel"):
        post(there, f"appointments/{made['code']}/{verb}/", {}, 404)
        post(client("report"), f"appointments/{made['code']}/{verb}/", {}, 404 if verb == "cancel" else 403)
        post(APIClient(), f"appointments/{made['code']}/{verb}/", {}, 404 if verb == "cancel" else 401)
    post(APIClient(), "appointments/", body(slot), 401)
    post(client("visits"), "appointments/", body(slot), 403)
    assert here.delete(f"{BASE}holds/{held['id']}/", {"token": held["token"]}, format="json").status_code == 204
    assert here.delete(f"{BASE}holds/{held['id']}/?token={held['token']}").status_code == 204


def test_same_key_same_answer(open_office, slot):
    api, data = client("book"), body(slot)
    first = api.post(BASE + "appointments/", data, format="json", headers={"Idempotency-Key": "một-lần".encode().hex()})
    again = api.post(BASE + "appointments/", data, format="json", headers={"Idempotency-Key": "một-lần".encode().hex()})
    assert first.status_code == again.status_code == 201 and first.json() == again.json()
    assert Appointment.objects.count() == 1
    other = api.post(BASE + "appointments/", body(slot, people=2), format="json", headers={"Idempotency-Key": "một-lần".encode().hex()})
    assert other.status_code == 422 and other.json()["code"] == "idempotency_mismatch"
    assert post(api, "appointments/", data, 409)["code"] == "already_booked"


def test_letters_refuse_with_their_source(open_office, slot, counter_last):
    answer = post(client("book"), "appointments/", body(slot), 422)
    assert answer["directive"] == {"number": "332/TH", "clause": "khoản 3"}
    assert post(client("book"), "holds/", {"slot": slot.pk, "procedure": "9.000001"}, 422)["directive"]["number"] == "332/TH"
    asked = {"office": "thu-ninh-kieu", "procedure": "9.000001", "from": str(DAY), "to": str(DAY)}
    days = APIClient().get(BASE + "availability/", asked).json()["days"]
    assert days[0]["closed"]["directive"]["number"] == "332/TH" and days[0]["sessions"] == []
    made = post(client("book"), "appointments/", body(slot, purpose="collect"), 201)
    assert made["purpose"] == "collect"


def test_offices_tell_their_next_free_place(open_office, django_assert_max_num_queries):
    with django_assert_max_num_queries(6):
        rows = APIClient().get(BASE + "offices/", {"procedure": "9.000001"}).json()["results"]
    found = {row["code"]: row["next_free"] for row in rows}
    assert found["thu-ninh-kieu"] == "2026-11-25T09:30:00+07:00" and "thu-can-tho" not in found
    assert APIClient().get(BASE + "offices/", {"procedure": "x"}).status_code == 404


def test_expired_hold_over_the_api(open_office, slot):
    api = client("book")
    held = post(api, "holds/", {"slot": slot.pk, "procedure": "9.000001"}, 201)
    with clock.frozen(clock.now() + timedelta(hours=1)):
        assert post(api, f"holds/{held['id']}/extend/", {"token": held["token"]}, 409)["code"] == "hold_expired"
        assert post(api, "appointments/", body(slot, hold_token=held["token"]), 409)["code"] == "hold_expired"
        assert post(api, "appointments/", body(slot), 201)["queue_number"] == 1
    assert Hold.objects.count() == 1


def test_officers_token_of_another_office_sees_nothing(open_office, slot):
    made = post(client("book"), "appointments/", body(slot), 201)
    token, text = create_token(name="t-nguoikhac", scopes=["book", "visits"])
    type(token).objects.filter(pk=token.pk).update(user=open_office.outsider)
    outsider = APIClient(headers={"Authorization": f"Bearer {text}"})
    assert outsider.get(f"{BASE}appointments/{made['code']}/").status_code == 404
    post(outsider, f"appointments/{made['code']}/check-in/", {}, 404)
    type(token).objects.filter(pk=token.pk).update(user=open_office.specialist)
    with clock.frozen(slot.starts_at):
        post(outsider, f"appointments/{made['code']}/check-in/", {}, 403)


def test_schema_has_every_operation(db):
    answer = APIClient().get("/api/v1/schema/", headers={"Accept": "application/vnd.oai.openapi+json"})
    assert answer.status_code == 200
    paths = answer.json()["paths"]
    assert {"/api/v1/offices/", "/api/v1/availability/", "/api/v1/holds/", "/api/v1/holds/{id}/extend/", "/api/v1/appointments/",
            "/api/v1/appointments/{code}/check-in/", "/api/v1/rooms/{code}/"} <= set(paths)
    for path, operations in paths.items():
        if path.split("/")[3] in ("availability", "holds", "appointments", "rooms"):
            assert all(operation.get("summary") for operation in operations.values() if isinstance(operation, dict))


def test_with_the_citizens_secret_until_the_cut_off_and_the_office_still_after_it(open_office, slot, session):
    made = post(client("book"), "appointments/", body(slot), 201)
    code, last = made["code"], session.slots.order_by("starts_at").last()
    with clock.frozen(slot.starts_at - timedelta(minutes=119)):
        for api in (APIClient(), client("book")):
            for path, data in (("cancel", {}), ("reschedule", {"slot": last.pk})):
                assert post(api, f"appointments/{code}/{path}/", {"secret": made["secret"], **data}, 409)["code"] == "too_near"
        assert post(client("book"), f"appointments/{code}/reschedule/", {"slot": last.pk}, 200)["slot"] == last.pk
