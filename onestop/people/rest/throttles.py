"""A limit per token, or per address where there is no token."""
from typing import Any

from redis.exceptions import RedisError
from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle

from onestop.access import address
from onestop.people.rest.authentication import Partner


class PerCaller(SimpleRateThrottle):
    """API_RATE requests per token or address; a cache that is down lets everybody pass."""

    scope = "caller"

    def allow_request(self, request: Request, view: Any) -> bool:
        try:
            return bool(super().allow_request(request, view))
        except (OSError, EOFError, RedisError):
            return True

    def get_cache_key(self, request: Request, view: Any) -> str:
        who = f"token:{request.user.token.pk}" if isinstance(request.user, Partner) else f"address:{address(request)}"
        return f"throttle:{who}"
