"""The National Portal on one screen: what is behind and why, files in and out, sending again."""
from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from dossiers import bridge_reads, policies
from dossiers.form_bridge import ImportForm
from dossiers.models import Dossier, Packet
from dossiers.services import bridge
from dossiers.services.bridge.state import known
from onestop import clock
from onestop.access import limited, role_required, take_refusal
from onestop.people.shapes import Tab
from onestop.people.states import Role
from onestop.transitions import Refused

STAFF = (Role.DESK, Role.LEADER, Role.ADMINISTRATOR, Role.MONITOR)
TAB_NAMES = {"behind": gettext_lazy("Chờ gửi"), "failed": gettext_lazy("Gửi lỗi"), "sent": gettext_lazy("Đã gửi")}


@role_required(*STAFF)
@require_GET
def show(request: HttpRequest) -> HttpResponse:
    """What waits, what failed, what was sent; the connection; files."""
    return page(request, ImportForm())


def page(request: HttpRequest, form: ImportForm, *, status: int = 200) -> HttpResponse:
    """The screen with a form that may hold an error."""
    tab = request.GET.get("muc", "behind")
    tab = tab if tab in TAB_NAMES else "behind"
    counts = bridge_reads.counts(request.user)
    connection = known()
    context: dict[str, Any] = {
        "form": form, "tab": tab, "counts": counts, "connection": connection, "configured": bool(settings.NATIONAL_PORTAL_URL),
        "resting": connection.rest_until is not None and connection.rest_until > clock.now(),
        "tabs": [Tab(label=name, url=f"?muc={key}", current=key == tab, count=counts.get(key)) for key, name in TAB_NAMES.items()],
        "page_obj": Paginator(bridge_reads.packets(request.user, tab), 25).get_page(request.GET.get("page")),
        "imports": bridge_reads.imports(request.user)[:10], "exports": bridge_reads.exports(request.user),
        "may": policies.can_bridge_anywhere(request.user), "most": settings.BRIDGE_UPLOAD_ROWS,
    }
    return render(request, "dossiers/bridge.html", context, status=status)


@role_required(*STAFF)
@require_POST
@limited("bridge_import", "30/h")
def read_file(request: HttpRequest) -> HttpResponse:
    """Read a file in; then the outcome of each row."""
    form = ImportForm(request.POST, request.FILES)
    if not form.is_valid():
        return page(request, form, status=422)
    kept = form.cleaned_data["file"]
    try:
        batch = bridge.import_file(actor=request.user, name=kept.name, content=kept.read(), most=settings.BRIDGE_UPLOAD_ROWS)
    except Refused as refusal:
        take_refusal(form, refusal)
        return page(request, form, status=refusal.status)
    return redirect("dossiers:bridge_import", batch.pk)


@role_required(*STAFF)
@require_GET
def outcome(request: HttpRequest, pk: int) -> HttpResponse:
    """What became of each row of a file."""
    batch = get_object_or_404(bridge_reads.imports(request.user), pk=pk)
    rows = Paginator(bridge_reads.rows(batch), 50).get_page(request.GET.get("page"))
    return render(request, "dossiers/bridge_import.html", {"batch": batch, "page_obj": rows})


@role_required(*STAFF)
@require_POST
def retry(request: HttpRequest, pk: int) -> HttpResponse:
    """Send one packet again."""
    packet = get_object_or_404(Packet.objects.filter(dossier__in=Dossier.objects.visible_to(request.user)), pk=pk)
    bridge.retry(actor=request.user, packet=packet)
    messages.success(request, _("Gói tin sẽ được gửi lại trong lượt tới."))
    return redirect("dossiers:bridge")


@role_required(*STAFF)
@require_POST
def retry_all(request: HttpRequest) -> HttpResponse:
    """Send everything again that failed."""
    done = bridge.retry_all(actor=request.user)
    messages.success(request, _("Đã xếp lại %(count)s gói tin để gửi.") % {"count": done})
    return redirect("dossiers:bridge")


@role_required(*STAFF)
@require_POST
def export(request: HttpRequest) -> HttpResponse:
    """Put what waits into a file and offer it."""
    name = bridge.export_file(actor=request.user)
    return redirect("dossiers:bridge_file", name, "json")


@role_required(*STAFF)
@require_GET
def file(request: HttpRequest, name: str, kind: str) -> HttpResponse:
    """A file of packets as it was made."""
    content = bridge.file_of(request.user, name, kind) if kind in ("json", "csv") else None
    if content is None:
        raise Http404
    mime = "application/json" if kind == "json" else "text/csv; charset=utf-8"
    return HttpResponse(content, content_type=mime, headers={"Content-Disposition": f'attachment; filename="{name}.{kind}"'})
