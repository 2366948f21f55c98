"""The outbox: every message to a person is a row before it is sent."""
from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models

from onestop import clock, history
from onestop.notify.models.broadcasts import Broadcast
from onestop.notify.states import FAILED, TO_SEND, BroadcastState, State, Urgency, Via
from onestop.notify.wording import TEMPLATES
from onestop.people.states import Role

if TYPE_CHECKING:
    from onestop.people.models import User

READ_PROVINCE = (Role.ADMINISTRATOR, Role.HOTLINE, Role.MONITOR)
READ_OFFICE = (Role.DESK, Role.SPECIALIST, Role.LEADER)
# What nobody reads out on the telephone: messages to officers, and a code that proves who holds the telephone.
NOT_READ_OUT = frozenset({"phone_code", "gateway_test", *(key for key, wording in TEMPLATES.items() if wording.internal)})


class MessageQuerySet(models.QuerySet["Message"]):
    def due(self, moment: datetime) -> MessageQuerySet:
        """Messages to be tried now; whom only a call reaches is not tried but called."""
        return self.filter(state__in=TO_SEND, next_attempt_at__lte=moment).exclude(channel=Via.CALL)

    def not_paused(self) -> MessageQuerySet:
        """Without those of broadcasts that somebody has paused: they wait until it goes on."""
        return self.exclude(broadcast__in=Broadcast.objects.filter(state=BroadcastState.PAUSED))

    def put_off(self, moment: datetime) -> MessageQuerySet:
        """Messages that wait for a later moment: the morning, another day's money, a gateway, the next try."""
        return self.filter(state__in=TO_SEND, next_attempt_at__gt=moment)

    def unqueued(self, moment: datetime) -> MessageQuerySet:
        """Messages that no worker has been asked for, or whose job must be taken for lost."""
        return self.filter(models.Q(queued_until__isnull=True) | models.Q(queued_until__lte=moment))

    def stuck(self, moment: datetime) -> MessageQuerySet:
        """Messages whose worker took them at `moment` or before and has not told the outcome."""
        return self.filter(state=State.SENDING, claimed_at__lte=moment)

    def not_reached(self) -> MessageQuerySet:
        """Messages of the last MESSAGE_CALL_DAYS to citizens with a telephone that no channel brought to them, and which are still of use:
        somebody calls. Neither what goes to very many, nor a code."""
        now = clock.now()
        unread = models.Q(state__in=FAILED) | models.Q(state__in=TO_SEND, channel=Via.CALL)
        useful = models.Q(useless_at__isnull=True) | models.Q(useless_at__gt=now)
        recent = self.filter(unread, useful, next_attempt_at__lte=now, next_attempt_at__gt=now - timedelta(days=settings.MESSAGE_CALL_DAYS))
        return recent.filter(office__isnull=False).exclude(phone="").exclude(urgency=Urgency.BULK).exclude(template_key__in=NOT_READ_OUT)

    def visible_to(self, user: User) -> MessageQuerySet:
        """Messages of the own offices for those who talk to citizens; administrators, hotline and monitor see the
        province's (the monitor without the text, see policies)."""
        of_province = models.Q(office__province_id__in=user.provinces_as(*READ_PROVINCE))
        return self.filter(of_province | models.Q(office_id__in=user.office_ids_as(*READ_OFFICE)))


class Message(models.Model):
    """One message to one person about one event. `event_key` and recipient are unique: never twice."""

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)  # our id, the gateway's idempotency key
    event_key = models.CharField(max_length=120)  # e.g. 'appointment:12:booked', 'appointment:12:remind:24:<start>'
    recipient_key = models.CharField(max_length=160)  # phone or e-mail
    recipient_name = models.CharField(max_length=120, blank=True)
    phone = models.CharField(max_length=15, blank=True)
    email = models.EmailField(blank=True)
    language = models.CharField(max_length=5, default="vi")
    template_key = models.CharField(max_length=60)
    subject = models.CharField(max_length=200, blank=True)
    body = models.TextField()
    channel = models.CharField(max_length=10, choices=Via.choices)
    ways = models.JSONField(default=list, blank=True)  # channels left to try after this one, in the person's order
    zalo_id = models.CharField(max_length=60, blank=True)
    urgency = models.CharField(max_length=4, choices=Urgency.choices, default=Urgency.DAY)
    sensitive = models.BooleanField(default=False)  # its text names no procedure (rules.md 9)
    segments = models.PositiveSmallIntegerField(default=0)  # SMS parts of the text as it goes out
    cost = models.PositiveIntegerField(default=0)  # đồng, of what was handed to a provider
    gateway = models.ForeignKey("notify.Provider", null=True, blank=True, on_delete=models.SET_NULL, related_name="messages")
    useless_at = models.DateTimeField(null=True, blank=True)  # after this it is not sent any more: a reminder of what has passed
    broadcast = models.ForeignKey("notify.Broadcast", null=True, blank=True, on_delete=models.PROTECT, related_name="messages")
    state = models.CharField(max_length=12, choices=State.choices, default=State.CREATED)
    office = models.ForeignKey("offices.Office", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    attempts = models.PositiveSmallIntegerField(default=0)
    next_attempt_at = models.DateTimeField(default=clock.now)
    queued_until = models.DateTimeField(null=True, blank=True)  # a job is on its way; after this it is taken for lost
    claimed_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=clock.now)
    sent_at = models.DateTimeField(null=True, blank=True)
    delivered_at = models.DateTimeField(null=True, blank=True)
    provider_id = models.CharField(max_length=80, blank=True)
    last_error = models.CharField(max_length=255, blank=True)

    objects = MessageQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [models.UniqueConstraint(fields=["event_key", "recipient_key"], name="message_once")]
        indexes = [models.Index(fields=["state", "next_attempt_at"]),
                   # What is below an event is found by how its key begins, also where the database sorts letters by a language.
                   models.Index(fields=["event_key"], name="message_event_prefix", opclasses=["varchar_pattern_ops"]),
                   models.Index(fields=["gateway", "provider_id"]), models.Index(fields=["broadcast", "state"]),
                   models.Index(fields=["phone"]), models.Index(fields=["created_at"])]

    @property
    def can_be_read_out(self) -> bool:
        """Whether somebody would call about it: an office, no message to very many, none to officers, no code."""
        return self.office_id is not None and self.urgency != Urgency.BULK and self.template_key not in NOT_READ_OUT


class MessageEvent(history.Event):
    """What happened to a message."""

    subject = models.ForeignKey(Message, on_delete=models.PROTECT, related_name="events")
