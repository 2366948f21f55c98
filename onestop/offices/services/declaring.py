"""What an office declares for single days, and what its rooms keep (letters Cà Mau 1, Thường Tín 4, Vĩnh Phúc 2)."""
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from onestop import clock
from onestop.offices import policies
from onestop.offices.models import ROOM_CAP, DeclaredDay, Office, OfficeEvent, Room
from onestop.offices.services.hours import check_maximum, declare_maximum
from onestop.offices.services.rights import by, permit, wrong
from onestop.offices.states import Part
from onestop.people.models import User
from onestop.people.words import clean
from onestop.transitions import Refused

MOST_AT_COUNTER = 50


@dataclass(frozen=True)
class DeclaredRow:
    """The wanted number of dossiers for one buổi of one day; None: the weekly number holds again."""

    day: date
    part: str
    maximum: int | None


@dataclass(frozen=True)
class WeeklyRow:
    """The wanted number of dossiers for one buổi of a weekday (0 = Monday)."""

    weekday: int
    part: str
    maximum: int


@dataclass(frozen=True)
class RoomRow:
    """What is wanted of a room: its cap in people, officers included, and the places at one time that appointments leave free."""

    room_id: int
    cap: int
    walk_in_places: int = 0
    urgent_places: int = 0


def declare_week(*, actor: User | None, office: Office, rows: Sequence[WeeklyRow], reason: str = "") -> int:
    """Declare the most dossiers of the weekdays' buổi; returns how many numbers changed. Raises Refused as declare_maximum."""
    with transaction.atomic():
        known = dict(office.opening_hours.values_list("pk", "max_dossiers"))
        done = [declare_maximum(actor=actor, office=office, weekday=row.weekday, part=row.part, maximum=row.maximum, reason=reason)
                for row in rows]
        return sum(known[row.pk] != row.max_dossiers for row in done)


def declare_days(*, actor: User | None, office: Office, rows: Sequence[DeclaredRow], reason: str = "") -> int:
    """Declare the most dossiers of single days (Cà Mau clause 1); returns how many numbers changed, each with an event.

    Raises Refused: 'forbidden' (403), 'bad_maximum' (0 to 500), 'past_day', 'bad_part'.
    """
    permit(actor, actor is not None and policies.can_declare_maximum(actor, office))
    for row in rows:
        _check_declared(row)
    if not rows:
        return 0
    with transaction.atomic():
        Office.objects.select_for_update(no_key=True).get(pk=office.pk)
        known = {(item.date, item.part): item for item in DeclaredDay.objects.filter(office=office, date__in={row.day for row in rows})}
        return sum(_declare(actor, office, row, known.get((row.day, row.part)), clean(reason)[:255]) for row in rows)


def _check_declared(row: DeclaredRow) -> None:
    if row.maximum is not None:
        check_maximum(row.maximum)
    if row.part not in Part.values:
        raise Refused("bad_part", _("Buổi không có trong danh mục."))
    if row.day < clock.today():
        raise wrong("past_day", "day", _("Không khai báo được cho ngày đã qua."))


def _declare(actor: User | None, office: Office, row: DeclaredRow, old: DeclaredDay | None, reason: str) -> bool:
    before = old.max_dossiers if old else None
    if before == row.maximum:
        return False
    if row.maximum is None:
        DeclaredDay.objects.filter(office=office, date=row.day, part=row.part).delete()
    else:
        values = {"max_dossiers": row.maximum, "reason": reason}
        DeclaredDay.objects.update_or_create(office=office, date=row.day, part=row.part, defaults=values)
    OfficeEvent.objects.create(office=office, verb="declare_day", from_state=_told(before), to_state=_told(row.maximum), reason=reason,
                               data={"date": row.day.isoformat(), "part": row.part}, **by(actor))
    return True


def _told(number: int | None) -> str:
    return "" if number is None else str(number)


def set_rooms(*, actor: User | None, office: Office, rows: Sequence[RoomRow], fewest_at_counter: int | None = None) -> int:
    """Set caps and kept places of rooms, and the fewest officers at the counters; returns how many of them changed.

    Raises Refused: 'forbidden' (403), 'foreign_room', 'bad_cap' (1 to 10 people), 'bad_places', 'bad_fewest'.
    """
    permit(actor, actor is not None and policies.can_set_rooms(actor, office))
    if fewest_at_counter is not None and not 0 <= fewest_at_counter <= MOST_AT_COUNTER:
        raise wrong("bad_fewest", "fewest_at_counter", _("Số cán bộ tối thiểu tại quầy phải từ 0 đến 50."))
    with transaction.atomic():
        held = Office.objects.select_for_update(no_key=True).get(pk=office.pk)
        rooms = {room.pk: room for room in Room.objects.filter(office=office)}
        changed = sum(_set_room(actor, office, row, rooms.get(row.room_id)) for row in rows)
        if fewest_at_counter is not None and fewest_at_counter != held.fewest_at_counter:
            OfficeEvent.objects.create(office=office, verb="set_fewest", from_state=str(held.fewest_at_counter),
                                       to_state=str(fewest_at_counter), **by(actor))
            held.fewest_at_counter = fewest_at_counter
            held.save(update_fields=["fewest_at_counter"])
            changed += 1
    return changed


def _set_room(actor: User | None, office: Office, row: RoomRow, room: Room | None) -> bool:
    if room is None:
        raise wrong("foreign_room", "room", _("Phòng này không thuộc đơn vị."))
    _check_room(row)
    before, after = (room.cap, room.walk_in_places, room.urgent_places), (row.cap, row.walk_in_places, row.urgent_places)
    if before == after:
        return False
    room.cap, room.walk_in_places, room.urgent_places = after
    room.save(update_fields=["cap", "walk_in_places", "urgent_places"])
    OfficeEvent.objects.create(office=office, verb="set_room", data={"room": room.pk, "before": before, "after": after}, **by(actor))
    return True


def _check_room(row: RoomRow) -> None:
    if not 1 <= row.cap <= ROOM_CAP:
        raise wrong("bad_cap", "cap", _("Số người tối đa của một phòng phải từ 1 đến 10, kể cả cán bộ."))
    if row.walk_in_places < 0 or row.urgent_places < 0 or row.walk_in_places + row.urgent_places > row.cap:
        raise wrong("bad_places", "walk_in_places", _("Chỗ dành riêng không được âm và không được nhiều hơn số người của phòng."))
