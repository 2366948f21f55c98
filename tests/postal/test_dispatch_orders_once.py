"""Dispatch: claimed before the carrier is called, known to it by our id, settled afterwards, whatever happens in between."""
import threading
from datetime import timedelta

import pytest
from django.db import connection

from deploy.servers import free_port
from dossiers.models import Dossier
from dossiers.states import State as DossierState
from onestop import clock
from onestop.notify.channels import Permanent, Temporary
from onestop.notify.models import Message
from onestop.transitions import Refused
from postal import tasks
from postal.carriers import Ordered
from postal.models import Carrier, Shipment
from postal.services import dispatch, handling, pulling
from postal.states import State

pytestmark = pytest.mark.django_db


def again(shipment):
    Shipment.objects.filter(pk=shipment.pk).update(next_attempt_at=clock.now())
    shipment.refresh_from_db()
    return shipment


def counted(simulated):
    return simulated.book.told()["counts"]["orders"]


def test_the_carrier_gets_a_signed_order_and_the_citizen_the_waybill(shipment, simulated):
    tasks.dispatch(shipment.pk)
    shipment.refresh_from_db()
    order = simulated.book.orders[str(shipment.key)]
    assert (shipment.state, shipment.waybill, shipment.attempts) == (State.ORDERED, order["waybill"], 1)
    assert order["recipient"] == {"name": "Nguyễn Thị Mẫu", "address": "Số 9, đường Mẫu", "phone": "0912345678"}
    message = Message.objects.get(event_key=f"shipment:{shipment.pk}:ordered")
    assert shipment.waybill in message.body
    assert "H13.70-261125-0001" in message.body


def test_the_time_to_fetch_it_starts_when_the_carrier_is_told(shipment, carrier):
    Carrier.objects.update(working_hours_only=False)
    told = clock.now() + timedelta(hours=1)
    with clock.frozen(told):
        dispatch.dispatch(shipment.pk)
    shipment.refresh_from_db()
    assert (shipment.ordered_at, shipment.collect_due_at) == (told, told + timedelta(hours=4))


def test_a_second_dispatch_does_nothing(ordered, simulated):
    assert dispatch.dispatch(ordered.pk) is None
    assert counted(simulated) == {"ids": 1, "attempts": 1}


def test_a_lost_answer_is_asked_for_again_and_the_waybill_is_the_same(shipment, simulated):
    simulated.faults.set({"lose": 1})
    assert isinstance(dispatch.dispatch(shipment.pk), Temporary)
    outcome = dispatch.dispatch(again(shipment).pk)
    shipment.refresh_from_db()
    assert outcome == Ordered(simulated.book.orders[str(shipment.key)]["waybill"])
    assert (shipment.state, counted(simulated)) == (State.ORDERED, {"ids": 1, "attempts": 2})


def test_errors_pass_with_a_pause_in_between(shipment, simulated):
    simulated.faults.set({"fail": 2})
    for _unused in range(2):
        assert isinstance(dispatch.dispatch(shipment.pk), Temporary)
        assert dispatch.dispatch(shipment.pk) is None, "it waits for its pause"
        again(shipment)
    assert isinstance(dispatch.dispatch(shipment.pk), Ordered)
    assert [event.verb for event in shipment.events.all()] == ["create", "try_later", "try_later", "order"]


def test_a_carrier_that_is_too_slow_is_asked_again(shipment, simulated):
    simulated.faults.set({"delay": 1.5})
    outcome = dispatch.dispatch(shipment.pk)
    assert isinstance(outcome, Temporary)
    assert outcome.unreachable


def test_a_wrong_key_is_refused_for_good_until_an_administrator_lets_it_be_tried_again(shipment, carrier, cast):
    Carrier.objects.update(key="falsch")
    assert isinstance(dispatch.dispatch(shipment.pk), Permanent)
    shipment.refresh_from_db()
    assert (shipment.state, shipment.last_error[:8]) == (State.REFUSED, "HTTP 401")
    Carrier.objects.update(key=carrier.key)
    with pytest.raises(Refused) as refusal:
        handling.retry(actor=cast.desk, shipment=shipment)
    assert refusal.value.status == 403
    handling.retry(actor=cast.administrator, shipment=shipment)
    handling.retry(actor=cast.administrator, shipment=shipment)
    assert isinstance(dispatch.dispatch(shipment.pk), Ordered)
    with pytest.raises(Refused) as refusal:
        handling.retry(actor=cast.administrator, shipment=shipment)
    assert refusal.value.status == 409


def test_after_the_last_attempt_it_has_failed(shipment, simulated, settings):
    settings.SEND_MAX_ATTEMPTS = 2
    simulated.faults.set({"fail": 9})
    for _unused in range(3):
        dispatch.dispatch(again(shipment).pk)
    shipment.refresh_from_db()
    assert (shipment.state, shipment.attempts) == (State.FAILED, 2)


def test_a_result_that_was_fetched_meanwhile_is_not_ordered(shipment, simulated):
    Dossier.objects.update(state=DossierState.RETURNED)
    assert dispatch.dispatch(shipment.pk) is None
    shipment.refresh_from_db()
    assert (shipment.state, counted(simulated)) == (State.CANCELLED, {"ids": 0, "attempts": 0})
    assert pulling.pull_decided() == 0


def test_the_sweep_pulls_hands_out_once_and_takes_back_what_a_dead_worker_held(
        decided, carrier, settings, django_capture_on_commit_callbacks):
    decided(1)
    decided(2)
    with django_capture_on_commit_callbacks() as jobs:
        assert [dispatch.sweep(), dispatch.sweep()] == [2, 0]
    assert len(jobs) == 1
    held = dispatch.claim(Shipment.objects.first().pk)
    with clock.frozen(clock.now() + timedelta(seconds=settings.SEND_LEASE_SECONDS + 1)):
        assert dispatch.sweep() == 2
        assert isinstance(dispatch.dispatch(held.pk), Ordered)
        assert dispatch.settle(held, Permanent("too late")) is False
    held.refresh_from_db()
    assert held.state == State.ORDERED


def test_a_worker_that_comes_back_late_with_success_is_believed(shipment, settings):
    held = dispatch.claim(shipment.pk)
    with clock.frozen(clock.now() + timedelta(seconds=settings.SEND_LEASE_SECONDS + 1)):
        dispatch.release_stuck()
        assert dispatch.settle(held, Ordered("BD1VN")) is True
        assert dispatch.settle(held, Ordered("BD1VN")) is False
    shipment.refresh_from_db()
    assert (shipment.state, shipment.waybill) == (State.ORDERED, "BD1VN")
    assert Message.objects.filter(event_key=f"shipment:{shipment.pk}:ordered").count() == 1


def test_a_job_stops_early_when_nobody_answers(decided, carrier):
    Carrier.objects.update(order_url=f"http://127.0.0.1:{free_port()}/orders")
    for number in range(8):
        decided(number)
    pulling.pull_decided()
    assert dispatch.dispatch_all(list(Shipment.objects.values_list("pk", flat=True))) == 0
    assert Shipment.objects.filter(attempts__gt=0).count() == dispatch.UNREACHABLE_IN_A_ROW


@pytest.mark.django_db(transaction=True)
def test_parallel_workers_order_once(decided, carrier, simulated):
    for number in range(12):
        decided(number)
    pulling.pull_decided()
    pks = list(Shipment.objects.values_list("pk", flat=True))

    def work() -> None:
        try:
            dispatch.dispatch_all(pks)
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _unused in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert counted(simulated) == {"ids": 12, "attempts": 12}
    assert set(Shipment.objects.values_list("state", "attempts")) == {(State.ORDERED, 1)}


def test_a_shipment_cancelled_while_the_carrier_was_told_is_a_dispute(shipment):
    held = dispatch.claim(shipment.pk)
    Shipment.objects.update(state=State.CANCELLED)
    assert dispatch.settle(held, Ordered("BD1VN")) is True
    shipment.refresh_from_db()
    assert (shipment.state, shipment.waybill, shipment.attention) == (State.CANCELLED, "BD1VN", "disputed")
    assert not Message.objects.exists()
