"""The bridge to the National Portal: what came in, and the status packets that go out."""
from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models

from dossiers.models.records import Dossier, DossierEvent
from dossiers.states import ImportState, PacketState
from onestop import clock


class Packet(models.Model):
    """The status of a dossier at an event, on its way to the National Portal; the next one of a dossier waits for it."""

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)  # the idempotency key: the other side takes it once
    dossier = models.ForeignKey(Dossier, on_delete=models.CASCADE, related_name="packets")
    event = models.OneToOneField(DossierEvent, on_delete=models.CASCADE, related_name="packet")
    status = models.PositiveSmallIntegerField()  # 1 to 10
    payload = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=PacketState.choices, default=PacketState.QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField(default=clock.now)
    answer = models.CharField(max_length=255, blank=True)
    made_at = models.DateTimeField(default=clock.now)
    sent_at = models.DateTimeField(null=True, blank=True)
    exported_in = models.CharField(max_length=80, blank=True)  # name of the file it went out with

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index(fields=["state", "next_try_at"])]


class NationalImport(models.Model):
    """A file (or a call) with dossiers that were filed on the National Portal."""

    source = models.CharField(max_length=160)  # file name, or 'http'
    digest = models.CharField(max_length=64, unique=True)
    office = models.ForeignKey("offices.Office", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    read_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    read_at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ["-pk"]


class NationalImportRow(models.Model):
    """One dossier of an import."""

    batch = models.ForeignKey(NationalImport, on_delete=models.CASCADE, related_name="rows")
    line = models.PositiveIntegerField()
    code = models.CharField(max_length=80)  # the National Portal's
    state = models.CharField(max_length=10, choices=ImportState.choices)
    dossier = models.ForeignKey(Dossier, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    problem = models.CharField(max_length=255, blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["batch", "line"], name="import_row_once")]


class Bridge(models.Model):
    """The one row of the connection: how far events were looked at and the portal's list was read, and whether it is out of reach."""

    name = models.CharField(max_length=20, unique=True)
    collected = models.PositiveBigIntegerField(default=0)  # key of an event; those up to it have their packets
    cursor = models.CharField(max_length=200, blank=True)  # of the portal's list of new dossiers
    failures = models.PositiveSmallIntegerField(default=0)  # in a row
    rest_until = models.DateTimeField(null=True, blank=True)  # the breaker: nothing is sent before
    last_answer_at = models.DateTimeField(null=True, blank=True)
    last_error = models.CharField(max_length=255, blank=True)

    class Meta:
        ordering = ["pk"]
