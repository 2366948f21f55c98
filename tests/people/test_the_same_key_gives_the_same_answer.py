"""Idempotency-Key: replay, mismatch, two at once, a refusal, a failure that frees the key, a call that died."""
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from rest_framework.exceptions import ValidationError
from rest_framework.response import Response
from rest_framework.test import APIRequestFactory
from rest_framework.views import APIView

from onestop import clock
from onestop.people.models import IdempotencyRecord
from onestop.people.rest.idempotency import LOST_AFTER, claim, idempotent
from onestop.transitions import Refused


class Counter(APIView):
    """Counts how often the work was done."""

    done: list = []

    @idempotent
    def post(self, request):
        if request.data.get("refuse"):
            raise Refused("full", "Đã hết chỗ.", status=409)
        if request.data.get("wrong"):
            raise ValidationError({"name": ["Chưa đúng."]})
        self.done.append(1)
        return Response({"number": len(self.done)}, status=201)


@pytest.fixture(autouse=True)
def _fresh():
    Counter.done.clear()


def post(body, key="k1", **options):
    answer = Counter.as_view()(APIRequestFactory().post("/api/v1/x/", body, format=options.pop("format", "json"),
                                                        headers={"Idempotency-Key": key} if key else {}))
    answer.render()
    return answer


def test_the_answer_is_replayed(db):
    first, again = post({"a": 1}), post({"a": 1})
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.data == again.data == {"number": 1}
    assert again["Idempotent-Replay"] == "true"
    assert post({"a": 1}, key="k2").data == {"number": 2}


def test_without_a_key_every_call_runs(db):
    assert [post({}, key="").data["number"] for _call in range(2)] == [1, 2]


def test_another_body_is_a_mismatch(db):
    post({"a": 1})
    answer = post({"a": 2})
    assert answer.status_code == 422
    assert answer.data["code"] == "idempotency_mismatch"


def test_another_file_is_another_body(db):
    def send(content):
        return post({"file": SimpleUploadedFile("a.pdf", content)}, format="multipart")

    send(b"one")
    assert send(b"one").status_code == 201
    assert send(b"two").status_code == 422


def test_a_refusal_is_replayed_as_a_problem(db):
    first, again = post({"refuse": True}), post({"refuse": True})
    assert first.status_code == again.status_code == 409
    assert again["Content-Type"] == "application/problem+json"
    assert again.data["code"] == "full"


def test_bad_input_frees_the_key(db):
    assert post({"wrong": True}).status_code == 400
    assert not IdempotencyRecord.objects.exists()


def test_a_key_that_is_too_long_is_told(db):
    assert post({}, key="k" * 121).data["code"] == "idempotency_key_too_long"


def test_a_call_that_died_may_be_tried_again_once(db):
    claim("address:127.0.0.1", "k1", "/api/v1/x/", "same")
    _record, fresh = claim("address:127.0.0.1", "k1", "/api/v1/x/", "same")
    assert not fresh
    with clock.frozen(clock.now() + LOST_AFTER + timedelta(seconds=1)):
        assert [claim("address:127.0.0.1", "k1", "/api/v1/x/", "same")[1] for _call in range(2)] == [True, False]


def test_of_many_at_once_one_runs(transactional_db):
    barrier = Barrier(8)

    def call(_number):
        try:
            barrier.wait()
            return post({"a": 1}).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as threads:
        codes = list(threads.map(call, range(8)))
    assert len(Counter.done) == 1
    assert set(codes) <= {201, 409}
    assert post({"a": 1}).data == {"number": 1}


def test_try_again_later_is_not_the_answer_for_ever(db):
    """'Busy' asks for another try: the same key must run again, not be told 'busy' for three days."""

    class Busy(Counter):
        @idempotent
        def post(self, request):
            self.done.append(1)
            if len(self.done) == 1:
                raise Refused("busy", "Vui lòng thử lại.", status=503)
            return Response({"number": len(self.done)}, status=201)

    request = {"path": "/api/v1/x/", "data": {"a": 1}, "format": "json", "headers": {"Idempotency-Key": "k9"}}
    first, again = (Busy.as_view()(APIRequestFactory().post(**request)) for _call in range(2))
    assert (first.status_code, again.status_code, again.data) == (503, 201, {"number": 2})
