"""The hotline's one screen: find, read aloud, hold, book, read back (letter Cà Mau 1). Never past the guard."""
from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from bookings import console as reads
from bookings import places, queries
from bookings.forms.citizen import ReasonForm
from bookings.forms.hotline import CallerForm, EndForm, HeldCallerForm, PartyForm, SlotForm
from bookings.models import Appointment, Hold
from bookings.services import appointments, calls, holds
from bookings.services import hotline as talk
from bookings.states import ACTIVE, AppointmentState, Purpose
from dossiers.models import Dossier
from onestop import clock
from onestop.access import role_required, take_refusal, tell_refusal
from onestop.catalogue.models import Procedure
from onestop.catalogue.queries import search, term_of, version_on
from onestop.directives.rules import rules_for
from onestop.guide.channels import channel_options
from onestop.offices.models import Office
from onestop.people.requests import StaffRequest
from onestop.people.states import Role
from onestop.people.words import clean
from onestop.transitions import Refused

HOLD_KEY = "hotline_hold"  # the place held while talking; the session keeps its token, never the address bar
# What is kept from step to step of one call: search words, where the caller lives, the procedure, one office, whose appointment,
# the dossier whose result is to be collected.
KEPT = ("q", "tim", "o_dau", "thu_tuc", "don_vi", "nguoi", "doi", "ho_so")
LONGEST_CALL = timedelta(hours=4)


@role_required(Role.HOTLINE)
@require_GET
def console(request: StaffRequest) -> HttpResponse:
    """Everything for the caller on one page; each search only narrows it."""
    return render(request, "bookings/hotline.html", console_context(request, request.GET))


@role_required(Role.HOTLINE)
@require_GET
def live_places(request: StaffRequest) -> HttpResponse:
    """The places alone, read anew while the operator talks: what an office declares is seen here at once (Cà Mau 1)."""
    procedure = get_object_or_404(Procedure, code=clean(request.GET.get("thu_tuc", "")))
    kept = kept_of(request.GET)
    errand = errand_of(request, kept)
    context = {"kept": kept, "procedure": procedure, "live": True, "held_here": False, "collecting": errand.dossier}
    return render(request, "bookings/_hotline_places.html", context | place_context(request, procedure, request.GET, errand))


def kept_of(asked: Any) -> QueryDict:
    """What goes along with every link and form of this call, and when the call began."""
    kept = QueryDict(mutable=True)
    for name in KEPT:
        value = clean(asked.get(name, ""))[:120]
        if value:
            kept[name] = value
    kept["cuoc"] = call_began(asked).isoformat(timespec="seconds")
    return kept


def call_began(asked: Any) -> datetime:
    """When this call began, as its first page said; now, where that can't be read or lies too far back."""
    now = clock.now()
    try:
        begun = clock.local(datetime.fromisoformat(asked.get("cuoc", "").replace(" ", "+")))
    except (ValueError, OverflowError):
        return now
    return begun if now - LONGEST_CALL < begun <= now else now


def again(asked: Any, **changes: str) -> str:
    """The address of the screen for the same call."""
    kept = kept_of(asked)
    for name, value in changes.items():
        kept[name] = value
    return f"{reverse('bookings:hotline')}?{kept.urlencode()}"


def console_context(request: StaffRequest, asked: Any, *, form: Any = None, end_form: Any = None, party: Any = None) -> dict[str, Any]:
    """What the screen shows for what was asked: people and dossiers found, the procedure, its places, the one held."""
    kept = kept_of(asked)
    procedure = Procedure.objects.filter(code=kept.get("thu_tuc", "")).first()
    held = places.live_hold(request.session.get(HOLD_KEY, ""))
    caller, errand = known_caller(request, kept.get("nguoi", "")), errand_of(request, kept)
    who, query = kept.get("tim", ""), kept.get("q", "")
    offices = Office.objects.active_on(clock.today()).visible_to(request.user)
    context: dict[str, Any] = {
        "kept": kept, "procedure": procedure, "held": held, "now": clock.now(), "live": False, "caller": caller, "who": who, "query": query,
        "asked_home": kept.get("o_dau", ""), "hold_over": held is None and bool(request.session.get(HOLD_KEY, "")),
        "held_here": held is not None and procedure is not None and is_for(held, procedure, errand.purpose),
        "moving": errand.moving, "collecting": errand.dossier, "can_extend": held is not None and places.can_extend(held),
        "held_minutes": minutes_left(held) if held else 0,
        "again_url": f"{reverse('bookings:hotline')}?{kept.urlencode()}",
        "form": form or HeldCallerForm(initial=caller_initial(caller or errand.dossier)), "party": party or PartyForm(),
        "end_form": end_form or EndForm(offices=offices, initial=end_initial(caller or errand.dossier)),
        "found": Paginator(search(query, usable_only=True), reads.SHOWN).get_page(1) if query and procedure is None else None,
        "people": queries.search(request.user, who)[:reads.SHOWN] if who else None,
        "dossiers": reads.dossiers_of(request.user, who) if who else None,
    }
    if context["held_here"] and not context["form"].is_bound:
        context["form"].fields["full_name"].widget.attrs["autofocus"] = True
    if procedure is not None:
        context |= place_context(request, procedure, asked, errand) | reading_context(request, procedure, kept.get("don_vi", ""), held)
    return context


@dataclass(frozen=True)
class Errand:
    """What the caller comes for: to hand in, or to collect a result, and then at one office only."""

    purpose: str
    office: Office | None = None
    dossier: Dossier | None = None
    moving: Appointment | None = None


def errand_of(request: StaffRequest, kept: QueryDict) -> Errand:
    """As the address says: the dossier whose result is ready, or the appointment to be moved."""
    moving, dossier = known_caller(request, kept.get("doi", "")), reads.dossier_of(request.user, kept.get("ho_so", ""))
    if moving is not None:
        return Errand(moving.purpose, moving.office if moving.purpose == Purpose.COLLECT else None, moving=moving)
    if dossier is not None and dossier.procedure.code == kept.get("thu_tuc", ""):
        return Errand(Purpose.COLLECT, dossier.received_office, dossier)
    return Errand(Purpose.SUBMIT)


def is_for(held: Hold | None, procedure: Procedure, purpose: str) -> bool:
    """Whether the place that is held is for this errand."""
    return held is not None and held.procedure_id == procedure.pk and held.purpose == purpose


def minutes_left(held: Hold) -> int:
    """Whole minutes until a hold ends, begun ones counted."""
    return max(-int((clock.now() - held.expires_at).total_seconds() // 60), 0)


def known_caller(request: StaffRequest, code: str) -> Appointment | None:
    """The person found on this screen, by the code of an appointment that the operator may see."""
    if not code:
        return None
    rows = Appointment.objects.visible_to(request.user).select_related("slot", "office", "procedure")
    return rows.filter(code=queries.plain_code(code)).first()


def caller_initial(caller: Appointment | Dossier | None) -> dict[str, str]:
    if caller is None:
        return {}
    return {"full_name": caller.full_name, "phone": caller.phone, "citizen_id": caller.citizen_id, "email": caller.email}


def end_initial(caller: Appointment | Dossier | None) -> dict[str, str]:
    return {"caller": caller.full_name, "caller_phone": caller.phone} if caller is not None else {}


def place_context(request: StaffRequest, procedure: Procedure, asked: Any, errand: Errand) -> dict[str, Any]:
    """The next places over all offices of the province and near the caller, or of the one office named or that holds the result."""
    office = errand.office or one_office(request, clean(asked.get("don_vi", "")))
    home = reads.home_of(clean(asked.get("o_dau", ""))[:120], request.user.province_ids)
    found = reads.choices(procedure, user=request.user, office=office, home=home, purpose=errand.purpose)
    chosen = clean(asked.get("slot", ""))
    listed = {str(item.slot.pk) for item in [*found.earliest, *found.nearest]}
    if chosen not in listed:
        chosen = str(found.earliest[0].slot.pk) if found.earliest else ""
    return {"choices": found, "office": office, "home": home, "chosen_slot": chosen, "read_at": clock.now()}


def one_office(request: StaffRequest, code: str) -> Office | None:
    return Office.objects.visible_to(request.user).filter(code=code).first() if code else None


def reading_context(request: StaffRequest, procedure: Procedure, office_code: str, held: Any) -> dict[str, Any]:
    """Papers, term and fee to read aloud, and what the letters say at the office in question."""
    today = clock.today()
    version = version_on(procedure, today)
    office = held.slot.session.office if held is not None else one_office(request, office_code)
    if office is None:
        offices = queries.offices_for(procedure, provinces=request.user.province_ids)
        office = offices[0].office if offices else None
    return {
        "version": version, "papers": version.papers.all(), "term": term_of(version, "in_person"),
        "options": channel_options(office=office, procedure=procedure, on=today) if office else [],
        "rules": rules_for(office=office, procedure=procedure, on=today).all() if office else [],
    }


# --- while talking ----------------------------------------------------------------------------------------------------

def wanted(request: StaffRequest) -> Procedure:
    return get_object_or_404(Procedure, code=clean(request.POST.get("thu_tuc", "")))


def wanted_result(request: StaffRequest, procedure: Procedure) -> Dossier | None:
    """The dossier whose result is to be collected, where the form names one; 404 for one that the operator may not see."""
    key = clean(request.POST.get("ho_so", ""))
    dossier = reads.dossier_of(request.user, key) if key else None
    if key and (dossier is None or dossier.procedure_id != procedure.pk):
        raise Http404
    return dossier


def drop_hold(request: StaffRequest) -> None:
    """One call keeps one place: choosing another, or ending the call, gives the first back."""
    holds.let_go(token=request.session.pop(HOLD_KEY, ""))


@role_required(Role.HOTLINE)
@require_POST
def hold(request: StaffRequest) -> HttpResponse:
    """Keep the chosen place while talking; one that was kept before is given back once the new one is kept."""
    procedure, form, status = wanted(request), PartyForm(request.POST), 422
    purpose = Purpose.SUBMIT if wanted_result(request, procedure) is None else Purpose.COLLECT
    if form.is_valid():
        try:
            request.session[HOLD_KEY] = talk.keep_place(
                hold_token=request.session.get(HOLD_KEY, ""), slot_id=form.cleaned_data["slot"], procedure=procedure, purpose=purpose,
                dossiers=form.cleaned_data["dossiers"], people=form.cleaned_data["people"])
            return redirect(again(request.POST))
        except Refused as refusal:
            take_refusal(form, refusal)
            status = refusal.status
    return render(request, "bookings/hotline.html", console_context(request, request.POST, party=form), status=status)


@role_required(Role.HOTLINE)
@require_POST
def release(request: StaffRequest) -> HttpResponse:
    """Another place, please: the kept one is given back."""
    drop_hold(request)
    return redirect(again(request.POST))


@role_required(Role.HOTLINE)
@require_POST
def extend(request: StaffRequest) -> HttpResponse:
    """The talk takes longer."""
    try:
        holds.extend_hold(token=request.session.get(HOLD_KEY, ""))
    except Refused as refusal:
        tell_refusal(request, refusal)
    return redirect(again(request.POST))


@role_required(Role.HOTLINE)
@require_POST
def book(request: StaffRequest) -> HttpResponse:
    """Book for the caller through the same gate as everybody: the place that is held, or the one named with the form."""
    procedure = wanted(request)
    dossier = wanted_result(request, procedure)
    token = "" if request.POST.get("slot") else request.session.get(HOLD_KEY, "")
    form, refused, status = HeldCallerForm(request.POST) if token else CallerForm(request.POST), None, 422
    done = sent_before(request, procedure, dossier)
    if done is None and form.is_valid():
        try:
            done = place(request, procedure, dossier, form.cleaned_data, token)
        except Refused as refusal:
            refused, status = refusal, refusal.status
    if done is not None:
        return redirect("bookings:hotline_booked", done.code)
    if token and not is_for(places.live_hold(token), procedure, Purpose.SUBMIT if dossier is None else Purpose.COLLECT):
        form = without_hold(request, token)
    if refused is not None:
        take_refusal(form, refused)
    return render(request, "bookings/hotline.html", console_context(request, request.POST, form=form), status=status)


def sent_before(request: StaffRequest, procedure: Procedure, dossier: Dossier | None) -> Appointment | None:
    """What the same form, sent before in the same call, has booked already."""
    form = HeldCallerForm(request.POST)
    if not form.is_valid():
        return None
    return reads.booked_in(request.user, began=call_began(request.POST), procedure=procedure, phone=form.cleaned_data["phone"],
                           purpose=Purpose.SUBMIT if dossier is None else Purpose.COLLECT)


def without_hold(request: StaffRequest, token: str) -> CallerForm:
    """What was typed, with the places to choose from anew: the time of the held one was over, or it is held for another errand."""
    if places.live_hold(token) is None:
        request.session.pop(HOLD_KEY, None)
    typed = request.POST.copy()
    typed.setdefault("dossiers", "1")
    typed.setdefault("people", "1")
    form = CallerForm(typed)
    form.is_valid()
    return form


def place(request: StaffRequest, procedure: Procedure, dossier: Dossier | None, typed: dict[str, Any], token: str) -> Appointment:
    """One call to the service; the operator is the actor. A place held before another was named is given back."""
    wish = talk.Wish(procedure=procedure, slot_id=typed.get("slot"), hold_token=token, dossiers=typed.get("dossiers") or 1,
                     people=typed.get("people") or 1, priority=typed["priority"], dossier=dossier)
    done = talk.book_for_caller(actor=request.user, applicant=applicant_of(typed), wish=wish, started_at=call_began(request.POST))
    drop_hold(request)
    return done.appointment


def applicant_of(typed: dict[str, Any]) -> appointments.Applicant:
    """The person whom a form names; messages go out in the page's language."""
    return appointments.Applicant(full_name=typed["full_name"], phone=typed["phone"], citizen_id=typed["citizen_id"],
                                  email=typed["email"], language=get_language() or "vi")


@role_required(Role.HOTLINE)
@require_POST
def end(request: StaffRequest) -> HttpResponse:
    """The call is over: log it, give the held place back, and hand the case to an office where that was agreed."""
    offices = Office.objects.active_on(clock.today()).visible_to(request.user)
    form, status = EndForm(request.POST, offices=offices.select_related("province")), 422
    if form.is_valid():
        typed = form.cleaned_data
        try:
            task = talk.end_call(
                actor=request.user, outcome=typed["outcome"], hold_token=request.session.get(HOLD_KEY, ""), full_name=typed["caller"],
                phone=typed["caller_phone"], note=typed["note"], office=typed["office"], started_at=call_began(request.POST),
                procedure=Procedure.objects.filter(code=clean(request.POST.get("thu_tuc", ""))).first())
            request.session.pop(HOLD_KEY, None)
            messages.success(request, _("Đã chuyển việc cho đơn vị và ghi sổ cuộc gọi.") if task else _("Đã ghi sổ cuộc gọi."))
            return redirect("bookings:hotline")
        except Refused as refusal:
            take_refusal(form, refusal)
            status = refusal.status
    return render(request, "bookings/hotline.html", console_context(request, request.POST, end_form=form), status=status)


# --- an appointment ---------------------------------------------------------------------------------------------------

def own(request: StaffRequest, code: str) -> Appointment:
    """An appointment of the operator's province; 404 for any other."""
    rows = Appointment.objects.visible_to(request.user).select_related(
        "office__province", "slot__room", "slot__session", "procedure__current", "dossier")
    return get_object_or_404(rows, code=code)


@role_required(Role.HOTLINE)
@require_GET
def booked(request: StaffRequest, code: str) -> HttpResponse:
    """The text to read back to the caller, and what else may be done with the appointment."""
    return render(request, "bookings/hotline_booked.html", booked_context(own(request, code), ReasonForm()))


def booked_context(appointment: Appointment, form: ReasonForm) -> dict[str, Any]:
    ahead = appointment.state == AppointmentState.BOOKED and appointment.slot.starts_at > clock.now()
    return {"appointment": appointment, "read": reads.read_back(appointment), "active": appointment.state in ACTIVE, "ahead": ahead,
            "form": form, "kept": kept_of({"nguoi": appointment.code})}


@role_required(Role.HOTLINE)
@require_POST
def send_again(request: StaffRequest, code: str) -> HttpResponse:
    """The message with code and link once more."""
    sent = calls.send_again(actor=request.user, appointment=own(request, code))
    messages.success(request, _("Đã gửi lại tin nhắn.") if sent else _("Không có kênh nhắn tin nào tới được người này."))
    return redirect("bookings:hotline_booked", code)


@role_required(Role.HOTLINE)
@require_POST
def cancel(request: StaffRequest, code: str) -> HttpResponse:
    """Cancel for the caller."""
    form, appointment = ReasonForm(request.POST), own(request, code)
    if not form.is_valid():
        return render(request, "bookings/hotline_booked.html", booked_context(appointment, form), status=422)
    talk.cancel_for_caller(actor=request.user, appointment=appointment, reason=form.cleaned_data["reason"],
                              started_at=call_began(request.POST))
    messages.success(request, _("Đã hủy lịch hẹn và nhắn cho người gọi."))
    return redirect("bookings:hotline_booked", code)


@role_required(Role.HOTLINE)
@require_POST
def move(request: StaffRequest, code: str) -> HttpResponse:
    """Another time for the caller's appointment, chosen on the screen."""
    appointment, form, asked = own(request, code), SlotForm(request.POST), request.POST.copy()
    asked["doi"] = code
    if not form.is_valid():
        return render(request, "bookings/hotline.html", console_context(request, asked, party=form), status=422)
    try:
        talk.move_for_caller(actor=request.user, appointment=appointment, slot_id=form.cleaned_data["slot"],
                                started_at=call_began(request.POST))
    except Refused as refusal:
        take_refusal(form, refusal)
        return render(request, "bookings/hotline.html", console_context(request, asked, party=form), status=refusal.status)
    drop_hold(request)
    messages.success(request, _("Đã đổi giờ và nhắn cho người gọi."))
    return redirect("bookings:hotline_booked", code)
