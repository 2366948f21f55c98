"""Waivers: the list with letters that lack one, a draft with a preview, its start and its end."""
from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from onestop.access import role_required, take_refusal, tell_refusal
from onestop.people.requests import StaffRequest
from onestop.people.states import Role
from onestop.people.words import row_id
from onestop.transitions import Refused
from postal import money_lists, policies, waiver_paid
from postal.forms.settlements import EndForm
from postal.forms.waivers import WaiverForm
from postal.models import WaiverCampaign
from postal.services import asked, eligibility, waivers
from postal.states import WaiverState

READERS = (Role.ADMINISTRATOR, Role.MONITOR)
PER_PAGE = 20


@role_required(*READERS)
@require_GET
def index(request: StaffRequest) -> HttpResponse:
    """The waivers, and the letters in force that have none yet."""
    page = Paginator(money_lists.waivers(request.user), PER_PAGE).get_page(request.GET.get("page"))
    wanted = money_lists.wanted(request.user)
    may = request.user.has_role(Role.ADMINISTRATOR)
    return render(request, "postal/waivers.html", {"page_obj": page, "wanted": wanted, "may_make": may})


@role_required(Role.ADMINISTRATOR)
@require_http_methods(["GET", "POST"])
def create(request: StaffRequest) -> HttpResponse:
    """A draft, filled in from a letter where one is named."""
    form = WaiverForm(request.POST or None, user=request.user, initial=_from_letter(request))
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                made = waivers.draft(actor=request.user, waiver=form.waiver())
                messages.success(request, _("Đã lập dự thảo. Kiểm tra số bưu gửi được miễn rồi bắt đầu."))
                return redirect("postal:waiver", made.pk)
            except Refused as refusal:
                take_refusal(form, refusal)
                status = refusal.status
    return render(request, "postal/waiver_edit.html", {"form": form, "waiver": None}, status=status)


def _from_letter(request: StaffRequest) -> dict[str, Any] | None:
    rule, province = row_id(request.GET.get("quy_dinh")), row_id(request.GET.get("tinh"))
    wanted = [item for item in money_lists.wanted(request.user) if item.rule.pk == rule and item.province == province] if rule else []
    return money_lists.prefilled(wanted[0]) if wanted else None


@role_required(Role.ADMINISTRATOR)
@require_http_methods(["GET", "POST"])
def edit(request: StaffRequest, pk: int) -> HttpResponse:
    """Rewrite a draft."""
    row = _own(request, pk)
    form = WaiverForm(request.POST or None, user=request.user, initial=WaiverForm.initial_of(row))
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                waivers.change(actor=request.user, campaign=row, waiver=form.waiver())
                messages.success(request, _("Đã lưu dự thảo."))
                return redirect("postal:waiver", row.pk)
            except Refused as refusal:
                take_refusal(form, refusal)
                status = refusal.status
    return render(request, "postal/waiver_edit.html", {"form": form, "waiver": row}, status=status)


@role_required(*READERS)
@require_GET
def show(request: StaffRequest, pk: int) -> HttpResponse:
    """One waiver: its terms, what it covers or would cover, its settlements, its history."""
    row = _own(request, pk)
    may = policies.can_manage_waivers(request.user, row.province_id)
    return render(request, "postal/waiver.html", {
        "waiver": row, "may": may, "draft": row.state == WaiverState.DRAFT, "running": row.state == WaiverState.RUNNING,
        "preview": money_lists.preview(row) if row.state == WaiverState.DRAFT else None, "end_form": EndForm(),
        "settlements": [(item, money_lists.late(item)) for item in money_lists.settlements(request.user).filter(waiver=row)[:20]],
        "items": money_lists.timeline(row.events.all()),
        "paid": None if row.state == WaiverState.DRAFT else waiver_paid.figures(waiver_paid.of(request.user, row)),
    })


@role_required(*READERS)
@require_GET
def paid(request: StaffRequest, pk: int) -> HttpResponse:
    """What citizens had paid when the waiver was applied, to be paid back."""
    row = _own(request, pk)
    found = waiver_paid.of(request.user, row)
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    lines = [(shipment, eligibility.paid_at(shipment)) for shipment in page]
    return render(request, "postal/waiver_paid.html", {"waiver": row, "page_obj": page, "lines": lines, **waiver_paid.figures(found)})


@role_required(*READERS)
@require_POST
def paid_file(request: StaffRequest, pk: int) -> HttpResponse:
    """The same as XLSX, made by a job."""
    return redirect("postal:asked_file", asked.ask_paid(actor=request.user, waiver=_own(request, pk)).pk)


@role_required(Role.ADMINISTRATOR)
@require_POST
def start(request: StaffRequest, pk: int) -> HttpResponse:
    """Apply it from now on."""
    row = _own(request, pk)
    try:
        waivers.start(actor=request.user, campaign=row)
        messages.success(request, _("Đợt miễn cước đã bắt đầu; các bưu gửi đã lập mà chưa thu tiền đang được áp dụng."))
    except Refused as refusal:
        tell_refusal(request, refusal)
    return redirect("postal:waiver", row.pk)


@role_required(Role.ADMINISTRATOR)
@require_POST
def end(request: StaffRequest, pk: int) -> HttpResponse:
    """Cover nothing new."""
    row, form = _own(request, pk), EndForm(request.POST)
    try:
        waivers.end(actor=request.user, campaign=row, reason=form.cleaned_data["reason"] if form.is_valid() else "")
        messages.success(request, _("Đợt miễn cước đã kết thúc; những gì đã hứa vẫn được miễn."))
    except Refused as refusal:
        tell_refusal(request, refusal)
    return redirect("postal:waiver", row.pk)


def _own(request: StaffRequest, pk: int) -> WaiverCampaign:
    return get_object_or_404(money_lists.waivers(request.user).prefetch_related("procedures", "offices"), pk=pk)
