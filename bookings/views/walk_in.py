"""Somebody at the door without an appointment: taken where the letters allow it, else the next free place, online or post (Cà Mau 1)."""
from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from bookings import doorway
from bookings import health as checklist
from bookings.forms.door import WAYS, WalkInAskForm, WalkInForm
from bookings.models import Appointment
from bookings.services import appointments, visits
from bookings.states import BookedBy
from bookings.views.door import AT_THE_DOOR, chosen_slot, own_office, said_arrived, said_moved, ticks
from bookings.views.manage import qr_svg
from onestop import clock
from onestop.access import role_required, take_refusal
from onestop.catalogue.models import Procedure
from onestop.catalogue.queries import search
from onestop.catalogue.states import Channel
from onestop.directives.rules import rules_for
from onestop.guide.channels import channel_options
from onestop.offices.models import Office
from onestop.people.requests import StaffRequest
from onestop.people.words import clean
from onestop.transitions import Refused

SHOWN = 12


@role_required(*AT_THE_DOOR)
@require_http_methods(["GET", "POST"])
def walk_in(request: StaffRequest, office: str) -> HttpResponse:
    """Find the procedure; then one form whose buttons take the person now or book one of the next free places."""
    place = own_office(request.user, office)
    asked = WalkInAskForm({"so_nguoi": "1"} | request.GET.dict())
    purpose, people = asked.asked()
    procedure = Procedure.objects.filter(code=clean(request.GET.get("thu_tuc", ""))[:40]).first()
    form = WalkInForm(request.POST if request.method == "POST" else None, initial={"people": people})
    status = 200
    if request.method == "POST":
        procedure = get_object_or_404(Procedure, code=clean(request.GET.get("thu_tuc", ""))[:40])
        done, status = act(request, place, procedure, purpose, form)
        if done is not None:
            return redirect("bookings:door", place.code)
    query = clean(request.GET.get("q", ""))[:120]
    context = {"office": place, "query": query, "procedure": procedure, "purpose": purpose, "ask": asked, "form": form, "found": None}
    if procedure is not None:
        context |= choices(request, place, procedure, purpose, people)
    elif query:
        context["found"] = Paginator(search(query, usable_only=True, office=place), SHOWN).get_page(1)
    return render(request, "bookings/walk_in.html", context, status=status)


def choices(request: StaffRequest, place: Office, procedure: Procedure, purpose: str, people: int) -> dict[str, Any]:
    """Whether the person may be taken now, and everything else that can be offered."""
    rules = rules_for(office=place, on=clock.today())
    options = {option.channel: option for option in channel_options(office=place, procedure=procedure, on=clock.today())}
    guide = f"{reverse('guide:procedure', args=[procedure.code])}?{urlencode({'don_vi': place.code})}"
    return {
        "refusal": doorway.walk_in_refusal(place, procedure, purpose, clock.today()),
        "proposals": doorway.proposals(place, procedure, purpose, people=people), "online": options[Channel.ONLINE],
        "post": options[Channel.POSTAL], "guide": guide, "qr": qr_svg(f"{settings.PUBLIC_URL}{guide}"),
        "health": [(key, label, request.POST.get(key) == "on") for key, label in checklist.items(rules).items()],
        "health_rule": checklist.rule(rules), "chosen_slot": request.POST.get("slot", ""),
    }


def act(request: StaffRequest, place: Office, procedure: Procedure, purpose: str, form: WalkInForm) -> tuple[Appointment | None, int]:
    """Take the person now, or book the place whose button was pressed; a refusal goes into the form, with its status."""
    if not form.is_valid():
        return None, 422
    slot = chosen_slot(request)
    try:
        if slot is not None:
            return booked(request, procedure, purpose, form, slot), 302
        row = visits.walk_in(actor=request.user, office=place, procedure=procedure, purpose=purpose, health=ticks(request, place),
                             applicant=form.applicant(get_language() or "vi"), **form.wanted())
        messages.success(request, said_arrived(row))
        return row, 302
    except Refused as refusal:
        take_refusal(form, refusal)
        return None, refusal.status


def booked(request: StaffRequest, procedure: Procedure, purpose: str, form: WalkInForm, slot: int) -> Appointment:
    """A place of the list, booked by the guard through the same gate as everybody."""
    row = appointments.book(applicant=form.applicant(get_language() or "vi"), procedure=procedure, purpose=purpose,
                            channel=BookedBy.COUNTER, slot_id=slot, actor=request.user, **form.wanted()).appointment
    messages.success(request, said_moved(row))
    return row


@role_required(*AT_THE_DOOR)
@require_POST
def turn_away(request: StaffRequest, office: str) -> HttpResponse:
    """Note that somebody was led to another way."""
    place = own_office(request.user, office)
    procedure = get_object_or_404(Procedure, code=clean(request.POST.get("thu_tuc", ""))[:40])
    purpose, _people = WalkInAskForm(request.POST).asked()
    way = request.POST.get("cach", "")
    visits.turn_away(actor=request.user, office=place, procedure=procedure, purpose=purpose, way=way if way in WAYS else "")
    messages.success(request, _("Đã ghi nhận một người chưa có lịch hẹn được hướng dẫn cách khác."))
    return redirect("bookings:door", place.code)
