"""How the applicant of a dossier wants to be told, chosen from the tracking page once its code and second factor were given there."""
from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from dossiers import tracking
from dossiers.services.records import track_path
from onestop.access import limited
from onestop.notify import own_page
from onestop.notify.services import Recipient


@login_not_required
@require_http_methods(["GET", "POST"])
@never_cache
@limited("own_wishes", "30/h")
def wishes(request: HttpRequest, number: str) -> HttpResponse:
    """Of the person whom this dossier's messages go to."""
    dossier = tracking.opened_in(request.session, number)
    if dossier is None:
        return redirect(track_path(number))
    person = Recipient(dossier.full_name, dossier.phone, dossier.email, dossier.language)
    return own_page.answer(request, person=person, here=reverse("dossiers:citizen_wishes", args=[dossier.number]),
                             back=reverse("dossiers:tracked", args=[dossier.number]), name=dossier.number)
