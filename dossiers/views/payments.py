"""A citizen pays: at the gateway or by transfer; and comes back from the gateway."""
from __future__ import annotations

from typing import Any
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from dossiers import payments as reads
from dossiers import tracking
from dossiers.gateway import signing
from dossiers.models import Dossier, GatewayNotice
from dossiers.services import payments
from dossiers.services.records import track_path
from dossiers.states import AttemptState
from onestop.access import address, limited, tell_refusal
from onestop.jobs import enqueue_after_commit
from onestop.transitions import Refused


@login_not_required
@require_http_methods(["GET", "POST"])
@limited("dossier_pay", "60/h")
def pay(request: HttpRequest, number: str) -> HttpResponse:
    """What is to be paid and how; only in the browser that gave the second factor."""
    dossier = tracking.opened_in(request.session, number)
    if dossier is None:
        return redirect(track_path(number))
    if request.method == "POST":
        return act(request, dossier)
    found = reads.account(dossier)
    asked = found.open
    context = {
        "dossier": dossier, "fee": found.fee, "asked": asked, "last": found.last, "may_begin": reads.may_begin(dossier, found),
        "online": reads.online(dossier), "transfer": reads.transfer(asked) if asked else None, "waiting": reads.waiting_attempt(asked),
    }
    return to_gateway(render(request, "dossiers/pay.html", context))


def to_gateway(response: HttpResponse) -> HttpResponse:
    """The form of this page may lead on to the gateway."""
    where = urlsplit(settings.GATEWAY_URL)
    if where.netloc:
        setattr(response, "_csp_update", {"form-action": [f"{where.scheme}://{where.netloc}"]})  # noqa: B010
    return response


def act(request: HttpRequest, dossier: Dossier) -> HttpResponse:
    """Pay at the gateway, or begin to pay a fee nobody has asked for yet."""
    try:
        found = reads.account(dossier)
        asked = found.open
        if asked is None and reads.may_begin(dossier, found):
            asked = payments.ask(actor=None, dossier=dossier, via="web")
        if asked is None:
            raise Refused("not_open", _("Hồ sơ không có khoản nào chờ nộp."), status=409)
        if request.POST.get("action") == "gateway":
            back = f"{settings.PUBLIC_URL}{reverse('dossiers:pay_return')}"
            return redirect(payments.start_attempt(asked, back, address=address(request) or "127.0.0.1"))
    except Refused as refusal:
        tell_refusal(request, refusal)
    return redirect("dossiers:pay", dossier.number)


@login_not_required
@require_http_methods(["GET", "POST"])
@limited("dossier_pay", "60/h")
def pay_return(request: HttpRequest) -> HttpResponse:
    """Back from the gateway. GET shows what is known and has the gateway asked; POST takes the signed words in, as a notice would."""
    fields = {str(name): str(value) for name, value in (request.POST if request.method == "POST" else request.GET).items()
              if str(name).startswith("vnp_")}
    if request.method == "POST":
        payments.heard(fields, source=GatewayNotice.Source.RETURN)
        return redirect(f"{reverse('dossiers:pay_return')}?{urlencode(fields)}")
    attempt = reads.attempt_called(fields.get("vnp_TxnRef", "")) if payments.genuine(fields) else None
    if attempt is None:
        return render(request, "dossiers/pay_return.html", {"attempt": None, "fields": {}, "says": ""}, status=400)
    if attempt.state == AttemptState.SENT and not attempt.asked_times:
        enqueue_after_commit("dossiers.ask_gateway", attempt.pk)
    context: dict[str, Any] = {"attempt": attempt, "fields": fields, "says": said(fields)}
    return render(request, "dossiers/pay_return.html", context)


def said(fields: dict[str, str]) -> str:
    """What the browser brought: 'success', 'pending' or 'failed'."""
    told = signing.read(fields)
    return "success" if told.success else "pending" if told.pending else "failed"


