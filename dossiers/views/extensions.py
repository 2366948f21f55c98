"""Asking for more time, and the administrator's queue (letter Cần Thơ 1c and 2; letter Khánh Hòa 4)."""
from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from dossiers import extension_lists, policies, queries, scopes
from dossiers.form_extensions import ListForm
from dossiers.forms import DecisionForm, ExtensionForm
from dossiers.history_words import extension_timeline
from dossiers.models import Dossier, Extension
from dossiers.services import extensions
from dossiers.states import ExtensionState, Instrument, ItemState
from dossiers.views import bulk_extensions
from dossiers.views.casework import STAFF, found
from onestop import clock
from onestop.access import role_required, take_refusal
from onestop.directives.models import Directive
from onestop.directives.rules import rules_for
from onestop.directives.states import RuleKind
from onestop.offices.models import Office
from onestop.people.shapes import Tab
from onestop.transitions import Refused

GROUNDS = (RuleKind.MAY_EXTEND, RuleKind.STOP_CLOCK)


@role_required(*STAFF)
@require_http_methods(["GET", "POST"])
def ask(request: HttpRequest, pk: int) -> HttpResponse:
    """The request for one dossier, with the letters that allow it at hand."""
    dossier = found(request.user, pk)
    office = asking_for(request, dossier)
    waiting = queries.waiting_request(dossier)
    if waiting is not None:
        messages.info(request, _("Hồ sơ này đã có đề nghị đang chờ phê duyệt."))
        return redirect("dossiers:extension", waiting.pk)
    grounds = [rule for rule in rules_for(office=dossier.received_office, procedure=dossier.procedure, on=clock.today()).all()
               if rule.kind in GROUNDS]
    first = grounds[0] if grounds else None
    usual = {"directive": first.directive_id, "clause": first.clause} if first else {"instrument": Instrument.APOLOGY}
    form = ExtensionForm(request.POST if request.method == "POST" else None, initial=usual)
    form.fields["directive"].queryset = Directive.objects.filter(pk__in=[rule.directive_id for rule in grounds])
    status = 200
    if request.method == "POST":
        asked, status = try_ask(request, dossier, office, form)
        if asked is not None:
            messages.success(request, _("Đã gửi đề nghị. Người phê duyệt sẽ kiểm tra và trả lời."))
            return redirect("dossiers:extension", asked.pk)
    return render(request, "dossiers/extension_ask.html", {"dossier": dossier, "form": form, "grounds": grounds}, status=status)


def asking_for(request: HttpRequest, dossier: Dossier) -> Office:
    """The agency that asks: the one that decides the dossier, else the one that received it; 404 where this person is of neither."""
    for office in (dossier.competent_office, dossier.received_office):
        if policies.can_request_extension(request.user, office):
            return office
    raise Http404


def try_ask(request: HttpRequest, dossier: Dossier, office: Office, form: ExtensionForm) -> tuple[Extension | None, int]:
    """Ask: (request, 302), or (None, status) with the refusal and its reason in the form."""
    if not form.is_valid():
        return None, 422
    typed = form.cleaned_data
    try:
        return extensions.request_extension(
            actor=request.user, office=office, dossiers=[dossier], instrument=typed["instrument"], until=typed["until"],
            reason=typed["reason"], citizen_text=typed["citizen_text"], directive=typed["directive"], clause=typed["clause"],
            starts_on=typed["starts_on"]), 302
    except Refused as refusal:
        take_refusal(form, refusal)
        return None, refusal.status


@role_required(*STAFF)
@require_GET
def queue(request: HttpRequest) -> HttpResponse:
    """Requests by state, the oldest first: what waits for a decision comes first."""
    state = request.GET.get("muc", ExtensionState.REQUESTED.value)
    state = state if state in ExtensionState.values else ""
    page = Paginator(queries.extension_queue(request.user, state=state), 25).get_page(request.GET.get("page"))
    tabs = [Tab(label=ExtensionState(value).label, url=f"?muc={value}", current=value == state) for value in ExtensionState.values]
    tabs.append(Tab(label=_("Tất cả"), url="?muc=tat-ca", current=not state))
    may_ask = bool(scopes.offices_to_ask_for(request.user, scopes.Scope()))
    return render(request, "dossiers/extensions.html", {"page_obj": page, "tabs": tabs, "may_ask": may_ask})


def visible(request: HttpRequest, pk: int) -> Extension:
    """The request, if this member of staff may see it; 404 else."""
    rows = Extension.objects.visible_to(request.user).select_related("office", "directive", "requested_by", "decided_by")
    return get_object_or_404(rows, pk=pk)


@role_required(*STAFF)
@require_GET
def show(request: HttpRequest, pk: int) -> HttpResponse:
    """What is asked, on what ground, what the check found, old and new date of each dossier."""
    return page_of(request, visible(request, pk), DecisionForm())


def page_of(request: HttpRequest, asked: Extension, form: DecisionForm, status: int = 200) -> HttpResponse:
    """The request's page, with the decision form where this person may decide."""
    wanted = bulk_extensions.wanted_by(request)
    context: dict[str, Any] = {
        "asked": asked, "form": form, "list": extension_lists.page(asked, wanted), "wanted": wanted, "kept": kept_query(request),
        "progress": extension_lists.progress(asked), "reasons": extension_lists.reasons(asked), "list_form": ListForm(auto_id="loai_%s"),
        "item_states": ItemState.choices, "annexes": list(asked.annexes.order_by("-number", "format")),
        "timeline": extension_timeline(list(asked.events.select_related("actor"))), "own": asked.requested_by_id == request.user.pk,
        **rights(request, asked),
    }
    return render(request, "dossiers/extension.html", context, status=status)


def rights(request: HttpRequest, asked: Extension) -> dict[str, bool]:
    """What this person may do with the request as it stands."""
    decides, waits = policies.can_decide_extension(request.user, asked), asked.state == ExtensionState.REQUESTED
    unsigned = waits and asked.instrument == Instrument.APOLOGY and asked.signed_at is None
    return {
        "may_decide": decides and waits, "unsigned": unsigned, "may_sign": unsigned and policies.can_sign_extension(request.user, asked),
        "may_change": waits and policies.can_change_list(request.user, asked),
        "may_retry": decides and asked.state == ExtensionState.DONE,
        "may_lift": asked.instrument == Instrument.SUSPENSION and asked.state == ExtensionState.DONE
        and policies.can_lift_extension(request.user, asked),
    }


def kept_query(request: HttpRequest) -> str:
    """The list's filters for another page's address: without the place in the list."""
    kept = {name: request.GET.get(name, "") for name in ("muc", "tim", "ly_do")}
    return urlencode({name: value for name, value in kept.items() if value})


@role_required(*STAFF)
@require_POST
def approve(request: HttpRequest, pk: int) -> HttpResponse:
    """Approve and carry out; never the requester."""
    return decide(request, pk, extensions.approve, _("Đã phê duyệt. Công dân được báo lý do, căn cứ và ngày trả kết quả mới."))


@role_required(*STAFF)
@require_POST
def reject(request: HttpRequest, pk: int) -> HttpResponse:
    """Say no with the reason."""
    return decide(request, pk, extensions.reject, _("Đã trả lại đề nghị kèm lý do."))


def decide(request: HttpRequest, pk: int, verb: Callable[..., Extension], sentence: str) -> HttpResponse:
    """Approve or reject; what was typed stays when something is wrong."""
    asked, form = visible(request, pk), DecisionForm(request.POST)
    if not form.is_valid():
        return page_of(request, asked, form, status=422)
    try:
        verb(actor=request.user, extension=asked, via="web", reason=form.cleaned_data["reason"])
    except Refused as refusal:
        take_refusal(form, refusal)
        return page_of(request, visible(request, pk), form, status=refusal.status)
    messages.success(request, sentence)
    return redirect("dossiers:extension", pk)
