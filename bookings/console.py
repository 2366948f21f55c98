"""What the hotline's screen shows (letter Cà Mau 1): people, dossiers, places near and soon, the words to read back. Reads only."""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Q, QuerySet

from bookings import collecting, places, queries
from bookings.models import Appointment, Call, Slot
from bookings.services.rooms import citizens_limit
from bookings.states import ACTIVE, CallOutcome, OpenState, Purpose
from dossiers import deadlines
from dossiers.models import Dossier
from dossiers.services import ledger
from dossiers.states import PUBLIC_CODE, PUBLIC_NAME, State
from onestop import clock, worktime
from onestop.catalogue.models import ChannelTerm, Paper, Procedure
from onestop.catalogue.queries import term_of, version_on
from onestop.catalogue.states import Channel
from onestop.offices.models import Area, Office
from onestop.offices.queries import distance_km
from onestop.people.models import User
from onestop.people.words import clean, fold, phone_number, row_id
from onestop.transitions import Refused

SHOWN = 8
SLOTS_OF_OFFICE = 12


# --- places -------------------------------------------------------------------------------------------------------

@dataclass(frozen=True)
class Choice:
    """A slot as the operator reads it out, with what is left for this procedure and what the office declared for the buổi."""

    slot: Slot
    people: int
    dossiers: int
    declared: int
    km: float | None = None

    @property
    def office(self) -> Office:
        return self.slot.session.office


@dataclass(frozen=True)
class OfficeRow:
    """An office of the province: its next place and how far it is from the caller, in kilometres."""

    office: Office
    next_free: datetime | None
    km: float | None


@dataclass(frozen=True)
class Choices:
    """The soonest places and the nearest offices' next places, side by side; with one office named, its own places."""

    earliest: list[Choice]
    nearest: list[Choice]
    offices: list[OfficeRow]


@dataclass(frozen=True)
class Home:
    """Where the caller lives: an area and its point in degrees."""

    area: Area
    latitude: float
    longitude: float

    def km_to(self, office: Office) -> float | None:
        if office.latitude is None or office.longitude is None:
            return None
        return round(distance_km(self.latitude, self.longitude, office.latitude, office.longitude), 1)


def home_of(text: str, provinces: Sequence[int]) -> Home | None:
    """The area that a caller names, with or without tone marks, by the point of an office in it. One query."""
    words = fold(text).split()
    if not words:
        return None
    rows = Office.objects.active_on(clock.today()).filter(province_id__in=provinces, latitude__isnull=False, longitude__isnull=False)
    for word in words:
        rows = rows.filter(area__search_name__contains=word)
    found = rows.select_related("area").order_by("area__level", "area__search_name").first()
    if found is None or found.latitude is None or found.longitude is None:
        return None
    return Home(found.area, found.latitude, found.longitude)


def choices(procedure: Procedure, *, user: User, office: Office | None = None, home: Home | None = None,
            purpose: str = Purpose.SUBMIT) -> Choices:
    """Places over all offices of the operator's provinces that do the procedure; the number of queries does not grow with them.

    A result is collected where it lies: with another purpose only the places of the office named are looked at.
    """
    if purpose == Purpose.COLLECT and office is not None:
        listed = [office]
    else:
        purpose, listed = Purpose.SUBMIT, [item.office for item in queries.offices_for(procedure, provinces=user.province_ids)]
    free = places.free_slots(procedure, listed, purpose).select_related("session__office")
    soonest = places.first_times(free)
    rows = [OfficeRow(item, soonest.get(item.pk), home.km_to(item) if home else None) for item in listed]
    rows.sort(key=lambda row: (row.next_free is None, row.next_free or clock.now(), row.office.name))
    wanted = free.filter(session__office=office) if office is not None else free
    first = wanted.order_by("starts_at", "session__office__name")[:SLOTS_OF_OFFICE if office is not None else SHOWN]
    earliest = [choice(slot, procedure, home) for slot in first]
    return Choices(earliest, [] if office is not None or home is None else _nearest(free, rows, procedure, home), rows)


def _nearest(free: QuerySet[Slot], rows: Sequence[OfficeRow], procedure: Procedure, home: Home) -> list[Choice]:
    """The next place of each of the nearest offices that have one. One query."""
    near = sorted((row for row in rows if row.next_free and row.km is not None), key=lambda row: row.km or 0)[:SHOWN // 2]
    which = Q(pk__in=[])
    for row in near:
        which |= Q(session__office=row.office, starts_at=row.next_free)
    first: dict[int, Slot] = {}
    for slot in free.filter(which).order_by("pk"):
        first.setdefault(slot.session.office_id, slot)
    return [choice(first[row.office.pk], procedure, home) for row in near if row.office.pk in first]


def choice(slot: Slot, procedure: Procedure, home: Home | None = None) -> Choice:
    """What is left of a slot and of its buổi for this procedure: what is kept for urgent ones counts for those only."""
    session = slot.session
    kept, session_kept = (0, 0) if procedure.urgent else (slot.urgent_only, session.urgent_only)
    return Choice(slot, max(slot.capacity - slot.held - slot.booked - kept, 0),
                  max(session.capacity - session.held - session.booked - session_kept, 0), session.capacity,
                  home.km_to(session.office) if home else None)


@dataclass(frozen=True)
class OverChoice:
    """A slot seen with the room's cap: how many people the declared number still takes, and how many the room."""

    slot: Slot
    people: int
    dossiers: int
    declared: int
    room: int


def up_to_the_room(office: Office, procedure: Procedure, day: date) -> list[OverChoice]:
    """The open slots ahead of a day in which the room still has a place, full by the declared number or not (booking.md, guard 5)."""
    rows = Slot.objects.filter(session__office=office, session__date=day, starts_at__gt=clock.now(), state=OpenState.OPEN,
                               session__state=OpenState.OPEN).select_related("session__office", "room").order_by("starts_at", "pk")
    limits: dict[tuple[int, str], int] = {}
    found = []
    for slot in rows:
        which = (slot.room_id, slot.session.part)
        if which not in limits:
            limits[which] = citizens_limit(room=slot.room, office=office, on=day, part=slot.session.part)
        left, declared = max(limits[which] - slot.held - slot.booked, 0), choice(slot, procedure)
        if left:
            found.append(OverChoice(slot, declared.people, declared.dossiers, declared.declared, left))
    return found


# --- people and dossiers --------------------------------------------------------------------------------------------

@dataclass(frozen=True)
class DossierRow:
    """Where a dossier stands, in the words that a caller may be told; whether its result can be collected, and the time for that."""

    dossier: Dossier
    status: str
    can_collect: bool = False
    booked: str = ""  # the code of the appointment already made to collect it


def dossiers_of(user: User, text: str) -> list[DossierRow]:
    """Dossiers the operator may see by code, reference, phone, or name with or without tone marks; the newest first."""
    text = clean(text)[:80]
    if not text:
        return []
    match = Q(code__iexact=text) | Q(reference=text.upper())
    phone = phone_number(text)
    if phone:
        match |= Q(phone=phone)
    by_name = Q()
    for word in fold(text).split():
        by_name &= Q(search_name__contains=word)
    rows = Dossier.objects.visible_to(user).filter(match | by_name).select_related("procedure", "received_office").order_by("-pk")
    found = list(rows[:SHOWN])
    booked = dict(Appointment.objects.active().filter(dossier__in=found, purpose=Purpose.COLLECT).values_list("dossier_id", "code"))
    return [DossierRow(item, str(PUBLIC_NAME[PUBLIC_CODE[State(item.state)]]), collecting.can_collect(item), booked.get(item.pk, ""))
            for item in found]


def dossier_of(user: User, key: str) -> Dossier | None:
    """The dossier whose result a caller comes for, by its id, if the operator may see it."""
    rows = Dossier.objects.visible_to(user).select_related("procedure", "received_office")
    return rows.filter(pk=row_id(key)).first() if row_id(key) else None


def booked_in(user: User, *, began: datetime, procedure: Procedure, purpose: str, phone: str) -> Appointment | None:
    """What was already booked in this very call for the same person and errand: the form was sent twice."""
    rows = Call.objects.filter(operator=user, started_at=began, outcome=CallOutcome.BOOKED, procedure=procedure, phone=phone,
                               appointment__purpose=purpose, appointment__state__in=ACTIVE)
    call = rows.select_related("appointment").first()
    return call.appointment if call is not None else None


# --- words to read ----------------------------------------------------------------------------------------------------

@dataclass(frozen=True)
class ReadBack:
    """Everything of the one paragraph that is read to the caller."""

    letters: str
    papers: list[Paper]
    term: ChannelTerm | None
    result_on: datetime | None


def read_back(appointment: Appointment) -> ReadBack:
    """The code letter by letter, papers, handling time, and the date of the result if the papers are complete that day."""
    version = version_on(appointment.procedure, appointment.queue_date)
    submit = appointment.purpose == Purpose.SUBMIT
    term = term_of(version, Channel.IN_PERSON)
    papers = list(version.papers.all()) if submit else []
    due = result_expected(term, version.cutoff_time, appointment.slot.starts_at) if submit else None
    return ReadBack(", ".join(appointment.code), papers, term if submit else None, due)


def result_expected(term: ChannelTerm | None, cutoff: object, received_at: datetime) -> datetime | None:
    """When the result of what is handed in complete at a moment is due (rules.md 5); None without a term or a calendar."""
    if term is None or term.amount is None:
        return None
    counted = deadlines.Term(term.amount, term.unit, cutoff)  # type: ignore[arg-type]
    try:
        return deadlines.due(counted, clock.local(received_at), [], ledger.calendar_from(clock.local(received_at).date())).due_at
    except (worktime.CalendarMissing, Refused):
        return None
