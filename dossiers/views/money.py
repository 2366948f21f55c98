"""Money on the officers' side: a dossier's fee and payments, the cash receipt; the grounds for exemption; the day's files compared."""
from __future__ import annotations

import csv
import io
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from dossiers import payments as reads
from dossiers import policies
from dossiers.form_payments import AskForm, CashForm, ExemptForm, GroundForm, ReasonForm, ReconcileForm
from dossiers.models import CashReceipt, Dossier, ExemptionGround, PaymentRequest, Reconciliation, ReconciliationLine
from dossiers.printing import cash as printed
from dossiers.services import payments
from dossiers.services.payments.asking import PAYABLE
from dossiers.states import PaymentState
from dossiers.views.casework import STAFF, found
from onestop import clock
from onestop.access import role_required, take_refusal
from onestop.people.shapes import Tab
from onestop.people.states import Role
from onestop.people.words import clean
from onestop.transitions import Refused

FORMS: dict[str, type[Form]] = {"ask": AskForm, "exempt": ExemptForm, "cancel": ReasonForm, "cash": CashForm, "refund": ReasonForm}
DONE = {
    "ask": gettext_lazy("Đã yêu cầu nộp tiền và báo cho công dân."), "exempt": gettext_lazy("Đã áp dụng miễn, giảm."),
    "cancel": gettext_lazy("Đã hủy yêu cầu thanh toán."), "cash": gettext_lazy("Đã thu tiền mặt. In phiếu thu cho người nộp."),
    "refund": gettext_lazy("Đã ghi nhận hoàn tiền và báo cho công dân."),
}


@role_required(*STAFF)
@require_GET
def money(request: HttpRequest, pk: int) -> HttpResponse:
    """Fee, exemption, requests, receipts and history of one dossier."""
    return show(request, found(request.user, pk))


def show(request: HttpRequest, dossier: Dossier, tried: str = "", form: Form | None = None, *, status: int = 200) -> HttpResponse:
    """The page; a form with errors takes the place of an empty one."""
    account = reads.account(dossier)
    forms = {name: form if name == tried and form is not None else empty() for name, empty in FORMS.items()}
    if tried != "cash":
        forms["cash"] = CashForm(initial={"payer": dossier.filer_name or dossier.full_name})
    requests = [(item, getattr(item, "receipt", None)) for item in reversed(account.requests)]
    context = {
        "dossier": dossier, "fee": account.fee, "requests": requests, "asked": account.open, "tried": tried,
        "may": may(request, dossier, account), "timeline": reads.timeline(dossier), "refunds_due": reads.refunds_due(dossier),
        **{f"{name}_form": item for name, item in forms.items()},
    }
    return render(request, "dossiers/money.html", context, status=status)


def may(request: HttpRequest, dossier: Dossier, account: reads.Account) -> set[str]:
    """What this person may do now: the buttons ask the same rules as the services."""
    user, asked = request.user, account.open
    paid = any(item.state == PaymentState.PAID for item in account.requests)
    possible = {
        "ask": asked is None and dossier.state in PAYABLE and policies.can_ask_payment(user, dossier),
        "exempt": account.fee is not None and account.fee.full > 0 and not paid and policies.can_exempt(user, dossier),
        "cancel": asked is not None and policies.can_cancel_payment(user, dossier),
        "cash": asked is not None and policies.can_take_cash(user, dossier),
        "refund": paid and policies.can_refund(user, dossier),
    }
    return {name for name, allowed in possible.items() if allowed}


@role_required(*STAFF)
@require_POST
def money_act(request: HttpRequest, pk: int, verb: str) -> HttpResponse:
    """Do one verb about money and come back; a refusal loses nothing typed."""
    dossier = found(request.user, pk)
    if verb not in FORMS:
        raise Http404
    form = FORMS[verb](request.POST)
    if not form.is_valid():
        return show(request, dossier, verb, form, status=422)
    try:
        VERBS[verb](request, dossier, form.cleaned_data)
    except Refused as refusal:
        take_refusal(form, refusal)
        return show(request, found(request.user, pk), verb, form, status=refusal.status)
    messages.success(request, str(DONE[verb]))
    return redirect("dossiers:money", pk)


def _chosen(request: HttpRequest, dossier: Dossier) -> PaymentRequest:
    number = clean(request.POST.get("payment", ""))[:20]
    return get_object_or_404(PaymentRequest.objects.select_related("dossier"), dossier=dossier, number=number)


def _ask(request: HttpRequest, dossier: Dossier, typed: dict[str, Any]) -> None:
    payments.ask(actor=request.user, dossier=dossier, via="web", **typed)


def _exempt(request: HttpRequest, dossier: Dossier, typed: dict[str, Any]) -> None:
    payments.exempt(actor=request.user, dossier=dossier, via="web", **typed)


def _cancel(request: HttpRequest, dossier: Dossier, typed: dict[str, Any]) -> None:
    payments.cancel(actor=request.user, request=_chosen(request, dossier), via="web", **typed)


def _cash(request: HttpRequest, dossier: Dossier, typed: dict[str, Any]) -> None:
    payments.cash(actor=request.user, request=_chosen(request, dossier), via="counter", **typed)


def _refund(request: HttpRequest, dossier: Dossier, typed: dict[str, Any]) -> None:
    payments.refund(actor=request.user, request=_chosen(request, dossier), via="web", **typed)


VERBS: dict[str, Callable[[HttpRequest, Dossier, dict[str, Any]], None]] = {
    "ask": _ask, "exempt": _exempt, "cancel": _cancel, "cash": _cash, "refund": _refund}


@role_required(*STAFF)
@require_GET
def cash_receipt(request: HttpRequest, pk: int) -> HttpResponse:
    """The receipt of cash; printed again, it is the same."""
    rows = CashReceipt.objects.select_related("request__dossier__procedure", "office__area", "office__province", "office__parent",
                                              "taken_by")
    row = rows.filter(pk=pk, request__dossier__in=Dossier.objects.visible_to(request.user)).first()
    if row is None:
        raise Http404
    answer = HttpResponse(printed.receipt(row), content_type="application/pdf")
    answer["Content-Disposition"] = f'inline; filename="phieu-thu-{row.year}-{row.number:05d}.pdf"'
    return answer


# --- grounds for exemption --------------------------------------------------------------------------------------------

@role_required(Role.ADMINISTRATOR)
@require_http_methods(["GET", "POST"])
def grounds(request: HttpRequest) -> HttpResponse:
    """The list of grounds, and a new one."""
    form = GroundForm(request.POST) if request.method == "POST" else GroundForm()
    if request.method == "POST" and form.is_valid() and _saved(request, None, form):
        return redirect("dossiers:grounds")
    context = {"grounds": ExemptionGround.objects.all(), "form": form, "ground": None}
    return render(request, "dossiers/grounds.html", context, status=422 if form.errors else 200)


@role_required(Role.ADMINISTRATOR)
@require_http_methods(["GET", "POST"])
def ground(request: HttpRequest, pk: int) -> HttpResponse:
    """Change a ground, or end its use."""
    row = get_object_or_404(ExemptionGround, pk=pk)
    kept = {"code": row.code, "name": row.name, "percent": row.percent, "legal_basis": row.legal_basis, "active": row.active}
    form = GroundForm({**request.POST.dict(), "code": row.code}) if request.method == "POST" else GroundForm(initial=kept)
    if request.method == "POST" and form.is_valid() and _saved(request, row, form):
        return redirect("dossiers:grounds")
    return render(request, "dossiers/grounds.html", {"grounds": [], "form": form, "ground": row}, status=422 if form.errors else 200)


def _saved(request: HttpRequest, row: ExemptionGround | None, form: GroundForm) -> bool:
    try:
        payments.save_ground(actor=request.user, ground=row, **form.cleaned_data)
    except Refused as refusal:
        take_refusal(form, refusal)
        return False
    messages.success(request, _("Đã lưu lý do miễn, giảm."))
    return True


# --- the day's files --------------------------------------------------------------------------------------------------

@role_required(Role.ADMINISTRATOR)
@require_http_methods(["GET", "POST"])
def reconciliations(request: HttpRequest) -> HttpResponse:
    """Compare a file of the gateway or the bank; the comparisons made."""
    form = ReconcileForm(request.POST, request.FILES) if request.method == "POST" else ReconcileForm(initial={"day": clock.today()})
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                file = form.cleaned_data["file"]
                made = payments.reconcile(actor=request.user, file_name=clean(file.name), content=file.read(),
                                          source=form.cleaned_data["source"], day=form.cleaned_data["day"])
                return redirect("dossiers:reconciliation", made.pk)
            except Refused as refusal:
                take_refusal(form, refusal)
                status = refusal.status
    page = Paginator(reads.reconciliations(), 20).get_page(request.GET.get("page"))
    return render(request, "dossiers/reconciliations.html", {"form": form, "page_obj": page}, status=status)


@role_required(Role.ADMINISTRATOR)
@require_GET
def reconciliation(request: HttpRequest, pk: int) -> HttpResponse:
    """What a comparison found, line by line."""
    row = get_object_or_404(reads.reconciliations(), pk=pk)
    wanted = request.GET.get("loc", "")
    wanted = wanted if wanted in ReconciliationLine.Finding.values else ""
    tabs = [Tab(label=_("Tất cả"), url="?", current=not wanted, count=None)]
    tabs += [Tab(label=label, url=f"?loc={name}", current=name == wanted, count=getattr(row, f"n_{name}"))
             for name, label in ReconciliationLine.Finding.choices]
    page = Paginator(reads.lines_of(row, wanted), 50).get_page(request.GET.get("page"))
    return render(request, "dossiers/reconciliation.html", {"row": row, "tabs": tabs, "page_obj": page})


@role_required(Role.ADMINISTRATOR)
@require_GET
def reconciliation_csv(request: HttpRequest, pk: int) -> HttpResponse:
    """The comparison as a table."""
    row = get_object_or_404(Reconciliation, pk=pk)
    out = io.StringIO()
    csv.writer(out).writerows(reads.export_rows(row))
    answer = HttpResponse("\ufeff" + out.getvalue(), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="doi-soat-{row.day:%Y%m%d}-{row.pk}.csv"'
    return answer
