"""The call list of a campaign: one person at a time with the script, what came of it, and the people of the list."""
from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from dossiers.home_routes import officers_at
from dossiers.states import State as DossierState
from onestop import clock
from onestop.access import role_required, take_refusal, tell_refusal
from onestop.offices.models import Office
from onestop.people.requests import StaffRequest
from onestop.people.shapes import Tab, TimelineItem
from onestop.people.states import Role
from onestop.transitions import Refused
from postal import campaign_people as people
from postal import campaigns, policies
from postal.campaign_words import ITEM_SHOWN
from postal.forms.campaigns import CallForm, PeopleFilter
from postal.models import AddressCampaign, CampaignItem
from postal.services import campaigns as services
from postal.services.campaigns.registering import CONSENT
from postal.states import CampaignState, ItemOutcome, ItemState
from postal.views.campaigns import CALLERS, own

SEES = (*CALLERS, Role.ADMINISTRATOR)
PER_PAGE = 30


@role_required(*SEES)
@require_GET
def listing(request: StaffRequest, pk: int) -> HttpResponse:
    """The people of a campaign, by state; whom to call now first."""
    campaign = own(request, pk)
    found = people.of(request.user, campaign)
    offices = Office.objects.filter(pk__in=found.order_by().values("office")).order_by("name")
    form = PeopleFilter(request.GET, offices=offices)
    chosen = form.chosen()
    counts = people.counts(found)
    page = Paginator(people.narrowed(found, **chosen), PER_PAGE).get_page(request.GET.get("page"))
    known = [("", _("Tất cả"), "total"), (people.DUE, _("Đến lượt gọi"), "due"),
             *((str(state), state.label, str(state)) for state in ItemState)]
    tabs = [Tab(str(label), f"?muc={value}", value == chosen["muc"], counts[name]) for value, label, name in known]
    context = {"campaign": campaign, "form": form, "page_obj": page, "tabs": tabs, "several": offices.count() > 1, "muc": chosen["muc"],
               "office": chosen["don_vi"].pk if chosen["don_vi"] else "",
               "may_call": request.user.has_role(*CALLERS) and campaign.state == CampaignState.OPEN}
    return render(request, "postal/campaign_people.html", context)


@role_required(*CALLERS)
@require_POST
def call_next(request: StaffRequest, pk: int) -> HttpResponse:
    """Hold whoever is to be called next, and show them."""
    return to_next(request, own(request, pk))


def to_next(request: StaffRequest, campaign: AddressCampaign) -> HttpResponse:
    """The screen of whoever is next; the campaign's page if there is nobody now."""
    item = services.claim_next(actor=request.user, campaign=campaign)
    if item is None:
        messages.info(request, _("Lúc này không còn ai cần gọi."))
        return redirect("postal:campaign", campaign.pk)
    return redirect("postal:campaign_item", item.pk)


def one(request: StaffRequest, pk: int) -> CampaignItem:
    """Somebody of the own office's list; 404 for any other."""
    found = campaigns.items(request.user).filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


@role_required(*SEES)
@require_GET
def show(request: StaffRequest, pk: int) -> HttpResponse:
    """One person: what to say, what is ready, what was tried; the form for whoever is calling."""
    found = one(request, pk)
    return render(request, "postal/campaign_call.html", context_of(request, found, empty_form(request, found)))


def empty_form(request: StaffRequest, item: CampaignItem) -> CallForm:
    """What the dossier knows of an address is proposed, to be confirmed."""
    dossier = item.dossier
    address = item.address or dossier.return_address or dossier.address
    return CallForm(**together(request, item), initial={"seen": item.attempts, "address": address,
                                                        "commune": item.area or dossier.return_area})


def together(request: StaffRequest, item: CampaignItem) -> dict[str, Any]:
    """What else one call settles: the person's other dossiers of the campaign: named at own offices, counted elsewhere."""
    return {"officers": officers_for(item), "companions": list(campaigns.companions(request.user, item)),
            "elsewhere": campaigns.elsewhere(request.user, item)}


def officers_for(item: CampaignItem) -> Any:
    """Who could bring the result home; None while there is none."""
    dossier = item.dossier
    if dossier.state != DossierState.DECIDED:
        return None
    return officers_at([dossier.received_office_id, dossier.competent_office_id])


def context_of(request: StaffRequest, item: CampaignItem, form: CallForm) -> dict[str, Any]:
    """The call's page."""
    now, is_open = clock.now(), item.campaign.state == CampaignState.OPEN
    held = item.held_until is not None and item.held_until > now
    may_call = policies.can_call_item(request.user, item) and is_open
    waiting, mine = item.state == ItemState.WAITING, held and item.held_by_id == request.user.pk
    events = item.events.select_related("actor").order_by("-pk")
    return {
        "item": item, "dossier": item.dossier, "campaign": item.campaign, "form": form, "consents": CONSENT,
        "may_plan": "officer" in form.fields, "mine": mine,
        "held_by_other": held and item.held_by_id != request.user.pk,
        "may_take": may_call and waiting and not held, "asks": may_call and waiting and (mine or (form.is_bound and not held)),
        "may_call_again": may_call and item.state in (ItemState.UNREACHED, ItemState.COUNTER),
        "others": list(campaigns.same_person(request.user, item)[:5]) if may_call and waiting else [],
        "history": [told(event) for event in events[:20]], "works_here": policies.can_call_item(request.user, item),
    }


def told(event: Any) -> TimelineItem:
    """One row of a person's history."""
    label, tone = ITEM_SHOWN[event.verb]
    outcome = event.data.get("outcome", "")
    title = str(ItemOutcome(outcome).label) if outcome in ItemOutcome.values else str(label)
    who = event.actor.full_name if event.actor else _("Công dân, qua liên kết") if event.data.get("via") == "link" else ""
    return TimelineItem(event.at, title, event.reason, who, tone)


@role_required(*CALLERS)
@require_POST
def take(request: StaffRequest, pk: int) -> HttpResponse:
    """Call this one now: colleagues see it."""
    found = one(request, pk)
    try:
        services.take(actor=request.user, item=found)
    except Refused as refusal:
        tell_refusal(request, refusal)
    return redirect("postal:campaign_item", pk)


@role_required(*CALLERS)
@require_POST
def record(request: StaffRequest, pk: int) -> HttpResponse:
    """What came of the call; then the next person, if the officer goes on."""
    found = one(request, pk)
    form, status = CallForm(request.POST, **together(request, found)), 422
    if form.is_valid():
        typed = form.cleaned_data
        try:
            row, is_new = services.record(actor=request.user, item=found, answer=form.answer(), seen=typed["seen"],
                                          others=typed["others"], elsewhere=typed["elsewhere"])
            messages.success(request, said(row, is_new))
            return to_next(request, found.campaign) if "tiep" in request.POST else redirect("postal:campaign_item", pk)
        except Refused as refusal:
            take_refusal(form, refusal)
            status = refusal.status
    return render(request, "postal/campaign_call.html", context_of(request, one(request, pk), form), status=status)


def said(row: CampaignItem, is_new: bool) -> str:
    """What was written down, or that it had been before."""
    state = str(ItemState(row.state).label)
    if not is_new:
        return _("Đã có người ghi trước đó: %(state)s.") % {"state": state}
    return _("Đã ghi: %(state)s.") % {"state": state}


@role_required(*CALLERS)
@require_POST
def again(request: StaffRequest, pk: int) -> HttpResponse:
    """Put somebody back on the list of calls."""
    found = one(request, pk)
    try:
        services.call_again(actor=request.user, item=found)
        messages.success(request, _("Đã đưa lại vào danh sách cần gọi."))
    except Refused as refusal:
        tell_refusal(request, refusal)
    return redirect("postal:campaign_item", pk)
