"""Handover lists (bảng kê giao nhận): what office and carrier gave each other, counted and signed (letter Thường Tín 6; rules.md 8);
and the slip of what a postman took over at somebody's door."""
from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models
from django.db.models import Q

from onestop import clock, history
from onestop.people.states import Role
from postal.models.carriers import Carrier, clerk_row
from postal.models.shipments import Shipment
from postal.states import HandoverKind, HandoverState

if TYPE_CHECKING:
    from onestop.people.models import User


def nothing_counted() -> list[dict[str, Any]]:
    """Before anybody has counted."""
    return []


class HandoverListQuerySet(models.QuerySet["HandoverList"]):
    def visible_to(self, user: User) -> HandoverListQuerySet:
        """Clerks see their carrier's in their communes (without a carrier of their own: none), offices their own, the province its own."""
        provinces = user.provinces_as(Role.ADMINISTRATOR, Role.MONITOR)
        own = user.office_ids_as(Role.DESK, Role.SPECIALIST, Role.LEADER)
        return self.filter(Q(office__province_id__in=provinces) | Q(office_id__in=own) | _of_clerk(user))

    def asked(self, *, state: str = "", words: str = "", day: date | None = None) -> HandoverListQuerySet:
        """By state, number, waybill or dossier, and the day of signing; the newest first."""
        found = self.filter(state=state) if state else self.all()
        if words:
            items = HandoverItem.objects.filter(Q(shipment__waybill__iexact=words) | Q(shipment__dossier__code__iexact=words))
            found = found.filter(Q(number__icontains=words) | Q(pk__in=items.values("list_id")))
        if day is not None:
            found = found.filter(closed_at__gte=clock.at(day), closed_at__lt=clock.at(day) + timedelta(days=1))
        return found.order_by("-pk")


def _of_clerk(user: User) -> Q:
    provinces, clerk = user.provinces_as(Role.CARRIER), clerk_row(user)
    if not provinces or clerk is None:
        return Q(pk__in=[])
    held = Q(office__province_id__in=provinces, carrier_id=clerk.carrier_id)
    return held & Q(office__area_id__in=clerk.area_ids) if clerk.area_ids else held


class HandoverList(models.Model):
    """One list of one moment between an office and a carrier, signed by both sides; closed, it never changes."""

    key = models.UUIDField(unique=True, editable=False)
    number = models.CharField(max_length=60, blank=True)  # given when it is closed, unbroken by office and year
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
    counted_at = models.DateTimeField(null=True, blank=True)  # by both sides
    sealed_at = models.DateTimeField(null=True, blank=True)  # in the presence of both; to the office: found unbroken
    head = models.JSONField(default=dict, blank=True)  # both sides as they were called when it was closed
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(default=clock.now)
    closed_at = models.DateTimeField(null=True, blank=True)
    shipments_total = models.PositiveIntegerField(default=0)
    papers_total = models.PositiveIntegerField(default=0)
    note = models.CharField(max_length=255, blank=True)

    objects = HandoverListQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["office", "number"], condition=~Q(number=""), name="handover_number_once"),
            models.UniqueConstraint(fields=["made_by", "office", "carrier", "kind"], condition=Q(state="open"),
                                    name="one_open_handover_each"),
            models.CheckConstraint(condition=~Q(state="closed") | (~Q(number="") & Q(closed_at__isnull=False)),
                                   name="closed_handover_is_numbered"),
        ]
        indexes = [models.Index(fields=["office", "state"]), models.Index(fields=["carrier", "state"])]


class HandoverItem(models.Model):
    """A shipment in a list, with what was counted at that moment."""

    list = models.ForeignKey(HandoverList, on_delete=models.CASCADE, related_name="items")
    shipment = models.ForeignKey(Shipment, on_delete=models.PROTECT, related_name="handover_items")
    position = models.PositiveIntegerField()
    papers = models.PositiveSmallIntegerField(default=0)
    counts = models.JSONField(default=nothing_counted, blank=True)  # [{position, name, originals, certified, copies}]
    counted_at = models.DateTimeField(null=True, blank=True)  # None: taken from the dossier until both sides have counted
    seal_number = models.CharField(max_length=40, blank=True)
    held = models.BooleanField(default=True)  # its list is open: a shipment is in one open list at most
    line = models.JSONField(default=dict, blank=True)  # what the closed list says of it
    differs = models.CharField(max_length=255, blank=True)  # what was missing or too many
    scanned_at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["list", "shipment"], name="handover_item_once"),
                       models.UniqueConstraint(fields=["shipment"], condition=Q(held=True), name="in_one_open_handover")]


class HandoverListEvent(history.Event):
    """What happened to a list."""

    subject = models.ForeignKey(HandoverList, on_delete=models.PROTECT, related_name="events")


class HandoverCounter(models.Model):
    """The last number of an office's year; taken in the transaction that closes a list."""

    office = models.ForeignKey("offices.Office", on_delete=models.PROTECT, related_name="+")
    year = models.PositiveSmallIntegerField()
    last = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["office", "year"], name="handover_counter_once")]


class CollectionSlip(models.Model):
    """What a postman took over at somebody's door: counted, sealed, signed by both (rules.md 8)."""

    shipment = models.OneToOneField(Shipment, on_delete=models.PROTECT, related_name="slip")
    giver = models.CharField(max_length=120)
    giver_signature = models.TextField(blank=True)  # PNG as the browser draws it (data URL); '': on the carrier's paper form
    receiver = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    receiver_signature = models.TextField(blank=True)
    cleaned_how = models.CharField(max_length=120, blank=True)
    differs = models.CharField(max_length=255, blank=True)
    at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ["pk"]
