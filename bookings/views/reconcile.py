"""Typing in the paper list of a day when the line was down."""
from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from bookings import daylists, policies
from bookings.forms.reconcile import BLANK, BatchForm, LineForm, WalkInForm
from bookings.services import reconcile
from bookings.services.reconcile import Batch
from bookings.views.daylist import at, day_asked, own_office
from onestop import clock
from onestop.access import role_required, take_refusal, tell_refusal
from onestop.catalogue.queries import procedures_at
from onestop.offices.models import Office
from onestop.offices.states import Part
from onestop.people import shown
from onestop.people.requests import StaffRequest
from onestop.people.shapes import Tab
from onestop.people.states import Role
from onestop.transitions import Refused

AT_THE_DESK = (Role.DESK, Role.LEADER)


def typing_at(request: StaffRequest, code: str) -> tuple[Office, date]:
    """The office and the day; 404 where this person doesn't type lists in, or for a day out of reach."""
    office, on = own_office(request.user, code), day_asked(request)
    if not policies.can_reconcile(request.user, office.pk) or not reconcile.first_day(clock.today()) <= on <= clock.today():
        raise Http404
    return office, on


@role_required(*AT_THE_DESK)
@require_http_methods(["GET", "POST"])
def sheet(request: StaffRequest, office: str) -> HttpResponse:
    """One buổi of the list as a table to type times into; one press saves the batch and shows what became of each line."""
    place, on = typing_at(request, office)
    groups = daylists.groups(place, on)
    part = next((group.part for group in groups if group.part == request.GET.get("buoi")), groups[0].part if groups else "")
    data = request.POST if request.method == "POST" else None
    rows = next((group.rows for group in groups if group.part == part), [])
    lines = [LineForm(row, data) for row in rows]
    walk_ins = [WalkInForm(number, place, data) for number in range(BLANK)]
    batch_form = BatchForm(data)
    typed = [form for form in walk_ins if form.has_changed()]
    if data is None or not all([batch_form.is_valid(), *(form.is_valid() for form in (*lines, *typed))]):
        return show(request, place, on, part, groups, lines, walk_ins, batch_form, status=200 if data is None else 422)
    try:
        batch = reconcile.type_in(actor=request.user, office=place, day=on, reason=batch_form.cleaned_data["reason"],
                                  lines=[(form.row.pk, form.times()) for form in lines], walk_ins=[form.walk_in() for form in typed])
    except Refused as refusal:
        take_refusal(batch_form, refusal)
        return show(request, place, on, part, groups, lines, walk_ins, batch_form, status=refusal.status)
    return saved(request, place, on, part, batch, batch_form)


def saved(request: StaffRequest, place: Office, on: date, part: str, batch: Batch, batch_form: BatchForm) -> HttpResponse:
    """The sheet as it is now, with the outcomes; lines that somebody must look at stay on top."""
    sentence = ngettext("Đã ghi %(count)s dòng.", "Đã ghi %(count)s dòng.", batch.saved) % {"count": batch.saved}
    messages.success(request, sentence) if batch.saved else messages.info(request, _("Không có dòng nào thay đổi."))
    groups = daylists.groups(place, on)
    rows = next((group.rows for group in groups if group.part == part), [])
    return show(request, place, on, part, groups, [LineForm(row) for row in rows], [WalkInForm(number, place) for number in range(BLANK)],
                BatchForm(initial=batch_form.cleaned_data), batch=batch)


def show(request: StaffRequest, place: Office, on: date, part: str, groups: list[daylists.Group], lines: list[LineForm],
         walk_ins: list[WalkInForm], batch_form: BatchForm, *, batch: Batch | None = None, status: int = 200) -> HttpResponse:
    """The page of one buổi."""
    here = at("reconcile", place, on)
    outcomes: dict[Any, Any] = {outcome.appointment_id: outcome for outcome in batch.outcomes} if batch else {}
    return render(request, "bookings/reconcile.html", {
        "office": place, "on": on, "form": batch_form, "walk_ins": walk_ins, "lines": [(form, outcomes.get(form.row.pk)) for form in lines],
        "batch": batch, "finished": reconcile.is_finished(place, on), "procedures": procedures_at(place),
        "day_list": at("day_list", place, on),
        "oldest": reconcile.first_day(clock.today()), "today": clock.today(), "finish": at("reconcile_finish", place, on),
        "parts": [Tab(Part(group.part).label, f"{here}&buoi={group.part}", group.part == part, len(group.rows)) for group in groups],
    }, status=status)


@role_required(*AT_THE_DESK)
@require_POST
def finish(request: StaffRequest, office: str) -> HttpResponse:
    """Declare the day's list finished."""
    place, on = typing_at(request, office)
    try:
        reconcile.finish(actor=request.user, office=place, day=on, reason=request.POST.get("reason", ""))
        messages.success(request, _("Đã xác nhận đối chiếu xong danh sách ngày %(day)s.") % {"day": shown.day(on)})
    except Refused as refusal:
        tell_refusal(request, refusal)
    return redirect(at("reconcile", place, on))
