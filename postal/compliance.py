"""How often the carrier came in time: fetched within the hours of the letter, by direction, carrier, office and ISO week (Khánh Hòa 3).

The week is the one in which something was to be fetched. Exactly at the due moment is in time (postal/timers.py).
"""
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Count, F, Q
from django.db.models.functions import ExtractIsoYear, ExtractWeek

from onestop import clock
from onestop.people.models import User
from postal.models import Shipment, ShipmentQuerySet
from postal.states import Direction, State

COUNTED = (Direction.IN, Direction.OUT)
WEEKS_SHOWN = 8
YEARS = range(2000, 2101)
COUNTS = ("due", "in_time", "late", "open", "missed")
GROUPS = ("direction", "carrier_id", "carrier__name", "office_id", "office__name", "year", "week")


@dataclass(frozen=True)
class Total:
    """Shipments of a direction that were to be fetched: in time, late (also those that still wait beyond their time), open (their time
    runs), missed (the carrier came and could not have it: neither in time nor late)."""

    direction: str
    due: int
    in_time: int
    late: int
    open: int
    missed: int

    @property
    def share(self) -> float | None:
        """Per cent fetched in time of those that were fetched or are late, to a tenth; None where there is none yet."""
        return share_of(self.in_time, self.late)

    @property
    def direction_name(self) -> str:
        return str(Direction(self.direction).label)


@dataclass(frozen=True)
class Figure(Total):
    """The figures of one carrier, office and ISO week."""

    carrier: str
    office: str
    year: int
    week: int

    @property
    def first_day(self) -> date:
        """The Monday of the week."""
        return date.fromisocalendar(self.year, self.week, 1)

    @property
    def week_name(self) -> str:
        """'2026-W48'."""
        return f"{self.year}-W{self.week:02d}"


def share_of(in_time: int, late: int) -> float | None:
    """Per cent in time, to a tenth; None of nothing. Only where none was late it is 100."""
    ended = in_time + late
    if not ended:
        return None
    return min(round(100 * in_time / ended, 1), 99.9 if late else 100.0)


def figures(user: User, *, carrier: int | None = None, office: int | None = None, week: tuple[int, int] | None = None,
            weeks: int = WEEKS_SHOWN) -> list[Figure]:
    """The rows that somebody may see, the newest week first: of one ISO week (year, number), else of the last `weeks` with the present
    one and those to come. One query."""
    found = _counted(user, week, weeks)
    if carrier is not None:
        found = found.filter(carrier_id=carrier)
    if office is not None:
        found = found.filter(office_id=office)
    rows = _by_week(found).values(*GROUPS).annotate(**_counts(clock.now())).order_by(
        "-year", "-week", "direction", "carrier__name", "office__name", "carrier_id", "office_id")
    return [Figure(row["direction"], *(row[f"n_{name}"] for name in COUNTS), row["carrier__name"], row["office__name"], row["year"],
                   row["week"]) for row in rows]


def totals(rows: Iterable[Figure]) -> list[Total]:
    """One line for each direction, papers from citizens first. Nothing is read."""
    listed = list(rows)
    return [Total(direction, *(sum(getattr(row, name) for row in listed if row.direction == direction)
                               for name in COUNTS)) for direction in COUNTED]


def read_week(text: str) -> tuple[int, int] | None:
    """'2026-W48' as (2026, 48); None for anything else, and for years in which nothing was or will be fetched."""
    year, mark, number = text.strip().upper().partition("-W")
    try:
        day = date.fromisocalendar(int(year), int(number), 1) if mark else None
    except ValueError:
        return None
    return (day.isocalendar().year, day.isocalendar().week) if day and day.year in YEARS else None


def _counted(user: User, week: tuple[int, int] | None, weeks: int) -> ShipmentQuerySet:
    found = Shipment.objects.visible_to(user).filter(direction__in=COUNTED, collect_due_at__isnull=False)
    found = found.exclude(state=State.CANCELLED, collected_at__isnull=True)
    if week is not None:
        monday = date.fromisocalendar(*week, 1)
        return found.filter(collect_due_at__gte=clock.at(monday), collect_due_at__lt=clock.at(monday + timedelta(days=7)))
    today = clock.today()
    return found.filter(collect_due_at__gte=clock.at(today - timedelta(days=today.weekday() + 7 * (weeks - 1))))


def _by_week(found: ShipmentQuerySet) -> ShipmentQuerySet:
    return found.annotate(year=ExtractIsoYear("collect_due_at", tzinfo=clock.TZ), week=ExtractWeek("collect_due_at", tzinfo=clock.TZ))


def _counts(moment: datetime) -> dict[str, Count]:
    fetched, waits = Q(collected_at__isnull=False), Q(collected_at__isnull=True)
    missed = waits & Q(state=State.NOT_COLLECTED)
    waits &= ~Q(state=State.NOT_COLLECTED)
    parts = {"due": Q(), "in_time": fetched & Q(collected_at__lte=F("collect_due_at")),
             "late": (fetched & Q(collected_at__gt=F("collect_due_at"))) | (waits & Q(collect_due_at__lt=moment)),
             "open": waits & Q(collect_due_at__gte=moment), "missed": missed}
    return {f"n_{name}": Count("pk", filter=part) if part else Count("pk") for name, part in parts.items()}
