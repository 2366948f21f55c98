"""The guard's tablet: who may come in, how many are inside, one tap for each verb (letters Cà Mau 1–2, Thường Tín 4–5)."""
from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from bookings import places, queries
from bookings.forms.citizen import CodeForm
from bookings.models import Appointment
from bookings.services import visits
from onestop import clock
from onestop.access import role_required, tell_refusal
from onestop.directives.rules import rules_for
from onestop.directives.states import RuleKind
from onestop.offices.models import Office
from onestop.people.models import User
from onestop.people.states import Role
from onestop.people.words import clean
from onestop.transitions import Refused

AT_THE_DOOR = (Role.GUARD, Role.DESK, Role.LEADER)
HEALTH = dict(visits.HealthItem.choices)


@role_required(*AT_THE_DOOR)
@require_GET
def my_door(request: HttpRequest) -> HttpResponse:
    """The door of the guard's own office."""
    own = request.user.office_ids_as(*AT_THE_DOOR)
    office = get_object_or_404(Office, pk=own[0] if own else 0)
    return redirect("bookings:door", office.code)


@role_required(*AT_THE_DOOR)
@require_GET
def door(request: HttpRequest, office: str) -> HttpResponse:
    """The room's number now, who waits, who comes next, who is inside."""
    place = own_office(request.user, office)
    today = clock.today()
    typed = clean(request.GET.get("ma", ""))[:300]
    found = find(place, typed) if typed else None
    rules = rules_for(office=place, on=today)
    context = {
        "office": place, "rooms": places.rooms_now(place), "people": places.at_the_door(place, today), "typed": typed, "found": found,
        "today": today, "now": clock.now(), "health": health_rows(request) if rules.has(RuleKind.HEALTH_CHECK) else [],
        "health_rule": rules.get(RuleKind.HEALTH_CHECK), "cap_rule": rules.get(RuleKind.ROOM_CAP),
    }
    template = "bookings/door_live.html" if request.htmx else "bookings/door.html"
    return render(request, template, context)


def find(office: Office, typed: str) -> Appointment | None:
    """The appointment of this office that a code, or the address in a QR, stands for."""
    form = CodeForm({"ma": typed})
    found = queries.by_code(form.cleaned_data["ma"]) if form.is_valid() else None
    return found if found is not None and found.office_id == office.pk else None


def health_rows(request: HttpRequest) -> list[tuple[str, Any, bool]]:
    """The questions of the health check, with the ticks of the attempt before."""
    ticked = request.GET.get("dat", "").split(",")
    return [(key, label, key in ticked) for key, label in HEALTH.items()]


def own_office(user: User, code: str) -> Office:
    """The office by its code, if this person stands at its door; 404 else."""
    office = get_object_or_404(Office, code=code)
    if office.pk not in user.office_ids_as(*AT_THE_DOOR):
        raise Http404
    return office


@role_required(*AT_THE_DOOR)
@require_GET
def arrive(request: HttpRequest, code: str) -> HttpResponse:
    """Where the QR leads: the door of the appointment's office with this code filled in."""
    found = get_object_or_404(Appointment.objects.visible_to(request.user).select_related("office"), code=code.upper())
    own_office(request.user, found.office.code)
    return redirect(door_url(found, ma=found.code))


def door_url(appointment: Appointment, **asked: str) -> str:
    """The door of the appointment's office."""
    address = reverse("bookings:door", args=[appointment.office.code])
    return f"{address}?{urlencode(asked)}" if asked else address


def acting(request: HttpRequest, code: str) -> Appointment:
    """The appointment that a verb at the door is about; 404 for another office's."""
    found = get_object_or_404(Appointment.objects.visible_to(request.user).select_related("office"), code=code)
    own_office(request.user, found.office.code)
    return found


def one_tap(request: HttpRequest, code: str, act: Callable[[Appointment], Any], done: str, **kept: str) -> HttpResponse:
    """Do a verb and come back to the door with what happened; after a refusal to the same person, with what was ticked."""
    appointment = acting(request, code)
    try:
        act(appointment)
    except Refused as refusal:
        tell_refusal(request, refusal)
        return redirect(door_url(appointment, ma=appointment.code, **kept))
    messages.success(request, done % {"code": appointment.code, "name": appointment.full_name})
    return redirect(door_url(appointment))


@role_required(*AT_THE_DOOR)
@require_POST
def check_in(request: HttpRequest, code: str) -> HttpResponse:
    health = {key: request.POST.get(key) == "on" for key in HEALTH}
    return one_tap(request, code, lambda item: visits.check_in(actor=request.user, appointment=item, health=health),
                   _("%(name)s (%(code)s) đã đến."), dat=",".join(key for key, ticked in health.items() if ticked))


@role_required(*AT_THE_DOOR)
@require_POST
def refuse_entry(request: HttpRequest, code: str) -> HttpResponse:
    reason = clean(request.POST.get("reason", ""))[:255]
    return one_tap(request, code, lambda item: visits.refuse_entry(actor=request.user, appointment=item, reason=reason),
                   _("Đã ghi: %(name)s (%(code)s) chưa được vào, mời đặt lại lịch."))


@role_required(*AT_THE_DOOR)
@require_POST
def enter(request: HttpRequest, code: str) -> HttpResponse:
    return one_tap(request, code, lambda item: visits.enter(actor=request.user, appointment=item), _("%(name)s (%(code)s) vào phòng."))


@role_required(*AT_THE_DOOR)
@require_POST
def leave(request: HttpRequest, code: str) -> HttpResponse:
    return one_tap(request, code, lambda item: visits.leave(actor=request.user, appointment=item), _("%(name)s (%(code)s) đã ra."))


@role_required(*AT_THE_DOOR)
@require_POST
def no_show(request: HttpRequest, code: str) -> HttpResponse:
    return one_tap(request, code, lambda item: visits.no_show(actor=request.user, appointment=item),
                   _("Đã ghi %(name)s (%(code)s) không đến."))
