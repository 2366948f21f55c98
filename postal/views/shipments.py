"""The list of shipments and one shipment: for the carrier's clerk, the office and the administrator."""
from urllib.parse import urlencode

from django.contrib import messages as flash
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from dossiers.models import Dossier
from onestop.access import tell_refusal
from onestop.history import WORKER
from onestop.people.shapes import Tab, TimelineItem
from onestop.transitions import Refused
from postal import policies, queries
from postal.forms.shipments import ShipmentFilter
from postal.models import Shipment, ShipmentEvent
from postal.services import handling
from postal.states import GROUPS, REPORTED, SHOWN, TROUBLE, UNFETCHED
from postal.views.doors import post_role_required

PER_PAGE = 50
SHOWN_WITH = ("office", "to_office", "carrier", "dossier")


@post_role_required(*policies.READERS)
@require_GET
def shipment_list(request: HttpRequest) -> HttpResponse:
    """Shipments by working list; those to be fetched count down."""
    form = ShipmentFilter(request.GET, user=request.user)
    form.is_valid()
    found = Shipment.objects.visible_to(request.user).select_related(*SHOWN_WITH)
    page = Paginator(form.narrow(found), PER_PAGE).get_page(request.GET.get("page"))
    counts = queries.counts(request.user)
    context = {"form": form, "page_obj": page, "rows": queries.rows(request.user, list(page)), "late": counts["late"],
               "waiting": counts["can-lay"], "trouble": counts[TROUBLE], "tabs": _tabs(form.group, counts), "group": form.group,
               "in_trouble": form.group == TROUBLE, "may_send": bool(request.user.office_ids_as(*policies.SENDERS)),
               "may_compare": request.user.has_role(*policies.COMPARERS)}
    return render(request, "postal/shipments.html", context)


def _tabs(chosen: str, counts: dict[str, int]) -> list[Tab]:
    address = reverse("postal:shipments")
    return [Tab(label, f"{address}?{urlencode({'nhom': name})}", name == chosen, counts.get(name))
            for name, (label, _states) in GROUPS.items()]


@post_role_required(*policies.READERS)
@require_GET
def shipment_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One shipment: where, until when by both ways of counting, its papers, its money, its history, and what may be done with it."""
    shipment = visible(request, pk)
    events = list(shipment.events.select_related("actor"))
    return render(request, "postal/shipment.html", {
        "row": queries.rows(request.user, [shipment])[0], "shipment": shipment, "items": [_item(event) for event in events],
        "other_way": queries.other_way(shipment),
        "legal_basis": next((event.legal_basis for event in reversed(events) if event.legal_basis), ""),
        "verbs": queries.verbs(request.user, shipment), "to_collect": shipment.state in UNFETCHED and shipment.collect_due_at is not None,
        "may_open_dossier": Dossier.objects.visible_to(request.user).filter(pk=shipment.dossier_id).exists(),
        "stands_in": list(shipment.replacements.order_by("pk")),
    })


@post_role_required(*policies.READERS)
@require_POST
def collected(request: HttpRequest, pk: int) -> HttpResponse:
    """The postman has taken it."""
    shipment = visible(request, pk)
    try:
        handling.collect(shipment=shipment, actor=request.user)
        flash.success(request, _("Đã ghi nhận bưu chính đã lấy bưu gửi %(waybill)s.") % {"waybill": shipment.waybill})
    except Refused as refusal:
        tell_refusal(request, refusal)
    return redirect("postal:shipments" if request.POST.get("ve") == "danh-sach" else reverse("postal:shipment", args=[pk]))


@post_role_required(*policies.READERS)
@require_POST
def retry(request: HttpRequest, pk: int) -> HttpResponse:
    """Tell the carrier again."""
    shipment = visible(request, pk)
    try:
        handling.retry(actor=request.user, shipment=shipment)
        flash.success(request, _("Bưu gửi sẽ được báo lại cho bưu chính."))
    except Refused as refusal:
        tell_refusal(request, refusal)
    return redirect("postal:shipment", pk)


@post_role_required(*policies.READERS)
@require_POST
def arrived(request: HttpRequest, pk: int) -> HttpResponse:
    """Papers have reached the office."""
    shipment = visible(request, pk)
    try:
        handling.arrive(actor=request.user, shipment=shipment)
        flash.success(request, _("Đã ghi nhận giấy tờ đến đơn vị. Khử khuẩn, mở và đếm tại mục Bưu phẩm đến."))
    except Refused as refusal:
        tell_refusal(request, refusal)
    return redirect("postal:shipment", pk)


def visible(request: HttpRequest, pk: int) -> Shipment:
    """A shipment that this person may see; 404 for any other."""
    more = ("dossier__received_office", "dossier__competent_office", "area__parent__parent", "point", "waiver", "replaces", "counted_by")
    return get_object_or_404(Shipment.objects.visible_to(request.user).select_related(*SHOWN_WITH, *more), pk=pk)


def _item(event: ShipmentEvent) -> TimelineItem:
    label, tone = SHOWN.get(event.verb, (event.verb, "neutral"))
    title = str(label)
    if event.verb == "report":
        title = _("Bưu chính cập nhật: %(status)s") % {"status": REPORTED.get(event.data["status"], event.data["status"])}
    told = [event.reason, event.legal_basis and _("Căn cứ: %(basis)s") % {"basis": event.legal_basis}]
    who = event.actor or ("" if event.actor_label == WORKER else event.actor_label)
    return TimelineItem(event.at, title, " · ".join(text for text in told if text), who, tone)
