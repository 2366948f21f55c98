"""Rebooking runs: draft with preview, start, progress, the people and their answers, opening again. GET shows, POST acts."""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Page, Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from bookings import policies, relocations, rundown
from bookings.forms.relocation import ClosingForm, ReopenForm
from bookings.models import Relocation
from bookings.models.relocation import SEES_RUNS_OF_OFFICE, SEES_RUNS_OF_PROVINCE
from bookings.services import relocation
from bookings.states import RelocationState
from onestop import clock
from onestop.access import role_required, take_refusal, tell_refusal
from onestop.directives.models import Directive
from onestop.people.requests import StaffRequest
from onestop.people.shapes import Tab
from onestop.people.states import Role
from onestop.transitions import Refused

READERS = (*SEES_RUNS_OF_PROVINCE, *SEES_RUNS_OF_OFFICE)
STARTERS = (Role.ADMINISTRATOR, Role.LEADER)
PAGE_SIZE = 15


def run_or_404(request: StaffRequest, pk: int) -> Relocation:
    """The run, if this person may see it; 404 otherwise."""
    rows = Relocation.objects.visible_to(request.user).select_related(
        "office", "room", "area__parent__parent", "province", "directive", "created_by")
    return get_object_or_404(rows, pk=pk)


def page_of(request: StaffRequest, rows: Any) -> Page[Any]:
    return Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))


@role_required(*READERS)
@require_GET
def run_list(request: StaffRequest) -> HttpResponse:
    """All runs that this person may see, the newest first."""
    rows = Relocation.objects.visible_to(request.user).select_related("office", "room", "area", "directive")
    page = page_of(request, rundown.with_counts(rows))
    return render(request, "bookings/relocations.html", {"page": page, "may_start": request.user.has_role(*STARTERS)})


@role_required(*STARTERS)
@require_http_methods(["GET", "HEAD", "POST"])
def create(request: StaffRequest) -> HttpResponse:
    """What is closed, from when until when; makes the draft with its preview. A letter with a blockade proposes what it names."""
    letter = rundown.cited_letter(request.GET.get("van_ban", ""))
    form = ClosingForm(request.POST if request.method == "POST" else None, user=request.user, initial=_initial(request, letter))
    if request.method == "POST" and form.is_valid():
        try:
            asked = {name: form.cleaned_data[name] for name in ("from_at", "until_at", "reason", "directive")}
            run = relocation.draft(actor=request.user, target=form.chosen(), **asked)
        except Refused as refusal:
            take_refusal(form, refusal)
        else:
            return redirect("bookings:relocation", pk=run.pk)
    named = rundown.named_by(letter, form.choices) if letter is not None else []
    return render(request, "bookings/relocation_new.html", {"form": form, "letter": letter, "named": named},
                  status=422 if form.errors else 200)


def _initial(request: StaffRequest, letter: Directive | None) -> dict[str, Any]:
    initial: dict[str, Any] = {"from_at": clock.now().replace(second=0, microsecond=0), "target": request.GET.get("noi", "")}
    if letter is not None:
        initial |= {"directive": letter.pk, "reason": _("Khu vực phong tỏa")}
    return initial


@role_required(*READERS)
@require_GET
def show(request: StaffRequest, pk: int) -> HttpResponse:
    """A draft with its preview, or a run with its progress and what came of it."""
    run = run_or_404(request, pk)
    may = policies.can_relocate(request.user, run)
    if run.state in (RelocationState.DRAFT, RelocationState.DROPPED):
        return render(request, "bookings/relocation_draft.html", {"run": run, "may": may} | _draft_context(request, run))
    context = rundown.course(run) | {"run": run, "may": may, "form": ReopenForm(), "tabs": tabs(run, "")}
    return render(request, "bookings/relocation.html", context)


def _draft_context(request: StaffRequest, run: Relocation) -> dict[str, Any]:
    preview = relocations.preview(relocations.scope_of(run))
    page = page_of(request, preview.rows)
    forecast = rundown.forecast(run, preview.rows)
    return {"preview": preview, "page": page, "forecast": forecast, "rows": rundown.with_places(page.object_list, forecast)}


@role_required(*READERS)
@require_GET
def progress(request: StaffRequest, pk: int) -> HttpResponse:
    """The part of the page that asks for itself again while the run is under way; once it is over, the whole page is asked for anew."""
    run = run_or_404(request, pk)
    answer = render(request, "bookings/_relocation_progress.html", rundown.course(run) | {"run": run})
    if run.state != RelocationState.RUNNING:
        answer["HX-Refresh"] = "true"  # the facts, the answers and the history beside it have changed too
    return answer


@role_required(*READERS)
@require_GET
def people(request: StaffRequest, pk: int) -> HttpResponse:
    """Everybody of a run with the old and the new place and the answer; narrowed by answer."""
    run = run_or_404(request, pk)
    which = request.GET.get("loc", "")
    which = which if which in relocations.FILTERS else relocations.FILTERS[0]
    page = page_of(request, relocations.people(run, which))
    context = {"run": run, "page": page, "tabs": tabs(run, which), "rows": rundown.with_messages(list(page.object_list))}
    return render(request, "bookings/relocation_people.html", context)


def tabs(run: Relocation, current: str) -> list[Tab]:
    """The filters of the list of people, with how many each finds."""
    counts, here = relocations.answer_counts(run), reverse("bookings:relocation_people", args=[run.pk])
    labels = {"tat-ca": _("Tất cả"), "dong-y": _("Đồng ý"), "chon-lai": _("Chọn giờ khác"), "khong-den": _("Không đến"),
              "chua-tra-loi": _("Chưa trả lời"), "chua-bao-duoc": _("Chưa báo được"), "can-goi": _("Cần gọi")}
    return [Tab(labels[name], f"{here}?loc={name}", name == current, counts[name]) for name in relocations.FILTERS]


# --- verbs ----------------------------------------------------------------------------------------------------------

def _act(request: StaffRequest, pk: int, verb: Callable[..., Relocation], done: str, **given: Any) -> HttpResponse:
    """Do one verb and go back to the run's page; a refusal is told there."""
    run = run_or_404(request, pk)
    if not policies.can_relocate(request.user, run):
        raise PermissionDenied
    try:
        verb(actor=request.user, relocation=run, **given)
        messages.success(request, done)
    except Refused as refusal:
        tell_refusal(request, refusal)
    return redirect("bookings:relocation", pk=run.pk)


@role_required(*STARTERS)
@require_POST
def start(request: StaffRequest, pk: int) -> HttpResponse:
    return _act(request, pk, relocation.start, _("Đã đóng cửa và bắt đầu chuyển lịch hẹn."))


@role_required(*STARTERS)
@require_POST
def drop(request: StaffRequest, pk: int) -> HttpResponse:
    return _act(request, pk, relocation.drop, _("Đã bỏ dự kiến này; không có gì thay đổi."))


@role_required(*STARTERS)
@require_POST
def preview_again(request: StaffRequest, pk: int) -> HttpResponse:
    return _act(request, pk, relocation.preview_again, _("Đã tính lại chỗ mới cho từng người."))


@role_required(*STARTERS)
@require_POST
def reopen(request: StaffRequest, pk: int) -> HttpResponse:
    """Open again early, with a reason."""
    form = ReopenForm(request.POST)
    if form.is_valid():
        return _act(request, pk, relocation.reopen, _("Đã mở cửa lại. Người đã chuyển lịch giữ chỗ mới và có thể chọn lại."),
                    reason=form.cleaned_data["reason"])
    run = run_or_404(request, pk)
    context = rundown.course(run) | {"run": run, "may": policies.can_relocate(request.user, run), "form": form, "tabs": tabs(run, "")}
    return render(request, "bookings/relocation.html", context, status=422)
