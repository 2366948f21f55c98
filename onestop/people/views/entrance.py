"""Signing in and out, the language, and the page everybody starts from."""
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import LoginView, LogoutView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe
from django.views.i18n import set_language

from onestop import clock
from onestop.access import limited
from onestop.people import navigation
from onestop.people.forms import SignInForm
from onestop.people.shapes import Tile


@method_decorator(limited("sign-in", "60/m"), name="dispatch")  # type: ignore[arg-type]
class SignIn(LoginView):
    """Wrong guesses are counted by name and address; too many close the door for a quarter of an hour."""

    template_name = "people/sign_in.html"
    form_class = SignInForm
    redirect_authenticated_user = True


class SignOut(LogoutView):
    """POST only: a link or a scanner can't sign anybody out."""

    http_method_names = ["post", "options"]


@require_safe
def desk(request: HttpRequest) -> HttpResponse:
    """Staff see the doors to their working pages, a citizen those of the portal."""
    groups = [(group, [_tile(link) for link in links]) for group, links in navigation.staff_groups(request.user, request.path)]
    template = "people/desk.html" if groups else "people/citizen_desk.html"
    return render(request, template, {"groups": groups, "tiles": [] if groups else _citizen_tiles(), "today": clock.today()})


def _tile(link: navigation.Link) -> Tile:
    return Tile(link.label, link.url, link.icon, link.text)


def _citizen_tiles() -> list[Tile]:
    found: list[tuple[Any, str, str, Any]] = [
        (_("Tìm thủ tục"), "guide:search", "search", _("Giấy tờ, lệ phí, thời hạn, cách nộp.")),
        (_("Đặt lịch hẹn"), "bookings:start", "calendar", _("Chọn đơn vị, ngày và giờ đến.")),
        (_("Tra cứu hồ sơ"), "dossiers:track", "file", _("Xem hồ sơ đang ở bước nào.")),
        (_("Cách nhận tin"), "news:own", "message", _("Kênh nào trước, ngôn ngữ, địa chỉ thư điện tử.")),
    ]
    return [Tile(label, navigation.address_of(name), icon, text) for label, name, icon, text in found if navigation.address_of(name)]


@login_not_required
@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """Keep the chosen language in a cookie and go back to where one was, if that is a page of this portal."""
    return set_language(request)
