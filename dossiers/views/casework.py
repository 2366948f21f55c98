"""One dossier as an officer sees it, and each verb as a form that comes back to it."""
from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.files import File
from django.forms import Form
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from dossiers import panels, policies, queries, tracking
from dossiers.form_work import HandForm
from dossiers.forms import ReturnForm, VerbForm
from dossiers.history_words import full_timeline
from dossiers.home_routes import proof_ids, without_proofs
from dossiers.models import Dossier, IssuedForm, Upload
from dossiers.services import attachments, intake, processing, steps
from dossiers.services import forms as printed
from dossiers.services.files import readable
from dossiers.states import IN_INBOX, TRANSITIONS, State
from onestop import clock
from onestop.access import role_required, take_refusal
from onestop.people.models import User
from onestop.people.states import Role
from onestop.transitions import Refused, allowed

log = logging.getLogger(__name__)
STAFF = (Role.DESK, Role.SPECIALIST, Role.LEADER, Role.ADMINISTRATOR, Role.HOTLINE, Role.MONITOR)


@role_required(*STAFF)
@require_GET
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One dossier: where it stands, why the date is what it is, what may be done now."""
    return show(request, found(request.user, pk))


def found(user: User, pk: int) -> Dossier:
    """The dossier, if this member of staff may see it; 404 else."""
    dossier = queries.detail(user, pk)
    if dossier is None:
        raise Http404
    return dossier


NEXT = ("accept", "start", "resume", "decide", "hand_over")  # what usually comes next, as the page's one large button


@dataclass(frozen=True)
class Tried:
    """A verb that was just refused, with its form: what was typed stays."""

    verb: str = ""
    form: Form | None = None


def show(request: HttpRequest, dossier: Dossier, tried: Tried | None = None, *, status: int = 200) -> HttpResponse:
    """The dossier's page; a form with errors takes the place of an empty one."""
    tried = tried or Tried()
    kept = {"return_method": dossier.return_method, "return_address": dossier.return_address, "return_area": dossier.return_area}
    verbs, cards = open_verbs(request.user, dossier), panels.for_officer(request.user, dossier)
    context = {
        "dossier": dossier, "explanation": tracking.explain(dossier), "clock_state": tracking.clock_state(dossier),
        "lateness": tracking.lateness(dossier), "timeline": full_timeline(list(dossier.events.all())),
        "verbs": verbs, "next_verb": next((name for name in NEXT if name in verbs), ""), "tried": tried.verb,
        "return_form": tried.form if isinstance(tried.form, ReturnForm) else ReturnForm(initial=kept),
        "typed": tried.form if isinstance(tried.form, VerbForm) else VerbForm(),
        "hand_form": tried.form if isinstance(tried.form, HandForm) else HandForm(people=colleagues(dossier), auto_id="giao_%s"),
        "cards": cards, "answer_waits": any(card.data.get("answer_waits") for card in cards),
        "extensions": [item.extension for item in dossier.extension_items.select_related("extension")],
        **casework_of(dossier),
    }
    return render(request, "dossiers/detail.html", context, status=status)


def casework_of(dossier: Dossier) -> dict[str, Any]:
    """The hands it passed through, opinions, messages with the citizen, the office's files."""
    rows = steps.slip(dossier)
    letters = list(dossier.letters.select_related("author"))
    proofs = proof_ids(dossier) if dossier.returned_at else set()
    return {
        "steps": rows, "step": rows[-1] if rows and rows[-1].ended_at is None else None,
        "opinions": list(dossier.opinions.select_related("office", "asked_by", "answered_by").prefetch_related("uploads")),
        "letters": letters, "last_letter": letters[-1] if letters else None,
        "unread": sum(letter.author_id is None and letter.read_at is None for letter in letters),
        "office_files": [upload for upload in dossier.uploads.all() if upload.by_office and upload.pk not in proofs],
        "other_files": [upload for upload in dossier.uploads.all() if not upload.by_office and upload.paper_id is None],
    }


def open_verbs(user: User, dossier: Dossier) -> set[str]:
    """What the table and the policies let this person do now: the buttons ask the same rules as the services."""
    possible = allowed(TRANSITIONS, dossier.state)
    verbs = {name for name in possible if getattr(policies, f"can_{name}")(user, dossier)}
    more = {
        "extend": "decide" in possible and dossier.due_at is not None and policies.can_request_extension(user, dossier.competent_office),
        "assign": dossier.state in IN_INBOX and policies.can_assign(user, dossier),
        "note": policies.can_note(user, dossier),
        "transfer": dossier.state in IN_INBOX and policies.can_transfer(user, dossier),
        "ask_opinion": dossier.state in IN_INBOX and policies.can_ask_opinion(user, dossier),
        "letter": policies.can_write_letter(user, dossier), "attach": policies.can_attach(user, dossier),
        "change_return": dossier.state in IN_INBOX | {State.DECIDED} and policies.can_change_return(user, dossier),
        "send_papers": policies.can_send_papers(user, dossier),
        "receipt": dossier.code is not None and policies.can_accept(user, dossier),
    }
    return verbs | {name for name, may in more.items() if may}


def colleagues(dossier: Dossier) -> list[tuple[str, str]]:
    """Who could have it next, by key and name: the specialists of the deciding office, then its leaders."""
    here = dossier.competent_office.assignments.in_force(clock.today())
    rows = here.filter(role__in=(Role.SPECIALIST, Role.LEADER), user__is_active=True).select_related("user")
    ordered = sorted(rows, key=lambda item: (item.role != Role.SPECIALIST, item.user.full_name))
    return list({str(item.user_id): f"{item.user.full_name} · {item.get_role_display()}" for item in ordered}.items())


Act = Callable[[Dossier, dict[str, Any]], Any]


def done(request: HttpRequest, pk: int, verb: str, act: Act, sentence: str) -> HttpResponse:
    """Do a verb on a dossier this person may see, and come back to it with what happened; a refusal loses nothing typed."""
    dossier, form = found(request.user, pk), VerbForm(request.POST, auto_id=f"viec_{verb}_%s")
    if not form.is_valid():
        return show(request, dossier, Tried(verb, form), status=422)
    try:
        act(dossier, form.cleaned_data)
    except Refused as refusal:
        take_refusal(form, refusal)
        return show(request, found(request.user, pk), Tried(verb, form), status=refusal.status)
    messages.success(request, sentence)
    return redirect("dossiers:detail", pk)


def simple(verb: Callable[..., Any], request: HttpRequest, via: str = "web") -> Act:
    """The verbs that take a note and nothing else."""
    return lambda dossier, typed: verb(actor=request.user, dossier=dossier, via=via, note=typed["note"])


@role_required(*STAFF)
@require_POST
def accept(request: HttpRequest, pk: int) -> HttpResponse:
    return done(request, pk, "accept", simple(intake.accept, request), _("Đã tiếp nhận hồ sơ và báo cho công dân."))


@role_required(*STAFF)
@require_POST
def refuse(request: HttpRequest, pk: int) -> HttpResponse:
    def act(dossier: Dossier, typed: dict[str, Any]) -> None:
        intake.refuse(actor=request.user, dossier=dossier, via="web", reason=typed["note"], legal_basis=typed["legal_basis"],
                      competent=typed["competent"])

    return done(request, pk, "refuse", act, _("Đã từ chối tiếp nhận và báo lý do cho công dân."))


@role_required(*STAFF)
@require_POST
def start(request: HttpRequest, pk: int) -> HttpResponse:
    return done(request, pk, "start", simple(processing.start, request), _("Bạn đã nhận thụ lý hồ sơ."))


@role_required(*STAFF)
@require_POST
def stop(request: HttpRequest, pk: int) -> HttpResponse:
    def act(dossier: Dossier, typed: dict[str, Any]) -> None:
        processing.stop(actor=request.user, dossier=dossier, via="web", note=typed["note"], by_citizen=typed["by_citizen"])

    return done(request, pk, "stop", act, _("Đã dừng xử lý hồ sơ."))


@role_required(*STAFF)
@require_POST
def resume(request: HttpRequest, pk: int) -> HttpResponse:
    return done(request, pk, "resume", simple(processing.resume, request),
                _("Thời gian giải quyết chạy tiếp. Công dân đã được báo ngày trả kết quả mới."))


@role_required(*STAFF)
@require_POST
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    return done(request, pk, "withdraw", simple(processing.withdraw, request), _("Đã ghi nhận công dân rút hồ sơ."))


@role_required(*STAFF)
@require_POST
def decide(request: HttpRequest, pk: int) -> HttpResponse:
    return done(request, pk, "decide", simple(processing.decide, request), _("Đã ghi nhận kết quả và báo cho công dân."))


@role_required(*STAFF)
@require_POST
def hand_over(request: HttpRequest, pk: int) -> HttpResponse:
    return done(request, pk, "hand_over", simple(processing.hand_over, request, "counter"), _("Đã trả kết quả."))


@role_required(*STAFF)
@require_POST
def change_return(request: HttpRequest, pk: int) -> HttpResponse:
    """Register for the result by post, or choose another way, as long as it was not handed over (Khánh Hòa 2)."""
    dossier, form = found(request.user, pk), ReturnForm(request.POST)
    if not form.is_valid():
        return show(request, dossier, Tried("change_return", form), status=422)
    try:
        processing.change_return(actor=request.user, dossier=dossier, method=form.cleaned_data["return_method"],
                                 address=form.cleaned_data["return_address"], area=form.cleaned_data["return_area"], via="web")
    except Refused as refusal:
        take_refusal(form, refusal)
        return show(request, found(request.user, pk), Tried("change_return", form), status=refusal.status)
    messages.success(request, _("Đã lưu cách nhận kết quả."))
    return redirect("dossiers:detail", pk)


@role_required(*STAFF)
@require_POST
def write_note(request: HttpRequest, pk: int) -> HttpResponse:
    def act(dossier: Dossier, typed: dict[str, Any]) -> None:
        processing.write_note(actor=request.user, dossier=dossier, text=typed["note"], via="web")

    return done(request, pk, "note", act, _("Đã lưu ghi chú nội bộ."))


@role_required(*STAFF)
@require_POST
def print_receipt(request: HttpRequest, pk: int) -> HttpResponse:
    """Issue the receipt if it was not issued yet, then open it."""
    dossier = found(request.user, pk)
    if dossier.code is None or not policies.can_accept(request.user, dossier):
        raise Http404
    form = printed.receipt(dossier=dossier, signer=request.user)
    return redirect("dossiers:form", form.key)


@role_required(*STAFF)
@require_GET
def form(request: HttpRequest, key: str) -> HttpResponse:
    """A printed form as it was issued."""
    row = IssuedForm.objects.filter(key=key, dossier__in=Dossier.objects.visible_to(request.user)).select_related("dossier").first()
    if row is None:
        raise Http404
    return pdf(row)


def pdf(row: IssuedForm) -> FileResponse:
    """The stored file; the browser shows it, under a name with the dossier's number."""
    return FileResponse(opened(row), content_type="application/pdf", filename=f"{row.kind}-{row.dossier.number}.pdf")


def opened(row: IssuedForm | Upload) -> File[bytes]:
    """The stored file, ready to be sent; 404 where the storage has lost it."""
    try:
        return row.file.open("rb")
    except FileNotFoundError as error:
        log.error("%s %s has lost its file", type(row).__name__, row.pk)
        raise Http404 from error


@role_required(*STAFF)
@require_POST
def file(request: HttpRequest, key: str) -> HttpResponse:
    """A citizen's file, always as a download, never guessed at by the browser. Opening one is an act: it is written down who looked
    at what (rules.md 9), so it is a POST."""
    rows = without_proofs(Upload.objects.filter(key=key, dossier__in=Dossier.objects.visible_to(request.user)))
    row = rows.select_related("dossier").first()
    if row is None:
        raise Http404
    return given_out(request.user, row)


def given_out(user: User, row: Upload) -> FileResponse:
    """The file, and who opened it in the dossier's history; 404 for one that may not be read or that the storage has lost."""
    if not readable(row):
        raise Http404
    content = opened(row)
    if not row.by_office:
        attachments.viewed(actor=user, upload=row, via="web")
    return FileResponse(content, content_type=row.mime, filename=row.name, as_attachment=True)
