"""Shipments in both directions and between offices. Our id is the carrier's idempotency key; each event of a carrier is kept once."""
from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from dossiers.states import IN_INBOX, ReturnMethod
from dossiers.states import State as DossierState
from onestop import clock, history
from onestop.people.states import Role
from postal.models.carriers import Carrier, ReceptionPoint, clerk_row
from postal.states import TO_FETCH, UNFETCHED, Attention, Direction, Discount, Payer, Service, SocialGroup, State

if TYPE_CHECKING:
    from onestop.people.models import User


UNTOLD_AFTER = timedelta(minutes=5)  # beside the sweep that tells


class ShipmentQuerySet(models.QuerySet["Shipment"]):
    def due(self, moment: datetime) -> ShipmentQuerySet:
        """Shipments to be told to their carrier now."""
        return self.filter(state=State.READY, next_attempt_at__lte=moment)

    def unqueued(self, moment: datetime) -> ShipmentQuerySet:
        """Shipments that no worker has been asked for, or whose job must be taken for lost."""
        return self.filter(Q(queued_until__isnull=True) | Q(queued_until__lte=moment))

    def stuck(self, moment: datetime) -> ShipmentQuerySet:
        """Shipments whose worker took them at `moment` or before and has not told the outcome."""
        return self.filter(state=State.SENDING, claimed_at__lte=moment)

    def unowned(self, moment: datetime) -> ShipmentQuerySet:
        """What was not fetched in time and, some sweeps later, nobody could be told of."""
        return self.filter(state__in=UNFETCHED, collected_at=None, escalated_at=None, collect_due_at__lt=moment - UNTOLD_AFTER)

    def to_collect(self) -> ShipmentQuerySet:
        """What the carrier knows of and has not fetched yet."""
        return self.filter(state__in=TO_FETCH)

    def visible_to(self, user: User) -> ShipmentQuerySet:
        """Administrators see the province's, the office its own and what is on its way to it; the carrier's clerks their carrier's, at the
        offices of their communes or with citizens there. A clerk whom nobody has given to a carrier sees nothing."""
        provinces = user.provinces_as(Role.ADMINISTRATOR, Role.MONITOR, Role.HOTLINE)
        own = user.office_ids_as(Role.DESK, Role.SPECIALIST, Role.LEADER)
        of_office = Q(office_id__in=own) | Q(to_office_id__in=own)
        return self.filter(Q(office__province_id__in=provinces) | of_office | _of_clerk(user))


def _of_clerk(user: User) -> Q:
    provinces, clerk = user.provinces_as(Role.CARRIER), clerk_row(user)
    if not provinces or clerk is None:
        return Q(pk__in=[])
    held = Q(office__province_id__in=provinces, carrier_id=clerk.carrier_id)
    if not clerk.area_ids:
        return held
    own = clerk.area_ids
    return held & (Q(office__area_id__in=own) | Q(area_id__in=own) | Q(to_office__area_id__in=own))


class Shipment(models.Model):
    """A bưu gửi with its address as it was when it was made (rules.md 8).

    `recipient`, `phone`, `address` are the citizen's side: whom a result goes to, or from whom papers are fetched; between offices they
    are `to_office`'s. Times of fetching: `timer_from` is the acceptance (in) or the message that a result is ready (out);
    `collect_due_at` is what counts, `wall_due_at` and `working_due_at` are both ways of counting, for showing.
    """

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    carrier = models.ForeignKey(Carrier, on_delete=models.PROTECT, related_name="shipments")
    dossier = models.ForeignKey("dossiers.Dossier", on_delete=models.PROTECT, related_name="shipments")
    office = models.ForeignKey("offices.Office", on_delete=models.PROTECT, related_name="shipments")
    to_office = models.ForeignKey("offices.Office", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    direction = models.CharField(max_length=16, choices=Direction.choices)
    service = models.CharField(max_length=10, choices=Service.choices, default=Service.STANDARD)
    recipient = models.CharField(max_length=120)
    phone = models.CharField(max_length=15)
    address = models.CharField(max_length=255)
    area = models.ForeignKey("offices.Area", null=True, blank=True, on_delete=models.PROTECT, related_name="+")  # commune
    area_path = models.CharField(max_length=255, blank=True)  # 'Phường Ninh Kiều, Thành phố Cần Thơ', as it was called then
    point = models.ForeignKey(ReceptionPoint, null=True, blank=True, on_delete=models.PROTECT, related_name="shipments")
    state = models.CharField(max_length=14, choices=State.choices, default=State.READY)
    waybill = models.CharField(max_length=60, blank=True)
    # Telling the carrier.
    attempts = models.PositiveSmallIntegerField(default=0)  # of telling the carrier
    next_attempt_at = models.DateTimeField(default=clock.now)
    queued_until = models.DateTimeField(null=True, blank=True)  # a job is on its way; after this it is taken for lost
    claimed_at = models.DateTimeField(null=True, blank=True)
    last_error = models.CharField(max_length=255, blank=True)
    # The papers.
    papers = models.PositiveSmallIntegerField(null=True, blank=True)  # counted papers; None: not counted yet
    counts = models.JSONField(default=list, blank=True)  # [{position, name, originals, certified, copies}]
    counted_at = models.DateTimeField(null=True, blank=True)
    counted_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    sealed_at = models.DateTimeField(null=True, blank=True)  # in the presence of who gave it
    seal_number = models.CharField(max_length=40, blank=True)
    cleaned_at = models.DateTimeField(null=True, blank=True)  # the hygiene step (letter Thường Tín 6)
    # Times.
    created_at = models.DateTimeField(default=clock.now)
    timer_from = models.DateTimeField(null=True, blank=True)
    collect_due_at = models.DateTimeField(null=True, blank=True)
    wall_due_at = models.DateTimeField(null=True, blank=True)
    working_due_at = models.DateTimeField(null=True, blank=True)
    warned_at = models.DateTimeField(null=True, blank=True)  # somebody was told that the time is running out
    escalated_at = models.DateTimeField(null=True, blank=True)  # somebody was told that it has run out
    ordered_at = models.DateTimeField(null=True, blank=True)  # the carrier was told
    collected_at = models.DateTimeField(null=True, blank=True)
    arrived_at = models.DateTimeField(null=True, blank=True)  # at the office it was sent to, as the office says
    delivered_at = models.DateTimeField(null=True, blank=True)
    returned_at = models.DateTimeField(null=True, blank=True)
    moved_at = models.DateTimeField(default=clock.now)  # of the last change of state or report: silence is measured from it
    delivery_attempts = models.PositiveSmallIntegerField(default=0)
    received_by = models.CharField(max_length=120, blank=True)  # who took it at the door, as the carrier says
    # What needs somebody: why, and since when. '' while it moves on by itself.
    attention = models.CharField(max_length=12, choices=Attention.choices, blank=True)
    attention_since = models.DateTimeField(null=True, blank=True)
    # Money, whole đồng.
    fee = models.PositiveIntegerField(null=True, blank=True)  # the full price; None: no table holds one
    discount = models.CharField(max_length=10, choices=Discount.choices, default=Discount.NONE)
    social_group = models.CharField(max_length=20, choices=SocialGroup.choices, blank=True)
    payable = models.PositiveIntegerField(null=True, blank=True)  # after the discount
    payer = models.CharField(max_length=10, choices=Payer.choices, default=Payer.CITIZEN)
    waiver = models.ForeignKey("postal.WaiverCampaign", null=True, blank=True, on_delete=models.PROTECT, related_name="shipments")
    priced_on = models.DateField(null=True, blank=True)  # the day whose table counts for good: set once it is collected
    campaign_item = models.ForeignKey("postal.CampaignItem", null=True, blank=True, on_delete=models.PROTECT, related_name="shipments")
    # Sent again: the one this one stands in for, and whether another stands in for this one.
    replaces = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="replacements")
    replaced = models.BooleanField(default=False)
    manifest = models.ForeignKey("postal.Manifest", null=True, blank=True, on_delete=models.PROTECT, related_name="shipments")

    objects = ShipmentQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["dossier", "direction"], name="shipment_once",
                                    condition=~Q(state="cancelled") & ~Q(direction="between_offices") & Q(replaced=False)),
            models.UniqueConstraint(fields=["dossier", "to_office"], name="shipment_between_once",
                                    condition=Q(direction="between_offices") & ~Q(state__in=["cancelled", "delivered"])
                                    & Q(replaced=False)),
            models.CheckConstraint(condition=~Q(direction="between_offices") | Q(to_office__isnull=False), name="between_has_two_ends"),
            models.CheckConstraint(name="pays_no_more_than_the_fee",
                                   condition=Q(payable__isnull=True) | Q(fee__isnull=False, payable__lte=F("fee"))),
        ]
        indexes = [models.Index(fields=["state", "next_attempt_at"]), models.Index(fields=["office", "state", "collect_due_at"]),
                   models.Index(fields=["carrier", "state", "collect_due_at"]), models.Index(fields=["state", "moved_at"]),
                   models.Index(fields=["waybill"]), models.Index(fields=["direction", "collect_due_at"]),
                   models.Index(fields=["attention", "attention_since"], condition=~Q(attention=""), name="shipment_attention"),
                   models.Index(fields=["carrier", "collected_at"]), models.Index(fields=["waiver", "collected_at"]),
                   models.Index(fields=["id"], name="shipment_to_price",
                                condition=Q(collected_at__isnull=False, priced_on__isnull=True))]

    def __str__(self) -> str:
        return self.waybill or str(self.key)

    @property
    def destination_id(self) -> int | None:
        """The office that papers go to; None for a result on its way to a citizen."""
        if self.direction == Direction.BETWEEN:
            return self.to_office_id
        return self.office_id if self.direction == Direction.IN else None

    @property
    def is_unowned(self) -> bool:
        """Whether nobody could be told that it was not fetched in time; as ShipmentQuerySet.unowned."""
        late = self.collect_due_at is not None and self.collect_due_at < clock.now() - UNTOLD_AFTER
        return late and self.state in UNFETCHED and self.collected_at is None and self.escalated_at is None

    @property
    def awaits_intake(self) -> bool:
        """The carrier says that it brought papers to an office, which has not taken them in yet."""
        return self.state == State.DELIVERED and self.direction != Direction.OUT and self.arrived_at is None

    @property
    def is_needed(self) -> bool:
        """Whether its dossier, read with it, still wants it carried: a result by post, papers that the post shall fetch."""
        dossier = self.dossier
        if self.direction == Direction.OUT:
            return dossier.state == DossierState.DECIDED and dossier.return_method == ReturnMethod.POST
        if self.direction == Direction.IN:
            return dossier.collect_by_post and dossier.state in IN_INBOX
        return dossier.state not in (DossierState.REFUSED, DossierState.WITHDRAWN)


class CarrierEvent(models.Model):
    """A signed event as the carrier sent it; its own id makes repeats harmless."""

    carrier = models.ForeignKey(Carrier, on_delete=models.PROTECT, related_name="events")
    event_id = models.CharField(max_length=80)
    shipment = models.ForeignKey(Shipment, null=True, on_delete=models.PROTECT, related_name="carrier_events")
    status = models.CharField(max_length=40)
    happened_at = models.DateTimeField()
    received_at = models.DateTimeField(default=clock.now)
    body = models.JSONField(default=dict)
    applied = models.BooleanField(default=True)  # False: its word has no meaning yet; done when somebody says what it means

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["carrier", "event_id"], name="carrier_event_once")]
        indexes = [models.Index(fields=["carrier", "status"], condition=Q(applied=False), name="carrier_event_waits")]


class ShipmentEvent(history.Event):
    """What happened to a shipment."""

    subject = models.ForeignKey(Shipment, on_delete=models.PROTECT, related_name="events")
