"""The staff's screens of broadcasts: list, write with preview, count, confirm, start, watch, pause, resume, cancel, who was not reached."""
from __future__ import annotations

import tempfile
from collections.abc import Callable
from typing import Any

from django.contrib import messages as flash
from django.core.paginator import Paginator
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from onestop import sheets
from onestop.access import role_required, take_refusal, tell_refusal
from onestop.directives.models import Announcement
from onestop.notify import broadcast_reads, broadcasting, policies
from onestop.notify.form_broadcasts import BroadcastForm, CancelForm, StartForm
from onestop.notify.models import Broadcast
from onestop.notify.services import broadcast_sending
from onestop.notify.services import broadcasts as services
from onestop.notify.services.broadcast_lists import TEMPLATE
from onestop.notify.states import BROADCAST_TRANSITIONS, Audience, BroadcastState, Via
from onestop.people import downloads
from onestop.people.states import NamedList, Role
from onestop.people.words import clean_lines, row_id
from onestop.sheets import XLSX
from onestop.transitions import Refused, allowed

PER_PAGE = 20
READERS = (Role.ADMINISTRATOR, Role.LEADER, Role.MONITOR)
WRITERS = (Role.ADMINISTRATOR, Role.LEADER)
WORKING = (BroadcastState.COUNTING, BroadcastState.RUNNING)


@require_GET
@role_required(*READERS)
def listing(request: HttpRequest) -> HttpResponse:
    """All broadcasts one is answerable for, the newest first."""
    rows = Broadcast.objects.visible_to(request.user).select_related("province", "area", "office")  # type: ignore[arg-type]
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    may_write = request.user.has_role(*WRITERS)  # type: ignore[union-attr]
    return render(request, "notify/broadcasts.html", {"page_obj": page, "may_write": may_write})


@require_http_methods(["GET", "POST"])
@role_required(*WRITERS)
def create(request: HttpRequest) -> HttpResponse:
    """Write a new one; `?thong_bao=` begins with an announcement's short text."""
    return _edit(request, None, _begun(request))


@require_http_methods(["GET", "POST"])
@role_required(*WRITERS)
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change one that was not started."""
    row = _mine(request, pk)
    return _edit(request, row, BroadcastForm.initial_of(row))


def _begun(request: HttpRequest) -> dict[str, Any]:
    """What a new broadcast begins with: the words, the place and the letter of an announcement, if one is named."""
    given = {"consent": _("Sự đồng ý của người nhận khi đăng ký nhận tin")}
    row = Announcement.objects.visible_to(request.user).filter(pk=row_id(request.GET.get("thong_bao"))).first()  # type: ignore[arg-type]
    if row is None:
        return given
    led = row.office_id in request.user.office_ids_as(Role.LEADER)  # type: ignore[union-attr]
    area = row.area_id or (row.office.area_id if row.office else row.province_id)
    return {**given, "name": row.title[:160], "subject": row.title, "text": row.short, "text_en": row.short_en,
            "directive": row.directive_id, "place": f"office:{row.office_id}" if led else f"area:{area}"}


def _edit(request: HttpRequest, row: Broadcast | None, initial: dict[str, Any]) -> HttpResponse:
    form = BroadcastForm(request.POST or None, request.FILES or None, user=request.user, initial=initial)  # type: ignore[arg-type]
    status, looking = 200, "xem" in request.POST
    if request.method == "POST" and not looking:
        status = 422
        if form.is_valid():
            try:
                actor, plan = request.user, form.plan()
                saved = (services.draft(actor=actor, plan=plan) if row is None  # type: ignore[arg-type]
                         else services.change(actor=actor, broadcast=row, plan=plan))  # type: ignore[arg-type]
            except Refused as refusal:
                take_refusal(form, refusal)
                status = refusal.status
            else:
                flash.success(request, _("Đã lưu. Hãy lập danh sách để xem số người và chi phí."))
                return redirect("notify:broadcast", saved.pk)
    shown = _typed(request.POST if request.method == "POST" else initial)
    return render(request, "notify/broadcast_edit.html", {
        "form": form, "broadcast": row, "previews": broadcasting.previews(shown) if shown.text else []}, status=status)


@require_POST
@role_required(*WRITERS)
def preview(request: HttpRequest) -> HttpResponse:
    """The message as it would go out, while it is typed."""
    shown = _typed(request.POST)
    return render(request, "notify/_broadcast_preview.html", {"previews": broadcasting.previews(shown) if shown.text else []})


def _typed(data: Any) -> Broadcast:
    """A broadcast with the words of a form, not saved."""
    words = {name: clean_lines(str(data.get(name) or ""))[:services.LONGEST] for name in ("text", "text_en")}
    channel = str(data.get("channel") or Via.SMS)
    return Broadcast(channel=channel if channel in Via.values else Via.SMS.value, **words)


@require_GET
@role_required(*READERS)
def show(request: HttpRequest, pk: int) -> HttpResponse:
    """One broadcast: the message, the people, the cost, what became of it, and what may be done."""
    return _page(request, _mine(request, pk), CancelForm())


def _page(request: HttpRequest, row: Broadcast, form: CancelForm, status: int = 200) -> HttpResponse:
    context = {**_progress(request, row), "cancel_form": form, "previews": broadcasting.previews(row),
               "basis": services.basis(row), "filter_text": broadcast_reads.filter_text(row), "events": row.events.select_related("actor"),
               "left_out_rows": broadcast_reads.left_out_rows(row)}
    return render(request, "notify/broadcast.html", context, status=status)


def _progress(request: HttpRequest, row: Broadcast) -> dict[str, Any]:
    figures = broadcast_sending.figures(row)
    mine = policies.can_broadcast(request.user, row.province_id, row.office)  # type: ignore[arg-type]
    return {"broadcast": row, "figures": figures, "lines": broadcast_reads.lines(row, figures),
            "left_out": broadcast_reads.left_out(figures), "working": row.state in WORKING,
            "verbs": allowed(BROADCAST_TRANSITIONS, row.state) if mine else frozenset(),
            "needs_file": row.audience == Audience.LIST}


@require_GET
@role_required(*READERS)
def progress(request: HttpRequest, pk: int) -> HttpResponse:
    """How far it is; asked for by the page while it runs."""
    return render(request, "notify/_broadcast_progress.html", _progress(request, _mine(request, pk)))


@require_http_methods(["GET", "POST"])
@role_required(*WRITERS)
def start(request: HttpRequest, pk: int) -> HttpResponse:
    """The number of people and the cost once more, then it is sent."""
    row = _mine(request, pk)
    if request.method == "POST":
        form = StartForm(request.POST)
        seen = form.cleaned_data if form.is_valid() else {"people": -1, "cost": -1, "seen": 0}
        try:
            services.start(actor=request.user, broadcast=row, **seen)  # type: ignore[arg-type]
        except Refused as refusal:
            tell_refusal(request, refusal)
        else:
            flash.success(request, _("Đang gửi. Xem tiến độ ở trang này."))
        return redirect("notify:broadcast", pk)
    if row.state != BroadcastState.READY:
        return redirect("notify:broadcast", pk)
    return render(request, "notify/broadcast_start.html", {
        "broadcast": row, "previews": broadcasting.previews(row), "basis": services.basis(row),
        "minutes": -(-row.people // row.per_minute), "seen": services.made_by_event(row)})


@require_POST
@role_required(*WRITERS)
def count(request: HttpRequest, pk: int) -> HttpResponse:
    """Have the list made."""
    return _done(request, pk, lambda row: services.count(actor=request.user, broadcast=row))  # type: ignore[arg-type]


@require_POST
@role_required(*WRITERS)
def pause(request: HttpRequest, pk: int) -> HttpResponse:
    """Hand nothing more out."""
    return _done(request, pk, lambda row: services.pause(actor=request.user, broadcast=row))  # type: ignore[arg-type]


@require_POST
@role_required(*WRITERS)
def resume(request: HttpRequest, pk: int) -> HttpResponse:
    """Go on."""
    return _done(request, pk, lambda row: services.resume(actor=request.user, broadcast=row))  # type: ignore[arg-type]


@require_POST
@role_required(*WRITERS)
def cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """Stop for good, with the reason."""
    form = CancelForm(request.POST)
    if not form.is_valid():
        return _page(request, _mine(request, pk), form, 422)
    why = form.cleaned_data["reason"]
    return _done(request, pk, lambda row: services.cancel(actor=request.user, broadcast=row, reason=why))  # type: ignore[arg-type]


def _done(request: HttpRequest, pk: int, verb: Callable[[Broadcast], object]) -> HttpResponse:
    try:
        verb(_mine(request, pk))
    except Refused as refusal:
        tell_refusal(request, refusal)
    return redirect("notify:broadcast", pk)


@require_POST
@role_required(*WRITERS)
def not_reached(request: HttpRequest, pk: int) -> HttpResponse:
    """Who was not reached, as a spreadsheet: for those who may send it. It is written down who takes it."""
    row = _mine(request, pk)
    if not policies.can_broadcast(request.user, row.province_id, row.office):  # type: ignore[arg-type]
        raise Http404
    out = tempfile.TemporaryFile()  # noqa: SIM115 - the answer closes it
    rows = broadcast_reads.write_not_reached(row, out)
    downloads.taken(request, NamedList.NOT_REACHED, row.name, rows)
    out.seek(0)
    name = f"chua-nhan-duoc-{row.pk}.xlsx"
    return FileResponse(out, content_type=XLSX, filename=name, as_attachment=True)  # type: ignore[return-value]


@require_GET
@role_required(*WRITERS)
def template(request: HttpRequest) -> HttpResponse:
    """An empty list with the right header."""
    return HttpResponse(sheets.empty(TEMPLATE), content_type="text/csv; charset=utf-8", headers={
        "Content-Disposition": 'attachment; filename="danh-sach-nhan-tin.csv"'})


def _mine(request: HttpRequest, pk: int) -> Broadcast:
    rows = Broadcast.objects.visible_to(request.user)  # type: ignore[arg-type]
    return get_object_or_404(rows.select_related("province", "area__parent", "office", "directive"), pk=pk)
