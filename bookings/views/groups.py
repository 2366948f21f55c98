"""An organisation books for several people: one form, one page for the whole group by its secret link."""
from __future__ import annotations

from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from bookings import links, month, persons, wishes
from bookings.eligibility import last_bookable_day
from bookings.forms.wishes import GroupForm
from bookings.models import GroupBooking
from bookings.services import confirming, groups
from bookings.states import AppointmentState, Purpose
from bookings.views import phones
from bookings.views.citizen import month_days
from onestop import clock
from onestop.access import limited, take_refusal, tell_refusal
from onestop.catalogue.models import Procedure
from onestop.history import CITIZEN
from onestop.offices.models import Office
from onestop.people.tokens import derived_secret
from onestop.people.words import clean, clean_lines
from onestop.transitions import Refused

TYPED_KEY = "group_typed"  # what was typed while the contact's phone is being confirmed
DAYS_SHOWN = 10


def own_url(group: GroupBooking, name: str = "group") -> str:
    """The address of one of this group's pages."""
    return f"{reverse(f'bookings:{name}', args=[group.code])}?{urlencode({links.SECRET: derived_secret('group', group.code)})}"


@login_not_required
@require_http_methods(["GET", "POST"])
@limited("group_book", "10/h")
def new(request: HttpRequest, office: str, procedure: str) -> HttpResponse:
    """The organisation, its contact, the day, one person a line."""
    place = get_object_or_404(Office.objects.active_on(clock.today()).select_related("area", "province"), code=office)
    wanted = get_object_or_404(Procedure.objects.select_related("current"), code=procedure)
    form = GroupForm(request.POST) if request.method == "POST" else GroupForm(initial=request.session.get(TYPED_KEY, {}))
    status = 200
    if request.method == "POST":
        address, status = try_group(request, place, wanted, form)
        if address:
            return redirect(address)
    today = clock.today()
    days, refusal = month_days(place, wanted, Purpose.SUBMIT, today, last_bookable_day(today))
    free = [(day, month.Party().free(days[day])) for day in sorted(days)]
    context = {"office": place, "procedure": wanted, "form": form, "refusal": refusal, "most": settings.GROUP_MOST,
               "days": [row for row in free if row[1]][:DAYS_SHOWN], "must_confirm": confirming.needed()}
    return render(request, "bookings/group_new.html", context, status=status)


def try_group(request: HttpRequest, office: Office, procedure: Procedure, form: GroupForm) -> tuple[str, int]:
    """Book all: (address of the group, 302), or ('', status) with every trouble in the form and nothing lost."""
    if not form.is_valid():
        return "", 422
    data = form.cleaned_data
    if not phones.is_confirmed(request, data["contact_phone"]):
        request.session[TYPED_KEY] = {name: clean_lines(str(form.data.get(name, "")))[:6000] for name in form.fields}
        return phones.ask(request, data["contact_phone"], back=request.path), 302
    try:
        made = groups.book_group(
            organisation=data["organisation"], contact_name=data["contact_name"], contact_phone=data["contact_phone"], office=office,
            procedure=procedure, day=data["day"], people=form.people, language=get_language() or "vi")
    except Refused as refusal:
        take_refusal(form, refusal)
        return "", refusal.status
    request.session.pop(TYPED_KEY, None)
    return own_url(made.group), 302


def by_link(request: HttpRequest, code: str) -> GroupBooking:
    """The group of a link. 404 for anybody who does not hold the secret."""
    found = wishes.group_by_link(code, request.POST.get("khoa") or request.GET.get("khoa", ""))
    if found is None:
        raise Http404
    return found


@login_not_required
@require_GET
def show(request: HttpRequest, code: str) -> HttpResponse:
    """All of the group by time; printed, it is the list that the contact keeps."""
    found = by_link(request, code)
    rows = list(wishes.members(found))
    booked = [row for row in rows if row.state == AppointmentState.BOOKED]
    open_ones = [row.pk for row in booked if persons.cut_off(row, actor=None, label=CITIZEN) is None]
    context = {"group": found, "rows": rows, "open_ones": open_ones, "secret": derived_secret("group", found.code),
               "too_near": persons.too_near().sentence if len(open_ones) < len(booked) else ""}
    return render(request, "bookings/group.html", context)


@login_not_required
@require_POST
@limited("group_cancel", "60/h")
def cancel(request: HttpRequest, code: str) -> HttpResponse:
    """Cancel one person's appointment, or all; asked for on a page of its own first."""
    found = by_link(request, code)
    one = request.POST.get("lich", "")
    rows = wishes.members(found)
    appointment = rows.filter(code=clean(one)).first() if one else None
    if one and appointment is None:
        raise Http404
    if "chac" not in request.POST:
        context = {"group": found, "appointment": appointment, "secret": derived_secret("group", found.code),
                   "people": rows.filter(state=AppointmentState.BOOKED).count()}
        return render(request, "bookings/group_cancel.html", context)
    try:
        if appointment is not None:
            groups.cancel_one(group=found, appointment=appointment)
            messages.success(request, _("Đã hủy lịch hẹn của %(name)s.") % {"name": appointment.full_name})
        else:
            tell_all(request, *groups.cancel_all(group=found))
    except Refused as refusal:
        tell_refusal(request, refusal)
    return redirect(own_url(found))


def tell_all(request: HttpRequest, done: int, left: int) -> None:
    """How many were cancelled, and how many could not be."""
    messages.success(request, ngettext("Đã hủy %(done)s lịch hẹn.", "Đã hủy %(done)s lịch hẹn.", done) % {"done": done})
    if left:
        messages.warning(request, ngettext("Còn %(left)s lịch hẹn không tự hủy được nữa.", "Còn %(left)s lịch hẹn không tự hủy được nữa.",
                                           left) % {"left": left})
