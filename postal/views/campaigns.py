"""Address campaigns (Khánh Hòa 2, Thường Tín 5): making one, its progress, its invitations, its files, its end."""
from __future__ import annotations

import tempfile
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import FileResponse, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from dossiers.printing import tables
from onestop.access import role_required, take_refusal, tell_refusal
from onestop.offices.models import Office
from onestop.people.requests import StaffRequest
from onestop.people.shapes import TimelineItem
from onestop.people.states import Role
from onestop.people.words import row_id
from onestop.sheets import XLSX
from onestop.transitions import Refused
from postal import campaign_people as people
from postal import campaigns, policies
from postal.campaign_words import CAMPAIGN_SHOWN
from postal.forms.campaigns import CampaignForm
from postal.models import AddressCampaign
from postal.services import asked
from postal.services import campaigns as services
from postal.states import CampaignState

CALLERS = (Role.DESK, Role.SPECIALIST, Role.LEADER)
READERS = (*CALLERS, Role.ADMINISTRATOR, Role.MONITOR, Role.HOTLINE)
MAKERS = (Role.DESK, Role.LEADER, Role.ADMINISTRATOR)
PER_PAGE, OFFICES_A_PAGE = 20, 50


def own(request: StaffRequest, pk: int) -> AddressCampaign:
    """A campaign this person may look at; 404 for any other."""
    return get_object_or_404(campaigns.visible(request.user), pk=pk)


@role_required(*READERS)
@require_GET
def index(request: StaffRequest) -> HttpResponse:
    """The campaigns, newest first."""
    page = Paginator(campaigns.visible(request.user), PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "postal/campaigns.html", {"page_obj": page, "may_make": request.user.has_role(*MAKERS)})


@role_required(*MAKERS)
@require_http_methods(["GET", "POST"])
def create(request: StaffRequest) -> HttpResponse:
    """A new campaign: first how many it would hold, by office; then its list is made."""
    form = CampaignForm(request.POST or None, user=request.user)
    context: dict[str, Any] = {"form": form, "preview": None, "count": 0}
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                if "lap" in request.POST:
                    return redirect("postal:campaign", services.make(actor=request.user, plan=form.plan()).pk)
                context["preview"] = campaigns.preview(form.extent())
                context["count"] = sum(row["count"] for row in context["preview"])
                status = 200
            except Refused as refusal:
                take_refusal(form, refusal)
                status = refusal.status
    return render(request, "postal/campaign_new.html", context, status=status)


@role_required(*READERS)
@require_GET
def show(request: StaffRequest, pk: int) -> HttpResponse:
    """How far a campaign has come, by office; what may be done with it."""
    return render(request, "postal/campaign.html", context_of(request, own(request, pk)))


def context_of(request: StaffRequest, campaign: AddressCampaign) -> dict[str, Any]:
    """A fixed number of queries, however many offices."""
    rows = campaigns.progress(request.user, campaign)
    is_open = campaign.state == CampaignState.OPEN
    may_run = policies.can_run_campaign(request.user, campaign)
    return {
        "campaign": campaign, "page_obj": Paginator(rows, OFFICES_A_PAGE).get_page(request.GET.get("page")),
        "sums": campaigns.summed(rows), "may_run": may_run and campaign.state != CampaignState.CLOSED, "is_open": is_open,
        "listing": campaign.state == CampaignState.DRAFT or (is_open and campaign.frozen_to < campaign.up_to),
        "to_invite": campaigns.people_in(campaigns.to_invite(campaign)) if may_run and is_open else 0,
        "to_call": campaigns.people_in(campaigns.next_to_call(request.user, campaign)) if is_open else 0,
        "may_see_people": request.user.has_role(*CALLERS, Role.ADMINISTRATOR), "may_call": request.user.has_role(*CALLERS),
        "history": [told(event) for event in campaign.events.select_related("actor").order_by("-pk")[:20]],
    }


def told(event: Any) -> TimelineItem:
    """One row of a campaign's history."""
    label, tone = CAMPAIGN_SHOWN[event.verb]
    counted = event.data.get("invited", event.data.get("total"))
    text = "" if counted is None else _("%(count)s người") % {"count": counted}
    return TimelineItem(event.at, str(label), text, event.actor.full_name if event.actor else "", tone)


def _done(request: StaffRequest, pk: int, verb: Callable[..., object], sentence: str) -> HttpResponse:
    """Do something with a campaign and come back to its page."""
    try:
        verb(actor=request.user, campaign=own(request, pk))
        messages.success(request, sentence)
    except Refused as refusal:
        tell_refusal(request, refusal)
    return redirect("postal:campaign", pk)


@role_required(*MAKERS)
@require_POST
def add(request: StaffRequest, pk: int) -> HttpResponse:
    """Look for dossiers that belong to the list by now."""
    return _done(request, pk, services.add_new, _("Cổng đang tìm hồ sơ mới để bổ sung danh sách."))


@role_required(*MAKERS)
@require_POST
def invite(request: StaffRequest, pk: int) -> HttpResponse:
    """Send everybody who has not answered a link."""
    return _done(request, pk, services.start_inviting, _("Cổng đang gửi tin mời; có thể rời trang."))


@role_required(*MAKERS)
@require_POST
def stop(request: StaffRequest, pk: int) -> HttpResponse:
    """Send no more for now."""
    return _done(request, pk, services.stop_inviting, _("Đã dừng gửi tin mời."))


@role_required(*MAKERS)
@require_POST
def close(request: StaffRequest, pk: int) -> HttpResponse:
    """End a campaign."""
    return _done(request, pk, services.close, _("Đã kết thúc đợt liên hệ. Hồ sơ đã đăng ký vẫn được gửi đi."))


@role_required(*policies.LISTERS)
@require_POST
def list_file(request: StaffRequest, pk: int) -> HttpResponse:
    """The list (of one office: ?don_vi) as XLSX, made by a job; whoever takes it is written down then."""
    campaign, chosen = own(request, pk), row_id(request.GET.get("don_vi"))
    office = Office.objects.filter(pk=chosen).first() if chosen else None
    return redirect("postal:asked_file", asked.ask_people(actor=request.user, campaign=campaign, office=office).pk)


@role_required(*READERS)
@require_GET
def progress_file(request: StaffRequest, pk: int) -> HttpResponse:
    """The progress by office as XLSX; figures only."""
    campaign, out = own(request, pk), tempfile.TemporaryFile()  # noqa: SIM115 (the response closes it)
    with translation.override("vi"):
        tables.write_xlsx(people.progress_sheet(campaign), people.progress_rows(campaigns.progress(request.user, campaign)), out)
    out.seek(0)
    return FileResponse(out, content_type=XLSX, filename=f"tien-do-dot-lien-he-{pk}.xlsx", as_attachment=True)  # type: ignore[return-value]
