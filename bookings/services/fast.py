"""A sale in one statement (PostgreSQL). Many people want the same slot at the same second, and the slot's row is locked from the
first write to the commit: with everything in one statement no Python and no network runs in between, and a sale takes one
round trip instead of twenty.

It does what appointments.book does the ordinary way and nothing else: the same checks before, the same guarded counters in the
same order of locks (slot, session, queue counter, appointment), the same rows, which are made by the same functions. Whatever
is not a plain sale (holds, walk-ins, overbooking, a refusal that needs words) is left to the ordinary way, which decides anew.
tests/bookings/test_fast_and_ordinary_way_agree.py compares what both leave behind.
"""
from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache, cached_property
from threading import Lock
from types import NoneType
from typing import Any
from weakref import WeakKeyDictionary

from django.db import IntegrityError, InterfaceError, OperationalError, connection
from django.db.models import Field, Model

from bookings import eligibility, facts, persons, policies
from bookings.facts import Facts
from bookings.models import Appointment, AppointmentEvent, Session, Slot
from bookings.services import counters, noshow, telling
from bookings.services.orders import Booked, Order, booked_event, new_booking
from onestop import clock
from onestop.notify import services as notify
from onestop.notify.models import Message, MessageEvent
from onestop.patience import is_busy, patiently, too_busy

TRIES = 4  # lost races and changed stamps; then the ordinary way
LONGEST_WAIT = 3.0  # seconds, as lock_timeout
FULL_FOR = 1.0  # seconds for which a slot that was full is first looked at, without making any rows

# Read without a lock: who finds no room here is refused, and holds nobody up. The stamp says whether the rules by which the
# order was checked are still those in force; `today` is how often this phone booked today (persons.most_a_day; 0: no limit),
# `missed` how often this person stayed away (persons.most_missed; 0: the day is near enough for everybody).
SEEN = """
    SELECT s.state AS slot_state, s.capacity AS slot_capacity, s.held AS slot_held, s.booked AS slot_booked,
           s.urgent_only AS slot_urgent_only, e.state, e.capacity, e.held, e.booked, e.urgent_only,
           coalesce((SELECT value::text FROM directives_stamp LIMIT 1), '') AS stamp,
           CASE WHEN :most_a_day = 0 THEN 0 ELSE (
               SELECT count(*) FROM bookings_appointment
               WHERE phone = :phone AND created_at >= :midnight AND booked_by_id IS NULL) END AS today,
           CASE WHEN :most_missed = 0 THEN 0 ELSE (
               SELECT count(*) FROM bookings_appointment
               WHERE person_key = :person_key AND state = 'no_show' AND queue_date >= :missed_since) END AS missed
    FROM bookings_slot s JOIN bookings_session e ON e.id = s.session_id
    WHERE s.id = :slot AND s.starts_at = :starts_at AND e.date = :day AND e.office_id = :office
"""
SALE = """
WITH seen AS MATERIALIZED ({seen}),
-- The guard: both rows are locked, slot before session, and only if they still have room once they are ours (PostgreSQL looks
-- at the condition again after waiting). `extra` is never sold, and the last urgent_only places only to urgent procedures.
place AS MATERIALIZED (
    SELECT s.id AS slot_id, e.id AS session_id
    FROM bookings_slot s JOIN bookings_session e ON e.id = s.session_id
    WHERE s.id = :slot AND s.state = 'open' AND e.state = 'open'
      AND s.held + s.booked + :people <= s.capacity - CASE WHEN :urgent THEN 0 ELSE s.urgent_only END
      AND e.held + e.booked + :dossiers <= e.capacity - CASE WHEN :urgent THEN 0 ELSE e.urgent_only END
      AND (SELECT stamp = :stamp AND (:most_a_day = 0 OR today < :most_a_day)
                  AND (:most_missed = 0 OR missed < :most_missed) FROM seen)
    FOR NO KEY UPDATE OF s, e
),
slot AS (UPDATE bookings_slot SET booked = booked + :people FROM place WHERE bookings_slot.id = place.slot_id),
session AS (UPDATE bookings_session SET booked = booked + :dossiers FROM place WHERE bookings_session.id = place.session_id),
-- Gapless: the counter's row stays locked until the commit, and a booking that fails gives its number back.
number AS (
    INSERT INTO bookings_queuecounter (office_id, date, last) SELECT :office, :day, 1 FROM place
    ON CONFLICT (office_id, date) DO UPDATE SET last = bookings_queuecounter.last + 1
    RETURNING last
),
appointment AS (
    INSERT INTO bookings_appointment ({appointment_columns}) SELECT {appointment_values} FROM number
    RETURNING id, queue_number
),
event AS (INSERT INTO bookings_appointmentevent ({event_columns}) SELECT {event_values} FROM appointment),
message AS (
    INSERT INTO notify_message ({message_columns}) SELECT {message_values} FROM appointment
    RETURNING id
),
noted AS (INSERT INTO notify_messageevent ({noted_columns}) SELECT {noted_values} FROM message)
SELECT seen.*, (SELECT id FROM appointment), (SELECT queue_number FROM appointment), (SELECT id FROM message) FROM seen
"""
# What only the statement knows: numbers and keys that are given while it runs.
GIVEN = {
    ("appointment", "queue_number"): "number.last",
    ("event", "subject_id"): "appointment.id",
    ("event", "data"): "jsonb_set(:event_data, '{queue_number}', to_jsonb(appointment.queue_number))",
    ("message", "event_key"): "'appointment:' || appointment.id || ':booked'",
    ("message", "body"): f"replace(:message_body, '{telling.NUMBER}', appointment.queue_number::text)",
    ("noted", "subject_id"): "message.id",
}
MODELS: dict[str, type[Model]] = {"appointment": Appointment, "event": AppointmentEvent, "message": Message, "noted": MessageEvent}
TYPES = {
    "slot": "bigint", "office": "bigint", "starts_at": "timestamptz", "day": "date", "phone": "text", "midnight": "timestamptz",
    "most_a_day": "integer", "most_missed": "integer", "person_key": "text", "missed_since": "date",
    "people": "integer", "dossiers": "integer", "urgent": "boolean", "stamp": "text",
}


@dataclass(frozen=True)
class Seen:
    """What the statement saw, and what it sold (None: nothing)."""

    counters: tuple[Any, ...]  # as in SEEN: five columns of the slot, five of its session
    stamp: str
    today: int
    missed: int
    appointment: int | None = None
    number: int = 0
    message: int | None = None

    @cached_property
    def slot(self) -> Slot:
        """Slot and session as far as the rules of room and size look at them."""
        state, capacity, held, booked, kept, of_session, most, in_holds, sold, session_kept = self.counters
        session = Session(state=of_session, capacity=most, held=in_holds, booked=sold, urgent_only=session_kept)
        return Slot(session=session, state=state, capacity=capacity, held=held, booked=booked, urgent_only=kept)


@dataclass(frozen=True)
class Statement:
    """A statement prepared once for each connection: planning it costs more than running it."""

    name: str
    text: str
    fields: tuple[str, ...]  # in the order of its parameters


# --- selling ------------------------------------------------------------------------------------------------------

def sell(order_of: Callable[[Facts], Order | None]) -> Booked | None:
    """The booking of an order, made from remembered facts; None where the ordinary way has to decide.

    Raises Refused: 'slot_full', 'session_full', 'closed', 'already_booked' 409; 'busy' 503.
    """
    if not facts.may_remember():
        return None
    for _try in range(TRIES):
        known = facts.latest()
        order = order_of(known) if known.stamp else None
        if order is None or not _allowed(order, known):
            return None
        sold = _sold(order, known)
        if isinstance(sold, Booked):
            return sold
        if sold is None:
            return None
        if sold.stamp == known.stamp:
            _refuse(order, sold)
            return None
        facts.look_again()
    return None


def _allowed(order: Order, known: Facts) -> bool:
    """Whether no rule stands against the order. Any rule that does is told by the ordinary way, from fresh rows."""
    office, procedure, day = order.slot.session.office, order.procedure, order.slot.session.date
    return (order.places.people > 0 and order.places.dossiers > 0
            and eligibility.service_refusal(office, procedure, order.purpose) is None
            and eligibility.time_refusal(order.slot.starts_at, clock.now()) is None
            and known.day_refusal(office, procedure, order.purpose, day) is None
            and policies.can_book(order.actor, office, order.channel))


def _refuse(order: Order, seen: Seen) -> None:
    """Refuse for want of room, by the rule of the ordinary way. Returns where that way must look: the size, the phone's limit,
    or places that are held, whose holds may have expired."""
    places, most, most_missed = order.places, _most_a_day(order), _most_missed(order)
    if seen.slot.held or seen.slot.session.held or (most and seen.today >= most) or (most_missed and seen.missed >= most_missed):
        return
    if eligibility.size_refusal(seen.slot, places.people, places.dossiers) is not None:
        return
    refusal = eligibility.room_refusal(seen.slot, places.people, places.dossiers, urgent=order.procedure.urgent)
    if refusal is not None:
        _full[places.slot_id] = time.monotonic()
        raise refusal


@patiently
def _sold(order: Order, known: Facts) -> Booked | Seen | None:
    """Run the statement once or, after a lost race, again; None if the slot is no longer what is remembered."""
    values = _values_of(order, known)
    if time.monotonic() - _full.get(order.places.slot_id, 0.0) < FULL_FOR:
        seen = _run(_look(), values)
        if seen is None or seen.stamp != known.stamp or _has_no_room(order, seen):
            return seen
        _full.pop(order.places.slot_id, None)
    booked = new_booking(order, 0)
    rows = _rows_of(order, booked.appointment, known)
    if rows is None:
        return None
    with _turn(order.places.slot_id):
        seen = _run(_sale(), values | rows)
    if seen is None or seen.appointment is None:
        return seen
    appointment = booked.appointment
    appointment.pk, appointment.queue_number = seen.appointment, seen.number
    appointment._state.adding, appointment._state.db = False, connection.alias
    if seen.message is not None:
        notify.written(seen.message)
    return booked


_turns = [Lock() for _ in range(64)]


@contextmanager
def _turn(slot_id: int) -> Iterator[None]:
    """Threads of one process that want the same slot queue here: in the database they would queue on its row, with a connection
    and a lot of its CPU each (1.1 instead of 0.7 ms a sale with four threads). Raises Refused('busy', 503) after the time
    that the database would wait."""
    lock = _turns[slot_id % len(_turns)]
    if not lock.acquire(timeout=LONGEST_WAIT):
        raise too_busy()
    try:
        yield
    finally:
        lock.release()


_full: dict[int, float] = {}  # slot: when this process last refused it


def _has_no_room(order: Order, seen: Seen) -> bool:
    places = order.places
    return eligibility.room_refusal(seen.slot, places.people, places.dossiers, urgent=order.procedure.urgent) is not None


def _most_a_day(order: Order) -> int:
    return 0 if order.group is not None else persons.most_a_day(order.channel, order.actor)


def _most_missed(order: Order) -> int:
    return 0 if order.group is not None else persons.most_missed(order.slot.session.date, order.channel, order.actor)


# --- from rows to parameters --------------------------------------------------------------------------------------

def _values_of(order: Order, known: Facts) -> dict[str, Any]:
    session = order.slot.session
    return {
        "slot": order.slot.pk, "office": session.office_id, "starts_at": order.slot.starts_at, "day": session.date,
        "phone": order.applicant.phone, "midnight": clock.at(clock.today()), "stamp": known.stamp,
        "most_a_day": _most_a_day(order), "most_missed": _most_missed(order), "person_key": order.applicant.key[:160],
        "missed_since": noshow.counted_since(), "people": order.places.people,
        "dossiers": order.places.dossiers, "urgent": order.procedure.urgent,
    }


def _rows_of(order: Order, appointment: Appointment, known: Facts) -> dict[str, Any] | None:
    """The columns of the four rows by parameter; None where no channel reaches the person, so that there is no message."""
    message = telling.draft(appointment, "booked", "appointment_booked", known.texts)
    if message is None:
        return None
    rows = {"appointment": appointment, "event": booked_event(order, appointment), "message": message,
            "noted": notify.created(message)}
    return {f"{name}_{field.column}": _prepared(field, getattr(row, field.attname))
            for name, row in rows.items() for field in _fields(name)}


PLAIN = frozenset({str, int, bool, NoneType, datetime, date})  # the driver writes these as the field would


def _prepared(field: Field[Any, Any], value: Any) -> Any:
    return value if type(value) in PLAIN else field.get_db_prep_save(value, connection)


@cache
def _fields(name: str) -> tuple[Field[Any, Any], ...]:
    return tuple(field for field in MODELS[name]._meta.concrete_fields if not field.primary_key)


# --- from text to statement ---------------------------------------------------------------------------------------

@cache
def _look() -> Statement:
    return _statement("onestop_look", SEEN)


@cache
def _sale() -> Statement:
    parts = {"seen": SEEN}
    for name in MODELS:
        columns = [field.column for field in _fields(name)]
        parts[f"{name}_columns"] = ", ".join(f'"{column}"' for column in columns)
        parts[f"{name}_values"] = ", ".join(GIVEN.get((name, str(column)), f":{name}_{column}") for column in columns)
    return _statement("onestop_sale", SALE.format(**parts))


def _statement(name: str, text: str) -> Statement:
    """The text with numbered parameters of known types, as PREPARE wants it."""
    types = TYPES | {f"{part}_{field.column}": str(field.db_type(connection)) for part in MODELS for field in _fields(part)}
    fields = tuple(dict.fromkeys(re.findall(r"(?<![:']):(\w+)", text)))
    numbered = re.sub(r"(?<![:']):(\w+)", lambda found: f"${fields.index(found[1]) + 1}", text)
    return Statement(name, f"PREPARE {name} ({', '.join(types[field] for field in fields)}) AS {numbered}", fields)


_links: WeakKeyDictionary[Any, dict[str, float]] = WeakKeyDictionary()  # connection: {statement: when it last answered}


def _run(statement: Statement, values: dict[str, Any]) -> Seen | None:
    """Execute and read the one row. None: no such slot, or the connection was lost and the ordinary way makes another."""
    prepared = _links.get(connection.connection, {}) if connection.connection is not None else {}
    if time.monotonic() - max(prepared.values(), default=0.0) < 1:
        # It answered a moment ago: Django need not ask it whether it is alive.
        connection.health_check_done = True  # type: ignore[attr-defined]
    try:
        with connection.cursor() as cursor:
            prepared = _links.setdefault(connection.connection, {})
            if statement.name not in prepared:
                cursor.execute(statement.text)
                prepared[statement.name] = 0.0  # the connection keeps it, even if its first run is refused or loses a race
            marks = ", ".join(["%s"] * len(statement.fields))
            cursor.execute(f"EXECUTE {statement.name} ({marks})", [values[field] for field in statement.fields])
            row = cursor.fetchone()
    except IntegrityError as error:
        counters.raise_as_refusal(error)
        raise
    except (OperationalError, InterfaceError) as error:
        if isinstance(error, OperationalError) and is_busy(error):
            raise
        connection.close()
        return None
    prepared[statement.name] = time.monotonic()
    return _seen(row) if row is not None else None


SOLD = 16  # columns of a row that tells of a sale too


def _seen(row: tuple[Any, ...]) -> Seen:
    *counters_seen, stamp, today, missed, appointment, number, message = row if len(row) == SOLD else (*row, None, None, None)
    return Seen(tuple(counters_seen), stamp, today, missed, appointment, number or 0, message)
