"""What a person wants, whether told on the telephone or behind the link: the way of return is registered with the dossier in the
same transaction, with what they agreed to."""
from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils import translation
from django.utils.translation import gettext_lazy as _

from dossiers.services import processing
from dossiers.states import ReturnMethod
from onestop import clock
from onestop.history import CITIZEN
from onestop.notify.services import obsolete
from onestop.offices.models import Area
from onestop.people.models import User
from onestop.people.words import clean
from onestop.transitions import Refused
from postal.models import CampaignItem
from postal.services.campaigns.steps import move
from postal.states import ASKED, ItemOutcome, ReturnWish

PHONE, LINK = "phone", "link"
CONSENT = {
    ReturnWish.POST: _("Tôi đồng ý nhận kết quả qua bưu chính công ích tại địa chỉ đã xác nhận, và đồng ý để cơ quan giao họ tên, số "
                       "điện thoại, địa chỉ này cho doanh nghiệp bưu chính chỉ để phát kết quả."),
    ReturnWish.HOME: _("Tôi đồng ý để cán bộ mang kết quả đến địa chỉ đã xác nhận, và đồng ý để cơ quan dùng họ tên, số điện thoại, "
                       "địa chỉ này cho việc đó."),
}
VERBS = {ReturnWish.POST: "register", ReturnWish.HOME: "deliver_home"}
METHODS = {ReturnWish.POST: ReturnMethod.POST, ReturnWish.HOME: ReturnMethod.HOME}


@dataclass(frozen=True)
class Place:
    """Where the result shall go, as the person confirmed it, and that they agreed."""

    address: str
    area: Area | None
    consent: bool


def register(item: CampaignItem, *, wish: str, place: Place, actor: User | None, changes: dict[str, Any],
             of_other: bool = False) -> None:
    """Post or home, in the caller's transaction. `actor` None: the citizen, whose link and second factor were checked. `of_other`: the
    person told an officer of another office, in the one call of the campaign; the dossier's history names that officer.

    Raises Refused: 'address_missing', 'commune_missing', 'consent_missing' with fields, and what dossiers' change_return raises.
    """
    _check(place)
    address = clean(place.address)[:255]
    via, label = (PHONE, "") if actor else (LINK, CITIZEN)
    try:
        processing.change_return(actor=None if of_other else actor, actor_label=actor.full_name if actor else label, dossier=item.dossier,
                                 method=METHODS[ReturnWish(wish)], address=address, area=place.area, via=via)
    except Refused as refusal:
        raise _renamed(refusal) from refusal
    with translation.override("vi"):
        words = str(CONSENT[ReturnWish(wish)])
    move(item, VERBS[ReturnWish(wish)], actor=actor, label=label, via=via, changes={
        "wish": wish, "address": address, "area": place.area, "consent_at": clock.now(), "consent_via": via, "consent_by": actor,
        "consent_words": words, "outcome": ItemOutcome.AGREED, **changes})
    forget_invitation(item)


def keep(item: CampaignItem, *, outcome: str, actor: User | None, changes: dict[str, Any]) -> None:
    """The result stays at the counter: they will come, or do not want it sent. In the caller's transaction."""
    move(item, "keep", actor=actor, label=CITIZEN, via=PHONE if actor else LINK, outcome=outcome,
         changes={"wish": ReturnWish.COUNTER, "outcome": outcome, "consent_via": PHONE if actor else LINK, **changes})
    forget_invitation(item)


def forget_invitation(item: CampaignItem) -> None:
    """An invitation that has not gone out yet is of no use once nothing of what it asks about is open any more."""
    if not item.invitations:
        return
    together = CampaignItem.objects.filter(campaign=item.campaign_id, token_digest=item.token_digest)
    if together.filter(state__in=ASKED).exclude(pk=item.pk).exists():
        return
    for key in together.values_list("pk", flat=True):
        obsolete(event_key_prefix=f"campaign-item:{key}:")


def about(item: CampaignItem, refusal: Refused) -> Refused:
    """The same refusal, saying which of several dossiers it is about."""
    sentence = _("Hồ sơ %(number)s: %(sentence)s") % {"number": item.dossier.number, "sentence": refusal.sentence}
    return Refused(refusal.code, sentence, status=refusal.status, directive=refusal.directive)


def _check(place: Place) -> None:
    if not clean(place.address):
        raise _missing("address", _("Vui lòng ghi địa chỉ nhận kết quả."))
    if place.area is None:
        raise _missing("commune", _("Vui lòng ghi xã, phường của địa chỉ."))
    if not place.consent:
        raise _missing("consent", _("Cần người nhận đồng ý thì mới đăng ký được."))


def _missing(field: str, sentence: Any) -> Refused:
    return Refused(f"{field}_missing", sentence, fields={field: [sentence]})


def _renamed(refusal: Refused) -> Refused:
    """The same refusal with the names of this form's fields."""
    fields = {"address" if name == "return_address" else name: told for name, told in refusal.fields.items()}
    return Refused(refusal.code, refusal.sentence, status=refusal.status, directive=refusal.directive, fields=fields)
