"""The waiting list for citizens: join it, look at it, answer an offer, leave it. GET shows, POST acts."""
from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from bookings import links, wishes
from bookings.forms.wishes import WaitingForm
from bookings.models import WaitingEntry, WaitingOffer
from bookings.services import confirming, waiting
from bookings.services.appointments import Applicant
from bookings.states import BookedBy, Purpose, WaitingState
from bookings.views import phones
from onestop import clock
from onestop.access import limited, take_refusal, tell_refusal
from onestop.catalogue.models import Procedure
from onestop.offices.models import Office
from onestop.people.words import clean, row_id
from onestop.transitions import Refused

TYPED_KEY = "waiting_typed"  # what was typed while the phone is being confirmed


def own_url(entry: WaitingEntry, name: str = "waiting") -> str:
    """The address of one of this entry's pages."""
    return f"{reverse(f'bookings:{name}', args=[entry.code])}?{urlencode({links.SECRET: wishes.secret_of(entry.code)})}"


@login_not_required
@require_http_methods(["GET", "POST"])
@limited("waiting_join", "20/h")
def join(request: HttpRequest, office: str, procedure: str) -> HttpResponse:
    """Who waits for which days at this office."""
    place = get_object_or_404(Office.objects.active_on(clock.today()).select_related("area", "province"), code=office)
    wanted = get_object_or_404(Procedure.objects.select_related("current"), code=procedure)
    form = WaitingForm(request.POST) if request.method == "POST" else WaitingForm(initial=proposed(request))
    status = 200
    if request.method == "POST":
        address, status = try_join(request, place, wanted, form)
        if address:
            return redirect(address)
    context = {"office": place, "procedure": wanted, "form": form, "must_confirm": confirming.needed()}
    return render(request, "bookings/waiting_join.html", context, status=status)


def proposed(request: HttpRequest) -> dict[str, Any]:
    """What the form begins with: what was typed before, else the days ahead and the party of the month page."""
    kept = request.session.get(TYPED_KEY)
    if kept:
        return dict(kept)
    first, last = waiting.usual_period(clock.today())
    counts = {name: clean(request.GET.get(asked, "")) or "1" for name, asked in (("dossiers", "so_ho_so"), ("people", "so_nguoi"))}
    purpose = clean(request.GET.get("viec", ""))
    return {"first": first, "last": last, "viec": purpose if purpose in Purpose.values else Purpose.SUBMIT.value, **counts}


def try_join(request: HttpRequest, office: Office, procedure: Procedure, form: WaitingForm) -> tuple[str, int]:
    """Join: (address of the entry, 302), or ('', status) with the refusal in the form and nothing lost."""
    if not form.is_valid():
        return "", 422
    data = form.cleaned_data
    if not phones.is_confirmed(request, data["phone"]):
        request.session[TYPED_KEY] = {name: clean(str(form.data.get(name, "")))[:254] for name in form.fields}
        return phones.ask(request, data["phone"], back=request.path), 302
    try:
        joined = waiting.join(applicant=Applicant(**form.person(), language=get_language() or "vi"), office=office, procedure=procedure,
                              first=data["first"], last=data["last"], purpose=data["viec"], channel=BookedBy.WEB,
                              dossiers=data["dossiers"], people=data["people"])
    except Refused as refusal:
        refusal.fields = {{"from": "first", "to": "last"}.get(name, name): told for name, told in refusal.fields.items()}
        take_refusal(form, refusal)
        return "", refusal.status
    request.session.pop(TYPED_KEY, None)
    return own_url(joined.entry), 302


def by_link(request: HttpRequest, code: str) -> WaitingEntry:
    """The entry of a link. 404 for anybody who does not hold the secret."""
    found = wishes.by_link(code, request.POST.get("khoa") or request.GET.get("khoa", ""))
    if found is None:
        raise Http404
    return found


@login_not_required
@require_GET
def status(request: HttpRequest, code: str) -> HttpResponse:
    """Where one stands, and the offer to answer, if there is one."""
    entry = by_link(request, code)
    waits = entry.state in wishes.OPEN
    appointment = entry.appointment
    booked = links.manage_url(appointment.code, links.secret_of(appointment.code)) if appointment is not None else ""
    context = {
        "entry": entry, "secret": wishes.secret_of(entry.code), "offer": wishes.open_offer(entry) if waits else None, "waits": waits,
        "ahead": wishes.ahead_of(entry) if entry.state == WaitingState.WAITING else 0, "booked": booked, "now": clock.now(),
    }
    return render(request, "bookings/waiting.html", context)


def shown_offer(request: HttpRequest, entry: WaitingEntry) -> WaitingOffer | None:
    """The offer that the page showed when the button was pressed: a later one may be for another time. Without its number the open
    one, else the last."""
    if "loi_moi" not in request.POST:
        return wishes.open_offer(entry) or entry.offers.last()
    return entry.offers.filter(pk=row_id(request.POST["loi_moi"])).first()


@login_not_required
@require_POST
@limited("waiting_answer", "60/h")
def accept(request: HttpRequest, code: str) -> HttpResponse:
    """Take the offered place: the booking is made from its hold."""
    entry = by_link(request, code)
    offer = shown_offer(request, entry)
    try:
        if offer is None:
            raise Refused("no_offer", _("Hiện chưa có chỗ nào được mời cho bạn."), status=409)
        booked = waiting.accept(offer=offer)
    except Refused as refusal:
        tell_refusal(request, refusal)
        return redirect(own_url(entry))
    query = urlencode({links.SECRET: booked.secret, "moi": 1})
    return redirect(f"{reverse('bookings:manage', args=[booked.appointment.code])}?{query}")


@login_not_required
@require_POST
@limited("waiting_answer", "60/h")
def decline(request: HttpRequest, code: str) -> HttpResponse:
    """Give the offered place to the next person."""
    entry = by_link(request, code)
    offer = shown_offer(request, entry)
    try:
        if offer is not None:
            waiting.decline(offer=offer)
            messages.info(request, _("Chỗ này được mời cho người tiếp theo."))
    except Refused as refusal:
        tell_refusal(request, refusal)
    return redirect(own_url(entry))


@login_not_required
@require_POST
@limited("waiting_answer", "60/h")
def withdraw(request: HttpRequest, code: str) -> HttpResponse:
    """Leave the waiting list."""
    entry = by_link(request, code)
    try:
        waiting.withdraw(entry=entry)
        messages.success(request, _("Bạn đã rút khỏi danh sách chờ."))
    except Refused as refusal:
        tell_refusal(request, refusal)
    return redirect(own_url(entry))
