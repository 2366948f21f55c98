"""The wish that the post fetch the papers: asked for by form, draft and API, seen by officer and citizen, changed until it is fetched."""
from typing import Any

import pytest
from django.urls import reverse

from dossiers.models import Dossier
from dossiers.services import delivery, intake
from onestop.transitions import Refused

pytestmark = pytest.mark.django_db
BACKEND = "django.contrib.auth.backends.ModelBackend"


@pytest.fixture
def form(client: Any, cast: Any) -> Any:
    """Send the citizen's form."""
    address = f"{reverse('dossiers:submit', args=[cast.procedure.code])}?don_vi={cast.office.code}"

    def send(**typed: Any) -> Any:
        person = {"full_name": "Người nộp mẫu", "phone": "0912345678", "return_method": "counter", "viec": "nop"}
        return client.post(address, {**person, **typed})

    return send


def test_the_form_asks_for_it_without_a_script(form, client, cast):
    page = client.get(f"{reverse('dossiers:submit', args=[cast.procedure.code])}?don_vi={cast.office.code}").content.decode()
    assert "Bưu chính đến lấy giấy tờ tại nhà" in page
    assert form(collect_by_post="on").status_code == 422
    assert form(collect_by_post="on", collect_address="Số 7", collect_area="Không Có Nơi Này").status_code == 422
    answer = form(collect_by_post="on", collect_address="Số 7, đường Mẫu", collect_area="ninh kiều", return_method="post",
                  return_address="Số 8", return_area="Phường Cái Răng")
    assert answer.status_code == 302
    dossier = Dossier.objects.get()
    assert (dossier.collect_by_post, dossier.collect_address, dossier.collect_area) == (True, "Số 7, đường Mẫu", cast.commune)
    assert dossier.return_area == cast.other_office.area


def test_without_the_wish_its_address_is_not_kept(form):
    assert form(collect_address="Số 7").status_code == 302
    dossier = Dossier.objects.get()
    assert (dossier.collect_by_post, dossier.collect_address, dossier.collect_area) == (False, "", None)


def test_a_draft_keeps_the_wish(form, client):
    kept = form(viec="luu", collect_by_post="on", collect_address="Số 7, đường Mẫu", collect_area="Phường Ninh Kiều")
    page = client.get(kept["Location"], follow=True).content.decode()
    assert "Số 7, đường Mẫu" in page and "Phường Ninh Kiều" in page
    assert 'name="collect_by_post"' in page and "checked" in page.split('name="collect_by_post"')[1][:120]


def test_a_program_hands_it_in(client, cast):
    body = {"procedure": cast.procedure.code, "office": cast.office.code, "collect_by_post": True, "collect_area": cast.commune.code,
            "applicant": {"full_name": "Người nộp mẫu", "phone": "0912345678"}}

    def post(**more: Any) -> Any:
        return client.post("/api/v1/submissions/", {**body, **more}, content_type="application/json")

    assert list(post().json()["errors"]) == ["collect_address"]
    assert list(post(collect_address="Số 7", collect_area="0").json()["errors"]) == ["collect_area"]
    assert post(collect_address="Số 7").status_code == 201
    assert (Dossier.objects.get().collect_address, Dossier.objects.get().collect_area) == ("Số 7", cast.commune)


def test_officer_and_citizen_see_and_change_it(client, desk, cast):
    made = desk.submit(collect_by_post=True, collect_address="Số 7, đường Mẫu")
    intake.accept(actor=cast.desk, dossier=made.dossier, via="web")
    dossier = Dossier.objects.get()
    client.force_login(cast.desk, backend=BACKEND)
    assert "Số 7, đường Mẫu" in client.get(reverse("dossiers:detail", args=[dossier.pk])).content.decode()
    page = reverse("dossiers:collection", args=[dossier.pk])
    assert "Số 7, đường Mẫu" in client.get(page).content.decode()
    assert client.post(page, {"collect_by_post": "on"}).status_code == 422
    assert client.post(page, {"collect_by_post": "on", "collect_address": "Số 9", "collect_area": "Ninh Kiều"}).status_code == 302
    dossier.refresh_from_db()
    assert (dossier.collect_address, dossier.collect_area) == ("Số 9", cast.commune)
    for who in (cast.outsider, cast.administrator):
        client.force_login(who, backend=BACKEND)
        assert client.get(page).status_code in (403, 404)
    client.logout()
    own = reverse("dossiers:citizen_collection", args=[dossier.number])
    assert client.get(own).status_code == 302, "the second factor comes first"
    seen = client.post(reverse("dossiers:track"), {"ma": dossier.number, "so": made.secret}, follow=True).content.decode()
    assert own in seen and "Số 9" not in seen
    assert "Số 9" not in client.get(own).content.decode()
    assert own in client.get(reverse("dossiers:citizen_return", args=[dossier.number])).content.decode()
    assert "Đã lưu yêu cầu lấy giấy tờ." in client.post(own, {}, follow=True).content.decode()
    dossier.refresh_from_db()
    assert (dossier.collect_by_post, dossier.collect_address) == (False, "")
    assert [event.actor_label for event in dossier.events.filter(verb="change_collection")] == ["", "citizen"]


def test_what_the_post_has_can_t_be_changed_by_page_or_program(client, desk, cast):
    made = desk.submit(collect_by_post=True, collect_address="Số 7")
    told = {"state": "collected", "state_name": "Đã lấy", "waybill": "BD1", "carrier": "Bưu điện (thử)"}
    delivery.note_shipments([delivery.ShipmentNews(dossier=made.dossier, direction="in", **told)])
    with pytest.raises(Refused) as refusal:
        delivery.change_collection(actor=cast.desk, dossier=made.dossier, wanted=False, via="web")
    assert (refusal.value.code, refusal.value.status) == ("too_late", 409)
    client.force_login(cast.desk, backend=BACKEND)
    page = reverse("dossiers:collection", args=[made.dossier.pk])
    assert "Không đổi được nữa" in client.get(page).content.decode()
    assert client.post(page, {"collect_by_post": ""}).status_code == 409


def test_papers_on_their_way_in_say_nothing_about_the_result(desk, cast):
    dossier = desk.receive()
    Dossier.objects.update(state="decided", return_method="post", return_address="Số 1", handover="ready")
    for state in ("collected", "returned", "cancelled"):
        news = delivery.ShipmentNews(dossier=dossier, state=state, state_name="x", waybill="", carrier="", direction="in")
        delivery.note_shipments([news])
    assert Dossier.objects.get().handover == "ready"
