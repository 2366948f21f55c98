"""The duty roster of a week: see it, change it, copy it to the next."""
from datetime import date, timedelta

from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from onestop import clock
from onestop.access import role_required, take_refusal, tell_refusal
from onestop.offices import policies, queries
from onestop.offices.forms import DutyForm
from onestop.offices.models import DutyShift, Office
from onestop.offices.services import copy_week, set_duty
from onestop.offices.states import IN_THE_ROOM
from onestop.offices.views.common import office_or_404, sections
from onestop.people.models import Assignment, User
from onestop.transitions import Refused

WEEK = timedelta(days=7)


@require_http_methods(["GET", "HEAD", "POST"])
@role_required(*policies.READERS)
def duty_week(request: HttpRequest, code: str) -> HttpResponse:
    """One week of an office's roster; who may change it sends it back changed."""
    office, monday = office_or_404(request, code), monday_of(request.GET.get("tuan", ""))
    form = _form(request, office, monday)
    if request.method == "POST" and form.is_valid():
        try:
            changed = set_duty(actor=request.user, office=office, entries=form.entries())
        except Refused as refusal:
            take_refusal(form, refusal)
        else:
            _tell(request, changed)
            return redirect(address(office, monday))
    return render(request, "offices/duty.html", {
        "office": office, "form": form, "monday": monday, "sunday": monday + timedelta(days=6), "days": _heads(office, form, monday),
        "previous": address(office, monday - WEEK), "following": address(office, monday + WEEK),
        "may_set": policies.can_set_duty(request.user, office), "sections": sections("list"),
    }, status=422 if form.errors else 200)


@require_POST
@role_required(*policies.READERS)
def duty_copy(request: HttpRequest, code: str) -> HttpResponse:
    """Copy a week's places to the next week."""
    office, monday = office_or_404(request, code), monday_of(request.POST.get("tuan", ""))
    try:
        changed = copy_week(actor=request.user, office=office, monday=monday)
    except Refused as refusal:
        tell_refusal(request, refusal)
        return redirect(address(office, monday))
    _tell(request, changed)
    return redirect(address(office, monday + WEEK))


def monday_of(text: str) -> date:
    """The Monday of the week that an ISO date lies in; this week's for anything that is no date near ours."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = clock.today()
    if not 2010 <= day.year <= 2100:
        day = clock.today()
    return day - timedelta(days=day.weekday())


def address(office: Office, monday: date) -> str:
    return f"{reverse('offices:duty', args=[office.code])}?tuan={monday.isoformat()}"


def _form(request: HttpRequest, office: Office, monday: date) -> DutyForm:
    sunday = monday + timedelta(days=6)
    days = queries.openings(office=office, first=monday, last=sunday)
    shown = {day: hours for day, hours in days.items() if hours or day.weekday() < 5}
    rows = DutyShift.objects.filter(office=office, date__range=(monday, sunday))
    places = {(row.user_id, row.date, row.part): row.place for row in rows}
    held = Assignment.objects.filter(office=office, role__in=policies.ROSTERED, starts_on__lte=sunday)
    held = held.filter(Q(ends_on__isnull=True) | Q(ends_on__gte=monday))
    officers = User.objects.filter(pk__in=held.values("user")).order_by("full_name", "pk")
    data = request.POST if request.method == "POST" else None
    return DutyForm(data, officers=list(officers), days=shown, places=places)


def _heads(office: Office, form: DutyForm, monday: date) -> list[tuple[date, list[tuple[str, int]]]]:
    """For each day shown: (buổi, officers in the room), counted from the roster as it is stored."""
    rows = DutyShift.objects.filter(office=office, date__range=(monday, monday + timedelta(days=6)), place__in=IN_THE_ROOM)
    tally: dict[tuple[date, str], int] = {}
    for day, part in rows.values_list("date", "part"):
        tally[day, part] = tally.get((day, part), 0) + 1
    return [(day, [(row.get_part_display(), tally.get((day, row.part), 0)) for row in hours]) for day, hours in form.days.items()]


def _tell(request: HttpRequest, changed: int) -> None:
    sentence = ngettext("Đã lưu %(count)s thay đổi phân công.", "Đã lưu %(count)s thay đổi phân công.", changed)
    messages.success(request, sentence % {"count": changed} if changed else _("Phân công đã đúng như vậy, không có gì thay đổi."))
