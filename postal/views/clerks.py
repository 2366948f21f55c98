"""Which carrier the people with the role carrier work for, and where."""
from __future__ import annotations

from django.contrib import messages as flash
from django.core.paginator import Paginator
from django.db.models import Prefetch
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from onestop import clock
from onestop.access import role_required, take_refusal
from onestop.people.models import Assignment, User, UserQuerySet
from onestop.people.requests import StaffRequest
from onestop.people.states import Role
from onestop.transitions import Refused
from postal import policies
from postal.forms.points import ClerkForm
from postal.models import Carrier, CarrierClerk
from postal.services import clerks

PER_PAGE = 25


def held(request: StaffRequest) -> UserQuerySet:
    """The people who hold the role carrier in the provinces one administers."""
    assigned = Assignment.objects.in_force(clock.today()).filter(
        role=Role.CARRIER, office__province_id__in=request.user.provinces_as(Role.ADMINISTRATOR))
    return User.objects.filter(pk__in=assigned.values("user_id")).order_by("full_name", "pk")


@role_required(Role.ADMINISTRATOR)
@require_GET
def index(request: StaffRequest) -> HttpResponse:
    """Clerks with their carrier and communes."""
    rows = CarrierClerk.objects.select_related("carrier").prefetch_related("areas")
    page = Paginator(held(request).prefetch_related(Prefetch("carrier_clerk", queryset=rows)), PER_PAGE).get_page(request.GET.get("page"))
    people = [(one, getattr(one, "carrier_clerk", None)) for one in page]
    return render(request, "postal/clerks.html", {"page_obj": page, "people": people})


@role_required(Role.ADMINISTRATOR)
@require_http_methods(["GET", "POST"])
def edit(request: StaffRequest, pk: int) -> HttpResponse:
    """One clerk."""
    person = get_object_or_404(held(request), pk=pk)
    row = CarrierClerk.objects.filter(user=person).select_related("carrier").prefetch_related("areas").first()
    initial = {"carrier": row.carrier_id, "areas": "\n".join(area.name for area in row.areas.all())} if row else {}
    mine = [one.pk for one in Carrier.objects.visible_to(request.user).filter(active=True) if policies.can_manage_points(request.user, one)]
    form = ClerkForm(request.POST if request.method == "POST" else None, initial=initial, carriers=Carrier.objects.filter(pk__in=mine),
                     provinces=person.provinces_as(Role.CARRIER))
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                clerks.appoint(actor=request.user, user=person, **form.cleaned_data)
                flash.success(request, _("Đã lưu phân công của %(name)s.") % {"name": person.full_name})
                return redirect("postal:clerks")
            except Refused as refusal:
                take_refusal(form, refusal)
                status = refusal.status
    return render(request, "postal/clerk_edit.html", {"person": person, "form": form}, status=status)
