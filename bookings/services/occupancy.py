"""Who is in which room now: guarded counters like those of booking, for service rooms and waiting areas alike.

One conditional UPDATE takes the places, the CHECK of the table is the second guard. Where both are touched the service room
comes before the waiting area (see the package for the order of locks).
"""
from __future__ import annotations

from django.db.models import F
from django.utils.translation import gettext_lazy as _

from bookings.models import Appointment, RoomCount
from bookings.queries import part_of
from bookings.waiting_room import most_in
from onestop import clock
from onestop.directives.rules import Rules
from onestop.offices.models import Room
from onestop.offices.queries import officers_in_room
from onestop.offices.states import RoomKind
from onestop.transitions import Refused


def take(room: Room, people: int, rules: Rules) -> bool:
    """Take places for `people`: only if people + n ≤ cap − officers, both of this hour, fresh from the letters and the roster."""
    return _took(room, people, *_limits(room, rules))


def _limits(room: Room, rules: Rules) -> tuple[int, int]:
    """(most people, officers among them) of a room at this hour."""
    cap = most_in(room, rules)
    return cap, min(officers_in_room(room=room, on=clock.today(), part=part_of(clock.now())), cap)


def _took(room: Room, people: int, cap: int, officers: int) -> bool:
    ensure_count(room)
    count = RoomCount.objects.filter(room=room, people__lte=cap - officers - people)
    return count.update(people=F("people") + people, officers=officers, cap=cap) == 1


def enter(room: Room, people: int, rules: Rules) -> None:
    """Take places in a service room. Raises Refused('room_full', 409) rather than ever passing its cap."""
    cap, officers = _limits(room, rules)
    if not _took(room, people, cap, officers):
        raise Refused("room_full", _("Phòng đã đủ %(cap)s người, kể cả %(officers)s cán bộ. Vui lòng đợi có người ra.") % {
            "cap": cap, "officers": officers}, status=409)


def waiting_rooms(office_id: int) -> list[Room]:
    return list(Room.objects.filter(office_id=office_id, kind=RoomKind.WAITING).order_by("pk"))


def wait(row: Appointment, rules: Rules) -> Room | None:
    """The waiting area that took the person and their companions; None: none has so many places left, so they wait outside."""
    return next((room for room in waiting_rooms(row.office_id) if take(room, row.people, rules)), None)


def give_back(row: Appointment) -> None:
    """The places of whoever leaves the room they are in. Whoever waits outside has none."""
    if row.room_id is not None:
        RoomCount.objects.filter(room=row.room_id, people__gte=row.people).update(people=F("people") - row.people)


def ensure_count(room: Room) -> None:
    """The room's counter row, made the first time it is needed."""
    if not RoomCount.objects.filter(room=room).exists():
        RoomCount.objects.bulk_create([RoomCount(room=room, cap=room.cap)], ignore_conflicts=True)
