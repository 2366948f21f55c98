"""How the person of an appointment wants to be told, behind the appointment's own link."""
from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from bookings.services.telling import recipient
from bookings.views.manage import by_link, own_url
from onestop.access import limited
from onestop.notify import own_page


@login_not_required
@require_http_methods(["GET", "POST"])
@never_cache
@limited("own_wishes", "30/h")
def wishes(request: HttpRequest, code: str) -> HttpResponse:
    """Of the person whom this appointment's messages go to; 404 without the secret."""
    appointment, secret = by_link(request, code)
    return own_page.answer(request, person=recipient(appointment), here=own_url("wishes", appointment, secret),
                             back=own_url("manage", appointment, secret), name=_("Lịch hẹn của tôi"))
