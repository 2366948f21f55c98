"""Crowds before they form: the list of warnings, an office's forecast, and planning in two clicks (letter Cà Mau 2)."""
from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from bookings import crowds, forecast
from bookings.forms.surge import DesksForm, ExtraForm, SettleForm
from bookings.models import CrowdWarning
from bookings.services import surge
from bookings.states import WarningState
from onestop import clock
from onestop.access import role_required, take_refusal, tell_refusal
from onestop.people import shown
from onestop.people.requests import StaffRequest
from onestop.people.shapes import Tab
from onestop.people.states import Role
from onestop.transitions import Refused

PLANNERS = (Role.LEADER, Role.ADMINISTRATOR)
PAGE_SIZE = 20


@role_required(*PLANNERS)
@require_GET
def warnings(request: StaffRequest) -> HttpResponse:
    """Warnings at the offices one leads or administers: what is still to be done, or all of the days ahead."""
    everything = request.GET.get("xem") == "tat-ca"
    rows = CrowdWarning.objects.visible_to(request.user).filter(date__gte=clock.today()).select_related("office", "handled_by")
    waiting = rows.filter(state=WarningState.OPEN)
    page = Paginator(rows if everything else waiting, PAGE_SIZE).get_page(request.GET.get("page"))
    row: Any
    for row in page:
        row.sentences, row.short = explained(row), crowds.short_of(row)
    here = reverse("bookings:surge")
    offices = Paginator(crowds.offices_of(request.user), 50).get_page(request.GET.get("don-vi"))
    return render(request, "bookings/surge.html", {
        "page_obj": page, "offices": offices, "everything": everything, "days": settings.CROWD_DAYS_AHEAD,
        "views": [Tab(_("Cần xử lý"), here, not everything, waiting.count()), Tab(_("Tất cả"), f"{here}?xem=tat-ca", everything)]})


def explained(row: CrowdWarning) -> list[str]:
    """The sum behind a warning, in the reader's language."""
    return forecast.explained(forecast.read_signs(row.figures), percent=settings.CROWD_WARNING_PERCENT)


@role_required(*PLANNERS)
@require_GET
def office(request: StaffRequest, office: str) -> HttpResponse:
    """The forecast of every buổi of the days ahead, with its sum."""
    place = get_object_or_404(crowds.offices_of(request.user), code=office)
    today = clock.today()
    known = {(row.date, row.part): row for row in CrowdWarning.objects.filter(office=place, date__gte=today)}
    rows = crowds.expected(place, first=today, last=today + timedelta(days=settings.CROWD_DAYS_AHEAD))
    return render(request, "bookings/surge_office.html", {
        "office": place, "rows": [(row, known.get(row.key)) for row in rows], "days": settings.CROWD_DAYS_AHEAD})


@role_required(*PLANNERS)
@require_GET
def plan(request: StaffRequest, pk: int) -> HttpResponse:
    """One warning and what can be done about it, filled in."""
    return show(request, own_warning(request, pk))


def own_warning(request: StaffRequest, pk: int) -> CrowdWarning:
    """The warning, for those who plan there; 404 else."""
    return get_object_or_404(CrowdWarning.objects.visible_to(request.user).select_related("office", "handled_by"), pk=pk)


def show(request: StaffRequest, row: CrowdWarning, *, status: int = 200, **typed: Form) -> HttpResponse:
    """The page with its forms; `typed` are those that came back with faults."""
    short = crowds.short_of(row)
    forms: dict[str, Any] = {
        "evening": ExtraForm.evening(row, short), "saturday": ExtraForm.saturday(row, short, clock.today()),
        "desks": DesksForm(officers=crowds.could_come(row, wanted=crowds.desks_wanted(row)), warning=row, short=short),
        "settle": SettleForm()}
    monday = row.date - timedelta(days=row.date.weekday())
    return render(request, "bookings/surge_plan.html", {
        "row": row, "short": short, "sentences": explained(row), "nearby": crowds.nearby(row), "forms": forms | typed,
        "faulty": list(typed.values()), "over": row.state == WarningState.PASSED or row.date < clock.today(),
        "roster": f"{reverse('bookings:duty', args=[row.office.code])}?tuan={monday.isoformat()}"}, status=status)


def do(request: StaffRequest, row: CrowdWarning, name: str, form: Any, act: Callable[[dict[str, Any]], str]) -> HttpResponse:
    """Do what a form asks for and go back to the warning; faults and refusals stay in the form."""
    if form.is_valid():
        try:
            messages.success(request, act(form.cleaned_data))
            return redirect("bookings:surge_plan", row.pk)
        except Refused as refusal:
            take_refusal(form, refusal)
            return show(request, row, status=refusal.status, **{name: form})
    return show(request, row, status=422, **{name: form})


@role_required(*PLANNERS)
@require_POST
def extra(request: StaffRequest, pk: int, which: str) -> HttpResponse:
    """Hold one more buổi: the evening, or the Saturday."""
    row = own_warning(request, pk)
    saturday = which == "thu-bay"
    form = ExtraForm.saturday(row, 1, clock.today(), request.POST) if saturday else ExtraForm.evening(row, 1, request.POST)

    def act(given: dict[str, Any]) -> str:
        made = surge.extra_session(actor=request.user, warning=row, **given)
        return _("Đã thêm %(part)s ngày %(day)s, nhận %(dossiers)s hồ sơ.") % {
            "part": made.get_part_display().lower(), "day": shown.day(made.date), "dossiers": made.capacity}

    return do(request, row, "saturday" if saturday else "evening", form, act)


@role_required(*PLANNERS)
@require_POST
def desks(request: StaffRequest, pk: int) -> HttpResponse:
    """Officers to the counters in that buổi."""
    row = own_warning(request, pk)
    form = DesksForm(request.POST, officers=crowds.could_come(row, wanted=0, there_too=True), warning=row, short=1)

    def act(given: dict[str, Any]) -> str:
        changed = surge.more_desks(actor=request.user, warning=row, **given)
        if not changed:
            return _("Cán bộ đã ở quầy từ trước, không có gì thay đổi.")
        return _("Đã phân công thêm %(officers)s cán bộ tại quầy.") % {"officers": changed}

    return do(request, row, "desks", form, act)


@role_required(*PLANNERS)
@require_POST
def offer(request: StaffRequest, pk: int) -> HttpResponse:
    """Offer what is free to the people on the waiting list."""
    row = own_warning(request, pk)
    try:
        offered = surge.offer_overflow(actor=request.user, warning=row)
    except Refused as refusal:
        tell_refusal(request, refusal)
    else:
        messages.info(request, _("Đã gửi %(count)s lời mời đến người trong danh sách chờ.") % {"count": offered} if offered else
                      _("Hiện không có chỗ trống phù hợp hoặc không có ai trong danh sách chờ."))
    return redirect("bookings:surge_plan", row.pk)


@role_required(*PLANNERS)
@require_POST
def settle(request: StaffRequest, pk: int) -> HttpResponse:
    """Note what was done in another way."""
    row = own_warning(request, pk)

    def act(given: dict[str, Any]) -> str:
        surge.settle(actor=request.user, warning=row, how=given["how"])
        return _("Đã ghi nhận việc đã làm.")

    return do(request, row, "settle", SettleForm(request.POST), act)
