"""Who looks after what came in online: what nobody has attended to, and whether a dossier was handed in twice."""
from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from dossiers import unattended as reading
from dossiers.models import Resemblance
from dossiers.services import resemblance
from dossiers.states import Likeness
from dossiers.views.casework import found
from onestop.access import role_required, tell_refusal
from onestop.people.states import Role
from onestop.transitions import Refused

PER_PAGE = 25


@role_required(Role.LEADER, Role.ADMINISTRATOR)
@require_GET
def unattended(request: HttpRequest) -> HttpResponse:
    """Online dossiers that nobody has taken up, the most urgent first, and who is on duty at their offices now (Vĩnh Phúc 1)."""
    page = Paginator(reading.waiting(request.user), PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "dossiers/unattended.html", {
        "page_obj": page, "rows": reading.rows(list(page.object_list)), "offices": reading.offices_now(request.user)})


@role_required(Role.DESK, Role.SPECIALIST)
@require_POST
def decide_likeness(request: HttpRequest, pk: int, other: int) -> HttpResponse:
    """What a person found about two dossiers that look alike."""
    dossier = found(request.user, pk)
    row = get_object_or_404(Resemblance, pk=other, dossier=dossier)
    try:
        resemblance.decide(actor=request.user, resemblance=row, likeness=request.POST.get("likeness", ""))
        same = request.POST.get("likeness") == Likeness.SAME
        messages.success(request, _("Đã ghi: nộp trùng.") if same else _("Đã ghi: hai hồ sơ khác nhau."))
    except Refused as refusal:
        tell_refusal(request, refusal)
    return redirect("dossiers:detail", pk)
