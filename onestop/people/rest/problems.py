"""Every error of the API as application/problem+json (RFC 9457), in the caller's language."""
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.utils.translation import gettext as _
from rest_framework import exceptions
from rest_framework.response import Response

from onestop.access import BUSY_SECONDS, problem
from onestop.transitions import Refused


def of_refusal(refusal: Refused) -> dict[str, Any]:
    """A refusal as a problem."""
    fields = {name: [str(text) for text in texts] for name, texts in refusal.fields.items()}
    return problem(status=refusal.status, code=refusal.code, detail=str(refusal.sentence), errors=fields, directive=refusal.directive)


def flat(detail: Any, name: str = "non_field_errors") -> dict[str, list[str]]:
    """DRF's nested errors as {dotted field: [sentence]}."""
    if isinstance(detail, dict):
        found: dict[str, list[str]] = {}
        for key, value in detail.items():
            found.update(flat(value, key if name == "non_field_errors" else f"{name}.{key}"))
        return found
    if isinstance(detail, list) and any(isinstance(item, (dict, list)) for item in detail):
        found = {}
        for index, item in enumerate(detail):
            found.update(flat(item, f"{name}.{index}"))
        return found
    return {name: [str(item) for item in (detail if isinstance(detail, list) else [detail])]}


def respond(problem: dict[str, Any], headers: dict[str, str] | None = None) -> Response:
    """A DRF response that says it is a problem."""
    return Response(problem, status=problem["status"], headers=headers, content_type="application/problem+json")


def handler(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's exception handler: whatever a view raises becomes a problem."""
    if isinstance(error, Refused):
        return respond(of_refusal(error), {"Retry-After": str(BUSY_SECONDS)} if error.status == 503 else None)
    if isinstance(error, Http404):
        return respond(problem(status=404, code="not_found", detail=_("Không tìm thấy.")))
    if isinstance(error, PermissionDenied):
        return respond(problem(status=403, code="forbidden", detail=_("Không có quyền.")))
    if isinstance(error, RecursionError):  # JSON nested thousands deep is the caller's doing
        return respond(problem(status=400, code="invalid", detail=_("Nội dung gửi lồng nhau quá sâu.")))
    if isinstance(error, exceptions.ValidationError):
        return respond(problem(status=400, code="invalid", detail=_("Có nội dung chưa hợp lệ, vui lòng xem từng mục."),
                            errors=flat(error.detail)))
    if isinstance(error, exceptions.APIException):
        headers = {}
        wait = getattr(error, "wait", None)  # seconds, of exceptions.Throttled
        if wait is not None:
            headers["Retry-After"] = str(int(wait) + 1)
        header = getattr(error, "auth_header", None)
        if header:
            headers["WWW-Authenticate"] = header
        code = error.default_code if isinstance(error.default_code, str) else "error"
        return respond(problem(status=error.status_code, code=code, detail=str(error.detail)), headers)
    return None
