"""The desk: a dossier that came by post, or with somebody where no letter asks for an appointment."""
from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from dossiers import competence, policies, queries
from dossiers.form_work import OfficesForm
from dossiers.forms import CountForm
from dossiers.models import Dossier
from dossiers.services import intake
from dossiers.services.ledger import channel_term
from dossiers.states import ReturnMethod
from onestop import clock
from onestop.access import role_required, take_refusal
from onestop.catalogue.models import Procedure
from onestop.catalogue.queries import does, search, version_on
from onestop.catalogue.states import Channel
from onestop.offices.models import Office
from onestop.people.states import Role
from onestop.people.words import clean
from onestop.transitions import Refused

SHOWN = 20


@role_required(Role.DESK, Role.SPECIALIST)
@require_GET
def choose(request: HttpRequest) -> HttpResponse:
    """Which procedure the dossier is for."""
    office, query = own_office(request), clean(request.GET.get("q", ""))[:120]
    rows = search(query, usable_only=True)[:SHOWN] if query else []
    return render(request, "dossiers/desk_choose.html", {"office": office, "query": query, "procedures": rows})


def own_office(request: HttpRequest) -> Office:
    """The desk's office: the one asked for if it is an own one, else the first."""
    own = request.user.office_ids_as(Role.DESK, Role.SPECIALIST)
    rows = Office.objects.filter(pk__in=own)
    return rows.filter(code=clean(request.GET.get("don_vi", ""))).first() or get_object_or_404(rows.order_by("pk")[:1])


@role_required(Role.DESK, Role.SPECIALIST)
@require_http_methods(["GET", "POST"])
def take_in(request: HttpRequest, office: str, code: str, channel: str) -> HttpResponse:
    """Papers counted against the list, the sender's details, one press: accepted, with code and receipt."""
    place = get_object_or_404(Office, code=office)
    if channel not in (Channel.POSTAL, Channel.IN_PERSON) or not policies.can_receive(request.user, place):
        raise Http404
    procedure = get_object_or_404(Procedure.objects.select_related("current"), code=code)
    if not competence.receives(place, procedure):
        raise Http404
    papers = list(procedure.current.papers.all()) if procedure.current else []
    method = ReturnMethod.POST if channel == Channel.POSTAL else ReturnMethod.COUNTER
    form = CountForm(request.POST if request.method == "POST" else None, papers=papers, initial={"return_method": method})
    hands = OfficesForm(request.POST if request.method == "POST" else None, procedure=procedure, received=place)
    status = 200
    if request.method == "POST":
        dossier, status = try_take_in(request, place, procedure, channel, form, hands)
        if dossier is not None:
            messages.success(request, _("Đã tiếp nhận hồ sơ %(code)s. Giấy tiếp nhận đã sẵn sàng để in.") % {"code": dossier.number})
            return redirect("dossiers:detail", dossier.pk)
    context = {"office": place, "procedure": procedure, "channel": channel, "form": form, "hands": hands, "papers": form.rows(),
               "elsewhere": None if does(place, procedure) else competence.usual(procedure, place),
               "refusal": closed(place, procedure, channel), "term": channel_term(version_on(procedure, clock.today()), channel)}
    return render(request, "dossiers/desk_take_in.html", context, status=status)


def closed(office: Office, procedure: Procedure, channel: str) -> Refused | None:
    """Why nothing may be taken in by this channel now: the officer reads it before typing anything."""
    try:
        intake.open_channel(office=office, procedure=procedure, channel=channel, appointment_held=False)
    except Refused as refusal:
        return refusal
    return None


def try_take_in(request: HttpRequest, office: Office, procedure: Procedure, channel: str, form: CountForm,
                hands: OfficesForm) -> tuple[Dossier | None, int]:
    """Register by the channel's own service: (dossier, 302), the same for the same form sent twice; a refusal goes into the form."""
    if not all([form.is_valid(), hands.is_valid()]):
        return None, 422
    common: dict[str, Any] = {"actor": request.user, "office": office, "procedure": procedure, "applicant": form.applicant(),
                              "papers": form.counted(), "submission_key": form.key, "offices": hands.chosen()}
    wanted = form.wanted()
    try:
        if channel == Channel.POSTAL:
            return intake.register_postal(**common, request=wanted, accept_now=True).dossier, 302
        return intake.receive_in_person(**common, return_method=wanted.return_method, return_address=wanted.return_address,
                                        note=wanted.note).dossier, 302
    except Refused as refusal:
        mine = queries.by_submission(form.key) if refusal.code == "already_submitted" else None
        if mine is not None and mine.received_office_id == office.pk:
            return mine, 302
        take_refusal(hands if "competent" in refusal.fields else form, refusal)
        return None, refusal.status
