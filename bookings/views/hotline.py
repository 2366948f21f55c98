"""The hotline's one screen: find, read aloud, book, read back (letter Cà Mau 1). Never past the guard."""
from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language
from django.views.decorators.http import require_GET, require_POST

from bookings import places, queries
from bookings.forms.citizen import CallerForm
from bookings.models import Appointment
from bookings.services import appointments
from bookings.states import BookedBy, Purpose
from onestop import clock
from onestop.access import role_required, take_refusal
from onestop.catalogue.models import Procedure
from onestop.catalogue.queries import search, term_of, version_on
from onestop.directives.rules import rules_for
from onestop.guide.channels import channel_options
from onestop.offices.models import Office
from onestop.people.states import Role
from onestop.people.words import clean
from onestop.transitions import Refused

SHOWN = 8


@role_required(Role.HOTLINE)
@require_GET
def console(request: HttpRequest) -> HttpResponse:
    """Everything for the caller on one page; each search only narrows it."""
    return render(request, "bookings/hotline.html", console_context(request, request.GET, CallerForm(initial={
        "full_name": clean(request.GET.get("ten", ""))[:120], "phone": clean(request.GET.get("sdt", ""))[:20]})))


def console_context(request: HttpRequest, asked: Any, form: CallerForm) -> dict[str, Any]:
    """What the console shows for what was asked: people and cases found, the procedure, its offices and places."""
    query, who = clean(asked.get("q", ""))[:120], clean(asked.get("tim", ""))[:120]
    procedure = Procedure.objects.filter(code=clean(asked.get("thu_tuc", ""))).first()
    context: dict[str, Any] = {"query": query, "who": who, "procedure": procedure, "form": form, "shown": SHOWN}
    context["found"] = Paginator(search(query, usable_only=True), SHOWN).get_page(1) if query and procedure is None else None
    context["people"] = queries.search(request.user, who)[:SHOWN] if who else None
    if procedure is not None:
        context |= place_context(request, procedure, asked)
    return context


def place_context(request: HttpRequest, procedure: Procedure, asked: Any) -> dict[str, Any]:
    """Papers to read aloud, and the next places over all offices of the province, or of the one named."""
    today = clock.today()
    version = version_on(procedure, today)
    offices = places.offered(procedure, queries.offices_for(procedure, provinces=request.user.province_ids)[:12])
    office = Office.objects.visible_to(request.user).filter(code=clean(asked.get("don_vi", ""))).first()
    shown = office or (offices[0].office if offices else None)
    return {
        "version": version, "papers": version.papers.all(), "offices": offices, "office": office,
        "term": term_of(version, "in_person"),
        "options": channel_options(office=shown, procedure=procedure, on=today) if shown else [],
        "rules": rules_for(office=shown, procedure=procedure, on=today).all() if shown else [],
        "slots": places.next_slots(procedure, offices=[office] if office else [item.office for item in offices]),
        "chosen_slot": asked.get("slot", ""),
    }


@role_required(Role.HOTLINE)
@require_POST
def book(request: HttpRequest) -> HttpResponse:
    """Book for the caller through the same gate as everybody."""
    form = CallerForm(request.POST)
    procedure = get_object_or_404(Procedure, code=clean(request.POST.get("thu_tuc", "")))
    status = 422
    if form.is_valid():
        try:
            booked = place(request, procedure, form.cleaned_data)
            return redirect("bookings:hotline_booked", booked.appointment.code)
        except Refused as refusal:
            take_refusal(form, refusal)
            status = refusal.status
    return render(request, "bookings/hotline.html", console_context(request, request.POST, form), status=status)


def place(request: HttpRequest, procedure: Procedure, typed: dict[str, Any]) -> appointments.Booked:
    """One call to the service; the operator is the actor."""
    applicant = appointments.Applicant(full_name=typed["full_name"], phone=typed["phone"], citizen_id=typed["citizen_id"],
                                       email=typed["email"], language=get_language() or "vi")
    return appointments.book(applicant=applicant, procedure=procedure, purpose=Purpose.SUBMIT, channel=BookedBy.HOTLINE,
                             slot_id=typed["slot"], dossiers=typed["dossiers"], people=typed["people"], actor=request.user)


@role_required(Role.HOTLINE)
@require_GET
def booked(request: HttpRequest, code: str) -> HttpResponse:
    """The text to read back to the caller."""
    appointment = get_object_or_404(
        Appointment.objects.visible_to(request.user).select_related("office", "slot__room", "procedure"), code=code)
    version = version_on(appointment.procedure, appointment.queue_date)
    return render(request, "bookings/hotline_booked.html",
                  {"appointment": appointment, "papers": version.papers.all(), "term": term_of(version, "in_person")})
