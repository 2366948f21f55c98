"""The administrator switches channels of the whole catalogue or a part of it: preview, apply, undo, history (Cà Mau 4, Khánh Hòa 1)."""
from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from onestop import clock
from onestop.access import role_required, take_refusal, tell_refusal
from onestop.directives import switch_reads
from onestop.directives.form_switches import SwitchForm, UndoForm
from onestop.directives.models import ChannelSwitch, Directive
from onestop.directives.services import switches
from onestop.directives.services.switches import OPENED
from onestop.directives.states import RuleKind, SwitchState
from onestop.people.shapes import Tab
from onestop.people.states import Role
from onestop.people.words import clean, row_id
from onestop.transitions import Refused

PER_PAGE = 25


@require_GET
@role_required(Role.ADMINISTRATOR, Role.MONITOR)
def listing(request: HttpRequest) -> HttpResponse:
    """All switches, the newest first."""
    page = Paginator(switch_reads.visible(request.user), PER_PAGE).get_page(request.GET.get("page"))  # type: ignore[arg-type]
    may_write = request.user.has_role(Role.ADMINISTRATOR)  # type: ignore[union-attr]
    return render(request, "directives/switches.html", {"page_obj": page, "may_write": may_write})


@require_http_methods(["GET", "POST"])
@role_required(Role.ADMINISTRATOR)
def create(request: HttpRequest) -> HttpResponse:
    """Say what is to be switched; the answer is its preview."""
    letters = letters_of(request)
    chosen = letters.filter(pk=row_id(request.GET.get("van_ban"))).first()
    start = max(clock.today(), chosen.starts_on) if chosen else clock.today()
    form = SwitchForm(request.POST or None, letters=letters,
                      initial={"directive": chosen, "starts_on": start, "channels": list(OPENED), "pay_online": True})
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                made = switches.preview(actor=request.user, order=form.order())  # type: ignore[arg-type]
            except Refused as refusal:
                take_refusal(form, refusal)
                status = refusal.status
            else:
                return redirect("directives:switch", made.pk)
    return render(request, "directives/switch_new.html", {"form": form}, status=status)


def letters_of(request: HttpRequest) -> QuerySet[Directive]:
    """The administrator's letters that are in force today or later."""
    found = Directive.objects.visible_to(request.user).published().filter(withdrawn_at__isnull=True)  # type: ignore[arg-type]
    return found.exclude(ends_on__lt=clock.today()).order_by("-issued_on", "pk")


def mine(request: HttpRequest, pk: int) -> ChannelSwitch:
    """A switch that this person may see."""
    return get_object_or_404(switch_reads.visible(request.user), pk=pk)  # type: ignore[arg-type]


@require_GET
@role_required(Role.ADMINISTRATOR, Role.MONITOR)
def show(request: HttpRequest, pk: int) -> HttpResponse:
    """A switch: counts, the procedures one by one with what is opened or why not, progress, history."""
    return page_of(request, mine(request, pk), UndoForm())


def page_of(request: HttpRequest, switch: ChannelSwitch, undo_form: UndoForm, status: int = 200) -> HttpResponse:
    shown = request.GET.get("muc", "")
    query = clean(request.GET.get("q", ""))[:80]
    told = switch_reads.counts(switch)
    page = Paginator(switch_reads.items(switch, shown, query), PER_PAGE).get_page(request.GET.get("page"))
    tabs = [Tab(label=_("Tất cả"), url="?", current=shown not in switch_reads.FILTERS, count=told.total),
            Tab(label=_("Được chuyển"), url="?muc=chuyen", current=shown == "chuyen", count=told.to_open + told.done + told.undone),
            Tab(label=_("Không chuyển"), url="?muc=khong", current=shown == "khong", count=told.excluded)]
    if told.kept:
        tabs.append(Tab(label=_("Không hoàn tác được"), url="?muc=giu", current=shown == "giu", count=told.kept))
    administrator = request.user.has_role(Role.ADMINISTRATOR)  # type: ignore[union-attr]
    context = {
        "switch": switch, "counts": told, "page_obj": page, "tabs": tabs, "undo_form": undo_form, "query": query, "shown": shown,
        "running": switch_reads.is_running(switch, told, clock.today()), "scope": switch_reads.scope_text(switch),
        "ahead": switch.state == SwitchState.APPLIED and switch.starts_on > clock.today(),
        "may_apply": administrator and switch.state == SwitchState.PREVIEWED, "events": switch.events.select_related("actor"),
        "may_undo": administrator and switch.state == SwitchState.APPLIED,
        "opens_too": switch.directive.rules.filter(kind=RuleKind.OPEN_CHANNELS).first(),
    }
    return render(request, "directives/switch.html", context, status=status)


@require_GET
@role_required(Role.ADMINISTRATOR, Role.MONITOR)
def progress(request: HttpRequest, pk: int) -> HttpResponse:
    """How far the background is; asked for by the page while it runs."""
    switch = mine(request, pk)
    told = switch_reads.counts(switch)
    running = switch_reads.is_running(switch, told, clock.today())
    return render(request, "directives/_switch_progress.html", {"switch": switch, "counts": told, "running": running})


@require_POST
@role_required(Role.ADMINISTRATOR)
def apply(request: HttpRequest, pk: int) -> HttpResponse:
    """Put it into effect, in one action."""
    switch = mine(request, pk)
    try:
        switches.apply(actor=request.user, switch=switch)  # type: ignore[arg-type]
    except Refused as refusal:
        tell_refusal(request, refusal)
    else:
        messages.success(request, _("Đã áp dụng. Danh mục được chuyển trong nền, xem tiến độ ở trang này."))
    return redirect("directives:switch", pk)


@require_POST
@role_required(Role.ADMINISTRATOR)
def undo(request: HttpRequest, pk: int) -> HttpResponse:
    """Back to what it was, with the reason."""
    switch, form = mine(request, pk), UndoForm(request.POST)
    if not form.is_valid():
        return page_of(request, switch, form, 422)
    try:
        switches.undo(actor=request.user, switch=switch, reason=form.cleaned_data["reason"])  # type: ignore[arg-type]
    except Refused as refusal:
        tell_refusal(request, refusal)
    else:
        messages.success(request, _("Đã hoàn tác. Thủ tục đã thay đổi sau khi chuyển thì giữ nguyên và được liệt kê riêng."))
    return redirect("directives:switch", pk)
