"""Sending: claimed before it goes out, known to the other side by our key, settled afterwards, whatever happens in between."""
import threading
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from django.db import connection

from deploy.servers import free_port
from onestop import clock
from onestop.notify import services, tasks
from onestop.notify.channels import Permanent, Sent, Temporary
from onestop.notify.models import Message
from onestop.notify.states import State
from tests.sinks import mail_server, simulator

pytestmark = pytest.mark.django_db


@pytest.fixture
def gateway(settings: Any):
    with simulator() as server:
        settings.NOTIFY_CHANNELS = ["sms"]
        settings.SMS_GATEWAY_URL = f"{server.url}/sms"
        settings.SEND_TIMEOUT_SECONDS = 1
        yield server


def again(message: Message) -> Message:
    """Let the pause pass."""
    Message.objects.filter(pk=message.pk).update(next_attempt_at=clock.now())
    message.refresh_from_db()
    return message


def test_an_sms_arrives_with_its_tone_marks_and_our_key(tell, gateway):
    message = tell()
    tasks.send(message.pk)
    message.refresh_from_db()
    assert (message.state, message.attempts, message.claimed_at) == (State.SENT, 1, None)
    assert message.sent_at is not None
    text = gateway.book.sms[str(message.key)]
    assert text["to"] == "0912345678"
    assert text["text"].startswith("Bưu điện <thử> sẽ đến lấy và phát kết quả hồ sơ H13.70-261125-0001")
    assert "\n" not in text["text"]


@pytest.mark.parametrize(("status", "state"), [
    (401, State.TEMPORARY), (403, State.TEMPORARY), (400, State.PERMANENT), (500, State.TEMPORARY)])
def test_a_gateway_that_refuses_the_portal_itself_loses_no_text(tell, settings, status, state):
    """A wrong or expired key of ours: every text of that hour waits instead of being given up."""

    class Refusing(BaseHTTPRequestHandler):
        def do_POST(self):
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(status)
            self.end_headers()

        def log_message(self, *args):
            """Silent."""

    with HTTPServer(("127.0.0.1", 0), Refusing) as server:
        threading.Thread(target=server.handle_request, daemon=True).start()
        settings.NOTIFY_CHANNELS, settings.SMS_GATEWAY_URL = ["sms"], f"http://127.0.0.1:{server.server_port}/sms"
        message = tell()
        services.send(message.pk)
    message.refresh_from_db()
    assert message.state == state


def test_an_sms_without_tone_marks_where_the_gateway_needs_it(tell, gateway, settings):
    settings.SMS_PLAIN = True
    message = tell()
    services.send(message.pk)
    assert gateway.book.sms[str(message.key)]["text"].startswith("Buu dien <thu> se den lay va phat ket qua ho so H13.70-261125-0001")


def test_a_second_send_of_the_same_message_does_nothing(tell, gateway):
    message = tell()
    services.send(message.pk)
    assert services.send(message.pk) is None
    assert gateway.book.told()["counts"]["sms"] == {"ids": 1, "attempts": 1}


def test_a_lost_answer_is_tried_again_and_the_gateway_knows_the_key(tell, gateway):
    gateway.faults.set({"lose": 1})
    message = tell()
    assert isinstance(services.send(message.pk), Temporary)
    again(message)
    assert message.state == State.TEMPORARY
    assert isinstance(services.send(message.pk), Sent)
    assert gateway.book.told()["counts"]["sms"] == {"ids": 1, "attempts": 2}
    message.refresh_from_db()
    assert (message.state, message.last_error) == (State.SENT, "")
    assert [event.verb for event in message.events.all()] == ["create", "try_later", "sent"]


def test_errors_of_the_gateway_pass_and_pauses_grow(tell, gateway, settings):
    gateway.faults.set({"fail": 2})
    message = tell()
    pauses = []
    for _unused in range(2):
        before = clock.now()
        assert isinstance(services.send(message.pk), Temporary)
        message.refresh_from_db()
        pauses.append((message.next_attempt_at - before).total_seconds())
        assert services.send(message.pk) is None, "it waits for its pause"
        again(message)
    assert settings.RETRY_FIRST_SECONDS * 0.8 <= pauses[0] <= settings.RETRY_FIRST_SECONDS + 1 < pauses[1]
    assert isinstance(services.send(message.pk), Sent)


def test_a_gateway_that_is_too_slow_is_a_temporary_failure(tell, gateway):
    gateway.faults.set({"delay": 1.5})
    outcome = services.send(tell().pk)
    assert isinstance(outcome, Temporary)
    assert outcome.unreachable


def test_after_the_last_attempt_it_is_a_technical_failure(tell, gateway, settings):
    settings.SEND_MAX_ATTEMPTS = 3
    gateway.faults.set({"fail": 10})
    message = tell()
    for _unused in range(3):
        services.send(again(message).pk)
    message.refresh_from_db()
    assert (message.state, message.attempts) == (State.TECHNICAL, 3)
    assert services.send(again(message).pk) is None


def test_a_refusal_is_for_good(tell, gateway, settings):
    settings.SMS_GATEWAY_FIELDS = {"to": "number"}  # the gateway answers 422: it misses a field
    message = tell()
    assert isinstance(services.send(message.pk), Permanent)
    message.refresh_from_db()
    assert message.state == State.PERMANENT
    assert message.last_error.startswith("HTTP 422")


def test_the_file_channel_delivers_at_once(tell, settings):
    settings.NOTIFY_CHANNELS = ["file"]
    message = tell()
    services.send(message.pk)
    message.refresh_from_db()
    assert (message.state, message.sent_at is None) == (State.DELIVERED, False)


def test_a_letter_carries_our_key_as_its_message_id(tell, settings):
    with mail_server(free_port()) as (mailbox, port):
        use_mail(settings, port)
        message = tell(email="cong.dan@example.vn")
        services.send(message.pk)
        message.refresh_from_db()
        letter = mailbox.letters[0]
    assert message.state == State.SENT
    assert str(message.key) in letter["Message-ID"]
    assert "sẽ đến lấy và phát" in letter.get_payload(decode=True).decode()


@pytest.mark.parametrize(("answer", "state"), [("550 no such person", State.PERMANENT), ("451 greylisted", State.TEMPORARY)])
def test_a_mail_server_tells_for_good_and_for_now_apart(tell, settings, answer, state):
    with mail_server(free_port()) as (mailbox, port):
        use_mail(settings, port)
        mailbox.answers["a@example.vn"] = answer
        message = tell(email="a@example.vn")
        services.send(message.pk)
    message.refresh_from_db()
    assert message.state == state


def test_no_mail_server_is_a_temporary_failure(tell, settings):
    use_mail(settings, free_port())
    outcome = services.send(tell(email="a@example.vn").pk)
    assert isinstance(outcome, Temporary)
    assert outcome.unreachable


def use_mail(settings: Any, port: int) -> None:
    settings.NOTIFY_CHANNELS = ["email"]
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
    settings.SEND_TIMEOUT_SECONDS = 3


def test_a_message_taken_by_a_worker_that_died_is_due_again_after_the_lease(tell, gateway, settings):
    message = tell()
    assert services.claim(message.pk) is not None
    services.sweep()
    message.refresh_from_db()
    assert message.state == State.SENDING, "the lease still runs"
    with clock.frozen(clock.now() + timedelta(seconds=settings.SEND_LEASE_SECONDS + 1)):
        assert services.sweep() == 1
        assert isinstance(services.send(message.pk), Sent)


def test_a_worker_that_comes_back_late_with_success_is_believed_and_with_failure_is_not(tell, gateway, settings):
    early, late = tell("a"), tell("b")
    claims = [services.claim(early.pk), services.claim(late.pk)]
    with clock.frozen(clock.now() + timedelta(seconds=settings.SEND_LEASE_SECONDS + 1)):
        services.release_stuck()
        assert services.settle(claims[0], Sent("7")) is True
        second = services.claim(late.pk)
        assert services.settle(claims[1], Permanent("too late")) is False
        assert services.settle(second, Sent("8")) is True
    assert set(Message.objects.values_list("state", "provider_id")) == {(State.SENT, "7"), (State.SENT, "8")}


@pytest.mark.django_db(transaction=True)
def test_parallel_workers_send_a_message_once(tell, gateway):
    pks = [tell(f"e:{number}").pk for number in range(20)]

    def work() -> None:
        try:
            services.send_all(pks)
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _unused in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert gateway.book.told()["counts"]["sms"] == {"ids": 20, "attempts": 20}
    assert set(Message.objects.values_list("state", "attempts")) == {(State.SENT, 1)}


def test_a_job_stops_early_when_nobody_answers(tell, settings):
    settings.NOTIFY_CHANNELS = ["sms"]
    settings.SMS_GATEWAY_URL = f"http://127.0.0.1:{free_port()}/sms"
    pks = [tell(f"e:{number}").pk for number in range(10)]
    assert services.send_all(pks) == 0
    assert Message.objects.filter(attempts__gt=0).count() == services.UNREACHABLE_IN_A_ROW
