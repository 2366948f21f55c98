"""Work inside the office: steps with their own due dates, opinions, talk with the citizen, saved filters, verbs for many."""
from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models
from django.db.models import Q

from dossiers.models.records import Dossier, Upload
from dossiers.states import BulkVerb, ItemState, OpinionState, RunState
from onestop import clock
from onestop.people.states import Role

if TYPE_CHECKING:
    from onestop.people.models import User


class WorkStep(models.Model):
    """One hand a dossier passes through: who, from when, until when. The control slip is made from these rows and the events."""

    dossier = models.ForeignKey(Dossier, on_delete=models.CASCADE, related_name="steps")
    name = models.CharField(max_length=120)
    office = models.ForeignKey("offices.Office", on_delete=models.PROTECT, related_name="+")
    officer = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="work_steps")
    given_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    started_at = models.DateTimeField(default=clock.now)
    due_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    note = models.CharField(max_length=255, blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["dossier"], condition=Q(ended_at__isnull=True), name="one_step_at_a_time")]
        indexes = [models.Index(fields=["officer", "ended_at", "due_at"])]


class OpinionQuerySet(models.QuerySet["Opinion"]):
    def visible_to(self, user: User) -> OpinionQuerySet:
        """Asked by or of the own offices."""
        own = user.office_ids_as(Role.DESK, Role.SPECIALIST, Role.LEADER)
        return self.filter(Q(office_id__in=own) | Q(dossier__received_office_id__in=own) | Q(dossier__competent_office_id__in=own))


class Opinion(models.Model):
    """A question to another unit about a dossier, with its own due date."""

    dossier = models.ForeignKey(Dossier, on_delete=models.CASCADE, related_name="opinions")
    office = models.ForeignKey("offices.Office", on_delete=models.PROTECT, related_name="opinions")
    question = models.TextField()
    due_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=OpinionState.choices, default=OpinionState.ASKED)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(default=clock.now)
    answer = models.TextField(blank=True)
    answered_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    answered_at = models.DateTimeField(null=True, blank=True)
    reminded_at = models.DateTimeField(null=True, blank=True)
    uploads = models.ManyToManyField(Upload, blank=True, related_name="+")

    objects = OpinionQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index(fields=["office", "state", "due_at"])]


class Letter(models.Model):
    """A message between office and citizen about a dossier; read on the tracking page by whoever has the second factor."""

    dossier = models.ForeignKey(Dossier, on_delete=models.CASCADE, related_name="letters")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")  # None: citizen
    text = models.TextField()
    at = models.DateTimeField(default=clock.now)
    read_at = models.DateTimeField(null=True, blank=True)
    uploads = models.ManyToManyField(Upload, blank=True, related_name="+")

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index(fields=["dossier"], condition=Q(author__isnull=True, read_at__isnull=True), name="letter_unread")]


class SavedFilter(models.Model):
    """A user's own way to look at the inbox."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="saved_filters")
    name = models.CharField(max_length=60)
    query = models.CharField(max_length=500)  # the query string of the inbox, checked before it is kept

    class Meta:
        ordering = ["name", "pk"]
        constraints = [models.UniqueConstraint(fields=["user", "name"], name="saved_filter_once")]


class BulkRun(models.Model):
    """One verb for up to 500 dossiers, carried out in the background with an outcome for each."""

    verb = models.CharField(max_length=30)
    params = models.JSONField(default=dict, blank=True)
    office = models.ForeignKey("offices.Office", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=10, choices=RunState.choices, default=RunState.RUNNING)
    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="bulk_runs")
    started_at = models.DateTimeField(default=clock.now)
    finished_at = models.DateTimeField(null=True, blank=True)
    beat_at = models.DateTimeField(default=clock.now)  # the last sign of life: one that stands still is taken up again

    class Meta:
        ordering = ["-pk"]

    @property
    def verb_label(self) -> Any:
        """The verb in words."""
        return BulkVerb(self.verb).label


class BulkItem(models.Model):
    """One dossier of a run."""

    run = models.ForeignKey(BulkRun, on_delete=models.CASCADE, related_name="items")
    dossier = models.ForeignKey(Dossier, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=10, choices=ItemState.choices, default=ItemState.WAITING)
    outcome = models.CharField(max_length=255, blank=True)  # why not, in a sentence

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["run", "dossier"], name="bulk_item_once")]
        indexes = [models.Index(fields=["run", "state"])]
