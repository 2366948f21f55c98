"""What sets how many may come: roster, hours, rooms, declared numbers. Every change first looks whom it strands (booking.md, guard 7)."""
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from bookings import eligibility, policies, refusals
from bookings.models import Session, SessionEvent
from bookings.services import counters, strands
from bookings.services.strands import Saved
from onestop import clock
from onestop.offices import services as offices
from onestop.offices.models import Office
from onestop.offices.services import DeclaredRow, DutyEntry, HoursRow, RoomRow, Rotation, WeeklyRow
from onestop.offices.services.hours import check_maximum
from onestop.people.models import User


@dataclass(frozen=True)
class Consent:
    """What the office says to people who lose their place: nothing (the change is refused), or the reason of a rebooking run."""

    rebook: bool = False
    reason: str = ""


REFUSE = Consent()


def last_day() -> date:
    """The last day that has sessions."""
    return eligibility.last_bookable_day(clock.today())


def change_duty(*, actor: User, office: Office, entries: Sequence[DutyEntry], consent: Consent = REFUSE) -> Saved:
    """Set places on the roster. Raises Strands ('strands', 409) and what offices.set_duty raises."""
    days = [entry.date for entry in entries]
    if not days:
        return Saved(0)
    return _guarded(actor, office, min(days), max(days), consent, lambda: offices.set_duty(actor=actor, office=office, entries=entries))


def copy_week(*, actor: User, office: Office, monday: date, weeks: int = 1, consent: Consent = REFUSE) -> Saved:
    """Copy a week's roster to the weeks after it. Raises Strands and what offices.copy_week raises."""
    return _guarded(actor, office, monday + timedelta(days=7), monday + timedelta(days=7 * weeks + 6), consent,
                    lambda: offices.copy_week(actor=actor, office=office, monday=monday, weeks=weeks))


def rotate(*, actor: User, office: Office, wanted: Rotation, parts: Mapping[date, Sequence[str]], consent: Consent = REFUSE) -> Saved:
    """Put the office's teams on the roster in turn. Raises Strands and what offices.rotate raises."""
    return _guarded(actor, office, wanted.first, wanted.last, consent,
                    lambda: offices.rotate(actor=actor, office=office, wanted=wanted, parts=parts))


def change_hours(*, actor: User, office: Office, rows: list[HoursRow], consent: Consent = REFUSE) -> Saved:
    """Set the hours of the week. Raises Strands and what offices.set_hours raises."""
    return _guarded(actor, office, clock.today(), last_day(), consent,
                    lambda: offices.set_hours(actor=actor, office=office, rows=rows))


def change_rooms(*, actor: User, office: Office, rows: Sequence[RoomRow], fewest_at_counter: int | None = None,
                 consent: Consent = REFUSE) -> Saved:
    """Set room caps, kept places and the fewest officers at the counters. Raises Strands and what offices.set_rooms raises."""
    return _guarded(actor, office, clock.today(), last_day(), consent,
                    lambda: offices.set_rooms(actor=actor, office=office, rows=rows, fewest_at_counter=fewest_at_counter))


def declare(*, actor: User, office: Office, weekly: Sequence[WeeklyRow] = (), days: Sequence[DeclaredRow] = (), reason: str = "",
            consent: Consent = REFUSE) -> Saved:
    """Declare the most dossiers of the weekdays' buổi and of single days (letter Cà Mau 1), all at once or none.

    A number for an extra buổi is that buổi's own. Raises Strands, 'not_allowed' 403, and what the services of offices raise.
    """
    if not policies.can_set_limits_at(actor, office):
        raise refusals.not_allowed()
    if not weekly and not days:
        return Saved(0)
    first = clock.today() if weekly else min(row.day for row in days)
    last = last_day() if weekly else max(row.day for row in days)
    return _guarded(actor, office, first, last, consent, lambda: _declare(actor, office, weekly, days, reason))


def _declare(actor: User, office: Office, weekly: Sequence[WeeklyRow], days: Sequence[DeclaredRow], reason: str) -> int:
    found = Session.objects.filter(office=office, special=True, date__in={row.day for row in days})
    special = {(session.date, session.part): session for session in found}
    changed = offices.declare_week(actor=actor, office=office, rows=weekly, reason=reason)
    plain = [row for row in days if (row.day, row.part) not in special]
    changed += offices.declare_days(actor=actor, office=office, rows=plain, reason=reason)
    return changed + sum(_declare_special(actor, special[row.day, row.part], row.maximum, reason)
                         for row in days if (row.day, row.part) in special and row.maximum is not None)


def _declare_special(actor: User, session: Session, maximum: int, reason: str) -> bool:
    check_maximum(maximum)
    if session.capacity == maximum:
        return False
    counters.lower(Session, session.pk, maximum, session.urgent_only)
    SessionEvent.objects.create(subject=session, actor=actor, verb="set_capacity", from_state=session.state, to_state=session.state,
                                reason=reason, data={"before": session.capacity, "after": maximum})
    return True


def _guarded(actor: User, office: Office, first: date, last: date, consent: Consent, change: Callable[[], Any]) -> Saved:
    """Only the days that have sessions are looked at; what lies beyond them is saved all the same."""
    return strands.guarded(actor=actor, office=office, first=first, last=min(last, last_day()), change=change, rebook=consent.rebook,
                           reason=consent.reason)
