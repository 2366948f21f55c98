"""Opinions: asked from a dossier's page, answered by the other unit on its own list."""
from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from dossiers import policies
from dossiers.form_work import AnswerForm, OpinionForm
from dossiers.models import Dossier, Opinion, Upload
from dossiers.services import attachments, opinions
from dossiers.states import OpinionState
from dossiers.views.casework import STAFF, found, given_out
from dossiers.views.hands import end_of, own_page
from onestop import clock
from onestop.access import role_required, take_refusal, tell_refusal
from onestop.offices.models import Office
from onestop.people.shapes import Tab
from onestop.people.states import Role
from onestop.people.words import clean
from onestop.transitions import Refused

CASEWORK = (Role.SPECIALIST, Role.LEADER)


@role_required(*STAFF)
@require_http_methods(["GET", "POST"])
def ask(request: HttpRequest, pk: int) -> HttpResponse:
    """A question to another unit of the province, with its own due date."""
    dossier = found(request.user, pk)
    form = OpinionForm(request.POST if request.method == "POST" else None)
    units = Office.objects.active_on(clock.today()).filter(province_id=dossier.received_office.province_id)
    form.fields["office"].queryset = units.exclude(pk=dossier.competent_office_id).order_by("level", "name")  # type: ignore[attr-defined]
    words = {"title": _("Xin ý kiến đơn vị khác"), "button": _("Gửi yêu cầu cho ý kiến"), "done": _("Đã gửi yêu cầu cho ý kiến."),
             "lead": _("Thời gian giải quyết vẫn chạy trong khi chờ ý kiến.")}

    def act(dossier: Dossier, typed: dict[str, Any]) -> None:
        opinions.ask(actor=request.user, dossier=dossier, office=typed["office"], question=typed["question"],
                     due_at=end_of(typed["due_on"]), via="web")

    return own_page(request, dossier, "ask_opinion", form, words, act)


@role_required(*CASEWORK)
@require_safe
def listed(request: HttpRequest) -> HttpResponse:
    """What the own unit is asked, the nearest due date first."""
    wanted = clean(request.GET.get("muc", OpinionState.ASKED))
    state = wanted if wanted in OpinionState.values else OpinionState.ASKED.value
    rows = Opinion.objects.filter(office__in=request.user.office_ids_as(*CASEWORK), state=state)
    rows = rows.select_related("dossier__procedure", "dossier__competent_office", "asked_by").order_by("due_at", "pk")
    tabs = [Tab(label=OpinionState(value).label, url=f"?muc={value}", current=value == state) for value in OpinionState.values]
    page = Paginator(rows, 25).get_page(request.GET.get("page"))
    return render(request, "dossiers/opinions.html", {"page_obj": page, "tabs": tabs, "now": clock.now()})


def visible(request: HttpRequest, pk: int) -> Opinion:
    """The question, if this person may see it; 404 else."""
    rows = Opinion.objects.visible_to(request.user).select_related(
        "dossier__procedure", "dossier__competent_office", "dossier__received_office", "office", "asked_by", "answered_by")
    return get_object_or_404(rows.prefetch_related("uploads"), pk=pk)


@role_required(*STAFF)
@require_http_methods(["GET", "POST"])
def opinion(request: HttpRequest, pk: int) -> HttpResponse:
    """The question with what the unit needs to answer it: papers and files, never address or telephone."""
    asked, status = visible(request, pk), 200
    may_answer = policies.can_answer_opinion(request.user, asked) and asked.state == OpinionState.ASKED
    form = AnswerForm(request.POST, request.FILES) if request.method == "POST" else AnswerForm()
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                answer(request, asked, form.cleaned_data)
            except Refused as refusal:
                take_refusal(form, refusal)
                status = refusal.status
            else:
                messages.success(request, _("Đã gửi ý kiến."))
                return redirect("dossiers:opinion", pk)
    context = {"asked": asked, "form": form, "may_answer": may_answer, "files": files_of(asked) if may_answer else [],
               "may_withdraw": asked.state == OpinionState.ASKED and policies.can_withdraw_opinion(request.user, asked),
               "own_dossier": Dossier.objects.visible_to(request.user).filter(pk=asked.dossier_id).exists(), "now": clock.now()}
    return render(request, "dossiers/opinion.html", context, status=status)


def answer(request: HttpRequest, asked: Opinion, typed: dict[str, Any]) -> None:
    """Store the files, then the answer. Raises Refused."""
    if not policies.can_answer_opinion(request.user, asked):
        raise Refused("not_allowed", _("Tài khoản của bạn không được làm việc này với hồ sơ."), status=403)
    opinions.answer(actor=request.user, opinion=asked, text=typed["answer"], uploads=attachments.store_all(typed["files"]), via="web")


def files_of(asked: Opinion) -> list[Upload]:
    """The citizen's files of the dossier an opinion is asked about."""
    return list(Upload.objects.filter(dossier=asked.dossier_id, by_office=False).select_related("paper"))


@role_required(*STAFF)
@require_POST
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """No longer needed."""
    asked = visible(request, pk)
    try:
        opinions.withdraw(actor=request.user, opinion=asked, via="web")
    except Refused as refusal:
        tell_refusal(request, refusal)
    else:
        messages.success(request, _("Đã báo đơn vị không cần ý kiến nữa."))
    return redirect("dossiers:opinion", pk)


@role_required(*STAFF)
@require_POST
def file(request: HttpRequest, pk: int, key: str) -> HttpResponse:
    """A file of the dossier while the own unit's opinion is asked for, or one that came with the answer; opening is written down."""
    asked = visible(request, pk)
    row = Upload.objects.filter(key=key, dossier=asked.dossier_id).select_related("dossier").first()
    waits = asked.state == OpinionState.ASKED and policies.can_answer_opinion(request.user, asked)
    if row is None or not ((waits and not row.by_office) or row in asked.uploads.all()):
        raise Http404
    return given_out(request.user, row)
