"""Carriers and shipments. Our id is the carrier's idempotency key; each signed event of the carrier is kept once."""
from __future__ import annotations

import uuid
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q

from onestop import clock, history
from onestop.people.states import Role
from postal.states import Direction, State

if TYPE_CHECKING:
    from onestop.people.models import User


class Carrier(models.Model):
    """A public postal carrier reached by HTTP: where orders go and the key that signs both ways."""

    code = models.SlugField(max_length=30, unique=True)
    name = models.CharField(max_length=120)
    order_url = models.URLField(max_length=255)
    key = models.CharField(max_length=120)  # shared secret of the HMAC-SHA256 signatures
    province = models.ForeignKey("offices.Area", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    collect_hours = models.PositiveSmallIntegerField(default=4)  # letter Khánh Hòa clause 3
    working_hours_only = models.BooleanField(default=True)  # wall clock or the carrier's working hours (rules.md 8)
    active = models.BooleanField(default=True)

    class Meta:
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name


class ShipmentQuerySet(models.QuerySet["Shipment"]):
    def due(self, moment: datetime) -> ShipmentQuerySet:
        """Shipments to be told to their carrier now."""
        return self.filter(state=State.READY, next_attempt_at__lte=moment)

    def unqueued(self, moment: datetime) -> ShipmentQuerySet:
        """Shipments that no worker has been asked for, or whose job must be taken for lost."""
        return self.filter(Q(queued_until__isnull=True) | Q(queued_until__lte=moment))

    def stuck(self, moment: datetime) -> ShipmentQuerySet:
        """Shipments whose worker took them at `moment` or before and has not told the outcome."""
        return self.filter(state=State.SENDING, claimed_at__lte=moment)

    def to_collect(self) -> ShipmentQuerySet:
        """What the carrier knows of and has not fetched yet."""
        return self.filter(state=State.ORDERED)

    def visible_to(self, user: User) -> ShipmentQuerySet:
        """The carrier's clerks and administrators see the province's, the office its own."""
        provinces = user.provinces_as(Role.CARRIER, Role.ADMINISTRATOR, Role.MONITOR, Role.HOTLINE)
        own = user.office_ids_as(Role.DESK, Role.SPECIALIST, Role.LEADER)
        return self.filter(Q(office__province_id__in=provinces) | Q(office_id__in=own))


class Shipment(models.Model):
    """A bưu gửi with its address as it was when it was made."""

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    carrier = models.ForeignKey(Carrier, on_delete=models.PROTECT, related_name="shipments")
    dossier = models.ForeignKey("dossiers.Dossier", on_delete=models.PROTECT, related_name="shipments")
    office = models.ForeignKey("offices.Office", on_delete=models.PROTECT, related_name="shipments")
    direction = models.CharField(max_length=16, choices=Direction.choices)
    recipient = models.CharField(max_length=120)
    phone = models.CharField(max_length=15)
    address = models.CharField(max_length=255)
    state = models.CharField(max_length=12, choices=State.choices, default=State.READY)
    waybill = models.CharField(max_length=60, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_attempt_at = models.DateTimeField(default=clock.now)
    queued_until = models.DateTimeField(null=True, blank=True)  # a job is on its way; after this it is taken for lost
    claimed_at = models.DateTimeField(null=True, blank=True)
    last_error = models.CharField(max_length=255, blank=True)
    created_at = models.DateTimeField(default=clock.now)
    ordered_at = models.DateTimeField(null=True, blank=True)  # the carrier was told that a result is ready
    collect_due_at = models.DateTimeField(null=True, blank=True)
    collected_at = models.DateTimeField(null=True, blank=True)
    delivered_at = models.DateTimeField(null=True, blank=True)
    returned_at = models.DateTimeField(null=True, blank=True)

    objects = ShipmentQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [models.UniqueConstraint(fields=["dossier", "direction"], condition=~Q(state="cancelled"), name="shipment_once")]
        indexes = [models.Index(fields=["state", "next_attempt_at"]), models.Index(fields=["office", "state", "collect_due_at"])]

    def __str__(self) -> str:
        return self.waybill or str(self.key)


class CarrierEvent(models.Model):
    """A signed event as the carrier sent it; its own id makes repeats harmless."""

    carrier = models.ForeignKey(Carrier, on_delete=models.PROTECT, related_name="events")
    event_id = models.CharField(max_length=80)
    shipment = models.ForeignKey(Shipment, null=True, on_delete=models.PROTECT, related_name="carrier_events")
    status = models.CharField(max_length=40)
    happened_at = models.DateTimeField()
    received_at = models.DateTimeField(default=clock.now)
    body = models.JSONField(default=dict)

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["carrier", "event_id"], name="carrier_event_once")]


class ShipmentEvent(history.Event):
    """What happened to a shipment."""

    subject = models.ForeignKey(Shipment, on_delete=models.PROTECT, related_name="events")
