"""The ground: areas, offices with rooms and counters, opening hours, the work calendar, the duty roster, closures."""
from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from onestop import history
from onestop.offices.states import AreaLevel, CalendarState, DayKind, OfficeLevel, Part, Place, RoomKind
from onestop.people.states import PROVINCE_WIDE
from onestop.people.words import fold

if TYPE_CHECKING:
    from onestop.people.models import User

ROOM_CAP = 10  # letter Cà Mau clause 1 and Thường Tín clause 4: never more than 10 people


class AreaQuerySet(models.QuerySet["Area"]):
    def valid_on(self, on: date) -> AreaQuerySet:
        """Areas that exist on a day."""
        return self.filter(valid_from__lte=on).filter(Q(valid_to__isnull=True) | Q(valid_to__gte=on))


class Area(models.Model):
    """A province, a commune, or one of the districts that existed until 30/6/2025."""

    code = models.CharField(max_length=12, unique=True)  # the national code; 'H' + code for historical areas
    name = models.CharField(max_length=120)
    search_name = models.CharField(max_length=120, editable=False, db_index=True)
    level = models.CharField(max_length=10, choices=AreaLevel.choices)
    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="children")
    successor = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="predecessors")
    # All the areas it became, where it was divided; `successor` is the one that keeps its seat.
    became = models.ManyToManyField("self", symmetrical=False, blank=True, related_name="made_from")
    valid_from = models.DateField(default=date(1976, 1, 1))
    valid_to = models.DateField(null=True, blank=True)

    objects = AreaQuerySet.as_manager()

    class Meta:
        ordering = ["code"]
        indexes = [models.Index(fields=["level", "parent"])]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.search_name = fold(self.name)
        super().save(*args, **kwargs)


class OfficeQuerySet(models.QuerySet["Office"]):
    def active_on(self, on: date) -> OfficeQuerySet:
        """Offices that exist on a day."""
        return self.filter(valid_from__lte=on).filter(Q(valid_to__isnull=True) | Q(valid_to__gte=on))

    def visible_to(self, user: User) -> OfficeQuerySet:
        """The offices a member of staff works for: all of the province for province-wide roles, else the own ones."""
        if user.has_role(*PROVINCE_WIDE):
            return self.filter(Q(province_id__in=user.province_ids) | Q(pk__in=user.office_ids_as()))
        return self.filter(pk__in=user.office_ids_as())


class Office(models.Model):
    """A one-stop shop (Bộ phận Một cửa), with the agency identifier that starts its dossier codes."""

    code = models.SlugField(max_length=40, unique=True)
    identifier = models.CharField(max_length=35)  # agency identifier, e.g. H13 or 000.00.13.H53 (rules.md 3)
    name = models.CharField(max_length=160)
    search_name = models.CharField(max_length=160, editable=False, db_index=True)
    level = models.CharField(max_length=10, choices=OfficeLevel.choices)
    area = models.ForeignKey(Area, on_delete=models.PROTECT, related_name="offices")
    province = models.ForeignKey(Area, on_delete=models.PROTECT, related_name="+")
    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="children")
    address = models.CharField(max_length=255)
    latitude = models.FloatField(null=True, blank=True)
    longitude = models.FloatField(null=True, blank=True)
    hotline = models.CharField(max_length=30, blank=True)
    email = models.EmailField(blank=True)
    # The fewest officers at the counters in one buổi; fewer are shown as a gap of the roster (Cần Thơ 1b).
    fewest_at_counter = models.PositiveSmallIntegerField(default=1)
    successor = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="predecessors")
    valid_from = models.DateField(default=date(2018, 6, 21))
    valid_to = models.DateField(null=True, blank=True)

    objects = OfficeQuerySet.as_manager()

    class Meta:
        ordering = ["province__code", "level", "name"]

    def __str__(self) -> str:
        return self.name

    def exists_on(self, on: date) -> bool:
        """The rule of active_on() for this office."""
        return self.valid_from <= on and (self.valid_to is None or on <= self.valid_to)

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.search_name = fold(f"{self.name} {self.address}")[:160]
        super().save(*args, **kwargs)


class Room(models.Model):
    """A room people may be in; its cap counts everybody, officers included (Thường Tín clause 4)."""

    office = models.ForeignKey(Office, on_delete=models.CASCADE, related_name="rooms")
    code = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=80)
    kind = models.CharField(max_length=10, choices=RoomKind.choices, default=RoomKind.SERVICE)
    cap = models.PositiveSmallIntegerField(default=ROOM_CAP)
    area_m2 = models.DecimalField(max_digits=6, decimal_places=1, null=True, blank=True)
    # Places at one time that no appointment takes: for people who walk in, and the last ones for urgent procedures (Vĩnh Phúc 2).
    walk_in_places = models.PositiveSmallIntegerField(default=0)
    urgent_places = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["office_id", "pk"]
        constraints = [models.CheckConstraint(condition=Q(cap__lte=ROOM_CAP), name="room_cap",
                                              violation_error_message=_("Một phòng không được quá 10 người."))]

    def __str__(self) -> str:
        return self.name


class Counter(models.Model):
    """A numbered counter in a room."""

    room = models.ForeignKey(Room, on_delete=models.CASCADE, related_name="counters")
    number = models.PositiveSmallIntegerField()
    label = models.CharField(max_length=80, blank=True)

    class Meta:
        ordering = ["room_id", "number"]
        constraints = [models.UniqueConstraint(fields=["room", "number"], name="counter_once")]


class OpeningHours(models.Model):
    """When an office is open on a weekday (0 = Monday), one row a buổi; also the most dossiers it declares for it."""

    office = models.ForeignKey(Office, on_delete=models.CASCADE, related_name="opening_hours")
    weekday = models.PositiveSmallIntegerField()
    part = models.CharField(max_length=10, choices=Part.choices)
    opens = models.TimeField()
    closes = models.TimeField()
    slot_minutes = models.PositiveSmallIntegerField(default=30)
    max_dossiers = models.PositiveSmallIntegerField(default=20)  # letter Cà Mau clause 1: declared most per buổi

    class Meta:
        ordering = ["office_id", "weekday", "opens"]
        constraints = [
            models.UniqueConstraint(fields=["office", "weekday", "part"], name="opening_once"),
            models.CheckConstraint(condition=Q(closes__gt=F("opens")), name="opening_order",
                                   violation_error_message=_("Giờ đóng cửa phải sau giờ mở cửa.")),
            models.CheckConstraint(condition=Q(weekday__lte=6), name="opening_weekday"),
        ]


class DeclaredDay(models.Model):
    """The most dossiers an office declares for one buổi of one day, in place of its weekly number (letter Cà Mau clause 1)."""

    office = models.ForeignKey(Office, on_delete=models.CASCADE, related_name="declared_days")
    date = models.DateField()
    part = models.CharField(max_length=10, choices=Part.choices)
    max_dossiers = models.PositiveSmallIntegerField()
    reason = models.CharField(max_length=255, blank=True)

    class Meta:
        ordering = ["date", "part"]
        constraints = [models.UniqueConstraint(fields=["office", "date", "part"], name="declared_once")]


class WorkCalendar(models.Model):
    """The working days of one year; proposed, approved by an administrator, versioned, never changed once approved."""

    year = models.PositiveSmallIntegerField()
    version = models.PositiveSmallIntegerField(default=1)
    state = models.CharField(max_length=10, choices=CalendarState.choices, default=CalendarState.DRAFT)
    # The two half days of a working day, e.g. [["07:00", "11:30"], ["13:30", "17:00"]] (rules.md 5.1).
    hours = models.JSONField(default=list)
    basis = models.CharField(max_length=255, blank=True)
    approved_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    approved_at = models.DateTimeField(null=True, blank=True)
    # SHA-256 of hours and days, set when approved; what is cached is found by it, so that it can't be stale.
    fingerprint = models.CharField(max_length=64, blank=True, editable=False)

    class Meta:
        ordering = ["-year", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["year", "version"], name="calendar_version_once"),
            models.UniqueConstraint(fields=["year"], condition=Q(state=CalendarState.APPROVED), name="calendar_one_approved"),
        ]

    def __str__(self) -> str:
        return f"{self.year} · {self.version}"


class CalendarDay(models.Model):
    """A day that differs from the plain Monday-to-Friday week: a holiday, a swapped day off, a worked Saturday."""

    calendar = models.ForeignKey(WorkCalendar, on_delete=models.CASCADE, related_name="days")
    date = models.DateField()
    kind = models.CharField(max_length=10, choices=DayKind.choices)
    name = models.CharField(max_length=160, blank=True)
    basis = models.CharField(max_length=255, blank=True)

    class Meta:
        ordering = ["date"]
        constraints = [models.UniqueConstraint(fields=["calendar", "date"], name="calendar_day_once")]


class DutyShift(models.Model):
    """One officer's place in one buổi (letter Cần Thơ 1b)."""

    office = models.ForeignKey(Office, on_delete=models.CASCADE, related_name="duty")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="duty")
    date = models.DateField()
    part = models.CharField(max_length=10, choices=Part.choices)
    place = models.CharField(max_length=10, choices=Place.choices)
    room = models.ForeignKey(Room, null=True, blank=True, on_delete=models.PROTECT, related_name="duty")
    counter = models.ForeignKey(Counter, null=True, blank=True, on_delete=models.PROTECT, related_name="duty")

    class Meta:
        ordering = ["date", "part"]
        indexes = [models.Index(fields=["office", "date", "part"])]
        constraints = [models.UniqueConstraint(fields=["user", "date", "part"], name="duty_once")]


class DutyGroup(models.Model):
    """A team that rotates with others (letter Cần Thơ 1b): one at the counter, the others at home."""

    office = models.ForeignKey(Office, on_delete=models.CASCADE, related_name="duty_groups")
    name = models.CharField(max_length=40)
    members = models.ManyToManyField(settings.AUTH_USER_MODEL, blank=True, related_name="duty_groups")

    class Meta:
        ordering = ["office_id", "name"]
        constraints = [models.UniqueConstraint(fields=["office", "name"], name="duty_group_once")]


class ClosureQuerySet(models.QuerySet["Closure"]):
    def covering(self, on: date) -> ClosureQuerySet:
        """Closures in force on a day, both ends included."""
        return self.filter(starts_on__lte=on).filter(Q(ends_on__isnull=True) | Q(ends_on__gte=on))


class Closure(models.Model):
    """An office (or one of its rooms) that takes nobody in person, from a day until a day."""

    office = models.ForeignKey(Office, on_delete=models.CASCADE, related_name="closures")
    room = models.ForeignKey(Room, null=True, blank=True, on_delete=models.CASCADE, related_name="closures")
    starts_on = models.DateField()
    ends_on = models.DateField(null=True, blank=True)
    reason = models.CharField(max_length=255)
    legal_basis = models.CharField(max_length=255, blank=True)

    objects = ClosureQuerySet.as_manager()

    def covers(self, on: date) -> bool:
        """Whether it is in force on a day, both ends included."""
        return self.starts_on <= on and (self.ends_on is None or on <= self.ends_on)

    class Meta:
        ordering = ["-starts_on"]
        constraints = [models.CheckConstraint(condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")), name="closure_period",
                                              violation_error_message=_("Ngày mở lại phải sau ngày đóng cửa."))]


class OfficeEvent(history.Event):
    """History of offices, calendars, rosters and closures."""

    office = models.ForeignKey(Office, null=True, blank=True, on_delete=models.PROTECT, related_name="events")
    calendar = models.ForeignKey(WorkCalendar, null=True, blank=True, on_delete=models.PROTECT, related_name="events")
