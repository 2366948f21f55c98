"""What is decided about a shipment with words: each on a page of its own that asks, and acts when it is sent."""
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages as flash
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from dossiers.models import Dossier
from onestop.access import role_required, take_refusal
from onestop.transitions import Refused
from postal import policies
from postal.forms.shipments import AddressForm, BetweenForm, CancelForm, ReasonForm
from postal.models import Shipment
from postal.services import handling, making, mending
from postal.views.doors import post_role_required
from postal.views.shipments import visible

NO_DOSSIER = _("Không tìm thấy hồ sơ này trong đơn vị của bạn.")


@dataclass(frozen=True)
class Act:
    """One decision: its form, what it does, the words around it."""

    form: type[forms.Form]
    do: Callable[..., Any]
    title: Any
    told: Any
    button: Any
    hint: Any = ""
    danger: bool = False


ACTS = {
    "sua-dia-chi": Act(AddressForm, mending.correct_address, _("Sửa địa chỉ"), _("Đã sửa địa chỉ."), _("Lưu địa chỉ"),
                       _("Nếu bưu chính đã nhận yêu cầu nhưng chưa lấy, Cổng hủy bưu gửi này và lập bưu gửi mới. "
                         "Nếu bưu chính đã lấy, hãy điện thoại báo bưu chính địa chỉ mới.")),
    "gui-lai": Act(AddressForm, mending.send_again, _("Gửi lại"), _("Đã lập bưu gửi mới thay bưu gửi này."), _("Lập bưu gửi mới"),
                   _("Hỏi lại công dân địa chỉ trước khi gửi lại.")),
    "huy": Act(CancelForm, mending.cancel, _("Hủy bưu gửi"), _("Đã hủy bưu gửi."), _("Hủy bưu gửi"),
               _("Nếu không lập bưu gửi khác, kết quả được trả tại quầy; giấy tờ do công dân tự nộp. Công dân được báo tin."), danger=True),
    "tra-tai-quay": Act(ReasonForm, mending.keep, _("Không gửi nữa"), _("Đã ghi nhận không gửi lại."), _("Không gửi nữa"),
                        _("Kết quả được trả tại quầy; giấy tờ do công dân tự nộp. Công dân được báo tin.")),
    "that-lac": Act(ReasonForm, handling.write_off, _("Xác định thất lạc"), _("Đã xác định bưu gửi thất lạc."), _("Xác định thất lạc"),
                    _("Chỉ làm sau khi đã hỏi bưu chính."), danger=True),
    "da-lien-he": Act(ReasonForm, handling.remark, _("Ghi nội dung đã trao đổi"), _("Đã ghi nội dung trao đổi."), _("Lưu")),
}


@post_role_required(*policies.READERS)
@require_http_methods(["GET", "POST"])
def act(request: HttpRequest, pk: int, verb: str) -> HttpResponse:
    """Ask, and do it."""
    shipment, todo = visible(request, pk), ACTS[verb]
    form = todo.form(request.POST if request.method == "POST" else None, initial=_initial(shipment))
    status = 200
    if request.method == "POST":
        done = _done(request, shipment, todo, form)
        if isinstance(done, Shipment):
            flash.success(request, todo.told)
            return redirect("postal:shipment", done.pk)
        status = done
    return render(request, "postal/shipment_act.html", {"shipment": shipment, "form": form, "act": todo}, status=status)


def _initial(shipment: Shipment) -> dict[str, Any]:
    return {"address": shipment.address, "area": shipment.area, "phone": shipment.phone}


def _done(request: HttpRequest, shipment: Shipment, todo: Act, form: forms.Form) -> Shipment | int:
    """The shipment to go on with; the status of the answer where it was refused."""
    if not form.is_valid():
        return 422
    typed = dict(form.cleaned_data)
    if todo.do is handling.remark:
        typed = {"text": typed["reason"]}
    try:
        made: Shipment = todo.do(actor=request.user, shipment=shipment, **typed)
    except Refused as refusal:
        take_refusal(form, refusal)
        return refusal.status
    return made


@role_required(*policies.SENDERS)
@require_http_methods(["GET", "POST"])
def send_between(request: HttpRequest) -> HttpResponse:
    """Send a dossier's papers to another office."""
    form = BetweenForm(request.POST if request.method == "POST" else None, user=request.user,
                       initial={"ma": request.GET.get("ma", "")[:60], "service": "standard"})
    status = 200
    if request.method == "POST":
        done = _sent(request, form)
        if isinstance(done, Shipment):
            flash.success(request, _("Đã lập bưu gửi. Bưu chính sẽ được báo đến lấy."))
            return redirect("postal:shipment", done.pk)
        status = done
    return render(request, "postal/shipment_between.html", {"form": form}, status=status)


def _sent(request: HttpRequest, form: BetweenForm) -> Shipment | int:
    if not form.is_valid():
        return 422
    number = form.cleaned_data["ma"].upper().replace(" ", "")
    seen = Dossier.objects.visible_to(request.user).select_related("received_office")
    dossier = seen.filter(code=number).first() or seen.filter(reference=number).first()
    if dossier is None:
        form.add_error("ma", NO_DOSSIER)
        return 422
    there = form.cleaned_data["to_office"]
    try:
        carrier = making.carrier_for(dossier.received_office)
        made = making.make_between(actor=request.user, dossier=dossier, to_office=there, carrier=carrier,
                                   service=form.cleaned_data["service"])
    except Refused as refusal:
        take_refusal(form, refusal)
        return refusal.status
    if made is None:
        form.add_error(None, _("Giấy tờ của hồ sơ này đang trên đường đến đơn vị đó."))
        return 409
    return made
