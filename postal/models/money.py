"""The post's money: fee table, social discounts, waivers, settlement lists (letter Khánh Hòa 2; rules.md 8). Whole đồng everywhere."""
from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from onestop import clock, history
from onestop.people.states import Role
from postal.models.carriers import Carrier
from postal.models.shipments import Shipment
from postal.states import (
    Decision,
    Direction,
    LineOutcome,
    Service,
    SettlementState,
    SettlementWork,
    SocialGroup,
    WaiverState,
    Zone,
)

if TYPE_CHECKING:
    from onestop.people.models import User


def stored_name(row: models.Model, filename: str) -> str:
    """A private name that nobody can guess; what a file was called stays in its row."""
    return f"settlements/{uuid.uuid4().hex}"


class FeeRule(models.Model):
    """What a carrier charges for a service from a day on; the table in force on the day a shipment is collected counts."""

    carrier = models.ForeignKey(Carrier, on_delete=models.CASCADE, related_name="fees")
    service = models.CharField(max_length=10, choices=Service.choices)
    direction = models.CharField(max_length=16, choices=Direction.choices, blank=True)  # '': all
    zone = models.CharField(max_length=10, choices=Zone.choices)
    amount = models.PositiveIntegerField()  # đồng
    basis = models.CharField(max_length=255, blank=True)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ["carrier", "service", "zone", "-valid_from"]
        constraints = [models.UniqueConstraint(fields=["carrier", "service", "direction", "zone", "valid_from"], name="fee_rule_once"),
                       models.CheckConstraint(name="fee_rule_period",
                                              condition=Q(valid_to__isnull=True) | Q(valid_to__gte=F("valid_from")))]


class SocialClaim(models.Model):
    """That the applicant of a dossier belongs to a group with a reduced postal fee (rules.md 8), confirmed on a paper."""

    dossier = models.OneToOneField("dossiers.Dossier", on_delete=models.CASCADE, related_name="postal_claim")
    group = models.CharField(max_length=20, choices=SocialGroup.choices)
    evidence = models.CharField(max_length=255)
    confirmed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    confirmed_at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ["pk"]


class WaiverCampaignQuerySet(models.QuerySet["WaiverCampaign"]):
    def visible_to(self, user: User) -> WaiverCampaignQuerySet:
        """The province's administrators and monitors."""
        return self.filter(province_id__in=user.provinces_as(Role.ADMINISTRATOR, Role.MONITOR))


class WaiverCampaign(models.Model):
    """For a time the post charges people nothing, and somebody else pays: legal basis, period, eligibility, payer (Khánh Hòa 2)."""

    name = models.CharField(max_length=160)
    province = models.ForeignKey("offices.Area", on_delete=models.PROTECT, related_name="+")
    carrier = models.ForeignKey(Carrier, null=True, blank=True, on_delete=models.PROTECT, related_name="+")  # None: every carrier
    directive = models.ForeignKey("directives.Directive", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    legal_basis = models.CharField(max_length=255)
    payer = models.CharField(max_length=200)  # 'Kinh phí cải cách hành chính của tỉnh'
    starts_on = models.DateField()
    ends_on = models.DateField(null=True, blank=True)
    settle_by = models.DateField(null=True, blank=True)  # 20/4/2020 in the letter
    # Eligibility: all must hold. Empty lists and None: no condition.
    direction = models.CharField(max_length=16, choices=Direction.choices, blank=True)
    submitted_before = models.DateField(null=True, blank=True)  # dossiers handed in before the letter
    only_campaigns = models.BooleanField(default=False)  # only what an address campaign registered
    procedures = models.ManyToManyField("catalogue.Procedure", blank=True, related_name="+")
    offices = models.ManyToManyField("offices.Office", blank=True, related_name="+")
    state = models.CharField(max_length=10, choices=WaiverState.choices, default=WaiverState.DRAFT)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(default=clock.now)
    # The job that applies it to what was made before it was started: up to which shipment, whether it is done, its last sign of life.
    applied_to = models.PositiveBigIntegerField(default=0)
    applied_at = models.DateTimeField(null=True, blank=True)
    worked_at = models.DateTimeField(null=True, blank=True)
    reminded_on = models.DateField(null=True, blank=True)

    objects = WaiverCampaignQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [models.CheckConstraint(condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")), name="waiver_period")]

    def __str__(self) -> str:
        return self.name


class WaiverEvent(history.Event):
    """What happened to a waiver."""

    subject = models.ForeignKey(WaiverCampaign, on_delete=models.PROTECT, related_name="events")


class SettlementListQuerySet(models.QuerySet["SettlementList"]):
    def visible_to(self, user: User) -> SettlementListQuerySet:
        """The province's administrators and monitors; a carrier's clerks see what was approved for their own carrier."""
        whole = Q(waiver__province_id__in=user.provinces_as(Role.ADMINISTRATOR, Role.MONITOR))
        approved = Q(waiver__province_id__in=user.provinces_as(Role.CARRIER), carrier__clerks__user=user, state=SettlementState.APPROVED)
        return self.filter(whole | approved)


class SettlementList(models.Model):
    """What a payer owes a carrier for a period: reconciled with the carrier's own file, approved, then frozen."""

    number = models.CharField(max_length=40, unique=True, null=True, blank=True)  # given on approval
    waiver = models.ForeignKey(WaiverCampaign, on_delete=models.PROTECT, related_name="settlements")
    carrier = models.ForeignKey(Carrier, on_delete=models.PROTECT, related_name="settlements")
    starts_on = models.DateField()
    ends_on = models.DateField()
    due_on = models.DateField()  # until when the payer must have it
    state = models.CharField(max_length=10, choices=SettlementState.choices, default=SettlementState.DRAFT)
    count = models.PositiveIntegerField(default=0)
    total = models.PositiveBigIntegerField(default=0)  # đồng, of the lines that are paid
    file_name = models.CharField(max_length=160, blank=True)  # the carrier's file
    file_sha256 = models.CharField(max_length=64, blank=True)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(default=clock.now)
    approved_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    approved_at = models.DateTimeField(null=True, blank=True)
    reminded_on = models.DateField(null=True, blank=True)
    # The background: what a job is at work on, how far it is (a shipment's id, or a row of the file), its last sign of life.
    doing = models.CharField(max_length=6, choices=SettlementWork.choices, blank=True)
    reached = models.PositiveBigIntegerField(default=0)
    worked_at = models.DateTimeField(null=True, blank=True)
    # The carrier's file as it was uploaded, which of its columns were taken, and the rows that could not be read.
    file = models.FileField(upload_to=stored_name, blank=True)
    columns = models.JSONField(default=dict, blank=True)  # {ours: the title in the file}
    rows = models.PositiveIntegerField(default=0)
    bad_rows = models.PositiveIntegerField(default=0)
    faults = models.JSONField(default=list, blank=True)  # [{row, sentence}], the first of them

    objects = SettlementListQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [models.CheckConstraint(condition=Q(ends_on__gte=F("starts_on")), name="settlement_period"),
                       models.CheckConstraint(condition=~Q(state="approved") | Q(number__isnull=False, approved_by__isnull=False),
                                              name="approved_settlement_is_numbered")]


class SettlementLine(models.Model):
    """One shipment as we know it, beside the carrier's own line. What both sides say is kept; `amount` is what is paid."""

    list = models.ForeignKey(SettlementList, on_delete=models.CASCADE, related_name="lines")
    # None: only the carrier knows it.
    shipment = models.ForeignKey(Shipment, null=True, blank=True, on_delete=models.PROTECT, related_name="settlement_lines")
    position = models.PositiveIntegerField()
    waybill = models.CharField(max_length=60)
    dossier_code = models.CharField(max_length=60, blank=True)
    sent_on = models.DateField(null=True, blank=True)
    fee = models.PositiveIntegerField(null=True, blank=True)  # ours, full
    discount = models.PositiveIntegerField(default=0)  # ours
    ours = models.PositiveIntegerField(null=True, blank=True)  # what we think is owed
    theirs = models.PositiveIntegerField(null=True, blank=True)
    outcome = models.CharField(max_length=14, choices=LineOutcome.choices, default=LineOutcome.OPEN)
    amount = models.PositiveIntegerField(default=0)
    theirs_on = models.DateField(null=True, blank=True)  # the day the carrier's file names
    row = models.PositiveIntegerField(null=True, blank=True)  # of the carrier's file
    decision = models.CharField(max_length=6, choices=Decision.choices, blank=True)
    note = models.CharField(max_length=255, blank=True)  # why one side's figure was taken
    counts = models.BooleanField(default=True)  # False: the list was dropped, the shipment is free for another one
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["list", "waybill"], name="settlement_waybill_once"),
                       models.UniqueConstraint(fields=["list", "shipment"], name="settlement_shipment_once"),
                       models.UniqueConstraint(fields=["shipment"], condition=Q(counts=True), name="shipment_settled_once"),
                       models.CheckConstraint(name="line_decided_by_somebody",
                                              condition=Q(decision="") | Q(decided_by__isnull=False))]
        indexes = [models.Index(fields=["list", "outcome", "position"])]

    @property
    def is_open(self) -> bool:
        """Whether somebody still has to say what is paid."""
        return self.outcome != LineOutcome.MATCH and not self.decision


class SettlementFile(models.Model):
    """An approved settlement as it was given out, made once."""

    list = models.ForeignKey(SettlementList, on_delete=models.PROTECT, related_name="files")
    format = models.CharField(max_length=4, choices=[("xlsx", "XLSX"), ("pdf", "PDF")])
    file = models.FileField(upload_to=stored_name)
    rows = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    made_at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["list", "format"], name="settlement_file_once")]


class SettlementEvent(history.Event):
    """What happened to a settlement."""

    subject = models.ForeignKey(SettlementList, on_delete=models.PROTECT, related_name="events")
