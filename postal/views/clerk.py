"""The carrier's clerk with a phone in the hand: what is to be fetched, one scan for each, papers taken over at somebody's door."""
from __future__ import annotations

from django.contrib import messages as flash
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from onestop.access import take_refusal, tell_refusal
from onestop.offices.models import Office
from onestop.people.requests import StaffRequest
from onestop.people.states import Role
from onestop.transitions import Refused
from postal import pickups, policies
from postal.forms.handover import ScanForm, TakeOverForm
from postal.models import CollectionSlip, Shipment
from postal.services import counting, handover
from postal.states import FETCHED, Direction
from postal.views.doors import post_role_required

HOMES_PER_PAGE = 20
ENVELOPES_PER_PAGE = 50
SCANNERS = (Role.CARRIER, Role.DESK)


@post_role_required(Role.CARRIER)
@require_GET
def today(request: StaffRequest) -> HttpResponse:
    """Where to go now: offices and homes, the first due at the top."""
    page = Paginator(pickups.homes(request.user), HOMES_PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "postal/clerk.html", {
        "stops": pickups.stops(request.user), "page_obj": page, "homes": [pickups.Home(one) for one in page],
        "clerk": policies.clerk_of(request.user), "lists": pickups.open_lists(request.user)})


@post_role_required(Role.CARRIER)
@require_GET
def office(request: StaffRequest, code: str) -> HttpResponse:
    """What waits at one office."""
    place = get_object_or_404(Office.objects.select_related("area"), code=code)
    found = pickups.at_office(request.user, place)
    page = Paginator(found, ENVELOPES_PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "postal/clerk_office.html", {
        "office": place, "page_obj": page, "rows": [pickups.Home(one) for one in page], "total": page.paginator.count})


@post_role_required(*SCANNERS)
@require_POST
def scan(request: StaffRequest) -> HttpResponse:
    """One code: into the open list of its office, or to the form at the citizen's door."""
    form = ScanForm(request.POST)
    typed = form.cleaned_data["ma"] if form.is_valid() else ""
    try:
        shipment = handover.find(request.user, typed)
        way = handover.way_of(shipment)
        if not way.kind:
            return redirect("postal:take_over", shipment.pk)
        row = handover.open_list(office=way.office, carrier=shipment.carrier, kind=way.kind, actor=request.user)
        tell_scanned(request, handover.scan(row=row, shipment=shipment, actor=request.user))
    except Refused as refusal:
        tell_refusal(request, refusal)
        return redirect("postal:pickups" if request.user.has_role(Role.CARRIER) else "postal:handovers")
    return redirect("postal:handover", row.pk)


def tell_scanned(request: StaffRequest, done: handover.Scanned) -> None:
    """What one scan did."""
    shipment = done.item.shipment
    number = shipment.waybill or shipment.dossier.number
    if done.new:
        flash.success(request, _("Đã thêm %(number)s: %(papers)s giấy tờ.") % {"number": number, "papers": done.item.papers})
    else:
        flash.info(request, _("%(number)s đã có trong bảng kê này, không thêm nữa.") % {"number": number})


@post_role_required(Role.CARRIER)
@require_http_methods(["GET", "POST"])
def take_over(request: StaffRequest, pk: int) -> HttpResponse:
    """At the citizen's door: count with them, seal before them, both sign."""
    found = Shipment.objects.visible_to(request.user).filter(direction=Direction.IN)
    shipment = get_object_or_404(found.select_related("office", "carrier", "dossier__version", "dossier__procedure"), pk=pk)
    slip = CollectionSlip.objects.filter(shipment=shipment).select_related("receiver").first()
    counts = counting.expected(shipment)
    form = TakeOverForm(request.POST if request.method == "POST" else None, counts=counts, initial={"giver": shipment.recipient})
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                counting.take_over(actor=request.user, shipment=shipment, taken=form.taken())
                flash.success(request, _("Đã nhận giấy tờ của %(name)s.") % {"name": shipment.recipient})
                return redirect("postal:pickups")
            except Refused as refusal:
                take_refusal(form, refusal)
                status = refusal.status
    context = {"shipment": shipment, "form": form, "slip": slip, "taken": slip is not None or shipment.state in FETCHED,
               "left": pickups.Home(shipment), "counts": counts, "papers": counting.papers_in(counts)}
    return render(request, "postal/clerk_door.html", context, status=status)
