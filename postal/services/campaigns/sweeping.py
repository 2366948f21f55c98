"""What time brings: people whose dossier has ended or goes another way leave the list, jobs that died are asked for again, files that
were asked for go away."""
from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.utils.translation import gettext as _

from dossiers.states import ReturnMethod
from dossiers.states import State as DossierState
from onestop import clock
from onestop.jobs import enqueue_after_commit
from onestop.patience import each_part, or_next_sweep, patiently
from postal import campaigns
from postal.models import AddressCampaign, CampaignItem
from postal.services import asked
from postal.services.campaigns.registering import forget_invitation
from postal.services.campaigns.steps import claim_item, move
from postal.states import CampaignState, ItemState

PER_SWEEP = 500
WAYS = {ItemState.POST: ReturnMethod.POST, ItemState.HOME: ReturnMethod.HOME}


def sweep() -> int:
    """How many people left a list, jobs were asked for and files thrown away."""
    done = each_part("postal.sweep_campaigns", {"people": settle_some, "jobs": resume, "files": asked.sweep})
    return sum(done.values())


def settle_some() -> int:
    """The next people whose dossier says that nothing is to be asked any more; a full share asks for the next one at once."""
    keys = list(campaigns.out_of_step().order_by("pk").values_list("pk", flat=True)[:PER_SWEEP])
    done = sum(or_next_sweep("a person of a campaign", _settle_one, key) for key in keys)
    if len(keys) == PER_SWEEP and done:
        with transaction.atomic():
            enqueue_after_commit("postal.sweep_campaigns")
    return done


@patiently
def _settle_one(key: int) -> bool:
    with transaction.atomic():
        item = claim_item(key)
        told = _because(item)
        if told is None:
            return False
        verb, reason = told
        move(item, verb, reason=reason, changes={"ended_at": clock.now(), "held_by": None, "held_until": None})
        forget_invitation(item)
    return True


def _because(item: CampaignItem) -> tuple[str, str] | None:
    """(verb, why) for somebody who leaves the list; None for whoever stays. The rule of campaigns.out_of_step(), read from the locked
    row: as a query it takes PostgreSQL longer to plan than all the rest."""
    dossier = item.dossier
    if item.state in campaigns.ENDED:
        return None
    if dossier.state == DossierState.RETURNED:
        return "finish", ""
    if dossier.state in (DossierState.REFUSED, DossierState.WITHDRAWN):
        return "drop", _("Hồ sơ đã kết thúc không có kết quả.")
    if dossier.return_method != WAYS.get(ItemState(item.state), ReturnMethod.COUNTER):
        return "drop", _("Cách nhận kết quả đã được đổi ở nơi khác.")
    if item.campaign.state == CampaignState.CLOSED and item.state in campaigns.UNDECIDED:
        return "drop", _("Đợt liên hệ đã kết thúc.")
    return None


def resume() -> int:
    """Ask again for lists that gave no sign for CAMPAIGN_STALL_SECONDS, and for invitations that are under way."""
    since = clock.now() - timedelta(seconds=settings.CAMPAIGN_STALL_SECONDS)
    unfinished = Q(state=CampaignState.DRAFT) | Q(state=CampaignState.OPEN, frozen_to__lt=F("up_to"))
    silent = Q(signed_on_at__isnull=True, made_at__lte=since) | Q(signed_on_at__lte=since) | Q(signed_on_at__isnull=True,
                                                                                             state=CampaignState.OPEN)
    lists = list(AddressCampaign.objects.filter(unfinished & silent).values_list("pk", flat=True))
    inviting = list(AddressCampaign.objects.filter(state=CampaignState.OPEN, inviting_at__isnull=False).values_list("pk", flat=True))
    with transaction.atomic():
        for pk in lists:
            enqueue_after_commit("postal.freeze_campaign", pk)
        for pk in inviting:
            enqueue_after_commit("postal.invite", pk)
    return len(lists) + len(inviting)
