"""Idempotency-Key on every POST: the same key and body replay the stored answer (booking.md, guard 4; api.md)."""
import hashlib
import json
from collections.abc import Callable
from contextlib import nullcontext
from datetime import timedelta
from functools import wraps
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext_lazy as _
from rest_framework.request import Request
from rest_framework.response import Response

from onestop import clock
from onestop.access import address
from onestop.people.models import IdempotencyRecord
from onestop.people.rest.authentication import Partner
from onestop.people.rest.problems import of_refusal, respond
from onestop.transitions import Refused

Handler = Callable[..., Response]
# A call that has not answered for this long died with its process: its key may be tried again.
LOST_AFTER = timedelta(minutes=2)
TRY_AGAIN = 500  # from this status on an answer says nothing about the request


def caller_of(request: Request) -> str:
    """Whose keys these are: a token's, or an address's."""
    if isinstance(request.user, Partner):
        return f"token:{request.user.token.pk}"
    return f"address:{address(request)}"


def idempotent(handler: Handler) -> Handler:
    """Wrap an APIView's post method. Without the header the call runs as it is.

    The record is claimed in a transaction of its own before the work, and the answer (2xx or a refusal) is stored after
    it. A second call while the first still runs gets 409; a body that differs gets 422 idempotency_mismatch.
    """

    @wraps(handler)
    def guarded(view: Any, request: Request, *args: Any, **kwargs: Any) -> Response:
        key = request.headers.get("Idempotency-Key", "").strip()
        if not key:
            return handler(view, request, *args, **kwargs)
        if len(key) > 120:
            raise Refused("idempotency_key_too_long", _("Idempotency-Key dài tối đa 120 ký tự."), status=400)
        record, fresh = claim(caller_of(request), key, request.path[:200], body_hash(request))
        if not fresh:
            return replay(record)
        return run_and_store(record, handler, view, request, *args, **kwargs)

    return guarded


def body_hash(request: Request) -> str:
    """SHA-256 of the parsed body, so that spacing does not matter."""
    text = json.dumps(request.data, sort_keys=True, ensure_ascii=False, default=_fingerprint)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _fingerprint(value: Any) -> str:
    if not isinstance(value, UploadedFile):
        return str(value)
    content = hashlib.sha256()
    for chunk in value.chunks():
        content.update(chunk)
    value.seek(0)
    return f"{value.name}:{content.hexdigest()}"


def claim(caller: str, key: str, path: str, body: str) -> tuple[IdempotencyRecord, bool]:
    """The record of this key and whether this call made it. Raises Refused('idempotency_mismatch') for another body."""
    try:
        with transaction.atomic() if connection.in_atomic_block else nullcontext():  # one statement is a transaction of its own
            return IdempotencyRecord.objects.create(caller=caller, key=key, path=path, body_sha256=body), True
    except IntegrityError:
        record = IdempotencyRecord.objects.filter(caller=caller, key=key, path=path).first()
    if record is None:  # the first call has just failed and freed the key
        raise in_progress()
    if record.body_sha256 != body:
        raise Refused("idempotency_mismatch", _("Khóa Idempotency-Key này đã được dùng với nội dung khác."))
    return record, taken_over(record)


def taken_over(record: IdempotencyRecord) -> bool:
    """Whether this call may run in place of one that died before it answered; exactly one such call may."""
    if record.status is not None or record.created_at > clock.now() - LOST_AFTER:
        return False
    unanswered = IdempotencyRecord.objects.filter(pk=record.pk, status=None, created_at=record.created_at)
    return unanswered.update(created_at=clock.now()) == 1


def in_progress() -> Refused:
    return Refused("in_progress", _("Yêu cầu trước với cùng Idempotency-Key đang được xử lý."), status=409)


def replay(record: IdempotencyRecord) -> Response:
    """The stored answer. Raises Refused('in_progress', 409) while the first call has not answered yet."""
    if record.status is None:
        raise in_progress()
    kind = "application/problem+json" if record.status >= 400 else None
    return Response(record.answer, status=record.status, headers={"Idempotent-Replay": "true"}, content_type=kind)


def _answered(handler: Handler, view: Any, request: Request, *args: Any, **kwargs: Any) -> Response:
    """The answer, a refusal included. Raises Refused where it only asks to try again (503)."""
    try:
        return handler(view, request, *args, **kwargs)
    except Refused as refusal:
        if refusal.status >= TRY_AGAIN:
            raise
        return respond(of_refusal(refusal))


def run_and_store(record: IdempotencyRecord, handler: Handler, view: Any, request: Request, *args: Any, **kwargs: Any) -> Response:
    """Run the call and keep its answer; an error that is nobody's fault, or 'busy', frees the key for another try."""
    try:
        response = _answered(handler, view, request, *args, **kwargs)
    except BaseException:
        IdempotencyRecord.objects.filter(pk=record.pk).delete()
        raise
    answer = json.loads(json.dumps(response.data, default=str))
    IdempotencyRecord.objects.filter(pk=record.pk).update(status=response.status_code, answer=answer)
    return response
