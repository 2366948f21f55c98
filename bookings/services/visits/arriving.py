"""Coming: check-in with the health check, straight into the room or to wait; refused entry, with another time in the same step."""
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from bookings import health as checklist
from bookings import lines, refusals
from bookings.doorway import expected_from
from bookings.models import Appointment
from bookings.queries import here_now
from bookings.services import counters, moving, occupancy, queue, telling
from bookings.services.visit_steps import Who, change, fresh, may, seen_done, step_of, today_only
from bookings.services.visits import heads
from bookings.states import AppointmentState, Priority
from onestop.directives.rules import Rules, rules_for
from onestop.offices.models import Room
from onestop.patience import patiently
from onestop.people.models import User
from onestop.people.words import clean
from onestop.transitions import Refused

HERE = frozenset({AppointmentState.CHECKED_IN, AppointmentState.INSIDE})


@dataclass(frozen=True)
class Arrival:
    """What the guard notes: the answers of the health check, the priority group as checked (None: as told), whether the person
    may go straight in, how many came (None: as booked)."""

    health: Mapping[str, Any] | None = None
    priority: str | None = None
    straight: bool = False
    people: int | None = None


@seen_done(*HERE)
def check_in(*, actor: User | None, appointment: Appointment, health: Mapping[str, Any] | None = None, label: str = "",
             priority: str | None = None, straight: bool = False, people: int | None = None, at: datetime | None = None) -> Appointment:
    """Note that the person is here, today, at any hour; doing it twice changes nothing.

    Coming is always recorded, so nobody who came is ever a no-show, and gives a turn in the line. A place of the waiting area is
    taken where one is left (letter Thường Tín 5); else `room` stays empty: the person waits outside and keeps the turn, as does
    whoever comes more than EARLY_MINUTES too soon. `straight`: into the room at once where it is free and nobody is before them.
    `people`: how many came, companions included; fewer than booked give places back, more need places in the slot and the room.
    `at`: when it happened, told later because the line was down; the check on paper is not asked again.

    Raises Refused: 'wrong_day', 'health_check', 'too_many' 422; 'wrong_state', 'changed_meanwhile', 'already_booked',
    'too_many_came' 409; 'not_allowed' 403.
    """
    return arrive(appointment, Who(actor, label, at), Arrival(health, priority, straight, people))


@patiently
def arrive(appointment: Appointment, who: Who, arrival: Arrival) -> Appointment:
    """The check-in in a transaction of its own or the caller's."""
    try:
        with transaction.atomic():
            return _arrived(fresh(appointment), who, arrival)
    except IntegrityError as error:
        counters.raise_as_refusal(error)
        raise


def _arrived(row: Appointment, who: Who, arrival: Arrival) -> Appointment:
    may(row, who.actor)
    if row.state in HERE:
        return row
    done = step_of(row, "check_in", _("Lịch hẹn này đã xong hoặc đã hủy."))
    today_only(row, who)
    rules = rules_for(office=row.office, on=row.queue_date)
    answers = _checked(rules, who, arrival)
    group = row.priority if arrival.priority is None else arrival.priority
    if group and group not in Priority.values:
        raise refusals.unknown_priority()
    noted: dict[str, Any] = {} if group == row.priority else {"priority": group, "priority_before": row.priority}
    noted |= heads.counted(row, arrival.people, rules)
    row.priority = group
    into = _straight_into(row, who, rules) if arrival.straight else None
    place = None if into is not None else _waits_in(row, who, rules)
    change(row, done, who, data=noted, health=answers, priority=group, people=row.people, checked_in_at=who.moment, room=place)
    if who.lives:
        queue.join(row, actor=who.actor, label=who.label)
    if into is not None:
        change(row, step_of(row, "enter", ""), who, room=into, entered_at=who.moment)
    telling.forget_reminders(row)
    return row


def _checked(rules: Rules, who: Who, arrival: Arrival) -> dict[str, bool]:
    """The answers to keep. Raises Refused('health_check') where a letter asks and not all is well."""
    items = checklist.items(rules)
    refusal = checklist.refusal(rules, arrival.health) if who.at is None else None
    if refusal is not None:
        raise refusal
    asked = items or checklist.ALL
    return {item: bool(arrival.health.get(item)) for item in asked if item in arrival.health} if arrival.health else {}


def _straight_into(row: Appointment, who: Who, rules: Rules) -> Room | None:
    """The room, with its places taken, if it is free and nobody in the line comes before this person."""
    if not who.lives or who.moment < expected_from(row):
        return None
    before = lines.in_order([*here_now(row.office, row.queue_date), row])
    room = row.slot.room
    return room if before[0][0].pk == row.pk and occupancy.take(room, row.people, rules) else None


def _waits_in(row: Appointment, who: Who, rules: Rules) -> Room | None:
    if not who.lives or who.moment < expected_from(row):
        return None
    return occupancy.wait(row, rules)


@patiently
@transaction.atomic
def seat(*, actor: User | None, appointment: Appointment, label: str = "") -> Appointment:
    """From outside into the waiting area; twice changes nothing. Raises Refused('waiting_full' | 'wrong_state', 409)."""
    row = fresh(appointment)
    may(row, actor)
    done = step_of(row, "seat", _("Người này không ở trạng thái đang chờ."))
    if row.room_id is not None:
        return row
    who = Who(actor, label)
    today_only(row, who)
    place = occupancy.wait(row, rules_for(office=row.office, on=row.queue_date))
    if place is None:
        raise Refused("waiting_full", _("Khu vực chờ đã đủ người. Mời người này chờ bên ngoài, số thứ tự vẫn được giữ."), status=409)
    change(row, done, who, room=place)
    return row


@patiently
@transaction.atomic
def refuse_entry(*, actor: User | None, appointment: Appointment, reason: str, label: str = "", slot_id: int | None = None,
                 at: datetime | None = None) -> Appointment:
    """Record that the person may not enter today (letter Cà Mau 2); the place counts as used.

    With `slot_id` the visit is rebooked in the same step under the same code, and the person is told the new time; without, the
    message says how to book again. If that slot has no place any more, nothing is recorded: the guard offers another.

    Raises Refused: 'reason_needed', 'wrong_day' 422; 'wrong_state', 'changed_meanwhile' 409; with `slot_id` also like a move.
    """
    row, reason = fresh(appointment), clean(reason)[:500]
    may(row, actor)
    who = Who(actor, label, at)
    if row.state != AppointmentState.REFUSED_ENTRY:
        if slot_id is not None:
            counters.lock([row.slot_id, slot_id])  # before any room, as everywhere (see the package)
        _refused(row, who, reason, tell=slot_id is None)
    if slot_id is not None:
        return moving.reschedule(appointment=row, slot_id=slot_id, actor=actor, actor_label=label)
    return row


def _refused(row: Appointment, who: Who, reason: str, *, tell: bool) -> None:
    done = step_of(row, "refuse_entry", _("Lịch hẹn này không ở trạng thái chờ vào."))
    today_only(row, who)
    if not reason:
        raise Refused("reason_needed", _("Vui lòng ghi lý do chưa cho vào."), fields={"reason": [_("Vui lòng ghi lý do.")]})
    rule = checklist.rule(rules_for(office=row.office, on=row.queue_date))
    occupancy.give_back(row)
    change(row, done, who, reason=reason, legal_basis=f"{rule.number}, {rule.clause}" if rule is not None else "", room=None)
    queue.left(row, actor=who.actor, label=who.label)
    telling.forget_reminders(row)
    if tell:
        telling.tell_person(row, "refused_entry", "appointment_refused_entry", reason=reason)


def move(*, actor: User | None, appointment: Appointment, slot_id: int, label: str = "") -> Appointment:
    """Another time for whoever stands at the door and did not get in: too late, too early, refused. Raises Refused like a move."""
    may(fresh(appointment), actor)
    return moving.reschedule(appointment=appointment, slot_id=slot_id, actor=actor, actor_label=label)
