"""Offices: the list, one office with its hours and declared maximum."""
from datetime import timedelta

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from onestop import clock
from onestop.access import role_required
from onestop.offices import policies, queries
from onestop.offices.forms import SearchForm
from onestop.offices.models import DutyShift, Office
from onestop.offices.states import IN_THE_ROOM
from onestop.offices.views.common import office_or_404, page_of, sections
from onestop.people.navigation import address_of
from onestop.people.shown import WEEKDAYS
from onestop.people.words import fold


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


@require_safe
@role_required(*policies.READERS)
def moved(request: HttpRequest, code: str, page: str) -> HttpResponse:
    """Hours and the roster set the places of bookings, so their pages are there; old addresses lead to them."""
    address = address_of(page, office_or_404(request, code).code)
    if not address:
        raise Http404
    asked = request.META.get("QUERY_STRING", "")
    return redirect(f"{address}?{asked}" if asked else address)
