"""The desk's day: who comes when, and turning a visit into a dossier (issue 2, step 12)."""
from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from bookings import crowds, places
from bookings.forms.citizen import DayForm, ReceiveForm
from bookings.models import Appointment
from bookings.services.receiving import hand_in_refusal
from bookings.services.receiving import receive as receive_visit
from dossiers.models import Dossier
from onestop import clock
from onestop.access import role_required, take_refusal
from onestop.catalogue.queries import term_of, version_on
from onestop.catalogue.states import Channel
from onestop.offices.models import Office
from onestop.people.models import User
from onestop.people.requests import StaffRequest
from onestop.people.states import PROVINCE_WIDE, Role
from onestop.transitions import Refused

BOOKED = ("full_name", "phone", "email", "citizen_id")  # what the booking knows of the applicant


@role_required(Role.DESK, Role.LEADER, Role.HOTLINE, Role.GUARD)
@require_GET
def day(request: StaffRequest) -> HttpResponse:
    """The appointments of a day at the own offices, by time; fit to be printed for when the line is down."""
    today = clock.today()
    form = DayForm({"ngay": today.isoformat()} | request.GET.dict())
    form.is_valid()
    chosen = form.cleaned_data.get("ngay") or today
    rows = places.day_rows(request.user, chosen, form.cleaned_data.get("q", ""))
    page = Paginator(rows, 50).get_page(request.GET.get("page"))
    item: Any
    for item in page:  # each row carries whether it may become a dossier
        item.can_hand_in = item.dossier_id is None and hand_in_refusal(item) is None
    own = Office.objects.filter(pk__in=request.user.office_ids_as(Role.DESK, Role.LEADER, Role.GUARD)).order_by("name")
    return render(request, "bookings/day.html", {
        "page_obj": page, "chosen": chosen, "form": form, "many": several_offices(request.user), "own": own,
        "crowds": crowds.open_on(request.user, chosen)})


def several_offices(user: User) -> bool:
    """Whether the list must say at which office each appointment is."""
    return user.has_role(*PROVINCE_WIDE) or len(set(user.office_ids_as())) > 1


@role_required(Role.DESK)
@require_http_methods(["GET", "POST"])
def receive(request: StaffRequest, code: str) -> HttpResponse:
    """Papers ticked, applicant filled in from the booking; one press gives the code, the receipt and the message."""
    appointment = get_object_or_404(
        Appointment.objects.visible_to(request.user).select_related("office", "procedure", "dossier", "slot"), code=code)
    if appointment.dossier is not None:
        return redirect("dossiers:detail", appointment.dossier.pk)
    version = version_on(appointment.procedure, clock.today())
    initial = {name: getattr(appointment, name) for name in BOOKED}
    form = ReceiveForm(request.POST if request.method == "POST" else None, papers=list(version.papers.all()), initial=initial)
    status = 200
    if request.method == "POST":
        dossier, status = take_in(request, appointment, form)
        if dossier is not None:
            messages.success(request, _("Đã tiếp nhận hồ sơ %(code)s. Giấy tiếp nhận đã sẵn sàng để in.") % {"code": dossier.code})
            return redirect("dossiers:detail", dossier.pk)
    context = {"appointment": appointment, "form": form, "papers": form.rows(), "term": term_of(version, Channel.IN_PERSON),
               "refusal": hand_in_refusal(appointment)}
    return render(request, "bookings/receive.html", context, status=status)


def take_in(request: StaffRequest, appointment: Appointment, form: ReceiveForm) -> tuple[Dossier | None, int]:
    """Receive the dossier of the visit; a refusal goes into the form, with its status."""
    if not form.is_valid():
        return None, 422
    try:
        return receive_visit(actor=request.user, appointment=appointment, applicant=form.applicant(appointment.language),
                             request=form.wanted(), papers=form.counted()), 302
    except Refused as refusal:
        take_refusal(form, refusal)
        return None, refusal.status
