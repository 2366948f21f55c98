"""The duty roster of a week: see it, change it, copy it to the next ones."""
from datetime import date, timedelta
from typing import Any

from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from bookings import supply
from bookings.forms.duty import CopyForm, DutyForm, places_of, value_of
from bookings.forms.supply import ReasonForm
from bookings.services import limits
from bookings.views.supply import common
from onestop.access import role_required, tell_refusal
from onestop.offices import policies
from onestop.offices.models import Counter, DutyShift, Office, Room
from onestop.offices.states import RoomKind
from onestop.people.models import Assignment, User
from onestop.people.requests import StaffRequest
from onestop.transitions import Refused


@require_http_methods(["GET", "HEAD", "POST"])
@role_required(*policies.READERS)
def duty(request: StaffRequest, office: str) -> HttpResponse:
    """One week of an office's roster; who may change it sends it back changed."""
    place, monday = common.office_or_404(request, office), common.monday_of(request.GET.get("tuan", ""))
    parts = {day: names for day, names in supply.parts_of(place, monday, monday + timedelta(days=6)).items() if names or day.weekday() < 5}
    form, outcome = _form(request, place, monday, parts), common.Outcome(status=422 if request.method == "POST" else 200)
    if request.method == "POST" and form.is_valid():
        outcome = common.attempt(request, form, lambda consent: limits.change_duty(
            actor=request.user, office=place, entries=form.entries(), consent=consent))
        if outcome.saved is not None:
            return common.tell(request, outcome.saved, common.in_week("duty", place, monday))
    return render(request, "bookings/supply_duty.html", {
        **_context(request, place, form, parts), **common.week_links("duty", place, monday), "stranded": outcome.stranded,
        "reason": ReasonForm(common.data_of(request)), "copy": CopyForm(initial={"weeks": 1}), "address": "",
    }, status=outcome.status)


def _context(request: StaffRequest, office: Office, form: DutyForm, parts: dict[date, list[str]]) -> dict[str, Any]:
    staffing = supply.staffing(office, parts)
    return {"office": office, "form": form, "tabs": common.tabs("duty", office, request), "days": list(staffing.items()),
            "short": sum(item.short > 0 for items in staffing.values() for item in items),
            "may_set": policies.can_set_duty(request.user, office)}


def _form(request: StaffRequest, office: Office, monday: date, parts: dict[date, list[str]]) -> DutyForm:
    sunday = monday + timedelta(days=6)
    rooms = list(Room.objects.filter(office=office, kind=RoomKind.SERVICE))
    counters = list(Counter.objects.filter(room__in=rooms))
    rows = DutyShift.objects.filter(office=office, date__range=(monday, sunday))
    values = {(row.user_id, row.date, row.part): value_of(row, rooms) for row in rows}
    return DutyForm(common.data_of(request), officers=officers_between(office, monday, sunday), days=parts,
                    choices=places_of(rooms, counters), values=values)


def officers_between(office: Office, first: date, last: date) -> list[User]:
    """Who has a role in some of these days that can be put on the roster."""
    held = Assignment.objects.filter(office=office, role__in=policies.ROSTERED, starts_on__lte=last)
    held = held.filter(Q(ends_on__isnull=True) | Q(ends_on__gte=first))
    return list(User.objects.filter(pk__in=held.values("user")).order_by("full_name", "pk"))


@require_POST
@role_required(*policies.READERS)
def duty_copy(request: StaffRequest, office: str) -> HttpResponse:
    """Copy a week's places to the next weeks; whom that strands is shown on a page of its own."""
    place, monday = common.office_or_404(request, office), common.monday_of(request.POST.get("tuan", ""))
    form = CopyForm({"weeks": request.POST.get("weeks", "1")})
    if not form.is_valid():
        return redirect(common.in_week("duty", place, monday))
    weeks = form.cleaned_data["weeks"]
    outcome = common.attempt(request, form, lambda consent: limits.copy_week(
        actor=request.user, office=place, monday=monday, weeks=weeks, consent=consent))
    if outcome.saved is not None:
        return common.tell(request, outcome.saved, common.in_week("duty", place, monday + supply.WEEK))
    if outcome.stranded is None:
        tell_refusal(request, Refused("copy", " ".join(str(sentence) for sentence in form.non_field_errors())))
        return redirect(common.in_week("duty", place, monday))
    return render(request, "bookings/supply_confirm.html", {
        "office": place, "stranded": outcome.stranded, "reason": ReasonForm(request.POST),
        "kept": [("tuan", monday.isoformat()), ("weeks", weeks)], "back": common.in_week("duty", place, monday)}, status=outcome.status)
