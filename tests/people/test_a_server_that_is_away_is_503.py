"""A database or Redis that can't be reached: an honest 503 for pages, API and webhooks; what needs neither goes on. Never a 500."""
import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from celery import current_app
from django.contrib.sessions.exceptions import SessionInterrupted
from django.core.cache import caches
from django.db import (
    IntegrityError,
    InterfaceError,
    OperationalError,
    ProgrammingError,
    close_old_connections,
    connection,
)
from django.http import HttpResponse
from django.test import Client
from django.urls import resolve, reverse
from django.utils.log import log_response
from redis.exceptions import ConnectionError as RedisAway

from deploy import servers
from onestop import access, clock, jobs, logged, signature
from onestop.absence import is_away, server_code
from onestop.people.models import User
from postal.models import Carrier
from tests.cast import Cast
from tests.faults.elsewhere import connected_to
from tests.sinks import KEY

Visit = Callable[[Client], Any]
PAGES = ("/", "/dang-nhap/", "/khong-co-trang-nay/", "/ho-so/tra-cuu/", "/ban-lam-viec/")
BODY = json.dumps({"event_id": "e-1", "status": "delivered", "shipment": "7f1c0a52-6d0e-4d0b-8f6a-0d4f7f0d6a11",
                   "happened_at": clock.now().isoformat()}).encode()


@contextmanager
def database_away(folder: Path) -> Iterator[None]:
    """Nobody listens where the database was; of the embedded one the folder is gone."""
    there: dict[str, Any] = {"NAME": str(folder / "gone" / "portal.sqlite3")}
    if connection.vendor == "postgresql":
        there = {"PORT": servers.free_port(), "HOST": "127.0.0.1"}
    with connected_to(**there):
        yield


def posted(client: Client, path: str) -> Any:
    """A signed call of another machine."""
    return client.post(path, data=BODY, content_type="application/json", headers={signature.HEADER: signature.sign(KEY, BODY)})


@pytest.fixture
def visitor() -> Client:
    """Somebody whose browser has a session; what breaks is answered, not raised."""
    return Client(raise_request_exception=False)


def test_pages_api_and_webhooks_ask_for_patience(live_cast: Cast, visitor: Client, tmp_path: Path):
    visitor.force_login(live_cast.desk, backend="django.contrib.auth.backends.ModelBackend")
    Carrier.objects.create(code="buu-dien", name="Bưu điện (thử)", key=KEY)
    stranger = Client(raise_request_exception=False)
    with database_away(tmp_path):
        for path in (*PAGES, reverse("people:desk"), reverse("postal:shipments")):
            answer = visitor.get(path)
            assert answer.status_code == 503, path
            assert (answer["Retry-After"], answer["Content-Language"]) == ("10", "vi")
            assert "Cổng đang tạm gián đoạn" in answer.content.decode()
        signed_in = stranger.post(reverse("people:sign_in"), {"username": "x", "password": "y"})
        assert (signed_in.status_code, signed_in["Retry-After"]) == (503, "10")
        calls = {"procedures": stranger.get("/api/v1/procedures/"),
                 "key": stranger.get("/api/v1/shipments/", headers={"authorization": "Bearer x"}),
                 "carrier": posted(stranger, "/api/v1/carriers/buu-dien/events/"),
                 "gateway": posted(stranger, "/api/v1/messages/sms/reports/")}
        for name, answer in calls.items():
            assert (answer.status_code, answer["Content-Type"]) == (503, "application/problem+json"), name
            body = answer.json()
            assert (body["code"], answer["Retry-After"]) == ("unavailable", "10")
            assert body["detail"].startswith("Cổng đang tạm gián đoạn")
        assert stranger.get("/healthz").status_code == 200
        ready = stranger.get("/readyz")
        assert (ready.status_code, ready.json()["database"]) == (503, False)
    assert visitor.get(reverse("people:desk")).status_code == 200, "once it is back, so is everything"


def test_the_page_speaks_the_visitor_s_language(transactional_db: None, visitor: Client, tmp_path: Path):
    with database_away(tmp_path):
        answer = visitor.get("/", headers={"accept-language": "en"})
    assert (answer.status_code, answer["Content-Language"]) == (503, "en")
    assert '<html lang="en">' in answer.content.decode()


def test_a_connection_that_breaks_under_a_request_is_503_and_the_next_one_works(live_cast: Cast, visitor: Client):
    visitor.force_login(live_cast.desk, backend="django.contrib.auth.backends.ModelBackend")
    connection.ensure_connection()
    if connection.vendor == "postgresql":
        ended_from_outside()
    else:
        connection.connection.close()  # what SQLite says of it is a fault of the caller's
        connection.connection = None
    broken = visitor.get(reverse("people:desk")).status_code
    assert broken == (503 if connection.vendor == "postgresql" else 200)
    close_old_connections()  # as at the end of every request
    assert visitor.get(reverse("people:desk")).status_code == 200


def ended_from_outside() -> None:
    """Another session ends this one's, as a server that shuts down does."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        pid = cursor.fetchone()[0]
    other = connection.copy()
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
    other.close()


def test_a_session_that_could_not_be_kept_is_no_fault_of_the_caller(rf: Any, tmp_path: Path, transactional_db: None):
    with database_away(tmp_path), pytest.raises(OperationalError) as away:
        User.objects.exists()
    lost = SessionInterrupted("the session was deleted before the request completed")
    lost.__context__ = away.value
    assert access.bad_request(rf.get("/"), lost).status_code == 503
    assert access.bad_request(rf.get("/api/v1/x/"), ValueError("x")).status_code == 400


@pytest.mark.parametrize(("error", "away"), [
    (InterfaceError("the connection is closed"), True), (InterfaceError("bad parameter"), False), (ProgrammingError("no column"), False),
    (OperationalError("no such table"), False), (ValueError("x"), False), (None, False)])
def test_what_is_the_code_s_own_fault_stays_one(error: Exception | None, away: bool):
    assert is_away(error) is away


def test_a_wrong_statement_is_not_taken_for_an_absent_database(db: None):
    with pytest.raises((OperationalError, ProgrammingError)) as wrong, connection.cursor() as cursor:
        cursor.execute("SELECT nothing FROM nowhere")
    assert is_away(wrong.value) is False
    assert is_away(sqlite3.OperationalError("no such table")) is False


@pytest.mark.postgres_only
def test_a_statement_that_took_too_long_is_no_absence(transactional_db: None):
    """The server is there; it says so by its code."""
    with pytest.raises(OperationalError) as slow, connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 20; SELECT pg_sleep(5)")
    connection.close()
    assert (server_code(slow.value), is_away(slow.value), access.lock_was_busy(slow.value)) == ("57014", False, True)


def test_without_redis_people_go_on_unlimited_and_jobs_are_left_to_the_sweep(
        live_cast: Cast, visitor: Client, settings: Any, caplog: pytest.LogCaptureFixture):
    port = servers.free_port()
    settings.CACHES = {"default": {**settings.CACHES["default"], "BACKEND": "django.core.cache.backends.redis.RedisCache",
                                   "LOCATION": f"redis://127.0.0.1:{port}/0"}}
    assert "redis" in type(caches["default"]).__module__
    visitor.force_login(live_cast.desk, backend="django.contrib.auth.backends.ModelBackend")
    assert visitor.get(reverse("people:desk")).status_code == 200
    assert visitor.get("/api/v1/procedures/").status_code == 200
    stranger = Client(raise_request_exception=False).post(reverse("people:sign_in"), {"username": "x", "password": "y"})
    assert stranger.status_code in (200, 422)
    with unreachable_broker(port):
        jobs.enqueue_after_commit("postal.sweep")
    assert "left to the sweep" in caplog.text


@contextmanager
def unreachable_broker(port: int) -> Iterator[None]:
    """Jobs are sent to a Redis that is not there."""
    conf = current_app.conf
    before, conf.broker_write_url = conf.broker_write_url, f"redis://127.0.0.1:{port}/0"
    current_app.amqp._producer_pool = None  # what this process has sent jobs by until now
    try:
        yield
    finally:
        conf.broker_write_url, current_app.amqp._producer_pool = before, None


def test_a_fault_of_the_code_while_an_absence_is_dealt_with_stays_a_fault():
    """What is done instead, once a server was found away, may be wrong by itself: nobody shall be told to try again."""
    for fault in (TypeError("wrong argument"), IntegrityError("twice"), ProgrammingError("no column")):
        with pytest.raises(type(fault)) as raised:
            try:
                raise RedisAway("nobody listens")
            except RedisAway:
                raise fault  # noqa: B904
        assert is_away(raised.value) is False
        fault.__cause__ = RedisAway("nobody listens")  # raised from it: the absence is the reason
        assert is_away(fault) is True


def test_a_page_with_a_busy_refusal_says_when_to_try_again(rf: Any):
    """Pages that show a refusal in their own form answer with its status; the header is put on for all of them."""
    for status, header in ((503, "2"), (409, None)):
        answer = access.RefusalMiddleware(lambda request, status=status: HttpResponse(status=status))(rf.get("/"))
        assert answer.headers.get("Retry-After") == header
    waits = HttpResponse(status=503, headers={"Retry-After": "10"})
    assert access.RefusalMiddleware(lambda request: waits)(rf.get("/"))["Retry-After"] == "10"


@pytest.mark.parametrize("path", ["/buu-chinh/xac-nhan/K7M2P9R4T6V8W3X5/", "/nhan-tin/thu-dien-tu/K7M2P9R4T6V8W3X5/"])
def test_the_log_names_the_route_and_not_the_secret_of_a_link(rf: Any, path: str, caplog: pytest.LogCaptureFixture):
    asked = rf.get(path)
    log_response("%s: %s", "Service Unavailable", path, response=access.unavailable(asked, None), request=asked)
    assert "K7M2" not in caplog.text and caplog.text.count("<str:token>/") == 2
    asked.resolver_match = resolve(path)
    assert logged.route_of(asked).endswith("/<str:token>/")
    assert logged.route_of(rf.get("/khong-co/K7M2P9R4T6V8W3X5/")) == ""
