"""Writing the list of a campaign down: chunk by chunk along the dossiers' keys, each in a transaction of its own. A job that dies is
taken up where it stopped, and nobody stands on the list twice."""
from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction

from onestop import clock
from onestop.jobs import enqueue_after_commit
from onestop.patience import patiently
from postal import campaigns
from postal.models import AddressCampaign, CampaignItem
from postal.services.campaigns.steps import claim, note, take_step
from postal.states import CampaignState

CHUNK = 500
CHUNKS_A_JOB = 20  # a job is over within some seconds, so that others get their turn


def freeze(pk: int) -> bool:
    """One job's share of the list; asks for the next job while there is more. Whether there is more. Raises Refused (busy)."""
    for _chunk in range(CHUNKS_A_JOB):
        if not _write_chunk(pk):
            return False
    with transaction.atomic():
        enqueue_after_commit("postal.freeze_campaign", pk)
    return True


@patiently
def _write_chunk(pk: int) -> bool:
    """The next dossiers; whether there may be more. The claimed campaign lets one worker at a time write."""
    with transaction.atomic():
        campaign = claim(pk)
        if campaign.state == CampaignState.CLOSED or (campaign.state == CampaignState.OPEN and campaign.frozen_to >= campaign.up_to):
            return False
        found = campaigns.to_list(campaign)
        rows = list(found.values_list("pk", "received_office_id")[:CHUNK])
        campaign.total += _write(campaign, rows)
        campaign.frozen_to = rows[-1][0] if len(rows) == CHUNK else campaign.up_to
        campaign.signed_on_at = clock.now()
        campaign.save(update_fields=["total", "frozen_to", "signed_on_at"])
        if campaign.frozen_to < campaign.up_to:
            return True
        if campaign.state == CampaignState.DRAFT:
            take_step(campaign, "open")
        else:
            note(campaign, "added", total=campaign.total)
    return False


def _write(campaign: AddressCampaign, rows: Sequence[tuple[int, int]]) -> int:
    """Items for these (dossier, office); how many are new. A dossier that another campaign has taken meanwhile is passed over."""
    now = clock.now()
    items = [CampaignItem(campaign=campaign, dossier_id=dossier, office_id=office, next_at=now) for dossier, office in rows]
    CampaignItem.objects.bulk_create(items, ignore_conflicts=True)
    return campaign.items.filter(dossier__in=[dossier for dossier, _office in rows]).count()
