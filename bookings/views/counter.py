"""The desk's day: who comes when, and turning a visit into a dossier (issue 2, step 12)."""
from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from bookings import places
from bookings.forms import DayForm, ReceiveForm
from bookings.models import Appointment
from bookings.services import visits
from dossiers.services import intake
from onestop import clock
from onestop.access import role_required, take_refusal
from onestop.catalogue.queries import term_of, version_on
from onestop.people.states import Role
from onestop.transitions import Refused


@role_required(Role.DESK, Role.LEADER, Role.HOTLINE, Role.GUARD)
@require_GET
def day(request: HttpRequest) -> HttpResponse:
    """The appointments of a day at the own offices, by time; fit to be printed for when the line is down."""
    form = DayForm(request.GET)
    chosen = (form.cleaned_data.get("ngay") if form.is_valid() else None) or clock.today()
    rows = places.day_rows(request.user, chosen, request.GET.get("q", "").strip()[:80])
    page = Paginator(rows, 50).get_page(request.GET.get("page"))
    return render(request, "bookings/day.html", {"page_obj": page, "chosen": chosen, "query": request.GET.get("q", "")[:80], "form": form})


@role_required(Role.DESK)
@require_http_methods(["GET", "POST"])
def receive(request: HttpRequest, code: str) -> HttpResponse:
    """Papers ticked, applicant filled in from the booking; one press gives the code, the receipt and the message."""
    appointment = get_object_or_404(
        Appointment.objects.visible_to(request.user).select_related("office", "procedure", "dossier", "slot"), code=code)
    if appointment.dossier is not None:
        return redirect("dossiers:detail", appointment.dossier.pk)
    version = version_on(appointment.procedure, clock.today())
    papers = list(version.papers.all())
    initial = {"full_name": appointment.full_name, "phone": appointment.phone, "email": appointment.email, "citizen_id": appointment.citizen_id}
    form = ReceiveForm(request.POST or None, papers=papers, initial=initial)
    if request.method == "POST" and form.is_valid():
        done = take_in(request, appointment, form)
        if done is not None:
            return done
    context = {"appointment": appointment, "form": form, "papers": form.paper_rows(), "term": term_of(version, "in_person")}
    return render(request, "bookings/receive.html", context, status=422 if form.errors else 200)


def take_in(request: HttpRequest, appointment: Appointment, form: ReceiveForm) -> HttpResponse | None:
    """Receive the dossier and tie it to the visit; a refusal goes into the form."""
    try:
        submitted = intake.receive_in_person(
            actor=request.user, office=appointment.office, procedure=appointment.procedure, applicant=form.applicant(appointment.language),
            papers=form.counted_papers(), return_method=form.cleaned_data["return_method"],
            return_address=form.cleaned_data["return_address"], note=form.cleaned_data["note"], appointment_held=True)
        visits.attach_dossier(actor=request.user, appointment=appointment, dossier=submitted.dossier)
    except Refused as refusal:
        take_refusal(form, refusal)
        return None
    messages.success(request, _("Đã tiếp nhận hồ sơ %(code)s. Giấy tiếp nhận đã sẵn sàng để in.") % {"code": submitted.dossier.code})
    return redirect("dossiers:detail", submitted.dossier.pk)
