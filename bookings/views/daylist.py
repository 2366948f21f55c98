"""The day of one office as a list to print, on a page and as PDF, for when the line is down."""
from __future__ import annotations

from datetime import date, timedelta

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_GET

from bookings import daylists, policies, printing
from bookings.forms.citizen import DayForm
from onestop import clock
from onestop.access import role_required
from onestop.offices.models import Office
from onestop.people.models import User
from onestop.people.requests import StaffRequest
from onestop.people.states import Role
from onestop.people.words import mask_phone

OF_THE_OFFICE = (Role.DESK, Role.LEADER, Role.GUARD)


def own_office(user: User, code: str) -> Office:
    """The office by its code, if this person receives people there; 404 else."""
    office = get_object_or_404(Office.objects.select_related("area", "province"), code=code)
    if office.pk not in user.office_ids_as(*OF_THE_OFFICE):
        raise Http404
    return office


def day_asked(request: StaffRequest) -> date:
    """The day of the address; today for none or one that can't be read."""
    form = DayForm({"ngay": request.GET.get("ngay", ""), "q": ""})
    form.is_valid()
    return form.cleaned_data.get("ngay") or clock.today()


def at(name: str, office: Office, on: date) -> str:
    """The address of one of the day's pages."""
    return f"{reverse(f'bookings:{name}', args=[office.code])}?ngay={on.isoformat()}"


@role_required(*OF_THE_OFFICE)
@require_GET
def day_list(request: StaffRequest, office: str) -> HttpResponse:
    """Everybody of the day by buổi, with columns to write the times in."""
    place, on = own_office(request.user, office), day_asked(request)
    groups = daylists.groups(place, on)
    for group in groups:
        for row in group.rows:
            row.masked, row.procedure_name = mask_phone(row.phone), daylists.procedure_name(row)
    return render(request, "bookings/day_list.html", {
        "office": place, "on": on, "groups": groups, "printed_at": clock.now(), "form": DayForm({"ngay": on.isoformat()}),
        "count": sum(len(group.rows) for group in groups), "dossiers": sum(group.dossiers for group in groups),
        "people": sum(group.people for group in groups), "blank": range(daylists.BLANK_LINES), "pdf": at("day_list_pdf", place, on),
        "before": at("day_list", place, on - timedelta(days=1)), "after": at("day_list", place, on + timedelta(days=1)),
        "reconcile": at("reconcile", place, on) if policies.can_reconcile(request.user, place.pk) and on <= clock.today() else "",
    })


@role_required(*OF_THE_OFFICE)
@require_GET
def day_list_pdf(request: StaffRequest, office: str) -> HttpResponse:
    """The same as PDF, A4 across."""
    place, on, now = own_office(request.user, office), day_asked(request), clock.now()
    body = printing.day_list(daylists.facts(place, on, printed_by=request.user, printed_at=now), printed_at=now)
    answer = HttpResponse(body, content_type="application/pdf")
    answer["Content-Disposition"] = f'inline; filename="lich-hen-{place.code}-{on.isoformat()}.pdf"'
    answer["Cache-Control"] = "no-store"
    return answer
