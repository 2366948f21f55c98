"""The declaring screen: one table for the week; a buổi opened or closed for booking; people above today's limits."""
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from bookings import policies, proposal, supply
from bookings.forms.supply import DeclareForm, StateForm
from bookings.models import Session
from bookings.proposal import Basis
from bookings.services import limits, sessions, strands
from bookings.states import OpenState
from bookings.views.supply import common
from onestop import clock
from onestop.access import role_required, take_refusal, tell_refusal
from onestop.offices.models import Office
from onestop.offices.policies import READERS
from onestop.people.navigation import address_of
from onestop.people.requests import StaffRequest
from onestop.people.words import clean
from onestop.transitions import Refused


@require_http_methods(["GET", "HEAD", "POST"])
@role_required(*READERS)
def declare(request: StaffRequest, office: str) -> HttpResponse:
    """A week's buổi with the weekly number, the day's own, officers, proposal, what is taken; saved all at once."""
    place, monday = common.office_or_404(request, office), common.monday_of(request.GET.get("tuan", ""))
    listed = supply.week(place, monday)
    filled = request.method != "POST" and request.GET.get("de_xuat") == "1"
    form = DeclareForm(common.data_of(request), listed=listed, initial=_proposed(listed) if filled else None)
    outcome = common.Outcome(status=422 if request.method == "POST" else 200)
    if request.method == "POST" and form.is_valid():
        outcome = common.attempt(request, form, lambda consent: limits.declare(
            actor=request.user, office=place, weekly=form.weekly(), days=form.days(), reason=form.cleaned_data.get("reason", ""),
            consent=consent))
        if outcome.saved is not None:
            return common.tell(request, outcome.saved, common.in_week("supply", place, monday))
    return render(request, "bookings/supply.html", {
        **_context(request, place, form, listed), **common.week_links("supply", place, monday), "filled": filled,
        "stranded": outcome.stranded}, status=outcome.status)


def _proposed(listed: list[supply.Buoi]) -> dict[str, int]:
    return {DeclareForm.day_name(item): item.proposal.dossiers for item in listed if item.proposal.basis is Basis.MEASURED}


def _context(request: StaffRequest, office: Office, form: DeclareForm, listed: list[supply.Buoi]) -> dict[str, Any]:
    over = strands.over(office=office, first=clock.today(), last=limits.last_day())
    return {
        "office": office, "form": form, "tabs": common.tabs("supply", office, request),
        "rows": [(item, *form.cells(item)) for item in listed],
        "may_declare": policies.can_set_limits_at(request.user, office), "pace": proposal.told_pace(supply.measured(office)),
        "over": common.listed(request, strands.Stranded(tuple(over))) if over else None, "closed": OpenState.CLOSED,
    }


@require_http_methods(["GET", "HEAD", "POST"])
@role_required(*READERS)
def session_state(request: StaffRequest, office: str, pk: int) -> HttpResponse:
    """Open or close one buổi for new bookings, with the reason; its history."""
    place = common.office_or_404(request, office)
    session = get_object_or_404(Session.objects.select_related("office"), pk=pk, office=place)
    if not policies.can_set_limits(request.user, session):
        raise PermissionDenied
    back = common.in_week("supply", place, common.monday_of(session.date.isoformat()))
    wanted = OpenState.OPEN if session.state == OpenState.CLOSED else OpenState.CLOSED
    form = StateForm(common.data_of(request), initial={"state": wanted})
    if request.method == "POST" and form.is_valid():
        try:
            sessions.set_state(actor=request.user, session=session, **form.cleaned_data)
        except Refused as refusal:
            take_refusal(form, refusal)
        else:
            closed = form.cleaned_data["state"] == OpenState.CLOSED
            messages.success(request, _("Đã đóng buổi này, không nhận thêm lịch hẹn.") if closed else _("Đã mở lại buổi này."))
            return redirect(back)
    return render(request, "bookings/supply_session.html", {
        "office": place, "session": session, "form": form, "back": back, "closing": wanted == OpenState.CLOSED,
        "events": session.events.select_related("actor").order_by("-at", "-pk")[:20]}, status=422 if form.errors else 200)


@require_POST
@role_required(*READERS)
def move_over(request: StaffRequest, office: str) -> HttpResponse:
    """Open a rebooking run for those whom a letter, a day off or a closed room has left above today's limits."""
    place = common.office_or_404(request, office)
    try:
        run = strands.move_over(actor=request.user, office=place, first=clock.today(), last=limits.last_day(),
                                reason=clean(request.POST.get("reason", ""))[:255])
    except Refused as refusal:
        tell_refusal(request, refusal)
        return redirect("bookings:supply", place.code)
    if run is None:
        messages.success(request, _("Không còn lịch hẹn nào vượt giới hạn."))
        return redirect("bookings:supply", place.code)
    messages.success(request, _("Đã mở đợt chuyển lịch."))
    return redirect(address_of("bookings:relocation", run.pk) or address_of("bookings:supply", place.code))
