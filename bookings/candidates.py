"""Free places for people whose own is gone: the rule of the confirmation, asked for many people of one run. Reads only."""
from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.conf import settings
from django.db.models import F, Min, Q, QuerySet

from bookings import eligibility, queries
from bookings.models import Appointment, Slot
from bookings.relocation import FAR, SOONER, Candidate, Wish, best
from bookings.relocations import Scope
from bookings.states import Purpose
from onestop import clock
from onestop.catalogue.models import Procedure
from onestop.catalogue.states import Channel
from onestop.guide.channels import channel_options, counter_refusals_at
from onestop.offices.models import Office
from onestop.offices.queries import distance_km, offices_at_levels

# How many free places are looked at, on how many days and how many a day are shown for one office, and for how many offices.
LOOKED_AT, DAYS, A_DAY, PLACES = 150, 3, 4, 4


@dataclass(frozen=True)
class Choices:
    """The soonest free places at an office; `km` from the appointment's, None where unknown."""

    office: Office
    km: float | None
    slots: list[Slot]


class Finder:
    """What is free for the people of one run. Letters, closures and distances are read once for each procedure and lost office,
    places each time they are asked for: they change under our hands."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self._open_days: dict[tuple[int, str, int], Q] = {}
        self._distances: dict[tuple[int, int], dict[int, float | None]] = {}
        self._ways: dict[tuple[int, int, date], list[str]] = {}

    def wish(self, row: Appointment) -> Wish:
        """What is looked for in place of an appointment."""
        return Wish(starts_at=row.slot.starts_at, near=timedelta(hours=settings.RELOCATION_NEAR_HOURS),
                    earliest=clock.now() + timedelta(minutes=settings.RELOCATION_NOTICE_MINUTES))

    def find(self, row: Appointment, without: Iterable[int] = ()) -> Candidate | None:
        """The best free place for an appointment; places `without` were tried and found taken. At most three queries once warm."""
        wish = self.wish(row)
        free = self._free(row).exclude(pk__in=list(without)).filter(starts_at__gte=wish.earliest)
        near = best(wish, self._candidates(row, free.filter(
            starts_at__range=(wish.starts_at - SOONER, wish.starts_at + wish.near))))
        if near is not None:
            return near
        later = free.filter(starts_at__gt=wish.starts_at)
        first = later.aggregate(first=Min("starts_at"))["first"]
        if first is None:
            return None
        return best(wish, self._candidates(row, later.filter(session__date=clock.local(first).date())))

    def ways(self, row: Appointment) -> list[str]:
        """The other ways to hand this in, in words; a result to be collected has none."""
        if row.purpose != Purpose.SUBMIT:
            return []
        key = (row.procedure_id, row.office_id, row.queue_date)
        if key not in self._ways:
            options = channel_options(office=row.office, procedure=row.procedure, on=row.queue_date)
            self._ways[key] = [option.channel for option in options if option.available and option.channel != Channel.IN_PERSON]
        return self._ways[key]

    def choices(self, row: Appointment) -> list[Choices]:
        """What a moved person may choose instead: places of the next days at the nearest offices. Two queries once warm."""
        rows = self._free(row).select_related("session__office", "room").order_by("starts_at", "pk")
        distances = self._near(row.procedure, row.office, row.purpose)
        found: dict[int, list[Slot]] = {}
        for slot in rows[:LOOKED_AT]:
            found.setdefault(slot.session.office_id, []).append(slot)
        offices = [Choices(slots[0].session.office, distances.get(pk), spread(slots)) for pk, slots in found.items()]
        return sorted(offices, key=lambda item: (FAR if item.km is None else item.km, item.slots[0].starts_at))[:PLACES]

    def _candidates(self, row: Appointment, slots: QuerySet[Slot]) -> list[Candidate]:
        distances = self._near(row.procedure, row.office, row.purpose)
        rows = slots.order_by().values_list("pk", "session__office_id", "starts_at", F("capacity") - F("booked") - F("held"))
        return [Candidate(pk, office, starts_at, distances.get(office), left) for pk, office, starts_at, left in rows]

    def _free(self, row: Appointment) -> QuerySet[Slot]:
        """Slots with room for this party, where the procedure is received, outside of what the run takes away."""
        people, dossiers = queries.with_room(row.people, row.dossiers, urgent=row.procedure.urgent)
        dossiers |= Q(session=row.slot.session_id, session__extra=0)  # inside one session the dossiers stay where they are
        rows = queries.slots_ahead().filter(people & dossiers, self._received(row))
        return rows.exclude(pk=row.slot_id) if self.scope.run.reopened_at else rows.exclude(self.scope.slots()).exclude(pk=row.slot_id)

    def _received(self, row: Appointment) -> Q:
        key = (row.procedure_id, row.purpose, row.office_id)
        if key not in self._open_days:
            self._open_days[key] = self._days(row)
        return self._open_days[key]

    def _days(self, row: Appointment) -> Q:
        """The offices and days on which this may be done; a result is collected where it lies, so only there."""
        first, last = clock.today(), eligibility.last_bookable_day(clock.today())
        condition = Q(pk__in=[])
        if row.purpose != Purpose.SUBMIT:
            refusals = {row.office_id: eligibility.day_refusals(row.office, row.procedure, row.purpose, first, last)}
        else:
            offices = list(self._offices(row.procedure, row.office))
            refusals = counter_refusals_at(offices=offices, procedure=row.procedure, first=first, last=last)
        for office_id, days in refusals.items():
            condition |= _open_on(office_id, [day for day, refusal in days.items() if refusal is None], len(days))
        return condition

    def _offices(self, procedure: Procedure, lost: Office) -> list[Office]:
        """Offices of the province that carry the procedure out, none further than RELOCATION_MOST_KM where that is known."""
        offices = offices_at_levels(procedure.office_levels, on=clock.today()).filter(province_id=self.scope.run.province_id)
        found = {office: _km(lost, office) for office in offices}
        self._distances[procedure.pk, lost.pk] = {office.pk: km for office, km in found.items()}
        return [office for office, km in found.items() if km is None or km <= settings.RELOCATION_MOST_KM]

    def _near(self, procedure: Procedure, lost: Office, purpose: str) -> dict[int, float | None]:
        return {lost.pk: 0.0} if purpose != Purpose.SUBMIT else self._distances[procedure.pk, lost.pk]


def spread(slots: Sequence[Slot]) -> list[Slot]:
    """A few places of each of the first days, from morning to evening, in order. Pure."""
    days: dict[date, list[Slot]] = {}
    for slot in slots:
        days.setdefault(clock.local(slot.starts_at).date(), []).append(slot)
    return [of_day[index] for of_day in list(days.values())[:DAYS] for index in _evenly(len(of_day), A_DAY)]


def _evenly(many: int, wanted: int) -> list[int]:
    return list(range(many)) if many <= wanted else [index * many // wanted for index in range(wanted)]


def _open_on(office_id: int, days: list[date], of: int) -> Q:
    if not days:
        return Q(pk__in=[])
    here = Q(session__office=office_id)
    return here if len(days) == of else here & Q(session__date__in=days)


def _km(lost: Office, other: Office) -> float | None:
    if other.pk == lost.pk:
        return 0.0
    if None in (lost.latitude, lost.longitude, other.latitude, other.longitude):
        return None
    return distance_km(lost.latitude, lost.longitude, other.latitude, other.longitude)  # type: ignore[arg-type]
