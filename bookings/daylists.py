"""The day of one office as a list to print: who comes when, by buổi, for when the line is down. Reads only."""
from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import Any

from django.conf import settings
from django.db.models import Count, QuerySet
from django.urls import reverse
from django.utils import translation
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from bookings.models import Appointment
from bookings.states import AppointmentState
from onestop import clock
from onestop.offices.models import Office
from onestop.offices.states import Part
from onestop.people import shown
from onestop.people.models import User
from onestop.people.words import mask_phone

BLANK_LINES = 6  # for people who come without an appointment


@dataclass(frozen=True)
class Group:
    """One buổi of the day with its appointments in the order they come."""

    part: str
    rows: list[Any]

    @property
    def name(self) -> str:
        return str(Part(self.part).label)

    @property
    def dossiers(self) -> int:
        return sum(row.dossiers for row in self.rows)

    @property
    def people(self) -> int:
        return sum(row.people for row in self.rows)


def day_rows(office: Office, on: date) -> QuerySet[Any]:
    """Everybody of an office's day but those who cancelled, by time, with `papers`: how many papers the procedure asks for."""
    rows = Appointment.objects.filter(office=office, queue_date=on).exclude(state=AppointmentState.CANCELLED)
    rows = rows.select_related("slot__session", "procedure").annotate(papers=Count("procedure__current__papers"))
    return rows.order_by("slot__starts_at", "queue_number")


def groups(office: Office, on: date) -> list[Group]:
    """The day by buổi in one query."""
    return [Group(part, list(rows)) for part, rows in groupby(day_rows(office, on), key=lambda row: row.slot.session.part)]


def procedure_name(row: Appointment) -> str:
    """What the person comes for; a sensitive procedure is not named on paper (rules.md 9)."""
    return _("Thủ tục riêng, xem trên hệ thống") if row.procedure.sensitive else row.procedure.name


def address(office: Office, on: date) -> str:
    """The page of the same day, for the QR on the paper: it opens only for the office's own people."""
    return f"{settings.PUBLIC_URL}{reverse('bookings:day_list', args=[office.code])}?{urlencode({'ngay': on.isoformat()})}"


def facts(office: Office, on: date, *, printed_by: User, printed_at: datetime) -> dict[str, Any]:
    """What stands on the paper, in Vietnamese whatever the language of the page: it lies at an office's door."""
    with translation.override("vi"):
        found = groups(office, on)
        return {
            "office": office.name, "agency": office.area.name, "address": office.address, "day": shown.long_day(on),
            "printed": f"In lúc {clock.local(printed_at):%H:%M} ngày {shown.day(printed_at)}, người in: {printed_by.full_name}",
            "groups": [{"name": group.name, "dossiers": group.dossiers, "people": group.people, "count": len(group.rows),
                        "rows": [_line(row) for row in group.rows]} for group in found],
            "totals": {"count": sum(len(group.rows) for group in found), "dossiers": sum(group.dossiers for group in found),
                       "people": sum(group.people for group in found)},
            "blank_lines": BLANK_LINES, "link": address(office, on),
        }


def _line(row: Any) -> dict[str, Any]:
    return {"number": row.queue_number, "time": shown.time_of_day(row.slot.starts_at), "name": row.full_name,
            "phone": mask_phone(row.phone), "code": row.code, "people": row.people, "dossiers": row.dossiers, "papers": row.papers,
            "procedure": procedure_name(row),
            "purpose": str(row.get_purpose_display()), "priority": str(row.get_priority_display()) if row.priority else ""}
