"""Parcels at the desk: scanned in, cleaned, opened and counted, made into dossiers or sent back."""
from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from dossiers import parcel_lists, policies
from dossiers.counting import PersonForm
from dossiers.form_parcels import ParcelCountForm, ParcelFilter, ParcelForm, SendBackForm
from dossiers.models import Parcel
from dossiers.services import arrivals, parcels
from dossiers.states import ParcelState
from dossiers.views.desk import own_office
from onestop import clock
from onestop.access import role_required, take_refusal, tell_refusal
from onestop.catalogue.models import Procedure
from onestop.catalogue.queries import does, search
from onestop.people.shapes import Tab
from onestop.people.states import Role
from onestop.people.words import clean
from onestop.transitions import Refused

STAFF = (Role.DESK, Role.SPECIALIST, Role.LEADER)
TAKERS = (Role.DESK, Role.SPECIALIST)
PER_PAGE = 25
SHOWN = 15  # procedures found at once
OPEN = (ParcelState.REGISTERED, ParcelState.MISSING)


@role_required(*STAFF)
@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """The office's parcels by state; a scanned waybill opens its parcel."""
    form = ParcelFilter(request.GET)
    form.is_valid()
    asked = form.cleaned_data
    scanned = parcel_lists.by_waybill(request.user, asked.get("q", ""))
    if scanned is not None:
        return redirect("dossiers:parcel", scanned.pk)
    state = asked.get("muc") or ""
    rows = parcel_lists.found(request.user, q=asked.get("q", ""), state=state, first=asked.get("tu_ngay"), last=asked.get("den_ngay"))
    counts = parcel_lists.counts(request.user)
    names = [("", _("Tất cả"), sum(counts[value] for value in ParcelState.values)),
             *((value, label, counts[value]) for value, label in ParcelState.choices)]
    tabs = [Tab(label=label, url=f"?muc={value}" if value else "?", current=state == value, count=number) for value, label, number in names]
    new = reverse("dossiers:parcel_new")
    typed = clean(asked.get("q", ""))
    return render(request, "dossiers/parcels.html", {
        "page_obj": Paginator(rows, PER_PAGE).get_page(request.GET.get("page")), "tabs": tabs, "form": form, "late": counts["late"],
        "new": f"{new}?{urlencode({'van_don': typed})}" if parcel_lists.looks_like_waybill(typed) else new, "query": typed,
        "today": clock.today(), "may_register": request.user.has_role(*TAKERS)})


@role_required(*TAKERS)
@require_http_methods(["GET", "POST"])
def register(request: HttpRequest) -> HttpResponse:
    """Write a parcel down, unopened."""
    office = own_office(request)
    form = ParcelForm(request.POST if request.method == "POST" else None, initial={"waybill": clean(request.GET.get("van_don", ""))[:40]})
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                parcel = parcels.register(actor=request.user, office=office, sender=form.sender(), note=form.cleaned_data["note"],
                                          procedure=named(form.cleaned_data["procedure"]))
                messages.success(request, _("Đã đăng ký bưu phẩm."))
                return redirect("dossiers:parcel", parcel.pk)
            except Refused as refusal:
                take_refusal(form, refusal)
                status = refusal.status
    return render(request, "dossiers/parcel_new.html", {"form": form, "office": office}, status=status)


def named(code: str) -> Procedure | None:
    """The procedure with a code; None without one. Raises Refused('invalid') for a code that is none."""
    found = Procedure.objects.usable().filter(code=code).first() if code else None
    if code and found is None:
        sentence = _("Không có thủ tục nào có mã này.")
        raise Refused("invalid", sentence, fields={"procedure": [sentence]})
    return found


def own(request: HttpRequest, pk: int) -> Parcel:
    """A parcel of the person's offices; 404 else."""
    return get_object_or_404(Parcel.objects.visible_to(request.user).select_related("office", "procedure__current",
                                                                                          "dossier__version"), pk=pk)


@role_required(*STAFF)
@require_GET
def show(request: HttpRequest, pk: int) -> HttpResponse:
    """One parcel: where it stands, what is to be done next."""
    return parcel_page(request, own(request, pk))


def parcel_page(request: HttpRequest, parcel: Parcel, form: SendBackForm | None = None, status: int = 200) -> HttpResponse:
    """The page of a parcel."""
    may = parcel.state in OPEN and policies.can_receive(request.user, parcel.office)
    return render(request, "dossiers/parcel.html", {
        "parcel": parcel, "events": parcel.events.select_related("actor").order_by("-pk"), "may": may, "form": form or SendBackForm(),
        "late": parcel.state == ParcelState.MISSING and parcel.answer_by is not None and parcel.answer_by < clock.today()}, status=status)


@role_required(*TAKERS)
@require_POST
def clean_off(request: HttpRequest, pk: int) -> HttpResponse:
    """The hygiene step."""
    parcels.clean_off(actor=request.user, parcel=own(request, pk))
    messages.success(request, _("Đã ghi nhận khử khuẩn."))
    return redirect("dossiers:parcel", pk)


@role_required(*TAKERS)
@require_http_methods(["GET", "POST"])
def count(request: HttpRequest, pk: int) -> HttpResponse:
    """Count what lies in the parcel against the list; without a procedure: choose one first."""
    parcel = own(request, pk)
    code = clean(request.GET.get("thu_tuc", "")) or (parcel.procedure.code if parcel.procedure else "")
    procedure = Procedure.objects.usable().select_related("current").filter(code=code).first() if code else None
    if procedure is None or not does(parcel.office, procedure):
        return choose(request, parcel)
    papers = list(parcels.version_of(parcel, procedure).papers.all())
    initial = {"answer_by": clock.today() + timedelta(days=settings.PARCEL_ANSWER_DAYS), "note": parcel.note, **counted_before(parcel)}
    form = ParcelCountForm(request.POST if request.method == "POST" else None, papers=papers, initial=initial)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                done = parcels.count(actor=request.user, parcel=parcel, procedure=procedure, papers=form.counted(),
                                     answer_by=form.cleaned_data["answer_by"], note=form.cleaned_data["note"])
                messages.success(request, counted_words(done))
                return redirect("dossiers:parcel", pk)
            except Refused as refusal:
                take_refusal(form, refusal)
                status = refusal.status
    context = {"parcel": parcel, "procedure": procedure, "form": form, "papers": form.rows()}
    return render(request, "dossiers/parcel_count.html", context, status=status)


def counted_words(parcel: Parcel) -> str:
    """What the officer reads after counting."""
    if parcel.missing:
        return _("Thiếu giấy tờ, đã báo người gửi.")
    return _("Đủ giấy tờ, có thể ghi vào hồ sơ.") if parcel.dossier else _("Đủ giấy tờ, có thể lập hồ sơ.")


@role_required(*TAKERS)
@require_POST
def put_in(request: HttpRequest, pk: int) -> HttpResponse:
    """The counted papers become those of the dossier that the parcel came for."""
    parcel = own(request, pk)
    try:
        done = arrivals.put_in(actor=request.user, parcel=parcel)
    except Refused as refusal:
        tell_refusal(request, refusal)
        return redirect("dossiers:parcel", pk)
    messages.success(request, _("Đã ghi giấy tờ vào hồ sơ %(code)s.") % {"code": done.dossier})
    return redirect("dossiers:detail", done.dossier_id)


def counted_before(parcel: Parcel) -> dict[str, Any]:
    """The ticks and numbers of the last count."""
    rows: dict[str, Any] = {}
    for item in parcel.counts:
        rows[f"paper_{item['position']}"] = item["present"]
        if item["present"]:
            rows |= {f"paper_{item['position']}_{kind}": item[kind] for kind in ("originals", "certified", "copies")}
    return rows


def choose(request: HttpRequest, parcel: Parcel) -> HttpResponse:
    """Which procedure the papers are for."""
    query = clean(request.GET.get("q", ""))[:120]
    rows = search(query, office=parcel.office, usable_only=True)[:SHOWN] if query else []
    return render(request, "dossiers/parcel_choose.html", {"parcel": parcel, "query": query, "procedures": rows})


@role_required(*TAKERS)
@require_http_methods(["GET", "POST"])
def file(request: HttpRequest, pk: int) -> HttpResponse:
    """Make the dossier of a counted parcel: accepted, with code and receipt."""
    parcel = own(request, pk)
    initial = {"full_name": parcel.sender_name, "phone": parcel.sender_phone, "address": parcel.sender_address,
               "return_address": parcel.sender_address}
    form = PersonForm(request.POST if request.method == "POST" else None, initial=initial)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                dossier = parcels.file(actor=request.user, parcel=parcel, applicant=form.applicant(), request=form.wanted())
                messages.success(request, _("Đã tiếp nhận hồ sơ %(code)s. Giấy tiếp nhận đã sẵn sàng để in.") % {"code": dossier.number})
                return redirect("dossiers:detail", dossier.pk)
            except Refused as refusal:
                take_refusal(form, refusal)
                status = refusal.status
    return render(request, "dossiers/parcel_file.html", {"parcel": parcel, "form": form}, status=status)


@role_required(*TAKERS)
@require_POST
def send_back(request: HttpRequest, pk: int) -> HttpResponse:
    """Send a parcel back, with the reason."""
    parcel, form = own(request, pk), SendBackForm(request.POST)
    if not form.is_valid():
        return parcel_page(request, parcel, form, status=422)
    try:
        parcels.send_back(actor=request.user, parcel=parcel, reason=form.cleaned_data["reason"])
        messages.success(request, _("Đã ghi nhận gửi trả và báo người gửi."))
    except Refused as refusal:
        tell_refusal(request, refusal)
    return redirect("dossiers:parcel", pk)
