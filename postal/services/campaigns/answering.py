"""What the citizen answers behind the link of an invitation: the link and the last four digits of the telephone, nothing else known."""
from __future__ import annotations

import hmac
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from onestop import clock
from onestop.offices.models import Area
from onestop.patience import patiently
from onestop.people import tokens
from onestop.people.words import clean
from onestop.transitions import Refused
from postal.models import CampaignItem
from postal.services.campaigns import registering
from postal.services.campaigns.registering import Place
from postal.services.campaigns.steps import claim_item
from postal.states import CampaignState, ItemOutcome, ItemState, ReturnWish

ASKED = frozenset({ItemState.WAITING, ItemState.UNREACHED})


@dataclass(frozen=True)
class Choice:
    """What the citizen chose: post with an address, or the counter."""

    wish: str
    address: str = ""
    area: Area | None = None
    consent: bool = False


def found_by(token: str) -> CampaignItem:
    """Whose link this is. Raises Refused: 'link_ended' 404 for an unknown, an older and an expired one alike, 'link_locked' 429."""
    rows = CampaignItem.objects.select_related("campaign", "office", "dossier__procedure")
    item = rows.filter(token_digest=tokens.digest(clean(token)[:40]), token_until__gt=clock.now()).first() if token else None
    if item is None or (item.campaign.state == CampaignState.CLOSED and item.state in ASKED):
        raise _ended()
    if item.failures >= settings.CAMPAIGN_LINK_FAILURES and item.state in ASKED:
        raise _locked()
    return item


def _ended() -> Refused:
    return Refused("link_ended", _("Liên kết này không còn dùng được. Vui lòng tra cứu hồ sơ hoặc gọi nơi trả kết quả."), status=404)


def _locked() -> Refused:
    sentence = _("Liên kết đã bị khóa vì nhập sai nhiều lần. Vui lòng gọi nơi trả kết quả để được ghi nhận.")
    return Refused("link_locked", sentence, status=429)


@patiently
def answer(*, token: str, factor: str, choice: Choice) -> CampaignItem:
    """Register the citizen's choice.

    Raises Refused: what found_by raises; 'wrong_factor' 422 (counted, the last try locks); 'already_answered' 409; 'wish_missing';
    what registering raises.
    """
    item = found_by(token)
    if item.state not in ASKED:
        raise _answered()
    if not _fits(item, factor):
        _count_failure(item)
        sentence = _("Số vừa nhập không đúng. Vui lòng kiểm tra lại.")
        raise Refused("wrong_factor", sentence, fields={"factor": [sentence]})
    with transaction.atomic():
        row = claim_item(item.pk)
        if row.state not in ASKED:
            raise _answered()
        if row.campaign.state == CampaignState.CLOSED or row.token_digest != item.token_digest:  # since the link was looked up
            raise _ended()
        if choice.wish == ReturnWish.POST:
            place = Place(choice.address, choice.area, choice.consent)
            registering.register(row, wish=choice.wish, place=place, actor=None, changes={})
        elif choice.wish == ReturnWish.COUNTER:
            registering.keep(row, outcome=ItemOutcome.WILL_COME, actor=None, changes={})
        else:
            sentence = _("Vui lòng chọn cách nhận kết quả.")
            raise Refused("wish_missing", sentence, fields={"wish": [sentence]})
    return row


def _answered() -> Refused:
    return Refused("already_answered", _("Lựa chọn của hồ sơ này đã được ghi nhận. Muốn đổi, vui lòng tra cứu hồ sơ."), status=409)


def _fits(item: CampaignItem, factor: str) -> bool:
    phone, given = item.dossier.phone[-4:], clean(factor).replace(" ", "")
    return len(phone) == 4 and hmac.compare_digest(given.encode(), phone.encode())


def _count_failure(item: CampaignItem) -> None:
    """One more wrong try, committed whatever the caller does; the last one locks. Nobody gets tries by asking at once."""
    alive = CampaignItem.objects.filter(pk=item.pk, failures__lt=settings.CAMPAIGN_LINK_FAILURES)
    if alive.update(failures=F("failures") + 1) != 1 or item.failures + 1 >= settings.CAMPAIGN_LINK_FAILURES:
        raise _locked()
