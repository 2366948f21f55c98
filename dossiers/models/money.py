"""Fees: who is exempt, what is asked for, how it was paid, what the gateway said, and the counter's receipts. Whole đồng only."""
from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from dossiers.models.records import Dossier
from dossiers.states import AttemptState, PaymentMethod, PaymentState
from onestop import clock, history


class ExemptionGround(models.Model):
    """Why a fee need not be paid, or only in part."""

    code = models.SlugField(max_length=30, unique=True)
    name = models.CharField(max_length=200)
    percent = models.PositiveSmallIntegerField(default=100)  # taken off
    legal_basis = models.CharField(max_length=255)
    active = models.BooleanField(default=True)

    class Meta:
        ordering = ["code"]
        constraints = [models.CheckConstraint(condition=Q(percent__gte=1, percent__lte=100), name="exemption_percent")]

    def __str__(self) -> str:
        return self.name


class Fee(models.Model):
    """What a dossier costs, from the catalogue version and channel it was received under (rules.md 2), less an exemption."""

    dossier = models.OneToOneField(Dossier, on_delete=models.CASCADE, related_name="fee")
    full = models.PositiveBigIntegerField()  # đồng
    amount = models.PositiveBigIntegerField()  # đồng, after the exemption
    ground = models.ForeignKey(ExemptionGround, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    evidence = models.CharField(max_length=255, blank=True)
    set_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    set_at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ["pk"]


class PaymentRequest(models.Model):
    """A sum that a citizen is asked to pay; `number` is what bank transfers carry."""

    dossier = models.ForeignKey(Dossier, on_delete=models.PROTECT, related_name="payments")
    number = models.CharField(max_length=20, unique=True)
    amount = models.PositiveBigIntegerField()  # đồng
    purpose = models.CharField(max_length=200)
    state = models.CharField(max_length=10, choices=PaymentState.choices, default=PaymentState.OPEN)
    method = models.CharField(max_length=10, choices=PaymentMethod.choices, blank=True)  # how it was paid
    stops_clock = models.BooleanField(default=False)
    due_on = models.DateField(null=True, blank=True)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(default=clock.now)
    paid_at = models.DateTimeField(null=True, blank=True)
    refunded_at = models.DateTimeField(null=True, blank=True)
    refund_reason = models.CharField(max_length=255, blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["dossier"], condition=Q(state="open"), name="one_open_payment"),
                       models.CheckConstraint(condition=Q(amount__gt=0), name="payment_positive")]
        indexes = [models.Index(fields=["state", "asked_at"])]


class PaymentEvent(history.Event):
    """What happened to a payment request."""

    subject = models.ForeignKey(PaymentRequest, on_delete=models.PROTECT, related_name="events")


class PaymentAttempt(models.Model):
    """One try at the gateway; its reference is ours and unique, so that a notice is counted once."""

    request = models.ForeignKey(PaymentRequest, on_delete=models.PROTECT, related_name="attempts")
    reference = models.CharField(max_length=40, unique=True)
    amount = models.PositiveBigIntegerField()  # đồng
    state = models.CharField(max_length=10, choices=AttemptState.choices, default=AttemptState.SENT)
    started_at = models.DateTimeField(default=clock.now)
    expires_at = models.DateTimeField()
    asked_at = models.DateTimeField(null=True, blank=True)  # when the sweep last asked the gateway
    asked_times = models.PositiveSmallIntegerField(default=0)
    gateway_number = models.CharField(max_length=40, blank=True)
    answer_code = models.CharField(max_length=10, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index(fields=["state", "expires_at"])]


class GatewayNotice(models.Model):
    """Every word of the gateway as it came, believed or not. Append-only."""

    class Source(models.TextChoices):
        RETURN = "return"
        NOTICE = "notice"  # server to server
        QUERY = "query"
        FILE = "file"  # reconciliation

    reference = models.CharField(max_length=40, db_index=True)
    source = models.CharField(max_length=8, choices=Source.choices)
    fields = models.JSONField(default=dict)
    signature_ok = models.BooleanField()
    outcome = models.CharField(max_length=20)  # confirmed, repeated, wrong_amount, unknown, bad_signature, failed, …
    at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ["pk"]


class CashCounter(models.Model):
    """The last receipt number of an office's year; taken under a row lock, without gaps."""

    office = models.ForeignKey("offices.Office", on_delete=models.PROTECT, related_name="+")
    year = models.PositiveSmallIntegerField()
    last = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["office", "year"], name="cash_counter_once")]


class CashReceipt(models.Model):
    """Money taken at the counter."""

    request = models.OneToOneField(PaymentRequest, on_delete=models.PROTECT, related_name="receipt")
    office = models.ForeignKey("offices.Office", on_delete=models.PROTECT, related_name="+")
    year = models.PositiveSmallIntegerField()
    number = models.PositiveIntegerField()
    payer = models.CharField(max_length=120)
    taken_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    taken_at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["office", "year", "number"], name="cash_receipt_once")]


class Reconciliation(models.Model):
    """The gateway's (or bank's) file of a day, compared line by line with ours."""

    class Source(models.TextChoices):
        GATEWAY = "gateway", _("Cổng thanh toán")
        BANK = "bank", _("Sao kê ngân hàng")

    source = models.CharField(max_length=8, choices=Source.choices, default=Source.GATEWAY)
    day = models.DateField()
    file_name = models.CharField(max_length=160)
    digest = models.CharField(max_length=64, unique=True)
    read_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    read_at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ["-pk"]


class ReconciliationLine(models.Model):
    """One line: alike on both sides, different, or missing on one."""

    class Finding(models.TextChoices):
        MATCH = "match", _("Khớp")
        DIFFERS = "differs", _("Lệch")
        ONLY_THEIRS = "only_theirs", _("Chỉ có trong tệp")
        ONLY_OURS = "only_ours", _("Chỉ có ở Cổng")

    reconciliation = models.ForeignKey(Reconciliation, on_delete=models.CASCADE, related_name="lines")
    reference = models.CharField(max_length=40)
    finding = models.CharField(max_length=12, choices=Finding.choices)
    theirs = models.BigIntegerField(null=True, blank=True)  # đồng
    ours = models.BigIntegerField(null=True, blank=True)
    note = models.CharField(max_length=255, blank=True)

    class Meta:
        ordering = ["pk"]
