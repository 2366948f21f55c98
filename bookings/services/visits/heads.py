"""How many came: at check-in the guard counts heads, and the places follow. Inside the check-in's transaction, before any room."""
from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from bookings import refusals
from bookings.eligibility import MOST_PEOPLE
from bookings.models import Appointment, Slot
from bookings.services import counters, rooms
from bookings.services.counters import Places
from onestop.directives.rules import Rules
from onestop.offices.queries import officers_in_room
from onestop.transitions import Refused


def counted(row: Appointment, people: int | None, rules: Rules) -> dict[str, int]:
    """Set how many people an appointment is for, and give what the history says of it; {} where it is as booked.

    Places of people who did not come are free again. More people are taken above the slot's number where need be, never above
    the room's cap with its officers (Cà Mau 1, Thường Tín 4), nor into what is kept for urgent procedures (Vĩnh Phúc 2).
    Raises Refused: 'too_many' 422; 'too_many_came', 'changed_meanwhile' 409.
    """
    if people is None or people == row.people:
        return {}
    if not 1 <= people <= MOST_PEOPLE:
        sentence = _("Số người có mặt phải từ 1 đến %(most)s.") % {"most": MOST_PEOPLE}
        raise Refused("too_many", sentence, fields={"people": [sentence]})
    more, before = people - row.people, row.people
    if more > 0:
        _take(row, more, rules)
    elif not counters.free(Places(row.slot_id, row.slot.session_id, -more, 0), "booked"):
        raise refusals.changed_meanwhile()
    row.people = people
    return {"people": people, "people_before": before}


def _take(row: Appointment, more: int, rules: Rules) -> None:
    limit = rooms.cap_of(row.slot.room, rules) - officers_in_room(room=row.slot.room, on=row.queue_date, part=row.slot.session.part)
    kept = 0 if row.procedure.urgent else Slot.objects.values_list("urgent_only", flat=True).get(pk=row.slot_id)
    if not counters.take_at_the_door(row.slot_id, more, people_limit=limit - kept):
        raise Refused("too_many_came", _("Khung giờ này không còn chỗ cho thêm %(more)s người đi cùng. Mời người đi cùng chờ bên ngoài, "
                                         "hoặc chọn giờ khác.") % {"more": more}, status=409)
