"""What people decide: another address, given up, sent again, kept at the counter; every state against every verb."""
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.urls import reverse

from dossiers.models import Dossier
from dossiers.services import processing
from dossiers.states import ReturnMethod
from dossiers.states import State as DossierState
from onestop import clock
from onestop.notify.models import Message
from onestop.people.states import Role
from onestop.transitions import Refused
from postal import queries
from postal.models import Shipment
from postal.services import dispatch, handling, mending, pulling, stuck
from postal.states import ENDED_BADLY, MOVING, TRANSITIONS, UNFETCHED, Attention, State
from postal.stuck import owner_of

pytestmark = pytest.mark.django_db


def put(shipment: Shipment, state: str, **fields: Any) -> Shipment:
    Shipment.objects.filter(pk=shipment.pk).update(state=state, **fields)
    return Shipment.objects.select_related("carrier", "office", "dossier", "to_office").get(pk=shipment.pk)


def refused(call: Any, **values: Any) -> str:
    with pytest.raises(Refused) as refusal:
        call(**values)
    assert str(refusal.value.sentence)
    return refusal.value.code


def test_each_verb_works_from_its_states_and_from_no_other(ordered, cast):
    """The whole matrix, by the people who may."""
    verbs = {
        "take": (lambda row: handling.collect(shipment=row, actor=cast.carrier), {State.ORDERED}),
        "retry": (lambda row: handling.retry(shipment=row, actor=cast.administrator), {State.FAILED, State.REFUSED}),
        "write_off": (lambda row: handling.write_off(shipment=row, actor=cast.administrator, reason="Đã hỏi"), set(MOVING)),
        "cancel": (lambda row: mending.cancel(shipment=row, actor=cast.desk, reason="Thôi"),
                   {*UNFETCHED, State.NOT_COLLECTED} - {State.SENDING}),
        "correct": (lambda row: mending.correct_address(shipment=row, actor=cast.desk, address="Nơi khác"),
                    {*UNFETCHED, *MOVING, State.NOT_COLLECTED} - {State.SENDING}),
        "again": (lambda row: mending.send_again(shipment=row, actor=cast.desk), set(ENDED_BADLY)),
        "keep": (lambda row: mending.keep(shipment=row, actor=cast.desk), set(ENDED_BADLY)),
    }
    before = Dossier.objects.values("return_method", "return_address", "handover").get()
    harmless = {"take": TRANSITIONS["take"][1], "retry": State.READY, "write_off": State.LOST, "cancel": State.CANCELLED}
    for name, (do, allowed) in verbs.items():
        for state in State:
            with transaction.atomic():
                Dossier.objects.update(**before)
                row = put(ordered, state, attempts=1)
                try:
                    do(row)
                    worked = True
                except Refused as refusal:
                    worked = False
                    assert refusal.code in ("wrong_state", "being_told"), (name, state, refusal.code)
                quiet = state == harmless.get(name) or (name == "take" and state not in UNFETCHED and state not in (
                    State.NOT_COLLECTED, State.CANCELLED))
                assert worked is (state in allowed or quiet), (name, state)
                transaction.set_rollback(True)


def test_an_address_that_the_carrier_does_not_know_is_corrected_in_place(shipment, cast):
    row = mending.correct_address(actor=cast.desk, shipment=shipment, address="Số 10, đường Mẫu", area=cast.commune, phone="0987654321")
    assert (row.pk, row.address, row.phone, row.area_path) == (
        shipment.pk, "Số 10, đường Mẫu", "0987654321", "Phường Ninh Kiều, Thành phố Cần Thơ")
    assert Dossier.objects.get().return_address == "Số 10, đường Mẫu"
    assert row.events.get(verb="correct_address").actor == cast.desk


def test_an_order_that_the_carrier_has_is_replaced_by_another_with_its_own_id(ordered, cast):
    made = mending.correct_address(actor=cast.desk, shipment=ordered, address="Số 10, đường Mẫu")
    ordered.refresh_from_db()
    assert (ordered.state, made.state, made.address) == (State.CANCELLED, State.READY, "Số 10, đường Mẫu")
    assert made.key != ordered.key and made.replaces == ordered
    assert pulling.pull_decided() == 0
    dispatch.dispatch(made.pk)
    made.refresh_from_db()
    assert made.state == State.ORDERED and made.waybill != ordered.waybill


def test_what_is_under_way_is_corrected_in_place_and_told_by_hand(ordered, cast):
    row = put(ordered, State.IN_TRANSIT, attention=Attention.ADDRESS)
    done = mending.correct_address(actor=cast.desk, shipment=row, address="Số 10, đường Mẫu")
    assert (done.pk, done.state, done.attention) == (ordered.pk, State.IN_TRANSIT, "")
    assert done.events.get(verb="correct_address").data["told_by_hand"] is True


@pytest.mark.parametrize("state", sorted(ENDED_BADLY))
def test_what_ended_badly_is_sent_again_once(ordered, cast, state):
    row = put(ordered, state, attention=Attention.ENDED)
    made = mending.send_again(actor=cast.desk, shipment=row, address="Số 11, đường Mẫu", reason="Đã gọi")
    assert mending.send_again(actor=cast.desk, shipment=row).pk == made.pk
    row.refresh_from_db()
    assert (row.replaced, row.attention, made.replaces, made.address) == (True, "", row, "Số 11, đường Mẫu")
    assert pulling.pull_decided() == 0
    assert Shipment.objects.count() == 2


def test_a_lost_one_that_is_found_after_all_does_not_collide(ordered, cast, report):
    put(ordered, State.LOST)
    made = mending.send_again(actor=cast.desk, shipment=ordered)
    assert report(ordered, "delivered").status_code == 202
    ordered.refresh_from_db()
    assert ordered.state == State.DELIVERED
    assert pulling.follow_wishes() == 1, "the result is in the citizen's hands: the second one is taken back"
    made.refresh_from_db()
    assert made.state == State.CANCELLED


def test_a_returned_result_is_kept_at_the_counter_and_the_citizen_told(ordered, cast, report):
    report(ordered, "returned")
    row = Shipment.objects.get()
    assert row.attention == Attention.ENDED
    for _unused in range(2):
        row = mending.keep(actor=cast.desk, shipment=row, reason="Công dân tự đến")
    dossier = Dossier.objects.get()
    assert (row.attention, dossier.return_method) == ("", ReturnMethod.COUNTER)
    assert Message.objects.filter(template_key="shipment_cancelled").count() == 1
    assert pulling.pull_decided() == 0
    assert refused(mending.send_again, actor=cast.desk, shipment=row) == "not_again"


def test_a_cancelled_result_waits_at_the_counter_or_goes_again(ordered, cast):
    made = mending.cancel(actor=cast.desk, shipment=ordered, reason="Sai dịch vụ", again=True)
    assert (made.state, made.replaces_id, pulling.pull_decided()) == (State.READY, ordered.pk, 0)
    done = mending.cancel(actor=cast.administrator, shipment=made, reason="Công dân tự đến nhận")
    assert (done.state, Dossier.objects.get().return_method, pulling.pull_decided()) == (State.CANCELLED, ReturnMethod.COUNTER, 0)
    processing.change_return(actor=cast.desk, dossier=Dossier.objects.get(), method=ReturnMethod.POST, address="Số 1", via="web")
    assert pulling.pull_decided() == 1


def test_who_may_decide(ordered, cast):
    row = put(ordered, State.IN_TRANSIT)
    for who in (cast.outsider, cast.monitor, cast.carrier, cast.leader):
        assert refused(mending.cancel, actor=who, shipment=row, reason="x") == "forbidden"
        assert refused(mending.correct_address, actor=who, shipment=row, address="x") == "forbidden"
        assert refused(handling.write_off, actor=who, shipment=row, reason="x") == "forbidden"
    assert refused(handling.write_off, actor=cast.desk, shipment=row, reason="x") == "forbidden"
    assert refused(handling.write_off, actor=cast.administrator, shipment=row, reason=" ") == "reason_missing"
    assert refused(mending.correct_address, actor=cast.desk, shipment=row, address=" ", phone="12") == "invalid"
    assert queries.verbs(cast.monitor, row) == set()
    assert queries.verbs(cast.carrier, row) == {"remark"}
    assert queries.verbs(cast.administrator, row) == {"correct_address", "remark", "write_off"}


def test_the_pages_ask_and_do(client, ordered, cast):
    client.force_login(cast.desk, backend="django.contrib.auth.backends.ModelBackend")
    shown = client.get(reverse("postal:shipment", args=[ordered.pk])).content.decode()
    for verb in ("sua_dia_chi", "huy", "da_lien_he"):
        assert reverse(f"postal:act_{verb}", args=[ordered.pk]) in shown
    for verb in ("sua_dia_chi", "gui_lai", "huy", "tra_tai_quay", "that_lac", "da_lien_he"):
        page = reverse(f"postal:act_{verb}", args=[ordered.pk])
        assert client.get(page).status_code == 200
        assert client.post(page, {}).status_code == 422
    answer = client.post(reverse("postal:act_da_lien_he", args=[ordered.pk]), {"reason": "Bưu tá hẹn 10 giờ"}, follow=True)
    assert "Đã ghi nội dung trao đổi." in answer.content.decode() and "Bưu tá hẹn 10 giờ" in answer.content.decode()
    answer = client.post(reverse("postal:act_sua_dia_chi", args=[ordered.pk]), {"address": "Số 12", "area": "Ninh Kiều"}, follow=True)
    assert "Phường Ninh Kiều, Thành phố Cần Thơ" in answer.content.decode()
    page = reverse("postal:act_huy", args=[Shipment.objects.latest("pk").pk])
    assert client.post(page, {"reason": "Thôi"}, follow=True).status_code == 200
    assert not Shipment.objects.exclude(state=State.CANCELLED).exists()
    client.force_login(cast.outsider, backend="django.contrib.auth.backends.ModelBackend")
    assert client.get(reverse("postal:act_huy", args=[ordered.pk])).status_code == 404


def sent_twice(ordered: Shipment, cast: Any, report: Any, state: str) -> tuple[Shipment, Shipment]:
    """The carrier says it is lost, another one is sent; what has become of that one."""
    report(ordered, "lost", happened_at=(clock.now() - timedelta(hours=2)).isoformat())
    made = mending.send_again(actor=cast.desk, shipment=ordered)
    dispatch.dispatch(made.pk)
    if state != State.ORDERED:
        assert report(made, state).status_code == 202
    stuck.watch()
    assert not Shipment.objects.exclude(attention="").exists(), "nothing is asked yet"
    return Shipment.objects.get(pk=ordered.pk), Shipment.objects.get(pk=made.pk)


@pytest.mark.parametrize("status", ["in_transit", "arrived", "attempted", "returned"])
def test_a_lost_one_that_is_found_while_another_is_under_way_asks_somebody(ordered, cast, report, status):
    first, second = sent_twice(ordered, cast, report, State.COLLECTED)
    assert report(first, status).status_code == 202
    first.refresh_from_db()
    assert (first.attention, owner_of(first.state, first.attention)) == (Attention.DISPUTED, Role.ADMINISTRATOR)
    assert "thay" in first.events.filter(verb="attend").latest("pk").reason
    for _unused in range(2):
        stuck.watch()
    first.refresh_from_db()
    assert first.attention == Attention.DISPUTED, "until somebody has said what becomes of the two"
    handling.remark(actor=cast.administrator, shipment=first, text="Bưu chính giữ lại, gửi trả đơn vị")
    report(first, "in_transit", f"{status}-again")
    first.refresh_from_db()
    assert first.attention == ""
    second.refresh_from_db()
    assert second.attention == ""


def test_what_only_comes_late_is_no_find(ordered, cast, report):
    first, _second = sent_twice(ordered, cast, report, State.COLLECTED)
    for number, status in enumerate(("collected", "in_transit", "lost", "noted")):
        report(first, status, f"late-{number}", happened_at=(clock.now() - timedelta(hours=3)).isoformat())
    first.refresh_from_db()
    assert (first.state, first.attention) == (State.LOST, "")


def test_found_and_brought_the_second_is_taken_back_while_it_can_be(ordered, cast, report):
    first, second = sent_twice(ordered, cast, report, State.ORDERED)
    report(first, "delivered")
    assert pulling.follow_wishes() == 1
    second.refresh_from_db()
    assert (second.state, second.attention) == (State.CANCELLED, "")


def test_found_and_brought_while_the_second_is_on_its_way_asks_about_the_second(ordered, cast, report):
    first, second = sent_twice(ordered, cast, report, State.COLLECTED)
    report(first, "delivered")
    assert pulling.follow_wishes() == 0
    second.refresh_from_db()
    assert (second.state, second.attention) == (State.COLLECTED, Attention.DISPUTED)
    report(second, "in_transit")
    stuck.watch()
    second.refresh_from_db()
    assert (second.state, second.attention) == (State.IN_TRANSIT, Attention.DISPUTED)


def test_the_second_that_is_fetched_after_the_first_was_brought_asks(ordered, cast, report):
    first, second = sent_twice(ordered, cast, report, State.ORDERED)
    report(first, "delivered")
    report(second, "collected")
    second.refresh_from_db()
    assert second.attention == Attention.DISPUTED


def test_both_brought_is_noticed(ordered, cast, report):
    first, _second = sent_twice(ordered, cast, report, State.DELIVERED)
    assert report(first, "delivered").status_code == 202
    first.refresh_from_db()
    assert (first.state, first.attention) == (State.DELIVERED, Attention.DISPUTED)


def test_papers_that_were_brought_while_the_second_is_not_told_yet_ask_about_the_second(decided, carrier, cast, report):
    """The dossier still waits for its papers, so no sweep takes the second back: the postman would come to the citizen for nothing."""
    decided(state=DossierState.PROCESSING, decided_at=None, return_method=ReturnMethod.COUNTER, collect_by_post=True,
            collect_address="Số 7, đường Mẫu", collect_area=cast.commune, received_at=clock.now())
    pulling.pull_accepted()
    first = Shipment.objects.get()
    dispatch.dispatch(first.pk)
    report(first, "lost", happened_at=(clock.now() - timedelta(hours=2)).isoformat())
    second = mending.send_again(actor=cast.desk, shipment=Shipment.objects.get())
    report(first, "delivered")
    second.refresh_from_db()
    assert (second.state, second.attention) == (State.READY, Attention.DISPUTED)
    dispatch.dispatch(second.pk)
    stuck.watch()
    second.refresh_from_db()
    assert (second.state, second.attention) == (State.ORDERED, Attention.DISPUTED), "telling the carrier answers nobody's question"
