"""The citizen's own appointment by code and secret: look, print, calendar file, move, cancel. GET shows, POST acts."""
from __future__ import annotations

import io
from urllib.parse import urlencode

import segno
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from bookings import invitations, persons, queries, relocations
from bookings.forms.citizen import ChoiceForm, ReasonForm
from bookings.ics import Entry, calendar_text
from bookings.models import Appointment
from bookings.services import moving
from bookings.states import ACTIVE, AppointmentState
from bookings.views.citizen import month_context
from onestop import clock
from onestop.access import limited, tell_refusal
from onestop.catalogue.queries import version_on
from onestop.history import CITIZEN
from onestop.people.words import row_id
from onestop.transitions import Refused


def by_link(request: HttpRequest, code: str) -> tuple[Appointment, str]:
    """The appointment of a link, and its secret. 404 for anybody who does not hold the secret."""
    secret = request.POST.get("khoa") or request.GET.get("khoa", "")
    found = queries.by_link(code, secret)
    if found is None:
        raise Http404
    return found, secret


def own_url(name: str, appointment: Appointment, secret: str) -> str:
    """The address of one of this appointment's pages."""
    return f"{reverse(f'bookings:{name}', args=[appointment.code])}?{urlencode({'khoa': secret})}"


@login_not_required
@require_GET
def manage(request: HttpRequest, code: str) -> HttpResponse:
    """The appointment: number, time, place, papers to bring, what can still be done."""
    appointment, secret = by_link(request, code)
    version = version_on(appointment.procedure, appointment.queue_date)
    context = {
        "appointment": appointment, "secret": secret, "papers": version.papers.all(), "can_change": can_change(appointment),
        "can_move": can_move(appointment), "near": near(appointment), "until": persons.change_until(appointment.slot.starts_at),
        "fresh": request.GET.get("moi") == "1" and appointment.state == AppointmentState.BOOKED,
        "relocated": relocations.open_item(appointment), "invited": invitations.open_invitation(appointment),
        "active": appointment.state in ACTIVE, "qr": qr_svg(own_link(appointment)),
    }
    return render(request, "bookings/manage.html", context)


def can_change(appointment: Appointment) -> bool:
    """Whether the person may still cancel it on their own: until BOOKING_CUTOFF_MINUTES before."""
    return appointment.state == AppointmentState.BOOKED and persons.cut_off(appointment, actor=None, label=CITIZEN) is None


def can_move(appointment: Appointment) -> bool:
    """Whether the person may choose another time: until the cut-off, or after entry was refused (letter Cà Mau 2)."""
    return can_change(appointment) or appointment.state == AppointmentState.REFUSED_ENTRY


def too_late(request: HttpRequest, appointment: Appointment, secret: str) -> HttpResponse:
    """Back to the appointment, which can no longer be changed."""
    refusal = near(appointment)
    messages.info(request, str(refusal.sentence) if refusal else _("Lịch hẹn này không còn đổi hoặc hủy được nữa."))
    return redirect(own_url("manage", appointment, secret))


def near(appointment: Appointment) -> Refused | None:
    """Why it is too late to change it on the page, with what to do instead, while the time is still to come."""
    return persons.cut_off(appointment, actor=None, label=CITIZEN) if appointment.slot.ends_at > clock.now() else None


def own_link(appointment: Appointment) -> str:
    """What the QR holds: the door's address for this code; it opens nothing without a member of staff's sign-in."""
    return f"{settings.PUBLIC_URL}{reverse('bookings:arrive', args=[appointment.code])}"


def qr_svg(text: str) -> str:
    """A QR as SVG for the page."""
    out = io.BytesIO()
    segno.make(text, error="m").save(out, kind="svg", scale=5, border=2, xmldecl=False, svgns=True, omitsize=True, title="QR")
    return out.getvalue().decode()


@login_not_required
@require_GET
def slip(request: HttpRequest, code: str) -> HttpResponse:
    """One sheet to print and bring along."""
    appointment, secret = by_link(request, code)
    version = version_on(appointment.procedure, appointment.queue_date)
    return render(request, "bookings/slip.html", {
        "appointment": appointment, "secret": secret, "papers": version.papers.all(),
        "qr": qr_svg(own_link(appointment))})


@login_not_required
@require_GET
def ics(request: HttpRequest, code: str) -> HttpResponse:
    """The appointment as a calendar file (RFC 5545)."""
    appointment, secret = by_link(request, code)
    entry = calendar_entry(appointment, settings.PUBLIC_URL + own_url("manage", appointment, secret))
    answer = HttpResponse(calendar_text(entry), content_type="text/calendar; charset=utf-8; method=PUBLISH")
    answer["Cache-Control"] = "no-store"
    answer["Content-Disposition"] = f'attachment; filename="lich-hen-{appointment.code}.ics"'
    return answer


def calendar_entry(appointment: Appointment, link: str) -> Entry:
    """The appointment as it stands in a calendar; every event since the booking is a revision."""
    when = list(appointment.events.values_list("at", flat=True))
    summary = _("Hẹn tại %(office)s, số %(number)s") % {"office": appointment.office.name, "number": appointment.queue_number}
    return Entry(
        uid=f"{appointment.code}@mot-cua", starts_at=appointment.slot.starts_at, ends_at=appointment.slot.ends_at, summary=summary,
        place=appointment.office.address, text=f"{appointment.code}\n{link}", url=link, reminder=appointment.office.name,
        revision=max(len(when) - 1, 0), changed_at=when[-1] if when else appointment.created_at, made_at=clock.now(),
        cancelled=appointment.state == AppointmentState.CANCELLED)


@login_not_required
@require_http_methods(["GET", "POST"])
@limited("booking_change", "60/h")
def cancel(request: HttpRequest, code: str) -> HttpResponse:
    """Ask, then cancel."""
    appointment, secret = by_link(request, code)
    if request.method == "GET" and not can_change(appointment):
        return too_late(request, appointment, secret)
    form = ReasonForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            moving.cancel(appointment=appointment, by_label=CITIZEN, reason=form.cleaned_data["reason"])
            messages.success(request, _("Đã hủy lịch hẹn. Chỗ của bạn được nhường cho người khác."))
        except Refused as refusal:
            tell_refusal(request, refusal)
        return redirect(own_url("manage", appointment, secret))
    return render(request, "bookings/cancel.html", {"appointment": appointment, "secret": secret, "form": form},
                  status=422 if form.errors else 200)


@login_not_required
@require_http_methods(["GET", "POST"])
@limited("booking_change", "60/h")
def move(request: HttpRequest, code: str) -> HttpResponse:
    """Choose another day and time at the same office; the person stays the same (booking.md: no resale)."""
    appointment, secret = by_link(request, code)
    if request.method == "POST":
        try:
            moving.reschedule(appointment=appointment, slot_id=row_id(request.POST.get("slot")))
            messages.success(request, _("Đã đổi lịch hẹn. Vui lòng xem lại số thứ tự và giờ hẹn mới."))
            return redirect(own_url("manage", appointment, secret))
        except Refused as refusal:
            tell_refusal(request, refusal)
            return redirect(own_url("move", appointment, secret))
    if not can_move(appointment):
        return too_late(request, appointment, secret)
    asked = ChoiceForm(request.GET).asked()
    asked |= {"viec": appointment.purpose, "so_ho_so": appointment.dossiers, "so_nguoi": appointment.people}
    context = month_context(appointment.office, appointment.procedure, asked, address=request.path, kept={"khoa": secret})
    return render(request, "bookings/move.html", context | {"appointment": appointment, "secret": secret})
