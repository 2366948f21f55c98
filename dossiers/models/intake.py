"""Handing in: drafts that are kept, codes of other systems, parcels that came by post, dossiers that look alike."""
from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from dossiers.models.records import Dossier
from dossiers.states import Likeness, ParcelState
from onestop import clock, history
from onestop.people.states import Role

if TYPE_CHECKING:
    from onestop.people.models import User


class Draft(models.Model):
    """A form that a citizen has begun, found again by its link; it expires unless it is handed in."""

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    token_digest = models.CharField(max_length=64, unique=True)  # of the link's token
    procedure = models.ForeignKey("catalogue.Procedure", on_delete=models.CASCADE, related_name="+")
    office = models.ForeignKey("offices.Office", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    form_version = models.ForeignKey("catalogue.EFormVersion", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    values = models.JSONField(default=dict, blank=True)  # everything typed, as typed
    revision = models.PositiveIntegerField(default=0)  # of the last save, so that an older tab never overwrites a newer one
    phone = models.CharField(max_length=15, blank=True)
    email = models.EmailField(blank=True)
    language = models.CharField(max_length=5, default="vi")
    created_at = models.DateTimeField(default=clock.now)
    saved_at = models.DateTimeField(default=clock.now)
    expires_at = models.DateTimeField()
    reminded_at = models.DateTimeField(null=True, blank=True)  # told that it will soon be thrown away
    dossier = models.OneToOneField(Dossier, null=True, blank=True, on_delete=models.SET_NULL, related_name="draft")

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index(fields=["expires_at"])]


class ExternalCode(models.Model):
    """What another system calls a dossier: the National Portal, a ministry (rules.md 3)."""

    dossier = models.ForeignKey(Dossier, on_delete=models.CASCADE, related_name="external_codes")
    system = models.CharField(max_length=20)  # 'dvcqg', …
    code = models.CharField(max_length=80)

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["system", "code"], name="external_code_once")]


class ParcelQuerySet(models.QuerySet["Parcel"]):
    def visible_to(self, user: User) -> ParcelQuerySet:
        """Parcels of the own offices."""
        return self.filter(office_id__in=user.office_ids_as(Role.DESK, Role.SPECIALIST, Role.LEADER))


class Parcel(models.Model):
    """A parcel with papers from a citizen, registered at the office before it is opened (rules.md 8; letter Thường Tín 5)."""

    office = models.ForeignKey("offices.Office", on_delete=models.PROTECT, related_name="parcels")
    waybill = models.CharField(max_length=40, blank=True)
    carrier = models.CharField(max_length=80, blank=True)
    sender_name = models.CharField(max_length=120)
    sender_phone = models.CharField(max_length=15, blank=True)
    sender_address = models.CharField(max_length=255, blank=True)
    procedure = models.ForeignKey("catalogue.Procedure", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=10, choices=ParcelState.choices, default=ParcelState.REGISTERED)
    received_at = models.DateTimeField(default=clock.now)
    cleaned_at = models.DateTimeField(null=True, blank=True)  # the hygiene step
    opened_at = models.DateTimeField(null=True, blank=True)
    # None: by a program, which the event names.
    registered_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    counts = models.JSONField(default=list, blank=True)  # [{position, name, present, originals, certified, copies}]
    missing = models.JSONField(default=list, blank=True)  # [sentence]
    answer_by = models.DateField(null=True, blank=True)
    note = models.TextField(blank=True)
    dossier = models.OneToOneField(Dossier, null=True, blank=True, on_delete=models.PROTECT, related_name="parcel")

    objects = ParcelQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [models.UniqueConstraint(fields=["office", "carrier", "waybill"], condition=~Q(waybill=""), name="parcel_once"),
                       models.CheckConstraint(condition=~Q(state="filed") | Q(dossier__isnull=False), name="filed_parcel_has_dossier")]
        indexes = [models.Index(fields=["office", "state"])]


class ParcelEvent(history.Event):
    """What happened to a parcel."""

    subject = models.ForeignKey(Parcel, on_delete=models.PROTECT, related_name="events")


class Resemblance(models.Model):
    """Two dossiers that look alike, for a person to decide (the later one is `dossier`)."""

    dossier = models.ForeignKey(Dossier, on_delete=models.CASCADE, related_name="resemblances")
    other = models.ForeignKey(Dossier, on_delete=models.CASCADE, related_name="+")
    signs = models.JSONField(default=list)  # codes of what is alike
    state = models.CharField(max_length=10, choices=Likeness.choices, default=Likeness.SUSPECTED)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["dossier", "other"], name="resemblance_once"),
                       models.CheckConstraint(condition=~Q(dossier=F("other")), name="resembles_another")]
