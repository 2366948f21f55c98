"""Counters recomputed from rows (booking.md, guard 9). Taken from one snapshot, so it may run while people book."""
from collections.abc import Iterator
from dataclasses import dataclass

from django.db import connection, transaction
from django.db.models import F, Max, Sum

from bookings.models import Appointment, Hold, QueueCounter, RoomCount, Session, Slot
from bookings.states import IN_A_ROOM, HoldState


@dataclass(frozen=True)
class Difference:
    """A counter that is not what the rows say."""

    what: str  # 'slot', 'session', 'room', 'queue'
    pk: int
    column: str
    stored: int
    counted: int

    def __str__(self) -> str:
        return f"{self.what} {self.pk}: {self.column} {self.stored} stored, {self.counted} counted"


def audit_capacity() -> list[Difference]:
    """Every difference between counters and rows.

    Held is what holds in state 'held' keep. Booked is what appointments in TAKES_PLACES took: all but the cancelled
    ones, since a place that was used or left unused is not given out again.
    """
    outermost = not connection.in_atomic_block
    with transaction.atomic():
        if outermost and connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        return [*_slots_and_sessions(), *_rooms(), *_queues()]


def _slots_and_sessions() -> Iterator[Difference]:
    held, booked = Hold.objects.filter(state=HoldState.HELD), Appointment.objects.taking_places()
    for model, by, field in ((Slot, "slot_id", "people"), (Session, "slot__session_id", "dossiers")):
        counted = {"held": _sums(held, by, field), "booked": _sums(booked, by, field)}
        rows = model.objects.order_by("pk").values_list("pk", "held", "booked", "capacity", "extra")
        for pk, held_stored, booked_stored, capacity, extra in rows.iterator():
            stored = {"held": held_stored, "booked": booked_stored}
            for column in ("held", "booked"):
                if stored[column] != counted[column].get(pk, 0):
                    yield Difference(model.__name__.lower(), pk, column, stored[column], counted[column].get(pk, 0))
            if held_stored + booked_stored > capacity + extra:
                yield Difference(model.__name__.lower(), pk, "capacity", capacity + extra, held_stored + booked_stored)


def _sums(rows: object, by: str, field: str) -> dict[int, int]:
    return dict(rows.order_by().values_list(by).annotate(total=Sum(field)))  # type: ignore[attr-defined]


def _rooms() -> Iterator[Difference]:
    """Who is inside a service room, and who has a place in a waiting area: `room` says where a person is now. Whoever waits
    outside is in none, nor is a visit of a past day that was told later."""
    here = Appointment.objects.filter(state__in=IN_A_ROOM, room__isnull=False)
    counted = _sums(here, "room_id", "people")
    for pk, room_id, people, officers, cap in RoomCount.objects.values_list("pk", "room_id", "people", "officers", "cap"):
        expected = counted.pop(room_id, 0)
        if people != expected:
            yield Difference("room", pk, "people", people, expected)
        if people > cap - officers:
            yield Difference("room", pk, "cap", cap - officers, people)
    for room_id, people in counted.items():
        yield Difference("room", room_id, "people", 0, people)


def _queues() -> Iterator[Difference]:
    """A counter may be ahead of its rows (a number whose appointment moved away is not given again), never behind."""
    given = Appointment.objects.order_by().values_list("office_id", "queue_date").annotate(last=Max("queue_number"))
    highest = {(office_id, day): last for office_id, day, last in given}
    for pk, office_id, day, last in QueueCounter.objects.filter(last__gte=0).values_list("pk", "office_id", "date", F("last")):
        if last < highest.pop((office_id, day), 0):
            yield Difference("queue", pk, "last", last, highest.get((office_id, day), 0))
    for (office_id, _day), number in highest.items():
        yield Difference("queue", office_id, "last", 0, number)
