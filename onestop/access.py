"""Who may pass: roles at the door of a view, the sentence of a refusal, error pages."""
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from onestop.transitions import Refused

View = Callable[..., HttpResponse]


def role_required(*roles: str) -> Callable[[View], View]:
    """Let only people pass who hold one of `roles` today; anybody else gets 403. The services check again, per row."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not request.user.is_authenticated or not request.user.has_role(*roles):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        return guarded

    return decorate


def context(request: HttpRequest) -> dict[str, Any]:
    """What every page's frame needs: the roles of the person signed in."""
    user = getattr(request, "user", None)
    roles: set[str] = set()
    if user is not None and user.is_authenticated:
        roles = {item.role for item in user.current_assignments()}
    return {"roles": roles}


class RefusalMiddleware:
    """Turn a refusal that no view answered into a page with its sentence and its status; never a 500."""

    def __init__(self, get_response: View) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if not isinstance(error, Refused):
            return None
        return problem_page(request, error.status, str(error.sentence), directive=error.directive)


def problem_page(request: HttpRequest, status: int, sentence: str, *, directive: dict[str, str] | None = None) -> HttpResponse:
    """A page that says in one sentence why something did not work."""
    return render(request, "problem.html", {"status": status, "sentence": sentence, "directive": directive}, status=status)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return problem_page(request, 400, str(_("Yêu cầu không hợp lệ. Vui lòng kiểm tra lại địa chỉ hoặc nội dung đã gửi.")))


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return problem_page(request, 403, str(_("Tài khoản của bạn không có quyền mở trang này.")))


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return problem_page(request, 404, str(_("Không tìm thấy trang hoặc hồ sơ này.")))


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return problem_page(request, 403, str(_("Phiên làm việc đã hết hạn. Vui lòng tải lại trang rồi gửi lại.")))


def server_error(request: HttpRequest) -> HttpResponse:
    """Rendered without the request's context: whatever broke may be in there."""
    return render(None, "server_error.html", status=500)  # type: ignore[arg-type]


def tell_refusal(request: HttpRequest, refusal: Refused) -> None:
    """Show a refusal's sentence at the top of the next page."""
    messages.error(request, str(refusal.sentence))
