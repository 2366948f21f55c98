"""Appointments: a booked place, its person, its queue number, its visit."""
from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from bookings.models.places import Slot
from bookings.states import ACTIVE, TAKES_PLACES, AppointmentState, BookedBy, Priority, Purpose
from onestop import clock, history
from onestop.people.states import PROVINCE_WIDE, Role

if TYPE_CHECKING:
    from onestop.people.models import User

# Who sees appointments: the carrier has nothing to do with them.
SEES_PROVINCE = PROVINCE_WIDE - {Role.CARRIER}
SEES_OFFICE = frozenset({Role.DESK, Role.SPECIALIST, Role.LEADER, Role.GUARD})


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
    partner = models.CharField(max_length=120, blank=True)  # whose token booked it (Thường Tín 4)
    language = models.CharField(max_length=5, default="vi")
    priority = models.CharField(max_length=10, choices=Priority.choices, blank=True)
    walk_in = models.BooleanField(default=False)  # came without an appointment and was taken (Cà Mau 1)
    group = models.ForeignKey("bookings.GroupBooking", null=True, blank=True, on_delete=models.PROTECT, related_name="appointments")
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
        indexes = [
            models.Index(fields=["office", "queue_date", "state"]),
            models.Index(fields=["person_key", "queue_date"], condition=Q(state=AppointmentState.NO_SHOW), name="appointment_no_shows"),
        ]


class AppointmentEvent(history.Event):
    """What happened to an appointment: booked, moved, cancelled, checked in, entered, left."""

    subject = models.ForeignKey(Appointment, on_delete=models.PROTECT, related_name="events")
