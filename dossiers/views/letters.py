"""Messages with the citizen: the officers' page, and the citizen's own behind the second factor."""
from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from dossiers import policies, tracking
from dossiers.form_work import LetterForm
from dossiers.models import Dossier, Letter, Upload
from dossiers.services import attachments, letters
from dossiers.services.files import readable
from dossiers.services.records import track_path
from dossiers.views.casework import STAFF, found, opened
from onestop.access import limited, role_required, take_refusal
from onestop.people.models import User
from onestop.transitions import Refused

SHOWN = 100  # the last messages of one dossier


def conversation(dossier: Dossier) -> list[Letter]:
    """The last messages, the oldest first, with their files. Two queries."""
    rows = dossier.letters.select_related("author").prefetch_related("uploads").order_by("-pk")[:SHOWN]
    return list(reversed(rows))


def written(request: HttpRequest, dossier: Dossier, actor: User | None) -> tuple[LetterForm, int]:
    """The form as it was sent, and the status: 302 where the message is written."""
    form = LetterForm(request.POST, request.FILES)
    if not form.is_valid():
        return form, 422
    typed = form.cleaned_data
    try:
        letters.write(actor=actor, dossier=dossier, text=typed["text"], uploads=attachments.store_all(typed["files"]), via="web")
    except Refused as refusal:
        take_refusal(form, refusal)
        return form, refusal.status
    return form, 302


@role_required(*STAFF)
@require_http_methods(["GET", "POST"])
def talk(request: HttpRequest, pk: int) -> HttpResponse:
    """The officers' side."""
    dossier = found(request.user, pk)
    may_write, form, status = policies.can_write_letter(request.user, dossier), LetterForm(), 200
    if request.method == "POST":
        form, status = written(request, dossier, request.user)
        if status == 302:
            messages.success(request, _("Đã gửi. Công dân được báo bằng tin nhắn."))
            return redirect("dossiers:talk", pk)
    context: dict[str, Any] = {
        "dossier": dossier, "letters": conversation(dossier), "form": form, "may_write": may_write,
        "unread": may_write and letters.unread(dossier, by_office=True).exists(),
    }
    return render(request, "dossiers/talk.html", context, status=status)


@role_required(*STAFF)
@require_POST
def talk_read(request: HttpRequest, pk: int) -> HttpResponse:
    """The citizen's messages are read."""
    letters.read(actor=request.user, dossier=found(request.user, pk), via="web")
    return redirect("dossiers:talk", pk)


def opened_here(request: HttpRequest, number: str) -> Dossier | HttpResponse:
    """The dossier whose second factor this browser has given, else the way to the page that asks for it."""
    dossier = tracking.opened_in(request.session, number)
    return dossier if dossier is not None else redirect(track_path(number))


@login_not_required
@require_http_methods(["GET", "POST"])
@limited("dossier_letters", "20/h")
def own(request: HttpRequest, number: str) -> HttpResponse:
    """The citizen's side: no officer's name, only the office."""
    dossier = opened_here(request, number)
    if not isinstance(dossier, Dossier):
        return dossier
    form, status = LetterForm(), 200
    if request.method == "POST":
        form, status = written(request, dossier, None)
        if status == 302:
            letters.read(actor=None, dossier=dossier, via="web")
            messages.success(request, _("Đã gửi tin nhắn đến cơ quan."))
            return redirect("dossiers:letters", dossier.number)
    unread = letters.unread(dossier, by_office=False).exists()
    context = {"dossier": dossier, "letters": conversation(dossier), "form": form, "unread": unread}
    return render(request, "dossiers/letters.html", context, status=status)


@login_not_required
@require_POST
@limited("dossier_letters_read", "60/h")
def own_read(request: HttpRequest, number: str) -> HttpResponse:
    """The office's messages are read."""
    dossier = opened_here(request, number)
    if not isinstance(dossier, Dossier):
        return dossier
    letters.read(actor=None, dossier=dossier, via="web")
    return redirect("dossiers:letters", dossier.number)


@login_not_required
@require_safe
def own_file(request: HttpRequest, number: str, key: str) -> HttpResponse:
    """A file of the conversation, from either side."""
    dossier = opened_here(request, number)
    if not isinstance(dossier, Dossier):
        return dossier
    row = Upload.objects.filter(key=key, dossier=dossier, pk__in=Letter.objects.filter(dossier=dossier).values("uploads")).first()
    if row is None or not readable(row):
        raise Http404
    return FileResponse(opened(row), content_type=row.mime, filename=row.name, as_attachment=True)
