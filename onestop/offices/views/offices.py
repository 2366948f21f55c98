"""Offices: the list, one office, its hours and declared maximum."""
from datetime import timedelta

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from onestop import clock
from onestop.access import role_required
from onestop.offices import policies, queries
from onestop.offices.forms import HoursForm, SearchForm, hours_forms
from onestop.offices.models import DutyShift, Office
from onestop.offices.services import set_hours
from onestop.offices.states import IN_THE_ROOM
from onestop.offices.views.common import office_or_404, page_of, sections
from onestop.people.shown import WEEKDAYS
from onestop.people.words import fold
from onestop.transitions import Refused


@require_safe
@role_required(*policies.READERS)
def office_list(request: HttpRequest) -> HttpResponse:
    """The offices this person works for, searched by name or address."""
    form = SearchForm(request.GET)
    rows = Office.objects.visible_to(request.user).select_related("area", "province")
    if form.is_valid():
        if form.cleaned_data["q"]:
            rows = rows.filter(search_name__contains=fold(form.cleaned_data["q"]))
        if form.cleaned_data["level"]:
            rows = rows.filter(level=form.cleaned_data["level"])
    page = page_of(request, rows)
    closed = queries.closures_on(offices=page.object_list, on=clock.today())
    offices = [(office, closed.get(office.pk), office.valid_to is not None and office.valid_to < clock.today())
               for office in page.object_list]
    return render(request, "offices/list.html", {"form": form, "page": page, "offices": offices, "sections": sections("list")})


@require_safe
@role_required(*policies.READERS)
def office_detail(request: HttpRequest, code: str) -> HttpResponse:
    """One office: identifiers, rooms, hours with the declared maximum, who is on duty, closures, last changes."""
    office, today = office_or_404(request, code), clock.today()
    duty = DutyShift.objects.filter(office=office, date=today).select_related("user", "room").order_by("part", "place", "pk")
    monday = today - timedelta(days=today.weekday())
    return render(request, "offices/detail.html", {
        "office": office, "today": today, "monday": monday, "duty": duty, "in_the_room": IN_THE_ROOM,
        "rooms": office.rooms.prefetch_related("counters"),
        "hours": [(WEEKDAYS[row.weekday], row) for row in office.opening_hours.all()],
        "closures": [item for item in office.closures.select_related("room") if item.ends_on is None or item.ends_on >= today],
        "events": office.events.select_related("actor").order_by("-at", "-pk")[:10],
        "may_declare": policies.can_declare_maximum(request.user, office),
        "may_set_duty": policies.can_set_duty(request.user, office),
        "may_close": policies.can_close_office(request.user, office),
        "sections": sections("list"),
    })


@require_http_methods(["GET", "HEAD", "POST"])
@role_required(*policies.READERS)
def office_hours(request: HttpRequest, code: str) -> HttpResponse:
    """Change the hours of the week and the most dossiers declared for each buổi."""
    office = office_or_404(request, code)
    if not policies.can_declare_maximum(request.user, office):
        raise PermissionDenied
    everything = request.GET.get("day_du") == "1"
    forms = hours_forms(office, request.POST if request.method == "POST" else None, everything=everything)
    problem, status = "", 200
    if request.method == "POST":
        problem = _save_hours(request, office, forms)
        if not problem:
            return redirect("offices:detail", code=office.code)
        status = 422
    rows = [(WEEKDAYS[form.weekday], form) for form in forms]
    return render(request, "offices/hours.html", {"office": office, "rows": rows, "problem": problem, "everything": everything,
                                                  "sections": sections("list")}, status=status)


def _save_hours(request: HttpRequest, office: Office, forms: list[HoursForm]) -> str:
    """Save and say so; the sentence of what is wrong otherwise."""
    valid = [form.is_valid() for form in forms]  # each one, so that every field shows its error
    if not all(valid):
        return _("Có ô chưa hợp lệ, vui lòng xem lại các ô được đánh dấu. Chưa có thay đổi nào được lưu.")
    try:
        changed = set_hours(actor=request.user, office=office, rows=[form.row() for form in forms])
    except Refused as refusal:
        return str(refusal.sentence)
    messages.success(request, ngettext("Đã lưu %(count)s thay đổi về giờ làm việc.", "Đã lưu %(count)s thay đổi về giờ làm việc.", changed)
                     % {"count": changed})
    return ""
