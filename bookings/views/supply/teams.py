"""Teams that take turns at the counter (letter Cần Thơ 1b): who is in which, and a rotation over a span."""
from datetime import date, timedelta
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from bookings import supply
from bookings.forms.duty import RotateForm, TeamForm
from bookings.forms.supply import ReasonForm
from bookings.services import limits
from bookings.services.strands import Saved
from bookings.views.supply import common
from bookings.views.supply.duty import officers_between
from onestop import clock
from onestop.access import role_required, take_refusal
from onestop.offices import policies
from onestop.offices.models import DutyGroup, Office
from onestop.offices.services import remove_team, save_team
from onestop.offices.services.teams import LONGEST_SPAN
from onestop.people.requests import StaffRequest
from onestop.transitions import Refused


@require_http_methods(["GET", "HEAD", "POST"])
@role_required(*policies.READERS)
def teams(request: StaffRequest, office: str) -> HttpResponse:
    """The office's teams, each with its form, and the form that puts them on the roster in turn."""
    place = common.office_or_404(request, office)
    groups = _teams(place)
    form = RotateForm(common.data_of(request), teams=groups, initial=_next_weeks())
    outcome = common.Outcome(status=422 if request.method == "POST" else 200)
    if request.method == "POST" and form.is_valid():
        outcome = common.attempt(request, form, lambda consent: _rotate(request, place, form, consent))
        if outcome.saved is not None:
            return common.tell(request, outcome.saved, common.in_week("duty", place, common.monday_of(str(form.cleaned_data["first"]))))
    return _page(request, place, groups, form, outcome)


def _rotate(request: StaffRequest, office: Office, form: RotateForm, consent: limits.Consent) -> Saved:
    wanted = form.rotation()
    near = timedelta() <= wanted.last - wanted.first <= LONGEST_SPAN
    parts = supply.parts_of(office, wanted.first, wanted.last) if near else {}
    return limits.rotate(actor=request.user, office=office, wanted=wanted, parts=parts, consent=consent)


def _page(request: StaffRequest, office: Office, groups: list[DutyGroup], form: RotateForm, outcome: common.Outcome,
          team_form: TeamForm | None = None) -> HttpResponse:
    officers = officers_between(office, clock.today(), clock.today() + LONGEST_SPAN)
    edited = team_form.prefix if team_form is not None else None
    forms: list[tuple[DutyGroup | None, TeamForm]] = []
    for group in [*groups, None]:
        prefix = _prefix(group)
        forms.append((group, team_form if team_form is not None and prefix == edited else TeamForm(
            officers=officers, prefix=prefix, initial=_initial(group))))
    return render(request, "bookings/supply_teams.html", {
        "office": office, "tabs": common.tabs("teams", office, request), "teams": groups, "form": form, "team_forms": forms,
        "stranded": outcome.stranded, "reason": ReasonForm(common.data_of(request) if team_form is None else None),
        "may_set": policies.can_set_duty(request.user, office)}, status=outcome.status)


def _teams(office: Office) -> list[DutyGroup]:
    return list(office.duty_groups.prefetch_related("members"))


def _prefix(group: DutyGroup | None) -> str:
    return f"to{group.pk}" if group is not None else "moi"


def _initial(group: DutyGroup | None) -> dict[str, Any]:
    return {"name": group.name, "members": [user.pk for user in group.members.all()]} if group is not None else {}


def _next_weeks() -> dict[str, date]:
    monday = clock.today() + timedelta(days=7 - clock.today().weekday())
    return {"first": monday, "last": monday + timedelta(days=27)}


@require_POST
@role_required(*policies.READERS)
def save(request: StaffRequest, office: str) -> HttpResponse:
    """Make a team, or change its name and members."""
    place = common.office_or_404(request, office)
    if not policies.can_set_duty(request.user, place):
        raise PermissionDenied
    key = request.POST.get("to", "")
    team = get_object_or_404(DutyGroup, pk=int(key), office=place) if key.isdecimal() and len(key) < 10 else None
    form = TeamForm(request.POST, officers=officers_between(place, clock.today(), clock.today() + LONGEST_SPAN), prefix=_prefix(team))
    if form.is_valid():
        try:
            saved = save_team(actor=request.user, office=place, team=team, name=form.cleaned_data["name"],
                              members=[user.pk for user in form.cleaned_data["members"]])
        except Refused as refusal:
            take_refusal(form, refusal)
        else:
            messages.success(request, _("Đã lưu %(team)s.") % {"team": saved.name})
            return redirect("bookings:teams", place.code)
    groups = _teams(place)
    return _page(request, place, groups, RotateForm(teams=groups, initial=_next_weeks()), common.Outcome(status=422), form)


@require_POST
@role_required(*policies.READERS)
def remove(request: StaffRequest, office: str, pk: int) -> HttpResponse:
    """Dissolve a team; what is on the roster stays."""
    place = common.office_or_404(request, office)
    team = get_object_or_404(DutyGroup, pk=pk, office=place)
    remove_team(actor=request.user, office=place, team=team)
    messages.success(request, _("Đã xóa %(team)s. Lịch phân công đã xếp vẫn giữ nguyên.") % {"team": team.name})
    return redirect("bookings:teams", place.code)
