"""A limit per token, or per address where there is no token."""
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle

from onestop.people.rest.authentication import Partner


def address(request: HttpRequest | Request) -> str:
    """The caller's address; from X-Forwarded-For only behind the declared number of trusted proxies."""
    proxies = settings.TRUSTED_PROXIES
    chain = [part.strip() for part in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if part.strip()]
    if proxies and len(chain) >= proxies:
        return chain[-proxies]
    return request.META.get("REMOTE_ADDR", "")


class PerCaller(SimpleRateThrottle):
    """API_RATE requests per token or address."""

    scope = "caller"

    def get_cache_key(self, request: Request, view: Any) -> str:
        who = f"token:{request.user.token.pk}" if isinstance(request.user, Partner) else f"address:{address(request)}"
        return f"throttle:{who}"
