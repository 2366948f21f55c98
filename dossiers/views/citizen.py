"""A citizen hands a dossier in online and follows it: code and second factor, nothing personal on the page."""
from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db.models import prefetch_related_objects
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from dossiers import panels, tracking
from dossiers.forms import SubmitForm, TrackForm
from dossiers.history_words import timeline
from dossiers.models import Dossier
from dossiers.services import files, intake
from dossiers.states import PUBLIC_NAME, ReturnMethod, State
from onestop import clock
from onestop.access import limited, take_refusal, times_seen
from onestop.catalogue.models import Procedure
from onestop.catalogue.queries import does
from onestop.catalogue.states import Channel
from onestop.guide.channels import channel_options
from onestop.moments import Moments
from onestop.offices.models import Office
from onestop.offices.queries import offices_at_levels
from onestop.people.words import clean, fold
from onestop.transitions import Refused

SUBMITTED_KEY = "dossiers_submitted"  # {form key: [reference, secret]} of this browser
TRIES_A_NUMBER, HOUR = 20, 3600
SHOWN = 30  # offices on one page


@login_not_required
@require_http_methods(["GET", "POST"])
@limited("dossier_submit", "40/h")
def submit(request: HttpRequest, code: str) -> HttpResponse:
    """One page: who, what, files, how the result comes back. Without an office: choose one first."""
    procedure = get_object_or_404(Procedure.objects.select_related("current"), code=code)
    office = Office.objects.active_on(clock.today()).filter(code=clean(request.GET.get("don_vi", ""))).first()
    if office is None or not does(office, procedure):
        return choose_office(request, procedure)
    option = next(item for item in channel_options(office=office, procedure=procedure, on=clock.today()) if item.channel == Channel.ONLINE)
    papers = list(procedure.current.papers.all()) if procedure.current else []
    form = SubmitForm(request.POST, request.FILES, papers=papers) if request.method == "POST" else SubmitForm(papers=papers)
    status = 200
    if request.method == "POST":
        keep_files(request, form)
        reference, status = try_submit(request, office, procedure, form)
        if reference:
            return redirect("dossiers:submitted", reference)
    context = {"procedure": procedure, "office": office, "option": option, "form": form, "papers": form.rows(), "term": option.term,
               "most_megabytes": settings.UPLOAD_MAX_BYTES // 1024 // 1024}
    return render(request, "dossiers/submit.html", context, status=status)


def choose_office(request: HttpRequest, procedure: Procedure) -> HttpResponse:
    """Offices that carry the procedure out, narrowed by name with or without tone marks."""
    query = clean(request.GET.get("q", ""))[:80]
    offices = offices_at_levels(procedure.office_levels, on=clock.today())
    for word in fold(query).split():
        offices = offices.filter(search_name__contains=word)
    found = list(offices[:SHOWN + 1])
    context = {"procedure": procedure, "offices": found[:SHOWN], "more": len(found) > SHOWN, "query": query}
    return render(request, "dossiers/choose_office.html", context)


def keep_files(request: HttpRequest, form: SubmitForm) -> None:
    """Store what was sent before anything else is checked, so that an error elsewhere loses no file."""
    for paper in form.paper_list:
        file = request.FILES.get(f"file_{paper.position}")
        if file is None:
            continue
        try:
            stored = files.store_upload(file)
            form.keep(paper.position, stored.token, stored.upload.name)
        except Refused as refusal:
            form.add_error(f"file_{paper.position}", f"{file.name}: {refusal.sentence}")


def try_submit(request: HttpRequest, office: Office, procedure: Procedure, form: SubmitForm) -> tuple[str, int]:
    """Submit: (reference, 302), the same for the same form sent twice; or ('', status) with the refusal in the form."""
    mine: dict[str, list[str]] = request.session.get(SUBMITTED_KEY, {})
    sent = mine.get(form.data.get("submission_key", ""))
    if sent:
        return sent[0], 302
    if not form.is_valid():
        return "", 422
    try:
        made = intake.submit_online(office=office, procedure=procedure, applicant=form.applicant(get_language() or "vi"),
                                    request=form.wanted(), uploads=form.attached(), submission_key=form.key)
    except Refused as refusal:
        if refusal.code != "upload_unknown" or not forget_lost(form, refusal):
            take_refusal(form, refusal)
        return "", refusal.status
    request.session[SUBMITTED_KEY] = dict([*mine.items(), (form.key, [made.dossier.reference, made.secret])][-10:])
    return made.dossier.reference, 302


def forget_lost(form: SubmitForm, refusal: Refused) -> bool:
    """Ask again for the files that can no longer be used, each at its paper; whether there were any."""
    lost = [item for item in form.attached() if not files.still_free(item.token)]
    for item in lost:
        form.forget(item.position or 0, str(refusal.sentence))
    return bool(lost)


@login_not_required
@require_GET
def submitted(request: HttpRequest, reference: str) -> HttpResponse:
    """Proof of filing: reference, secret, what happens next. Only in the browser that filed."""
    secret = dict(request.session.get(SUBMITTED_KEY, {}).values()).get(reference)
    if secret is None:
        raise Http404
    dossier = get_object_or_404(Dossier.objects.select_related("procedure", "received_office"), reference=reference)
    return render(request, "dossiers/submitted.html", {"dossier": dossier, "secret": secret, "files": dossier.uploads.count()})


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
        return redirect(f"{reverse('dossiers:track')}?{urlencode({'ma': number})}")
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
