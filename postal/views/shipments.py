"""The pages of the post: for the carrier's clerk, the office and the administrator."""
from urllib.parse import urlencode

from django.contrib import messages as flash
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from dossiers.models import Dossier
from onestop.access import role_required, tell_refusal
from onestop.history import WORKER
from onestop.people.shapes import Tab, TimelineItem
from onestop.transitions import Refused
from postal import policies, queries
from postal.forms.shipments import ShipmentFilter
from postal.models import Shipment, ShipmentEvent
from postal.services import handling
from postal.states import GROUPS, REPORTED, RETRIABLE, SHOWN, State

PER_PAGE = 50


@role_required(*policies.READERS)
@require_GET
def shipment_list(request: HttpRequest) -> HttpResponse:
    """Shipments by working list; those to be fetched count down."""
    form = ShipmentFilter(request.GET)
    form.is_valid()
    found = Shipment.objects.visible_to(request.user).select_related("office", "carrier", "dossier")
    page = Paginator(form.narrow(found), PER_PAGE).get_page(request.GET.get("page"))
    counts = queries.counts(request.user)
    context = {"form": form, "page_obj": page, "rows": queries.rows(request.user, list(page)), "late": counts["late"],
               "waiting": counts["can-lay"], "trouble": counts["can-xu-ly"], "tabs": _tabs(form.group, counts), "group": form.group}
    return render(request, "postal/shipments.html", context)


def _tabs(chosen: str, counts: dict[str, int]) -> list[Tab]:
    address = reverse("postal:shipments")
    return [Tab(label, f"{address}?{urlencode({'nhom': name})}", name == chosen, counts[name]) for name, (label, _states) in GROUPS.items()]


@role_required(*policies.READERS)
@require_GET
def shipment_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One shipment with its history and what may be done with it."""
    shipment = _visible(request, pk)
    return render(request, "postal/shipment.html", {
        "row": queries.rows(request.user, [shipment])[0], "shipment": shipment,
        "items": [_item(event) for event in shipment.events.select_related("actor")],
        "wall_due": queries.by_wall_clock(shipment),
        "may_retry": shipment.state in RETRIABLE and policies.can_retry(request.user, shipment),
        "may_open_dossier": Dossier.objects.visible_to(request.user).filter(pk=shipment.dossier_id).exists(),
        "to_collect": shipment.state == State.ORDERED,
    })


@role_required(*policies.READERS)
@require_POST
def collected(request: HttpRequest, pk: int) -> HttpResponse:
    """The postman has taken it."""
    shipment = _visible(request, pk)
    try:
        handling.collect(shipment=shipment, actor=request.user)
        flash.success(request, _("Đã ghi nhận bưu chính đã lấy bưu gửi %(waybill)s.") % {"waybill": shipment.waybill})
    except Refused as refusal:
        tell_refusal(request, refusal)
    return redirect("postal:shipments" if request.POST.get("ve") == "danh-sach" else reverse("postal:shipment", args=[pk]))


@role_required(*policies.READERS)
@require_POST
def retry(request: HttpRequest, pk: int) -> HttpResponse:
    """Tell the carrier again."""
    shipment = _visible(request, pk)
    try:
        handling.retry(actor=request.user, shipment=shipment)
        flash.success(request, _("Bưu gửi sẽ được báo lại cho bưu chính."))
    except Refused as refusal:
        tell_refusal(request, refusal)
    return redirect("postal:shipment", pk)


def _visible(request: HttpRequest, pk: int) -> Shipment:
    rows = Shipment.objects.visible_to(request.user).select_related("office", "carrier", "dossier")
    return get_object_or_404(rows, pk=pk)


def _item(event: ShipmentEvent) -> TimelineItem:
    label, tone = SHOWN[event.verb]
    title = str(label)
    if event.verb == "report":
        title = _("Bưu chính cập nhật: %(status)s") % {"status": REPORTED.get(event.data["status"], event.data["status"])}
    told = [event.reason, event.legal_basis and _("Căn cứ: %(basis)s") % {"basis": event.legal_basis}]
    who = event.actor or ("" if event.actor_label == WORKER else event.actor_label)
    return TimelineItem(event.at, title, " · ".join(text for text in told if text), who, tone)
