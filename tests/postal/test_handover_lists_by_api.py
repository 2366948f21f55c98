"""Handover lists for the carrier's own system: made and signed, repeats harmless, only for the token's offices."""
import uuid

import pytest
from django.urls import reverse

from dossiers.models import Parcel, ParcelEvent
from onestop.people.tokens import create_token
from postal.models import Carrier, HandoverList, Shipment
from postal.states import Direction, HandoverKind, State
from tests.postal.handing import browser, known

pytestmark = pytest.mark.django_db
KEY = str(uuid.UUID(int=7))


@pytest.fixture
def post(cast):
    return Carrier.objects.create(code="buu-dien", name="Bưu điện (thử)", key="x", province=cast.province)


@pytest.fixture
def ask(client):
    """Call the API with a token of the scope carrier."""
    def call(method, path, body=None, scope="carrier", offices=(), **headers):
        _token, text = create_token(name="Bưu điện (thử)", scopes=[scope], office_ids=offices)
        options = {"content_type": "application/json"} if method == "post" else {}
        told = {"Authorization": f"Bearer {text}", **headers}
        return getattr(client, method)(f"/api/v1/handover-lists/{path}", data=body or {}, headers=told, **options)

    return call


SIGNED = {"giver": "Cán bộ mẫu", "receiver": "Bưu tá mẫu", "cleaned_how": "Xịt cồn", "counted": True, "sealed": True}


def test_made_and_signed_once(ask, cast, morning, post, decided):
    good, gone = known(decided(1), post), known(decided(2), post, state=State.DELIVERED)
    body = {"id": KEY, "kind": "to_carrier", "office": cast.office.code, "shipments": [str(good.key), str(gone.key)]}
    for _twice in range(2):
        made = ask("post", "", body)
        assert (made.status_code, made.json()["state"], [one["shipment"] for one in made.json()["items"]]) == (201, "open", [str(good.key)])
        assert [one["code"] for one in made.json()["refused"]] == ["wrong_state"]
    for _twice in range(2):
        done = ask("post", f"{KEY}/close/", SIGNED, **{"Idempotency-Key": "k"})
        assert (done.status_code, done.json()["number"], done.json()["papers"]) == (200, "BK-THU-NINH-KIEU-2026-0001", 1)
    assert HandoverList.objects.count() == 1
    assert Shipment.objects.get(pk=good.pk).state == State.COLLECTED
    assert good.events.get(verb="take").actor_label == "Bưu điện (thử)"
    assert ask("get", f"{KEY}/").json()["receiver"] == "Bưu tá mẫu"
    assert [one["id"] for one in ask("get", "").json()["results"]] == [KEY]
    assert ask("get", "?state=open").json()["results"] == []


def test_refusals_have_their_codes(ask, cast, post, decided):
    shipment = known(decided(), post)
    body = {"id": KEY, "kind": "to_carrier", "office": cast.office.code, "shipments": [str(shipment.key)]}
    assert ask("post", "", body, scope="book").status_code == 403
    assert ask("post", "", body, offices=[cast.other_office.pk]).json()["code"] == "unknown_office"
    assert ask("post", "", {**body, "shipments": []}).status_code == 400
    assert ask("post", "", {**body, "shipments": [KEY]}).json()["code"] == "unknown_shipment"
    other = known(decided(2), Carrier.objects.create(code="khac", name="Khác", key="x"))
    assert ask("post", "", {**body, "shipments": [str(shipment.key), str(other.key)]}).json()["code"] == "several_carriers"
    ask("post", "", body)
    assert ask("post", "", {**body, "kind": "to_office"}).json()["code"] == "key_used"
    assert ask("get", f"{KEY}/", offices=[cast.other_office.pk]).status_code == 404
    assert ask("post", f"{KEY}/close/", {**SIGNED, "counted": False}).json()["code"] == "invalid"
    assert ask("get", "?state=eaten").status_code == 400


def test_what_comes_to_the_office_is_signed_as_on_its_pages(ask, cast, morning, post, decided):
    """Papers become parcels of the office, a result is returned; who registered them is the program."""
    papers = known(decided(1), post, direction=Direction.IN, state=State.COLLECTED)
    back = known(decided(2), post, state=State.RETURNING)
    ask("post", "", {"id": KEY, "kind": HandoverKind.TO_OFFICE, "office": cast.office.code, "shipments": [str(papers.key), str(back.key)]})
    for _twice in range(2):
        done = ask("post", f"{KEY}/close/", SIGNED)
        assert (done.status_code, done.json()["number"], done.json()["kind"]) == (200, "BK-THU-NINH-KIEU-2026-0001", "to_office")
    assert [Shipment.objects.get(pk=one.pk).state for one in (papers, back)] == [State.DELIVERED, State.RETURNED]
    parcel = Parcel.objects.get()
    assert (parcel.dossier, parcel.waybill, parcel.registered_by, parcel.state) == (papers.dossier, papers.waybill, None, "registered")
    assert ParcelEvent.objects.get().actor_label == papers.events.get(verb="arrive").actor_label == "Bưu điện (thử)"
    page = browser(cast.desk).get(reverse("dossiers:parcel", args=[parcel.pk]))
    assert "Giấy tờ bản giấy của hồ sơ" in page.content.decode()


def test_an_open_list_is_counted_and_mended_by_program(ask, cast, post, decided):
    good, other = known(decided(1), post), known(decided(2), post)
    body = {"id": KEY, "kind": "to_carrier", "office": cast.office.code, "shipments": [str(good.key), str(other.key)]}
    papers = ask("post", "", body).json()["items"][0]["counts"]
    assert [(paper["position"], paper["originals"]) for paper in papers] == [(1, 1)]
    counted = {"shipment": str(good.key), "counts": [{"position": 1, "originals": 2}]}
    assert ask("post", f"{KEY}/count/", counted).json()["errors"] == {
        "differs": ["Số giấy tờ khác với danh sách: vui lòng ghi rõ thiếu hoặc thừa gì."]}
    done = ask("post", f"{KEY}/count/", {**counted, "differs": "Thừa 1 bản chính", "seal_number": "NP-7"}).json()
    assert [(one["papers"], one["differs"], one["seal_number"]) for one in done["items"]] == [(2, "Thừa 1 bản chính", "NP-7"), (1, "", "")]
    assert ask("post", f"{KEY}/count/", {**counted, "counts": [{"position": 1, "originals": -1}]}).status_code == 400
    named = {"shipment": str(other.key)}
    assert [one["shipment"] for one in ask("post", f"{KEY}/take-out/", named).json()["items"]] == [str(good.key)]
    assert ask("post", f"{KEY}/take-out/", named).status_code == 404
    for step, sent in (("count", counted), ("take-out", {"shipment": str(good.key)}), ("drop", {})):
        assert ask("post", f"{KEY}/{step}/", sent, offices=[cast.other_office.pk]).status_code == 404, step
    for _twice in range(2):
        assert ask("post", f"{KEY}/drop/").json()["state"] == "dropped"
    assert ask("post", f"{KEY}/close/", SIGNED).json()["code"] == "closed"


def test_a_count_of_a_paper_that_is_not_in_the_list_is_refused(ask, cast, post, decided):
    shipment = known(decided(), post)
    ask("post", "", {"id": KEY, "kind": "to_carrier", "office": cast.office.code, "shipments": [str(shipment.key)]})
    answer = ask("post", f"{KEY}/count/", {"shipment": str(shipment.key), "counts": [{"position": 7, "originals": 1}]})
    assert (answer.status_code, list(answer.json()["errors"])) == (422, ["counts"])
