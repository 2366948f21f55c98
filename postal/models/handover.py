"""Handover lists (bảng kê giao nhận): what office and carrier gave each other, counted and signed (letter Thường Tín 6; rules.md 8)."""
from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q

from onestop import clock, history
from onestop.people.states import Role
from postal.models.carriers import Carrier
from postal.models.shipments import Shipment
from postal.states import HandoverKind, HandoverState

if TYPE_CHECKING:
    from onestop.people.models import User


class HandoverListQuerySet(models.QuerySet["HandoverList"]):
    def visible_to(self, user: User) -> HandoverListQuerySet:
        """Clerks see their carrier's (without a carrier of their own: the province's), offices their own, the province its own."""
        provinces = user.provinces_as(Role.CARRIER, Role.ADMINISTRATOR, Role.MONITOR)
        own = user.office_ids_as(Role.DESK, Role.SPECIALIST, Role.LEADER)
        return self.filter(Q(office__province_id__in=provinces) | Q(office_id__in=own))


class HandoverList(models.Model):
    """One list of one moment between an office and a carrier, signed by both sides; closed, it never changes."""

    key = models.UUIDField(unique=True, editable=False)
    number = models.CharField(max_length=40, blank=True)  # given when it is closed, unbroken by office and year
    kind = models.CharField(max_length=10, choices=HandoverKind.choices)
    carrier = models.ForeignKey(Carrier, on_delete=models.PROTECT, related_name="handover_lists")
    office = models.ForeignKey("offices.Office", on_delete=models.PROTECT, related_name="handover_lists")
    state = models.CharField(max_length=10, choices=HandoverState.choices, default=HandoverState.OPEN)
    giver = models.CharField(max_length=120, blank=True)
    receiver = models.CharField(max_length=120, blank=True)
    giver_user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    receiver_user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    giver_signature = models.TextField(blank=True)  # PNG as the browser draws it (data URL); '': on paper
    receiver_signature = models.TextField(blank=True)
    cleaned_at = models.DateTimeField(null=True, blank=True)  # the hygiene step
    cleaned_how = models.CharField(max_length=120, blank=True)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(default=clock.now)
    closed_at = models.DateTimeField(null=True, blank=True)
    shipments_total = models.PositiveIntegerField(default=0)
    papers_total = models.PositiveIntegerField(default=0)
    note = models.CharField(max_length=255, blank=True)

    objects = HandoverListQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [models.UniqueConstraint(fields=["office", "number"], condition=~Q(number=""), name="handover_number_once")]
        indexes = [models.Index(fields=["office", "state"]), models.Index(fields=["carrier", "state"])]


class HandoverItem(models.Model):
    """A shipment in a list, with what was counted at that moment."""

    list = models.ForeignKey(HandoverList, on_delete=models.CASCADE, related_name="items")
    shipment = models.ForeignKey(Shipment, on_delete=models.PROTECT, related_name="handover_items")
    position = models.PositiveIntegerField()
    papers = models.PositiveSmallIntegerField(default=0)
    differs = models.CharField(max_length=255, blank=True)  # what was missing or too many
    scanned_at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["list", "shipment"], name="handover_item_once")]


class HandoverListEvent(history.Event):
    """What happened to a list."""

    subject = models.ForeignKey(HandoverList, on_delete=models.PROTECT, related_name="events")
