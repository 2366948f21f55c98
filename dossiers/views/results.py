"""The result as the office works on it: its documents, handing it over at the counter, the proof, the electronic link."""
from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from dossiers import policies
from dossiers.form_results import DocumentForm, HandOverForm
from dossiers.models import Dossier, HandOver, Result
from dossiers.services import forms as printed
from dossiers.services import home_visits, links, results, returning
from dossiers.states import State
from dossiers.views.casework import found, open_verbs, opened
from onestop.access import role_required, take_refusal, tell_refusal
from onestop.people.states import Role
from onestop.transitions import Refused

OFFICE = (Role.DESK, Role.SPECIALIST, Role.LEADER)


@role_required(*OFFICE)
@require_http_methods(["GET", "POST"])
def record(request: HttpRequest, pk: int) -> HttpResponse:
    """Record a result with its document and decide in one step, keep a document only, or correct what was given out."""
    dossier = found(request.user, pk)
    may_decide = "decide" in open_verbs(request.user, dossier)
    if dossier.state not in results.OPEN_FOR_RESULTS or not policies.can_add_result(request.user, dossier):
        raise Http404
    earlier = results.live(dossier)
    corrects = dossier.decided_at is not None and dossier.results.exists()
    form = DocumentForm(request.POST or None, request.FILES or None, corrects=corrects)
    status = 200
    if request.method == "POST":
        status = write(request, dossier, form, decide=may_decide and "only_keep" not in request.POST)
        if status == 302:
            return redirect("dossiers:detail", pk)
    context = {"dossier": dossier, "form": form, "earlier": earlier, "may_decide": may_decide, "corrects": corrects}
    return render(request, "dossiers/result_record.html", context, status=status)


def write(request: HttpRequest, dossier: Dossier, form: DocumentForm, *, decide: bool) -> int:
    """Do what the form asks for; 302 when it was done, else the status of the page with the form's errors."""
    if not form.is_valid():
        return 422
    try:
        document = results.kept(form.document())
        if decide:
            results.decide(actor=request.user, dossier=dossier, via="web", document=document)
        else:
            results.add(actor=request.user, dossier=dossier, via="web", document=document, reason=form.cleaned_data.get("reason", ""))
    except Refused as refusal:
        take_refusal(form, refusal)
        return refusal.status
    messages.success(request, _("Đã ghi nhận kết quả và báo cho công dân.") if decide else _("Đã lưu văn bản kết quả."))
    return 302


@role_required(*OFFICE)
@require_POST
def withdraw(request: HttpRequest, pk: int, result: int) -> HttpResponse:
    """Take a document back, with the reason."""
    dossier = found(request.user, pk)
    row = Result.objects.filter(pk=result, dossier=dossier).select_related("dossier").first()
    if row is None:
        raise Http404
    try:
        results.withdraw(actor=request.user, result=row, reason=request.POST.get("reason", ""), via="web")
    except Refused as refusal:
        tell_refusal(request, refusal)
    else:
        messages.success(request, _("Đã thu hồi văn bản kết quả. Liên kết đã gửi không còn dùng được."))
    return redirect("dossiers:record_result", pk)


@role_required(*OFFICE)
@require_http_methods(["GET", "POST"])
def at_counter(request: HttpRequest, pk: int) -> HttpResponse:
    """Give the result to whoever stands at the counter: who, what they showed, their signature on the screen or on paper."""
    dossier = found(request.user, pk)
    if not policies.can_hand_over(request.user, dossier):
        raise Http404
    form = HandOverForm(request.POST or None, request.FILES or None, initial={"receiver": dossier.full_name, "phone": dossier.phone})
    status = 200
    if request.method == "POST":
        status = give(request, dossier, form)
        if status == 302:
            return redirect("dossiers:detail", pk)
    context = {"dossier": dossier, "form": form, "results": results.live(dossier), "visit": None, "open": dossier.state == State.DECIDED}
    return render(request, "dossiers/hand_over.html", context, status=status)


def give(request: HttpRequest, dossier: Dossier, form: HandOverForm) -> int:
    """Hand over as the form says; 302 when it was done."""
    if not form.is_valid():
        return 422
    try:
        returning.hand_over(actor=request.user, dossier=dossier, received=form.received(), proof=proof_of(form))
    except Refused as refusal:
        take_refusal(form, refusal)
        return refusal.status
    messages.success(request, _("Đã trả kết quả."))
    return 302


def proof_of(form: HandOverForm) -> returning.Proof:
    """The proof of a valid form, stored. Raises what kept_proof raises."""
    typed: dict[str, Any] = form.cleaned_data
    return returning.kept_proof(photo=typed["photo"], drawn=typed["signature"], on_paper=typed["on_paper"])


@role_required(*OFFICE)
@require_POST
def proof(request: HttpRequest, pk: int, which: str) -> HttpResponse:
    """The photo or signature of a hand-over, for the office's own staff only; written down each time."""
    dossier = found(request.user, pk)
    row = HandOver.objects.filter(dossier=dossier).select_related("photo", "signature").first()
    upload = {"anh": row.photo, "chu-ky": row.signature}.get(which) if row is not None else None
    if upload is None or not policies.can_see_proof(request.user, dossier):
        raise Http404
    home_visits.note_view(request.user, dossier, what=which)
    return FileResponse(opened(upload), content_type=upload.mime, filename=upload.name, as_attachment=True)


@role_required(*OFFICE)
@require_POST
def receipt(request: HttpRequest, pk: int) -> HttpResponse:
    """The receipt for the hand-over, issued if it was not yet."""
    dossier = found(request.user, pk)
    row = HandOver.objects.filter(dossier=dossier).select_related("dossier").first()
    if row is None or not policies.can_hand_over(request.user, dossier):
        raise Http404
    return redirect("dossiers:form", printed.handover(hand_over=row).key)


@role_required(*OFFICE)
@require_POST
def resend(request: HttpRequest, pk: int) -> HttpResponse:
    """A new link to the electronic result; the one before ends."""
    dossier = found(request.user, pk)
    if not policies.can_hand_over(request.user, dossier):
        raise Http404
    if links.send_again(dossier) is None:
        messages.error(request, _("Hồ sơ chưa có tệp kết quả, hoặc công dân không nhận bản điện tử."))
    else:
        messages.success(request, _("Đã gửi liên kết mới cho công dân; liên kết cũ không còn dùng được."))
    return redirect("dossiers:detail", pk)
