"""Printed forms as they were issued."""
from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models

from dossiers.models.records import Dossier
from dossiers.states import FormKind, RulePack
from onestop import clock


def form_name(form: IssuedForm, filename: str) -> str:
    """An unguessable private name."""
    return f"forms/{form.key.hex[:2]}/{form.key.hex}.pdf"


class IssuedForm(models.Model):
    """A printed form as it was issued: the file with its hash, its version and its signer; never made anew."""

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    dossier = models.ForeignKey(Dossier, on_delete=models.PROTECT, related_name="forms")
    kind = models.CharField(max_length=12, choices=FormKind.choices)
    number = models.PositiveSmallIntegerField(default=1)
    rule_pack = models.CharField(max_length=10, choices=RulePack.choices)
    version = models.CharField(max_length=16, blank=True)  # of the templates it was made with, see printing.version()
    file = models.FileField(upload_to=form_name)
    sha256 = models.CharField(max_length=64)
    signer = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    issued_at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["dossier", "kind", "number"], name="form_once")]
