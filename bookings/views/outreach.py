"""Outreach (letter Cà Mau 3): lists of people whom the office invites; every page shows only the own office's."""
from __future__ import annotations

import hashlib
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from bookings import invitations, lists
from bookings.forms.outreach import CloseForm, ListForm, PeopleForm, SelectionForm, SendForm
from bookings.models import INVITES, Outreach
from bookings.services import outreach
from bookings.states import OutreachState, Purpose
from onestop import clock
from onestop.access import role_required, take_refusal, tell_refusal
from onestop.catalogue.models import Procedure
from onestop.offices.models import Office
from onestop.people.requests import StaffRequest
from onestop.people.shapes import Tab
from onestop.people.words import clean
from onestop.transitions import Refused

PER_PAGE = 40
TABS = (
    ("", gettext_lazy("Tất cả"), "total"), ("accepted", gettext_lazy("Đồng ý"), "accepted"),
    ("moved", gettext_lazy("Chọn giờ khác"), "moved"), ("cancelled", gettext_lazy("Không đến"), "cancelled"),
    ("silent", gettext_lazy("Chưa trả lời"), "silent"), ("to_call", gettext_lazy("Cần gọi"), "to_call"),
    ("trouble", gettext_lazy("Chưa có giờ"), "trouble"),
)


def own_offices(request: StaffRequest) -> list[Office]:
    """The offices for which this person invites."""
    return list(Office.objects.filter(pk__in=request.user.office_ids_as(*INVITES)).order_by("name"))


def own_office(request: StaffRequest, code: str) -> Office:
    """One of them: the named one, else the only or first one. 404 for any other office."""
    offices = own_offices(request)
    found = next((office for office in offices if office.code == code), None) if code else next(iter(offices), None)
    if found is None:
        raise Http404
    return found


def own(request: StaffRequest, pk: int) -> Outreach:
    """A list of the own office; 404 for any other."""
    found = invitations.one(request.user, pk)
    if found is None:
        raise Http404
    return found


@role_required(*INVITES)
@require_GET
def index(request: StaffRequest) -> HttpResponse:
    """The office's lists with their figures."""
    page = Paginator(invitations.lists(request.user), 20).get_page(request.GET.get("page"))
    return render(request, "bookings/outreach.html", {"page_obj": page})


@role_required(*INVITES)
@require_GET
def template(request: StaffRequest) -> HttpResponse:
    """The file to fill in."""
    answer = HttpResponse(lists.template(), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="danh-sach-moi.csv"'
    return answer


@role_required(*INVITES)
@require_http_methods(["GET", "POST"])
def upload(request: StaffRequest) -> HttpResponse:
    """A list from a file; what could not be read is told line by line."""
    office = own_office(request, clean(request.POST.get("office", request.GET.get("office", ""))))
    form = ListForm(request.POST or None, request.FILES or None, initial={"procedure": clean(request.GET.get("thu_tuc", ""))[:40]})
    found, status = lists.Found(), 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                found, run = created(request, office, form.cleaned_data)
                if run is not None:
                    return redirect("bookings:outreach_list", run.pk)
                form.add_error("file", _("Không có dòng nào dùng được. Xem lý do từng dòng bên dưới."))
            except lists.Unreadable as unreadable:
                form.add_error("file", str(unreadable))
            except Refused as refusal:
                take_refusal(form, refusal)
                status = refusal.status
    context = {"form": form, "office": office, "offices": own_offices(request), "left_out": found.report()[:200],
               "most": settings.OUTREACH_PEOPLE}
    return render(request, "bookings/outreach_upload.html", context, status=status)


def created(request: StaffRequest, office: Office, typed: dict[str, Any]) -> tuple[lists.Found, Outreach | None]:
    """Read the file and make the draft; no draft where no line can be used."""
    content = typed["file"].read()
    found = lists.read(typed["file"].name, content, most=settings.OUTREACH_PEOPLE)
    if not found.people:
        return found, None
    plan = outreach.Plan(name=typed["name"], procedure=typed["procedure"], purpose=typed["purpose"], first_day=typed["first_day"],
                         last_day=typed["last_day"], file_name=typed["file"].name, file_digest=hashlib.sha256(content).hexdigest())
    invitees = [outreach.Invitee(item.row, item.full_name, item.phone, item.citizen_id, item.note) for item in found.people]
    return found, outreach.make_list(actor=request.user, office=office, plan=plan, invitees=invitees, report=found.report())


@role_required(*INVITES)
@require_http_methods(["GET", "POST"])
def select(request: StaffRequest) -> HttpResponse:
    """A list of people whose results wait at the counter: first the procedure, then the dossiers."""
    asked = request.POST if request.method == "POST" else request.GET
    office, code = own_office(request, clean(asked.get("office", ""))), clean(asked.get("thu_tuc", ""))
    context: dict[str, Any] = {"office": office, "offices": own_offices(request)}
    if not code:
        return render(request, "bookings/outreach_select.html", context | {
            "waiting": invitations.ready_by_procedure(request.user, office), "procedure": None})
    procedure = get_object_or_404(Procedure, code=code)
    dossiers = list(invitations.ready(request.user, office, procedure.code)[:settings.OUTREACH_PEOPLE])
    form, status = SelectionForm(request.POST or None, keys=[item.pk for item in dossiers]), 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                return redirect("bookings:outreach_list", selected(request, office, procedure, dossiers, form.cleaned_data).pk)
            except Refused as refusal:
                take_refusal(form, refusal)
                status = refusal.status
    chosen = set(asked.getlist("dossier")) if request.method == "POST" else {str(item.pk) for item in dossiers}
    return render(request, "bookings/outreach_select.html", context | {
        "procedure": procedure, "dossiers": dossiers, "form": form, "chosen": chosen, "waiting": []}, status=status)


def selected(request: StaffRequest, office: Office, procedure: Procedure, dossiers: list[Any], typed: dict[str, Any]) -> Outreach:
    wanted = set(typed["dossier"])
    same = repr((typed["name"], typed["first_day"], typed["last_day"], sorted(wanted)))
    plan = outreach.Plan(name=typed["name"], procedure=procedure, purpose=Purpose.COLLECT, first_day=typed["first_day"],
                         last_day=typed["last_day"], file_digest=hashlib.sha256(same.encode()).hexdigest())
    invitees = [outreach.Invitee(row, item.full_name, item.phone, item.citizen_id, item.number, item)
                for row, item in enumerate((item for item in dossiers if item.pk in wanted), 1)]
    return outreach.make_list(actor=request.user, office=office, plan=plan, invitees=invitees)


@role_required(*INVITES)
@require_GET
def one(request: StaffRequest, pk: int) -> HttpResponse:
    """A list: figures, the next step, its people."""
    return render(request, "bookings/outreach_list.html", list_context(request, own(request, pk)))


def list_context(request: StaffRequest, run: Outreach, **forms: Any) -> dict[str, Any]:
    """What the page of a list shows; while the background run works the page asks again by itself."""
    counts, show, form = invitations.figures(run), request.GET.get("xem", ""), PeopleForm(request.GET)
    text = form.cleaned_data["q"] if form.is_valid() else ""
    rows = invitations.people(run, show=show, text=text)
    tabs = [Tab(label, f"?xem={value}" if value else "?", value == show, counts[figure]) for value, label, figure in TABS]
    state = OutreachState(run.state)
    looked_at = state == OutreachState.PROPOSED and not counts["pending"]
    return {
        "run": run, "counts": counts, "page_obj": Paginator(rows, PER_PAGE).get_page(request.GET.get("page")), "tabs": tabs, "form": form,
        "working": invitations.is_working(run, counts), "left_out": invitations.left_out(run), "done": counts["placed"] + counts["trouble"],
        "can_propose": state == OutreachState.DRAFT or (looked_at and counts["trouble"] > 0),
        "can_send": looked_at and counts["placed"] > 0,
        "can_drop": state in (OutreachState.DRAFT, OutreachState.PROPOSED), "is_open": state != OutreachState.CLOSED,
        "can_close": state not in (OutreachState.CLOSED, OutreachState.SENDING),
        "sent": state in (OutreachState.SENT, OutreachState.SENDING),
        "send_form": forms.get("send_form") or SendForm(initial={"answer_day": max(run.first_day, clock.today())}),
        "close_form": forms.get("close_form") or CloseForm(),
    }


@role_required(*INVITES)
@require_POST
def propose(request: StaffRequest, pk: int) -> HttpResponse:
    """Let the portal find a time for each."""
    try:
        outreach.propose(actor=request.user, run=own(request, pk))
        messages.success(request, _("Cổng đang xếp giờ cho từng người."))
    except Refused as refusal:
        tell_refusal(request, refusal)
    return redirect("bookings:outreach_list", pk)


@role_required(*INVITES)
@require_POST
def send(request: StaffRequest, pk: int) -> HttpResponse:
    """Send the invitations."""
    run, form, status = own(request, pk), SendForm(request.POST), 422
    if form.is_valid():
        try:
            outreach.send(actor=request.user, run=run, answer_by=form.answer_by())
            messages.success(request, _("Đang gửi lời mời cho từng người."))
            return redirect("bookings:outreach_list", pk)
        except Refused as refusal:
            form.add_error(None, str(refusal.sentence))
            status = refusal.status
    return render(request, "bookings/outreach_list.html", list_context(request, run, send_form=form), status=status)


@role_required(*INVITES)
@require_POST
def close(request: StaffRequest, pk: int) -> HttpResponse:
    """End the list."""
    form = CloseForm(request.POST)
    try:
        outreach.close(actor=request.user, run=own(request, pk), free=form.is_valid() and form.cleaned_data["free"])
        messages.success(request, _("Đã kết thúc danh sách mời."))
    except Refused as refusal:
        tell_refusal(request, refusal)
    return redirect("bookings:outreach_list", pk)


@role_required(*INVITES)
@require_POST
def drop_person(request: StaffRequest, pk: int, person: int) -> HttpResponse:
    """Leave somebody out before anything is sent."""
    row = get_object_or_404(own(request, pk).people.select_related("outreach"), pk=person)
    try:
        outreach.drop_person(actor=request.user, person=row)
        messages.success(request, _("Đã bỏ %(name)s khỏi danh sách.") % {"name": row.full_name})
    except Refused as refusal:
        tell_refusal(request, refusal)
    return redirect("bookings:outreach_list", pk)
