"""The request as views of staff see it."""
from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from onestop.people.models import User


class StaffRequest(HttpRequest):
    """A request that has passed role_required: somebody of the staff is signed in. For the type checker; nothing makes one."""

    user: User  # type: ignore[assignment]
    htmx: Any  # set by the middleware of django-htmx
