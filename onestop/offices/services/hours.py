"""Opening hours and the most dossiers an office declares for a buổi (letter Cà Mau, clause 1)."""
from dataclasses import dataclass
from datetime import time
from itertools import pairwise

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from onestop.offices import policies
from onestop.offices.models import Office, OfficeEvent, OpeningHours
from onestop.offices.services.rights import by, permit, wrong
from onestop.offices.states import Part
from onestop.people.models import User
from onestop.people.words import clean
from onestop.transitions import Refused

MOST_DOSSIERS = 500
SLOT_MINUTES = (10, 15, 20, 30, 60)


@dataclass(frozen=True)
class HoursRow:
    """The wanted hours of one weekday (0 = Monday) and buổi; without `opens` the office is closed then."""

    weekday: int
    part: str
    opens: time | None = None
    closes: time | None = None
    slot_minutes: int = 30
    max_dossiers: int = 20


def declare_maximum(*, actor: User | None, office: Office, weekday: int, part: str, maximum: int, reason: str = "") -> OpeningHours:
    """Declare the most dossiers the office can settle in a buổi of a weekday; it holds for sessions generated afterwards.

    Raises Refused: 'forbidden' (403), 'bad_maximum' (0 to 500), 'not_open' when the office has no such buổi.
    """
    permit(actor, actor is not None and policies.can_declare_maximum(actor, office))
    check_maximum(maximum)
    with transaction.atomic():
        row = OpeningHours.objects.select_for_update().filter(office=office, weekday=weekday, part=part).first()
        if row is None:
            raise Refused("not_open", _("Đơn vị không làm việc trong buổi này."))
        before = row.max_dossiers
        if before == maximum:
            return row
        row.max_dossiers = maximum
        row.save(update_fields=["max_dossiers"])
        OfficeEvent.objects.create(office=office, verb="declare_maximum", from_state=str(before), to_state=str(maximum),
                                   reason=clean(reason), data={"weekday": weekday, "part": part}, **by(actor))
    return row


def set_hours(*, actor: User | None, office: Office, rows: list[HoursRow]) -> int:
    """Set the hours of the weekdays and buổi named in `rows`; others stay. Returns how many changed, each with an event.

    Raises Refused: 'forbidden' (403), 'bad_hours' (closing before opening, buổi that overlap), 'bad_maximum', 'bad_slot'.
    """
    permit(actor, actor is not None and policies.can_declare_maximum(actor, office))
    for row in rows:
        _check_row(row)
    with transaction.atomic():
        Office.objects.select_for_update(no_key=True).get(pk=office.pk)
        known = {(row.weekday, row.part): row for row in OpeningHours.objects.filter(office=office)}
        changed = sum(_set_row(actor, office, wanted, known.get((wanted.weekday, wanted.part))) for wanted in rows)
        _check_overlap(office)
    return changed


def check_maximum(maximum: int) -> None:
    """Raises Refused('bad_maximum') outside of 0 to 500 dossiers a buổi."""
    if not 0 <= maximum <= MOST_DOSSIERS:
        raise wrong("bad_maximum", "max_dossiers", _("Số hồ sơ tối đa phải từ 0 đến 500."))


def _check_row(row: HoursRow) -> None:
    check_maximum(row.max_dossiers)
    if row.part not in Part.values or not 0 <= row.weekday <= 6:
        raise Refused("bad_hours", _("Buổi hoặc thứ trong tuần không có trong danh mục."))
    if row.slot_minutes not in SLOT_MINUTES:
        raise Refused("bad_slot", _("Độ dài khung giờ phải là 10, 15, 20, 30 hoặc 60 phút."))
    if (row.opens is None) != (row.closes is None):
        raise Refused("bad_hours", _("Cần ghi cả giờ mở cửa và giờ đóng cửa."))
    if row.opens is not None and row.closes is not None and row.closes <= row.opens:
        raise Refused("bad_hours", _("Giờ đóng cửa phải sau giờ mở cửa."))


def _check_overlap(office: Office) -> None:
    rows = list(OpeningHours.objects.filter(office=office).order_by("weekday", "opens"))
    for one, two in pairwise(rows):
        if one.weekday == two.weekday and two.opens < one.closes:
            raise Refused("bad_hours", _("Hai buổi trong cùng một ngày bị trùng giờ."))


def _set_row(actor: User | None, office: Office, wanted: HoursRow, row: OpeningHours | None) -> bool:
    before = _told(row)
    if wanted.opens is None or wanted.closes is None:
        if row is None:
            return False
        OpeningHours.objects.filter(pk=row.pk).delete()
        row = None
    else:
        row = row or OpeningHours(office=office, weekday=wanted.weekday, part=wanted.part)
        row.opens, row.closes = wanted.opens, wanted.closes
        row.slot_minutes, row.max_dossiers = wanted.slot_minutes, wanted.max_dossiers
        if _told(row) == before:
            return False
        row.save()
    data = {"weekday": wanted.weekday, "part": wanted.part, "before": before, "after": _told(row)}
    OfficeEvent.objects.create(office=office, verb="set_hours", data=data, **by(actor))
    return True


def _told(row: OpeningHours | None) -> str:
    """A row as the history tells it; '' for no hours."""
    if row is None:
        return ""
    return f"{row.opens:%H:%M}–{row.closes:%H:%M} / {row.slot_minutes} / {row.max_dossiers}"
