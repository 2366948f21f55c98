"""What the pages of supply show: a week's buổi with numbers, officers and proposals; who is on duty where. Reads only."""
from __future__ import annotations

from collections import Counter as Tally
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db.models import Count
from django.db.models.functions import ExtractHour, TruncDate

from bookings import proposal
from bookings.models import Session
from bookings.plans import moment
from bookings.proposal import Key, Pace, Proposal
from bookings.queries import NOON
from dossiers.models import Dossier
from onestop import clock
from onestop.catalogue.states import Channel
from onestop.offices.models import DeclaredDay, DutyShift, Office, OpeningHours
from onestop.offices.queries import openings
from onestop.offices.states import IN_THE_ROOM
from onestop.offices.states import Part as PartOfDay

WEEK = timedelta(days=7)


@dataclass(frozen=True)
class Buoi:
    """One buổi of a week: what is declared, who is on duty, what is proposed, what is taken."""

    day: date
    part: str
    opens: datetime
    closes: datetime
    hours: OpeningHours | None  # the weekly row it comes from; None: an extra buổi
    declared: int | None  # this day's own number
    session: Session | None
    officers: int
    fewest: int
    proposal: Proposal

    @property
    def key(self) -> Key:
        return self.day, self.part

    @property
    def part_name(self) -> str:
        return str(PartOfDay(self.part).label)

    @property
    def own_week(self) -> bool:
        """Whether the weekly number of this weekday holds here: a worked Saturday borrows another weekday's."""
        return self.hours is not None and self.hours.weekday == self.day.weekday()

    @property
    def weekly(self) -> int | None:
        return self.hours.max_dossiers if self.hours is not None else None

    @property
    def most(self) -> int:
        """The number that holds."""
        if self.session is not None:
            return self.session.capacity
        return self.declared if self.declared is not None else self.weekly or 0

    @property
    def taken(self) -> int:
        return self.session.booked + self.session.held if self.session is not None else 0

    @property
    def over(self) -> int:
        """Dossiers above the number that holds."""
        return max(self.taken - self.most, 0)

    @property
    def is_past(self) -> bool:
        return self.closes <= clock.now()

    @property
    def short(self) -> int:
        """Officers missing at the counters."""
        return max(self.fewest - self.officers, 0)


def week(office: Office, monday: date) -> list[Buoi]:
    """Every buổi of a week, extra ones too. A fixed number of queries."""
    sunday = monday + timedelta(days=6)
    found = {(item.date, item.part): item for item in Session.objects.filter(office=office, date__range=(monday, sunday))}
    rows = DeclaredDay.objects.filter(office=office, date__range=(monday, sunday)).values_list("date", "part", "max_dossiers")
    declared = {(day, part): number for day, part, number in rows}
    officers, pace = at_counter(office, monday, sunday), measured(office)
    listed: list[Buoi] = []
    for day, hours in openings(office=office, first=monday, last=sunday).items():
        for row in hours:
            key = (day, row.part)
            listed.append(Buoi(day, row.part, moment(day, row.opens), moment(day, row.closes), row, declared.get(key), found.get(key),
                               officers.get(key, 0), office.fewest_at_counter,
                               proposal.propose(officers=officers.get(key, 0), pace=pace, weekly=row.max_dossiers)))
    have = {item.key for item in listed}
    listed += [_extra(office, session, officers.get(key, 0), pace) for key, session in found.items()
               if key not in have and (session.special or session.booked or session.held)]
    return sorted(listed, key=lambda item: item.opens)


def _extra(office: Office, session: Session, officers: int, pace: Pace) -> Buoi:
    """A buổi outside of the present hours: an extra one, or one that still has people."""
    return Buoi(session.date, session.part, session.starts_at, session.ends_at, None, session.capacity if session.special else None,
                session, officers, office.fewest_at_counter, proposal.propose(officers=officers, pace=pace, weekly=session.capacity))


def at_counter(office: Office, first: date, last: date) -> dict[Key, int]:
    """Officers in the office's rooms by day and buổi. One query."""
    rows = DutyShift.objects.filter(office=office, date__range=(first, last), place__in=IN_THE_ROOM)
    return dict(Tally(rows.order_by().values_list("date", "part")))


def measured(office: Office) -> Pace:
    """The pace of the last PROPOSAL_WEEKS weeks up to yesterday. Two queries."""
    yesterday = clock.today() - timedelta(days=1)
    first = clock.today() - settings.PROPOSAL_WEEKS * WEEK
    return proposal.measure(officers=at_counter(office, first, yesterday), received=_received(office, first, yesterday),
                            weeks=settings.PROPOSAL_WEEKS)


def _received(office: Office, first: date, last: date) -> dict[Key, int]:
    """Dossiers received at the counter by day and buổi; an afternoon's end counts as the afternoon."""
    rows = Dossier.objects.filter(received_office=office, channel=Channel.IN_PERSON, received_at__gte=clock.at(first, 0),
                                  received_at__lt=clock.at(last + timedelta(days=1), 0))
    by_hour = (rows.order_by().annotate(day=TruncDate("received_at"), hour=ExtractHour("received_at"))
               .values_list("day", "hour").annotate(total=Count("pk")))
    answer: dict[Key, int] = {}
    for day, hour, total in by_hour:
        key = (day, PartOfDay.MORNING.value if hour < NOON else PartOfDay.AFTERNOON.value)
        answer[key] = answer.get(key, 0) + total
    return answer


def parts_of(office: Office, first: date, last: date) -> dict[date, list[str]]:
    """{day: the buổi that people may be put on the roster for}: opening hours and extra buổi."""
    parts = {day: [row.part for row in rows] for day, rows in openings(office=office, first=first, last=last).items()}
    extra = Session.objects.filter(office=office, date__range=(first, last), special=True).values_list("date", "part")
    for day, part in extra:
        if part not in parts[day]:
            parts[day] = sorted([*parts[day], part], key=PartOfDay.values.index)
    return parts


@dataclass(frozen=True)
class Staffing:
    """Officers at the counters in one buổi against the fewest the office wants."""

    day: date
    part: str
    officers: int
    fewest: int

    @property
    def part_name(self) -> str:
        return str(PartOfDay(self.part).label)

    @property
    def short(self) -> int:
        return max(self.fewest - self.officers, 0)


def staffing(office: Office, parts: Mapping[date, Iterable[str]]) -> dict[date, list[Staffing]]:
    """The check of the fewest officers (Cần Thơ 1b) for every buổi of some days. One query."""
    if not parts:
        return {}
    officers = at_counter(office, min(parts), max(parts))
    return {day: [Staffing(day, part, officers.get((day, part), 0), office.fewest_at_counter) for part in names]
            for day, names in parts.items()}
