"""A day's messages: what they cost against the cap, and how many are in which state."""
from django.contrib import messages as flash
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from onestop import clock
from onestop.access import role_required, tell_refusal
from onestop.notify import figures
from onestop.notify.forms import CapForm, DayForm
from onestop.notify.services import spending
from onestop.notify.services.providers import GATEWAYS
from onestop.notify.states import State
from onestop.people.requests import StaffRequest
from onestop.people.states import Role
from onestop.transitions import Refused


@role_required(Role.ADMINISTRATOR, Role.MONITOR)
@require_GET
def day_of_messages(request: StaffRequest) -> HttpResponse:
    """One day; today's cap can be changed."""
    form = DayForm(request.GET)
    day = (form.cleaned_data["day"] if form.is_valid() else None) or clock.today()
    rows = spending.spent_on(day)
    money = [(via.label, rows.get(via), spending.cap_of(via, rows.get(via)), CapForm(initial={
        "channel": via.value, "cap": spending.cap_of(via, rows.get(via))}, auto_id=f"{via.value}_%s")) for via in GATEWAYS]
    context = {"form": DayForm(initial={"day": day}), "day": day, "money": money, "lines": figures.by_channel(request.user, day),
               "states": State.labels, "may_raise": day == clock.today() and request.user.has_role(Role.ADMINISTRATOR)}
    return render(request, "notify/day.html", context)


@role_required(Role.ADMINISTRATOR)
@require_POST
def raise_cap(request: StaffRequest) -> HttpResponse:
    """Let today cost more; what waits for tomorrow goes out."""
    form = CapForm(request.POST)
    if not form.is_valid():
        flash.error(request, _("Vui lòng ghi mức chi bằng số, từ 0."))
        return redirect("notify:day")
    try:
        spending.raise_cap(actor=request.user, **form.cleaned_data)
        flash.success(request, _("Đã đổi mức chi của hôm nay."))
    except Refused as refusal:
        tell_refusal(request, refusal)
    return redirect("notify:day")
