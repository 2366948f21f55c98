"""People: the user of the portal, staff assignments by office, partners' tokens, replayed answers."""
from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.apps import apps
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models
from django.utils.translation import gettext_lazy as _

from onestop import clock, history
from onestop.people.states import NamedList, Role
from onestop.people.words import fold


class UserManager(BaseUserManager["User"]):
    """Makes users; Django's own commands call it."""

    def create_user(self, username: str, password: str | None = None, **fields: Any) -> User:
        user = self.model(username=username, **fields)
        user.set_password(password)
        user.save()
        return user

    def create_superuser(self, username: str, password: str | None = None, **fields: Any) -> User:
        return self.create_user(username, password, **fields)


class UserQuerySet(models.QuerySet["User"]):
    """People, as those who may see them see them."""

    def visible_to(self, user: User) -> UserQuerySet:
        """An administrator sees the staff of the own province's offices; anybody else sees only themself."""
        if user.has_role(Role.ADMINISTRATOR):
            of_province = models.Q(assignments__office__province_id__in=user.provinces_as(Role.ADMINISTRATOR))
            return self.filter(of_province | models.Q(pk=user.pk)).distinct()
        return self.filter(pk=user.pk)


class User(AbstractBaseUser):
    """A person who signs in: a citizen (by phone) or a member of staff (by name)."""

    username = models.CharField(_("Tên đăng nhập"), max_length=60, unique=True)
    full_name = models.CharField(_("Họ và tên"), max_length=120)
    search_name = models.CharField(max_length=120, editable=False, db_index=True)
    phone = models.CharField(_("Số điện thoại"), max_length=15, blank=True)
    email = models.EmailField(_("Thư điện tử"), blank=True)
    is_active = models.BooleanField(default=True)
    joined_at = models.DateTimeField(default=clock.now)

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS = ["full_name"]
    objects = UserManager.from_queryset(UserQuerySet)()

    class Meta:
        ordering = ["username"]

    def __str__(self) -> str:
        return self.full_name or self.username

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.search_name = fold(self.full_name)
        super().save(*args, **kwargs)

    def current_assignments(self) -> list[Assignment]:
        """The assignments in force today, read once per request object."""
        if not hasattr(self, "_assignments"):
            self._assignments = list(self.assignments.in_force(clock.today()).select_related("office"))
        return self._assignments

    def has_role(self, *roles: str) -> bool:
        """Whether any assignment in force today is one of `roles`."""
        return any(item.role in roles for item in self.current_assignments())

    def office_ids_as(self, *roles: str) -> list[int]:
        """Ids of the offices where this person holds one of `roles` today (any role if none is named)."""
        return [item.office_id for item in self.current_assignments() if not roles or item.role in roles]

    def provinces_as(self, *roles: str) -> list[int]:
        """Ids of the provinces (areas) in which this person holds one of `roles` today."""
        return sorted({item.office.province_id for item in self.current_assignments() if item.role in roles})

    @property
    def is_staff_member(self) -> bool:
        return bool(self.current_assignments())

    @property
    def province_ids(self) -> list[int]:
        """Ids of the provinces (areas) in which this person holds a role today."""
        return sorted({item.office.province_id for item in self.current_assignments()})


class AssignmentQuerySet(models.QuerySet["Assignment"]):
    def in_force(self, on: date) -> AssignmentQuerySet:
        """Assignments valid on a day, both ends included."""
        return self.filter(starts_on__lte=on).filter(models.Q(ends_on__isnull=True) | models.Q(ends_on__gte=on))

    def visible_to(self, user: User) -> AssignmentQuerySet:
        """An administrator sees those of the own province's offices; anybody else the own ones."""
        if user.has_role(Role.ADMINISTRATOR):
            return self.filter(office__province_id__in=user.provinces_as(Role.ADMINISTRATOR))
        return self.filter(user=user)


class Assignment(models.Model):
    """A role that a person holds at an office, from a day until a day."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="assignments")
    office = models.ForeignKey("offices.Office", on_delete=models.PROTECT, related_name="assignments")
    role = models.CharField(max_length=20, choices=Role.choices)
    starts_on = models.DateField(default=clock.today)
    ends_on = models.DateField(null=True, blank=True)

    objects = AssignmentQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["user", "office", "role", "starts_on"], name="assignment_once"),
            models.CheckConstraint(condition=models.Q(ends_on__isnull=True) | models.Q(ends_on__gte=models.F("starts_on")),
                                   name="assignment_period", violation_error_message=_("Ngày kết thúc phải sau ngày bắt đầu.")),
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.get_role_display()} · {self.office}"


class ApiTokenQuerySet(models.QuerySet["ApiToken"]):
    def visible_to(self, user: User) -> ApiTokenQuerySet:
        """An administrator sees the keys that act for an office of the own province and for no office outside of it."""
        provinces = user.provinces_as(Role.ADMINISTRATOR)
        elsewhere = self.model.objects.filter(offices__in=_offices_outside(provinces))
        return self.filter(offices__province_id__in=provinces).exclude(pk__in=elsewhere.values("pk")).distinct()

    def active(self) -> ApiTokenQuerySet:
        """Keys that still open something."""
        return self.filter(revoked_at__isnull=True)


def _offices_outside(provinces: list[int]) -> models.QuerySet[Any]:
    offices: models.QuerySet[Any] = apps.get_model("offices", "Office")._default_manager.all()
    return offices.exclude(province_id__in=provinces).values("pk")


class ApiToken(models.Model):
    """A partner's or officer's key to the API, stored hashed (api.md). No offices: all."""

    name = models.CharField(max_length=80)
    digest = models.CharField(max_length=64, unique=True)
    scopes = models.JSONField(default=list)
    offices = models.ManyToManyField("offices.Office", blank=True)
    user = models.ForeignKey(User, null=True, blank=True, on_delete=models.CASCADE)
    created_at = models.DateTimeField(default=clock.now)
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects = ApiTokenQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.name

    @property
    def is_active(self) -> bool:
        return self.revoked_at is None


class PeopleEvent(history.Event):
    """Who gave or ended which role, who made or ended which key."""

    assignment = models.ForeignKey(Assignment, null=True, blank=True, on_delete=models.PROTECT, related_name="events")
    token = models.ForeignKey(ApiToken, null=True, blank=True, on_delete=models.PROTECT, related_name="events")


class DownloadEventQuerySet(history.EventQuerySet):
    def visible_to(self, user: User) -> DownloadEventQuerySet:
        """An administrator sees what the staff of the own province took; anybody else nothing."""
        found: DownloadEventQuerySet = self.filter(actor__in=User.objects.visible_to(user).values("pk"))
        return found if user.has_role(Role.ADMINISTRATOR) else found.none()

    def asked(self, *, words: str = "", which: str = "", day: date | None = None) -> DownloadEventQuerySet:
        """By part of the person's name (tone marks or not), the kind of list and the day; the newest first."""
        found: DownloadEventQuerySet = self.filter(actor__search_name__contains=fold(words)) if fold(words) else self.all()
        if which:
            found = found.filter(which=which)
        if day is not None:
            found = found.filter(at__gte=clock.at(day), at__lt=clock.at(day) + timedelta(days=1))
        return found.order_by("-at", "-pk")


class DownloadEvent(history.Event):
    """Somebody took a list of people away as a file (rules.md 9)."""

    which = models.CharField(max_length=20, choices=NamedList.choices)
    name = models.CharField(max_length=160)  # which one of its kind
    rows = models.PositiveIntegerField()
    address = models.CharField(max_length=45, blank=True)  # of the caller in the network

    objects = DownloadEventQuerySet.as_manager()

    class Meta(history.Event.Meta):
        indexes = [models.Index(fields=["-at"]), models.Index(fields=["which", "-at"]), models.Index(fields=["actor", "-at"])]


class IdempotencyRecord(models.Model):
    """The stored answer to a write from outside; the same key and body give it again (booking.md, guard 4)."""

    caller = models.CharField(max_length=80)
    key = models.CharField(max_length=120)
    path = models.CharField(max_length=200)
    body_sha256 = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(null=True)
    answer = models.JSONField(null=True)
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["caller", "key", "path"], name="idempotency_once")]


class Heartbeat(models.Model):
    """The last time that beat and a worker together ran a task; readyz tells its age."""

    name = models.CharField(max_length=40, unique=True)
    at = models.DateTimeField()
