"""Rebooking runs: a closure or a lowered limit, and what becomes of each appointment it strands."""
from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import F, Q

from bookings.models.appointments import Appointment
from bookings.models.places import Session, Slot
from bookings.states import Answer, MoveOutcome, RelocationKind, RelocationState
from onestop import clock, history
from onestop.people.states import Role

if TYPE_CHECKING:
    from onestop.people.models import User


# Who works with runs: whoever may start one, and the hotline, which speaks with the people.
SEES_RUNS_OF_PROVINCE = (Role.ADMINISTRATOR, Role.HOTLINE)
SEES_RUNS_OF_OFFICE = (Role.LEADER, Role.DESK)


class RelocationQuerySet(models.QuerySet["Relocation"]):
    def visible_to(self, user: User) -> RelocationQuerySet:
        """Runs of the own office; administrator and hotline see those of the whole province."""
        of_province = Q(province_id__in=user.provinces_as(*SEES_RUNS_OF_PROVINCE)) | Q(
            office__province_id__in=user.provinces_as(*SEES_RUNS_OF_PROVINCE))
        return self.filter(of_province | Q(office_id__in=user.office_ids_as(*SEES_RUNS_OF_OFFICE)))


class Relocation(models.Model):
    """One run: why, where, from when until when, under which letter. Its items are frozen when it starts."""

    kind = models.CharField(max_length=10, choices=RelocationKind.choices)
    state = models.CharField(max_length=10, choices=RelocationState.choices, default=RelocationState.DRAFT)
    office = models.ForeignKey("offices.Office", null=True, blank=True, on_delete=models.PROTECT, related_name="relocations")
    room = models.ForeignKey("offices.Room", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    area = models.ForeignKey("offices.Area", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    province = models.ForeignKey("offices.Area", on_delete=models.PROTECT, related_name="+")
    from_at = models.DateTimeField()
    until_at = models.DateTimeField(null=True, blank=True)  # none: until reopened
    reason = models.CharField(max_length=255)
    directive = models.ForeignKey("directives.Directive", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    closures = models.ManyToManyField("offices.Closure", blank=True, related_name="relocations")
    sessions = models.ManyToManyField(Session, blank=True, related_name="relocations")  # closed by it, opened again with it
    reopened_at = models.DateTimeField(null=True, blank=True)
    created_by = models.ForeignKey("people.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=clock.now)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = RelocationQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [models.CheckConstraint(condition=Q(until_at__isnull=True) | Q(until_at__gt=F("from_at")), name="relocation_period")]


class RelocationItem(models.Model):
    """One appointment of a run: urgent ones first, then by time. Told once; the answer is kept."""

    relocation = models.ForeignKey(Relocation, on_delete=models.CASCADE, related_name="items")
    appointment = models.ForeignKey(Appointment, on_delete=models.PROTECT, related_name="relocation_items")
    rank = models.PositiveIntegerField()
    outcome = models.CharField(max_length=14, choices=MoveOutcome.choices, default=MoveOutcome.PENDING)
    from_slot = models.ForeignKey(Slot, on_delete=models.PROTECT, related_name="+")
    to_slot = models.ForeignKey(Slot, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    note = models.CharField(max_length=255, blank=True)
    told_at = models.DateTimeField(null=True, blank=True)
    answer = models.CharField(max_length=12, choices=Answer.choices, default=Answer.NONE)
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["rank", "pk"]
        constraints = [models.UniqueConstraint(fields=["relocation", "appointment"], name="relocated_once")]
        indexes = [models.Index(fields=["relocation", "outcome"])]


class RelocationEvent(history.Event):
    """Previewed, started, resumed, finished, reopened."""

    subject = models.ForeignKey(Relocation, on_delete=models.CASCADE, related_name="events")
