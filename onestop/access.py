"""Who may pass: roles at the door of a view, limits per address, the sentence of a refusal, error pages and problems."""
import json
import logging
import sys
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.db import OperationalError
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.utils.translation import gettext_lazy as _
from redis.exceptions import RedisError

from onestop import clock
from onestop.absence import is_away
from onestop.logged import route_of
from onestop.transitions import Refused

log = logging.getLogger(__name__)
View = Callable[..., HttpResponse]
SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
TITLES = {
    400: _("Yêu cầu không hợp lệ"), 403: _("Không có quyền"), 404: _("Không tìm thấy"), 405: _("Không dùng được cách gửi này"),
    409: _("Không còn phù hợp"), 413: _("Nội dung quá lớn"), 422: _("Chưa thực hiện được"), 429: _("Quá nhiều yêu cầu"),
    500: _("Cổng đang gặp lỗi"), 503: _("Hệ thống đang bận"),
}
BUSY_SECONDS, AWAY_SECONDS = 2, 10  # after which to try again


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
    """What every page's frame needs: the roles of the person signed in, the hotline, and whether this is play."""
    user = getattr(request, "user", None)
    roles: set[str] = set()
    if user is not None and user.is_authenticated:
        roles = {item.role for item in user.current_assignments()}
    return {"roles": roles, "hotline": settings.HOTLINE, "moved_clock": clock.now() if settings.PORTAL_CLOCK else None,
            "demonstration": bool(settings.DEMO_PASSWORD)}


# --- limits -----------------------------------------------------------------------------------------------------------

def address(request: Any) -> str:
    """The caller's address; from X-Forwarded-For only behind the declared number of trusted proxies."""
    proxies = settings.TRUSTED_PROXIES
    chain = [part.strip() for part in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if part.strip()]
    if proxies and len(chain) >= proxies:
        return str(chain[-proxies])
    return str(request.META.get("REMOTE_ADDR", ""))


def limited(name: str, rate: str) -> Callable[[View], View]:
    """Answer 429 after `rate` ('30/m': s, m, h, d) POSTs of one address to the view; reading is never limited.

    Views that share `name` share the count. A cache that is down lets everybody pass: the portal's work comes first.
    """
    amount, _slash, unit = rate.partition("/")
    most, seconds = int(amount), SECONDS[unit]

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if request.method == "POST" and times_seen(f"limit:{name}:{address(request)}", seconds) > most:
                return too_many(request, seconds)
            return view(request, *args, **kwargs)

        return guarded

    return decorate


def times_seen(key: str, seconds: int) -> int:
    """How often `key` was counted in the window of `seconds` that its first call opened, this call included."""
    try:
        if cache.add(key, 1, timeout=seconds):
            return 1
        return int(cache.incr(key))
    except (ValueError, OSError, RedisError):
        return 1


def too_many(request: HttpRequest, seconds: int) -> HttpResponse:
    """429 with Retry-After in seconds."""
    sentence = str(_("Bạn đã gửi quá nhiều lần trong thời gian ngắn. Vui lòng chờ một lát rồi thử lại."))
    response = problem_page(request, 429, sentence, code="throttled")
    response["Retry-After"] = str(seconds)
    return response


# --- refusals and problems --------------------------------------------------------------------------------------------

class RefusalMiddleware:
    """Turn a refusal that no view answered into a page with its sentence and its status; never a 500.

    An address with a null character leads nowhere: no row can hold one, and PostgreSQL takes it for a fault of ours.
    """

    def __init__(self, get_response: View) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if "\0" in request.path:
            return not_found(request)
        response = self.get_response(request)
        if response.status_code == 503 and not response.has_header("Retry-After"):  # a form that shows what was busy
            try_again(response, BUSY_SECONDS)
        return response

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if isinstance(error, Refused):
            return problem_page(request, error.status, str(error.sentence), code=error.code, directive=error.directive)
        if lock_was_busy(error):
            return busy(request)
        return unavailable(request, error) if is_away(error) else None


def lock_was_busy(error: BaseException | None) -> bool:
    """Whether the database gave up waiting for another writer: trying again helps."""
    if not isinstance(error, OperationalError):
        return False
    text = str(error).lower()
    return any(part in text for part in ("lock timeout", "database is locked", "deadlock", "statement timeout"))


def busy(request: HttpRequest) -> HttpResponse:
    """503 with Retry-After: an honest 'please try again' (booking, guard 8)."""
    sentence = str(_("Hệ thống đang có nhiều người dùng cùng lúc. Yêu cầu chưa được thực hiện, vui lòng thử lại."))
    return try_again(problem_page(request, 503, sentence, code="busy"), BUSY_SECONDS)


def try_again(response: HttpResponse, seconds: int) -> HttpResponse:
    """The same answer, which says after how many seconds another try is worth it."""
    response["Retry-After"] = str(seconds)
    return response


def unavailable(request: HttpRequest, error: BaseException | None) -> HttpResponse:
    """503 while a server that the portal needs is away. Asks no database, session or person; the language is the request's own."""
    log.warning("%s %s not answered, a server is away: %s", request.method, route_of(request), str(error).partition("\n")[0])
    with translation.override(translation.get_language_from_request(request)):
        if wants_problem(request):
            sentence = str(_("Cổng đang tạm gián đoạn. Yêu cầu chưa được thực hiện, vui lòng thử lại sau ít phút."))
            response = problem_page(request, 503, sentence, code="unavailable")
        else:
            response = render(None, "unavailable.html", status=503)  # type: ignore[arg-type]
        response["Content-Language"] = translation.get_language() or settings.LANGUAGE_CODE
    response["Cache-Control"] = "no-store"
    return try_again(response, AWAY_SECONDS)


def problem(*, status: int, code: str, detail: str, errors: dict[str, list[str]] | None = None,
            directive: dict[str, str] | None = None) -> dict[str, Any]:
    """The members of an RFC 9457 problem; `errors` {field: [sentence]} for 400 and 422, `directive` where a letter is the reason."""
    members: dict[str, Any] = {"type": f"urn:onestop:problem:{code}", "title": str(TITLES.get(status, _("Có lỗi"))), "status": status,
                               "detail": detail, "code": code}
    if errors:
        members["errors"] = errors
    if directive:
        members["directive"] = directive
    return members


def wants_problem(request: HttpRequest) -> bool:
    """Whether the caller is a program: everything below /api/."""
    return request.path.startswith("/api/")


def problem_page(request: HttpRequest, status: int, sentence: str, *, code: str = "",
                 directive: dict[str, str] | None = None) -> HttpResponse:
    """One sentence on why something did not work: a page for people, problem+json for programs."""
    if wants_problem(request):
        members = problem(status=status, code=code or f"http_{status}", detail=sentence, directive=directive)
        return HttpResponse(json.dumps(members, ensure_ascii=False), status=status, content_type="application/problem+json")
    title = TITLES.get(status, _("Có lỗi"))
    return render(request, "problem.html", {"status": status, "title": title, "sentence": sentence, "directive": directive}, status=status)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Django takes a session that could not be kept for one that was ended meanwhile, also where the database is away."""
    if is_away(exception):
        return unavailable(request, exception)
    sentence = _("Yêu cầu không hợp lệ. Vui lòng kiểm tra lại địa chỉ hoặc nội dung đã gửi.")
    return problem_page(request, 400, str(sentence), code="bad_request")


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return problem_page(request, 403, str(_("Tài khoản của bạn không có quyền mở trang này.")), code="forbidden")


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return problem_page(request, 404, str(_("Không tìm thấy trang hoặc hồ sơ này.")), code="not_found")


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return problem_page(request, 403, str(_("Phiên làm việc đã hết hạn. Vui lòng tải lại trang rồi gửi lại.")), code="csrf")


def server_error(request: HttpRequest) -> HttpResponse:
    """Rendered without the request's context: whatever broke may be in there. What broke outside of a view is answered here, too: 503
    where a server is away or the database is busy."""
    error = sys.exc_info()[1]
    if lock_was_busy(error) or is_away(error):
        return unavailable(request, error)
    if wants_problem(request):
        return problem_page(request, 500, str(_("Có lỗi ở phía cổng. Vui lòng thử lại sau ít phút.")), code="server_error")
    return render(None, "server_error.html", status=500)  # type: ignore[arg-type]


def tell_refusal(request: HttpRequest, refusal: Refused) -> None:
    """Show a refusal's sentence at the top of the next page."""
    messages.error(request, str(refusal.sentence))


def take_refusal(form: BaseForm, refusal: Refused) -> None:
    """Show a service's refusal at the fields it names, else above the form; what was typed stays."""
    for name, sentences in refusal.fields.items():
        for sentence in sentences:
            form.add_error(name if name in form.fields else None, str(sentence))
    if not refusal.fields:
        form.add_error(None, str(refusal.sentence))
