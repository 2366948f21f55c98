"""Taking somebody above the declared number: a right of its own, with a reason, never above the room's cap (booking.md, guard 5)."""
from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from bookings import console
from bookings.forms.hotline import OverbookDayForm, OverbookForm
from bookings.services import hotline as talk
from bookings.states import BookedBy
from bookings.views.hotline import applicant_of
from onestop import clock
from onestop.access import role_required, take_refusal
from onestop.offices.models import Office
from onestop.people.models import User
from onestop.people.requests import StaffRequest
from onestop.people.states import Role
from onestop.transitions import Refused


def offices_of(user: User) -> QuerySet[Office]:
    """The offices at which this person may go over the declared number: as policies.can_overbook."""
    own = Q(pk__in=user.office_ids_as(Role.LEADER)) | Q(province_id__in=user.provinces_as(Role.ADMINISTRATOR))
    return Office.objects.active_on(clock.today()).filter(own).select_related("area__parent__parent", "province").order_by("name")


@role_required(Role.LEADER, Role.ADMINISTRATOR)
@require_http_methods(["GET", "POST"])
def overbook(request: StaffRequest) -> HttpResponse:
    """Office, procedure and day; then the slots in which the room has a place, the person, and the reason."""
    asked = request.POST if request.method == "POST" else request.GET
    offices = offices_of(request.user)
    day_form = OverbookDayForm(asked if asked.get("thu_tuc") else None, offices=offices, initial={"ngay": clock.today()})
    context: dict[str, Any] = {"day_form": day_form, "form": None, "choices": [], "asked": None}
    if not day_form.is_valid():
        return render(request, "bookings/overbook.html", context, status=422 if request.method == "POST" else 200)
    where = day_form.cleaned_data
    form, status = OverbookForm(request.POST or None), 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                return booked(request, where, form.cleaned_data)
            except Refused as refusal:
                take_refusal(form, refusal)
                status = refusal.status
    choices = console.up_to_the_room(where["don_vi"], where["thu_tuc"], where["ngay"])
    context |= {"form": form, "choices": choices, "asked": where, "chosen_slot": request.POST.get("slot", "")}
    return render(request, "bookings/overbook.html", context, status=status)


def booked(request: StaffRequest, where: dict[str, Any], typed: dict[str, Any]) -> HttpResponse:
    """Book above the declared number and say where the person stands in line."""
    wish = talk.Wish(procedure=where["thu_tuc"], slot_id=typed["slot"], dossiers=typed["dossiers"], people=typed["people"],
                     priority=typed["priority"], overbook_reason=typed["reason"])
    done = talk.book_for_caller(actor=request.user, applicant=applicant_of(typed), wish=wish, channel=BookedBy.COUNTER).appointment
    messages.success(request, _("Đã nhận thêm %(name)s: mã %(code)s, số thứ tự %(number)s.") % {
        "name": done.full_name, "code": done.code, "number": done.queue_number})
    query = urlencode({"don_vi": where["don_vi"].code, "thu_tuc": where["thu_tuc"].code, "ngay": where["ngay"].isoformat()})
    return redirect(f"{reverse('bookings:overbook')}?{query}")
