"""What the log says of a request: its route, never its path, which may hold the secret of somebody's link."""
import logging
from typing import Any

from django.urls import Resolver404, resolve


def route_of(request: Any) -> str:
    """'/buu-chinh/xac-nhan/<str:token>/' of a request to one of these; '' where there is no such page."""
    try:
        return f"/{(request.resolver_match or resolve(request.path_info)).route}"
    except Resolver404:
        return ""


class RoutesOnly(logging.Filter):
    """For what Django itself logs of requests."""

    def filter(self, record: logging.LogRecord) -> bool:
        request = getattr(record, "request", None)
        path = getattr(request, "path", None)
        if path is not None and isinstance(record.args, tuple):
            record.args = tuple(route_of(request) if value == path else value for value in record.args)
        return True
