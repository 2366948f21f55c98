"""The staff's screens of announcements: list, write, publish, correct, take down; for SMS and for the loudspeaker."""
from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from onestop import clock
from onestop.access import role_required, take_refusal, tell_refusal
from onestop.directives import announcements, policies
from onestop.directives.form_announcements import AnnouncementForm, TakeDownForm
from onestop.directives.models import Announcement
from onestop.directives.services import announcements as services
from onestop.directives.states import ANNOUNCEMENT_TRANSITIONS
from onestop.people.shapes import Tab
from onestop.people.states import Role
from onestop.transitions import Refused, allowed

PER_PAGE = 20
READERS = (Role.ADMINISTRATOR, Role.LEADER, Role.MONITOR)
WRITERS = (Role.ADMINISTRATOR, Role.LEADER)


@require_GET
@role_required(*READERS)
def listing(request: HttpRequest) -> HttpResponse:
    """The announcements one is answerable for, the newest first; `?xem=dang-hien` only those shown now."""
    now, only = clock.now(), request.GET.get("xem") == "dang-hien"
    found = announcements.with_places(Announcement.objects.visible_to(request.user))  # type: ignore[arg-type]
    page = Paginator(found.shown_at(now) if only else found, PER_PAGE).get_page(request.GET.get("page"))
    tabs = [Tab(_("Tất cả"), "?", not only), Tab(_("Đang hiện"), "?xem=dang-hien", only)]
    return render(request, "directives/announcements.html", {
        "page_obj": page, "tabs": tabs, "rows": [(row, row.is_shown(now)) for row in page.object_list], "now": now,
        "may_write": request.user.has_role(*WRITERS)})  # type: ignore[union-attr]


@require_http_methods(["GET", "POST"])
@role_required(*WRITERS)
def create(request: HttpRequest) -> HttpResponse:
    """Write a new one; it stays a draft until somebody publishes it."""
    return _edit(request, None)


@require_http_methods(["GET", "POST"])
@role_required(*WRITERS)
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Correct a draft or one that is shown."""
    return _edit(request, _mine(request, pk))


def _edit(request: HttpRequest, row: Announcement | None) -> HttpResponse:
    form = AnnouncementForm(request.POST or None, user=request.user, initial=AnnouncementForm.initial_of(row))  # type: ignore[arg-type]
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                actor = request.user
                made = (services.announce(actor=actor, notice=form.notice()) if row is None  # type: ignore[arg-type]
                        else services.change(actor=actor, announcement=row, notice=form.notice()))  # type: ignore[arg-type]
            except Refused as refusal:
                take_refusal(form, refusal)
                status = refusal.status
            else:
                messages.success(request, _("Đã lưu thông báo."))
                return redirect("directives:announcement", made.pk)
    return render(request, "directives/announcement_edit.html", {"form": form, "announcement": row}, status=status)


@require_GET
@role_required(*READERS)
def show(request: HttpRequest, pk: int) -> HttpResponse:
    """One announcement in all its forms, with what may be done to it."""
    return _page(request, _mine(request, pk), TakeDownForm())


def _page(request: HttpRequest, row: Announcement, form: TakeDownForm, status: int = 200) -> HttpResponse:
    now = clock.now()
    mine = policies.can_announce(request.user, row.province_id, row.office_id)  # type: ignore[arg-type]
    context = {"announcement": row, "spoken": announcements.spoken(row), "now": now, "shown": row.is_shown(now),
               "coming": row.starts_at > now, "verbs": allowed(ANNOUNCEMENT_TRANSITIONS, row.state) if mine else frozenset(),
               "withdraw_form": form,
               "events": row.events.select_related("actor")}
    return render(request, "directives/announcement.html", context, status=status)


@require_POST
@role_required(*WRITERS)
def publish(request: HttpRequest, pk: int) -> HttpResponse:
    """Show it to the public from its first moment on."""
    try:
        services.publish(actor=request.user, announcement=_mine(request, pk))  # type: ignore[arg-type]
    except Refused as refusal:
        tell_refusal(request, refusal)
    else:
        messages.success(request, _("Đã đăng. Người dân thấy thông báo trong thời gian đã ghi."))
    return redirect("directives:announcement", pk)


@require_POST
@role_required(*WRITERS)
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Take it down, with the reason."""
    row, form = _mine(request, pk), TakeDownForm(request.POST)
    if not form.is_valid():
        return _page(request, row, form, 422)
    try:
        services.withdraw(actor=request.user, announcement=row, reason=form.cleaned_data["reason"])  # type: ignore[arg-type]
    except Refused as refusal:
        tell_refusal(request, refusal)
    else:
        messages.success(request, _("Đã gỡ thông báo."))
    return redirect("directives:announcement", pk)


def _mine(request: HttpRequest, pk: int) -> Announcement:
    rows = announcements.with_places(Announcement.objects.visible_to(request.user))  # type: ignore[arg-type]
    return get_object_or_404(rows, pk=pk)
