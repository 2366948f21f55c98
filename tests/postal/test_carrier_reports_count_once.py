"""The carrier's signed events: who it is, each counts once, in any order the shipment only moves on."""
import itertools
import json
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dossiers.models import Dossier
from dossiers.states import State as DossierState
from onestop import clock
from onestop.notify.models import Message
from onestop.transitions import Refused
from postal.carriers.words import VERBS
from postal.models import Carrier, CarrierEvent, Shipment
from postal.services import dispatch, events, pulling
from postal.states import ALONG_THE_ROAD, TRANSITIONS, State

pytestmark = pytest.mark.django_db
RANK = ["collected", "in_transit", "returned", "delivered"]


def test_delivered_returns_the_dossier_and_the_citizen_is_told(ordered, report):
    for status in ("collected", "in_transit", "delivered"):
        answer = report(ordered, status)
        assert (answer.status_code, answer.json()["new"]) == (202, True)
    ordered.refresh_from_db()
    dossier = Dossier.objects.get()
    assert (ordered.state, dossier.state) == (State.DELIVERED, DossierState.RETURNED)
    assert None not in (ordered.collected_at, ordered.delivered_at, dossier.returned_at)
    assert dossier.events.order_by("pk").last().actor_label == "Bưu điện (thử)"
    assert Message.objects.filter(template_key="dossier_returned").count() == 1


def test_the_same_event_again_changes_nothing(ordered, report):
    first, second = report(ordered, "delivered", "e-1"), report(ordered, "delivered", "e-1")
    assert [first.json()["new"], second.json()["new"], second.status_code] == [True, False, 202]
    assert CarrierEvent.objects.count() == 1
    assert Message.objects.count() == 2  # on its way, returned


def test_an_event_id_means_one_thing(ordered, report):
    report(ordered, "collected", "e-1")
    answer = report(ordered, "delivered", "e-1")
    assert (answer.status_code, answer.json()["code"]) == (409, "event_mismatch")
    ordered.refresh_from_db()
    assert ordered.state == State.COLLECTED


@pytest.mark.parametrize("wrong", [{"signed": ""}, {"signed": "sha256=" + "0" * 64}, {"signed": "sha256=chữ"}, {"key": "falsch"},
                                   {"carrier": "khong-co"}])
def test_without_the_right_signature_nothing_is_looked_at(ordered, report, wrong):
    answer = report(ordered, "delivered", **wrong)
    assert (answer.status_code, answer.headers["Content-Type"]) == (401, "application/problem+json")
    assert not CarrierEvent.objects.exists()


def test_the_signature_covers_the_bytes_as_sent(ordered, report, client):
    signed = report(ordered, "delivered", "e-1").wsgi_request.headers["X-Signature"]
    answer = report(ordered, "delivered", "e-2", signed=signed)
    assert answer.status_code == 401


def test_an_inactive_carrier_has_no_say(ordered, report):
    Carrier.objects.update(active=False)
    assert report(ordered, "collected").status_code == 401


def test_nobody_reports_on_another_carrier_s_shipment(ordered, report):
    Carrier.objects.create(code="khac", name="Khác", order_url="http://127.0.0.1:9/", key="k2")
    answer = report(ordered, "delivered", carrier="khac", key="k2")
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown_shipment")


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b"{", b"\xff\xfe", b'"x"', b"[" * 5000, b'{"event_id": NaN}', b"{}"])
def test_what_is_no_event_is_refused_in_a_sentence(carrier, report, body):
    answer = report(body=body)
    assert answer.status_code == 400
    assert answer.json()["code"] == "invalid"


@pytest.mark.parametrize("field", [
    {"event_id": 7}, {"event_id": ""}, {"event_id": "x" * 81}, {"event_id": None}, {"event_id": ["a"]}, {"event_id": "a\x00b"},
    {"event_id": "\ud800"}, {"status": 1}, {"status": ""}, {"status": {}}, {"shipment": "x"}, {"shipment": None}, {"shipment": -1},
    {"happened_at": "gestern"}, {"happened_at": 5}, {"happened_at": None}, {"happened_at": "0001-01-01T00:00:00+14:00"},
    {"waybill": 5}, {"waybill": "x" * 61}, {"note": "a\x00"}, {"note": "x" * 501}])
def test_wrong_types_and_lengths_are_named(ordered, report, field):
    answer = report(ordered, **{"event_id": "e-1", **field})
    assert answer.status_code == 400, answer.content
    assert set(answer.json()["errors"]) == set(field)
    assert not CarrierEvent.objects.exists()


def test_unknown_shipments_and_the_future_are_refused(ordered, report):
    late = (clock.now() + timedelta(hours=1)).isoformat()
    assert report(ordered, "delivered", happened_at=late).json()["code"] == "from_the_future"
    assert report(ordered, shipment="7f1c0a52-6d0e-4d0b-8f6a-0d4f7f0d6a11").status_code == 404


def test_a_long_body_is_too_long(ordered, report):
    answer = report(body=json.dumps({"event_id": "x" * 70_000}).encode())
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


def test_only_post(client, carrier):
    assert client.get("/api/v1/carriers/buu-dien/events/").status_code == 405


@pytest.mark.parametrize("order", list(itertools.permutations(RANK)), ids="-".join)
def test_in_every_order_delivered_wins(ordered, report, order):
    for status in order:
        assert report(ordered, status).status_code == 202
    ordered.refresh_from_db()
    assert (ordered.state, Dossier.objects.get().state) == (State.DELIVERED, DossierState.RETURNED)
    assert CarrierEvent.objects.count() == 4


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from(sorted(VERBS)), st.integers(0, 4)), max_size=12))
def test_the_end_depends_on_what_was_reported_not_on_when(decided, carrier, told):
    """Any sequence, with repeats: the furthest report decides, the earliest moment of each kind is kept."""
    CarrierEvent.objects.all().delete()
    number = Shipment.objects.count() + 1
    decided(number)
    pulling.pull_decided()
    shipment = Shipment.objects.latest("pk")
    dispatch.dispatch(shipment.pk)
    start = clock.now() - timedelta(hours=9)
    for status, hour in told:
        report = events.Report(f"{status}-{hour}", shipment.key, status, start + timedelta(hours=hour))
        fresh = not CarrierEvent.objects.filter(event_id=report.event_id).exists()
        assert events.receive(carrier=carrier, report=report).new is fresh
    shipment.refresh_from_db()
    reached = [TRANSITIONS[verb][1] for status, _hour in told if (verb := VERBS[status])]
    assert shipment.state == max(reached, key=ALONG_THE_ROAD.index, default=State.ORDERED)
    for status, field in (("collected", "collected_at"), ("returned", "returned_at"), ("delivered", "delivered_at")):
        hours = [hour for word, hour in told if word == status]
        assert getattr(shipment, field) == (start + timedelta(hours=min(hours)) if hours else None)


@pytest.mark.parametrize("state", [State.READY, State.SENDING, State.FAILED, State.REFUSED])
def test_the_carrier_is_believed_where_our_side_has_lost_its_answer(shipment, report, state):
    Shipment.objects.update(state=state)
    assert report(shipment, "collected", waybill="BD7VN").status_code == 202
    shipment.refresh_from_db()
    assert (shipment.state, shipment.waybill) == (State.COLLECTED, "BD7VN")


@pytest.mark.parametrize("waybill", ["", "BD9VN"])
def test_an_answer_after_the_first_event_still_brings_the_waybill_and_the_message(shipment, report, waybill):
    held = dispatch.claim(shipment.pk)
    report(shipment, "collected", waybill=waybill)
    assert dispatch.settle(held, dispatch.Ordered("BD9VN")) is True
    shipment.refresh_from_db()
    assert (shipment.state, shipment.waybill) == (State.COLLECTED, "BD9VN")
    assert Message.objects.filter(template_key="shipment_ordered").count() == 1


def test_a_dossier_that_was_returned_otherwise_does_not_stop_the_carrier(ordered, report):
    Dossier.objects.update(state=DossierState.RETURNED)
    assert report(ordered, "delivered").status_code == 202
    ordered.refresh_from_db()
    assert ordered.state == State.DELIVERED
    assert ordered.events.filter(verb="hand_over").exists()
    assert Message.objects.filter(template_key="shipment_delivered").count() == 1


def test_a_report_for_nobody_keeps_nothing(carrier):
    report = events.Report("e", "7f1c0a52-6d0e-4d0b-8f6a-0d4f7f0d6a11", "delivered", clock.now())
    with pytest.raises(Refused):
        events.receive(carrier=carrier, report=report)
    assert not CarrierEvent.objects.exists()


def on_its_way() -> int:
    return Message.objects.filter(template_key="shipment_ordered").count()


@pytest.mark.parametrize("state", [State.SENDING, State.READY, State.FAILED])
def test_where_the_answer_is_lost_the_first_report_tells_the_citizen_with_the_waybill(shipment, report, state):
    Shipment.objects.update(state=state)
    assert report(shipment, "collected", waybill="BD7VN").status_code == 202
    message = Message.objects.get(template_key="shipment_ordered")
    assert "BD7VN" in message.body
    report(shipment, "in_transit", waybill="BD7VN")
    report(shipment, "delivered", waybill="BD7VN")
    assert on_its_way() == 1


def test_the_answer_first_or_the_report_first_the_citizen_hears_once(shipment, report):
    held = dispatch.claim(shipment.pk)
    report(shipment, "collected", waybill="BD9VN")
    assert on_its_way() == 1
    dispatch.settle(held, dispatch.Ordered("BD9VN"))
    assert on_its_way() == 1


def test_a_waybill_that_comes_later_is_told_then(shipment, report):
    Shipment.objects.update(state=State.SENDING)
    report(shipment, "collected")
    assert on_its_way() == 0
    report(shipment, "in_transit", waybill="BD8VN")
    assert on_its_way() == 1


@pytest.mark.parametrize("status", ["delivered", "returned", "lost"])
def test_nobody_hears_that_it_is_on_its_way_once_it_has_ended(shipment, report, status):
    held = dispatch.claim(shipment.pk)
    report(shipment, status, waybill="BD9VN")
    report(shipment, "in_transit", waybill="BD9VN")
    dispatch.settle(held, dispatch.Ordered("BD9VN"))
    assert on_its_way() == 0
    shipment.refresh_from_db()
    assert (shipment.waybill, shipment.ordered_at is not None) == ("BD9VN", True)


@pytest.mark.parametrize(("first", "heard"), [("not_collected", 0), ("chua-ro-nghia", 1)])
def test_who_heard_no_waybill_yet_hears_it_once_it_helps(shipment, carrier, report, first, heard):
    """The first report that names the waybill may say that it was not fetched, or what nobody understands yet: it is told all the same."""
    Shipment.objects.filter(pk=shipment.pk).update(state=State.ORDERED, ordered_at=clock.now())
    assert report(shipment, first, waybill="BD1").status_code == 202
    assert Message.objects.filter(template_key="shipment_ordered").count() == heard
    for status in ("collected", "in_transit"):
        report(shipment, status, waybill="BD1")
    assert "BD1" in Message.objects.get(template_key="shipment_ordered").body
