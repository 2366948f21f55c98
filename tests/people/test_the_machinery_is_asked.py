"""healthz, readyz, metrics, the heartbeat, unknown addresses and refusals."""
import json
from datetime import timedelta

import pytest
from celery import current_app
from django.db import OperationalError
from django.test import RequestFactory
from django.urls import reverse

from onestop import access, clock
from onestop.notify import services as notify
from onestop.notify.models import Message
from onestop.people import health, services
from onestop.people.models import Heartbeat, IdempotencyRecord
from onestop.people.tasks import heartbeat
from onestop.transitions import Refused


def test_healthz_asks_no_database(client):
    assert client.get("/healthz").content == b"ok\n"


def test_readyz_tells_the_age_of_the_heartbeat(client, db):
    assert client.get("/readyz").json()["worker"] is False
    heartbeat()
    answer = client.get("/readyz")
    assert answer.status_code == 200
    body = answer.json()
    assert (body["ready"], body["database"], body["broker"], body["worker"], body["outbox_waiting"]) == (True, True, True, True, 0)
    assert 0 <= body["beat_age"] < 30
    with clock.frozen(clock.now() + timedelta(seconds=health.HEARTBEAT_LATE + 5)):
        assert client.get("/readyz").json()["worker"] is False


def test_readyz_is_503_without_a_broker(client, db):
    current_app.conf.broker_read_url, current_app.conf.broker_write_url, before = None, "redis://127.0.0.1:1/0", current_app.conf.broker_url
    try:
        answer = client.get("/readyz")
    finally:
        current_app.conf.broker_read_url = current_app.conf.broker_write_url = before
    assert answer.status_code == 503
    assert answer.json()["broker"] is False


def test_metrics_are_for_this_machine_only(client, db):
    assert b"onestop_database_up 1" in client.get("/metrics").content
    assert client.get("/metrics", REMOTE_ADDR="203.0.113.9").status_code == 404
    assert client.get("/metrics", headers={"x-forwarded-for": "127.0.0.1"}).status_code == 404


def test_the_heartbeat_forgets_old_answers(db):
    for age in (0, 4):
        IdempotencyRecord.objects.create(caller="x", key=str(age), path="/", body_sha256="", created_at=clock.now() - timedelta(days=age))
    services.beat()
    assert list(IdempotencyRecord.objects.values_list("key", flat=True)) == ["0"]
    assert Heartbeat.objects.count() == 1


def test_an_unknown_api_address_is_a_problem_and_an_unknown_page_a_page(client, db):
    answer = client.get("/api/v1/khong-co/")
    assert answer.status_code == 404
    assert answer["Content-Type"] == "application/problem+json"
    assert {"type", "title", "status", "detail", "code"} <= answer.json().keys()
    page = client.get("/khong-co-trang-nay/")
    assert page.status_code == 404
    assert "Không tìm thấy" in page.content.decode()


def test_a_wrong_method_of_the_api_is_a_problem(client, db):
    answer = client.delete("/api/v1/procedures/")
    assert answer.status_code == 405
    assert answer.json()["code"] == "method_not_allowed"


def test_problems_speak_the_callers_language(client, db):
    vietnamese = client.get("/api/v1/khong-co/").json()["detail"]
    english = client.get("/api/v1/khong-co/", headers={"accept-language": "en"})
    assert vietnamese.startswith("Không tìm thấy")
    assert english.headers["Content-Language"] == "en"


@pytest.mark.parametrize(("path", "kind"), [("/api/v1/x/", "application/problem+json"), ("/x/", "text/html; charset=utf-8")])
def test_a_refusal_nobody_answered_becomes_its_sentence(rf, db, path, kind):
    refusal = Refused("full", "Đã hết chỗ.", status=409, directive={"number": "4708/UBND-CCHC", "clause": "khoản 1"})
    request = visit(rf, path)
    answer = access.RefusalMiddleware(lambda _request: None).process_exception(request, refusal)
    assert answer.status_code == 409
    assert answer["Content-Type"] == kind
    assert "Đã hết chỗ." in answer.content.decode()
    assert "4708/UBND-CCHC" in answer.content.decode()


def test_a_busy_database_asks_to_try_again(rf, db):
    middleware = access.RefusalMiddleware(lambda _request: None)
    answer = middleware.process_exception(visit(rf, "/api/v1/x/"), OperationalError("database is locked"))
    assert answer.status_code == 503
    assert answer["Retry-After"] == "2"
    assert json.loads(answer.content)["code"] == "busy"
    assert middleware.process_exception(visit(rf, "/x/"), OperationalError("no such table")) is None


def test_server_errors_hide_what_broke(rf):
    assert access.server_error(visit(rf, "/api/v1/x/"))["Content-Type"] == "application/problem+json"
    assert "Cổng đang gặp lỗi" in access.server_error(visit(rf, "/x/")).content.decode()


def test_a_form_without_its_token_is_told_so(db, cast):
    request = visit(RequestFactory(), "/dang-nhap/")
    assert access.csrf_failure(request).status_code == 403


@pytest.mark.parametrize(("proxies", "forwarded", "seen"), [
    (0, "198.51.100.7", "203.0.113.9"), (1, "198.51.100.7, 192.0.2.1", "192.0.2.1"),
    (2, "198.51.100.7, 192.0.2.1", "198.51.100.7"), (1, "", "203.0.113.9")])
def test_the_callers_address_is_told_by_trusted_proxies_only(rf, settings, proxies, forwarded, seen):
    settings.TRUSTED_PROXIES = proxies
    assert access.address(rf.get("/", REMOTE_ADDR="203.0.113.9", headers={"x-forwarded-for": forwarded})) == seen


def test_the_api_page_has_no_outside_asset_and_nothing_inline(client, db):
    answer = client.get(reverse("api:docs"))
    page = answer.content.decode()
    assert answer.status_code == 200
    for found in page.split("<script")[1:]:
        assert 'src="/static/' in found.split(">")[0]
    assert "<style" not in page
    assert 'href="http' not in page and 'src="http' not in page
    assert "'unsafe-inline'" not in answer["Content-Security-Policy"]


def test_the_schema_is_openapi_3(client, db):
    answer = client.get(reverse("api:schema"), {"format": "json"})
    assert answer.status_code == 200
    assert answer.json()["openapi"].startswith("3.")


def visit(factory, path):
    """A request as the frame's context needs it."""
    request = factory.get(path)
    request._messages = []
    return request


def test_what_was_put_off_is_told_beside_what_is_due(client, db):
    for number in (1, 2):
        message = notify.tell(event_key=f"e:{number}", template="shipment_ordered", recipient=notify.Recipient("Mẫu", phone="0912345678"),
                              context={"number": "1", "carrier": "c", "waybill": "w", "track_url": "t"})
    Message.objects.filter(pk=message.pk).update(next_attempt_at=clock.now() + timedelta(hours=8))
    body = client.get("/readyz").json()
    assert (body["outbox_waiting"], body["outbox_put_off"]) == (1, 1)
    assert b"onestop_outbox_put_off 1" in client.get("/metrics").content
