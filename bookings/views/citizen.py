"""A citizen books: office, day, time, name and phone. Every step is a page that works without JavaScript."""
from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from bookings import availability, facts, month, places
from bookings.forms.citizen import ChoiceForm, VisitorForm
from bookings.models import Hold
from bookings.services import appointments, confirming, holds, leaving
from bookings.states import BookedBy, HoldState, Purpose
from bookings.views import phones
from bookings.views.remembering import page_for_a_second
from dossiers.models import Dossier
from onestop import clock
from onestop.access import limited, take_refusal, tell_refusal, times_seen
from onestop.catalogue.models import Procedure
from onestop.offices.models import Office
from onestop.people.tokens import digest
from onestop.people.words import clean, row_id
from onestop.transitions import Refused

TRIES_A_PHONE = 20  # bookings tried with one phone in an hour
HOLD_KEY = "booking_hold"  # the session keeps the hold's token, never the address bar
BOOKED_KEY = "booking_done"  # {turn: address of the appointment}: the same form sent twice leads to the same page
PERSON_KEY = "booking_person"  # what was typed when the hold had just ended, for the next one
UNTIL_KEY = "booking_until"  # how long the hold would last that was cut short when its page was left
COLLECT_KEY = "booking_collect"  # [turn, dossier]: whose result the place being kept is for


@login_not_required
@require_GET
@page_for_a_second
def choose(request: HttpRequest, office: str, procedure: str) -> HttpResponse:
    """The month of an office with the free places of each day, and the times of the chosen day."""
    place, wanted = facts.office(office), facts.procedure(procedure)
    if place is None or wanted is None or not place.exists_on(clock.today()):
        raise Http404
    form = ChoiceForm({"viec": Purpose.SUBMIT.value, "so_ho_so": 1, "so_nguoi": 1} | request.GET.dict())
    asked = form.asked()
    kept = {name: asked[name] for name in ("viec", "so_ho_so", "so_nguoi")}
    context = month_context(place, wanted, asked, address=request.path, kept=kept)
    context["wait_url"] = f"{reverse('bookings:waiting_join', args=[place.code, wanted.code])}?{urlencode(kept)}"
    context["group_url"] = reverse("bookings:group_new", args=[place.code, wanted.code])
    trouble = form.trouble()
    context |= {"form": form, "trouble": trouble, "form_key": None if trouble else "&".join(str(form.data[name]) for name in kept)}
    return render(request, "bookings/month.html", context)


def month_context(office: Office, procedure: Procedure, asked: dict[str, Any], *, address: str, kept: dict[str, Any]) -> dict[str, Any]:
    """What the month page shows; moving an appointment uses it with its own address. `kept` stays in every link."""
    today, chosen, purpose = clock.today(), asked["ngay"], asked["viec"]
    party = month.Party(people=asked["so_nguoi"], dossiers=asked["so_ho_so"])
    first = month.first_of(asked["thang"] or (f"{chosen:%Y-%m}" if chosen else ""), today)
    days, refusal = month_days(office, procedure, purpose, max(first, today), month.last_of(first))
    following = month.last_of(first) + timedelta(days=1)
    soonest = month.soonest(days, party)
    base = f"{address}?{urlencode(kept)}&" if kept else f"{address}?"

    def day_link(day: date) -> str:
        return f"{base}ngay={day.isoformat()}#gio"

    return {
        "office": office, "procedure": procedure, "purpose": purpose, "refusal": refusal, "chosen": chosen, "party": party, "kept": kept,
        "weeks": month.grid(first, days, party, today=today, chosen=chosen, link=day_link),
        "sessions": month.times(days.get(chosen) if chosen else None, party),
        "chosen_free": bool(chosen and party.free(days.get(chosen))),
        "month_title": _("Tháng %(month)s") % {"month": f"{first:%m/%Y}"},
        "previous": f"{base}thang={first - timedelta(days=1):%Y-%m}" if first > today else "",
        "following": f"{base}thang={following:%Y-%m}" if following <= today + timedelta(days=settings.BOOKING_DAYS_AHEAD) else "",
        "rule": facts.needs_appointment(office, procedure),
        "soonest_url": day_link(soonest) if soonest else "", "reasons": reasons(days), "wait_url": "", "group_url": "",
    }


Days = dict[date, availability.Day]


def month_days(office: Office, procedure: Procedure, purpose: str, first: date, last: date) -> tuple[Days, Refused | None]:
    """The days that can be shown, or why the office doesn't receive this procedure at its counter at all."""
    try:
        days = {day.date: day for day in availability.period(office, procedure, purpose, first, last)}
    except Refused as refusal:
        return {}, refusal
    refusals = [day.refusal for day in days.values()]
    return days, refusals[0] if all(refusals) else None


def reasons(days: Days) -> list[Refused]:
    """Why some of the days are not open, each reason once, with its letter."""
    return list({str(day.refusal.sentence): day.refusal for day in days.values() if day.refusal is not None}.values())


@login_not_required
@require_POST
@limited("booking_hold", "60/h")
def hold(request: HttpRequest, office: str, procedure: str) -> HttpResponse:
    """Keep a place while the form is filled in."""
    place = get_object_or_404(Office, code=office)
    wanted = get_object_or_404(Procedure, code=procedure)
    form = ChoiceForm(request.POST)
    asked = form.asked()
    back = month_url(wanted, place, asked["viec"], asked["ngay"], people=asked["so_nguoi"], dossiers=asked["so_ho_so"])
    trouble = form.trouble() or ("" if request.POST.get("slot") else _("Vui lòng chọn một khung giờ."))
    if trouble:
        messages.error(request, trouble)
        return redirect(back)
    if not keep_place(request, row_id(request.POST["slot"]), wanted, asked["viec"], asked["so_ho_so"], asked["so_nguoi"]):
        return redirect(back)
    return redirect("bookings:details")


def keep_place(request: HttpRequest, slot_id: int, procedure: Procedure, purpose: str, dossiers: int = 1, people: int = 1,
               dossier_id: int | None = None) -> bool:
    """Free what this browser kept before and keep a place; a refusal is told on the next page. `dossier_id`: whose result is collected."""
    free_earlier_hold(request)
    try:
        _hold, token = holds.place_hold(slot_id=slot_id, procedure=procedure, purpose=purpose, dossiers=dossiers, people=people)
    except Refused as refusal:
        tell_refusal(request, refusal)
        return False
    request.session[HOLD_KEY] = token
    request.session[COLLECT_KEY] = [turn_of(token), dossier_id]
    return True


def collected_dossier(request: HttpRequest, token: str) -> Dossier | None:
    """The dossier whose result the place being kept is for; its second factor was given in this browser."""
    turn, pk = request.session.get(COLLECT_KEY) or ("", None)
    return Dossier.objects.filter(pk=pk).first() if pk and turn == turn_of(token) else None


def free_earlier_hold(request: HttpRequest) -> None:
    """One person keeps one place: choosing another frees the first."""
    holds.let_go(token=request.session.pop(HOLD_KEY, ""))


@login_not_required
@require_http_methods(["GET", "POST"])
@limited("booking_book", "40/h")
def details(request: HttpRequest) -> HttpResponse:
    """Name and phone for the place that is being kept; then the booking."""
    done = request.session.get(BOOKED_KEY, {}).get(request.POST.get("luot", ""))
    if done:
        return redirect(done)
    token = request.session.get(HOLD_KEY, "")
    held = places.live_hold(token)
    if held is None:
        return hold_over(request, token)
    form = VisitorForm(request.POST if request.method == "POST" else None, initial=request.session.get(PERSON_KEY, {}))
    status = 200
    if request.method == "POST":
        booked, status = try_booking(request, held, token, form)
        if booked:
            return redirect(booked)
    return render(request, "bookings/details.html", details_context(request, held, token, form), status=status)


def details_context(request: HttpRequest, held: Hold, token: str, form: VisitorForm) -> dict[str, Any]:
    """What the details page shows, and the page that asks for the code of a text."""
    return {"hold": held, "form": form, "minutes": minutes_left(held), "can_extend": places.can_extend(held), "now": clock.now(),
            "turn": turn_of(token), "dossier": collected_dossier(request, token), "must_confirm": confirming.needed()}


def hold_over(request: HttpRequest, token: str) -> HttpResponse:
    """The place is no longer kept: say why, keep what was typed for the next place, and lead back to the same office's days."""
    if request.method == "POST":
        request.session[PERSON_KEY] = typed(request.POST)
    held = places.past_hold(token)
    again = month_url(held.procedure, held.slot.session.office, held.purpose, people=held.people, dossiers=held.dossiers) if held else ""
    context = {"again": again, "kept": PERSON_KEY in request.session, "booked": held is not None and held.state == HoldState.BOOKED}
    return render(request, "bookings/hold_over.html", context, status=410 if request.method == "POST" else 200)


def typed(data: Mapping[str, Any]) -> dict[str, str]:
    """What was typed, for the session."""
    return {name: clean(str(data.get(name, "")))[:254] for name in VisitorForm.base_fields}


def keep_typed(request: HttpRequest, form: VisitorForm) -> None:
    """Keep what was typed while something else is asked."""
    request.session[PERSON_KEY] = typed(form.data)


def check_pace(phone: str) -> None:
    """Raises Refused('throttled', 429) where one phone is typed again and again, from whatever address."""
    if times_seen(f"limit:booking_phone:{phone}", 3600) > TRIES_A_PHONE:
        raise Refused("throttled", _("Số điện thoại này đã được dùng quá nhiều lần trong một giờ. Vui lòng thử lại sau."), status=429)


def turn_of(token: str) -> str:
    """What the form carries to be known again when it is sent twice; tells nothing of the hold's token."""
    return digest(f"turn {token}")[:24]


def minutes_left(held: Hold) -> int:
    """Whole minutes until a hold ends, begun ones counted."""
    return max(-int((clock.now() - held.expires_at).total_seconds() // 60), 0)


def try_booking(request: HttpRequest, held: Hold, token: str, form: VisitorForm) -> tuple[str, int]:
    """Book from the hold: (address of the appointment, 302), or ('', status) with the refusal in the form and nothing lost."""
    if not form.is_valid():
        return "", 422
    if not phones.is_confirmed(request, form.cleaned_data["phone"]):
        keep_typed(request, form)
        return phones.ask(request, form.cleaned_data["phone"], back=reverse("bookings:details")), 302
    person = {name: value for name, value in form.cleaned_data.items() if name != "priority"}
    try:
        check_pace(form.cleaned_data["phone"])
        booked = appointments.book(
            applicant=appointments.Applicant(**person, language=get_language() or "vi"), procedure=held.procedure, purpose=held.purpose,
            channel=BookedBy.WEB, hold_token=token, dossiers=held.dossiers, people=held.people, priority=form.cleaned_data["priority"],
            dossier=collected_dossier(request, token))
    except Refused as refusal:
        take_refusal(form, refusal)
        return "", refusal.status
    address = f"{reverse('bookings:manage', args=[booked.appointment.code])}?{urlencode({'khoa': booked.secret, 'moi': 1})}"
    for name in (HOLD_KEY, PERSON_KEY, COLLECT_KEY, UNTIL_KEY):
        request.session.pop(name, None)
    request.session[BOOKED_KEY] = dict([*request.session.get(BOOKED_KEY, {}).items(), (turn_of(token), address)][-5:])
    return address, 302


@login_not_required
@require_POST
def extend(request: HttpRequest) -> HttpResponse:
    """Keep the place a little longer."""
    try:
        holds.extend_hold(token=request.session.get(HOLD_KEY, ""))
    except Refused as refusal:
        tell_refusal(request, refusal)
    return redirect("bookings:details")


@login_not_required
@require_POST
def leave_soon(request: HttpRequest) -> HttpResponse:
    """The browser says that the page is gone: the place is free in half a minute unless the page is opened again."""
    until = leaving.let_go(token=request.session.get(HOLD_KEY, ""))
    if until is not None:
        request.session[UNTIL_KEY] = until.isoformat()
    return HttpResponse(status=204)


@login_not_required
@require_POST
def stay(request: HttpRequest) -> HttpResponse:
    """The page is there again: the place is kept as long as before."""
    token, until = request.session.get(HOLD_KEY, ""), request.session.pop(UNTIL_KEY, "")
    kept = leaving.take_up(token=token, until=datetime.fromisoformat(until)) if until else places.live_hold(token)
    if kept is None:
        return HttpResponse(status=409)
    return JsonResponse({"until": kept.expires_at.isoformat(), "now": clock.now().isoformat()})


@login_not_required
@require_POST
def leave(request: HttpRequest) -> HttpResponse:
    """Give the place back and choose again."""
    held = places.past_hold(request.session.get(HOLD_KEY, ""))
    free_earlier_hold(request)
    if held is None:
        return redirect("guide:home")
    return redirect(month_url(held.procedure, held.slot.session.office, held.purpose, people=held.people, dossiers=held.dossiers))


def month_url(procedure: Procedure, office: Office, purpose: str, day: date | None = None, *, people: int = 1, dossiers: int = 1) -> str:
    """The month page's address, with what differs from one person with one dossier."""
    asked: dict[str, Any] = {"viec": purpose}
    asked |= {"ngay": day.isoformat()} if day else {}
    asked |= {name: value for name, value in (("so_nguoi", people), ("so_ho_so", dossiers)) if value != 1}
    return f"{reverse('bookings:month', args=[office.code, procedure.code])}?{urlencode(asked)}"
