"""Settlement lists: made for a period, compared with the carrier's file, decided line by line, approved by another person, given out."""
from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import date
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import FileResponse, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from dossiers.printing.cash import words
from onestop import clock
from onestop.access import role_required, take_refusal, tell_refusal
from onestop.people import downloads
from onestop.people.requests import StaffRequest
from onestop.people.shapes import Tab
from onestop.people.states import NamedList, Role
from onestop.people.words import clean, row_id
from onestop.sheets import FORMULA, XLSX
from onestop.transitions import Refused
from postal import money_lists, policies, statements
from postal.forms.settlements import CarrierFileForm, DecideAllForm, DecideForm, DropForm, SettlementForm
from postal.models import SettlementList, WaiverCampaign
from postal.printing import settlement as printed
from postal.services import settlements
from postal.services.settlements.deciding import POSSIBLE
from postal.services.settlements.rows import OPEN_LINE
from postal.states import LineOutcome, SettlementState
from postal.views.doors import post_role_required

READERS = (Role.ADMINISTRATOR, Role.MONITOR, Role.CARRIER)
PER_PAGE, LINES_A_PAGE = 20, 50
WAITS = "cho"
TYPES = {"pdf": "application/pdf", "xlsx": XLSX}
OPEN_STATES = (SettlementState.DRAFT, SettlementState.CHECKING)


class Echo:
    """A file of which every line written is given back at once."""

    def write(self, value: str) -> str:
        return value


@post_role_required(*READERS)
@require_GET
def index(request: StaffRequest) -> HttpResponse:
    """The lists, newest first; those past their day in red."""
    page = Paginator(money_lists.settlements(request.user), PER_PAGE).get_page(request.GET.get("page"))
    rows = [(row, money_lists.late(row)) for row in page]
    may = request.user.has_role(Role.ADMINISTRATOR)
    return render(request, "postal/settlements.html", {"page_obj": page, "rows": rows, "may_make": may})


@role_required(Role.ADMINISTRATOR)
@require_http_methods(["GET", "POST"])
def create(request: StaffRequest) -> HttpResponse:
    """A new list."""
    form = SettlementForm(request.POST or None, user=request.user, initial=_from_waiver(request))
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                made = settlements.make(actor=request.user, **form.cleaned_data)
                messages.success(request, _("Đang lập danh sách; trang này cho biết khi xong."))
                return redirect("postal:settlement", made.pk)
            except Refused as refusal:
                take_refusal(form, refusal)
                status = refusal.status
    return render(request, "postal/settlement_new.html", {"form": form}, status=status)


def _from_waiver(request: StaffRequest) -> dict[str, Any]:
    """The period of a waiver up to now, and its due date."""
    today = clock.today()
    found = WaiverCampaign.objects.visible_to(request.user).filter(pk=row_id(request.GET.get("dot"))).first()
    if found is None:
        return {"ends_on": today, "starts_on": date(today.year, today.month, 1)}
    last = min(found.ends_on or today, today)
    return {"waiver": found.pk, "carrier": found.carrier_id, "starts_on": found.starts_on, "ends_on": max(found.starts_on, last),
            "due_on": found.settle_by}


@post_role_required(*READERS)
@require_GET
def show(request: StaffRequest, pk: int) -> HttpResponse:
    """One list with its lines."""
    return _page(request, _own(request, pk))


def _page(request: StaffRequest, row: SettlementList, *, status: int = 200, **forms: Any) -> HttpResponse:
    counts = money_lists.outcomes(row)
    wanted = request.GET.get("loai", "")
    wanted = wanted if wanted in (*LineOutcome.values, WAITS) else ""
    lines = row.lines.select_related("decided_by")
    if wanted:
        lines = lines.filter(OPEN_LINE) if wanted == WAITS else lines.filter(outcome=wanted)
    code = statements.waybill(clean(request.GET.get("q", ""))[:60])
    if code:
        lines = lines.filter(waybill__startswith=code)
    page = Paginator(lines.order_by("position"), LINES_A_PAGE).get_page(request.GET.get("page"))
    manages = policies.can_manage_waivers(request.user, row.waiver.province_id)
    open_now = manages and row.state in OPEN_STATES and not row.doing
    context = {
        "settlement": row, "page_obj": page, "tabs": _tabs(counts, wanted), "wanted": wanted, "q": code, "counts": counts,
        "sums": money_lists.sums(row), "late": money_lists.late(row), "in_words": words(row.total), "manages": manages,
        "open_now": open_now,
        "may_decide": open_now and row.state == SettlementState.CHECKING, "may_approve": open_now and _may_approve(request, row, counts),
        "files": list(row.files.all()), "items": money_lists.timeline(row.events.all()), "file_form": CarrierFileForm(),
        "all_form": DecideAllForm(), "drop_form": DropForm(), **forms}
    return render(request, "postal/settlement.html", context, status=status)


def _may_approve(request: StaffRequest, row: SettlementList, counts: dict[str, int]) -> bool:
    deciders = set(row.lines.filter(decided_by__isnull=False).order_by().values_list("decided_by", flat=True).distinct())
    ready = row.state == SettlementState.CHECKING and counts["all"] > 0 and not counts["waits"]
    return ready and policies.can_approve_settlement(request.user, row, deciders)


def _tabs(counts: dict[str, int], wanted: str) -> list[Tab]:
    tabs = [Tab(_("Tất cả"), "?", not wanted, counts["all"]), Tab(_("Chờ quyết định"), f"?loai={WAITS}", wanted == WAITS, counts["waits"])]
    return tabs + [Tab(str(label), f"?loai={name}", name == wanted, counts[name]) for name, label in LineOutcome.choices
                   if counts[name] or name == wanted]


@role_required(Role.ADMINISTRATOR)
@require_POST
def upload(request: StaffRequest, pk: int) -> HttpResponse:
    """The carrier's file."""
    row = _own(request, pk)
    form = CarrierFileForm(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, row, status=422, file_form=form)
    try:
        settlements.upload(actor=request.user, settlement=row, **form.cleaned_data)
    except Refused as refusal:
        take_refusal(form, refusal)
        return _page(request, _own(request, pk), status=refusal.status, file_form=form)
    messages.success(request, _("Đã nhận tệp; đang đối soát từng dòng."))
    return redirect("postal:settlement", pk)


@role_required(Role.ADMINISTRATOR)
@require_POST
def refill(request: StaffRequest, pk: int) -> HttpResponse:
    """Add what was collected since."""
    return _do(request, pk, settlements.refill, _("Đang bổ sung bưu gửi mới."))


@role_required(Role.ADMINISTRATOR)
@require_POST
def approve(request: StaffRequest, pk: int) -> HttpResponse:
    """By another person than who made it."""
    return _do(request, pk, settlements.approve, _("Đã duyệt danh sách; từ nay không thay đổi được nữa."))


def _do(request: StaffRequest, pk: int, verb: Any, done: str) -> HttpResponse:
    row = _own(request, pk)
    try:
        verb(actor=request.user, settlement=row)
        messages.success(request, done)
    except Refused as refusal:
        tell_refusal(request, refusal)
    return redirect("postal:settlement", pk)


@role_required(Role.ADMINISTRATOR)
@require_POST
def drop(request: StaffRequest, pk: int) -> HttpResponse:
    """Drop a list, with the reason."""
    row, form = _own(request, pk), DropForm(request.POST)
    if not form.is_valid():
        return _page(request, row, status=422, drop_form=form)
    try:
        settlements.drop(actor=request.user, settlement=row, **form.cleaned_data)
        messages.success(request, _("Đã bỏ danh sách; các bưu gửi có thể vào danh sách khác."))
    except Refused as refusal:
        tell_refusal(request, refusal)
    return redirect("postal:settlement", pk)


@role_required(Role.ADMINISTRATOR)
@require_POST
def decide_all(request: StaffRequest, pk: int) -> HttpResponse:
    """One decision for every open line of one kind."""
    row, form = _own(request, pk), DecideAllForm(request.POST)
    if not form.is_valid():
        return _page(request, row, status=422, all_form=form)
    try:
        count = settlements.decide_all(actor=request.user, settlement=row, **form.cleaned_data)
    except Refused as refusal:
        take_refusal(form, refusal)
        return _page(request, _own(request, pk), status=refusal.status, all_form=form)
    messages.success(request, _("Đã quyết định %(count)d dòng.") % {"count": count})
    return redirect("postal:settlement", pk)


@role_required(Role.ADMINISTRATOR)
@require_http_methods(["GET", "POST"])
def line(request: StaffRequest, pk: int, line: int) -> HttpResponse:
    """One line: both sides, and whose figure is paid."""
    row = _own(request, pk)
    found = get_object_or_404(row.lines.select_related("decided_by"), pk=line)
    possible = POSSIBLE.get(found.outcome, frozenset())
    kept = {"decision": found.decision, "note": found.note}
    form = DecideForm(request.POST or None, initial=kept, possible=possible)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                settlements.decide(actor=request.user, line=found, **form.cleaned_data)
                messages.success(request, _("Đã ghi quyết định cho bưu gửi %(waybill)s.") % {"waybill": found.waybill})
                return redirect("postal:settlement", pk)
            except Refused as refusal:
                take_refusal(form, refusal)
                status = refusal.status
    manages = policies.can_manage_waivers(request.user, row.waiver.province_id)
    may = bool(possible) and manages and row.state == SettlementState.CHECKING and not row.doing
    return render(request, "postal/settlement_line.html", {"settlement": row, "line": found, "form": form, "may": may}, status=status)


@post_role_required(*READERS)
@require_POST
def download(request: StaffRequest, pk: int, kind: str) -> HttpResponse | FileResponse:
    """The approved list as it was given out: dossiers of people, so it is written down who takes it."""
    row = _own(request, pk)
    found = get_object_or_404(row.files, format=kind)
    name = f"quyet-toan-{(row.number or '').replace('/', '-')}.{kind}"
    downloads.taken(request, NamedList.SETTLEMENT, name, row.count)
    return FileResponse(found.file.open("rb"), as_attachment=True, filename=name, content_type=TYPES[kind])


@post_role_required(*READERS)
@require_POST
def working_copy(request: StaffRequest, pk: int) -> StreamingHttpResponse:
    """The list as it is now, as CSV, line by line: for the talk with the carrier. It is written down who takes it."""
    row = _own(request, pk)
    downloads.taken(request, NamedList.SETTLEMENT, f"doi-soat-{row.pk}.csv", row.lines.count())
    answer = StreamingHttpResponse(_csv(row), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="doi-soat-{row.pk}.csv"'
    return answer


def _csv(row: SettlementList) -> Iterator[str]:
    writer = csv.writer(Echo(), delimiter=";")
    yield "\ufeff" + writer.writerow([column.label for column in printed.COLUMNS])
    for cells in printed.cells(row, printed.Totals()):
        yield writer.writerow([f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA) else cell for cell in cells])


def _own(request: StaffRequest, pk: int) -> SettlementList:
    return get_object_or_404(money_lists.settlements(request.user), pk=pk)
