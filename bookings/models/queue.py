"""The line of a day and who is in which room."""
from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from bookings.models.appointments import Appointment
from bookings.states import TicketState
from onestop import clock, history


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


class Ticket(models.Model):
    """A person's place in the line of an office's day; its number is the appointment's queue number. Made at check-in."""

    appointment = models.OneToOneField(Appointment, on_delete=models.CASCADE, related_name="ticket")
    office = models.ForeignKey("offices.Office", on_delete=models.PROTECT, related_name="tickets")
    date = models.DateField()
    number = models.PositiveIntegerField()
    state = models.CharField(max_length=10, choices=TicketState.choices, default=TicketState.WAITING)
    counter = models.ForeignKey("offices.Counter", null=True, blank=True, on_delete=models.PROTECT, related_name="tickets")
    wanted_counter = models.ForeignKey("offices.Counter", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    officer = models.ForeignKey("people.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    joined_at = models.DateTimeField(default=clock.now)  # moved forward when put back after being missed
    called_at = models.DateTimeField(null=True, blank=True)
    calls = models.PositiveSmallIntegerField(default=0)  # since it was last waiting
    started_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["date", "number"]
        constraints = [
            models.UniqueConstraint(fields=["office", "date", "number"], name="ticket_number_once"),
            models.UniqueConstraint(fields=["counter"], condition=Q(state__in=[TicketState.CALLED, TicketState.SERVING]),
                                    name="counter_serves_one", violation_error_message=_("Quầy này đang phục vụ một người.")),
        ]
        indexes = [models.Index(fields=["office", "date", "state"])]


class TicketEvent(history.Event):
    """Called, missed, put back, served."""

    subject = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="events")
