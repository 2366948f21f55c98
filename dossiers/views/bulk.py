"""One verb for many dossiers: chosen in the inbox, confirmed, watched while it runs."""
from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.conf import settings
from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from dossiers import queries
from dossiers.form_work import BulkForm
from dossiers.models import BulkRun, Dossier
from dossiers.policies import OFFICE_STAFF
from dossiers.services import bulk
from dossiers.states import BulkVerb, ItemState, RunState
from dossiers.views.inbox import asked_by
from onestop import clock
from onestop.access import role_required, take_refusal
from onestop.people.models import Assignment, User
from onestop.people.states import Role
from onestop.transitions import Refused

SHOWN = 30  # of the chosen dossiers on the page that asks once more
# What a verb for many can't do and the page of a single dossier can.
LIMITS = {
    BulkVerb.DECIDE.value: gettext_lazy("Mọi hồ sơ có chung nội dung kết quả ghi ở đây và không kèm văn bản; văn bản kết quả được thêm ở "
                                        "từng hồ sơ. Hồ sơ còn khoản phí chưa nộp thì không ghi nhận được."),
    BulkVerb.HAND_OVER.value: gettext_lazy("Chỉ cho kết quả trả tại quầy, người nộp tự nhận; không ghi người nhận thay, ảnh hay chữ ký. "
                                           "Cần những nội dung đó thì trả từng hồ sơ."),
}


@role_required(*OFFICE_STAFF)
@require_http_methods(["GET", "POST"])
def choose(request: HttpRequest) -> HttpResponse:
    """What will be done for which dossiers, asked once more; without a choice the own last runs."""
    data = request.POST if request.method == "POST" else request.GET
    verb = data.get("viec", "")
    if verb not in BulkVerb.values:
        runs = counted(BulkRun.objects.filter(started_by=request.user))[:20]
        return render(request, "dossiers/bulk_runs.html", {"runs": runs})
    chosen = dossiers_of(request.user, data)
    form = BulkForm(request.POST if request.method == "POST" else None, people=officers(request.user), verb=verb,
                    initial={"viec": verb, "chon": ",".join(str(row.pk) for row in chosen)})
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                run = bulk.start(actor=request.user, verb=verb, dossiers=chosen, params=params(form.cleaned_data))
            except Refused as refusal:
                take_refusal(form, refusal)
                status = refusal.status
            else:
                return redirect("dossiers:bulk_run", run.pk)
    context = {"form": form, "verb_name": BulkVerb(verb).label, "limit": LIMITS.get(verb, ""),
               "chosen": chosen[:SHOWN], "more": max(len(chosen) - SHOWN, 0), "total": len(chosen), "most": settings.BULK_MOST}
    return render(request, "dossiers/bulk_choose.html", context, status=status)


def dossiers_of(user: User, data: QueryDict) -> list[Dossier]:
    """The chosen dossiers that this person may see: those ticked, those of the form, or all of a filter (BULK_MOST at most)."""
    if data.get("tat_ca"):
        filters = asked_by(user, QueryDict(data.get("loc", "")[:2000])).filters()
        return list(queries.page(user, replace(filters), size=settings.BULK_MOST).rows)
    told = [*data.getlist("ho_so"), *data.get("chon", "").split(",")]
    keys = [int(text) for text in told if text.isascii() and text.isdigit() and len(text) < 16][:settings.BULK_MOST + 1]
    return list(Dossier.objects.visible_to(user).filter(pk__in=keys).select_related("procedure").order_by("sort_at", "pk"))


def officers(user: User) -> list[tuple[str, str]]:
    """Specialists of the offices that this person works for."""
    own = user.office_ids_as(*OFFICE_STAFF)
    rows = Assignment.objects.in_force(clock.today()).filter(office__in=own, role=Role.SPECIALIST).select_related("user")
    return list({str(row.user_id): row.user.full_name for row in rows}.items())


def params(typed: dict[str, Any]) -> dict[str, Any]:
    """What the run keeps of the form."""
    kept: dict[str, Any] = {"note": typed["note"]}
    if typed.get("assignee"):
        kept["assignee"] = int(typed["assignee"])
    return kept


def counted(runs: Any) -> Any:
    """Runs with the numbers of their items."""
    return runs.annotate(total=Count("items"), **{name: Count("items", filter=Q(items__state=state)) for name, state in (
        ("waiting", ItemState.WAITING), ("done", ItemState.DONE), ("failed", ItemState.FAILED))})


def own_run(request: HttpRequest, pk: int) -> BulkRun:
    """A run that this person has started; 404 else."""
    run: BulkRun = get_object_or_404(counted(BulkRun.objects.filter(started_by=request.user)), pk=pk)
    return run


@role_required(*OFFICE_STAFF)
@require_safe
def run(request: HttpRequest, pk: int) -> HttpResponse:
    """How far it is, and what came of each dossier; those that did not work first."""
    found = own_run(request, pk)
    rows = found.items.select_related("dossier__procedure").order_by("-outcome", "pk")
    page = Paginator(rows, 50).get_page(request.GET.get("page"))
    return render(request, "dossiers/bulk_run.html", {"run": found, "page_obj": page, **progress_of(found)})


@role_required(*OFFICE_STAFF)
@require_safe
def progress(request: HttpRequest, pk: int) -> HttpResponse:
    """The piece of the page that renews itself."""
    found = own_run(request, pk)
    return render(request, "dossiers/_bulk_progress.html", {"run": found, **progress_of(found)})


def progress_of(found: Any) -> dict[str, Any]:
    """What the bar shows."""
    return {"verb_name": BulkVerb(found.verb).label, "running": found.state == RunState.RUNNING, "so_far": found.total - found.waiting,
            "finished": _("%(done)s hồ sơ đã xong, %(failed)s hồ sơ không làm được.") % {"done": found.done, "failed": found.failed}}
