"""What booking counts: how often nobody came, by procedure and by channel; who came without an appointment. Reads only."""
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, Q, QuerySet

from bookings.models import Appointment, SessionEvent
from bookings.states import AppointmentState, BookedBy
from onestop.people.models import User
from onestop.people.states import Role

CAME = (AppointmentState.CHECKED_IN, AppointmentState.INSIDE, AppointmentState.DONE, AppointmentState.REFUSED_ENTRY)
COUNTS: dict[str, Any] = {"came": Count("pk", filter=Q(state__in=CAME)), "missed": Count("pk", filter=Q(state=AppointmentState.NO_SHOW))}


@dataclass(frozen=True)
class Rate:
    """How many of those expected came, and how many did not."""

    label: Any
    came: int
    missed: int
    code: str = ""

    @property
    def expected(self) -> int:
        return self.came + self.missed

    @property
    def percent(self) -> int | None:
        """No-shows of a hundred expected, rounded; None where nobody was expected."""
        return round(100 * self.missed / self.expected) if self.expected else None


def decided(user: User, first: date, last: date) -> QuerySet[Appointment]:
    """Appointments of a period at the offices this person answers for that were kept or missed; whoever walked in had none to miss."""
    here = Q(office__province_id__in=user.provinces_as(Role.ADMINISTRATOR)) | Q(office_id__in=user.office_ids_as(Role.LEADER))
    rows = Appointment.objects.filter(here, queue_date__range=(first, last), walk_in=False)
    return rows.filter(state__in=[*CAME, AppointmentState.NO_SHOW]).order_by()


def by_procedure(rows: QuerySet[Appointment]) -> QuerySet[Any]:
    """Rows {code, name, came, missed} for each procedure, the most missed first."""
    counted: QuerySet[Any] = rows.values("procedure__code", "procedure__name").annotate(**COUNTS)
    return counted.order_by("-missed", "procedure__code")


def by_channel(rows: QuerySet[Appointment]) -> list[Rate]:
    """Every channel that somebody used, in the order of the channels. One query."""
    counted: QuerySet[Any] = rows.values("channel").annotate(**COUNTS)
    found = {row["channel"]: row for row in counted}
    return [Rate(label, found[channel]["came"], found[channel]["missed"], channel)
            for channel, label in BookedBy.choices if channel in found]


def total(rates: list[Rate], label: Any) -> Rate:
    return Rate(label, sum(rate.came for rate in rates), sum(rate.missed for rate in rates))


def rate_of(row: Mapping[str, Any]) -> Rate:
    """A row of `by_procedure` as a rate."""
    return Rate(row["procedure__name"], row["came"], row["missed"], row["procedure__code"])


def walk_ins(user: User, first: date, last: date) -> tuple[int, int]:
    """(taken, turned away) of a period: people who came without an appointment (letter Cà Mau 1). Two queries."""
    provinces, offices = user.provinces_as(Role.ADMINISTRATOR), user.office_ids_as(Role.LEADER)
    taken = Appointment.objects.filter(Q(office__province_id__in=provinces) | Q(office_id__in=offices), walk_in=True,
                                       queue_date__range=(first, last)).count()
    events = SessionEvent.objects.filter(Q(subject__office__province_id__in=provinces) | Q(subject__office_id__in=offices),
                                         verb="turn_away", subject__date__range=(first, last))
    return taken, events.count()
