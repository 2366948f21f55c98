"""The table of fees: what is in force, a new version of one price, a whole table from a file with a preview."""
from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django.contrib import messages
from django.core import signing
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from onestop import clock, sheets
from onestop.access import role_required, take_refusal
from onestop.people.requests import StaffRequest
from onestop.people.states import Role
from onestop.transitions import Refused
from postal import fee_tables, money_lists
from postal.forms.fees import FeeFileForm, FeeForm, carriers
from postal.models import Carrier
from postal.services import fees
from postal.services.fees import NewPrice
from postal.states import Direction, Service, Zone

PER_PAGE = 50
SALT, HOURS = "postal.fee-table", 2


@role_required(Role.ADMINISTRATOR)
@require_http_methods(["GET", "POST"])
def table(request: StaffRequest) -> HttpResponse:
    """The table, and a new version of one price."""
    form = FeeForm(request.POST or None, user=request.user)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                fees.add_price(actor=request.user, carrier=form.cleaned_data["carrier"], new=form.price())
                messages.success(request, _("Đã lập giá cước mới; giá cũ áp dụng đến hết ngày hôm trước."))
                return redirect("postal:fees")
            except Refused as refusal:
                take_refusal(form, refusal)
                status = refusal.status
    past = request.GET.get("xem") == "tat-ca"
    page = Paginator(money_lists.prices(request.user, carriers(request.user), past=past), PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "postal/fees.html", {"form": form, "page_obj": page, "past": past, "today": clock.today()}, status=status)


@role_required(Role.ADMINISTRATOR)
@require_http_methods(["GET", "POST"])
def upload(request: StaffRequest) -> HttpResponse:
    """A table from a file: first what it would change, then it is taken as a whole."""
    if request.method == "POST" and "bang" in request.POST:
        return _take(request)
    form = FeeFileForm(request.POST or None, request.FILES or None, user=request.user)
    context: dict[str, Any] = {"form": form, "rows": None, "faults": [], "signed": "", "carrier": None}
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                context |= _preview(form.cleaned_data["carrier"], form.cleaned_data["file"].read())
                status = 200
            except sheets.Unreadable as error:
                form.add_error("file", str(error))
    return render(request, "postal/fees_import.html", context, status=status)


@role_required(Role.ADMINISTRATOR)
@require_GET
def template(request: StaffRequest) -> HttpResponse:
    """An empty table to fill in."""
    answer = HttpResponse(sheets.empty(fee_tables.HEADER), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="bang-cuoc.csv"'
    return answer


def _preview(carrier: Carrier, content: bytes) -> dict[str, Any]:
    found, faults = fee_tables.read(content)
    rows = []
    for number, price in found:
        refusal = fees.problem(carrier, price)
        if refusal is not None:
            faults.append(fee_tables.Fault(number, str(refusal.sentence)))
        rows.append({"number": number, "price": price, "good": refusal is None, "zone": Zone(price.zone).label,
                     "service": Service(price.service).label,
                     "direction": Direction(price.direction).label if price.direction else _("Mọi chiều")})
    signed = "" if faults or not rows else _signed(carrier, [price for _number, price in found])
    return {"rows": rows, "faults": sorted(faults, key=lambda fault: fault.row), "signed": signed, "carrier": carrier}


def _signed(carrier: Carrier, prices: list[NewPrice]) -> str:
    """What was previewed, so that exactly that is taken."""
    plain = [asdict(price) | {"valid_from": price.valid_from.isoformat()} for price in prices]
    return signing.dumps({"carrier": carrier.pk, "prices": plain}, salt=SALT, compress=True)


def _take(request: StaffRequest) -> HttpResponse:
    try:
        held = signing.loads(request.POST["bang"], salt=SALT, max_age=HOURS * 3600)
        carrier = get_object_or_404(carriers(request.user), pk=held["carrier"])
        prices = [NewPrice(**row | {"valid_from": parse_date(row["valid_from"])}) for row in held["prices"]]
        fees.add_prices(actor=request.user, carrier=carrier, new=prices)
    except signing.BadSignature:
        messages.error(request, _("Bản xem trước đã hết hạn. Vui lòng tải tệp lại."))
        return redirect("postal:fees_import")
    except Refused as refusal:
        messages.error(request, str(refusal.sentence))
        return redirect("postal:fees_import")
    messages.success(request, _("Đã nhập %(count)d giá cước.") % {"count": len(prices)})
    return redirect("postal:fees")
