"""Reading address campaigns: which dossiers belong on a list, whom to call, whom to invite, how far it has come."""
from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Case, Count, Exists, IntegerField, OuterRef, Q, QuerySet, Value, When

from dossiers.models import Dossier
from dossiers.policies import OFFICE_STAFF
from dossiers.states import IN_INBOX, Handover, ReturnMethod
from dossiers.states import State as DossierState
from onestop import clock
from onestop.people.models import User
from postal.models import AddressCampaign, CampaignItem
from postal.models.campaigns import CampaignItemQuerySet
from postal.states import CampaignKind, CampaignState, ItemOutcome, ItemState

ENDED = (ItemState.DONE, ItemState.DROPPED)
UNDECIDED = (ItemState.WAITING, ItemState.UNREACHED, ItemState.COUNTER)  # the result still waits at the counter
WITHOUT_QUESTION = (DossierState.RETURNED, DossierState.REFUSED, DossierState.WITHDRAWN)  # nothing is to be asked about these dossiers
# The figures of a campaign; every item is in one of them.
FIGURES = (ItemState.WAITING, ItemState.POST, ItemState.HOME, ItemState.COUNTER, ItemState.UNREACHED, ItemState.DONE, ItemState.DROPPED)


@dataclass(frozen=True)
class Extent:
    """Which dossiers: of a province or one office, by days with both ends included."""

    kind: str
    province_id: int
    office_id: int | None = None
    since: date | None = None
    until: date | None = None

    @classmethod
    def of(cls, campaign: AddressCampaign) -> Extent:
        """What a campaign was made for."""
        return cls(campaign.kind, campaign.province_id, campaign.office_id, campaign.since, campaign.until)


def dossiers(extent: Extent) -> QuerySet[Dossier]:
    """Dossiers whose result waits at the counter (Thường Tín 5), or that were handed in without asking for post (Khánh Hòa 2) and that
    no open campaign has."""
    place = {"received_office": extent.office_id} if extent.office_id else {"received_office__province": extent.province_id}
    found: QuerySet[Dossier] = Dossier.objects.filter(return_method=ReturnMethod.COUNTER, **place)
    if extent.kind == CampaignKind.UNCOLLECTED:
        found = _between(found.filter(state=DossierState.DECIDED), "decided_at", extent)
    else:
        found = _between(found.filter(state__in=[*IN_INBOX, DossierState.DECIDED]), "submitted_at", extent)
    found = found.exclude(state=DossierState.DECIDED, handover__in=[Handover.ON_THE_WAY, Handover.DELIVERED])
    return found.filter(~Exists(CampaignItem.objects.filter(dossier=OuterRef("pk")).exclude(state__in=ENDED)))


def _between(found: QuerySet[Dossier], field: str, extent: Extent) -> QuerySet[Dossier]:
    if extent.since:
        found = found.filter(**{f"{field}__gte": clock.at(extent.since)})
    if extent.until:
        found = found.filter(**{f"{field}__lt": clock.at(extent.until + timedelta(days=1))})
    return found


def to_list(campaign: AddressCampaign) -> QuerySet[Dossier]:
    """What is still to be written on a campaign's list, by key."""
    known = CampaignItem.objects.filter(dossier=OuterRef("pk"), campaign=campaign)
    rest = dossiers(Extent.of(campaign)).filter(pk__gt=campaign.frozen_to, pk__lte=campaign.up_to)
    return rest.filter(~Exists(known)).order_by("pk")


def preview(extent: Extent) -> list[dict[str, Any]]:
    """[{office, count}] of a list that would be made now, by name. One query."""
    found = dossiers(extent).order_by().values("received_office__name").annotate(count=Count("pk"))
    return [{"office": row["received_office__name"], "count": row["count"]} for row in found.order_by("received_office__name")]


def visible(user: User) -> QuerySet[AddressCampaign]:
    """The campaigns somebody may look at, newest first."""
    return AddressCampaign.objects.visible_to(user).select_related("province", "office", "directive", "waiver", "made_by").distinct()


def items(user: User) -> CampaignItemQuerySet:
    """The people somebody may see, with all that a page says of them."""
    return CampaignItem.objects.visible_to(user).select_related(
        "campaign__directive", "dossier__procedure", "dossier__received_office", "dossier__return_area__parent__parent", "office",
        "held_by", "area__parent__parent", "consent_by")


def next_to_call(user: User, campaign: AddressCampaign) -> QuerySet[CampaignItem]:
    """Whom this officer may call now, best first: the one they hold already, then who waits longest."""
    now = clock.now()
    due = CampaignItem.objects.to_call(now).free_for(user, now).filter(campaign=campaign, office_id__in=user.office_ids_as(*OFFICE_STAFF))
    due = due.filter(dossier__return_method=ReturnMethod.COUNTER).exclude(dossier__state__in=WITHOUT_QUESTION)
    mine = Case(When(held_by=user, held_until__gt=now, then=Value(0)), default=Value(1), output_field=IntegerField())
    return due.order_by(mine, "next_at", "pk")


def of_person(item: CampaignItem) -> CampaignItemQuerySet:
    """The rows of a campaign that are one person's: those of one telephone number. Without a number each is somebody else."""
    rows = CampaignItem.objects.all()
    if not item.dossier.phone:
        return rows.filter(pk=item.pk)
    return rows.filter(campaign=item.campaign_id, dossier__phone=item.dossier.phone)


def people_in(found: QuerySet[CampaignItem]) -> int:
    """How many people these rows are. One query."""
    nameless = Q(dossier__phone="")
    told = found.order_by().aggregate(known=Count("dossier__phone", distinct=True, filter=~nameless), single=Count("pk", filter=nameless))
    return int(told["known"] + told["single"])


def companions(user: User, item: CampaignItem) -> QuerySet[CampaignItem]:
    """The person's other dossiers of the campaign at the officer's own offices: one call settles them together."""
    rows = items(user).filter(pk__in=of_person(item).values("pk"), office_id__in=user.office_ids_as(*OFFICE_STAFF))
    return rows.exclude(pk=item.pk).order_by("pk")


def elsewhere(user: User, item: CampaignItem) -> int:
    """How many more of the person's dossiers wait at offices that the officer is not of: a number, and nothing else of them."""
    rows = of_person(item).filter(state=ItemState.WAITING).exclude(pk=item.pk)
    return rows.exclude(office_id__in=user.office_ids_as(*OFFICE_STAFF)).count()


def same_person(user: User, item: CampaignItem) -> QuerySet[CampaignItem]:
    """Dossiers of the same telephone number in other campaigns of the office that the officer may ask about in the same call."""
    if not item.dossier.phone:
        return CampaignItem.objects.none()
    found = items(user).filter(dossier__phone=item.dossier.phone, state=ItemState.WAITING, office_id=item.office_id)
    return found.filter(campaign__state=CampaignState.OPEN).exclude(campaign=item.campaign_id).order_by("pk")


def to_invite(campaign: AddressCampaign) -> QuerySet[CampaignItem]:
    """Who has not answered, whose number is not wrong, and who was not invited for some days, by key. A number that got an invitation for
    one dossier gets none for another one meanwhile."""
    before = (campaign.inviting_at or clock.now()) - timedelta(days=settings.CAMPAIGN_INVITE_AGAIN_DAYS)
    asked = campaign.items.filter(state__in=[ItemState.WAITING, ItemState.UNREACHED]).exclude(outcome=ItemOutcome.WRONG_NUMBER)
    asked = asked.filter(dossier__return_method=ReturnMethod.COUNTER).exclude(dossier__state__in=WITHOUT_QUESTION)
    told = CampaignItem.objects.filter(Q(invited_at__gte=before) | Q(outcome=ItemOutcome.WRONG_NUMBER), campaign=campaign)
    same_number = told.filter(dossier__phone=OuterRef("dossier__phone")).exclude(dossier__phone="")
    return asked.filter(Q(invited_at__isnull=True) | Q(invited_at__lt=before)).filter(~Exists(same_number)).order_by("pk")


def out_of_step() -> QuerySet[CampaignItem]:
    """People about whom nothing is to be asked any more: the result was handed over, the dossier ended without one, another way of
    return was chosen elsewhere, or the campaign has ended."""
    ended = Q(dossier__state__in=WITHOUT_QUESTION)
    elsewhere = (Q(state__in=UNDECIDED) & ~Q(dossier__return_method=ReturnMethod.COUNTER)
                 | Q(state=ItemState.POST) & ~Q(dossier__return_method=ReturnMethod.POST)
                 | Q(state=ItemState.HOME) & ~Q(dossier__return_method=ReturnMethod.HOME))
    over = Q(state__in=UNDECIDED, campaign__state=CampaignState.CLOSED)
    return CampaignItem.objects.exclude(state__in=ENDED).filter(ended | elsewhere | over)


def progress(user: User, campaign: AddressCampaign) -> list[dict[str, Any]]:
    """Figures by office: total, each state, invited, answered behind the link. One query."""
    asked: dict[str, Any] = {str(state): Count("pk", filter=Q(state=state)) for state in FIGURES}
    rows = CampaignItem.objects.counted_for(user).filter(campaign=campaign).order_by().values("office_id", "office__name").annotate(
        total=Count("pk"), invited=Count("pk", filter=Q(invited_at__isnull=False)), by_link=Count("pk", filter=Q(consent_via="link")),
        **asked)
    return [dict(row) for row in rows.order_by("office__name")]


def summed(rows: list[dict[str, Any]]) -> dict[str, int]:
    """The figures of all offices together."""
    names = ("total", "invited", "by_link", *(str(state) for state in FIGURES))
    return {name: sum(row[name] for row in rows) for name in names}
