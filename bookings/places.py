"""What the pages ask about places: a hold still alive, the next places over many offices, a day at the door. Reads only."""
from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from django.conf import settings
from django.db.models import Min, Q, QuerySet

from bookings import eligibility, queries
from bookings.models import Appointment, Hold, Slot
from bookings.states import AppointmentState, HoldState, Purpose
from onestop import clock
from onestop.catalogue.models import Procedure
from onestop.guide.channels import counter_refusals_at
from onestop.offices.models import Office
from onestop.people.models import User
from onestop.people.tokens import digest
from onestop.people.words import fold


def live_hold(token: str) -> Hold | None:
    """The hold of a token while it lasts, with all that its page shows."""
    if not token:
        return None
    rows = Hold.objects.filter(token_digest=digest(token), state=HoldState.HELD, expires_at__gt=clock.now())
    return rows.select_related("slot__session__office", "slot__room", "procedure").first()


def past_hold(token: str) -> Hold | None:
    """The hold of a token, whatever became of it."""
    rows = Hold.objects.filter(token_digest=digest(token)) if token else Hold.objects.none()
    return rows.select_related("slot__session__office", "procedure").first()


def can_extend(hold: Hold) -> bool:
    """Whether a hold may be extended once more (booking.md, guard 2)."""
    return hold.extensions < settings.HOLD_EXTENSIONS


def matching(offices: list[queries.OfficeFree], text: str) -> list[queries.OfficeFree]:
    """Those whose name or address has all words of `text`, tone marks or not."""
    words = fold(text).split()
    return [item for item in offices if all(word in item.office.search_name for word in words)]


def next_slots(procedure: Procedure, *, offices: Sequence[Office], limit: int = 12) -> list[Slot]:
    """The soonest slots that may be booked for handing a procedure in at some offices, soonest first: the rule of the month page
    and of the confirmation, with the same few queries whatever the number of offices."""
    rows = free_slots(procedure, offices).select_related("session__office")
    return list(rows.order_by("starts_at", "session__office__name")[:limit])


def free_slots(procedure: Procedure, offices: Sequence[Office], purpose: str = Purpose.SUBMIT) -> QuerySet[Slot]:
    """Open slots ahead with a place, on the days on which neither a closure nor a letter keeps the procedure from the counter.

    For collecting a result name the one office that holds it: its queries grow with the offices.
    """
    today = clock.today()
    last = eligibility.last_bookable_day(today)
    if purpose == Purpose.SUBMIT:
        refusals = counter_refusals_at(offices=offices, procedure=procedure, first=today, last=last)
    else:
        refusals = {office.pk: eligibility.day_refusals(office, procedure, purpose, today, last) for office in offices}
    alike: dict[tuple[date, ...], list[int]] = {}  # most offices are open on the same days: one condition for all of them
    for office in offices:
        days = tuple(day for day, refusal in refusals[office.pk].items() if refusal is None)
        if days and eligibility.service_refusal(office, procedure, purpose) is None:
            alike.setdefault(days, []).append(office.pk)
    received = Q(pk__in=[])
    for days, keys in alike.items():
        received |= Q(session__office__in=keys, session__date__in=days)
    return queries.open_slots(urgent=procedure.urgent).filter(received)


def first_times(free: QuerySet[Slot]) -> dict[int, datetime]:
    """{office id: its soonest slot's start}. One query."""
    return dict(free.order_by().values_list("session__office_id").annotate(first=Min("starts_at")))


def offered(procedure: Procedure, found: Sequence[queries.OfficeFree]) -> list[queries.OfficeFree]:
    """The same offices with the next place that may really be booked there, soonest first."""
    offices = [item.office for item in found]
    free = first_times(free_slots(procedure, offices))
    checked = [queries.OfficeFree(office, free.get(office.pk)) for office in offices]
    return sorted(checked, key=lambda item: (item.next_free is None, item.next_free or clock.now(), item.office.name))


def day_rows(user: User, on: date, text: str) -> QuerySet[Appointment]:
    """A day's appointments at the offices of a member of staff, by time; `text` narrows by name, phone or code."""
    rows = Appointment.objects.visible_to(user).filter(queue_date=on).exclude(state=AppointmentState.CANCELLED)
    if text:
        by_phone = Q(phone__contains=text.replace(" ", ""))
        rows = rows.filter(Q(search_name__contains=fold(text)) | by_phone | Q(code=queries.plain_code(text)))
    return rows.select_related("slot", "procedure", "office", "dossier").order_by("slot__starts_at", "office_id", "queue_number")
