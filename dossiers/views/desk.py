"""The desk: a dossier that came by post, or with somebody where no letter asks for an appointment."""
from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from dossiers import policies
from dossiers.forms import CountForm
from dossiers.services import intake
from onestop import clock
from onestop.access import role_required, take_refusal
from onestop.catalogue.models import Procedure
from onestop.catalogue.queries import does, search
from onestop.catalogue.states import Channel
from onestop.guide.channels import channel_options
from onestop.offices.models import Office
from onestop.people.states import Role
from onestop.transitions import Refused

SHOWN = 20


@role_required(Role.DESK, Role.SPECIALIST)
@require_GET
def choose(request: HttpRequest) -> HttpResponse:
    """Which procedure the dossier is for."""
    office, query = own_office(request), request.GET.get("q", "").strip()[:120]
    rows = search(query, office=office, usable_only=True)[:SHOWN] if query else []
    return render(request, "dossiers/desk_choose.html", {"office": office, "query": query, "procedures": rows})


def own_office(request: HttpRequest) -> Office:
    """The desk's office: the one asked for if it is an own one, else the first."""
    own = request.user.office_ids_as(Role.DESK, Role.SPECIALIST)
    rows = Office.objects.filter(pk__in=own)
    return rows.filter(code=request.GET.get("don_vi", "")).first() or get_object_or_404(rows.order_by("pk")[:1])


@role_required(Role.DESK, Role.SPECIALIST)
@require_http_methods(["GET", "POST"])
def take_in(request: HttpRequest, office: str, code: str, channel: str) -> HttpResponse:
    """Papers counted against the list, the sender's details, one press: accepted, with code and receipt."""
    place = get_object_or_404(Office, code=office)
    if channel not in (Channel.POSTAL, Channel.IN_PERSON) or not policies.can_receive(request.user, place):
        raise Http404
    procedure = get_object_or_404(Procedure.objects.select_related("current"), code=code)
    if not does(place, procedure):
        raise Http404
    papers = list(procedure.current.papers.all()) if procedure.current else []
    form = CountForm(request.POST or None, papers=papers)
    option = next(item for item in channel_options(office=place, procedure=procedure, on=clock.today()) if item.channel == channel)
    if request.method == "POST" and form.is_valid():
        done = try_take_in(request, place, procedure, channel, form)
        if done is not None:
            return done
    context = {"office": place, "procedure": procedure, "channel": channel, "option": option, "form": form, "papers": form.rows(),
               "term": option.term}
    return render(request, "dossiers/desk_take_in.html", context, status=422 if form.errors else 200)


def try_take_in(request: HttpRequest, office: Office, procedure: Procedure, channel: str, form: CountForm) -> HttpResponse | None:
    """Register by the channel's own service; a refusal goes into the form."""
    common: dict[str, Any] = {"actor": request.user, "office": office, "procedure": procedure, "applicant": form.applicant(), "papers": form.counted()}
    wanted = form.wanted()
    try:
        if channel == Channel.POSTAL:
            made = intake.register_postal(**common, request=wanted, accept_now=True)
        else:
            made = intake.receive_in_person(**common, return_method=wanted.return_method, return_address=wanted.return_address, note=wanted.note)
    except Refused as refusal:
        take_refusal(form, refusal)
        return None
    messages.success(request, _("Đã tiếp nhận hồ sơ %(code)s. Giấy tiếp nhận đã sẵn sàng để in.") % {"code": made.dossier.number})
    return redirect("dossiers:detail", made.dossier.pk)
