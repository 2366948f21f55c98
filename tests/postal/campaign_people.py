"""What the tests of address campaigns share: a campaign with its list made, and an agreement on the telephone."""
from __future__ import annotations

from datetime import timedelta
from typing import Any

from dossiers.models import Dossier
from dossiers.states import ReturnMethod
from onestop import clock
from onestop.people.models import User
from postal.models import AddressCampaign, CampaignItem
from postal.services import campaigns
from postal.services.campaigns import Answer, Plan
from postal.states import CampaignKind
from tests.cast import Cast

WAITING = {"return_method": ReturnMethod.COUNTER, "return_address": ""}


def plan(cast: Cast, **changes: Any) -> Plan:
    """The province's results of the last month that nobody has fetched."""
    values = {"name": "Kết quả chưa nhận (thử)", "kind": CampaignKind.UNCOLLECTED, "province": cast.province,
              "since": clock.today() - timedelta(days=30), "script": "Chào ông/bà", "legal_basis": "khoản 2 văn bản thử"}
    return Plan(**values | changes)


def made(cast: Cast, actor: User | None = None, **changes: Any) -> AddressCampaign:
    """A campaign whose list has been written."""
    campaign = campaigns.make(actor=actor or cast.administrator, plan=plan(cast, **changes))
    while campaigns.freeze(campaign.pk):
        pass
    campaign.refresh_from_db()
    return campaign


def item_of(dossier: Dossier) -> CampaignItem:
    return CampaignItem.objects.select_related("campaign", "office", "dossier").get(dossier=dossier)


def agreed(cast: Cast, wish: str = "post", **changes: Any) -> Answer:
    """What a person says who agrees."""
    values = {"outcome": "agreed", "wish": wish, "address": "Số 7, đường Mẫu", "area": cast.commune, "consent": True}
    return Answer(**values | changes)
