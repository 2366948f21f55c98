"""Broadcasts (letter Cà Mau 5): to an area's subscribers, a filter, or an uploaded list; and who subscribed."""
from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q

from onestop import clock, history
from onestop.notify.states import BROADCAST_VERBS, Audience, BroadcastState, SubscriptionState, Via
from onestop.people.states import Role

if TYPE_CHECKING:
    from onestop.people.models import User


class Subscription(models.Model):
    """Somebody wants the news of an area; confirmed by a code sent to the telephone or address. The consent's words are kept."""

    contact = models.CharField(max_length=160)  # telephone or e-mail
    phone = models.CharField(max_length=15, blank=True)
    email = models.EmailField(blank=True)
    area = models.ForeignKey("offices.Area", on_delete=models.PROTECT, related_name="+")
    language = models.CharField(max_length=5, default="vi")
    state = models.CharField(max_length=10, choices=SubscriptionState.choices, default=SubscriptionState.WAITING)
    consent_words = models.TextField(blank=True)
    via = models.CharField(max_length=10, default="web")  # web, counter, hotline
    noted_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    code_digest = models.CharField(max_length=64, blank=True)
    code_until = models.DateTimeField(null=True, blank=True)
    failures = models.PositiveSmallIntegerField(default=0)
    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)  # in the link that ends it
    asked_at = models.DateTimeField(default=clock.now)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["contact", "area"], name="subscription_once")]
        indexes = [models.Index(fields=["area", "state"])]


class BroadcastQuerySet(models.QuerySet["Broadcast"]):
    def visible_to(self, user: User) -> BroadcastQuerySet:
        """The province's, for those who act for it; an office's own leaders see what went to their area."""
        whole = Q(province_id__in=user.provinces_as(Role.ADMINISTRATOR, Role.MONITOR))
        return self.filter(whole | Q(office_id__in=user.office_ids_as(Role.LEADER)))


class Broadcast(models.Model):
    """One text for many. Its list is frozen and counted before anything is sent."""

    name = models.CharField(max_length=160)
    province = models.ForeignKey("offices.Area", on_delete=models.PROTECT, related_name="+")
    office = models.ForeignKey("offices.Office", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    audience = models.CharField(max_length=14, choices=Audience.choices)
    area = models.ForeignKey("offices.Area", null=True, blank=True, on_delete=models.PROTECT, related_name="+")  # None: the province
    filter = models.JSONField(default=dict, blank=True)  # of the domain whose people are asked
    file = models.FileField(upload_to="broadcasts", blank=True)
    consent = models.CharField(max_length=255)  # on what their consent or the law rests
    directive = models.ForeignKey("directives.Directive", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    channel = models.CharField(max_length=10, choices=Via.choices, default=Via.SMS)
    subject = models.CharField(max_length=200, blank=True)
    text = models.TextField()
    text_en = models.TextField(blank=True)
    per_minute = models.PositiveIntegerField(default=300)
    state = models.CharField(max_length=10, choices=BroadcastState.choices, default=BroadcastState.DRAFT)
    people = models.PositiveIntegerField(default=0)
    left_out = models.PositiveIntegerField(default=0)
    segments = models.PositiveIntegerField(default=0)  # of all texts
    cost = models.PositiveBigIntegerField(default=0)  # đồng, estimated
    cursor = models.PositiveBigIntegerField(default=0)  # how far the list has been made
    handed_out = models.PositiveIntegerField(default=0)
    signed_on_at = models.DateTimeField(null=True, blank=True)  # last sign of its job
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(default=clock.now)
    started_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    totals = models.JSONField(default=dict, blank=True)  # its figures, from the moment on at which its list was deleted
    purged_at = models.DateTimeField(null=True, blank=True)

    objects = BroadcastQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return self.name


class BroadcastPerson(models.Model):
    """Somebody of a broadcast's frozen list; one row a contact."""

    broadcast = models.ForeignKey(Broadcast, on_delete=models.CASCADE, related_name="persons")
    contact = models.CharField(max_length=160)
    phone = models.CharField(max_length=15, blank=True)
    email = models.EmailField(blank=True)
    name = models.CharField(max_length=120, blank=True)
    language = models.CharField(max_length=5, default="vi")
    left_out = models.CharField(max_length=60, blank=True)  # why: no_contact, unsubscribed, …; '': gets it
    message = models.OneToOneField("notify.Message", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["broadcast", "contact"], name="broadcast_person_once")]
        indexes = [models.Index(fields=["broadcast", "message"])]


class BroadcastEvent(history.Event):
    """What happened to a broadcast."""

    subject = models.ForeignKey(Broadcast, on_delete=models.PROTECT, related_name="events")

    @property
    def label(self) -> str:
        """What was done, in words."""
        return str(BROADCAST_VERBS.get(self.verb, self.verb))


class TemplateText(models.Model):
    """An office's own words for a message, instead of the file's; the newest active version of a key and language counts."""

    key = models.CharField(max_length=60)
    language = models.CharField(max_length=5)
    version = models.PositiveSmallIntegerField()
    subject = models.CharField(max_length=200, blank=True)
    body = models.TextField()
    active = models.BooleanField(default=True)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(default=clock.now)
    ended_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["key", "language", "-version"]
        constraints = [models.UniqueConstraint(fields=["key", "language", "version"], name="template_version_once"),
                       models.UniqueConstraint(fields=["key", "language"], condition=Q(active=True), name="template_one_active")]
