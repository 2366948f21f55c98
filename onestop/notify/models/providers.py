"""Who carries messages out: gateways with their mapping and price, the people's wishes, the day's spending."""
from __future__ import annotations

from django.conf import settings
from django.db import models

from onestop import clock, history
from onestop.notify.states import Via


class ProviderQuerySet(models.QuerySet["Provider"]):
    def texts_missing(self) -> bool:
        """Whether messages are to go as texts and there is no gateway to carry them: neither SMS_GATEWAY_URL nor one that an administrator
        keeps."""
        named = Via.SMS in settings.NOTIFY_CHANNELS and not settings.SMS_GATEWAY_URL
        return named and not self.filter(channel=Via.SMS, active=True).exists()


class Provider(models.Model):
    """A gateway for a channel. Several of one channel are tried in order of rank; a resting one is passed over."""

    code = models.SlugField(max_length=30, unique=True)
    name = models.CharField(max_length=120)
    channel = models.CharField(max_length=10, choices=Via.choices)
    rank = models.PositiveSmallIntegerField(default=1)
    url = models.URLField(max_length=255, blank=True)
    key = models.CharField(max_length=200, blank=True)  # for our requests
    report_key = models.CharField(max_length=120, blank=True)  # HMAC-SHA256 of its delivery reports
    headers = models.JSONField(default=dict, blank=True)  # {'Authorization': 'Bearer {key}'}
    fields = models.JSONField(default=dict, blank=True)  # request: {our name: its name, 'a.b' for nested}, names: id, to, text, sender
    extra = models.JSONField(default=dict, blank=True)  # constant fields of every request
    # What its answers mean: {'id': 'data.msg_id', 'code': 'code', 'good': ['0'], 'duplicate': ['17'], 'permanent': ['5']}
    answers = models.JSONField(default=dict, blank=True)
    # Its delivery reports: {'report': 'report_id', 'id': 'msg_id', 'status': 'status', 'words': {'DELIVRD': 'delivered'}}
    reports = models.JSONField(default=dict, blank=True)
    plain = models.BooleanField(default=False)  # text without tone marks
    price = models.PositiveIntegerField(default=0)  # đồng a segment
    per_second = models.PositiveSmallIntegerField(default=0)  # its own limit; 0: none
    failures = models.PositiveSmallIntegerField(default=0)
    rest_until = models.DateTimeField(null=True, blank=True)
    active = models.BooleanField(default=True)

    objects = ProviderQuerySet.as_manager()

    class Meta:
        ordering = ["channel", "rank", "pk"]

    def __str__(self) -> str:
        return self.name


class ProviderChange(history.Event):
    """Who changed how a gateway is reached."""

    subject = models.ForeignKey(Provider, on_delete=models.PROTECT, related_name="changes")


class DeliveryReport(models.Model):
    """A gateway's report, taken once."""

    provider = models.ForeignKey(Provider, on_delete=models.CASCADE, related_name="+")
    report_id = models.CharField(max_length=120)
    message = models.ForeignKey("notify.Message", null=True, on_delete=models.CASCADE, related_name="reports")
    status = models.CharField(max_length=60)
    received_at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["provider", "report_id"], name="delivery_report_once")]


class Preference(models.Model):
    """How somebody wants to be told: known by telephone or e-mail address."""

    contact = models.CharField(max_length=160, unique=True)  # as Message.recipient_key
    order = models.JSONField(default=list)  # ['zalo', 'sms', 'email', 'call']
    zalo_id = models.CharField(max_length=60, blank=True, db_index=True)
    language = models.CharField(max_length=5, default="vi")
    email = models.EmailField(blank=True)  # added by the person known by a telephone, and confirmed by its link
    email_waiting = models.EmailField(blank=True)  # not confirmed yet: nothing but the link is sent there
    email_asked_at = models.DateTimeField(null=True, blank=True)
    noted_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    noted_at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ["pk"]


class PreferenceEvent(history.Event):
    """Who wished what, and when an address was added or given up; addresses only masked."""

    subject = models.ForeignKey(Preference, on_delete=models.PROTECT, related_name="events")


class Spending(models.Model):
    """What a day has cost so far, by channel; a message is handed out only if its price still fits below the cap."""

    date = models.DateField()
    channel = models.CharField(max_length=10, choices=Via.choices)
    spent = models.PositiveBigIntegerField(default=0)  # đồng
    cap = models.PositiveBigIntegerField(null=True, blank=True)  # raised for this day by somebody; None: the setting
    raised_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-date"]
        constraints = [models.UniqueConstraint(fields=["date", "channel"], name="spending_once")]
