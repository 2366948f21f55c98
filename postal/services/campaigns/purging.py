"""Contact data of address campaigns that are over (rules.md 9): the address, notes of calls and links of those who left the list. What
came of each person, their consent and so every figure stay."""
from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from onestop import clock
from onestop.patience import or_next_sweep, patiently
from postal.campaigns import ENDED
from postal.models import AddressCampaign, CampaignItem
from postal.services.campaigns.steps import note
from postal.states import CampaignState

PER_SWEEP = 100


def sweep() -> int:
    """Campaigns closed CONTACT_LIST_DAYS ago or earlier; how many people's contact data is gone. Who still waits for the post or a visit
    keeps the address until then."""
    since = clock.now() - timedelta(days=settings.CONTACT_LIST_DAYS)
    over = AddressCampaign.objects.filter(state=CampaignState.CLOSED, closed_at__lte=since)
    left = over.filter(Exists(_with_contact().filter(campaign=OuterRef("pk")))).order_by("pk")
    return sum(or_next_sweep("the list of a campaign", _forget, row) for row in left[:PER_SWEEP])


def _with_contact() -> QuerySet[CampaignItem]:
    something = ~Q(address="") | ~Q(note="") | ~Q(token_digest="") | Q(area__isnull=False)
    return CampaignItem.objects.filter(something, state__in=ENDED)


@patiently
def _forget(campaign: AddressCampaign) -> int:
    with transaction.atomic():
        row = AddressCampaign.objects.select_for_update(of=("self",)).get(pk=campaign.pk)
        many = _with_contact().filter(campaign=row).update(address="", area=None, note="", token_digest="", token_until=None)
        if many:
            note(row, "purge", people=many)
    return many
