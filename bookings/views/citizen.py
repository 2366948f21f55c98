"""A citizen books: office, day, time, name and phone. Every step is a page that works without JavaScript."""
from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from bookings import availability, month, places, queries
from bookings.forms import ApplicantForm, ChoiceForm
from bookings.models import Hold
from bookings.services import appointments, holds
from bookings.states import BookedBy, Purpose
from onestop import clock
from onestop.access import limited, take_refusal, tell_refusal
from onestop.catalogue.models import Procedure
from onestop.catalogue.queries import does
from onestop.guide.channels import needs_appointment
from onestop.offices.models import Office
from onestop.people.shapes import SlotCell
from onestop.transitions import Refused

HOLD_KEY = "booking_hold"  # the session keeps the hold's token, never the address bar


@login_not_required
@require_GET
def start(request: HttpRequest) -> HttpResponse:
    """Where to book: the offices that do the procedure, soonest first; with an office named, straight to its month."""
    procedure = get_object_or_404(Procedure, code=request.GET.get("thu_tuc", ""))
    office = Office.objects.active_on(clock.today()).filter(code=request.GET.get("don_vi", "")).first()
    if office is not None and does(office, procedure):
        return redirect(month_url(procedure, office, request.GET.get("viec", Purpose.SUBMIT.value)))
    query = request.GET.get("q", "")[:80]
    offices = places.matching(queries.offices_for(procedure), query)[:20]
    return render(request, "bookings/start.html", {"procedure": procedure, "offices": offices, "query": query})


@login_not_required
@require_GET
def choose(request: HttpRequest, office: str, procedure: str) -> HttpResponse:
    """The month of an office with the free places of each day, and the times of the chosen day."""
    place = get_object_or_404(Office.objects.active_on(clock.today()), code=office)
    wanted = get_object_or_404(Procedure, code=procedure)
    form = ChoiceForm(request.GET)
    form.is_valid()
    asked = form.cleaned_data
    kept = {"viec": asked.get("viec") or Purpose.SUBMIT.value, "so_ho_so": asked.get("so_ho_so") or 1, "so_nguoi": asked.get("so_nguoi") or 1}
    return render(request, "bookings/month.html", month_context(place, wanted, asked, address=request.path, kept=kept) | {"form": form})


def month_context(office: Office, procedure: Procedure, asked: dict[str, Any], *, address: str, kept: dict[str, Any]) -> dict[str, Any]:
    """What the month page shows; moving an appointment uses it with its own address. `kept` stays in every link."""
    today = clock.today()
    purpose = asked.get("viec") or Purpose.SUBMIT.value
    chosen = asked.get("ngay")
    first = month.first_of(asked.get("thang") or (f"{chosen:%Y-%m}" if chosen else ""), today)
    days, refusal = month_days(office, procedure, purpose, max(first, today), month.last_of(first))

    def link(**more: Any) -> str:
        return f"{address}?{urlencode(kept | more)}"

    following = month.last_of(first) + timedelta(days=1)
    return {
        "office": office, "procedure": procedure, "purpose": purpose, "refusal": refusal, "first": first, "chosen": chosen,
        "weeks": month.grid(first, days, today=today, chosen=chosen, link=lambda day: link(ngay=day.isoformat()) + "#gio"),
        "sessions": slot_cells(days.get(chosen) if chosen else None),
        "previous": link(thang=f"{first - timedelta(days=1):%Y-%m}") if first > today else "",
        "month_title": _("Tháng %(month)s") % {"month": f"{first:%m/%Y}"},
        "following": link(thang=f"{following:%Y-%m}") if following <= today + timedelta(days=settings.BOOKING_DAYS_AHEAD) else "",
        "dossiers": asked.get("so_ho_so") or 1, "people": asked.get("so_nguoi") or 1, "kept": kept,
        "rule": needs_appointment(office=office, procedure=procedure, on=today), "soonest_url": link(ngay=soonest(days).isoformat()) + "#gio" if soonest(days) else "",
        "any_free": any(month.people_free(day) for day in days.values()),
    }


def month_days(office: Office, procedure: Procedure, purpose: str, first: date, last: date) -> tuple[dict[date, availability.Day], Refused | None]:
    """The days that can be shown, or why the office doesn't receive this procedure at its counter at all."""
    try:
        days = {day.date: day for day in availability.period(office, procedure, purpose, first, last)}
    except Refused as refusal:
        return {}, refusal
    refusals = [day.refusal for day in days.values()]
    return days, refusals[0] if all(refusals) else None


def slot_cells(day: availability.Day | None) -> list[tuple[str, list[SlotCell]]]:
    """The times of a day by buổi, as radio buttons; full ones are shown and can't be chosen."""
    if day is None:
        return []
    return [(session.part_name, [slot_cell(slot, session.dossiers_left) for slot in session.slots]) for session in day.sessions]


def slot_cell(slot: Any, dossiers_left: int) -> SlotCell:
    """One time with how many people may still come."""
    free = slot.people_left if dossiers_left else 0
    label = f"{clock.local(slot.starts_at):%H:%M} – {clock.local(slot.ends_at):%H:%M}"
    note = _("còn %(free)s chỗ") % {"free": free} if free else _("Hết chỗ")
    return SlotCell(label=label, note=note, value=str(slot.id), free=free > 0)


def soonest(days: dict[date, availability.Day]) -> date | None:
    """The first day of the month with a place."""
    return next((day for day in sorted(days) if month.people_free(days[day])), None)


@login_not_required
@require_POST
@limited("booking_hold", "60/h")
def hold(request: HttpRequest, office: str, procedure: str) -> HttpResponse:
    """Keep a place while the form is filled in."""
    place = get_object_or_404(Office, code=office)
    wanted = get_object_or_404(Procedure, code=procedure)
    form = ChoiceForm(request.POST)
    form.is_valid()
    asked = form.cleaned_data
    free_earlier_hold(request)
    try:
        _hold, token = holds.place_hold(
            slot_id=number(request.POST.get("slot")), procedure=wanted, purpose=asked.get("viec") or Purpose.SUBMIT.value,
            dossiers=asked.get("so_ho_so") or 1, people=asked.get("so_nguoi") or 1)
    except Refused as refusal:
        tell_refusal(request, refusal)
        return redirect(month_url(wanted, place, asked.get("viec") or Purpose.SUBMIT.value, asked.get("ngay")))
    request.session[HOLD_KEY] = token
    return redirect("bookings:details")


def number(text: str | None) -> int:
    """A row's id from a form; 0, which no row has, where it is none."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 18 else 0


def free_earlier_hold(request: HttpRequest) -> None:
    """One person keeps one place: choosing another frees the first."""
    token = request.session.pop(HOLD_KEY, "")
    if token:
        try:
            holds.release_hold(token=token)
        except Refused:
            return


@login_not_required
@require_http_methods(["GET", "POST"])
@limited("booking_book", "40/h")
def details(request: HttpRequest) -> HttpResponse:
    """Name and phone for the place that is being kept; then the booking."""
    token = request.session.get(HOLD_KEY, "")
    held = places.live_hold(token)
    if held is None:
        return render(request, "bookings/hold_over.html", {"step": 3}, status=410 if request.method == "POST" else 200)
    form = ApplicantForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        done = try_booking(request, held, token, form)
        if done is not None:
            return done
    context = {"hold": held, "form": form, "step": 3, "minutes": minutes_left(held), "can_extend": places.can_extend(held), "now": clock.now()}
    return render(request, "bookings/details.html", context, status=422 if form.errors else 200)


def minutes_left(held: Hold) -> int:
    """Whole minutes until a hold ends, at least 0."""
    return max(int((held.expires_at - clock.now()).total_seconds() // 60), 0)


def try_booking(request: HttpRequest, held: Hold, token: str, form: ApplicantForm) -> HttpResponse | None:
    """Book from the hold; a refusal goes into the form and loses nothing that was typed."""
    try:
        booked = appointments.book(
            applicant=appointments.Applicant(**form.cleaned_data, language=get_language() or "vi"), procedure=held.procedure,
            purpose=held.purpose, channel=BookedBy.WEB, hold_token=token, dossiers=held.dossiers, people=held.people)
    except Refused as refusal:
        take_refusal(form, refusal)
        return None
    request.session.pop(HOLD_KEY, None)
    address = reverse("bookings:manage", args=[booked.appointment.code])
    return redirect(f"{address}?{urlencode({'khoa': booked.secret, 'moi': 1})}")


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
def leave(request: HttpRequest) -> HttpResponse:
    """Give the place back and choose again."""
    held = places.live_hold(request.session.get(HOLD_KEY, ""))
    free_earlier_hold(request)
    if held is None:
        return redirect("guide:home")
    return redirect(month_url(held.procedure, held.slot.session.office, held.purpose))


def month_url(procedure: Procedure, office: Office, purpose: str, day: date | None = None) -> str:
    """The month page's address."""
    address = reverse("bookings:month", args=[office.code, procedure.code])
    asked = {"viec": purpose} | ({"ngay": day.isoformat()} if day else {})
    return f"{address}?{urlencode(asked)}"
