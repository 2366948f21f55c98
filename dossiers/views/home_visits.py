"""Officers' ways to people's homes: the day's list, the route on paper, planning one, saying what came of it (Thường Tín 5)."""
from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from dossiers import home_routes, policies
from dossiers.form_results import HandOverForm, RouteForm, VisitFailedForm, VisitPlanForm
from dossiers.models import HomeVisit
from dossiers.services import home_visits, results
from dossiers.states import ReturnMethod, State, VisitState
from dossiers.views.casework import found
from dossiers.views.results import OFFICE, proof_of
from onestop import clock
from onestop.access import role_required, take_refusal, tell_refusal
from onestop.people.shapes import Tab
from onestop.transitions import Refused

PER_PAGE = 25
MOST_ON_PAPER = 200


@role_required(*OFFICE)
@require_GET
def listing(request: HttpRequest) -> HttpResponse:
    """Who goes where on a day; and the results that nobody is on the way with."""
    waiting = request.GET.get("muc") == "cho"
    form, day, officer = route(request)
    plain = home_routes.unplanned(request.user)
    rows: Any = plain if waiting else home_routes.visits_of(request.user, day=day, officer=officer)
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    count = page.paginator.count if waiting else plain.count()
    tabs = [Tab(label=_("Theo ngày"), url="?muc=ngay", current=not waiting, count=None),
            Tab(label=_("Chưa giao việc"), url="?muc=cho", current=waiting, count=count)]
    context = {"page_obj": page, "tabs": tabs, "waiting": waiting, "form": form, "day": day, "officer": officer}
    return render(request, "dossiers/home_visits.html", context)


def route(request: HttpRequest) -> tuple[RouteForm, Any, Any]:
    """The filter with the day and officer it names."""
    officers = home_routes.officers_at(request.user.office_ids_as(*OFFICE))
    form = RouteForm(request.GET if "ngay" in request.GET else None, officers=officers, initial={"ngay": clock.today()})
    return form, *form.chosen()


@role_required(*OFFICE)
@require_GET
def paper(request: HttpRequest) -> HttpResponse:
    """The day's route on paper: addresses, telephone numbers, a place to sign."""
    _form, day, officer = route(request)
    visits = list(home_routes.visits_of(request.user, day=day, officer=officer).filter(state=VisitState.ASSIGNED)[:MOST_ON_PAPER])
    return render(request, "dossiers/home_route.html", {"visits": visits, "day": day, "officer": officer})


@role_required(*OFFICE)
@require_http_methods(["GET", "POST"])
def plan(request: HttpRequest, pk: int) -> HttpResponse:
    """Give the way to an officer for a day."""
    dossier = found(request.user, pk)
    ready = dossier.state == State.DECIDED and dossier.return_method == ReturnMethod.HOME
    if not ready or not policies.can_plan_visit(request.user, dossier):
        raise Http404
    visit = dossier.home_visits.filter(state=VisitState.ASSIGNED).first()
    initial = {"address": dossier.return_address, "planned_on": clock.today(), "officer": request.user.pk}
    if visit is not None:
        initial = {"address": visit.address, "planned_on": visit.planned_on, "officer": visit.officer_id}
    officers = home_routes.officers_at([dossier.received_office_id, dossier.competent_office_id])
    form = VisitPlanForm(request.POST or None, officers=officers, initial=initial)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                home_visits.assign(actor=request.user, dossier=dossier, **form.cleaned_data)
            except Refused as refusal:
                take_refusal(form, refusal)
                status = refusal.status
            else:
                messages.success(request, _("Đã giao việc và báo ngày giao cho công dân."))
                return redirect("dossiers:detail", pk)
    return render(request, "dossiers/home_visit_plan.html", {"dossier": dossier, "form": form, "visit": visit}, status=status)


def mine(request: HttpRequest, pk: int) -> HomeVisit:
    """A visit of this person's offices; 404 else."""
    visit = home_routes.one(request.user, pk)
    if visit is None:
        raise Http404
    return visit


@role_required(*OFFICE)
@require_http_methods(["GET", "POST"])
def deliver(request: HttpRequest, pk: int) -> HttpResponse:
    """At the door: who took the result, with a photo or a signature; or why nobody did."""
    visit = mine(request, pk)
    dossier = visit.dossier
    form = HandOverForm(request.POST or None, request.FILES or None, initial={"receiver": dossier.full_name, "phone": dossier.phone})
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                home_visits.deliver(actor=request.user, visit=visit, received=form.received(), proof=proof_of(form))
            except Refused as refusal:
                take_refusal(form, refusal)
                status = refusal.status
            else:
                messages.success(request, _("Đã ghi nhận trao kết quả tận nơi."))
                return redirect("dossiers:home_visits")
    context = {"dossier": dossier, "form": form, "results": results.live(dossier), "visit": visit, "failed": VisitFailedForm(),
               "open": visit.state == VisitState.ASSIGNED}
    return render(request, "dossiers/hand_over.html", context, status=status)


@role_required(*OFFICE)
@require_POST
def fail(request: HttpRequest, pk: int) -> HttpResponse:
    """Nobody took it: the reason, then another plan or back to the counter."""
    visit, form = mine(request, pk), VisitFailedForm(request.POST)
    try:
        reason = form.cleaned_data["reason"] if form.is_valid() else ""
        home_visits.fail(actor=request.user, visit=visit, reason=reason, back_to_counter="back_to_counter" in request.POST)
    except Refused as refusal:
        tell_refusal(request, refusal)
        return redirect("dossiers:home_visit", pk)
    messages.success(request, _("Đã ghi lý do và báo cho công dân."))
    return redirect("dossiers:detail", visit.dossier_id)


@role_required(*OFFICE)
@require_POST
def cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a plan back before anybody went."""
    visit = mine(request, pk)
    try:
        home_visits.cancel(actor=request.user, visit=visit, reason=request.POST.get("reason", ""))
    except Refused as refusal:
        tell_refusal(request, refusal)
    else:
        messages.success(request, _("Đã hủy lượt giao."))
    return redirect("dossiers:detail", visit.dossier_id)
