"""Lists as files that somebody asked for: made by a job, read by nobody else, gone after some days."""
from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q

from onestop import clock
from postal.models.campaigns import AddressCampaign
from postal.models.money import WaiverCampaign
from postal.states import FileKind

if TYPE_CHECKING:
    from onestop.people.models import User


def stored_name(row: models.Model, filename: str) -> str:
    """A private name that nobody can guess."""
    return f"lists/{uuid.uuid4().hex}"


class AskedFileQuerySet(models.QuerySet["AskedFile"]):
    def visible_to(self, user: User) -> AskedFileQuerySet:
        """Whoever asked: the file holds what they may see."""
        return self.filter(asked_by=user)


class AskedFile(models.Model):
    """One list as XLSX, with what its maker may see on the day it is made."""

    kind = models.CharField(max_length=10, choices=FileKind.choices)
    campaign = models.ForeignKey(AddressCampaign, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    waiver = models.ForeignKey(WaiverCampaign, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    office = models.ForeignKey("offices.Office", null=True, blank=True, on_delete=models.PROTECT, related_name="+")  # None: all
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    asked_at = models.DateTimeField(default=clock.now)
    # The job: how many lines there will be, how many are written, its last sign of life, how often it began.
    total = models.PositiveIntegerField(default=0)
    reached = models.PositiveIntegerField(default=0)
    worked_at = models.DateTimeField(default=clock.now)
    attempts = models.PositiveSmallIntegerField(default=0)
    done_at = models.DateTimeField(null=True, blank=True)
    file = models.FileField(upload_to=stored_name, blank=True)
    rows = models.PositiveIntegerField(default=0)
    sha256 = models.CharField(max_length=64, blank=True)

    objects = AskedFileQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [models.CheckConstraint(name="asked_file_is_of_something", condition=(
            Q(kind="people", campaign__isnull=False, waiver__isnull=True) | Q(kind="paid", waiver__isnull=False, campaign__isnull=True)))]
        indexes = [models.Index(fields=["worked_at"], condition=Q(done_at__isnull=True), name="asked_file_waits")]
