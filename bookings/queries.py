"""What pages and the API ask about appointments and rooms. Reads only."""
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Count, F, Min, Q, QuerySet, Sum, Value

from bookings.eligibility import last_bookable_day
from bookings.models import Appointment, RoomCount, Slot
from bookings.states import AppointmentState, OpenState
from bookings.waiting_room import WaitingPlaces, most_in, places_of
from onestop import clock
from onestop.catalogue.models import Procedure
from onestop.directives.rules import rules_for
from onestop.offices.models import DutyShift, Office, Room
from onestop.offices.queries import nearest, offices_at_levels
from onestop.offices.states import IN_THE_ROOM, Part, RoomKind
from onestop.people.models import User
from onestop.people.tokens import matches
from onestop.people.words import clean, fold, phone_number

NOON, EVENING = 12, 18


def plain_code(text: str) -> str:
    """A code as people type it: any case, with spaces or hyphens."""
    return clean(text).replace("-", "").replace(" ", "").upper()[:16]


def by_code(code: str) -> Appointment | None:
    """The appointment with this code and all that its page shows."""
    rows = Appointment.objects.select_related("slot__session", "slot__room", "room", "office__area", "procedure__current", "dossier")
    return rows.filter(code=plain_code(code)).first()


def by_link(code: str, secret: str) -> Appointment | None:
    """The appointment, if the secret of its link is right."""
    found = by_code(code)
    return found if found is not None and matches(plain_code(secret), found.secret_digest) else None


def search(user: User, text: str) -> QuerySet[Appointment]:
    """Appointments that a member of staff may see by code, phone, or name with or without tone marks; the newest first."""
    rows = Appointment.objects.visible_to(user).select_related("slot", "procedure", "office").order_by("-queue_date", "-pk")
    return rows.filter(_matching(text)) if clean(text) else rows.none()


def _matching(text: str) -> Q:
    """Code, whole phone number, or every word in the name."""
    by_name = Q()
    for word in fold(text).split():
        by_name &= Q(search_name__contains=word)
    phone = phone_number(clean(text))
    return by_name | Q(code=plain_code(text)) | Q(phone=phone) if phone else by_name | Q(code=plain_code(text))


def here_now(office: Office, on: date) -> QuerySet[Appointment]:
    """Those who are here and wait, in the waiting area or outside, with what the rule of the line looks at."""
    rows = Appointment.objects.filter(office=office, queue_date=on, state=AppointmentState.CHECKED_IN)
    return rows.select_related("slot", "procedure", "office", "room", "ticket__counter")


@dataclass(frozen=True)
class OfficeFree:
    """An office and when its next free place is; None: no place in the days ahead."""

    office: Office
    next_free: datetime | None


def slots_ahead() -> QuerySet[Slot]:
    """Open slots of open sessions still to come, within the days one may book; full or not."""
    return Slot.objects.filter(state=OpenState.OPEN, starts_at__gt=clock.now(), session__state=OpenState.OPEN,
                               session__date__lte=last_bookable_day(clock.today()))


def with_room(people: int = 1, dossiers: int = 1, *, urgent: bool = False) -> tuple[Q, Q]:
    """The conditions on slots that so many people fit in, and so many dossiers in their session: eligibility.room_refusal for many
    slots at once. What is kept for urgent procedures counts as free for those only."""
    kept, session_kept = (Value(0), Value(0)) if urgent else (F("urgent_only"), F("session__urgent_only"))
    return (Q(held__lte=F("capacity") - F("booked") - kept - people),
            Q(session__held__lte=F("session__capacity") - F("session__booked") - session_kept - dossiers))


def open_slots(people: int = 1, dossiers: int = 1, *, urgent: bool = False) -> QuerySet[Slot]:
    """Open slots ahead with places for so many people, in sessions with places for so many dossiers."""
    return slots_ahead().filter(*with_room(people, dossiers, urgent=urgent))


def next_free_by_office(offices: Iterable[Office], *, urgent: bool = False) -> dict[int, datetime]:
    """{office id: start of the earliest slot with a place}. One query for all; closures and letters are not looked at."""
    rows = open_slots(urgent=urgent).filter(session__office__in=[office.pk for office in offices])
    return dict(rows.order_by().values_list("session__office_id").annotate(first=Min("starts_at")))


def offices_for(procedure: Procedure, *, provinces: Iterable[int] | None = None,
                near: tuple[float, float] | None = None) -> list[OfficeFree]:
    """The offices that carry a procedure out, the earliest free place first, or the nearest to a point (degrees). Two queries.

    Whether a letter keeps the procedure from a counter is a question about one office: see availability.period.
    """
    offices = offices_at_levels(procedure.office_levels, on=clock.today())
    if provinces is not None:
        offices = offices.filter(province_id__in=list(provinces))
    listed = list(offices)
    free = next_free_by_office(listed, urgent=procedure.urgent)
    if near is not None:
        return [OfficeFree(office, free.get(office.pk)) for office in nearest(listed, *near)]
    found = [OfficeFree(office, free.get(office.pk)) for office in listed]
    return sorted(found, key=lambda item: (item.next_free is None, item.next_free or clock.now(), item.office.name))


@dataclass(frozen=True)
class RoomState:
    """A room now: citizens inside, officers on duty, the most people officers included; and who waits for it."""

    room: Room
    people: int
    officers: int
    cap: int
    waiting: int
    waiting_cap: int
    now_serving: tuple[int, ...]
    outside: int = 0  # here, but without a place in the waiting area
    places: WaitingPlaces | None = None  # of a waiting area: what its places come from

    @property
    def free(self) -> int:
        """How many citizens may still enter."""
        return max(self.cap - self.officers - self.people, 0)


def part_of(moment: datetime) -> str:
    """The buổi of a moment, for the roster."""
    hour = clock.local(moment).hour
    return Part.MORNING if hour < NOON else Part.AFTERNOON if hour < EVENING else Part.EVENING


def room_state(room: Room) -> RoomState:
    """The live state of one room, and of those who wait at its office (letter Thường Tín 4, 5)."""
    return next(state for state in rooms_now(room.office) if state.room.pk == room.pk)


def rooms_now(office: Office) -> list[RoomState]:
    """Every room of an office as it is now, service rooms first. In a waiting room are those who took one of its places."""
    today, part = clock.today(), part_of(clock.now())
    rules = rules_for(office=office, on=today)
    rooms = list(office.rooms.order_by("kind", "pk"))
    people = dict(RoomCount.objects.filter(room__in=rooms).values_list("room_id", "people"))
    officers = dict(DutyShift.objects.filter(room__in=rooms, date=today, part=part, place__in=IN_THE_ROOM).order_by()
                    .values_list("room_id").annotate(total=Count("pk")))
    inside: dict[int, list[int]] = {}
    serving = Appointment.objects.filter(room__in=rooms, state=AppointmentState.INSIDE).order_by("queue_number")
    for room_id, number in serving.values_list("room_id", "queue_number"):
        inside.setdefault(room_id, []).append(number)
    waiting = sum(people.get(room.pk, 0) for room in rooms if room.kind == RoomKind.WAITING)
    outside = Appointment.objects.filter(office=office, queue_date=today, state=AppointmentState.CHECKED_IN, room__isnull=True)
    common: dict[str, Any] = {
        "waiting": waiting, "waiting_cap": sum(most_in(room, rules) for room in rooms if room.kind == RoomKind.WAITING),
        "outside": outside.aggregate(total=Sum("people"))["total"] or 0}
    return [RoomState(room=room, people=people.get(room.pk, 0), officers=officers.get(room.pk, 0), cap=most_in(room, rules),
                      now_serving=tuple(inside.get(room.pk, ())), **common,
                      places=places_of(room, rules) if room.kind == RoomKind.WAITING else None) for room in rooms]
