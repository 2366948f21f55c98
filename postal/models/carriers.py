"""Carriers (doanh nghiệp bưu chính): how they are reached, their words, their clerks, their reception points, their files."""
from __future__ import annotations

from datetime import date, time
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.functional import cached_property

from onestop import clock, history
from onestop.people.states import Role
from onestop.people.words import fold
from postal.states import Adapter, FileFormat, ManifestState, Meaning

if TYPE_CHECKING:
    from onestop.people.models import User


def warn_roles() -> list[str]:
    """Who is told before a time runs out, unless the carrier is set otherwise."""
    return [Role.CARRIER.value]


def late_roles() -> list[str]:
    """Who is told that a time has run out, unless the carrier is set otherwise."""
    return [Role.LEADER.value, Role.ADMINISTRATOR.value]


class CarrierQuerySet(models.QuerySet["Carrier"]):
    def visible_to(self, user: User) -> CarrierQuerySet:
        """Carriers of the provinces where somebody has to do with the post; those without a province serve all."""
        provinces = user.provinces_as(Role.ADMINISTRATOR, Role.MONITOR, Role.CARRIER)
        return self.filter(Q(province_id__in=provinces) | Q(province__isnull=True)) if provinces else self.none()


class Carrier(models.Model):
    """A public postal carrier: reached by HTTP or by files in a folder, with its own calendar and its own words."""

    code = models.SlugField(max_length=30, unique=True)
    name = models.CharField(max_length=120)
    adapter = models.CharField(max_length=6, choices=Adapter.choices, default=Adapter.HTTP)
    order_url = models.URLField(max_length=255, blank=True)
    key = models.CharField(max_length=120)  # shared secret of the HMAC-SHA256 signatures
    # HTTP: {our name: the carrier's name, 'a.b' for nested}; {'waybill': 'data.code', ...} in its answers. Empty: our own names.
    order_fields = models.JSONField(default=dict, blank=True)
    answer_fields = models.JSONField(default=dict, blank=True)
    # Files: a folder of this name below CARRIER_FOLDER, with out/ for ours and in/ for the carrier's.
    folder = models.SlugField(max_length=40, blank=True)
    file_format = models.CharField(max_length=4, choices=FileFormat.choices, default=FileFormat.CSV)
    manifest_times = models.JSONField(default=list, blank=True)  # ['10:30', '15:30']: when a file is written
    province = models.ForeignKey("offices.Area", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    collect_hours = models.PositiveSmallIntegerField(default=4)  # letter Khánh Hòa clause 3
    working_hours_only = models.BooleanField(default=True)  # wall clock or the carrier's working hours (rules.md 8)
    hours = models.JSONField(default=dict, blank=True)  # {'0': [['07:00', '18:00']], ...} Monday is 0; {}: the offices' calendar
    rests_on_holidays = models.BooleanField(default=True)
    warn_minutes = models.PositiveSmallIntegerField(default=60)  # before a time runs out
    warn_roles = models.JSONField(default=warn_roles, blank=True)
    late_roles = models.JSONField(default=late_roles, blank=True)
    silent_days = models.PositiveSmallIntegerField(default=5)  # days on the road without a word, after which somebody has to ask
    # The breaker: failures in a row, and until when nothing is sent.
    failures = models.PositiveSmallIntegerField(default=0)
    rest_until = models.DateTimeField(null=True, blank=True)
    active = models.BooleanField(default=True)

    objects = CarrierQuerySet.as_manager()

    class Meta:
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name


class CarrierWord(models.Model):
    """The one table of partners' words: what a carrier's own word for a status means here; '' until somebody has said so."""

    carrier = models.ForeignKey(Carrier, on_delete=models.CASCADE, related_name="words")
    word = models.CharField(max_length=40)
    meaning = models.CharField(max_length=14, choices=Meaning.choices, blank=True)
    first_seen_at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ["word"]
        constraints = [models.UniqueConstraint(fields=["carrier", "word"], name="carrier_word_once")]


class CarrierClerkQuerySet(models.QuerySet["CarrierClerk"]):
    def visible_to(self, user: User) -> CarrierClerkQuerySet:
        """Clerks who have their role in the provinces one administers."""
        provinces = user.provinces_as(Role.ADMINISTRATOR)
        return self.filter(user__assignments__role=Role.CARRIER, user__assignments__office__province_id__in=provinces).distinct()


class CarrierClerk(models.Model):
    """Which carrier a clerk (role carrier) works for, and where; without communes: the whole province."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="carrier_clerk")
    carrier = models.ForeignKey(Carrier, on_delete=models.CASCADE, related_name="clerks")
    areas = models.ManyToManyField("offices.Area", blank=True, related_name="+")

    objects = CarrierClerkQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]

    @cached_property
    def area_ids(self) -> list[int]:
        """Ids of the clerk's communes; none: the whole province."""
        return sorted(area.pk for area in self.areas.all())


def clerk_row(user: User) -> CarrierClerk | None:
    """The carrier and communes of a clerk, read once per request object; None for everybody else."""
    if not hasattr(user, "_carrier_clerk"):
        found = None
        if user.has_role(Role.CARRIER):
            found = CarrierClerk.objects.filter(user=user).select_related("carrier").prefetch_related("areas").first()
        user._carrier_clerk = found  # type: ignore[attr-defined]
    return user._carrier_clerk  # type: ignore[attr-defined,no-any-return]


class ReceptionPointQuerySet(models.QuerySet["ReceptionPoint"]):
    def open_on(self, day: date) -> ReceptionPointQuerySet:
        """Points that receive on a day."""
        return self.filter(valid_from__lte=day).filter(Q(valid_to__isnull=True) | Q(valid_to__gte=day))

    def called(self, text: str, province: str = "") -> ReceptionPointQuerySet:
        """Each word stands in the name, the address, the commune's or the province's name (tone marks optional); of a province, by code."""
        found = self.select_related("area__parent__parent", "carrier")
        for word in fold(text).split()[:8]:
            found = found.filter(Q(search_name__contains=word) | Q(area__search_name__contains=word)
                                 | Q(area__parent__search_name__contains=word) | Q(area__parent__parent__search_name__contains=word))
        return (found.in_area(province) if province else found).order_by("area__parent__name", "area__name", "name", "pk")

    def in_area(self, code: str) -> ReceptionPointQuerySet:
        """Of a commune or what lies above it."""
        return self.filter(Q(area__code=code) | Q(area__parent__code=code) | Q(area__parent__parent__code=code))

    def managed_by(self, user: User) -> ReceptionPointQuerySet:
        """Points of the carriers whose points an administrator keeps."""
        return self.filter(carrier__in=Carrier.objects.visible_to(user)) if user.has_role(Role.ADMINISTRATOR) else self.none()


class ReceptionPoint(models.Model):
    """Where a carrier receives dossiers in a commune (letter Khánh Hòa 3)."""

    carrier = models.ForeignKey(Carrier, on_delete=models.CASCADE, related_name="points")
    code = models.CharField(max_length=30)
    name = models.CharField(max_length=160)
    search_name = models.CharField(max_length=160, editable=False, db_index=True)
    area = models.ForeignKey("offices.Area", on_delete=models.PROTECT, related_name="+")  # commune
    address = models.CharField(max_length=255)
    phone = models.CharField(max_length=30, blank=True)
    hours = models.CharField(max_length=160, blank=True)  # as people read it: 'Thứ Hai đến thứ Bảy, 7 giờ 30 đến 17 giờ'
    opens = models.TimeField(default=time(7, 30))
    closes = models.TimeField(default=time(17))
    latitude = models.FloatField(null=True, blank=True)
    longitude = models.FloatField(null=True, blank=True)
    valid_from = models.DateField(default=date(2018, 6, 21))
    valid_to = models.DateField(null=True, blank=True)

    objects = ReceptionPointQuerySet.as_manager()

    class Meta:
        ordering = ["area__name", "name"]
        constraints = [
            models.UniqueConstraint(fields=["carrier", "code"], name="reception_point_once"),
            models.CheckConstraint(condition=Q(valid_to__isnull=True) | Q(valid_to__gte=F("valid_from")), name="reception_point_period"),
        ]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.search_name = fold(f"{self.name} {self.address}")[:160]
        super().save(*args, **kwargs)


class Manifest(models.Model):
    """A file for a carrier without an API: written once, then confirmed by the carrier's own file."""

    carrier = models.ForeignKey(Carrier, on_delete=models.PROTECT, related_name="manifests")
    date = models.DateField()
    number = models.PositiveSmallIntegerField()  # of the day
    name = models.CharField(max_length=120)
    sha256 = models.CharField(max_length=64, blank=True)
    rows = models.PositiveIntegerField(default=0)
    state = models.CharField(max_length=10, choices=ManifestState.choices, default=ManifestState.MAKING)
    made_at = models.DateTimeField(default=clock.now)
    written_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-pk"]
        constraints = [models.UniqueConstraint(fields=["carrier", "date", "number"], name="manifest_once")]


class CarrierFile(models.Model):
    """A file that a carrier has left for us, read once (its content is its identity)."""

    carrier = models.ForeignKey(Carrier, on_delete=models.PROTECT, related_name="files")
    name = models.CharField(max_length=120)
    sha256 = models.CharField(max_length=64)
    rows = models.PositiveIntegerField(default=0)
    taken = models.PositiveIntegerField(default=0)
    faults = models.JSONField(default=list, blank=True)  # [{row, sentence}]
    read_at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ["-pk"]
        constraints = [models.UniqueConstraint(fields=["carrier", "sha256"], name="carrier_file_once")]


class CarrierChange(history.Event):
    """Who changed how a carrier is reached, or reset its breaker."""

    subject = models.ForeignKey(Carrier, on_delete=models.PROTECT, related_name="changes")
