"""What can still be booked at an office, by day, session and slot, as pages and the API show it.

The same rules as for the confirmation (eligibility.py) decide; the number of queries does not depend on the span.
"""
import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache, lru_cache
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple

from django.db import connection
from django.utils.translation import gettext_lazy as _

from bookings import eligibility, facts
from onestop import clock
from onestop.catalogue.models import Procedure
from onestop.offices.models import Office
from onestop.offices.states import Part
from onestop.transitions import Refused

MOST_DAYS = 62


class SlotLeft(NamedTuple):
    """A đợt that lies ahead and the people who may still book it."""

    id: int
    starts_at: datetime
    ends_at: datetime
    people_left: int


class SessionLeft(NamedTuple):
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


# Plain rows of one statement: a month has hundreds of slots, and making objects of them, or a query of Django's, cost more than
# everything else on the page. Moments come as seconds, because a month's few hundred are the same again and again and are known
# by their number; rows say them cheaper, too. What is kept for urgent procedures counts as free for those only.
LEFT = """
    SELECT e.date, e.id, e.part, {e.starts_at}, {e.ends_at}, e.capacity - e.held - e.booked - %s * e.urgent_only,
           s.id, {s.starts_at}, {s.ends_at}, s.capacity - s.held - s.booked - %s * s.urgent_only
    FROM bookings_session e LEFT JOIN bookings_slot s ON s.session_id = e.id AND s.state = 'open' AND s.starts_at > %s
    WHERE e.office_id = %s AND e.date BETWEEN %s AND %s AND e.state = 'open'
    ORDER BY e.starts_at, e.id, s.starts_at, s.id
"""
SECONDS = {"postgresql": r"extract(epoch FROM \1)::bigint", "sqlite": r"CAST(strftime('%%s', \1) AS integer)"}


@cache
def _left() -> str:
    return re.sub(r"\{(.*?)\}", SECONDS[connection.vendor], LEFT)


def _sessions(office: Office, first: date, last: date, now: datetime, *, urgent: bool) -> dict[date, tuple[SessionLeft, ...]]:
    """One query: open sessions with their open slots that lie ahead."""
    kept, ops = 0 if urgent else 1, connection.ops
    with connection.cursor() as cursor:
        cursor.execute(_left(), [kept, kept, ops.adapt_datetimefield_value(now), office.pk, ops.adapt_datefield_value(first),
                                 ops.adapt_datefield_value(last)])
        rows = cursor.fetchall()
    answer: dict[date, tuple[SessionLeft, ...]] = {}
    for (day, pk, part, starts, ends, dossiers), mine in groupby(rows, itemgetter(0, 1, 2, 3, 4, 5)):
        slots = tuple([SlotLeft(slot, _moment(begin), _moment(end), max(people, 0))
                       for *_session, slot, begin, end, people in mine if slot is not None])
        answer[day] = (*answer.get(day, ()), SessionLeft(pk, part, _moment(starts), _moment(ends), max(dossiers, 0), slots))
    return answer


@lru_cache(maxsize=8192)
def _moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, clock.TZ)
