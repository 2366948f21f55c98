"""What partners report without a token: JSON whose raw bytes are signed with a key that both sides hold."""
import json
from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework.request import Request

from onestop import signature
from onestop.transitions import Refused

LONGEST_REPORT = 64 * 1024


def raw_body(request: Request) -> bytes:
    """The bytes as they came. Raises Refused('too_large', 413) above 64 kB."""
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not length.isdigit() or int(length) > LONGEST_REPORT:
        raise Refused("too_large", _("Nội dung dài hơn 64 kB."), status=413)
    return bytes(request._request.body)


def signed_object(request: Request, body: bytes, key: str) -> dict[str, Any]:
    """The JSON object in `body`, if `key` ('': nobody's) has signed it. Raises Refused('wrong_signature', 401) or ('invalid', 400)."""
    if not key or not signature.matches(key, body, request.headers.get(signature.HEADER, "")):
        raise Refused("wrong_signature", _("Chữ ký không đúng."), status=401)
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        content = None
    if not isinstance(content, dict):
        raise Refused("invalid", _("Nội dung phải là một đối tượng JSON."), status=400)
    return content
