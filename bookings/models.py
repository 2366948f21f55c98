"""Sessions, slots, holds, appointments and who is in which room. The database repeats the rules of capacity."""
from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from bookings.states import ACTIVE, TAKES_PLACES, AppointmentState, BookedBy, HoldState, OpenState, Purpose
from onestop import clock, history
from onestop.offices.states import Part
from onestop.people.states import PROVINCE_WIDE, Role

if TYPE_CHECKING:
    from onestop.people.models import User

# Who sees appointments: the carrier has nothing to do with them.
SEES_PROVINCE = PROVINCE_WIDE - {Role.CARRIER}
SEES_OFFICE = frozenset({Role.DESK, Role.SPECIALIST, Role.LEADER, Role.GUARD})
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

    class Meta:
        ordering = ["starts_at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["session", "room", "starts_at"], name="slot_once"),
            models.CheckConstraint(condition=Q(held__lte=F("capacity") + F("extra") - F("booked")), name="slot_not_oversold",
                                   violation_error_message=_FULL),
        ]

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


class AppointmentQuerySet(models.QuerySet["Appointment"]):
    def active(self) -> AppointmentQuerySet:
        """Appointments that still keep their person from booking the same procedure again."""
        return self.filter(state__in=ACTIVE)

    def on_day(self, day: date) -> AppointmentQuerySet:
        return self.filter(queue_date=day)

    def starting_between(self, after: datetime, until: datetime) -> AppointmentQuerySet:
        return self.filter(slot__starts_at__gt=after, slot__starts_at__lte=until)

    def taking_places(self) -> AppointmentQuerySet:
        """Appointments whose places stay counted as booked: all but the cancelled ones."""
        return self.filter(state__in=TAKES_PLACES)

    def unreminded(self, hours: int) -> AppointmentQuerySet:
        """Appointments still to come that had no reminder as near as `hours` hours before."""
        return self.filter(Q(reminded_hours__isnull=True) | Q(reminded_hours__gt=hours), state=AppointmentState.BOOKED)

    def visible_to(self, user: User) -> AppointmentQuerySet:
        """Appointments at the offices a member of staff works for; hotline, administrator and monitor see the whole province."""
        return self.filter(Q(office__province_id__in=user.provinces_as(*SEES_PROVINCE)) | Q(office_id__in=user.office_ids_as(*SEES_OFFICE)))


class Appointment(models.Model):
    """A booked place, with a code for the citizen, a secret for its link and a queue number of the office's day."""

    code = models.CharField(max_length=16, unique=True)
    secret_digest = models.CharField(max_length=64)
    office = models.ForeignKey("offices.Office", on_delete=models.PROTECT, related_name="appointments")
    slot = models.ForeignKey(Slot, on_delete=models.PROTECT, related_name="appointments")
    procedure = models.ForeignKey("catalogue.Procedure", on_delete=models.PROTECT, related_name="+")
    purpose = models.CharField(max_length=10, choices=Purpose.choices)
    dossiers = models.PositiveSmallIntegerField(default=1)
    people = models.PositiveSmallIntegerField(default=1)
    full_name = models.CharField(max_length=120)
    search_name = models.CharField(max_length=120, db_index=True)
    phone = models.CharField(max_length=15, db_index=True)
    email = models.EmailField(blank=True)
    citizen_id = models.CharField(max_length=12, blank=True)
    person_key = models.CharField(max_length=160)  # citizen_id, else folded name and phone
    channel = models.CharField(max_length=10, choices=BookedBy.choices, default=BookedBy.WEB)
    language = models.CharField(max_length=5, default="vi")
    queue_date = models.DateField()
    queue_number = models.PositiveIntegerField()
    state = models.CharField(max_length=16, choices=AppointmentState.choices, default=AppointmentState.BOOKED)
    dossier = models.ForeignKey("dossiers.Dossier", null=True, blank=True, on_delete=models.PROTECT, related_name="appointments")
    room = models.ForeignKey("offices.Room", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    health = models.JSONField(default=dict, blank=True)
    checked_in_at = models.DateTimeField(null=True, blank=True)
    entered_at = models.DateTimeField(null=True, blank=True)
    left_at = models.DateTimeField(null=True, blank=True)
    # The nearest reminder (hours before) already sent for this place, or made needless by booking later than it.
    reminded_hours = models.PositiveSmallIntegerField(null=True, blank=True)
    booked_by = models.ForeignKey("people.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=clock.now)

    objects = AppointmentQuerySet.as_manager()

    class Meta:
        ordering = ["queue_date", "queue_number"]
        constraints = [
            models.UniqueConstraint(fields=["person_key", "procedure", "purpose"], condition=Q(state__in=sorted(ACTIVE)),
                                    name="appointment_one_active",
                                    violation_error_message=_("Bạn đã có một lịch hẹn cho thủ tục này.")),
            models.UniqueConstraint(fields=["office", "queue_date", "queue_number"], name="queue_number_once"),
            models.CheckConstraint(condition=Q(dossiers__gte=1) & Q(people__gte=1), name="appointment_counts"),
        ]
        indexes = [models.Index(fields=["office", "queue_date", "state"])]


class QueueCounter(models.Model):
    """The last queue number given out for an office's day: gapless, taken inside the booking's transaction."""

    office = models.ForeignKey("offices.Office", on_delete=models.CASCADE, related_name="+")
    date = models.DateField()
    last = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["office", "date"], name="queue_counter_once")]


class RoomCount(models.Model):
    """How many citizens are in a room now; entering is a guarded counter like booking. Officers come from the roster."""

    room = models.OneToOneField("offices.Room", on_delete=models.CASCADE, related_name="count")
    people = models.PositiveIntegerField(default=0)  # citizens inside
    officers = models.PositiveIntegerField(default=0)  # officers on duty, refreshed from the roster
    cap = models.PositiveIntegerField(default=10)

    class Meta:
        ordering = ["pk"]
        constraints = [models.CheckConstraint(condition=Q(people__lte=F("cap") - F("officers")), name="room_never_above_cap",
                                              violation_error_message=_("Phòng đã đủ người."))]


class AppointmentEvent(history.Event):
    """What happened to an appointment: booked, moved, cancelled, checked in, entered, left."""

    subject = models.ForeignKey(Appointment, on_delete=models.PROTECT, related_name="events")


class SessionEvent(history.Event):
    """Changes of a session's limits, with the reason."""

    subject = models.ForeignKey(Session, on_delete=models.CASCADE, related_name="events")
