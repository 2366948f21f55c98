"""Shipments the carrier could not be told of: by carrier and reason, told again one by one, chosen, or all."""
from __future__ import annotations

from django.contrib import messages as flash
from django.core.paginator import Paginator
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from onestop.access import role_required, tell_refusal
from onestop.people.requests import StaffRequest
from onestop.people.states import Role
from onestop.people.words import row_id
from onestop.transitions import Refused
from postal import dead_letters
from postal.forms.carriers import DeadFilter
from postal.models import Shipment
from postal.services import breakers, dead
from postal.views.carriers import kept_by

PER_PAGE = 50
MOST = 500  # chosen at once


@role_required(Role.ADMINISTRATOR)
@require_GET
def dead_list(request: StaffRequest) -> HttpResponse:
    """Dead letters, those that have waited longest first."""
    chosen, reason = row_id(request.GET.get("buu_chinh")), str(request.GET.get("ly_do", ""))[:100].replace("\0", "")
    reasons = dead_letters.reasons(dead_letters.letters(request.user, carrier=chosen))
    form = DeadFilter(request.GET, carriers=dead_letters.carriers(request.user),
                      reasons=[(one.code, f"{one.code} ({one.count})") for one in reasons])
    form.is_valid()
    page = Paginator(dead_letters.letters(request.user, carrier=chosen, reason=reason), PER_PAGE).get_page(request.GET.get("page"))
    carrier = kept_by(request.user).filter(pk=chosen).first()
    return render(request, "postal/carrier_dead.html", {
        "form": form, "page_obj": page, "carrier": carrier, "resting": carrier is not None and breakers.resting(carrier),
        "chosen": chosen or "", "reason": reason})


@role_required(Role.ADMINISTRATOR)
@require_POST
def dead_act(request: StaffRequest) -> HttpResponse:
    """Tell again, or give up, what was chosen on the page."""
    one = request.POST.get("mot")
    keys = [row_id(text) for text in ([one] if one else request.POST.getlist("buu_gui")[:MOST])]
    found = list(dead_letters.letters(request.user).filter(pk__in=keys))
    if not found:
        flash.warning(request, _("Chưa chọn bưu gửi nào."))
    elif request.POST.get("viec") == "huy":
        _cancel(request, found)
    else:
        done = dead.retry_some(actor=request.user, shipments=found)
        flash.success(request, _("Đã cho báo lại %(count)s bưu gửi.") % {"count": done})
    return _back(request)


def _cancel(request: StaffRequest, found: list[Shipment]) -> None:
    try:
        done = dead.cancel_some(actor=request.user, shipments=found, reason=request.POST.get("ly_do_huy", ""))
    except Refused as refusal:
        tell_refusal(request, refusal)
        return
    flash.success(request, _("Đã hủy %(count)s bưu gửi.") % {"count": done})


@role_required(Role.ADMINISTRATOR)
@require_POST
def dead_retry_carrier(request: StaffRequest, pk: int) -> HttpResponse:
    """Tell a carrier again of everything, and close its breaker."""
    carrier = get_object_or_404(kept_by(request.user), pk=pk)
    count = dead.retry_carrier(actor=request.user, carrier=carrier)
    flash.success(request, _("Đã nối lại và cho báo lại %(count)s bưu gửi của %(carrier)s.") % {"count": count, "carrier": carrier.name})
    return redirect("postal:dead_letters")


def _back(request: StaffRequest) -> HttpResponseRedirect:
    query = urlencode({name: request.POST.get(name, "")[:100] for name in ("buu_chinh", "ly_do")})
    return HttpResponseRedirect(f"{reverse('postal:dead_letters')}?{query}")
