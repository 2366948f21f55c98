"""Who has a dossier: the next officer, another office, colleagues in place of those off duty."""
from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from django.contrib import messages
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from dossiers import competence
from dossiers.form_work import AttachForm, CoverForm, HandForm, TransferForm
from dossiers.models import Dossier
from dossiers.services import assigning, attachments, bulk, processing, steps
from dossiers.states import BulkVerb, StepName
from dossiers.views.casework import STAFF, Tried, colleagues, found, open_verbs, show
from dossiers.workload import loads
from onestop import clock
from onestop.access import role_required, take_refusal
from onestop.people.models import User
from onestop.people.states import Role
from onestop.transitions import Refused


@role_required(*STAFF)
@require_POST
def assign(request: HttpRequest, pk: int) -> HttpResponse:
    """The next hand: an officer who handles it, or a leader who signs; what was typed stays when something is wrong."""
    dossier = found(request.user, pk)
    form = HandForm(request.POST, people=colleagues(dossier), auto_id="giao_%s")
    if not form.is_valid():
        return show(request, dossier, Tried("assign", form), status=422)
    typed, chosen = form.cleaned_data, User.objects.get(pk=int(form.cleaned_data["assignee"]))
    due_at = end_of(typed["due_on"])
    try:
        if typed["step"] == StepName.SIGN:
            assigning.pass_on(actor=request.user, dossier=dossier, officer=chosen, step=StepName.SIGN, due_at=due_at, note=typed["note"],
                              via="web")
        else:
            processing.assign(actor=request.user, dossier=dossier, assignee=chosen, via="web", note=typed["note"], due_at=due_at)
    except Refused as refusal:
        take_refusal(form, refusal)
        return show(request, found(request.user, pk), Tried("assign", form), status=refusal.status)
    messages.success(request, _("Đã trình ký.") if typed["step"] == StepName.SIGN else _("Đã phân công người thụ lý."))
    return redirect("dossiers:detail", pk)


def end_of(day: date | None) -> datetime | None:
    """The end of a day's work; None for none."""
    return steps.end_of(day) if day is not None else None


Act = Callable[[Dossier, dict[str, Any]], object]


def own_page(request: HttpRequest, dossier: Dossier, verb: str, form: Form, words: dict[str, Any], act: Act) -> HttpResponse:
    """A verb with a page of its own: its form, and back to the dossier when it is done. 404 where this person may not now."""
    if verb not in open_verbs(request.user, dossier):
        raise Http404
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                act(dossier, form.cleaned_data)
            except Refused as refusal:
                take_refusal(form, refusal)
                status = refusal.status
            else:
                messages.success(request, words["done"])
                return redirect("dossiers:detail", dossier.pk)
    return render(request, "dossiers/act.html", {"dossier": dossier, "form": form, "words": words}, status=status)


@role_required(*STAFF)
@require_http_methods(["GET", "POST"])
def transfer(request: HttpRequest, pk: int) -> HttpResponse:
    """Another office that may decide it, with the reason; rights follow."""
    dossier = found(request.user, pk)
    form = TransferForm(request.POST if request.method == "POST" else None)
    able = competence.offices_for(dossier.procedure, dossier.received_office.province_id).exclude(pk=dossier.competent_office_id)
    form.fields["office"].queryset = able  # type: ignore[attr-defined]
    words = {"title": _("Chuyển đơn vị có thẩm quyền"), "button": _("Chuyển hồ sơ"), "done": _("Đã chuyển hồ sơ đến đơn vị có thẩm quyền."),
             "lead": _("Đơn vị tiếp nhận không đổi. Người thụ lý do đơn vị mới phân công.")}

    def act(dossier: Dossier, typed: dict[str, Any]) -> None:
        assigning.transfer(actor=request.user, dossier=dossier, office=typed["office"], reason=typed["reason"], via="web")

    return own_page(request, dossier, "transfer", form, words, act)


@role_required(*STAFF)
@require_http_methods(["GET", "POST"])
def attach(request: HttpRequest, pk: int) -> HttpResponse:
    """Files of the office."""
    dossier = found(request.user, pk)
    form = AttachForm(request.POST, request.FILES) if request.method == "POST" else AttachForm()
    words = {"title": _("Thêm tệp của cơ quan"), "button": _("Thêm tệp"), "done": _("Đã thêm tệp."), "lead": ""}

    def act(dossier: Dossier, typed: dict[str, Any]) -> None:
        stored = attachments.store_all(typed["files"])
        attachments.attach(actor=request.user, dossier=dossier, uploads=stored, note=typed["note"], via="web")

    return own_page(request, dossier, "attach", form, words, act)


@role_required(Role.LEADER)
@require_http_methods(["GET", "POST"])
def cover(request: HttpRequest) -> HttpResponse:
    """Who of the office is off duty and what waits for them; a leader gives it to a colleague, all at once (letter Cần Thơ 1b)."""
    people = loads(request.user, clock.today())
    form = CoverForm(request.POST if request.method == "POST" else None, people=[(str(row.user.pk), row.user.full_name) for row in people])
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                run = give(request.user, form.cleaned_data)
            except Refused as refusal:
                take_refusal(form, refusal)
                status = refusal.status
            else:
                return redirect("dossiers:bulk_run", run.pk)
    return render(request, "dossiers/cover.html", {"people": people, "form": form}, status=status)


def give(actor: User, typed: dict[str, Any]) -> Any:
    """Everything open that one person has goes to another. Raises Refused."""
    if typed["away"] == typed["assignee"]:
        sentence = _("Vui lòng chọn hai người khác nhau.")
        raise Refused("invalid", sentence, fields={"assignee": [sentence]})
    held = assigning.held_by(int(typed["away"]), led_by(actor))
    return bulk.start(actor=actor, verb=BulkVerb.ASSIGN, dossiers=held, params={"assignee": int(typed["assignee"]), "note": typed["note"]})


def led_by(actor: User) -> list[int]:
    """The offices that this person leads."""
    return actor.office_ids_as(Role.LEADER)
