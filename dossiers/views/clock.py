"""Pages about the clock: counts of on time and late, apologies that wait for a signature, a calendar's preview and its run."""
from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Prefetch
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from dossiers import lateness
from dossiers.form_clock import BasisForm, PeriodForm
from dossiers.models import CalendarShift, Dossier, DossierEvent, Extension, ExtensionItem
from dossiers.services import calendar_shift, signing
from dossiers.states import ExtensionState, Instrument
from onestop import clock
from onestop.access import role_required, take_refusal, tell_refusal
from onestop.offices.models import Office, WorkCalendar
from onestop.offices.services import approve_calendar
from onestop.offices.states import CalendarState
from onestop.people.requests import StaffRequest
from onestop.people.states import Role
from onestop.transitions import Refused

LEADING = (Role.LEADER, Role.ADMINISTRATOR, Role.MONITOR)
PERIOD = timedelta(days=90)
FIRST = 10  # dossiers of a request that are shown where it is signed


@role_required(*LEADING)
@require_GET
def counts(request: StaffRequest) -> HttpResponse:
    """How many were before, on and after their date, by office and period of receipt, procedure by procedure (rules.md 5.4)."""
    offices = list(Office.objects.filter(pk__in=seen_offices(request)).values_list("code", "name"))
    today = clock.today()
    form = PeriodForm({"tu": today - PERIOD, "den": today, **request.GET.dict()}, offices=offices)
    found = Dossier.objects.none()
    if form.is_valid():
        found = chosen(request, form.cleaned_data, form.cleaned_data["tu"] or today - PERIOD, form.cleaned_data["den"] or today)
    page = Paginator(lateness.by_procedure(found, "n_"), 25).get_page(request.GET.get("page"))
    context = {"form": form, "page_obj": page, "total": lateness.counts(found)}
    return render(request, "dossiers/counts.html", context, status=422 if form.errors else 200)


def seen_offices(request: StaffRequest) -> list[int]:
    """The offices whose figures this person may see: the own ones, as administrator or monitor the province's."""
    provinces = request.user.provinces_as(Role.ADMINISTRATOR, Role.MONITOR)
    of_provinces = Office.objects.filter(province_id__in=provinces).values_list("pk", flat=True)
    return [*request.user.office_ids_as(Role.LEADER), *of_provinces]


def chosen(request: StaffRequest, typed: dict[str, Any], first: date, last: date) -> Any:
    """The dossiers received in a period, both days included, at the chosen office or all that are seen."""
    rows = Dossier.objects.filter(received_office__in=seen_offices(request), received_at__gte=clock.at(first),
                                  received_at__lt=clock.at(last + timedelta(days=1)))
    return rows.filter(received_office__code=typed["don_vi"]) if typed["don_vi"] else rows


@role_required(Role.LEADER)
@require_GET
def to_sign(request: StaffRequest) -> HttpResponse:
    """Apologies that wait for the signature of the head of the office, the oldest first."""
    waiting = Extension.objects.filter(instrument=Instrument.APOLOGY, state=ExtensionState.REQUESTED, signed_at__isnull=True,
                                       office_id__in=request.user.office_ids_as(Role.LEADER))
    first = ExtensionItem.objects.select_related("dossier__procedure").order_by("pk")[:FIRST]
    rows = waiting.select_related("office", "requested_by").prefetch_related(Prefetch("items", first, "first")).annotate(
        more=Count("items") - FIRST).order_by("pk")
    return render(request, "dossiers/to_sign.html", {"page_obj": Paginator(rows, 10).get_page(request.GET.get("page"))})


@role_required(Role.LEADER)
@require_POST
def sign(request: StaffRequest, pk: int) -> HttpResponse:
    """The head signs; what the head did not ask for is carried out with it."""
    asked = get_object_or_404(Extension.objects.visible_to(request.user), pk=pk)
    try:
        done = signing.sign(actor=request.user, extension=asked, via="web")
    except Refused as refusal:
        tell_refusal(request, refusal)
        return redirect("dossiers:to_sign")
    if done.state == ExtensionState.REQUESTED:
        messages.success(request, _("Đã ký. Đề nghị do bạn lập nên cần người khác phê duyệt."))
    else:
        messages.success(request, _("Đã ký và thực hiện. Công dân được báo lời xin lỗi và ngày trả kết quả mới."))
    return redirect("dossiers:to_sign")


@role_required(Role.ADMINISTRATOR)
@require_http_methods(["GET", "POST"])
def calendar_preview(request: StaffRequest, pk: int) -> HttpResponse:
    """What approving a draft of a year would move, and the approval itself."""
    draft = get_object_or_404(WorkCalendar, pk=pk)
    form = BasisForm(request.POST if request.method == "POST" else None)
    if draft.state != CalendarState.DRAFT:
        return redirect_to_run(draft)
    if request.method == "POST" and form.is_valid():
        try:
            approved = approve_calendar(actor=request.user, calendar=draft, basis=form.cleaned_data["basis"])
            calendar_shift.start(calendar=approved, actor=request.user)
            messages.success(request, _("Đã phê duyệt lịch làm việc năm %(year)s.") % {"year": approved.year})
            return redirect_to_run(approved)
        except Refused as refusal:
            take_refusal(form, refusal)
    context = {"draft": draft, "form": form, "found": calendar_shift.preview(draft, request.user), "most": calendar_shift.PREVIEW_MOST,
               "shown": calendar_shift.SHOWN}
    return render(request, "dossiers/calendar_preview.html", context, status=422 if form.errors else 200)


def redirect_to_run(calendar: WorkCalendar) -> HttpResponse:
    """The page of the run that an approved version has started; the year's page where there is none."""
    shift = CalendarShift.objects.filter(calendar=calendar).first()
    return redirect("dossiers:calendar_shift", shift.pk) if shift else redirect("offices:calendar", calendar.year)


@role_required(Role.ADMINISTRATOR)
@require_GET
def shift(request: StaffRequest, pk: int) -> HttpResponse:
    """How far a run is, and what it moved."""
    found = CalendarShift.objects.select_related("calendar", "started_by").filter(pk=pk).first()
    if found is None:
        raise Http404
    events = DossierEvent.objects.filter(verb="calendar", at__gte=found.started_at, data__calendar=found.calendar_id,
                                         subject__in=Dossier.objects.visible_to(request.user)).select_related("subject").order_by("-pk")
    page = Paginator(events, 25).get_page(request.GET.get("page"))
    rows = [(event.subject, date.fromisoformat(event.data["from"][:10]), date.fromisoformat(event.data["to"][:10])) for event in page]
    return render(request, "dossiers/calendar_shift.html", {"shift": found, "page_obj": page, "rows": rows})

