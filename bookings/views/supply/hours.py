"""Opening hours with the weekly numbers; rooms with their caps and kept places."""
from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from bookings.forms.supply import OfficeForm, ReasonForm, RoomForm, hours_forms
from bookings.services import limits
from bookings.views.supply import common
from onestop.access import role_required
from onestop.offices import policies
from onestop.people.requests import StaffRequest
from onestop.people.shown import WEEKDAYS


@require_http_methods(["GET", "HEAD", "POST"])
@role_required(*policies.READERS)
def hours(request: StaffRequest, office: str) -> HttpResponse:
    """Change the hours of the week and the most dossiers declared for each buổi."""
    place = common.office_or_404(request, office)
    if not policies.can_declare_maximum(request.user, place):
        raise PermissionDenied
    everything = request.GET.get("day_du") == "1"
    rows = hours_forms(place, common.data_of(request), everything=everything)
    reason = ReasonForm(common.data_of(request))
    outcome = common.Outcome()
    if request.method == "POST":
        if _all_valid([*rows, reason]):
            outcome = common.attempt(request, reason, lambda consent: limits.change_hours(
                actor=request.user, office=place, rows=[form.row() for form in rows], consent=consent))
            if outcome.saved is not None:
                return common.tell(request, outcome.saved, reverse("bookings:hours", args=[place.code]))
        else:
            reason.add_error(None, _("Có ô chưa hợp lệ, vui lòng xem lại các ô được đánh dấu. Chưa có thay đổi nào được lưu."))
            outcome = common.Outcome(status=422)
    return render(request, "bookings/supply_hours.html", {
        "office": place, "tabs": common.tabs("hours", place, request), "rows": [(WEEKDAYS[form.weekday], form) for form in rows],
        "everything": everything, "reason": reason, "stranded": outcome.stranded}, status=outcome.status)


@require_http_methods(["GET", "HEAD", "POST"])
@role_required(*policies.READERS)
def rooms(request: StaffRequest, office: str) -> HttpResponse:
    """Change room caps, the places kept at one time, and the fewest officers at the counters."""
    place = common.office_or_404(request, office)
    if not policies.can_set_rooms(request.user, place):
        raise PermissionDenied
    data = common.data_of(request)
    rows = [RoomForm(data, room=room) for room in place.rooms.all()]
    fewest, reason = OfficeForm(data, initial={"fewest_at_counter": place.fewest_at_counter}), ReasonForm(data)
    outcome = common.Outcome(status=422 if request.method == "POST" else 200)
    if request.method == "POST" and _all_valid([*rows, fewest, reason]):
        outcome = common.attempt(request, reason, lambda consent: limits.change_rooms(
            actor=request.user, office=place, rows=[form.row() for form in rows], consent=consent, **fewest.cleaned_data))
        if outcome.saved is not None:
            return common.tell(request, outcome.saved, reverse("bookings:rooms", args=[place.code]))
    return render(request, "bookings/supply_rooms.html", {
        "office": place, "tabs": common.tabs("rooms", place, request), "rows": rows, "fewest": fewest, "reason": reason,
        "stranded": outcome.stranded}, status=outcome.status)


def _all_valid(asked: list[forms.Form]) -> bool:
    """Each one is looked at, so that every field shows its error."""
    valid = [form.is_valid() for form in asked]
    return all(valid)
