"""The work calendar of a year: twelve months, special days, changes of a draft, approval."""
from datetime import date
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from onestop import clock
from onestop.access import role_required, take_refusal, tell_refusal
from onestop.offices import calendars, policies
from onestop.offices.forms import ApproveForm, DayForm
from onestop.offices.models import CalendarDay, WorkCalendar
from onestop.offices.services import approve_calendar, change_day, propose_calendar, redraft_calendar
from onestop.offices.services.calendars import FIRST_YEAR, LAST_YEAR
from onestop.offices.states import CalendarState, DayKind
from onestop.offices.views.common import sections
from onestop.people.shapes import DayCell, Tab, weeks
from onestop.people.states import Role
from onestop.transitions import Refused

CELL_STATES = {DayKind.WORKING: "free", DayKind.OFF: "closed", DayKind.HALF_MORNING: "few", DayKind.HALF_AFTERNOON: "few"}


@require_safe
@role_required(*policies.READERS)
def this_year(request: HttpRequest) -> HttpResponse:
    """The calendar of the present year."""
    return redirect("offices:calendar", year=clock.today().year)


@require_safe
@role_required(*policies.READERS)
def calendar_year(request: HttpRequest, year: int) -> HttpResponse:
    """A year's calendar in force, or the version that `ban` names."""
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise Http404
    return _page(request, year, _chosen(year, request.GET.get("ban", "")), _day_form(request.GET.get("ngay", ""), year), ApproveForm())


@require_POST
@role_required(Role.ADMINISTRATOR)
def propose(request: HttpRequest, year: int) -> HttpResponse:
    """Draft a year from the known holidays."""
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise Http404
    try:
        calendar = propose_calendar(actor=request.user, year=year)
    except Refused as refusal:
        tell_refusal(request, refusal)
        return redirect("offices:calendar", year=year)
    messages.success(request, _("Đã có bản đề xuất lịch năm %(year)s. Vui lòng đối chiếu rồi phê duyệt.") % {"year": year})
    return redirect(_address(calendar))


@require_POST
@role_required(Role.ADMINISTRATOR)
def redraft(request: HttpRequest, pk: int) -> HttpResponse:
    """Draft a new version of a calendar in force."""
    try:
        draft = redraft_calendar(actor=request.user, calendar=get_object_or_404(WorkCalendar, pk=pk))
    except Refused as refusal:
        tell_refusal(request, refusal)
        return redirect("offices:calendar", year=get_object_or_404(WorkCalendar, pk=pk).year)
    messages.success(request, _("Đã lập bản sửa đổi. Lịch đang có hiệu lực không đổi cho đến khi bản này được phê duyệt."))
    return redirect(_address(draft))


@require_POST
@role_required(Role.ADMINISTRATOR)
def edit_day(request: HttpRequest, pk: int) -> HttpResponse:
    """Change a day of a draft."""
    calendar = get_object_or_404(WorkCalendar, pk=pk)
    form = DayForm(request.POST)
    if form.is_valid():
        try:
            change_day(actor=request.user, calendar=calendar, **form.cleaned_data)
        except Refused as refusal:
            take_refusal(form, refusal)
    if form.errors:
        return _page(request, calendar.year, calendar, form, ApproveForm(), status=422)
    messages.success(request, _("Đã ghi ngày %(day)s.") % {"day": form.cleaned_data["day"].strftime("%d/%m/%Y")})
    return redirect(_address(calendar))


@require_POST
@role_required(Role.ADMINISTRATOR)
def approve(request: HttpRequest, pk: int) -> HttpResponse:
    """Put a draft in force."""
    calendar = get_object_or_404(WorkCalendar, pk=pk)
    form = ApproveForm(request.POST)
    if form.is_valid():
        try:
            approve_calendar(actor=request.user, calendar=calendar, basis=form.cleaned_data["basis"])
        except Refused as refusal:
            take_refusal(form, refusal)
    if form.errors:
        return _page(request, calendar.year, calendar, _day_form("", calendar.year), form, status=422)
    messages.success(request, _("Đã phê duyệt lịch làm việc năm %(year)s.") % {"year": calendar.year})
    return redirect(_address(calendar))


def _address(calendar: WorkCalendar) -> str:
    return f"{reverse('offices:calendar', args=[calendar.year])}?ban={calendar.version}"


def _chosen(year: int, version: str) -> WorkCalendar | None:
    """The version asked for, else the approved one, else the newest draft."""
    rows = list(WorkCalendar.objects.filter(year=year).select_related("approved_by"))
    named = [row for row in rows if str(row.version) == version]
    approved = [row for row in rows if row.state == CalendarState.APPROVED]
    return next(iter(named or approved or rows), None)


def _day_form(day: str, year: int) -> DayForm:
    """The form of a day, filled with the day that was clicked."""
    try:
        chosen = date.fromisoformat(day)
    except ValueError:
        return DayForm()
    return DayForm(initial={"day": chosen, "kind": DayKind.OFF}) if chosen.year == year else DayForm()


def _page(request: HttpRequest, year: int, calendar: WorkCalendar | None, day_form: DayForm, approve_form: ApproveForm,
          status: int = 200) -> HttpResponse:
    rows = list(calendar.days.all()) if calendar else []
    may_change = calendar is not None and policies.can_change_calendar(request.user, calendar)
    return render(request, "offices/calendar.html", {
        "year": year, "calendar": calendar, "rows": rows, "months": months(year, rows, calendar, linked=may_change) if calendar else [],
        "versions": _versions(year, calendar), "changes": _changes(calendar, rows), "may_change": may_change,
        "may_manage": policies.can_manage_calendars(request.user), "day_form": day_form, "approve_form": approve_form,
        "working_days": sum(_kind({row.date: row for row in rows}, day) != DayKind.OFF for day in _days(year)),
        "previous": year - 1 if year > FIRST_YEAR else None, "following": year + 1 if year < LAST_YEAR else None,
        "hours": "; ".join(f"{start}–{end}" for start, end in calendar.hours) if calendar else "", "sections": sections("calendar"),
    }, status=status)


def months(year: int, rows: list[CalendarDay], calendar: WorkCalendar, *, linked: bool) -> list[tuple[str, list[list[DayCell]]]]:
    """Twelve titles, each with its weeks; days of a draft lead to the form that changes them."""
    special, today = {row.date: row for row in rows}, clock.today()
    found = []
    for number in range(1, 13):
        cells = [_cell(special, day, calendar, today, linked=linked) for day in _days(year) if day.month == number]
        found.append((_("Tháng %(month)s/%(year)s") % {"month": number, "year": year}, weeks(cells)))
    return found


def _cell(special: dict[date, CalendarDay], day: date, calendar: WorkCalendar, today: date, *, linked: bool) -> DayCell:
    row, kind = special.get(day), _kind(special, day)
    note = ""
    if row is not None:
        note = {DayKind.WORKING: _("Làm bù"), DayKind.OFF: _("Nghỉ lễ")}.get(DayKind(kind), _("Nửa ngày"))
    url = f"{_address(calendar)}&ngay={day.isoformat()}#sua-ngay" if linked else ""
    return DayCell(day, state=CELL_STATES[DayKind(kind)] if row else "none" if kind == DayKind.WORKING else "past", note=note, url=url,
                   today=day == today)


def _kind(special: dict[date, CalendarDay], day: date) -> str:
    if day in special:
        return special[day].kind
    return DayKind.WORKING if day.weekday() < 5 else DayKind.OFF


def _days(year: int) -> list[date]:
    return calendars.span(date(year, 1, 1), date(year, 12, 31))


def _versions(year: int, calendar: WorkCalendar | None) -> list[Tab]:
    rows = WorkCalendar.objects.filter(year=year).order_by("version")
    label = _("Bản %(version)s: %(state)s")
    return [Tab(label % {"version": row.version, "state": row.get_state_display()}, _address(row), row == calendar) for row in rows]


def _changes(calendar: WorkCalendar | None, rows: list[CalendarDay]) -> list[tuple[date, Any, Any]]:
    """(day, before, after) of a draft against the version in force; nothing for other calendars."""
    if calendar is None or calendar.state != CalendarState.DRAFT:
        return []
    approved = WorkCalendar.objects.filter(year=calendar.year, state=CalendarState.APPROVED).first()
    if approved is None:
        return []
    old, new = {row.date: row for row in approved.days.all()}, {row.date: row for row in rows}
    kinds = {day: (DayKind(_kind(old, day)), DayKind(_kind(new, day))) for day in sorted(old | new)}
    return [(day, before.label, after.label) for day, (before, after) in kinds.items() if before != after]
