"""What the guard's tablet shows: who is where, who may come next, who is early or late, and what to offer whom. Reads only."""
from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from bookings import eligibility, lines, queries
from bookings.fairness import Placed
from bookings.models import Appointment, Session, Slot, Ticket
from bookings.states import AppointmentState, OpenState, TicketState
from onestop import clock
from onestop.catalogue.models import Procedure
from onestop.directives.rules import rules_for
from onestop.directives.states import RuleKind
from onestop.offices.models import Office
from onestop.offices.states import RoomKind
from onestop.people.words import clean, fold, phone_number
from onestop.transitions import Refused

PER_SESSION, LOOKED_AT = 2, 200


@dataclass(frozen=True)
class Waits:
    """Somebody who is here and waits: their place in the line, at which counter they are called, whether they stand outside."""

    row: Appointment
    placed: Placed

    @property
    def ticket(self) -> Ticket | None:
        return getattr(self.row, "ticket", None)

    @property
    def called(self) -> bool:
        return self.ticket is not None and self.ticket.state == TicketState.CALLED

    @property
    def counter(self) -> int | None:
        """The counter that called them."""
        return self.ticket.counter.number if self.called and self.ticket and self.ticket.counter else None

    @property
    def outside(self) -> bool:
        return self.row.room_id is None

    @property
    def back_from(self) -> datetime | None:
        """From when the waiting area takes them; None once it does."""
        start = expected_from(self.row)
        return start if start > clock.now() else None


@dataclass(frozen=True)
class AtTheDoor:
    """Today's people by where they are; those who wait in the order in which they may enter."""

    expected: list[Appointment]
    waiting: list[Waits]
    inside: list[Appointment]
    done: int
    everybody: list[Appointment]

    @property
    def seated(self) -> list[Waits]:
        return [item for item in self.waiting if not item.outside]

    @property
    def outside(self) -> list[Waits]:
        return [item for item in self.waiting if item.outside]

    def matching(self, text: str) -> list[Appointment]:
        """Today's people whose name has all words of `text` (tone marks or not) or whose phone it is."""
        words, phone = fold(text).split(), phone_number(clean(text))
        return [row for row in self.everybody
                if (words and all(word in row.search_name for word in words)) or (phone and row.phone == phone)]


def expected_from(row: Appointment) -> datetime:
    """From when the waiting area takes a person: EARLY_MINUTES before the slot. Whoever comes sooner is told to come back then."""
    return row.slot.starts_at - timedelta(minutes=settings.EARLY_MINUTES)


def is_late(row: Appointment) -> bool:
    """Whether the slot and LATE_MINUTES are over: from then on whoever comes is served after those on time."""
    return clock.now() >= row.slot.ends_at + timedelta(minutes=settings.LATE_MINUTES)


def at_the_door(office: Office, on: date) -> AtTheDoor:
    """Everybody of an office's day in one query."""
    rows = Appointment.objects.filter(office=office, queue_date=on).exclude(state=AppointmentState.CANCELLED)
    everybody = list(rows.select_related("slot", "procedure", "room", "ticket__counter").order_by("slot__starts_at", "queue_number"))

    def those(*states: str) -> list[Appointment]:
        return [item for item in everybody if item.state in states]

    return AtTheDoor(expected=those(AppointmentState.BOOKED), waiting=in_turn(those(AppointmentState.CHECKED_IN)),
                     inside=those(AppointmentState.INSIDE), done=len(those(AppointmentState.DONE)), everybody=everybody)


def in_turn(rows: Iterable[Appointment]) -> list[Waits]:
    """Those who wait: whoever is called to a counter first, then the published rule (fairness.py)."""
    return sorted((Waits(row, placed) for row, placed in lines.in_order(rows)), key=lambda item: not item.called)


def may_go_straight(row: Appointment, people: AtTheDoor, rooms: Iterable[queries.RoomState]) -> bool:
    """Whether the room has places for this person and nobody who waits comes before them."""
    free = next((state.free for state in rooms if state.room.pk == row.slot.room_id), 0)
    if row.people > free or expected_from(row) > clock.now():
        return False
    return in_turn([*(item.row for item in people.waiting), row])[0].row.pk == row.pk


def service_and_waiting(states: Iterable[queries.RoomState]) -> tuple[list[queries.RoomState], list[queries.RoomState]]:
    """The rooms where people are served, and the waiting areas."""
    listed = list(states)
    waiting = [item for item in listed if item.room.kind == RoomKind.WAITING]
    return [item for item in listed if item.room.kind == RoomKind.SERVICE], waiting


# --- without an appointment ---------------------------------------------------------------------------------------------

def walk_in_refusal(office: Office, procedure: Procedure, purpose: str, on: date) -> Refused | None:
    """Why nobody without an appointment may be taken here for this on a day: what holds for everybody, and a letter by which the
    counter serves only people with an appointment (Cà Mau 1; not urgent procedures, Vĩnh Phúc 2)."""
    refusal = eligibility.service_refusal(office, procedure, purpose) or eligibility.day_refusal(office, procedure, purpose, on)
    if refusal is not None:
        return refusal
    rules = rules_for(office=office, procedure=procedure, on=on)
    rule = rules.get(RuleKind.APPOINTMENT_ONLY)
    if rule is None or (procedure.urgent and rules.has(RuleKind.URGENT_SERVED)):
        return None
    sentence = _("Theo %(clause)s văn bản số %(number)s, chỉ tiếp nhận trực tiếp người có lịch hẹn. Vui lòng đặt lịch, nộp trực "
                 "tuyến hoặc qua bưu chính.") % rule.source
    return Refused("appointment_needed", sentence, directive=rule.source)


def running_slots(office: Office, moment: datetime) -> list[Slot]:
    """The slots that whoever comes at a moment can be taken into: those that run, the emptiest first, then the next ones within
    EARLY_MINUTES."""
    until = moment + timedelta(minutes=settings.EARLY_MINUTES)
    rows = Slot.objects.filter(session__office=office, session__date=clock.local(moment).date(), session__state=OpenState.OPEN,
                               state=OpenState.OPEN, ends_at__gt=moment, starts_at__lte=until)
    found = list(rows.select_related("session", "room").order_by("starts_at", "pk")[:8])
    return sorted(found, key=lambda slot: (slot.starts_at > moment, slot.starts_at, slot.held + slot.booked))


def session_at(office: Office, moment: datetime) -> Session | None:
    """The session that runs, else the next one, else the last there was."""
    rows = Session.objects.filter(office=office)
    return rows.filter(ends_at__gt=moment).order_by("starts_at").first() or rows.order_by("-starts_at").first()


def proposals(office: Office, procedure: Procedure, purpose: str, *, people: int = 1, dossiers: int = 1, limit: int = 6) -> list[Slot]:
    """The next free places for one press: the soonest ones, at most PER_SESSION of a buổi, by the same rule as the confirmation."""
    if eligibility.service_refusal(office, procedure, purpose) is not None:
        return []
    today = clock.today()
    refusals = eligibility.day_refusals(office, procedure, purpose, today, eligibility.last_bookable_day(today))
    days = [day for day, refusal in refusals.items() if refusal is None]
    rows = queries.open_slots(people, dossiers, urgent=procedure.urgent).filter(session__office=office, session__date__in=days)
    return _spread(rows.select_related("session").order_by("starts_at", "pk")[:LOOKED_AT], limit)


def _spread(slots: Iterable[Slot], limit: int) -> list[Slot]:
    chosen: list[Slot] = []
    for slot in slots:
        if sum(item.session_id == slot.session_id for item in chosen) < PER_SESSION:
            chosen.append(slot)
        if len(chosen) == limit:
            break
    return chosen
