"""The result: its file, how it was handed over, officers' visits at home, signed links."""
from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from dossiers.models.records import Dossier, Upload
from dossiers.states import ReturnMethod, VisitState
from onestop import clock


class Result(models.Model):
    """A document that settles a dossier."""

    dossier = models.ForeignKey(Dossier, on_delete=models.PROTECT, related_name="results")
    upload = models.ForeignKey(Upload, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=120)  # 'Giấy phép', 'Quyết định', …
    number = models.CharField(max_length=60, blank=True)
    abstract = models.CharField(max_length=400, blank=True)
    issued_on = models.DateField(null=True, blank=True)
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField(default=clock.now)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["pk"]


class HandOver(models.Model):
    """The result in somebody's hands: who took it, when, on what proof."""

    dossier = models.OneToOneField(Dossier, on_delete=models.PROTECT, related_name="hand_over")
    method = models.CharField(max_length=12, choices=ReturnMethod.choices)
    receiver = models.CharField(max_length=120)
    relation = models.CharField(max_length=120, blank=True)  # to the applicant; '': the applicant
    phone = models.CharField(max_length=15, blank=True)
    document = models.CharField(max_length=120, blank=True)  # what the receiver showed
    at = models.DateTimeField(default=clock.now)
    handed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    photo = models.ForeignKey(Upload, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    signature = models.ForeignKey(Upload, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    note = models.CharField(max_length=255, blank=True)

    class Meta:
        ordering = ["pk"]


class HomeVisit(models.Model):
    """An officer brings the result home (letter Thường Tín 5)."""

    dossier = models.ForeignKey(Dossier, on_delete=models.PROTECT, related_name="home_visits")
    officer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="home_visits")
    address = models.CharField(max_length=255)
    planned_on = models.DateField()
    state = models.CharField(max_length=10, choices=VisitState.choices, default=VisitState.ASSIGNED)
    assigned_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    assigned_at = models.DateTimeField(default=clock.now)
    ended_at = models.DateTimeField(null=True, blank=True)
    failure = models.CharField(max_length=255, blank=True)

    class Meta:
        ordering = ["planned_on", "pk"]
        constraints = [models.UniqueConstraint(fields=["dossier"], condition=Q(state="assigned"), name="one_open_home_visit")]
        indexes = [models.Index(fields=["officer", "state", "planned_on"])]


class ResultLink(models.Model):
    """A link to the result's file, told once, opened with a second factor (the citizen's phone), for a time."""

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    dossier = models.ForeignKey(Dossier, on_delete=models.CASCADE, related_name="result_links")
    token_digest = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField(default=clock.now)
    expires_at = models.DateTimeField()
    failures = models.PositiveSmallIntegerField(default=0)
    opened_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["pk"]
