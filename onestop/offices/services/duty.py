"""The duty roster (letter Cần Thơ, 1b): who is at the counter, who online, who at home, by buổi."""
from collections import Counter as Tally
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from onestop.offices import policies
from onestop.offices.models import Counter, DutyShift, Office, OfficeEvent, Room
from onestop.offices.services.rights import by, permit
from onestop.offices.states import IN_THE_ROOM, Part, Place, RoomKind
from onestop.people.models import Assignment, User
from onestop.transitions import Refused

MOST_ENTRIES = 10_000
MOST_WEEKS = 8


@dataclass(frozen=True)
class DutyEntry:
    """One officer's wanted place in one buổi; place '' takes them off the roster.

    A counter stands in its room; without a room and a counter it is the office's first service room.
    """

    user_id: int
    date: date
    part: str
    place: str
    room_id: int | None = None
    counter_id: int | None = None


def set_duty(*, actor: User | None, office: Office, entries: Sequence[DutyEntry]) -> int:
    """Set the places named in `entries`, all or none; returns how many changed. Entries already so change nothing.

    Raises Refused: 'forbidden' (403), 'not_assigned' (no role at the office that day), 'elsewhere' (on another office's
    roster in that buổi), 'room_over_cap' (more officers than the room may hold; Thường Tín clause 4), 'counter_twice' (two
    officers at one counter), 'bad_duty'.
    """
    permit(actor, actor is not None and policies.can_set_duty(actor, office))
    if not entries:
        return 0
    with transaction.atomic():
        Office.objects.select_for_update(no_key=True).get(pk=office.pk)  # bookings refer to the office and must not wait
        rooms = {room.pk: room for room in Room.objects.filter(office=office)}
        counters = dict(Counter.objects.filter(room__in=rooms).values_list("pk", "room_id"))
        _check_entries(entries, rooms, counters)
        entries = _standing(entries, counters)
        _check_assigned(office, entries)
        changed = _write(office, entries, rooms)
        _check_caps(entries, rooms)
        _check_counters(office, entries)
        if changed:
            OfficeEvent.objects.create(office=office, verb="set_duty", data={"changed": changed[:200], "count": len(changed)}, **by(actor))
    return len(changed)


def copy_week(*, actor: User, office: Office, monday: date, weeks: int = 1) -> int:
    """Copy the week that begins on `monday` to the `weeks` weeks after it, for officers who still hold a role there.

    Returns how many places changed. Raises Refused: 'empty_week', 'too_many_weeks', and what set_duty raises.
    """
    permit(actor, policies.can_set_duty(actor, office))
    if not 1 <= weeks <= MOST_WEEKS:
        raise Refused("too_many_weeks", _("Chỉ sao chép được sang 1 đến 8 tuần tiếp theo."))
    rows = list(DutyShift.objects.filter(office=office, date__range=(monday, monday + timedelta(days=6))))
    if not rows:
        raise Refused("empty_week", _("Tuần này chưa có phân công nào để sao chép."))
    later = [timedelta(weeks=number) for number in range(1, weeks + 1)]
    entries = [DutyEntry(row.user_id, row.date + step, row.part, row.place, row.room_id, row.counter_id)
               for step in later for row in rows]
    still = with_role(office, entries)
    return set_duty(actor=actor, office=office, entries=[entry for entry in entries if (entry.user_id, entry.date) in still])


def _standing(entries: Sequence[DutyEntry], counters: dict[int, int]) -> list[DutyEntry]:
    """The entries with the room that each counter stands in; a counter only where somebody is in the room."""
    return [entry if entry.counter_id is None else
            replace(entry, room_id=counters[entry.counter_id]) if entry.place in IN_THE_ROOM else replace(entry, counter_id=None)
            for entry in entries]


def _check_entries(entries: Sequence[DutyEntry], rooms: dict[int, Room], counters: dict[int, int]) -> None:
    bad = [entry for entry in entries if entry.part not in Part.values or (entry.place and entry.place not in Place.values)
           or (entry.room_id is not None and entry.room_id not in rooms)
           or (entry.counter_id is not None and entry.counter_id not in counters)]
    if bad or len(entries) > MOST_ENTRIES:
        raise Refused("bad_duty", _("Có buổi, vị trí, phòng hoặc quầy không có trong danh mục."))


def rostered(office: Office) -> QuerySet[User]:
    """Everybody who has, had or will have a role that can be put on the office's roster."""
    held = Assignment.objects.filter(office=office, role__in=policies.ROSTERED)
    return User.objects.filter(pk__in=held.values("user"))


def with_role(office: Office, entries: Sequence[DutyEntry]) -> set[tuple[int, date]]:
    """(officer, day) pairs among the entries with a role at the office that day."""
    periods = list(Assignment.objects.filter(office=office, role__in=policies.ROSTERED).values_list("user_id", "starts_on", "ends_on"))
    wanted = {(entry.user_id, entry.date) for entry in entries}
    return {(user, day) for user, day in wanted
            if any(user == holder and starts <= day and (ends is None or day <= ends) for holder, starts, ends in periods)}


def _check_assigned(office: Office, entries: Sequence[DutyEntry]) -> None:
    placed = [entry for entry in entries if entry.place]
    if {(entry.user_id, entry.date) for entry in placed} - with_role(office, placed):
        raise Refused("not_assigned", _("Có cán bộ không thuộc đơn vị này trong ngày được phân công."))


def _write(office: Office, entries: Sequence[DutyEntry], rooms: dict[int, Room]) -> list[str]:
    """Bring the rows to the entries; tells what changed."""
    days = [entry.date for entry in entries]
    users = {entry.user_id for entry in entries}
    rows = DutyShift.objects.select_for_update().filter(user__in=users, date__range=(min(days), max(days)))
    known = {(row.user_id, row.date, row.part): row for row in rows}
    changes = []
    for entry in {(entry.user_id, entry.date, entry.part): entry for entry in entries}.values():
        old = known.get((entry.user_id, entry.date, entry.part))
        wanted = _row(office, entry, rooms)
        if _differs(office, old, wanted):
            changes.append((old, wanted))
    DutyShift.objects.filter(pk__in=[old.pk for old, wanted in changes if old]).delete()
    DutyShift.objects.bulk_create([wanted for _old, wanted in changes if wanted.place], batch_size=300)
    return [_told(old, wanted) for old, wanted in changes]


def _row(office: Office, entry: DutyEntry, rooms: dict[int, Room]) -> DutyShift:
    first_room = next((room.pk for room in rooms.values() if room.kind == RoomKind.SERVICE), None)
    room_id = (entry.room_id or first_room) if entry.place in IN_THE_ROOM else None
    return DutyShift(office=office, user_id=entry.user_id, date=entry.date, part=entry.part, place=entry.place, room_id=room_id,
                     counter_id=entry.counter_id)


def _differs(office: Office, old: DutyShift | None, wanted: DutyShift) -> bool:
    if old is None:
        return bool(wanted.place)
    if old.office_id != office.pk:
        if not wanted.place:
            return False
        raise Refused("elsewhere", _("Có cán bộ đã được phân công ở đơn vị khác trong cùng buổi."), status=409)
    return (old.place, old.room_id, old.counter_id) != (wanted.place, wanted.room_id, wanted.counter_id)


def _told(old: DutyShift | None, wanted: DutyShift) -> str:
    return f"{wanted.date} {wanted.part} #{wanted.user_id}: {old.place if old else '–'} → {wanted.place or '–'}"


def _check_caps(entries: Sequence[DutyEntry], rooms: dict[int, Room]) -> None:
    days = {entry.date for entry in entries}
    rows = DutyShift.objects.filter(room__in=rooms, date__range=(min(days), max(days)), place__in=IN_THE_ROOM)
    for (room_id, _day, _part), officers in Tally(rows.values_list("room_id", "date", "part")).items():
        if officers > rooms[room_id].cap:
            sentence = _("Phòng chỉ được %(cap)s người, kể cả cán bộ; phân công này vượt giới hạn.")
            raise Refused("room_over_cap", sentence % {"cap": rooms[room_id].cap})


def _check_counters(office: Office, entries: Sequence[DutyEntry]) -> None:
    days = {entry.date for entry in entries if entry.counter_id is not None}
    if not days:
        return
    rows = DutyShift.objects.filter(office=office, date__range=(min(days), max(days)), counter__isnull=False)
    if max(Tally(rows.values_list("counter_id", "date", "part")).values(), default=0) > 1:
        raise Refused("counter_twice", _("Có quầy được phân cho hai cán bộ trong cùng một buổi."))
