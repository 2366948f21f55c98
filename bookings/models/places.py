"""Sessions, slots and holds. The database repeats the rules of capacity."""
from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from bookings.states import HoldState, OpenState, Purpose
from onestop import clock, history
from onestop.offices.states import Part

_FULL = _("Không còn chỗ trong khung giờ này.")


class Session(models.Model):
    """A buổi of an office: the declared most dossiers (letter Cà Mau 1), and how many of them are held and booked."""

    office = models.ForeignKey("offices.Office", on_delete=models.PROTECT, related_name="sessions")
    date = models.DateField()
    part = models.CharField(max_length=10, choices=Part.choices)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=OpenState.choices, default=OpenState.OPEN)
    capacity = models.PositiveIntegerField()  # dossiers
    extra = models.PositiveIntegerField(default=0)  # granted above the declared number, with a reason (guard 5)
    held = models.PositiveIntegerField(default=0)
    booked = models.PositiveIntegerField(default=0)
    urgent_only = models.PositiveIntegerField(default=0)  # the last so many dossiers are for urgent procedures (Vĩnh Phúc 2)
    special = models.BooleanField(default=False)  # an extra buổi of the surge plan (Cà Mau 2): not from the opening hours

    class Meta:
        ordering = ["date", "starts_at"]
        constraints = [
            models.UniqueConstraint(fields=["office", "date", "part"], name="session_once"),
            models.CheckConstraint(condition=Q(held__lte=F("capacity") + F("extra") - F("booked")), name="session_not_oversold",
                                   violation_error_message=_FULL),
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="session_order"),
        ]
        indexes = [models.Index(fields=["office", "date"])]

    @property
    def dossiers_left(self) -> int:
        return max(self.capacity + self.extra - self.held - self.booked, 0)


class Slot(models.Model):
    """A đợt of a session: the most people who may come at one time (room cap less officers on duty and kept places)."""

    session = models.ForeignKey(Session, on_delete=models.CASCADE, related_name="slots")
    room = models.ForeignKey("offices.Room", on_delete=models.PROTECT, related_name="slots")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=OpenState.choices, default=OpenState.OPEN)
    capacity = models.PositiveIntegerField()  # people
    extra = models.PositiveIntegerField(default=0)
    held = models.PositiveIntegerField(default=0)
    booked = models.PositiveIntegerField(default=0)
    urgent_only = models.PositiveIntegerField(default=0)  # the last so many places are for urgent procedures (Vĩnh Phúc 2)

    class Meta:
        ordering = ["starts_at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["session", "room", "starts_at"], name="slot_once"),
            models.CheckConstraint(condition=Q(held__lte=F("capacity") + F("extra") - F("booked")), name="slot_not_oversold",
                                   violation_error_message=_FULL),
        ]
        indexes = [models.Index(fields=["starts_at"])]

    @property
    def people_left(self) -> int:
        return max(self.capacity + self.extra - self.held - self.booked, 0)


class Hold(models.Model):
    """Places kept while a form is filled in. The token is shown once; only its hash is stored."""

    slot = models.ForeignKey(Slot, on_delete=models.PROTECT, related_name="holds")
    token_digest = models.CharField(max_length=64, unique=True)
    procedure = models.ForeignKey("catalogue.Procedure", on_delete=models.PROTECT, related_name="+")
    purpose = models.CharField(max_length=10, choices=Purpose.choices)
    dossiers = models.PositiveSmallIntegerField(default=1)
    people = models.PositiveSmallIntegerField(default=1)
    state = models.CharField(max_length=10, choices=HoldState.choices, default=HoldState.HELD)
    expires_at = models.DateTimeField()
    extensions = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index(fields=["state", "expires_at"]), models.Index(fields=["slot", "state"])]

    def is_live(self) -> bool:
        """Whether the places are still kept for its owner."""
        return self.state == HoldState.HELD and self.expires_at > clock.now()


class SessionEvent(history.Event):
    """Changes of a session's limits, with the reason."""

    subject = models.ForeignKey(Session, on_delete=models.CASCADE, related_name="events")
