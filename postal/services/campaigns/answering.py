"""What the citizen answers behind the link of an invitation: the link and the last four digits of the telephone, nothing else known."""
from __future__ import annotations

import hmac
from collections.abc import Collection, Iterable, Sequence
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
from postal.services.campaigns.steps import claim_items
from postal.states import ASKED, CampaignState, ItemOutcome, ReturnWish


@dataclass(frozen=True)
class Choice:
    """What the citizen chose: post with an address, or the counter."""

    wish: str
    address: str = ""
    area: Area | None = None
    consent: bool = False


def found_by(token: str) -> list[CampaignItem]:
    """The dossiers that a link asks about, by key: one person's of one campaign. Raises Refused: 'link_ended' 404 for an unknown, an older
    and an expired one alike, 'link_locked' 429."""
    rows = CampaignItem.objects.select_related("campaign", "office", "dossier__procedure").order_by("pk")
    items = list(rows.filter(token_digest=tokens.digest(clean(token)[:40]), token_until__gt=clock.now())) if token else []
    if not items or (items[0].campaign.state == CampaignState.CLOSED and all(item.state in ASKED for item in items)):
        raise _ended()
    if max(item.failures for item in items) >= settings.CAMPAIGN_LINK_FAILURES and open_of(items):
        raise _locked()
    return items


def open_of(items: Iterable[CampaignItem]) -> list[CampaignItem]:
    """Those that may still be answered for."""
    return [item for item in items if item.state in ASKED and item.campaign.state != CampaignState.CLOSED]


def _ended() -> Refused:
    return Refused("link_ended", _("Liên kết này không còn dùng được. Vui lòng tra cứu hồ sơ hoặc gọi nơi trả kết quả."), status=404)


def _locked() -> Refused:
    sentence = _("Liên kết đã bị khóa vì nhập sai nhiều lần. Vui lòng gọi nơi trả kết quả để được ghi nhận.")
    return Refused("link_locked", sentence, status=429)


@patiently
def answer(*, token: str, factor: str, choice: Choice, dossiers: Collection[int] | None = None) -> list[CampaignItem]:
    """Register the citizen's choice for these of the link's rows (keys), or for all that are open: all of them or none.

    Raises Refused: what found_by raises; 'wrong_factor' 422 (counted, the last try locks); 'already_answered' 409; 'dossier_missing',
    'wish_missing'; what registering raises.
    """
    items = found_by(token)
    named = [item for item in items if dossiers is None or item.pk in dossiers]
    if not named:
        sentence = _("Vui lòng chọn ít nhất một hồ sơ.")
        raise Refused("dossier_missing", sentence, fields={"dossiers": [sentence]})
    keys = {item.pk for item in named}
    with transaction.atomic():
        rows = claim_items(item.pk for item in items)
        wanted = [row for row in rows if row.pk in keys and row.state in ASKED]
        if not wanted:
            raise _answered()
        if any(row.campaign.state == CampaignState.CLOSED or row.token_digest != named[0].token_digest for row in wanted):
            raise _ended()  # since the link was looked up
        failures = max(row.failures for row in rows)
        if failures >= settings.CAMPAIGN_LINK_FAILURES:
            raise _locked()
        right = all(_fits(row, factor) for row in wanted)
        if right:
            for row in wanted:
                _register(row, choice, together=len(wanted))
        else:
            _count_failure(rows)
    if not right:
        raise _locked() if failures + 1 >= settings.CAMPAIGN_LINK_FAILURES else _wrong_factor()
    return wanted


def _register(row: CampaignItem, choice: Choice, *, together: int) -> None:
    try:
        if choice.wish == ReturnWish.POST:
            place = Place(choice.address, choice.area, choice.consent)
            registering.register(row, wish=choice.wish, place=place, actor=None, changes={})
        elif choice.wish == ReturnWish.COUNTER:
            registering.keep(row, outcome=ItemOutcome.WILL_COME, actor=None, changes={})
        else:
            sentence = _("Vui lòng chọn cách nhận kết quả.")
            raise Refused("wish_missing", sentence, fields={"wish": [sentence]})
    except Refused as refusal:
        raise (refusal if together == 1 or refusal.fields else registering.about(row, refusal)) from refusal


def _answered() -> Refused:
    return Refused("already_answered", _("Lựa chọn của hồ sơ này đã được ghi nhận. Muốn đổi, vui lòng tra cứu hồ sơ."), status=409)


def _fits(item: CampaignItem, factor: str) -> bool:
    phone, given = item.dossier.phone[-4:], clean(factor).replace(" ", "")
    return len(phone) == 4 and hmac.compare_digest(given.encode(), phone.encode())


def _count_failure(rows: Sequence[CampaignItem]) -> None:
    """One more wrong try for the link's locked rows, committed with the caller's transaction. Nobody gets tries by asking at once, nor by
    asking for another dossier of the same link."""
    CampaignItem.objects.filter(pk__in=[row.pk for row in rows]).update(failures=F("failures") + 1)


def _wrong_factor() -> Refused:
    sentence = _("Số vừa nhập không đúng. Vui lòng kiểm tra lại.")
    return Refused("wrong_factor", sentence, fields={"factor": [sentence]})
