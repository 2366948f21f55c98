"""Sessions and slots as rows, made ahead and fitted to what hours, roster, rooms, declared numbers and letters allow now."""
import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import transaction

from bookings import plans
from bookings.models import QueueCounter, Session, Slot
from bookings.plans import Key, Plan, RoomDays, SlotRow
from bookings.services import counters
from onestop import clock
from onestop.offices.models import Office
from onestop.patience import patiently
from onestop.transitions import Refused

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Generated:
    """What a run added or changed."""

    sessions: int = 0
    slots: int = 0
    changed: int = 0


@dataclass(frozen=True)
class _SessionRow:
    pk: int
    day: date
    part: str
    starts_at: datetime
    ends_at: datetime
    capacity: int
    urgent: int
    special: bool


@dataclass(frozen=True)
class _SlotRow(SlotRow):
    session_id: int
    room_id: int
    capacity: int
    urgent: int


@dataclass(frozen=True)
class _Limit:
    """What one slot should become; `people` 0 where it takes nobody any more."""

    row: _SlotRow
    people: plans.People
    ends_at: datetime


def generate(*, office: Office, first: date, days: int) -> Generated:
    """Make the sessions and slots of `days` days from `first`, and fit those that exist to what holds now.

    Doing it again changes nothing. Nobody who holds or booked a place loses it: where a limit falls below them, they stay
    counted in `extra`, and nobody new comes in. A buổi that is no longer held (a new day off, a closed room) takes nobody more,
    and takes them again once it is. A special session keeps its hours and its number; its rooms follow the roster like all.
    """
    if days <= 0:
        return Generated()
    plan = plans.plan_of(office, first, first + timedelta(days=days - 1))
    made = _add_sessions(plan)
    sessions = _sessions(plan)
    slots = _slots(sessions.values())
    limits, missing = _wanted(plan, sessions, slots)
    _add_slots(missing)
    changed = _fit_slots(limits) + _fit_sessions(plan, sessions)
    return Generated(made, len(missing), changed)


def generate_all() -> int:
    """Keep BOOKING_DAYS_AHEAD days of every office that exists; gives how many slots were added.

    An office whose rows somebody else keeps busy waits for the next run.
    """
    today, added = clock.today(), 0
    for office in Office.objects.active_on(today):
        try:
            added += generate(office=office, first=today, days=settings.BOOKING_DAYS_AHEAD + 1).slots
        except Refused as refusal:
            log.warning("sessions of %s wait for the next run: %s", office.code, refusal.code)
    return added


# --- what is missing ----------------------------------------------------------------------------------------------------

def _add_sessions(plan: Plan) -> int:
    """Insert the buổi that are missing; two runs at once add each one once (unique in the database)."""
    have = set(Session.objects.filter(office=plan.office, date__range=(plan.first, plan.last)).values_list("date", "part"))
    missing = [item for key, item in plan.parts.items() if key not in have]
    if missing:
        with transaction.atomic():
            Session.objects.bulk_create([
                Session(office=plan.office, date=item.day, part=item.part, starts_at=item.opens, ends_at=item.closes,
                        capacity=item.dossiers, urgent_only=item.urgent) for item in missing], ignore_conflicts=True)
            QueueCounter.objects.bulk_create([QueueCounter(office=plan.office, date=day) for day in sorted({item.day for item in missing})],
                                             ignore_conflicts=True)
    return len(missing)


def _add_slots(missing: list[Slot]) -> None:
    Slot.objects.bulk_create(missing, ignore_conflicts=True, batch_size=500)


def _sessions(plan: Plan) -> dict[Key, _SessionRow]:
    rows = Session.objects.filter(office=plan.office, date__range=(plan.first, plan.last)).order_by("pk")
    found = [_SessionRow(*facts) for facts in rows.values_list(
        "pk", "date", "part", "starts_at", "ends_at", "capacity", "urgent_only", "special")]
    return {(row.day, row.part): row for row in found}


def _slots(sessions: Iterable[_SessionRow]) -> dict[tuple[int, int], list[_SlotRow]]:
    """{(session, room): its slots}."""
    answer: dict[tuple[int, int], list[_SlotRow]] = {}
    rows = Slot.objects.filter(session__in=[row.pk for row in sessions]).order_by("pk").values_list(
        "pk", "starts_at", "ends_at", "held", "booked", "capacity", "session_id", "room_id", "urgent_only")
    for pk, starts_at, ends_at, held, booked, capacity, session_id, room_id, urgent in rows:
        row = _SlotRow(pk, starts_at, ends_at, held + booked > 0, capacity > 0, session_id, room_id, capacity, urgent)
        answer.setdefault((session_id, room_id), []).append(row)
    return answer


# --- what each slot should be --------------------------------------------------------------------------------------------

def _wanted(plan: Plan, sessions: dict[Key, _SessionRow], slots: dict[tuple[int, int], list[_SlotRow]]) -> tuple[list[_Limit], list[Slot]]:
    """The limit of every slot that exists, and the slots that are missing."""
    rooms = {item.room.pk: item for item in plan.rooms}
    limits: list[_Limit] = []
    missing: list[Slot] = []
    for key, session in sessions.items():
        part = None if session.special else plan.parts.get(key)
        for room_id in {room for pk, room in slots if pk == session.pk} | set(rooms if part else ()):
            rows, room = slots.get((session.pk, room_id), []), rooms.get(room_id)
            if room is None or (part is None and not session.special):
                limits += [_Limit(row, plans.People.nobody(), row.ends_at) for row in rows]
            elif part is None:
                limits += [_Limit(row, room.people(*key), row.ends_at) for row in rows]
            else:
                cut = plans.recut(rows, part.grid, part.opens, part.closes)
                limits += _cut(rows, cut, room.people(*key))
                missing += _missing(session, room, cut)
    return limits, missing


def _cut(rows: list[_SlotRow], cut: plans.Cut, people: plans.People) -> Iterator[_Limit]:
    for row in rows:
        if row.pk in cut.serving:
            yield _Limit(row, people, cut.serving[row.pk])
        else:
            yield _Limit(row, plans.People.nobody(), row.ends_at)


def _missing(session: _SessionRow, room: RoomDays, cut: plans.Cut) -> list[Slot]:
    if room.closed_on(session.day):
        return []
    people = room.people(session.day, session.part)
    return [Slot(session_id=session.pk, room=room.room, starts_at=starts_at, ends_at=ends_at, capacity=people.most,
                 urgent_only=people.urgent) for starts_at, ends_at in cut.missing]


# --- bringing rows there: slots before sessions, each by key, one short UPDATE a row --------------------------------------

def _fit_slots(limits: list[_Limit]) -> int:
    now, changed = clock.now(), 0
    for limit in sorted(limits, key=lambda item: item.row.pk):
        row = limit.row
        if row.ends_at > now and (row.capacity, row.urgent, row.ends_at) != (limit.people.most, limit.people.urgent, limit.ends_at):
            changed += _fit_slot(limit)
    return changed


@patiently
@transaction.atomic
def _fit_slot(limit: _Limit) -> int:
    row = limit.row
    if row.ends_at != limit.ends_at and Slot.objects.filter(pk=row.pk, held=0, booked=0).update(ends_at=limit.ends_at) != 1:
        return 0  # taken this very moment: it keeps its time, and the next run sees it
    return counters.lower(Slot, row.pk, limit.people.most, limit.people.urgent)


def _fit_sessions(plan: Plan, sessions: dict[Key, _SessionRow]) -> int:
    """Declared numbers and hours of the buổi still to come."""
    now, changed = clock.now(), 0
    for key, row in sorted(sessions.items(), key=lambda item: item[1].pk):
        part = plan.parts.get(key)
        if part is None or row.special or max(row.ends_at, part.closes) <= now:
            continue
        if (row.capacity, row.urgent) != (part.dossiers, part.urgent):
            changed += counters.lower(Session, row.pk, part.dossiers, part.urgent)
        if (row.starts_at, row.ends_at) != (part.opens, part.closes):
            changed += _retime(row.pk, part)
    return changed


@patiently
def _retime(session_id: int, part: plans.Part) -> int:
    return Session.objects.filter(pk=session_id).update(starts_at=part.opens, ends_at=part.closes)
