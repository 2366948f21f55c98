"""The guard's tablet: who may come in, how many are inside, one tap for each verb (letters Cà Mau 1–2, Thường Tín 4–5)."""
from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from bookings import doorway, queries
from bookings import health as checklist
from bookings.eligibility import MOST_PEOPLE
from bookings.forms.citizen import CodeForm
from bookings.forms.door import NOBODY
from bookings.models import Appointment
from bookings.services import visits
from bookings.states import AppointmentState
from onestop import clock
from onestop.access import role_required, tell_refusal
from onestop.directives.rules import rules_for
from onestop.directives.states import RuleKind
from onestop.offices.models import Office
from onestop.people.models import User
from onestop.people.requests import StaffRequest
from onestop.people.shown import long_day, time_of_day
from onestop.people.states import Role
from onestop.people.words import clean
from onestop.transitions import Refused

AT_THE_DOOR = (Role.GUARD, Role.DESK, Role.LEADER)
MOVABLE = (AppointmentState.BOOKED, AppointmentState.CHECKED_IN, AppointmentState.REFUSED_ENTRY)
SHOWN = 12


@role_required(*AT_THE_DOOR)
@require_GET
def my_door(request: StaffRequest) -> HttpResponse:
    """The door of the guard's own office."""
    own = request.user.office_ids_as(*AT_THE_DOOR)
    office = get_object_or_404(Office, pk=own[0] if own else 0)
    return redirect("bookings:door", office.code)


@role_required(*AT_THE_DOOR)
@require_GET
def door(request: StaffRequest, office: str) -> HttpResponse:
    """The rooms' numbers now, who waits where, who comes next, who is inside; and one person, if a code was typed or scanned."""
    place = own_office(request.user, office)
    context = live_context(place)
    if request.htmx:
        return render(request, "bookings/door_live.html", context)
    typed = clean(request.GET.get("ma", ""))[:300]
    found = find(place, typed) if typed else None
    matching = context["people"].matching(typed)[:SHOWN] if typed and found is None else []
    rules = rules_for(office=place, on=context["today"])
    person = person_context(request, found, context, rules) if found else {}
    context |= {"typed": typed, "found": found, "matching": matching, "person": person, "cap_rule": rules.get(RuleKind.ROOM_CAP),
                "waiting_rule": rules.get(RuleKind.WAITING_CAP)}
    return render(request, "bookings/door.html", context)


def live_context(place: Office) -> dict[str, Any]:
    """The part of the page that is fetched again every few seconds."""
    today = clock.today()
    service, waiting = doorway.service_and_waiting(queries.rooms_now(place))
    people = doorway.at_the_door(place, today)
    return {"office": place, "rooms": service, "waiting_rooms": waiting, "people": people, "today": today, "now": clock.now(),
            "expected": people.expected[:SHOWN]}


def person_context(request: StaffRequest, found: Appointment, live: dict[str, Any], rules: Any) -> dict[str, Any]:
    """What may be done with the person at the door: the checks to be asked, early or late, straight in, other times."""
    here = found.queue_date == live["today"]
    coming = here and found.state in (AppointmentState.BOOKED, AppointmentState.NO_SHOW)
    ticked = request.GET.get("dat", "").split(",")
    back_from = doorway.expected_from(found)
    return {
        "health": [(key, label, key in ticked) for key, label in checklist.items(rules).items()], "health_rule": checklist.rule(rules),
        "heads": request.GET.get("so_nguoi", found.people), "most_heads": MOST_PEOPLE,
        "priorities": NOBODY, "chosen": request.GET.get("uu_tien", found.priority), "coming": coming,
        "back_from": back_from if coming and back_from > live["now"] else None, "late": coming and doorway.is_late(found),
        "straight": coming and doorway.may_go_straight(found, live["people"], live["rooms"]),
        "may_refuse": here and found.state in (AppointmentState.BOOKED, AppointmentState.CHECKED_IN),
        "may_miss": found.state == AppointmentState.BOOKED and found.slot.ends_at < live["now"],
        "proposals": doorway.proposals(found.office, found.procedure, found.purpose, people=found.people, dossiers=found.dossiers)
        if found.state in MOVABLE else [],
    }


def find(office: Office, typed: str) -> Appointment | None:
    """The appointment of this office that a code, or the address in a QR, stands for."""
    form = CodeForm({"ma": typed})
    found = queries.by_code(form.cleaned_data["ma"]) if form.is_valid() else None
    return found if found is not None and found.office_id == office.pk else None


def own_office(user: User, code: str) -> Office:
    """The office by its code, if this person stands at its door; 404 else."""
    office = get_object_or_404(Office, code=code)
    if office.pk not in user.office_ids_as(*AT_THE_DOOR):
        raise Http404
    return office


@role_required(*AT_THE_DOOR)
@require_GET
def arrive(request: StaffRequest, code: str) -> HttpResponse:
    """Where the QR leads: the door of the appointment's office with this code filled in."""
    found = get_object_or_404(Appointment.objects.visible_to(request.user).select_related("office"), code=code.upper())
    own_office(request.user, found.office.code)
    return redirect(door_url(found, ma=found.code))


def door_url(appointment: Appointment, **asked: str) -> str:
    """The door of the appointment's office."""
    address = reverse("bookings:door", args=[appointment.office.code])
    return f"{address}?{urlencode(asked)}" if asked else address


def acting(request: StaffRequest, code: str) -> Appointment:
    """The appointment that a verb at the door is about; 404 for another office's."""
    found = get_object_or_404(Appointment.objects.visible_to(request.user).select_related("office"), code=code)
    own_office(request.user, found.office.code)
    return found


def one_tap(request: StaffRequest, code: str, act: Callable[[Appointment], Appointment], said: Callable[[Appointment], str],
            **kept: str) -> HttpResponse:
    """Do a verb and come back to the door with what happened; after a refusal to the same person, with what was ticked."""
    appointment = acting(request, code)
    try:
        done = act(appointment)
    except Refused as refusal:
        tell_refusal(request, refusal)
        return redirect(door_url(appointment, ma=appointment.code, **kept))
    messages.success(request, said(done))
    return redirect(door_url(appointment))


def words(row: Appointment) -> dict[str, Any]:
    """What the sentences about a person say."""
    return {"code": row.code, "name": row.full_name, "number": row.queue_number}


def said_arrived(row: Appointment) -> str:
    """Where the person goes now."""
    if row.state == AppointmentState.INSIDE:
        return _("%(name)s (%(code)s) đã đến và vào phòng. Số thứ tự %(number)s.") % words(row)
    if row.room_id is not None:
        return _("%(name)s (%(code)s) đã đến, mời vào khu vực chờ. Số thứ tự %(number)s.") % words(row)
    start = doorway.expected_from(row)
    if start > clock.now():
        return _("%(name)s (%(code)s) đã đến sớm và đã được ghi nhận. Mời quay lại từ %(time)s, số thứ tự %(number)s vẫn được giữ.") % {
            **words(row), "time": time_of_day(start)}
    return _("%(name)s (%(code)s) đã đến. Khu vực chờ đã đủ người: mời chờ bên ngoài, số thứ tự %(number)s vẫn được giữ.") % words(row)


def said_moved(row: Appointment) -> str:
    """The new time."""
    return _("%(name)s (%(code)s) có giờ hẹn mới: %(time)s, %(day)s, số thứ tự %(number)s.") % {
        **words(row), "time": time_of_day(row.slot.starts_at), "day": long_day(row.slot.starts_at)}


def said_refused(row: Appointment) -> str:
    """The refusal, and the new time if one was given in the same step."""
    if row.state == AppointmentState.BOOKED:
        return _("Đã ghi chưa cho vào. %(moved)s") % {"moved": said_moved(row)}
    return _("Đã ghi: %(name)s (%(code)s) chưa được vào, mời đặt lại lịch.") % words(row)


def ticks(request: StaffRequest, office: Office) -> dict[str, bool]:
    """The answers to what the letter in force asks."""
    return {key: request.POST.get(key) == "on" for key in checklist.items(rules_for(office=office, on=clock.today()))}


def heads(request: StaffRequest) -> int | None:
    """How many the guard counted; None: as booked. What is no number is told as one that can't be."""
    typed = clean(request.POST.get("people", ""))
    return None if not typed else int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 4 else 0


def chosen_slot(request: StaffRequest) -> int | None:
    """The place chosen for another time; none: the person books later."""
    typed = request.POST.get("slot", "")
    return int(typed[:18]) if typed.isascii() and typed.isdigit() else None


@role_required(*AT_THE_DOOR)
@require_POST
def check_in(request: StaffRequest, code: str) -> HttpResponse:
    health = ticks(request, acting(request, code).office)
    priority, straight = request.POST.get("priority"), request.POST.get("straight") == "1"
    people = heads(request)
    kept = {"dat": ",".join(key for key, ticked in health.items() if ticked)} | ({"uu_tien": priority[:20]} if priority else {})
    kept |= {"so_nguoi": str(people)} if people is not None else {}
    return one_tap(request, code, lambda item: visits.check_in(actor=request.user, appointment=item, health=health, priority=priority,
                                                               straight=straight, people=people), said_arrived, **kept)


@role_required(*AT_THE_DOOR)
@require_POST
def refuse_entry(request: StaffRequest, code: str) -> HttpResponse:
    reason, slot = clean(request.POST.get("reason", ""))[:255], chosen_slot(request)
    return one_tap(request, code, lambda item: visits.refuse_entry(actor=request.user, appointment=item, reason=reason, slot_id=slot),
                   said_refused)


@role_required(*AT_THE_DOOR)
@require_POST
def move(request: StaffRequest, code: str) -> HttpResponse:
    slot = chosen_slot(request) or 0
    return one_tap(request, code, lambda item: visits.move(actor=request.user, appointment=item, slot_id=slot), said_moved)


@role_required(*AT_THE_DOOR)
@require_POST
def seat(request: StaffRequest, code: str) -> HttpResponse:
    return one_tap(request, code, lambda item: visits.seat(actor=request.user, appointment=item),
                   lambda row: _("%(name)s (%(code)s) vào khu vực chờ.") % words(row))


@role_required(*AT_THE_DOOR)
@require_POST
def enter(request: StaffRequest, code: str) -> HttpResponse:
    return one_tap(request, code, lambda item: visits.enter(actor=request.user, appointment=item),
                   lambda row: _("%(name)s (%(code)s) vào phòng.") % words(row))


@role_required(*AT_THE_DOOR)
@require_POST
def leave(request: StaffRequest, code: str) -> HttpResponse:
    return one_tap(request, code, lambda item: visits.leave(actor=request.user, appointment=item),
                   lambda row: _("%(name)s (%(code)s) đã ra.") % words(row))


@role_required(*AT_THE_DOOR)
@require_POST
def no_show(request: StaffRequest, code: str) -> HttpResponse:
    return one_tap(request, code, lambda item: visits.no_show(actor=request.user, appointment=item),
                   lambda row: _("Đã ghi %(name)s (%(code)s) không đến.") % words(row))
