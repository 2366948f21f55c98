"""The desk's screen for calling numbers: choose a counter once, then call, serve, set aside, send on, finish."""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from bookings import lines, queries
from bookings.models import Ticket
from bookings.services import calling
from bookings.services.receiving import hand_in_refusal
from bookings.states import AT_COUNTER, TicketState
from bookings.views.display import fragment
from onestop import clock
from onestop.access import role_required, tell_refusal
from onestop.offices.models import Counter
from onestop.people.models import User
from onestop.people.requests import StaffRequest
from onestop.people.states import Role
from onestop.people.words import clean
from onestop.transitions import Refused

AT_THE_DESK = (Role.DESK, Role.LEADER)
CHOSEN = "queue_counter"  # the session remembers the counter
SHOWN = 15  # people of the line on the screen


def own_counters(user: User) -> QuerySet[Counter]:
    """The counters of the offices where somebody works at the desk."""
    rows = Counter.objects.filter(room__office_id__in=user.office_ids_as(*AT_THE_DESK)).select_related("room__office")
    return rows.order_by("room__office__name", "room_id", "number")


def chosen_counter(request: StaffRequest) -> Counter | None:
    return own_counters(request.user).filter(pk=request.session.get(CHOSEN, 0)).first()


def own_ticket(request: StaffRequest, pk: int) -> Ticket:
    """The ticket that a button is about; 404 for another office's."""
    return get_object_or_404(Ticket.objects.filter(office_id__in=request.user.office_ids_as(*AT_THE_DESK)), pk=pk)


@role_required(*AT_THE_DESK)
@require_GET
def desk(request: StaffRequest) -> HttpResponse:
    """The counter's screen; without a counter the choice of one."""
    counter = None if "doi-quay" in request.GET else chosen_counter(request)
    if counter is None:
        return render(request, "bookings/desk_choose.html", {"counters": own_counters(request.user), "busy": busy_counters(request.user)})
    ticket = present(counter)
    context = {
        **line_context(counter), "ticket": ticket, "seen": calling.version(ticket) if ticket else "", "most_calls": settings.QUEUE_CALLS,
        "can_miss": ticket is not None and ticket.calls >= settings.QUEUE_CALLS, "other_counters": others(counter) if ticket else [],
        "hand_in": ticket is not None and ticket.appointment.dossier_id is None and hand_in_refusal(ticket.appointment) is None,
        "at": clock.now()}
    return render(request, "bookings/desk.html", context)


@role_required(*AT_THE_DESK)
@require_GET
def desk_line(request: StaffRequest) -> HttpResponse:
    """The changing part of the screen: who waits, who was set aside, how full the room is."""
    counter = chosen_counter(request)
    if counter is None:
        raise Http404
    return fragment(request, "bookings/desk_live.html", line_context(counter))


def present(counter: Counter) -> Ticket | None:
    """Whom the counter calls or serves."""
    rows = Ticket.objects.filter(counter=counter, state__in=AT_COUNTER, date=clock.today())
    return rows.select_related("appointment__slot", "appointment__procedure", "appointment__office", "appointment__dossier").first()


def others(counter: Counter) -> QuerySet[Counter]:
    """Where somebody may be sent on to."""
    return Counter.objects.filter(room__office_id=counter.room.office_id).exclude(pk=counter.pk).select_related("room")


def busy_counters(user: User) -> dict[int, Ticket]:
    """Who is at which counter now."""
    rows = Ticket.objects.filter(counter__in=own_counters(user), state__in=AT_COUNTER, date=clock.today()).select_related("officer")
    return {row.counter_id: row for row in rows if row.counter_id}


def line_context(counter: Counter) -> dict[str, Any]:
    """The counter's own line in the order of calling, and those who were set aside or missed."""
    state = queries.room_state(counter.room)
    line = lines.callable_at(counter, lines.waiting(counter.room.office, clock.today()), state.free)
    aside = Ticket.objects.filter(office=counter.room.office, date=clock.today(), state__in=[TicketState.PARKED, TicketState.MISSED])
    return {"counter": counter, "office": counter.room.office, "room": state, "line": line[:SHOWN], "more": max(len(line) - SHOWN, 0),
            "aside": [(row, calling.version(row)) for row in aside.select_related("appointment__slot").order_by("number")[:SHOWN]]}


@role_required(*AT_THE_DESK)
@require_POST
def choose(request: StaffRequest) -> HttpResponse:
    """Sit down at a counter."""
    typed = request.POST.get("quay", "")
    counter = get_object_or_404(own_counters(request.user), pk=int(typed) if typed.isdecimal() and len(typed) < 10 else 0)
    request.session[CHOSEN] = counter.pk
    return redirect("bookings:desk")


@role_required(*AT_THE_DESK)
@require_POST
def call(request: StaffRequest) -> HttpResponse:
    """The next person to this counter."""
    counter = chosen_counter(request)
    if counter is not None:
        call_to(request, counter)
    return redirect("bookings:desk")


def call_to(request: StaffRequest, counter: Counter) -> None:
    try:
        ticket = calling.call_next(actor=request.user, counter=counter)
    except Refused as refusal:
        tell_refusal(request, refusal)
        return
    messages.success(request, _("Đang gọi số %(number)s.") % {"number": ticket.number})


def _transfer(request: StaffRequest, ticket: Ticket, seen: str) -> Ticket:
    typed = request.POST.get("to", "")
    to = get_object_or_404(Counter, pk=int(typed) if typed.isdecimal() and len(typed) < 10 else 0, room__office_id=ticket.office_id)
    return calling.transfer(actor=request.user, ticket=ticket, to=to, seen=seen)


Act = Callable[[StaffRequest, Ticket, str], Ticket]
ACTS: dict[str, Act] = {
    "goi-lai": lambda request, ticket, seen: calling.recall(actor=request.user, ticket=ticket, seen=seen),
    "bat-dau": lambda request, ticket, seen: calling.start(actor=request.user, ticket=ticket, seen=seen),
    "gac-lai": lambda request, ticket, seen: calling.park(actor=request.user, ticket=ticket, seen=seen,
                                                          reason=clean(request.POST.get("reason", ""))[:255]),
    "vang-mat": lambda request, ticket, seen: calling.miss(actor=request.user, ticket=ticket, seen=seen),
    "xep-lai": lambda request, ticket, seen: calling.put_back(actor=request.user, ticket=ticket, seen=seen),
    "chuyen-quay": _transfer,
    "xong": lambda request, ticket, seen: calling.finish(actor=request.user, ticket=ticket, seen=seen,
                                                         leave=request.POST.get("leave") != "0"),
}


@role_required(*AT_THE_DESK)
@require_POST
def act(request: StaffRequest, ticket: int, verb: str) -> HttpResponse:
    """One button of the screen; with `then=call` the next person is called at once."""
    found, do = own_ticket(request, ticket), ACTS.get(verb)
    if do is None:
        raise Http404
    try:
        done = do(request, found, clean(request.POST.get("seen", ""))[:20])
    except Refused as refusal:
        tell_refusal(request, refusal)
        return redirect("bookings:desk")
    messages.success(request, _("Số %(number)s: %(state)s.") % {"number": done.number, "state": done.get_state_display().lower()})
    counter = chosen_counter(request)
    if request.POST.get("then") == "call" and counter is not None:
        call_to(request, counter)
    return redirect("bookings:desk")
