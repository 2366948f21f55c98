"""What the display over the door and 'my place in line' show: a picture of an office's line, two queries, kept a moment per process."""
from __future__ import annotations

import time
from collections import Counter as Tally
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Q
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from bookings import estimates, fairness, lines
from bookings.models import Appointment, Ticket
from bookings.states import AT_COUNTER, AppointmentState, TicketState
from onestop import clock
from onestop.offices.models import Office

RECENT = 6  # calls shown below the present ones
UPCOMING = 6  # numbers shown as the next ones
OPEN_FOR = timedelta(minutes=45)  # a counter that did nothing for so long is not counted as open
IN_PICTURE = frozenset({TicketState.WAITING, TicketState.PARKED, TicketState.MISSED, *AT_COUNTER})
FIELDS = ("number", "state", "calls", "date", "office_id", "joined_at", "called_at", "ended_at", "appointment__checked_in_at",
          "appointment__queue_number", "appointment__priority", "appointment__walk_in", "appointment__state", "appointment__room_id",
          "appointment__slot__starts_at", "appointment__slot__ends_at", "appointment__slot__room_id", "appointment__procedure__urgent",
          "counter__number", "counter__label", "counter__room__name", "wanted_counter__room_id")
MEASURED_DAYS, MEASURED_MOST, LONGEST_MINUTES = 7, 200, 240.0


@dataclass(frozen=True)
class Called:
    """A number at a counter: never a name."""

    number: int
    counter: str
    room: str
    at: datetime
    calls: int
    calling: bool

    @property
    def key(self) -> str:
        """What tells one call of a number from the next."""
        return f"{self.number}:{self.counter}:{self.calls}"

    @property
    def spoken(self) -> str:
        """What the browser says."""
        return _("Mời số %(number)s đến %(counter)s, %(room)s.") % {"number": self.number, "counter": self.counter, "room": self.room}


@dataclass(frozen=True)
class Board:
    """An office's line at a moment."""

    office: Office
    tickets: tuple[Ticket, ...]
    line: tuple[lines.InLine, ...]
    calling: tuple[Called, ...]
    recent: tuple[Called, ...]
    counters: int  # that call numbers now

    @property
    def waiting(self) -> int:
        return len(self.line)

    @property
    def upcoming(self) -> list[int]:
        return [item.ticket.number for item in self.line[:UPCOMING]]


_kept: dict[tuple[str, str], tuple[float, Board]] = {}
MOST_KEPT = 64


def board(code: str) -> Board | None:
    """The line of an office by its code, at most QUEUE_BOARD_SECONDS old; None where there is no such office today."""
    key, moment = (code, get_language() or ""), time.monotonic()
    kept = _kept.get(key)
    if kept is not None and moment - kept[0] < settings.QUEUE_BOARD_SECONDS:
        return kept[1]
    office = Office.objects.active_on(clock.today()).filter(code=code).first()
    if office is None:
        return None
    if len(_kept) >= MOST_KEPT:
        _kept.clear()
    made = _made(office)
    _kept[key] = (moment, made)
    return made


def _made(office: Office) -> Board:
    lately = Q(state__in=IN_PICTURE) | Q(state=TicketState.DONE, ended_at__gt=clock.now() - OPEN_FOR)
    rows = Ticket.objects.filter(lately, office=office, date=clock.today()).select_related(
        "appointment__slot", "appointment__procedure", "counter__room", "wanted_counter")
    tickets = tuple(rows.only(*FIELDS))
    line = tuple(lines.placed_tickets([ticket for ticket in tickets if ticket.state == TicketState.WAITING]))
    called = sorted((item for item in map(_called, tickets) if item is not None), key=lambda item: item.at, reverse=True)
    counters = {ticket.counter_id for ticket in tickets if _keeps_open(ticket)}
    return Board(office, tickets, line, tuple(item for item in called if item.calling),
                 tuple(item for item in called if not item.calling)[:RECENT], len(counters))


def _called(ticket: Ticket) -> Called | None:
    """The last call of a number, while it belongs to a counter."""
    counter = ticket.counter
    if counter is None or ticket.called_at is None:
        return None
    return Called(ticket.number, counter.label or _("Quầy %(number)s") % {"number": counter.number}, counter.room.name, ticket.called_at,
                  ticket.calls, ticket.state == TicketState.CALLED)


def _keeps_open(ticket: Ticket) -> bool:
    """Whether a ticket shows that its counter works now: somebody is there, or was until lately."""
    last = ticket.ended_at or ticket.called_at
    return ticket.counter_id is not None and (ticket.state in AT_COUNTER or (last is not None and last > clock.now() - OPEN_FOR))


@dataclass(frozen=True)
class Place:
    """Where one person stands; `item` only while they wait, `called` while they are at a counter."""

    ticket: Ticket | None
    item: lines.InLine | None
    called: Called | None
    before: int
    reasons: list[tuple[str, int]]  # why people are before: (words, how many), the most first
    estimate: estimates.Estimate | None


def place_of(appointment: Appointment, picture: Board) -> Place:
    """Somebody's place in the picture of their office's line."""
    found = (row for row in picture.tickets if row.appointment_id == appointment.pk)
    ticket = next(found, None) or Ticket.objects.filter(appointment=appointment).first()
    item = next((row for row in picture.line if row.ticket.appointment_id == appointment.pk), None)
    if ticket is None or item is None:
        called = _called(ticket) if ticket is not None and ticket.state in AT_COUNTER else None
        return Place(ticket, None, called, 0, [], None)
    ahead = [row for row in picture.line if row.room_id == item.room_id and row.placed.position < item.placed.position]
    why = Tally(fairness.why_before(row.placed, item.placed) for row in ahead)
    guess = estimates.estimate(before=len(ahead), expected=expected_before(item), counters=picture.counters,
                               minutes=measured_minutes(picture.office))
    return Place(ticket, item, None, len(ahead), [(str(reason.label), count) for reason, count in why.most_common()], guess)


def expected_before(item: lines.InLine) -> int:
    """People with an earlier appointment of today who are not here yet and may still come in time."""
    rows = Appointment.objects.filter(office_id=item.ticket.office_id, queue_date=item.ticket.date, state=AppointmentState.BOOKED)
    return rows.filter(slot__starts_at__lt=item.placed.claim_at, slot__ends_at__gt=clock.now()).count()


def measured_minutes(office: Office) -> Sequence[float]:
    """How long the office's last services took, in minutes."""
    rows = Ticket.objects.filter(office=office, date__gte=clock.today() - timedelta(days=MEASURED_DAYS), state=TicketState.DONE,
                                 started_at__isnull=False, ended_at__isnull=False)
    times = rows.order_by("-date", "-ended_at").values_list("started_at", "ended_at")[:MEASURED_MOST]
    taken = [(ended - started).total_seconds() / 60 for started, ended in times if started and ended]
    return [minutes for minutes in taken if 0 < minutes <= LONGEST_MINUTES]
