"""Reports of gateways: signed, taken once, in any order; what has arrived stays so."""
import json
import uuid
from typing import Any

import pytest

from onestop import signature
from onestop.notify import services
from onestop.notify.channels import Sent
from onestop.notify.models import DeliveryReport, Message, Provider
from onestop.notify.states import State, Via

pytestmark = pytest.mark.django_db
KEY = "khoa-bao-cao"


@pytest.fixture
def provider(db):
    return Provider.objects.create(code="mot", name="Cổng một", channel=Via.SMS, url="http://127.0.0.1:9/sms", report_key=KEY)


@pytest.fixture
def message(tell, provider):
    made = tell()
    Message.objects.filter(pk=made.pk).update(state=State.SENT, channel=Via.SMS, gateway=provider, provider_id="M-1", attempts=1)
    made.refresh_from_db()
    return made


@pytest.fixture
def report(client):
    def send(content: Any, *, code: str = "mot", key: str = KEY) -> Any:
        body = json.dumps(content).encode()
        return client.post(f"/api/v1/messages/{code}/reports/", body, content_type="application/json",
                           headers={signature.HEADER: signature.sign(key, body)})

    return send


def state_of(message: Message) -> str:
    message.refresh_from_db()
    return message.state


def test_a_delivery_is_taken_once(message, report):
    told = {"report_id": "r1", "id": str(message.key), "status": "delivered"}
    answers = [report(told).json(), report(told).json()]
    assert [answer["new"] for answer in answers] == [True, False]
    assert state_of(message) == State.DELIVERED
    assert message.delivered_at is not None
    assert [event.verb for event in message.events.all()] == ["create", "deliver"]
    assert message.events.last().actor_label == "Cổng một"


def test_the_gateways_own_id_will_do(message, report):
    assert report({"report_id": "r1", "message_id": "M-1", "status": "DELIVRD"}).status_code == 202
    assert state_of(message) == State.DELIVERED


@pytest.mark.parametrize(("words", "end"), [
    (["delivered", "failed"], State.DELIVERED), (["failed", "delivered"], State.DELIVERED), (["failed"], State.PERMANENT),
    (["queued"], State.SENT), (["something new"], State.SENT), (["queued", "failed", "queued"], State.PERMANENT)])
def test_in_any_order_what_arrived_stays_arrived(message, report, words, end):
    for number, word in enumerate(words):
        assert report({"report_id": f"r{number}", "id": str(message.key), "status": word}).status_code == 202
    assert state_of(message) == end
    assert DeliveryReport.objects.count() == len(words)


@pytest.mark.parametrize("state", [State.SENDING, State.TEMPORARY, State.TECHNICAL, State.PERMANENT])
def test_an_arrival_is_believed_from_wherever_the_message_is(message, report, state):
    Message.objects.update(state=state)
    report({"report_id": "r", "id": str(message.key), "status": "delivered"})
    assert state_of(message) == State.DELIVERED


def test_what_was_taken_back_stays_taken_back(message, report):
    Message.objects.update(state=State.OBSOLETE)
    assert report({"report_id": "r", "id": str(message.key), "status": "failed"}).status_code == 202
    assert state_of(message) == State.OBSOLETE


def test_a_report_faster_than_our_worker_is_not_lost(message, report):
    Message.objects.update(state=State.CREATED, gateway=None, provider_id="", attempts=0)
    claimed = Message.objects.get()
    Message.objects.update(state=State.SENDING)
    report({"report_id": "r", "id": str(message.key), "status": "delivered"})
    assert services.settle(claimed, Sent("M-9")) is True
    assert state_of(message) == State.DELIVERED
    assert message.provider_id == "M-9"


def test_not_delivered_goes_the_persons_other_way(message, report):
    Message.objects.update(ways=["email"], email="a@example.vn")
    report({"report_id": "r1", "id": str(message.key), "status": "expired"})
    assert state_of(message) == State.TEMPORARY
    assert (message.channel, message.ways, message.gateway, message.attempts) == (Via.EMAIL, [], None, 0)
    report({"report_id": "r2", "id": str(message.key), "status": "failed"})
    assert state_of(message) == State.TEMPORARY, "the first gateway has nothing to say about the other way"
    report({"report_id": "r3", "id": str(message.key), "status": "delivered"})
    assert state_of(message) == State.DELIVERED


def test_a_gateway_speaks_its_own_words(message, report, provider):
    provider.reports = {"report": "dlr.id", "key": "request_id", "status": "dlr.stat", "words": {"1": "delivered", "2": "failed"}}
    provider.save()
    assert report({"dlr": {"id": 7, "stat": 2}, "request_id": str(message.key)}).json() == {"report_id": "7", "new": True}
    assert state_of(message) == State.PERMANENT


def test_reports_without_an_id_of_their_own_are_known_by_what_they_say(message, report):
    told = {"id": str(message.key), "status": "delivered"}
    assert [report(told).json()["new"], report(told).json()["new"]] == [True, False]


@pytest.mark.parametrize(("content", "status"), [
    ({"report_id": "r", "id": str(uuid.uuid4()), "status": "delivered"}, 404), ({"report_id": "r", "id": "x", "status": "delivered"}, 404),
    ({"report_id": "r", "status": "delivered"}, 400), ({"report_id": "r", "id": "x"}, 400), ([1], 400), ({}, 400)])
def test_what_names_no_message_changes_nothing(message, report, content, status):
    assert report(content).status_code == status
    assert not DeliveryReport.objects.exists()


def test_only_the_gateway_itself_is_heard(message, report, provider):
    told = {"report_id": "r1", "id": str(message.key), "status": "failed"}
    assert report(told, key="other").status_code == 401
    assert report(told, code="nobody").status_code == 401
    Provider.objects.update(report_key="")
    assert report(told, key="").status_code == 401
    assert state_of(message) == State.SENT


def test_a_long_report_is_refused(message, report):
    assert report({"report_id": "r1", "id": str(message.key), "status": "x" * 70_000}).status_code == 413


def test_a_failure_that_is_reported_before_the_worker_has_settled_goes_the_other_way(message, provider, report):
    Message.objects.filter(pk=message.pk).update(state=State.CREATED, provider_id="", attempts=0, ways=["file"])
    claimed = services.claim(message.pk)
    assert report({"report_id": "r1", "id": str(message.key), "status": "failed"}).status_code == 202
    assert not services.settle(claimed, Sent(provider_id="M-2"))
    assert (state_of(message), message.channel) == (State.TEMPORARY, "file")
    assert isinstance(services.send(message.pk), Sent)
    assert state_of(message) == State.DELIVERED


def test_a_retry_after_a_report_of_failure_is_a_new_text_to_the_gateway(message, report, cast):
    Message.objects.filter(pk=message.pk).update(office=cast.office)
    before = message.key
    report({"report_id": "r1", "id": str(message.key), "status": "failed"})
    services.retry(actor=cast.administrator, message=message)
    assert state_of(message) == State.TEMPORARY
    assert message.key != before and message.gateway is None, "the gateway takes no key twice"


@pytest.mark.parametrize("content", [{"id": "\x00", "status": "failed"}, {"message_id": "M-1", "status": "\x00\x01"},
                                     {"message_id": "M\x00-1", "report_id": "\x00", "status": "delivered"}])
def test_control_characters_are_no_fault_of_the_portal(message, report, content):
    assert report(content).status_code in (202, 400, 404)
