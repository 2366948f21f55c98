"""Administrative procedures (thủ tục hành chính) and their versions, what needs review, and how it was settled."""
from __future__ import annotations

from datetime import date
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q

from onestop import clock, history
from onestop.catalogue import told
from onestop.catalogue.states import OFFICE_LEVELS_FOR, Channel, Problem, ReviewState, Unit
from onestop.people.words import fold


def search_text_of(code: str, name: str, field: str) -> str:
    """What search reads: the folded name first, so that 'starts with' is about the name, then code and field."""
    return fold(f"{name} | {code} | {field}")


class ProcedureQuerySet(models.QuerySet["Procedure"]):
    def usable(self) -> ProcedureQuerySet:
        """Procedures that may be booked and submitted: no open review."""
        return self.filter(state=ReviewState.READY)


class Procedure(models.Model):
    """A procedure by its national code; what can change over time is in its versions."""

    code = models.CharField(max_length=40, unique=True)
    name = models.TextField()
    search_text = models.TextField(editable=False)  # see search_text_of
    field = models.CharField(max_length=200, db_index=True)
    levels = models.JSONField(default=list)  # of LEVELS' values
    authority = models.CharField(max_length=200, blank=True)
    kind = models.CharField(max_length=200, blank=True)
    state = models.CharField(max_length=20, choices=ReviewState.choices, default=ReviewState.NEEDS_REVIEW, db_index=True)
    presence_required = models.BooleanField(default=False)
    field_verification = models.BooleanField(default=False)
    urgent = models.BooleanField(default=False)
    sensitive = models.BooleanField(default=False)  # the name is left out of messages (rules.md 9)
    current = models.ForeignKey("ProcedureVersion", null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    objects = ProcedureQuerySet.as_manager()

    class Meta:
        ordering = ["code"]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.search_text = search_text_of(self.code, self.name, self.field)
        super().save(*args, **kwargs)

    @property
    def office_levels(self) -> set[str]:
        """Levels of the offices that carry this procedure out."""
        return set().union(*(OFFICE_LEVELS_FOR.get(level, set()) for level in self.levels))

    @property
    def levels_text(self) -> str:
        """The levels in words."""
        return told.levels_text(self.levels)

    def is_usable(self) -> bool:
        return self.state == ReviewState.READY


class ProcedureVersion(models.Model):
    """A procedure as published at a time; a dossier keeps the version it was received under (rules.md 2)."""

    procedure = models.ForeignKey(Procedure, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveSmallIntegerField()
    valid_from = models.DateField(default=date(2018, 6, 21))
    valid_to = models.DateField(null=True, blank=True)
    decision = models.CharField(max_length=120, blank=True)
    applicants = models.JSONField(default=list)
    result = models.TextField(blank=True)
    cutoff_time = models.TimeField(null=True, blank=True)  # the 15:00 rule, where the procedure has it (rules.md 5.1)
    source_digest = models.CharField(max_length=64, blank=True)
    source = models.JSONField(default=dict, blank=True)

    class Meta:
        ordering = ["procedure_id", "-number"]
        constraints = [models.UniqueConstraint(fields=["procedure", "number"], name="procedure_version_once")]

    def __str__(self) -> str:
        return f"{self.procedure.code} v{self.number}"


class ChannelTerm(models.Model):
    """Term and fee of one channel of a version.

    `amount` None is 'no appointment date' (rules.md 5.1). A `fee_amount` of 0 is free; None means that the catalogue
    does not state the fee (often a province's council sets it), which must never be shown as free.
    """

    version = models.ForeignKey(ProcedureVersion, on_delete=models.CASCADE, related_name="channels")
    channel = models.CharField(max_length=10, choices=Channel.choices)
    amount = models.DecimalField(max_digits=8, decimal_places=2, null=True, blank=True)
    unit = models.CharField(max_length=12, choices=Unit.choices, blank=True)
    fee_amount = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)
    fee_currency = models.CharField(max_length=3, default="VND")
    pay_online = models.BooleanField(default=True)  # whether the fee may be paid online
    # The letter by which this channel was opened beyond what the national catalogue has ('4708/UBND-CCHC, khoản 4'); a later import
    # leaves such a channel open. '': the catalogue's own.
    opened_under = models.CharField(max_length=120, blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["version", "channel"], name="channel_once"),
            models.CheckConstraint(condition=Q(amount__isnull=True) | Q(amount__gt=0), name="term_positive"),
            models.CheckConstraint(condition=Q(fee_amount__isnull=True) | Q(fee_amount__gte=0), name="fee_not_negative"),
        ]

    @property
    def term_text(self) -> str:
        """The term in words."""
        return told.term_text(self.amount, self.unit)

    @property
    def fee_text(self) -> str:
        """The fee in words; one that is not stated is not free."""
        return told.fee_text(self.fee_amount, self.fee_currency)


class Paper(models.Model):
    """One paper of a version's list."""

    version = models.ForeignKey(ProcedureVersion, on_delete=models.CASCADE, related_name="papers")
    position = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=400)
    originals = models.PositiveSmallIntegerField(default=0)
    certified = models.PositiveSmallIntegerField(default=0)
    copies = models.PositiveSmallIntegerField(default=0)
    required = models.BooleanField(default=True)

    class Meta:
        ordering = ["version_id", "position"]
        constraints = [models.UniqueConstraint(fields=["version", "position"], name="paper_position_once")]


class ReviewRule(models.Model):
    """A rule that settled many review items at once; it can be undone."""

    problem = models.CharField(max_length=20, choices=Problem.choices)
    answer = models.JSONField(default=dict)  # e.g. {"unit": "working_day"}
    scope = models.JSONField(default=dict)  # {"field": …, "authority": …}; empty: the whole catalogue
    count = models.PositiveIntegerField(default=0)
    reason = models.TextField()
    applied_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    applied_at = models.DateTimeField(default=clock.now)
    undone_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    undone_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-applied_at", "-pk"]

    @property
    def answer_text(self) -> str:
        """What the rule answers, in words."""
        return told.answer_text(self.answer)


class ReviewItemQuerySet(models.QuerySet["ReviewItem"]):
    def open(self) -> ReviewItemQuerySet:
        """What nobody has settled yet."""
        return self.filter(settled_at__isnull=True)

    def about(self, *, problem: str = "", field: str = "", authority: str = "") -> ReviewItemQuerySet:
        """Items of a problem, of procedures in a field, of an authority; an empty word leaves that out."""
        asked = {"problem": problem, "procedure__field": field, "procedure__authority": authority}
        return self.filter(**{name: value for name, value in asked.items() if value})


class ReviewItem(models.Model):
    """One thing about one channel (or the whole) of a procedure that the import could not take as it was."""

    procedure = models.ForeignKey(Procedure, on_delete=models.CASCADE, related_name="review_items")
    channel = models.CharField(max_length=10, choices=Channel.choices, blank=True)
    line = models.PositiveIntegerField()
    field_name = models.CharField(max_length=40)
    problem = models.CharField(max_length=20, choices=Problem.choices)
    raw = models.CharField(max_length=200, blank=True)
    answer = models.JSONField(null=True)  # what it was settled with
    settled_at = models.DateTimeField(null=True)
    settled_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    rule = models.ForeignKey(ReviewRule, null=True, on_delete=models.PROTECT, related_name="items")

    objects = ReviewItemQuerySet.as_manager()

    class Meta:
        ordering = ["procedure_id", "pk"]
        indexes = [models.Index(fields=["problem", "settled_at"])]

    @property
    def key(self) -> tuple[str, str, str, str]:
        """The same as national.Trouble.key."""
        return (self.channel, self.field_name, self.problem, self.raw)

    @property
    def answer_text(self) -> str:
        """How it was settled, in words."""
        return told.answer_text(self.answer)

    def is_open(self) -> bool:
        return self.settled_at is None


class ProcedureEvent(history.Event):
    """History of a procedure: imported, changed, settled, undone."""

    subject = models.ForeignKey(Procedure, on_delete=models.PROTECT, related_name="events")


class EForm(models.Model):
    """The electronic form of a procedure; what it asks is in its versions."""

    procedure = models.OneToOneField(Procedure, on_delete=models.CASCADE, related_name="eform")
    published = models.ForeignKey("EFormVersion", null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["pk"]


class EFormVersion(models.Model):
    """What a form asks: sections with fields, their types and conditions. A published version never changes; dossiers keep theirs."""

    eform = models.ForeignKey(EForm, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveSmallIntegerField()
    schema = models.JSONField(default=dict)  # see eforms.py
    note = models.CharField(max_length=255, blank=True)
    revision = models.PositiveIntegerField(default=0)  # of the draft: two editors at once are told
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(default=clock.now)
    published_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    published_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["eform_id", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["eform", "number"], name="eform_version_once"),
            models.UniqueConstraint(fields=["eform"], condition=Q(published_at__isnull=True), name="eform_one_draft"),
        ]

    def is_draft(self) -> bool:
        return self.published_at is None
