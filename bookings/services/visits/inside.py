"""Into the room and out again: a guarded counter, so that it never holds more than its cap, officers counted."""
from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from bookings.models import Appointment, RoomCount
from bookings.services import occupancy, queue
from bookings.services.visit_steps import Who, change, fresh, may, seen_done, step_of, today_only
from bookings.services.visits.arriving import Arrival, arrive
from bookings.states import AppointmentState
from onestop.directives.rules import rules_for
from onestop.offices.models import Room
from onestop.patience import patiently
from onestop.people.models import User
from onestop.transitions import Refused


@seen_done(AppointmentState.INSIDE, AppointmentState.DONE)
@patiently
@transaction.atomic
def enter(*, actor: User | None, appointment: Appointment, room: Room | None = None, label: str = "",
          at: datetime | None = None) -> Appointment:
    """Let a person who checked in into the room; their place in the waiting area is free again in the same transaction.

    Raises Refused('room_full', 409) rather than ever passing the cap; 'wrong_state', 'changed_meanwhile' 409; 'wrong_day',
    'other_office_room' 422; 'not_allowed' 403. Twice changes nothing.
    """
    row = fresh(appointment)
    may(row, actor)
    return _entered(row, Who(actor, label, at), room)


def _entered(row: Appointment, who: Who, room: Room | None = None) -> Appointment:
    if row.state == AppointmentState.INSIDE:
        return row
    done = step_of(row, "enter", _("Người này chưa được ghi nhận đã đến."))
    today_only(row, who)
    into = room or row.slot.room
    if into.office_id != row.office_id:
        raise _other_office()
    if who.lives:
        occupancy.enter(into, row.people, rules_for(office=row.office, on=row.queue_date))
    occupancy.give_back(row)
    change(row, done, who, room=into if who.lives else None, entered_at=who.moment)
    return row


@patiently
@transaction.atomic
def change_room(*, actor: User | None, appointment: Appointment, room: Room, label: str = "") -> Appointment:
    """From one service room into another one, for a counter there; the new place is taken before the old one is given back.

    Raises Refused: 'room_full', 'wrong_state', 'changed_meanwhile' 409; 'other_office_room' 422. Twice changes nothing.
    """
    row = fresh(appointment)
    may(row, actor)
    done = step_of(row, "change_room", _("Người này chưa vào phòng."))
    if row.room_id == room.pk:
        return row
    if room.office_id != row.office_id:
        raise _other_office()
    list(RoomCount.objects.select_for_update().filter(room__in=[room.pk, row.room_id]).order_by("pk").values_list("pk"))
    occupancy.enter(room, row.people, rules_for(office=row.office, on=row.queue_date))
    occupancy.give_back(row)
    change(row, done, Who(actor, label), data={"from_room": row.room_id}, room=room)
    return row


def _other_office() -> Refused:
    return Refused("other_office_room", _("Phòng này không thuộc đơn vị của lịch hẹn."))


@seen_done(AppointmentState.DONE)
@patiently
@transaction.atomic
def leave(*, actor: User | None, appointment: Appointment, label: str = "", at: datetime | None = None) -> Appointment:
    """The person has left the room; doing it twice changes nothing. Raises Refused('wrong_state' | 'changed_meanwhile', 409)."""
    row = fresh(appointment)
    may(row, actor)
    return _gone(row, Who(actor, label, at))


def _gone(row: Appointment, who: Who) -> Appointment:
    if row.state == AppointmentState.DONE:
        return row
    done = step_of(row, "leave", _("Người này chưa vào phòng."))
    if who.at is not None:
        today_only(row, who)
    occupancy.give_back(row)
    change(row, done, who, left_at=who.moment)
    queue.left(row, actor=who.actor, label=who.label)
    return row


@patiently
@transaction.atomic
def told_later(*, actor: User | None, appointment: Appointment, arrived_at: datetime, entered_at: datetime | None = None,
               left_at: datetime | None = None, priority: str | None = None, label: str = "") -> Appointment:
    """A visit from the paper list of a day when the line was down, in one step; events carry their true times and 'offline'.

    A visit that is over asks no room for a place: it happened. One that is not over takes its place like every other.
    Raises Refused like check_in, enter and leave; 'wrong_order' 422 where the times contradict each other.
    """
    times = [moment for moment in (arrived_at, entered_at, left_at) if moment is not None]
    if times != sorted(times) or (left_at is not None and entered_at is None):
        raise Refused("wrong_order", _("Giờ đến, giờ vào và giờ ra chưa đúng thứ tự."))
    over, known = left_at is not None, fresh(appointment)
    may(known, actor)
    if over and known.state == AppointmentState.DONE:
        return known
    row = arrive(appointment, Who(actor, label, arrived_at, counted=not over), Arrival(priority=priority))
    if entered_at is not None:
        row = _entered(fresh(row), Who(actor, label, entered_at, counted=not over))
    return _gone(fresh(row), Who(actor, label, left_at)) if over else row
