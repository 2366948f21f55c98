"""What can still be booked at an office, by day, session and slot, as pages and the API show it.

The same rules as for the confirmation (eligibility.py) decide; the number of queries does not depend on the span.
"""
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import F, Value
from django.db.models.functions import Greatest
from django.utils.translation import gettext_lazy as _

from bookings import eligibility, facts
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
        found = _sessions(office, begin, end, now, urgent=procedure.urgent)
        refusals = facts.day_refusals(office, procedure, purpose, begin, end)
    days = (first + timedelta(days=index) for index in range((last - first).days + 1))
    return [_day(day, found.get(day, ()), refusals.get(day)) for day in days]


def _day(day: date, sessions: tuple[SessionLeft, ...], refusal: Refused | None) -> Day:
    return Day(day, () if refusal is not None else sessions, refusal)


def _sessions(office: Office, first: date, last: date, now: datetime, *, urgent: bool) -> dict[date, tuple[SessionLeft, ...]]:
    """Two queries: open sessions, and their open slots that lie ahead. Plain rows: a month has hundreds of slots, and making
    objects of them cost more than everything else on the page. What is kept for urgent procedures counts as free for those only."""
    kept = Value(0) if urgent else F("urgent_only")
    left = Greatest(F("capacity") - F("held") - F("booked") - kept, Value(0))
    mine = Session.objects.filter(office=office, date__range=(first, last), state=OpenState.OPEN)
    slots: dict[int, list[SlotLeft]] = {}
    ahead = Slot.objects.filter(session__in=mine, state=OpenState.OPEN, starts_at__gt=now).order_by("starts_at", "pk")
    for session, *columns in ahead.values_list("session_id", "pk", "starts_at", "ends_at", left):
        slots.setdefault(session, []).append(SlotLeft(*columns))
    answer: dict[date, list[SessionLeft]] = {}
    for day, pk, *columns in mine.order_by("starts_at").values_list("date", "pk", "part", "starts_at", "ends_at", left):
        answer.setdefault(day, []).append(SessionLeft(pk, *columns, tuple(slots.get(pk, ()))))
    return {day: tuple(sessions) for day, sessions in answer.items()}
