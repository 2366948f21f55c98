"""The door of the post's pages: a clerk whom nobody has given to a carrier reads whom to turn to, and nothing else."""
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from onestop import access
from onestop.people.states import Role
from postal import policies, queries

View = Callable[..., HttpResponse]


def post_role_required(*roles: str) -> Callable[[View], View]:
    """As access.role_required. Whoever holds none of the roles but the carrier's, and no carrier, sees only the page that says so."""
    others = set(roles) - {Role.CARRIER}

    def decorate(view: View) -> View:
        @access.role_required(*roles)
        @wraps(view)
        def guarded(request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
            if policies.waits_for_carrier(request.user) and not request.user.has_role(*others):
                return unassigned(request)
            return view(request, *args, **kwargs)

        return guarded

    return decorate


def unassigned(request: HttpRequest) -> HttpResponse:
    """Whom to turn to: the clerk's office and the administrators of its province."""
    offices = [item.office for item in request.user.current_assignments() if item.role == Role.CARRIER]  # type: ignore[union-attr]
    context = {"offices": offices, "administrators": queries.administrators_for(request.user)}  # type: ignore[arg-type]
    return render(request, "postal/clerk_unassigned.html", context, status=200 if request.method == "GET" else 403)
