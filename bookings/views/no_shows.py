"""How often nobody came, for those who answer for an office: by channel and by procedure, over a period."""
from __future__ import annotations

from datetime import timedelta

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from bookings import reports
from bookings.forms.door import PeriodForm
from onestop import clock
from onestop.access import role_required
from onestop.people.requests import StaffRequest
from onestop.people.states import Role

USUAL_DAYS = 30
PER_PAGE = 30


@role_required(Role.LEADER, Role.ADMINISTRATOR)
@require_GET
def no_shows(request: StaffRequest) -> HttpResponse:
    """The last USUAL_DAYS days, or the period asked for; a period upside down is turned round."""
    today = clock.today()
    usual = {"tu": (today - timedelta(days=USUAL_DAYS)).isoformat(), "den": today.isoformat()}
    form = PeriodForm(usual | {name: value for name, value in request.GET.dict().items() if value})
    form.is_valid()
    ends = sorted([form.cleaned_data.get("tu") or today - timedelta(days=USUAL_DAYS), form.cleaned_data.get("den") or today])
    rows = reports.decided(request.user, ends[0], ends[1])
    page = Paginator(reports.by_procedure(rows), PER_PAGE).get_page(request.GET.get("page"))
    channels = reports.by_channel(rows)
    taken, turned_away = reports.walk_ins(request.user, ends[0], ends[1])
    return render(request, "bookings/no_shows.html", {
        "form": form, "first": ends[0], "last": ends[1], "page_obj": page, "procedures": [reports.rate_of(row) for row in page],
        "channels": channels, "all": reports.total(channels, _("Tất cả")), "taken": taken, "turned_away": turned_away})
