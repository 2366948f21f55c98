"""What the floors above ask about offices: who is in the room, when it is open, whether it is closed, which is near."""
from __future__ import annotations

from collections.abc import Container, Iterable
from datetime import date
from math import asin, cos, radians, sin, sqrt

from django.db.models import Count, Q, QuerySet

from onestop.offices import calendars
from onestop.offices.models import Area, Closure, DutyShift, Office, OpeningHours, Room
from onestop.offices.states import IN_THE_ROOM, DayKind, Part

HALF_DAYS = {DayKind.HALF_MORNING.value: Part.MORNING.value, DayKind.HALF_AFTERNOON.value: Part.AFTERNOON.value}
EARTH_KM = 6371.0


def officers_in_room(*, room: Room, on: date, part: str) -> int:
    """Officers on duty in a room in one buổi; they count against its cap (Thường Tín clause 4)."""
    return DutyShift.objects.filter(room=room, date=on, part=part, place__in=IN_THE_ROOM).count()


def officers_by_part(*, room: Room, first: date, last: date) -> dict[tuple[date, str], int]:
    """The same for a span of days in one query: {(day, part): officers}; no entry means nobody."""
    rows = (DutyShift.objects.filter(room=room, date__range=(first, last), place__in=IN_THE_ROOM)
            .order_by().values_list("date", "part").annotate(officers=Count("pk")))
    return {(day, part): officers for day, part, officers in rows}


def closure_on(*, office: Office, on: date, room: Room | None = None) -> Closure | None:
    """The closure of the whole office (or of `room`, if one is named) in force on a day, the newest first."""
    which = Q(room__isnull=True) if room is None else Q(room__isnull=True) | Q(room=room)
    return office.closures.covering(on).filter(which).first()


def closures_on(*, offices: Iterable[Office], on: date) -> dict[int, Closure]:
    """{office id: the closure of the whole office in force on a day} for many offices in one query."""
    rows = Closure.objects.covering(on).filter(office__in=[office.pk for office in offices], room__isnull=True)
    return {closure.office_id: closure for closure in rows.order_by("starts_on")}


def opening(*, office: Office, on: date) -> list[OpeningHours]:
    """The office's hours on a day by buổi, in order; empty on days off, while closed, and when the office does not exist."""
    return openings(office=office, first=on, last=on)[on]


def openings(*, office: Office, first: date, last: date, although_closed: Container[date] = ()) -> dict[date, list[OpeningHours]]:
    """`opening` for every day from `first` to `last`, with the same few queries whatever the span.

    On the days `although_closed` closures of the whole office don't count.
    """
    rows = list(office.opening_hours.all())
    closures = [item for item in office.closures.all() if item.room_id is None]
    known = calendars.years(first.year, last.year)
    answer: dict[date, list[OpeningHours]] = {}
    for day in calendars.span(first, last):
        shut = any(item.covers(day) for item in closures)
        alive = office.valid_from <= day and (office.valid_to is None or day <= office.valid_to)
        answer[day] = [] if (shut and day not in although_closed) or not alive else hours_of_day(rows, known.get(day.year), day)
    return answer


def hours_of_day(rows: list[OpeningHours], year: calendars.Year | None, day: date) -> list[OpeningHours]:
    """The rows that apply on a day. A worked Saturday without hours of its own takes those of the last weekday that has some."""
    own = [row for row in rows if row.weekday == day.weekday()]
    special = year.special.get(day) if year else None
    if special == DayKind.OFF:
        return []
    if special == DayKind.WORKING and not own and rows:
        last_weekday = max(row.weekday for row in rows)
        own = [row for row in rows if row.weekday == last_weekday]
    if special in HALF_DAYS:
        own = [row for row in own if row.part == HALF_DAYS[special]]
    return sorted(own, key=lambda row: row.opens)


def offices_at_levels(levels: Iterable[str], *, on: date, area: Area | None = None) -> QuerySet[Office]:
    """The offices of some levels that exist on a day; `area` keeps those in it or below it."""
    found = Office.objects.active_on(on).filter(level__in=set(levels)).select_related("area__parent__parent", "province")
    if area is None:
        return found
    return found.filter(Q(area=area) | Q(province=area) | Q(area__parent=area))


def distance_km(lat: float, lon: float, other_lat: float, other_lon: float) -> float:
    """The great-circle distance between two points in kilometres."""
    half_lat, half_lon = radians(other_lat - lat) / 2, radians(other_lon - lon) / 2
    chord = sin(half_lat) ** 2 + cos(radians(lat)) * cos(radians(other_lat)) * sin(half_lon) ** 2
    return 2 * EARTH_KM * asin(sqrt(min(chord, 1.0)))


def nearest(offices: Iterable[Office], lat: float, lon: float) -> list[Office]:
    """Offices by distance from a point (degrees); those without a place come last, in the order they came."""

    def distance(office: Office) -> float:
        if office.latitude is None or office.longitude is None:
            return float("inf")
        return distance_km(lat, lon, office.latitude, office.longitude)

    return sorted(offices, key=distance)
