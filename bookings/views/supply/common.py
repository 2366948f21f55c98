"""What every page of supply needs: the office one may see, the week, the tabs, saving with a look at whom it strands."""
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.contrib import messages
from django.forms import BaseForm
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from bookings import policies, supply
from bookings.forms.supply import day_of
from bookings.models import Appointment
from bookings.services.limits import REFUSE, Consent
from bookings.services.strands import Saved, Stranded, Strands
from onestop import clock
from onestop.access import take_refusal
from onestop.offices import policies as office_policies
from onestop.offices.models import Office
from onestop.people.navigation import address_of
from onestop.people.requests import StaffRequest
from onestop.people.shapes import Tab
from onestop.people.words import clean
from onestop.transitions import Refused

SHOWN = 100  # stranded appointments listed on a page; the rest is told by number


def office_or_404(request: StaffRequest, code: str) -> Office:
    """The office by code, if the person signed in works for it; 404 otherwise."""
    return get_object_or_404(Office.objects.visible_to(request.user).select_related("area", "province"), code=code)


def monday_of(text: str) -> date:
    """The Monday of the week that an ISO date lies in; for anything that is no date near ours this week's, at its end the next one's."""
    today = clock.today()
    day = day_of(text, today + timedelta(days=2) if today.weekday() >= 5 else today)
    return day - timedelta(days=day.weekday())


def in_week(name: str, office: Office, monday: date) -> str:
    """The address of a page of one week."""
    return f"{reverse(f'bookings:{name}', args=[office.code])}?tuan={monday.isoformat()}"


def week_links(name: str, office: Office, monday: date) -> dict[str, Any]:
    """The week shown and its neighbours, for the page's head."""
    return {"monday": monday, "sunday": monday + timedelta(days=6), "previous": in_week(name, office, monday - supply.WEEK),
            "following": in_week(name, office, monday + supply.WEEK)}


def tabs(current: str, office: Office, request: StaffRequest) -> list[Tab]:
    """The parts of supply that open for this reader: hours and rooms only for those who change them."""
    names = [("supply", _("Khai báo số hồ sơ")), ("duty", _("Phân công trực")), ("teams", _("Tổ luân phiên"))]
    if office_policies.can_declare_maximum(request.user, office):
        names.append(("hours", _("Giờ làm việc")))
    if office_policies.can_set_rooms(request.user, office):
        names.append(("rooms", _("Phòng, chỗ dành riêng")))
    return [Tab(label, reverse(f"bookings:{name}", args=[office.code]), name == current) for name, label in names]


def data_of(request: StaffRequest) -> QueryDict | None:
    return request.POST if request.method == "POST" else None


@dataclass(frozen=True)
class Row:
    """One stranded appointment as this reader may see it."""

    appointment: Appointment
    name: str


@dataclass(frozen=True)
class StrandedList:
    """What the page shows of whom a change strands."""

    rows: list[Row]
    total: int
    people: int
    holds: int

    @property
    def more(self) -> int:
        return self.total - len(self.rows)


def listed(request: StaffRequest, stranded: Stranded) -> StrandedList:
    """The first SHOWN of them; names only for those who may see the appointment."""
    rows = [Row(item, item.full_name if policies.can_see(request.user, item) else "") for item in stranded.appointments[:SHOWN]]
    return StrandedList(rows, len(stranded.appointments), stranded.people, len(stranded.holds))


@dataclass(frozen=True)
class Outcome:
    """What became of an attempt to save: done, or the list and the status for the page that shows the form again."""

    saved: Saved | None = None
    stranded: StrandedList | None = None
    status: int = 200


def consent_of(request: StaffRequest) -> Consent:
    """Whether the office pressed 'save and rebook', and the reason it gives."""
    return Consent("rebook" in request.POST, clean(request.POST.get("reason", ""))[:255])


def attempt(request: StaffRequest, form: BaseForm, change: Callable[[Consent], Saved]) -> Outcome:
    """Do a change; a refusal stands above the form, whom it strands in a list. Without a reason nobody is moved."""
    consent = consent_of(request)
    if consent.rebook and not consent.reason:
        sentence = _("Vui lòng ghi lý do; người có lịch hẹn bị chuyển được báo lý do này.")
        form.add_error("reason" if "reason" in form.fields else None, sentence)
        consent = REFUSE
    try:
        return Outcome(saved=change(consent))
    except Strands as refusal:
        return Outcome(stranded=listed(request, refusal.stranded), status=refusal.status)
    except Refused as refusal:
        take_refusal(form, refusal)
        return Outcome(status=422)


def tell(request: StaffRequest, saved: Saved, address: str) -> HttpResponse:
    """Say what was saved, and lead to the rebooking run where one was opened."""
    if saved.changed:
        done = ngettext("Đã lưu %(count)s thay đổi.", "Đã lưu %(count)s thay đổi.", saved.changed)
        messages.success(request, done % {"count": saved.changed})
    else:
        messages.success(request, _("Mọi thứ đã đúng như vậy, không có gì thay đổi."))
    if saved.run is None:
        return redirect(address)
    count = len(saved.stranded.appointments)
    moving = ngettext("Đã mở đợt chuyển lịch cho %(count)s lịch hẹn; mỗi người được báo tin một lần.",
                      "Đã mở đợt chuyển lịch cho %(count)s lịch hẹn; mỗi người được báo tin một lần.", count)
    messages.warning(request, moving % {"count": count})
    return redirect(address_of("bookings:relocation", saved.run.pk) or address)
