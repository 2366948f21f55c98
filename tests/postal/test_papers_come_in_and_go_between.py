"""Shipments of the other directions: papers fetched at the citizen's, papers from office to office; made once, taken back, changed."""
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse

from dossiers.models import Dossier, Parcel
from dossiers.services import delivery
from dossiers.states import ReturnMethod
from dossiers.states import State as DossierState
from onestop import clock
from onestop.notify.models import Message
from onestop.people.tokens import create_token
from onestop.transitions import Refused
from postal.models import Carrier, ReceptionPoint, Shipment
from postal.services import dispatch, handling, making, pulling
from postal.states import Direction, State

pytestmark = pytest.mark.django_db


@pytest.fixture
def accepted(decided: Callable[..., Dossier], cast: Any) -> Callable[..., Dossier]:
    """An accepted online dossier whose citizen wants the papers fetched."""

    def make(number: int = 1, **fields: Any) -> Dossier:
        values = {"state": DossierState.PROCESSING, "decided_at": None, "return_method": ReturnMethod.COUNTER, "return_address": "",
                  "collect_by_post": True, "collect_address": "Số 7, đường Mẫu", "collect_area": cast.commune, "received_at": clock.now()}
        return decided(number, **{**values, **fields})

    return make


def test_an_accepted_wish_becomes_one_shipment_with_its_timer(accepted, carrier, cast, morning):
    point = ReceptionPoint.objects.create(carrier=carrier, code="NK1", name="Bưu cục mẫu", area=cast.commune, address="Số 2, đường Mẫu")
    dossier = accepted(received_at=morning - timedelta(minutes=30))
    assert [pulling.pull_accepted(), pulling.pull_accepted()] == [1, 0]
    shipment = Shipment.objects.get()
    assert (shipment.direction, shipment.office, shipment.recipient) == (Direction.IN, cast.office, "Nguyễn Thị Mẫu")
    assert (shipment.address, shipment.area, shipment.area_path) == ("Số 7, đường Mẫu", cast.commune, "Phường Ninh Kiều, Thành phố Cần Thơ")
    assert shipment.point == point
    assert (shipment.timer_from, shipment.wall_due_at) == (dossier.received_at, dossier.received_at + timedelta(hours=4))
    assert shipment.collect_due_at == shipment.working_due_at == dossier.received_at + timedelta(hours=6)  # two hours of noon


@pytest.mark.parametrize("fields", [{"received_at": None, "state": DossierState.SUBMITTED}, {"collect_by_post": False},
                                    {"state": DossierState.WITHDRAWN}, {"channel": "in_person"}])
def test_nothing_is_fetched_that_was_not_accepted_or_not_asked_for(accepted, carrier, fields):
    accepted(**fields)
    assert pulling.pull_accepted() == 0


def test_the_time_of_papers_in_is_not_moved_by_telling_the_carrier(accepted, carrier):
    accepted(received_at=clock.now() - timedelta(hours=1))
    pulling.pull_accepted()
    before = Shipment.objects.get().collect_due_at
    dispatch.dispatch(Shipment.objects.get().pk)
    shipment = Shipment.objects.get()
    assert (shipment.state, shipment.collect_due_at) == (State.ORDERED, before)
    assert Message.objects.get().template_key == "collection_ordered"
    assert "Số 7, đường Mẫu" in Message.objects.get().body


def test_a_wish_of_later_has_its_own_time(accepted, carrier):
    dossier = accepted(collect_by_post=False, collect_address="", received_at=clock.now() - timedelta(days=3))
    delivery.change_collection(actor=None, dossier=dossier, wanted=True, address="Số 8", via="web", actor_label="citizen")
    pulling.pull_accepted()
    assert Shipment.objects.get().timer_from == dossier.events.get(verb="change_collection").at


def test_who_wants_it_no_more_or_elsewhere_is_followed_until_it_is_fetched(accepted, carrier):
    dossier = accepted()
    pulling.pull_accepted()
    dispatch.dispatch(Shipment.objects.get().pk)
    delivery.change_collection(actor=None, dossier=dossier, wanted=True, address="Nơi khác", via="web")
    assert (pulling.follow_wishes(), pulling.pull_accepted(), pulling.follow_wishes()) == (1, 1, 0)
    first, second = Shipment.objects.order_by("pk")
    assert (first.state, second.state, second.address) == (State.CANCELLED, State.READY, "Nơi khác")
    delivery.change_collection(actor=None, dossier=dossier, wanted=False, via="web")
    assert (pulling.follow_wishes(), pulling.pull_accepted()) == (1, 0)
    assert not Shipment.objects.exclude(state=State.CANCELLED).exists()


def test_once_it_is_fetched_the_wish_is_closed(accepted, carrier, cast):
    dossier = accepted()
    pulling.pull_accepted()
    dispatch.dispatch(Shipment.objects.get().pk)
    assert delivery.collection_is_open(dossier)
    handling.collect(shipment=Shipment.objects.get(), actor=cast.carrier)
    assert not delivery.collection_is_open(dossier)
    with pytest.raises(Refused) as refusal:
        delivery.change_collection(actor=None, dossier=dossier, wanted=False, via="web")
    assert refusal.value.code == "too_late"
    assert pulling.follow_wishes() == 0


def test_papers_that_arrive_become_a_parcel_and_the_dossier_goes_on(accepted, carrier, cast):
    dossier = accepted()
    pulling.pull_accepted()
    dispatch.dispatch(Shipment.objects.get().pk)
    for _unused in range(2):
        shipment = handling.arrive(actor=cast.desk, shipment=Shipment.objects.get())
    assert (shipment.state, shipment.arrived_at, shipment.collected_at) == (State.DELIVERED, shipment.delivered_at, shipment.delivered_at)
    assert Parcel.objects.get().dossier == dossier
    dossier.refresh_from_db()
    assert dossier.state == DossierState.PROCESSING
    assert dossier.events.filter(verb="shipment", data__state="delivered").get().data["state_name"] == "Giấy tờ của Quý vị đã đến cơ quan"
    with pytest.raises(Refused):
        handling.arrive(actor=cast.outsider, shipment=shipment)


def test_two_citizens_papers_with_one_long_waybill_arrive_both(accepted, carrier, cast):
    """A waybill stands with one parcel of an office; what a parcel keeps of a long one is compared, not what the carrier said."""
    for number in (1, 2):
        accepted(number)
    pulling.pull_accepted()
    Shipment.objects.update(state=State.COLLECTED, waybill="B" * 60)
    for shipment in Shipment.objects.order_by("pk"):
        handling.arrive(actor=cast.desk, shipment=shipment)
    assert sorted(Parcel.objects.values_list("waybill", flat=True)) == ["", "B" * 40]


def test_papers_go_between_offices_once_until_they_arrived(decided, carrier, cast):
    dossier = decided(state=DossierState.PROCESSING, decided_at=None, return_method=ReturnMethod.COUNTER)
    send = {"actor": cast.desk, "dossier": dossier, "to_office": cast.other_office, "carrier": carrier}
    shipment = making.make_between(**send)
    assert shipment is not None and making.make_between(**send) is None
    assert (shipment.office, shipment.recipient, shipment.direction) == (cast.office, cast.other_office.name, Direction.BETWEEN)
    dispatch.dispatch(shipment.pk)
    shipment.refresh_from_db()
    assert shipment.state == State.ORDERED and shipment.collect_due_at is not None
    assert not Message.objects.exists() and not dossier.events.filter(verb="shipment").exists()
    with pytest.raises(Refused):
        handling.arrive(actor=cast.desk, shipment=shipment)  # the sender does not say that it has arrived
    assert handling.arrive(actor=cast.outsider, shipment=shipment).state == State.DELIVERED
    assert not Parcel.objects.exists()
    assert making.make_between(**send) is not None, "the next papers go again"


def test_who_may_send_between_offices(decided, carrier, cast):
    dossier = decided(state=DossierState.PROCESSING, decided_at=None)
    for who, there, code in ((cast.outsider, cast.centre, "forbidden"), (cast.carrier, cast.centre, "forbidden"),
                             (cast.desk, cast.office, "same_office")):
        with pytest.raises(Refused) as refusal:
            making.make_between(actor=who, dossier=dossier, to_office=there, carrier=carrier)
        assert refusal.value.code == code
    Dossier.objects.update(state=DossierState.WITHDRAWN)
    with pytest.raises(Refused) as refusal:
        making.make_between(actor=cast.desk, dossier=dossier, to_office=cast.centre, carrier=carrier)
    assert refusal.value.code == "ended"


def test_the_page_between_offices(client, decided, carrier, cast):
    client.force_login(cast.desk, backend="django.contrib.auth.backends.ModelBackend")
    decided(state=DossierState.PROCESSING, decided_at=None)
    page = reverse("postal:send_between")
    assert client.get(page, {"ma": "H13.70-261125-0001"}).status_code == 200
    typed = {"ma": "h13.70-261125-0001", "to_office": cast.other_office.pk, "service": "express"}
    answer = client.post(page, typed, follow=True)
    assert "Đã lập bưu gửi" in answer.content.decode()
    assert Shipment.objects.get().service == "express"
    for wrong, status, words in (({**typed, "ma": "H13.70-261125-0099"}, 422, "Không tìm thấy hồ sơ"), ({}, 422, "Vui lòng nhập mã hồ sơ"),
                                 ({**typed, "to_office": cast.office.pk}, 422, "là một đơn vị"), (typed, 409, "đang trên đường")):
        answer = client.post(page, wrong)
        assert (answer.status_code, words in answer.content.decode()) == (status, True)


def test_a_program_makes_and_cancels_shipments(client, accepted, carrier, cast):
    _token, text = create_token(name="Bưu điện (thử)", scopes=["carrier"], office_ids=[cast.office.pk])
    dossier = accepted()

    def post(path: str, **data: Any) -> Any:
        return client.post(f"/api/v1/{path}", data=data, content_type="application/json", headers={"Authorization": f"Bearer {text}"})

    made = post("shipments/", direction="in", dossier=dossier.code)
    assert (made.status_code, made.json()["direction"], made.json()["state"]) == (201, "in", "ready")
    assert (post("shipments/", direction="in", dossier=dossier.code).status_code, post("shipments/", dossier="X").status_code) == (409, 404)
    between = post("shipments/", dossier=dossier.code, to_office=cast.other_office.code)
    assert (between.status_code, between.json()["to_office"]) == (201, cast.other_office.code)
    assert post("shipments/", dossier=dossier.code, to_office="khong-co").json()["code"] == "unknown_office"
    path = f"shipments/{made.json()['id']}/cancel/"
    assert post(path).status_code == 400
    for _unused in range(2):
        answer = post(path, reason="Công dân tự mang đến")
        assert (answer.status_code, answer.json()["state"]) == (200, "cancelled")
    dossier.refresh_from_db()
    assert dossier.collect_by_post is False
    assert Message.objects.get().template_key == "collection_cancelled"
    assert (pulling.pull_accepted(), Carrier.objects.count()) == (0, 1)
