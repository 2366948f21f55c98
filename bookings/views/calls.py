"""The call list of an office and of the hotline, and the log of calls (letters Cà Mau 1 and 3)."""
from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from bookings import callers, console
from bookings.forms.calls import AttemptForm, LogForm, PhoneAnswerForm
from bookings.models import Appointment, CallTask
from bookings.services import answering
from bookings.states import ACTIVE, CallKind, CallState
from onestop.access import role_required, take_refusal
from onestop.people.requests import StaffRequest
from onestop.people.shapes import Tab
from onestop.people.states import Role
from onestop.transitions import Refused

CALLERS = (Role.HOTLINE, Role.DESK, Role.SPECIALIST, Role.LEADER, Role.ADMINISTRATOR)
PER_PAGE = 30


@role_required(*CALLERS)
@require_GET
def call_list(request: StaffRequest) -> HttpResponse:
    """Who is to be called now, by kind; those to be tried again later have a tab of their own."""
    kind, counts = request.GET.get("loai", ""), callers.counts(request.user)
    later = kind == "sau"
    rows = callers.call_list(request.user, kind=kind, later=later)
    known = [("", _("Tất cả"), counts["all"]), *((value, label, counts[value]) for value, label in CallKind.choices),
             ("sau", _("Gọi lại sau"), counts["later"])]
    tabs = [Tab(label, f"?loai={value}" if value else "?", value == kind, count) for value, label, count in known]
    context = {"page_obj": Paginator(rows, PER_PAGE).get_page(request.GET.get("page")), "tabs": tabs, "later": later,
               "hotline_roles": request.user.has_role(Role.HOTLINE)}
    return render(request, "bookings/call_list.html", context)


@role_required(*CALLERS, Role.MONITOR)
@require_GET
def log(request: StaffRequest) -> HttpResponse:
    """The log of calls."""
    form = LogForm(request.GET)
    asked = form.cleaned_data if form.is_valid() else {}
    rows = callers.log(request.user, day=asked.get("ngay"), outcome=asked.get("ket_qua") or "", text=asked.get("q") or "")
    context = {"form": form, "page_obj": Paginator(rows, PER_PAGE).get_page(request.GET.get("page")),
               "can_read_back": request.user.has_role(Role.HOTLINE)}
    return render(request, "bookings/calls.html", context)


def own(request: StaffRequest, pk: int) -> CallTask:
    """A task that this person may see; 404 for any other."""
    found = callers.task(request.user, pk)
    if found is None:
        raise Http404
    return found


def task_context(request: StaffRequest, task: CallTask, **forms: Any) -> dict[str, Any]:
    """What is told on the telephone, the tries so far, and what may be answered."""
    can_answer = task.state == CallState.OPEN and answering.is_asked(task)
    appointment = answering.appointment_of(task)
    return {
        "task": task, "item": task.relocation_item, "person": task.outreach_person, "appointment": appointment,
        "events": list(task.events.select_related("actor")), "open": task.state == CallState.OPEN, "can_answer": can_answer,
        "form": forms.get("form") or AttemptForm(), "answer_form": forms.get("answer_form") or PhoneAnswerForm(),
        "choices": other_times(request, appointment) if can_answer else [],
        "can_read_back": request.user.has_role(Role.HOTLINE),
    }


def other_times(request: StaffRequest, appointment: Appointment | None) -> list[console.Choice]:
    """The office's next places, for somebody who wants another time."""
    if appointment is None or appointment.state not in ACTIVE:
        return []
    return console.choices(appointment.procedure, user=request.user, office=appointment.office, purpose=appointment.purpose).earliest


@role_required(*CALLERS)
@require_GET
def task(request: StaffRequest, pk: int) -> HttpResponse:
    """One person to call: what about, what was tried, what they may answer."""
    return render(request, "bookings/call_task.html", task_context(request, own(request, pk)))


@role_required(*CALLERS)
@require_POST
def attempt(request: StaffRequest, pk: int) -> HttpResponse:
    """What came of the call."""
    found, form, status = own(request, pk), AttemptForm(request.POST), 422
    if form.is_valid():
        try:
            row = answering.attempted(actor=request.user, task=found, **form.cleaned_data)
            messages.success(request, told(row))
            return redirect("bookings:call_list")
        except Refused as refusal:
            take_refusal(form, refusal)
            status = refusal.status
    return render(request, "bookings/call_task.html", task_context(request, found, form=form), status=status)


def told(task: CallTask) -> str:
    """What happens next with a task."""
    if task.state == CallState.OPEN:
        return _("Đã ghi. Việc này sẽ được nhắc gọi lại sau.")
    return _("Đã ghi. Thôi gọi người này.") if task.state == CallState.GIVEN_UP else _("Đã ghi. Việc này đã xong.")


@role_required(*CALLERS)
@require_POST
def answer(request: StaffRequest, pk: int) -> HttpResponse:
    """What the person answered on the telephone: the same verbs as behind their own link."""
    found, form, status = own(request, pk), PhoneAnswerForm(request.POST), 422
    if form.is_valid():
        typed = form.cleaned_data
        try:
            answering.answered(actor=request.user, task=found, answer=typed["answer"], slot_id=typed["slot"], note=typed["note"])
            messages.success(request, _("Đã ghi câu trả lời."))
            return redirect("bookings:call_list")
        except Refused as refusal:
            take_refusal(form, refusal)
            status = refusal.status
    return render(request, "bookings/call_task.html", task_context(request, found, answer_form=form), status=status)


