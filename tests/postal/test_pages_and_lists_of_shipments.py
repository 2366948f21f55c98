"""The pages and the API of the post: who sees which shipments, marks them fetched, lets them be tried again."""
from datetime import timedelta

import pytest
from django.urls import reverse

from onestop import clock
from onestop.people.tokens import create_token
from postal.models import Carrier, Shipment
from postal.services import dispatch, pulling
from postal.states import GROUPS, State

pytestmark = pytest.mark.django_db


@pytest.fixture
def sign_in(client):
    def enter(user):
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        return client

    return enter


@pytest.fixture
def ask(client):
    """Call the API with a token of the scope carrier."""

    def call(method, path, scope="carrier", offices=(), **data):
        _token, text = create_token(name="Bưu điện (thử)", scopes=[scope], office_ids=offices)
        headers = {"Authorization": f"Bearer {text}", **data.pop("headers", {})}
        options = {"content_type": "application/json"} if method == "post" else {}
        return getattr(client, method)(f"/api/v1/{path}", data=data, headers=headers, **options)

    return call


@pytest.mark.parametrize("who", ["carrier", "administrator", "monitor", "hotline", "desk", "specialist", "leader"])
def test_those_concerned_see_it(sign_in, cast, ordered, who):
    answer = sign_in(getattr(cast, who)).get(reverse("postal:shipments"))
    assert answer.status_code == 200
    assert ordered.waybill in answer.content.decode()
    assert sign_in(getattr(cast, who)).get(reverse("postal:shipment", args=[ordered.pk])).status_code == 200


def test_another_office_sees_nothing_and_others_no_page_at_all(sign_in, cast, ordered):
    client = sign_in(cast.outsider)
    assert ordered.waybill not in client.get(reverse("postal:shipments")).content.decode()
    for name in ("postal:shipment", "postal:collected", "postal:retry"):
        method = client.get if name == "postal:shipment" else client.post
        assert method(reverse(name, args=[ordered.pk])).status_code == 404
    for who in (cast.guard, cast.citizen):
        assert sign_in(who).get(reverse("postal:shipments")).status_code == 403


@pytest.mark.parametrize("group", [*GROUPS, "", "khong-co", "\x00", "x" * 300])
def test_every_list_opens_and_nonsense_shows_the_first(sign_in, cast, ordered, group):
    answer = sign_in(cast.carrier).get(reverse("postal:shipments"), {"nhom": group, "q": "BD", "page": "-3"})
    assert answer.status_code == 200


def test_search_finds_waybill_and_dossier(sign_in, cast, ordered):
    client = sign_in(cast.carrier)
    for words, found in ((ordered.waybill, True), (ordered.waybill.lower(), True), ("h13.70-261125", True), (ordered.waybill[2:8], False),
                         ("THU0000001", True), ("khác", False), ("a\x00", False)):
        page = client.get(reverse("postal:shipments"), {"q": words}).content.decode()
        assert (f'href="{reverse("postal:shipment", args=[ordered.pk])}"' in page) is found, words


def test_the_list_counts_down_and_tells_what_is_late(sign_in, cast, ordered):
    client = sign_in(cast.carrier)
    Shipment.objects.update(collect_due_at=clock.now() + timedelta(minutes=90, seconds=30))
    assert "còn 1 giờ 30 phút" in client.get(reverse("postal:shipments")).content.decode()
    Shipment.objects.update(collect_due_at=clock.now() - timedelta(minutes=61))
    page = client.get(reverse("postal:shipments")).content.decode()
    assert "quá 1 giờ" in page
    assert "row-bad" in page


def test_a_long_list_is_paginated_with_a_fixed_number_of_queries(sign_in, cast, decided, carrier, django_assert_max_num_queries):
    for number in range(60):
        decided(number)
    pulling.pull_decided()
    Shipment.objects.update(state=State.ORDERED, waybill="BD1VN")
    client = sign_in(cast.carrier)
    with django_assert_max_num_queries(9):
        page = client.get(reverse("postal:shipments")).content.decode()
    assert page.count("BD1VN</a>") == 50
    assert client.get(reverse("postal:shipments"), {"page": 2}).content.decode().count("BD1VN</a>") == 10


def test_the_clerk_marks_it_fetched_once(sign_in, cast, ordered):
    client = sign_in(cast.carrier)
    for _unused in range(2):
        answer = client.post(reverse("postal:collected", args=[ordered.pk]), {"ve": "danh-sach"}, follow=True)
        assert f"đã lấy bưu gửi {ordered.waybill}" in answer.content.decode()
    ordered.refresh_from_db()
    assert ordered.state == State.COLLECTED
    assert [event.verb for event in ordered.events.filter(actor=cast.carrier)] == ["take"]
    assert client.get(reverse("postal:collected", args=[ordered.pk])).status_code == 405


def test_those_who_only_look_can_t_mark_it(sign_in, cast, ordered):
    for who in (cast.monitor, cast.specialist, cast.administrator):
        answer = sign_in(who).post(reverse("postal:collected", args=[ordered.pk]), follow=True)
        assert "Chỉ nhân viên bưu chính" in answer.content.decode()
    ordered.refresh_from_db()
    assert ordered.state == State.ORDERED


def test_what_the_carrier_does_not_know_can_t_be_fetched(sign_in, cast, shipment):
    answer = sign_in(cast.carrier).post(reverse("postal:collected", args=[shipment.pk]), follow=True)
    assert "không còn ở trạng thái" in answer.content.decode()


def test_the_administrator_lets_a_failed_one_be_tried_again(sign_in, cast, shipment):
    Shipment.objects.update(state=State.FAILED, attempts=10, last_error="HTTP 500")
    page = reverse("postal:shipment", args=[shipment.pk])
    assert "Báo lại cho bưu chính" not in sign_in(cast.desk).get(page).content.decode()
    client = sign_in(cast.administrator)
    assert "Báo lại cho bưu chính" in client.get(page).content.decode()
    client.post(reverse("postal:retry", args=[shipment.pk]))
    shipment.refresh_from_db()
    assert (shipment.state, shipment.attempts) == (State.READY, 0)


def test_the_history_tells_every_report(sign_in, cast, ordered, report):
    for status in ("attempted", "delivered", "in_transit"):
        report(ordered, status, note="Vắng nhà")
    page = sign_in(cast.desk).get(reverse("postal:shipment", args=[ordered.pk])).content.decode()
    for words in ("Bưu chính cập nhật: Phát chưa thành công", "Đã phát cho người nhận", "Bưu chính cập nhật: Đang vận chuyển", "Vắng nhà"):
        assert words in page


def test_the_pick_up_list_of_the_api(ask, ordered, cast):
    found = ask("get", "shipments/").json()
    assert set(found) == {"results", "next", "previous"}
    [line] = found["results"]
    assert (line["id"], line["state"], line["waybill"]) == (str(ordered.key), "ordered", ordered.waybill)
    assert line["due_at"].endswith("+07:00")
    assert line["recipient"] == {"name": "Nguyễn Thị Mẫu", "phone": "0912345678", "address": "Số 9, đường Mẫu", "area": ""}
    assert (line["direction"], line["dossier"], line["attention"]) == ("out", ordered.dossier.number, "")
    assert {line["wall_due_at"], line["working_due_at"]} >= {line["due_at"]}
    assert line["office"]["code"] == cast.office.code
    assert len(ask("get", "shipments/", direction="out").json()["results"]) == 1
    assert ask("get", "shipments/", direction="in").json()["results"] == []
    assert ask("get", f"shipments/{ordered.key}/").json()["waybill"] == ordered.waybill
    assert ask("get", "shipments/", state="delivered").json()["results"] == []
    assert ask("get", "shipments/", office="thu-cai-rang").json()["results"] == []
    assert ask("get", "shipments/", offices=[cast.other_office.pk]).json()["results"] == []


@pytest.mark.parametrize("wrong", [{"state": "eaten"}, {"office": "không"}, {"office": "x" * 41}])
def test_wrong_parameters_are_named(ask, wrong):
    answer = ask("get", "shipments/", **wrong)
    assert (answer.status_code, list(answer.json()["errors"])) == (400, list(wrong))


def test_the_api_needs_its_scope(ask, client, ordered):
    assert client.get("/api/v1/shipments/").status_code == 401
    assert ask("get", "shipments/", scope="book").status_code == 403
    assert ask("post", f"shipments/{ordered.key}/collected/", scope="book").status_code == 403


def test_the_api_marks_it_fetched_once(ask, ordered, cast):
    path = f"shipments/{ordered.key}/collected/"
    assert ask("post", path, offices=[cast.other_office.pk]).status_code == 404
    assert ask("post", "shipments/7f1c0a52-6d0e-4d0b-8f6a-0d4f7f0d6a11/collected/").status_code == 404
    for _unused in range(2):
        answer = ask("post", path, headers={"Idempotency-Key": "k-1"})
        assert (answer.status_code, answer.json()["state"]) == (200, "collected")
    assert ordered.events.get(verb="take").actor_label == "Bưu điện (thử)"


def test_the_api_refuses_what_the_carrier_does_not_know(ask, shipment):
    answer = ask("post", f"shipments/{shipment.key}/collected/")
    assert (answer.status_code, answer.json()["code"]) == (409, "wrong_state")


def test_the_demonstration_s_carrier_follows_the_simulator(settings, decided, cast):
    from postal import demo

    decided()
    said: list[str] = []
    settings.CARRIER_SIMULATOR_URL = "http://127.0.0.1:8001"
    demo.load(password="", say=said.append)
    first = list(said)
    key = Carrier.objects.get().key
    settings.CARRIER_SIMULATOR_URL = "http://127.0.0.1:8777"
    demo.load(password="", say=said.append)
    carrier = Carrier.objects.get()
    assert (carrier.order_url, carrier.key, said) == ("http://127.0.0.1:8777/orders", key, first)
    assert len(key) >= 32
    assert Shipment.objects.count() == 1
    assert dispatch.claim(Shipment.objects.get().pk) is not None, "what is alone is left to wait"
