"""A citizen hands a dossier in online and follows it: code and second factor, nothing personal on the page."""
from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.db.models import prefetch_related_objects
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from dossiers import panels, tracking
from dossiers.forms import TrackForm
from dossiers.history_words import timeline
from dossiers.models import Dossier
from dossiers.services.records import track_path
from dossiers.states import PUBLIC_NAME, ReturnMethod, State
from onestop.access import limited, times_seen
from onestop.moments import Moments
from onestop.people.words import clean
from onestop.transitions import Refused

TRIES_A_NUMBER, HOUR = 20, 3600


@login_not_required
@require_http_methods(["GET", "POST"])
@limited("dossier_track", "60/h")
def track(request: HttpRequest) -> HttpResponse:
    """Ask for the code and the second factor; the answer is a page of its own, kept open for this browser."""
    form = TrackForm(request.POST) if request.method == "POST" else TrackForm(initial={"ma": clean(request.GET.get("ma", ""))[:60]})
    if request.method == "POST" and form.is_valid():
        found = find(form)
        if found is not None:
            request.session[tracking.TRACKED_KEY] = [*request.session.get(tracking.TRACKED_KEY, []), found.pk][-20:]
            return redirect("dossiers:tracked", found.number)
        form.add_error(None, _("Không tìm thấy hồ sơ với mã và số đã nhập. Vui lòng kiểm tra lại."))
    return render(request, "dossiers/track.html", {"form": form}, status=422 if form.errors else 200)


def find(form: TrackForm) -> Dossier | None:
    """The dossier, unless its number was tried too often in the last hour, from wherever."""
    number, factor = form.cleaned_data["ma"], form.cleaned_data["so"]
    if times_seen(f"track:{number}", HOUR) > TRIES_A_NUMBER:
        raise Refused("too_many_tries", _("Mã hồ sơ này được tra cứu quá nhiều lần. Vui lòng thử lại sau một giờ."), status=429)
    return tracking.find(number, secret=factor.upper(), phone_last4=factor if factor.isdigit() and len(factor) == 4 else "")


@login_not_required
@require_GET
def tracked(request: HttpRequest, number: str) -> HttpResponse:
    """Status 1–10 by name, date and why, history, shipment (letter Khánh Hòa 2–3; rules.md 4 and 9)."""
    mark = tracking.mark(request.session, number)
    main = tracked_main(request.session, number, mark) if mark is not None else None
    if mark is None or main is None:
        return redirect(track_path(number))
    return render(request, "dossiers/tracked.html", {"number": mark[1], "main": main})


# What a dossier's page says, remembered under everything that it depends on; calendars and catalogue, which change the sentences
# of the date only together with the date, are read again after a minute at most.
_mains: Moments[tuple[Any, ...], SafeString] = Moments(60, 500)


def tracked_main(session: Mapping[str, Any], number: str, mark: tracking.Mark) -> SafeString | None:
    """The page of a dossier below the portal's own head; None if it is no longer this browser's."""
    known = _mains.get((get_language(), *mark))
    if known is not None:
        return known
    dossier = tracking.opened_in(session, number)
    if dossier is None:
        return None
    prefetch_related_objects([dossier], "clock")  # the sentences and the state of the clock both read it
    return _mains.keep((get_language(), *mark), render_to_string("dossiers/_tracked.html", tracked_context(dossier)))


def tracked_context(dossier: Dossier) -> dict[str, Any]:
    """What the public page may show: no name, no address, no paper."""
    events = tracking.events(dossier)
    shipment = next((event.data for event in reversed(events) if event.verb == "shipment"), None)
    return {
        "dossier": dossier, "status": dossier.public_code, "status_name": dossier.public_name, "statuses": sorted(PUBLIC_NAME.items()),
        "explanation": tracking.explain(dossier), "timeline": timeline(events), "clock_state": tracking.clock_state(dossier),
        "lateness": tracking.lateness(dossier), "shipment": shipment, "cards": panels.for_citizen(dossier),
        "to_collect": dossier.state == State.DECIDED and dossier.return_method == ReturnMethod.COUNTER,
    }
