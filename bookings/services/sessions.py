"""Sessions and slots as rows, made ahead from opening hours, calendar, closures, roster and letters; and their limits."""
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.db.models.functions import Greatest
from django.utils.translation import gettext_lazy as _

from bookings import policies, refusals
from bookings.models import Hold, QueueCounter, Session, SessionEvent, Slot
from bookings.services import rooms
from bookings.services.holds import expire_holds
from bookings.states import OpenState
from onestop import clock
from onestop.directives.rules import Rules, rules_between
from onestop.directives.states import RuleKind
from onestop.offices.models import Office, OpeningHours, Room
from onestop.offices.queries import officers_by_part, openings
from onestop.offices.states import RoomKind
from onestop.patience import patiently
from onestop.people.models import User
from onestop.people.words import clean
from onestop.transitions import Refused

# Places of a slot that no appointment may take, for walk-ins or urgent procedures; an installation starts without any.
RESERVED_PEOPLE = 0


@dataclass(frozen=True)
class Generated:
    """What a run added or changed."""

    sessions: int = 0
    slots: int = 0
    changed: int = 0


@dataclass(frozen=True)
class _Plan:
    """One slot as it should be."""

    day: date
    hours: OpeningHours
    room: Room
    starts_at: datetime
    ends_at: datetime
    people: int

    @property
    def session_key(self) -> tuple[date, str]:
        return self.day, self.hours.part


def _moment(day: date, at: time) -> datetime:
    return clock.at(day, at.hour, at.minute)


def slot_times(day: date, hours: OpeningHours) -> list[tuple[datetime, datetime]]:
    """The buổi cut into đợt of slot_minutes; a rest too short for a whole one is left out. Pure."""
    opens, closes = _moment(day, hours.opens), _moment(day, hours.closes)
    length = timedelta(minutes=max(hours.slot_minutes, 1))
    count = (closes - opens) // length
    return [(opens + index * length, opens + (index + 1) * length) for index in range(count)] or [(opens, closes)]


def generate(*, office: Office, first: date, days: int) -> Generated:
    """Make the sessions and slots of `days` days from `first`, and fit the slots that exist to today's roster and letters.

    Doing it again changes nothing. What is held or booked is never touched: a slot's people never fall below it, a
    session's declared number is left as it is, and slots are only added to sessions of a room that has none. A buổi that is
    no longer held (a new day off, a closed room) takes nobody more, and takes them again once it is.
    """
    if days <= 0:
        return Generated()
    last = first + timedelta(days=days - 1)
    plans = list(_plans(office, first, last))
    made_sessions, made_slots = _add_rows(office, plans) if plans else (0, 0)
    return Generated(made_sessions, made_slots, _fit_slots(office, plans, first, last))


def generate_all() -> int:
    """Keep BOOKING_DAYS_AHEAD days of every office that exists; gives how many slots were added."""
    today = clock.today()
    offices = Office.objects.active_on(today)
    return sum(generate(office=office, first=today, days=settings.BOOKING_DAYS_AHEAD + 1).slots for office in offices)


def _plans(office: Office, first: date, last: date) -> Iterator[_Plan]:
    """Every slot of the span as it should be. A fixed number of queries, plus one for each room.

    A closed office has places too where a letter has urgent procedures served (Vĩnh Phúc 2); eligibility keeps the others away.
    """
    rules = rules_between(office=office, first=first, last=last)
    urgent = {day for day, in_force in rules.items() if in_force.has(RuleKind.URGENT_SERVED)}
    hours_by_day = openings(office=office, first=first, last=last, although_closed=urgent)
    shut = [item for item in office.closures.all() if item.room_id is not None]
    for room in office.rooms.filter(kind=RoomKind.SERVICE):
        officers = officers_by_part(room=room, first=first, last=last)
        for day, hours_of_day in hours_by_day.items():
            if any(item.room_id == room.pk and item.starts_on <= day <= (item.ends_on or day) for item in shut):
                continue
            for hours in hours_of_day:
                people = _people(room, rules[day], officers.get((day, hours.part), 0))
                yield from (_Plan(day, hours, room, start, end, people) for start, end in slot_times(day, hours))


def _people(room: Room, rules: Rules, officers: int) -> int:
    """People who may come at one time: the room's cap or the letter's, less officers on duty and places kept free."""
    return max(rooms.cap_of(room, rules) - officers - RESERVED_PEOPLE, 0)


@transaction.atomic
def _add_rows(office: Office, plans: list[_Plan]) -> tuple[int, int]:
    """Insert what is missing; two runs at once add each row once (unique in the database)."""
    have = _sessions(office, plans)
    wanted = {plan.session_key: plan for plan in plans}
    missing = [plan for key, plan in wanted.items() if key not in have]
    Session.objects.bulk_create([
        Session(office=office, date=plan.day, part=plan.hours.part, starts_at=_moment(plan.day, plan.hours.opens),
                ends_at=_moment(plan.day, plan.hours.closes), capacity=plan.hours.max_dossiers) for plan in missing],
        ignore_conflicts=True)
    QueueCounter.objects.bulk_create([QueueCounter(office=office, date=day) for day in sorted({plan.day for plan in missing})],
                                     ignore_conflicts=True)
    sessions = _sessions(office, plans) if missing else have
    slotted = set(Slot.objects.filter(session__in=list(sessions.values())).values_list("session_id", "room_id").distinct())
    slots = [Slot(session_id=sessions[plan.session_key], room=plan.room, starts_at=plan.starts_at, ends_at=plan.ends_at,
                  capacity=plan.people)
             for plan in plans if (sessions[plan.session_key], plan.room.pk) not in slotted]
    Slot.objects.bulk_create(slots, ignore_conflicts=True, batch_size=500)
    return len(missing), len(slots)


def _sessions(office: Office, plans: list[_Plan]) -> dict[tuple[date, str], int]:
    rows = Session.objects.filter(office=office, date__range=(plans[0].day, max(plan.day for plan in plans)))
    return {(day, part): pk for day, part, pk in rows.values_list("date", "part", "pk")}


def _fit_slots(office: Office, plans: list[_Plan], first: date, last: date) -> int:
    """Bring the people of existing slots to the plan, never below what is held and booked; one short UPDATE each.

    Of a buổi with other hours than its slots were made for, slots that are not in the plan stay as they are.
    """
    wanted = {(plan.room.pk, plan.starts_at): plan.people for plan in plans}
    planned = {(plan.room.pk, *plan.session_key) for plan in plans}
    rows = Slot.objects.filter(session__office=office, session__date__range=(first, last), ends_at__gt=clock.now()).order_by("pk")
    changed = 0
    for pk, room_id, day, part, starts_at, capacity, taken in rows.values_list(
            "pk", "room_id", "session__date", "session__part", "starts_at", "capacity", F("held") + F("booked") - F("extra")):
        people = wanted.get((room_id, starts_at), None if (room_id, day, part) in planned else 0)
        if people is not None and max(people, taken) != capacity:
            changed += _fit(pk, people)
    return changed


@patiently
def _fit(slot_id: int, people: int) -> int:
    return Slot.objects.filter(pk=slot_id).update(capacity=Greatest(people, F("held") + F("booked") - F("extra")))


def set_capacity(*, actor: User, session: Session, capacity: int, reason: str) -> Session:
    """Declare the most dossiers of a session. Raises Refused('strands', 409), naming how many, below what is held and booked."""
    if not policies.can_set_limits(actor, session):
        raise refusals.not_allowed()
    if not 0 <= capacity <= 10_000 or not clean(reason):
        raise Refused("invalid_capacity", _("Vui lòng ghi số hồ sơ từ 0 đến 10000 và lý do thay đổi."))
    expire_holds(Hold.objects.filter(slot__session=session))  # in transactions of their own: they lock slots before the session
    return _declare(actor=actor, session=session, capacity=capacity, reason=clean(reason))


@patiently
@transaction.atomic
def _declare(*, actor: User, session: Session, capacity: int, reason: str) -> Session:
    before = session.capacity
    row = Session.objects.filter(pk=session.pk, held__lte=capacity - F("booked"))
    changed = row.update(capacity=capacity, extra=0)
    session.refresh_from_db()
    if changed != 1:
        raise Refused("strands", _("Buổi này đã có %(taken)s hồ sơ được đặt hoặc đang giữ chỗ, không thể giảm xuống %(capacity)s.") % {
            "taken": session.held + session.booked, "capacity": capacity}, status=409)
    SessionEvent.objects.create(subject=session, actor=actor, verb="set_capacity", from_state=session.state, to_state=session.state,
                                reason=reason, data={"before": before, "after": capacity})
    return session


@patiently
@transaction.atomic
def set_state(*, actor: User, session: Session, state: str, reason: str, slot: Slot | None = None) -> Session:
    """Open or close a session, or one slot of it, for new bookings; what is booked stays and is counted in the event."""
    if not policies.can_set_limits(actor, session):
        raise refusals.not_allowed()
    if state not in OpenState.values or not clean(reason):
        raise Refused("invalid_state", _("Vui lòng chọn mở hoặc đóng và ghi lý do."))
    thing: Session | Slot = slot if slot is not None else session
    row = (Slot.objects.filter(pk=slot.pk, session=session) if slot is not None else Session.objects.filter(pk=session.pk))
    if row.exclude(state=state).update(state=state) == 1:
        thing.refresh_from_db()
        SessionEvent.objects.create(
            subject=session, actor=actor, verb="set_state", from_state=_other(state), to_state=state, reason=clean(reason),
            data={"slot": slot.pk if slot is not None else None, "booked": thing.booked, "held": thing.held})
    return session


def _other(state: str) -> str:
    return OpenState.OPEN if state == OpenState.CLOSED else OpenState.CLOSED
