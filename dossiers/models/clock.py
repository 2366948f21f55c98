"""The legal clock: its ledger, what stops it, and requests that move dates, for one dossier or thousands."""
from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from dossiers.models.records import Dossier, Upload
from dossiers.states import Cause, ExtensionState, Instrument, ItemState, Kind, PaperProblem, RunState, Stage
from onestop import clock, history
from onestop.people.states import Role

if TYPE_CHECKING:
    from onestop.people.models import User


class ClockEntry(models.Model):
    """A row of the legal clock's ledger; never changed. The due date is a pure function of these rows (rules.md 5.2)."""

    dossier = models.ForeignKey(Dossier, on_delete=models.PROTECT, related_name="clock")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    cause = models.CharField(max_length=20, choices=Cause.choices)
    at = models.DateTimeField(default=clock.now)  # entered
    effective_at = models.DateTimeField()  # counts from
    effective_until = models.DateTimeField(null=True, blank=True)  # suspend: end of its last day; extend: the new due moment
    lifts = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="lifted_by")
    legal_basis = models.CharField(max_length=255, blank=True)
    citizen_text = models.TextField(blank=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    executed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    extension = models.ForeignKey("Extension", null=True, blank=True, on_delete=models.PROTECT, related_name="entries")
    after_due = models.BooleanField(default=False)  # entered when the dossier was late already: it stays late in the counts

    objects = history.EventQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [models.CheckConstraint(condition=Q(effective_until__isnull=True) | Q(effective_until__gte=F("effective_at")),
                                              name="clock_entry_period")]


class Supplement(models.Model):
    """One written guidance that lists everything missing (rules.md 6)."""

    dossier = models.ForeignKey(Dossier, on_delete=models.CASCADE, related_name="supplements")
    items = models.JSONField(default=list)  # [sentence]
    problems = models.JSONField(default=list, blank=True)  # [PaperProblem], one for each item
    reason = models.TextField(blank=True)
    legal_basis = models.CharField(max_length=255, blank=True)
    stage = models.CharField(max_length=10, choices=Stage.choices, default=Stage.APPRAISAL)
    answer_by = models.DateField()
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(default=clock.now)
    answered_at = models.DateTimeField(null=True, blank=True)
    reminded_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)  # by rule: nothing came in time
    answer = models.TextField(blank=True)  # the citizen's words
    uploads = models.ManyToManyField(Upload, blank=True, related_name="+")
    confirmed_at = models.DateTimeField(null=True, blank=True)  # the office has everything
    confirmed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-pk"]
        indexes = [models.Index(fields=["answer_by"], condition=Q(answered_at__isnull=True, closed_at__isnull=True),
                                name="supplement_waits")]

    @property
    def lines(self) -> list[str]:
        """What is asked for, each with what is wrong about it: 'Chưa đúng: Tờ khai'."""
        problems = [*self.problems, *[PaperProblem.MISSING] * len(self.items)]
        return [f"{PaperProblem(problem).label}: {item}" for item, problem in zip(self.items, problems, strict=False)]


class ExtensionQuerySet(models.QuerySet["Extension"]):
    def visible_to(self, user: User) -> ExtensionQuerySet:
        """Requests of the own offices; the administrator sees the province's."""
        provinces, own = user.provinces_as(Role.ADMINISTRATOR, Role.MONITOR), user.office_ids_as(Role.DESK, Role.SPECIALIST, Role.LEADER)
        return self.filter(Q(office__province_id__in=provinces) | Q(office_id__in=own))


class Extension(models.Model):
    """A request to move due dates or stop the clock for a frozen list of dossiers (letters Cần Thơ 1c, Khánh Hòa 4)."""

    office = models.ForeignKey("offices.Office", on_delete=models.PROTECT, related_name="extensions")
    instrument = models.CharField(max_length=20, choices=Instrument.choices)
    until = models.DateField()  # inclusive
    # What the list was made from: dossiers.scopes.Scope as JSON, with how many there were and the last key; {}: by hand.
    scope = models.JSONField(default=dict, blank=True)
    frozen_at = models.DateTimeField(null=True, blank=True)
    starts_on = models.DateField(null=True, blank=True)  # suspension: its first day
    reason = models.TextField()
    citizen_text = models.TextField()
    directive = models.ForeignKey("directives.Directive", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    clause = models.CharField(max_length=40, blank=True)
    state = models.CharField(max_length=10, choices=ExtensionState.choices, default=ExtensionState.REQUESTED)
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    requested_at = models.DateTimeField(default=clock.now)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    decision_reason = models.TextField(blank=True)
    lifted_from = models.DateField(null=True, blank=True)  # a suspension lifted: the first day that counts again
    # An apology is signed by the head of the office before it is carried out (rules.md 6).
    signed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    signed_at = models.DateTimeField(null=True, blank=True)
    started_at = models.DateTimeField(null=True, blank=True)  # carrying out
    finished_at = models.DateTimeField(null=True, blank=True)
    worked_at = models.DateTimeField(null=True, blank=True)  # the last sign of life of a job at work on it

    objects = ExtensionQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(condition=Q(decided_by__isnull=True) | ~Q(decided_by=F("requested_by")), name="approver_is_another",
                                   violation_error_message=_("Người phê duyệt phải khác người đề nghị.")),
            models.CheckConstraint(condition=Q(instrument="apology") | Q(directive__isnull=False), name="extension_needs_directive"),
        ]
        indexes = [models.Index(fields=["state", "office"])]


class ExtensionItem(models.Model):
    """One dossier of the frozen scope: its date before and after, or why it is left out."""

    extension = models.ForeignKey(Extension, on_delete=models.CASCADE, related_name="items")
    dossier = models.ForeignKey(Dossier, on_delete=models.PROTECT, related_name="extension_items")
    state = models.CharField(max_length=10, choices=ItemState.choices, default=ItemState.WAITING)
    due_from = models.DateTimeField(null=True, blank=True)
    due_to = models.DateTimeField(null=True, blank=True)
    findings = models.JSONField(default=list, blank=True)  # [{code, ok, sentence}]
    excluded_because = models.CharField(max_length=255, blank=True)
    lift = models.ForeignKey("ExtensionLift", null=True, blank=True, on_delete=models.PROTECT, related_name="items")
    lifted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["extension", "dossier"], name="extension_item_once")]
        indexes = [models.Index(fields=["extension", "state", "id"])]


class ExtensionLift(models.Model):
    """A suspension ended early, for all its dossiers or for some."""

    extension = models.ForeignKey(Extension, on_delete=models.PROTECT, related_name="lifts")
    from_day = models.DateField()  # the first day that counts again
    reason = models.TextField()
    whole = models.BooleanField(default=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(default=clock.now)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["pk"]


def annex_name(annex: ExtensionAnnex, filename: str) -> str:
    """An unguessable private name."""
    return f"annexes/{annex.key.hex[:2]}/{annex.key.hex}"


class ExtensionAnnex(models.Model):
    """The decision's list of dossiers with old and new dates, as it was issued."""

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    extension = models.ForeignKey(Extension, on_delete=models.PROTECT, related_name="annexes")
    format = models.CharField(max_length=4)  # pdf, xlsx
    number = models.PositiveSmallIntegerField(default=1)  # an edition: made again where dossiers that failed were done later
    rows = models.PositiveIntegerField(default=0)
    file = models.FileField(upload_to=annex_name)
    sha256 = models.CharField(max_length=64)
    made_at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["extension", "format", "number"], name="annex_once")]


class CalendarShift(models.Model):
    """A new version of a year's calendar and what it moves: previewed before it is approved, then carried out dossier by dossier."""

    calendar = models.ForeignKey("offices.WorkCalendar", on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=10, choices=RunState.choices, default=RunState.RUNNING)
    total = models.PositiveIntegerField(default=0)
    moved = models.PositiveIntegerField(default=0)
    reached = models.PositiveBigIntegerField(default=0)  # the key of the last dossier looked at
    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    started_at = models.DateTimeField(default=clock.now)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-pk"]


class ExtensionEvent(history.Event):
    """What happened to an extension request."""

    subject = models.ForeignKey(Extension, on_delete=models.PROTECT, related_name="events")
