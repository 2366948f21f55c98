"""What can still be booked at an office, by day, session and slot, as pages and the API show it.

The same rules as for the confirmation (eligibility.py) decide; the number of queries does not depend on the span.
"""
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Prefetch
from django.utils.translation import gettext_lazy as _

from bookings import eligibility
from bookings.models import Session, Slot
from bookings.states import OpenState
from onestop import clock
from onestop.catalogue.models import Procedure
from onestop.offices.models import Office
from onestop.offices.states import Part
from onestop.transitions import Refused

MOST_DAYS = 62


@dataclass(frozen=True)
class SlotLeft:
    """A đợt that lies ahead and the people who may still book it."""

    id: int
    starts_at: datetime
    ends_at: datetime
    people_left: int


@dataclass(frozen=True)
class SessionLeft:
    """A buổi with the dossiers it still takes. Nothing is bookable in it once that is 0."""

    id: int
    part: str
    starts_at: datetime
    ends_at: datetime
    dossiers_left: int
    slots: tuple[SlotLeft, ...]

    @property
    def part_name(self) -> str:
        return str(Part(self.part).label)

    @property
    def free_slots(self) -> tuple[SlotLeft, ...]:
        """The slots that can be booked now."""
        return tuple(slot for slot in self.slots if slot.people_left > 0) if self.dossiers_left > 0 else ()


@dataclass(frozen=True)
class Day:
    """One day; where nobody may be booked, `refusal` says why, with the letter if one is the reason."""

    date: date
    sessions: tuple[SessionLeft, ...] = ()
    refusal: Refused | None = None

    @property
    def closed(self) -> str:
        """Why nobody may be booked, in a sentence; '' where one may, or where the office simply has no session."""
        return str(self.refusal.sentence) if self.refusal is not None else ""

    @property
    def directive(self) -> dict[str, str] | None:
        return self.refusal.directive if self.refusal is not None else None

    @property
    def free(self) -> int:
        """How many slots can be booked."""
        return sum(len(session.free_slots) for session in self.sessions)


def check_span(first: date, last: date) -> None:
    """Raises Refused('bad_span', 400) unless 1 to MOST_DAYS days are asked for, in order."""
    if not 0 <= (last - first).days < MOST_DAYS:
        raise Refused("bad_span", _("Khoảng ngày phải từ 1 đến %(most)s ngày.") % {"most": MOST_DAYS},
                      status=400, fields={"to": [_("Khoảng ngày phải từ 1 đến %(most)s ngày.") % {"most": MOST_DAYS}]})


def period(office: Office, procedure: Procedure, purpose: str, first: date, last: date) -> list[Day]:
    """Every day from `first` to `last` (at most MOST_DAYS). Raises Refused where the office doesn't do the procedure at all.

    Hold places of others count as taken; a hold that has expired is given back by the sweep or by the next taker.
    """
    check_span(first, last)
    refusal = eligibility.service_refusal(office, procedure, purpose)
    if refusal is not None:
        raise refusal
    now = clock.now()
    begin, end = max(first, clock.today()), min(last, eligibility.last_bookable_day(clock.today()))
    found: dict[date, tuple[SessionLeft, ...]] = {}
    refusals: dict[date, Refused | None] = {}
    if begin <= end:
        found = _sessions(office, begin, end, now)
        refusals = eligibility.day_refusals(office, procedure, purpose, begin, end)
    days = (first + timedelta(days=index) for index in range((last - first).days + 1))
    return [_day(day, found.get(day, ()), refusals.get(day)) for day in days]


def _day(day: date, sessions: tuple[SessionLeft, ...], refusal: Refused | None) -> Day:
    return Day(day, () if refusal is not None else sessions, refusal)


def _sessions(office: Office, first: date, last: date, now: datetime) -> dict[date, tuple[SessionLeft, ...]]:
    """Two queries: open sessions, and their open slots that lie ahead."""
    slots = Slot.objects.filter(state=OpenState.OPEN, starts_at__gt=now).order_by("starts_at", "pk")
    rows = (Session.objects.filter(office=office, date__range=(first, last), state=OpenState.OPEN)
            .order_by("starts_at").prefetch_related(Prefetch("slots", queryset=slots, to_attr="ahead")))
    answer: dict[date, list[SessionLeft]] = {}
    for row in rows:
        left = tuple(SlotLeft(slot.pk, slot.starts_at, slot.ends_at, max(slot.capacity - slot.held - slot.booked, 0))
                     for slot in row.ahead if eligibility.time_refusal(slot.starts_at, now) is None)
        session = SessionLeft(row.pk, row.part, row.starts_at, row.ends_at, max(row.capacity - row.held - row.booked, 0), left)
        answer.setdefault(row.date, []).append(session)
    return {day: tuple(sessions) for day, sessions in answer.items()}
