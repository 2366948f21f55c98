"""Booking to collect a result, from the tracking page: the second factor was given there (letter Cần Thơ, 1b)."""
from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from bookings import collecting
from bookings.forms.citizen import ChoiceForm
from bookings.models import Appointment
from bookings.services.collecting import send_link
from bookings.states import Purpose
from bookings.views.citizen import BOOKED_KEY, keep_place, month_context
from dossiers.models import Dossier
from dossiers.services.records import track_path
from dossiers.tracking import opened_in
from onestop.access import limited
from onestop.people.words import mask_phone, row_id


@login_not_required
@require_http_methods(["GET", "POST"])
@limited("booking_hold", "60/h")
def collect(request: HttpRequest, code: str) -> HttpResponse:
    """The days of the office that holds the result; a second time leads to the appointment already made."""
    dossier = opened_in(request.session, code)
    if dossier is None:
        return redirect(track_path(code[:60]))
    if not collecting.can_collect(dossier):
        raise Http404
    booked = collecting.booked_for(dossier)
    if booked is not None:
        return existing(request, dossier, booked)
    if request.method == "POST":
        kept = keep_place(request, row_id(request.POST.get("slot")), dossier.procedure, Purpose.COLLECT.value, dossier_id=dossier.pk)
        return redirect("bookings:details") if kept else redirect("bookings:collect", dossier.number)
    asked = ChoiceForm(request.GET).asked() | {"viec": Purpose.COLLECT.value, "so_ho_so": 1, "so_nguoi": 1}
    context = month_context(dossier.received_office, dossier.procedure, asked, address=request.path, kept={})
    return render(request, "bookings/collect.html", context | {"dossier": dossier})


def existing(request: HttpRequest, dossier: Dossier, booked: Appointment) -> HttpResponse:
    """The appointment made before: its link in the browser that made it, else when and where, and the link to the phone again."""
    mine = next((url for url in request.session.get(BOOKED_KEY, {}).values() if f"/{booked.code}/" in url), "")
    if mine and request.method == "GET":
        return redirect(mine)
    if request.method == "POST":
        send_link(appointment=booked)
        messages.success(request, _("Đã nhắn lại đường dẫn của lịch hẹn vào số %(phone)s.") % {"phone": mask_phone(booked.phone)})
        return redirect("bookings:collect", dossier.number)
    return render(request, "bookings/collect_booked.html", {"dossier": dossier, "appointment": booked, "phone": mask_phone(booked.phone)})
