"""Handover lists: begun, scanned into, counted, cleaned, signed, printed."""
from __future__ import annotations

import io
import tempfile

from django.contrib import messages as flash
from django.core.paginator import Paginator
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from onestop.access import take_refusal, tell_refusal
from onestop.people import downloads
from onestop.people.requests import StaffRequest
from onestop.people.shapes import Tab
from onestop.people.states import NamedList, Role
from onestop.sheets import XLSX
from onestop.transitions import Refused
from postal import handover_lists, pickups, policies
from postal.forms.handover import BeginForm, CleanForm, CountForm, HandoverFilter, ScanForm, SignForm
from postal.models import HandoverItem, HandoverList
from postal.printing import handover as printing
from postal.services import counting, handover
from postal.states import HandoverKind, HandoverState
from postal.views.clerk import SCANNERS, tell_scanned
from postal.views.doors import post_role_required

READERS = (Role.CARRIER, Role.DESK, Role.SPECIALIST, Role.LEADER, Role.ADMINISTRATOR, Role.MONITOR)
PER_PAGE = 25
ITEMS_PER_PAGE = 50
FILES = {"pdf": "application/pdf", "xlsx": XLSX}


@post_role_required(*READERS)
@require_GET
def index(request: StaffRequest) -> HttpResponse:
    """Lists by state; a waybill or dossier finds the lists it was in."""
    form = HandoverFilter(request.GET)
    form.is_valid()
    found = HandoverList.objects.visible_to(request.user).select_related("office", "carrier", "made_by")
    chosen = form.cleaned_data.get("muc") or ""
    page = Paginator(form.narrow(found), PER_PAGE).get_page(request.GET.get("page"))
    tabs = [Tab(label, f"?muc={value}" if value else "?", value == chosen) for value, label in (("", _("Tất cả")), *HandoverState.choices)]
    return render(request, "postal/handovers.html", {
        "form": form, "page_obj": page, "tabs": tabs, "may_begin": request.user.has_role(*SCANNERS),
        "rows": handover_lists.with_counts(list(page))})


@post_role_required(*SCANNERS)
@require_http_methods(["GET", "POST"])
def begin(request: StaffRequest) -> HttpResponse:
    """Begin a list between an office and a carrier; whoever has one open of the same kind goes on with it."""
    offices, carriers = handover_lists.choices(request.user)
    form = BeginForm(request.POST if request.method == "POST" else None, offices=offices, carriers=carriers,
                     initial={"office": request.GET.get("don_vi", "")[:40]})
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                return redirect("postal:handover", handover.open_list(actor=request.user, **form.cleaned_data).pk)
            except Refused as refusal:
                take_refusal(form, refusal)
                status = refusal.status
    return render(request, "postal/handover_new.html", {"form": form}, status=status)


def own(request: StaffRequest, pk: int) -> HandoverList:
    """A list that this person may see; 404 else."""
    found = HandoverList.objects.visible_to(request.user)
    return get_object_or_404(found.select_related("office__area", "office__province", "office__parent", "carrier", "made_by"), pk=pk)


def working(request: StaffRequest, row: HandoverList) -> bool:
    """Whether this person may still work on it."""
    return row.state == HandoverState.OPEN and policies.can_list(request.user, row.carrier, row.office)


@post_role_required(*READERS)
@require_GET
def detail(request: StaffRequest, pk: int) -> HttpResponse:
    """One list: the scan field, what is in it, what is still to be done before it is signed."""
    row = own(request, pk)
    open_first = "-position" if row.state == HandoverState.OPEN else "position"  # what was scanned last is looked at
    items = row.items.select_related("shipment__dossier", "shipment__area", "shipment__to_office__area").order_by(open_first)
    page = Paginator(items, ITEMS_PER_PAGE).get_page(request.GET.get("page"))
    totals = handover_lists.totals(row)
    return render(request, "postal/handover.html", {
        "row": row, "page_obj": page, "may": working(request, row), "totals": totals, "clean": CleanForm(),
        "most": pickups.most_in_a_list(), "to_carrier": row.kind == HandoverKind.TO_CARRIER, "closed": row.state == HandoverState.CLOSED,
        "events": row.events.select_related("actor").exclude(verb__in=("scan", "count"))})


@post_role_required(*SCANNERS)
@require_POST
def scan(request: StaffRequest, pk: int) -> HttpResponse:
    """One scan into this list."""
    row, form = own(request, pk), ScanForm(request.POST)
    try:
        shipment = handover.find(request.user, form.cleaned_data["ma"] if form.is_valid() else "")
        tell_scanned(request, handover.scan(row=row, shipment=shipment, actor=request.user))
    except Refused as refusal:
        tell_refusal(request, refusal)
    return redirect("postal:handover", pk)


@post_role_required(*SCANNERS)
@require_http_methods(["GET", "POST"])
def count(request: StaffRequest, pk: int, item: int) -> HttpResponse:
    """Count one envelope by kind."""
    row = own(request, pk)
    found = get_object_or_404(HandoverItem.objects.select_related("list", "shipment__dossier__version"), pk=item, list=row)
    if not working(request, row):
        return redirect("postal:handover", pk)
    form = CountForm(request.POST if request.method == "POST" else None, counts=found.counts,
                     initial={"differs": found.differs, "seal_number": found.seal_number})
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                handover.count(item=found, counts=form.counted(), actor=request.user, seal_number=form.cleaned_data["seal_number"],
                               differs=form.cleaned_data["differs"])
                return redirect("postal:handover", pk)
            except Refused as refusal:
                take_refusal(form, refusal)
                status = refusal.status
    return render(request, "postal/handover_count.html", {"row": row, "item": found, "form": form, "papers": form.rows(),
                                                          "expected": counting.papers_in(found.counts)}, status=status)


@post_role_required(*SCANNERS)
@require_POST
def act(request: StaffRequest, pk: int, what: str) -> HttpResponse:
    """Clean, take one out, or give the list up."""
    row = own(request, pk)
    try:
        if what == "khu-khuan":
            handover.clean_off(row=row, how=request.POST.get("cleaned_how", ""), actor=request.user)
            flash.success(request, _("Đã ghi nhận khử khuẩn."))
        elif what == "bo-bang-ke":
            handover.drop(row=row, actor=request.user)
            flash.success(request, _("Đã bỏ bảng kê; không có gì được giao."))
        elif what == "dua-ra":
            text = request.POST.get("muc", "")
            handover.take_out(row=row, item_pk=int(text) if text.isascii() and text.isdigit() and len(text) < 18 else 0, actor=request.user)
            flash.success(request, _("Đã đưa ra khỏi bảng kê."))
        else:
            raise Http404
    except Refused as refusal:
        tell_refusal(request, refusal)
    return redirect("postal:handover", pk)


@post_role_required(*SCANNERS)
@require_http_methods(["GET", "POST"])
def sign(request: StaffRequest, pk: int) -> HttpResponse:
    """Both sides sign: the list gets its number and nothing in it changes any more."""
    row = own(request, pk)
    if not working(request, row):
        return redirect("postal:handover", pk)
    form = SignForm(request.POST if request.method == "POST" else None, initial=handover_lists.usual_names(row, request.user))
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                done = handover.close(row=row, signing=form.signing(), actor=request.user)
                flash.success(request, _("Đã ký bảng kê %(number)s.") % {"number": done.number})
                return redirect("postal:handover", pk)
            except Refused as refusal:
                take_refusal(form, refusal)
                status = refusal.status
    context = {"row": row, "form": form, "totals": handover_lists.totals(row), "to_carrier": row.kind == HandoverKind.TO_CARRIER}
    return render(request, "postal/handover_sign.html", context, status=status)


@post_role_required(*READERS)
@require_POST
def file(request: StaffRequest, pk: int, kind: str) -> HttpResponse:
    """The list as PDF or XLSX: names of people, so it is written down who takes it."""
    row = own(request, pk)
    if kind not in FILES:
        raise Http404
    with translation.override("vi"):
        if kind == "pdf":
            out: io.IOBase = io.BytesIO(printing.pdf(row))
        else:
            out = tempfile.TemporaryFile()  # type: ignore[assignment]  # noqa: SIM115 (the response closes it)
            printing.xlsx(row, out)  # type: ignore[arg-type]
            out.seek(0)
    name = row.number or f"bang-ke-{row.pk}"
    downloads.taken(request, NamedList.HANDOVER, name, row.items.count())
    return FileResponse(out, content_type=FILES[kind], filename=f"{name}.{kind}", as_attachment=kind == "xlsx")
