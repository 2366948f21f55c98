"""The completeness request's pages: the officer asks once for everything, the citizen answers, the office looks at it."""
from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from dossiers import guidance, tracking
from dossiers.form_clock import AnswerForm, GuidanceForm, LookForm
from dossiers.models import Dossier, Supplement
from dossiers.services import files, supplements
from dossiers.services.records import track_path
from dossiers.states import WAITING_ACCEPTANCE
from dossiers.views.casework import STAFF, found
from onestop.access import limited, role_required, take_refusal, tell_refusal
from onestop.people.requests import StaffRequest
from onestop.transitions import Refused


@role_required(*STAFF)
@require_http_methods(["GET", "POST"])
def ask(request: StaffRequest, pk: int) -> HttpResponse:
    """Everything that is missing, wrong or outdated, in one guidance; what was typed stays when something is wrong."""
    dossier = found(request.user, pk)
    if not guidance.may_ask(request.user, dossier):
        raise Http404
    form = GuidanceForm(request.POST if request.method == "POST" else None, papers=list(dossier.papers.all()))
    status = 200
    if request.method == "POST":
        asked, status = try_ask(request, dossier, form)
        if asked is not None:
            messages.success(request, _("Đã gửi yêu cầu bổ sung cho công dân."))
            return redirect("dossiers:detail", pk)
    at_intake = dossier.state in WAITING_ACCEPTANCE
    return render(request, "dossiers/supplement_ask.html", {"dossier": dossier, "form": form, "at_intake": at_intake}, status=status)


def try_ask(request: StaffRequest, dossier: Dossier, form: GuidanceForm) -> tuple[Supplement | None, int]:
    """(guidance, 302), or (None, status) with the refusal in the form."""
    if not form.is_valid():
        return None, 422
    typed = form.cleaned_data
    try:
        return supplements.request(actor=request.user, dossier=dossier, items=form.wanted(), answer_by=typed["answer_by"], via="web",
                                   reason=typed["reason"], legal_basis=typed["legal_basis"]), 302
    except Refused as refusal:
        take_refusal(form, refusal)
        return None, refusal.status


@role_required(*STAFF)
@require_POST
def look(request: StaffRequest, pk: int, asked: int) -> HttpResponse:
    """The office has looked at the answer: complete, or what is still missing."""
    dossier, form = found(request.user, pk), LookForm(request.POST)
    row = dossier.supplements.filter(pk=asked).first()
    if row is None:
        raise Http404
    if not form.is_valid():
        messages.error(request, _("Ghi chú tối đa 1000 ký tự."))
        return redirect("dossiers:detail", pk)
    complete = "complete" in request.POST
    try:
        supplements.confirm(actor=request.user, supplement=row, complete=complete, via="web", note=form.cleaned_data["note"])
    except Refused as refusal:
        tell_refusal(request, refusal)
        return redirect("dossiers:detail", pk)
    messages.success(request, _("Đã xác nhận đủ giấy tờ. Thời gian giải quyết chạy tiếp.") if complete else _(
        "Đã báo cho công dân nội dung còn thiếu."))
    return redirect("dossiers:detail", pk)


@login_not_required
@require_http_methods(["GET", "POST"])
@limited("supplement_answer", "40/h")
def answer(request: HttpRequest, number: str) -> HttpResponse:
    """The citizen answers with text and files, in a browser in which the second factor was given."""
    dossier = tracking.opened_in(request.session, number)
    if dossier is None:
        return redirect(track_path(number))
    asked = guidance.open_guidance(dossier)
    form = AnswerForm(request.POST, request.FILES) if request.method == "POST" else AnswerForm()
    status = 200
    if request.method == "POST" and asked is not None:
        status = try_answer(asked, form)
        if status == 302:
            messages.success(request, _("Đã gửi phần bổ sung. Cơ quan sẽ kiểm tra và báo cho bạn."))
            return redirect("dossiers:tracked", dossier.number)
    context = {"dossier": dossier, "asked": asked, "form": form, "sent": form.sent() if form.is_bound else []}
    return render(request, "dossiers/supplement_answer.html", context, status=status)


def try_answer(asked: Supplement, form: AnswerForm) -> int:
    """302, or the status of the refusal, which is in the form."""
    wrong = keep_new(form)
    if wrong or not form.is_valid():
        for sentence in wrong:
            form.add_error("uploads", sentence)
        return 422
    try:
        supplements.answer(actor=None, supplement=asked, text=form.cleaned_data["text"], uploads=form.attached())
    except Refused as refusal:
        if refusal.code.startswith("upload_"):
            form.keep([item for item in form.sent() if files.still_free(item[0])])
            form.add_error("uploads", str(refusal.sentence))
        else:
            take_refusal(form, refusal)
        return refusal.status
    return 302


def keep_new(form: AnswerForm) -> list[Any]:
    """Store the files that came with this try before anything else is checked; what is wrong with some of them."""
    sent, wrong = form.sent(), []
    for file in form.files.getlist("uploads") if form.files else []:
        try:
            stored = files.store_upload(file)
            sent.append((stored.token, stored.upload.name))
        except Refused as refusal:
            wrong.append(f"{file.name}: {refusal.sentence}")
    form.keep(sent)
    return wrong
