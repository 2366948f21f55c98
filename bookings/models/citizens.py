"""What citizens ask for beside an appointment: the waiting list, a group, a confirmed phone number."""
from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from bookings.models.appointments import Appointment
from bookings.models.places import Hold
from bookings.states import OfferState, Purpose, WaitingState
from onestop import clock, history


class WaitingEntry(models.Model):
    """Somebody who wants a place between two days at an office that has none; offers go out in the order of joining."""

    code = models.CharField(max_length=16, unique=True)
    secret_digest = models.CharField(max_length=64)
    office = models.ForeignKey("offices.Office", on_delete=models.PROTECT, related_name="waiting_entries")
    procedure = models.ForeignKey("catalogue.Procedure", on_delete=models.PROTECT, related_name="+")
    purpose = models.CharField(max_length=10, choices=Purpose.choices, default=Purpose.SUBMIT)
    first_day = models.DateField()
    last_day = models.DateField()
    dossiers = models.PositiveSmallIntegerField(default=1)
    people = models.PositiveSmallIntegerField(default=1)
    full_name = models.CharField(max_length=120)
    search_name = models.CharField(max_length=120)
    phone = models.CharField(max_length=15, db_index=True)
    email = models.EmailField(blank=True)
    citizen_id = models.CharField(max_length=12, blank=True)
    person_key = models.CharField(max_length=160)
    channel = models.CharField(max_length=10)
    language = models.CharField(max_length=5, default="vi")
    state = models.CharField(max_length=10, choices=WaitingState.choices, default=WaitingState.WAITING)
    appointment = models.ForeignKey(Appointment, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    offers_made = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ["created_at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["person_key", "procedure", "purpose", "office"], name="waiting_once",
                                    condition=Q(state__in=[WaitingState.WAITING, WaitingState.OFFERED])),
            models.CheckConstraint(condition=Q(last_day__gte=F("first_day")), name="waiting_period"),
        ]
        indexes = [models.Index(fields=["office", "state", "created_at"])]


class WaitingOffer(models.Model):
    """One place offered to one entry until a time; the place is kept by a hold of its own, so no place is offered twice."""

    entry = models.ForeignKey(WaitingEntry, on_delete=models.CASCADE, related_name="offers")
    hold = models.OneToOneField(Hold, on_delete=models.PROTECT, related_name="offer")
    state = models.CharField(max_length=10, choices=OfferState.choices, default=OfferState.OPEN)
    expires_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["entry"], condition=Q(state=OfferState.OPEN), name="one_open_offer")]
        indexes = [models.Index(fields=["state", "expires_at"])]


class WaitingEvent(history.Event):
    """Joined, offered, accepted, declined, lapsed, withdrawn."""

    subject = models.ForeignKey(WaitingEntry, on_delete=models.CASCADE, related_name="events")


class GroupBooking(models.Model):
    """Several people of one organisation, each with an appointment; one contact keeps the list."""

    code = models.CharField(max_length=16, unique=True)
    secret_digest = models.CharField(max_length=64)
    organisation = models.CharField(max_length=200)
    contact_name = models.CharField(max_length=120)
    contact_phone = models.CharField(max_length=15)
    office = models.ForeignKey("offices.Office", on_delete=models.PROTECT, related_name="+")
    procedure = models.ForeignKey("catalogue.Procedure", on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ["-pk"]


class PhoneCode(models.Model):
    """A code sent to a phone to show that its owner books (setting PHONE_CONFIRMATION). Only its hash is stored."""

    phone = models.CharField(max_length=15, db_index=True)
    digest = models.CharField(max_length=64)
    tries = models.PositiveSmallIntegerField(default=0)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ["-pk"]
