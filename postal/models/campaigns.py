"""Address campaigns: people whose result is ready, or who did not register its return by post, are called (Khánh Hòa 2, Thường Tín 5)."""
from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q

from onestop import clock, history
from onestop.people.states import Role
from postal.states import CampaignKind, CampaignState, ItemOutcome, ItemState, ReturnWish

if TYPE_CHECKING:
    from onestop.people.models import User


class AddressCampaignQuerySet(models.QuerySet["AddressCampaign"]):
    def visible_to(self, user: User) -> AddressCampaignQuerySet:
        """The province's for those who act for it; an office sees those that hold dossiers of its own."""
        provinces = user.provinces_as(Role.ADMINISTRATOR, Role.MONITOR, Role.HOTLINE)
        own = user.office_ids_as(Role.DESK, Role.SPECIALIST, Role.LEADER)
        held = CampaignItem.objects.filter(office_id__in=own).values("campaign_id")
        return self.filter(Q(province_id__in=provinces) | Q(office_id__in=own) | Q(pk__in=held))


class AddressCampaign(models.Model):
    """A list of dossiers whose people are asked where their result shall go, with the script of the call."""

    name = models.CharField(max_length=160)
    kind = models.CharField(max_length=16, choices=CampaignKind.choices)
    province = models.ForeignKey("offices.Area", on_delete=models.PROTECT, related_name="+")
    office = models.ForeignKey("offices.Office", null=True, blank=True, on_delete=models.PROTECT, related_name="+")  # None: the province's
    directive = models.ForeignKey("directives.Directive", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    legal_basis = models.CharField(max_length=255, blank=True)
    since = models.DateField(null=True, blank=True)  # results since that day; dossiers received since that day
    until = models.DateField(null=True, blank=True)
    script = models.TextField(blank=True)  # what the caller says
    waiver = models.ForeignKey("postal.WaiverCampaign", null=True, blank=True, on_delete=models.PROTECT, related_name="campaigns")
    state = models.CharField(max_length=10, choices=CampaignState.choices, default=CampaignState.DRAFT)
    total = models.PositiveIntegerField(default=0)
    # The list is made, or added to, from the dossier after `frozen_to` up to `up_to`, by key.
    frozen_to = models.PositiveBigIntegerField(default=0)
    up_to = models.PositiveBigIntegerField(default=0)
    inviting_at = models.DateTimeField(null=True, blank=True)  # since when people are being invited by message; None: nobody is
    signed_on_at = models.DateTimeField(null=True, blank=True)  # last sign of the job that makes the list or invites
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(default=clock.now)
    closed_at = models.DateTimeField(null=True, blank=True)

    objects = AddressCampaignQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]


class CampaignItemQuerySet(models.QuerySet["CampaignItem"]):
    def visible_to(self, user: User) -> CampaignItemQuerySet:
        """Names and telephone numbers: the office that calls, and the administrator of its province."""
        own = user.office_ids_as(Role.DESK, Role.SPECIALIST, Role.LEADER)
        return self.filter(Q(office_id__in=own) | Q(office__province_id__in=user.provinces_as(Role.ADMINISTRATOR)))

    def counted_for(self, user: User) -> CampaignItemQuerySet:
        """What figures are counted of: also for those who see a province without its people."""
        provinces = user.provinces_as(Role.ADMINISTRATOR, Role.MONITOR, Role.HOTLINE)
        return self.filter(Q(office_id__in=user.office_ids_as(Role.DESK, Role.SPECIALIST, Role.LEADER))
                           | Q(office__province_id__in=provinces))

    def to_call(self, moment: datetime) -> CampaignItemQuerySet:
        """Whom to call now, who waits longest first."""
        return self.filter(state=ItemState.WAITING, next_at__lte=moment, campaign__state=CampaignState.OPEN).order_by("next_at", "pk")

    def free_for(self, user: User, moment: datetime) -> CampaignItemQuerySet:
        """Those whom no colleague is calling."""
        return self.filter(Q(held_until__isnull=True) | Q(held_until__lte=moment) | Q(held_by=user))


class CampaignItem(models.Model):
    """One dossier of a campaign: calls, what the person wants, the address they confirmed and their consent."""

    campaign = models.ForeignKey(AddressCampaign, on_delete=models.CASCADE, related_name="items")
    dossier = models.ForeignKey("dossiers.Dossier", on_delete=models.PROTECT, related_name="campaign_items")
    office = models.ForeignKey("offices.Office", on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=12, choices=ItemState.choices, default=ItemState.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField(default=clock.now)
    outcome = models.CharField(max_length=14, choices=ItemOutcome.choices, blank=True)
    wish = models.CharField(max_length=10, choices=ReturnWish.choices, blank=True)
    address = models.CharField(max_length=255, blank=True)
    area = models.ForeignKey("offices.Area", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    consent_at = models.DateTimeField(null=True, blank=True)
    consent_via = models.CharField(max_length=10, blank=True)  # 'phone', 'link'
    consent_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    consent_words = models.TextField(blank=True)  # what the person agreed to
    note = models.CharField(max_length=500, blank=True)
    token_digest = models.CharField(max_length=64, blank=True, db_index=True)  # of the link in the message
    token_until = models.DateTimeField(null=True, blank=True)
    invited_at = models.DateTimeField(null=True, blank=True)
    invitations = models.PositiveSmallIntegerField(default=0)
    failures = models.PositiveSmallIntegerField(default=0)  # wrong tries of the second factor behind the link
    # Who is on the telephone with this person, and until when nobody else calls.
    held_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    held_until = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = CampaignItemQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["campaign", "dossier"], name="campaign_item_once"),
                       models.UniqueConstraint(fields=["dossier"], name="one_open_campaign_item",
                                               condition=~Q(state__in=["done", "dropped"])),
                       models.CheckConstraint(name="item_consented",
                                              condition=~Q(state__in=["post", "home"]) | Q(consent_at__isnull=False))]
        indexes = [models.Index(fields=["campaign", "office", "state"]), models.Index(fields=["office", "state", "next_at"])]


class AddressCampaignEvent(history.Event):
    """What happened to a campaign."""

    subject = models.ForeignKey(AddressCampaign, on_delete=models.PROTECT, related_name="events")


class CampaignItemEvent(history.Event):
    """Each call and each answer."""

    subject = models.ForeignKey(CampaignItem, on_delete=models.PROTECT, related_name="events")
