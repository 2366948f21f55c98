"""One step of a campaign or of one of its people, with its row of history."""
from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext_lazy as _

from onestop.history import WORKER
from onestop.people.models import User
from onestop.transitions import Refused, step
from postal.campaigns import of_person
from postal.models import AddressCampaign, AddressCampaignEvent, CampaignItem, CampaignItemEvent
from postal.states import CAMPAIGN_TRANSITIONS, ITEM_TRANSITIONS, CampaignState

SETTLED = _("Hồ sơ này đã được ghi nhận ở đợt liên hệ, không còn ở bước này.")
ENDED = _("Đợt liên hệ này đã kết thúc.")


def claim(pk: int) -> AddressCampaign:
    """The campaign's row, locked; in the caller's transaction. Raises Refused('not_found', 404)."""
    rows = AddressCampaign.objects.select_for_update(of=("self",), no_key=True).select_related("province", "office")
    found = rows.filter(pk=pk).first()
    if found is None:
        raise Refused("not_found", _("Không tìm thấy đợt liên hệ này."), status=404)
    return found


def claim_item(pk: int) -> CampaignItem:
    """One person's row, locked, with dossier, office and campaign as they are now; in the caller's transaction."""
    rows = CampaignItem.objects.select_for_update(of=("self",), no_key=True)
    return rows.select_related("campaign", "office", "dossier__procedure", "dossier__received_office").get(pk=pk)


def claim_items(keys: Iterable[int]) -> list[CampaignItem]:
    """These rows, locked in the order of their keys, so that nobody waits for each other in a circle."""
    rows = CampaignItem.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=list(keys))
    return list(rows.select_related("campaign", "office", "dossier__procedure", "dossier__received_office").order_by("pk"))


def claim_person(pk: int) -> tuple[CampaignItem, list[CampaignItem]]:
    """One row, and the other rows of its campaign with the same telephone number, all locked: who calls or invites somebody holds the
    whole person, of whatever office the dossiers are."""
    found = CampaignItem.objects.only("pk", "campaign_id", "dossier__phone").select_related("dossier").get(pk=pk)
    keys = {pk, *of_person(found).values_list("pk", flat=True)}
    rows = {row.pk: row for row in claim_items(keys)}
    return rows.pop(pk), list(rows.values())


def not_allowed() -> Refused:
    return Refused("not_allowed", _("Tài khoản của bạn không được làm việc này với đợt liên hệ."), status=403)


def refuse_if_ended(campaign: AddressCampaign) -> None:
    """Raises Refused('ended', 409)."""
    if campaign.state == CampaignState.CLOSED:
        raise Refused("ended", ENDED, status=409)


def take_step(campaign: AddressCampaign, verb: str, *, actor: User | None = None, **changes: Any) -> None:
    """A step of a locked campaign. Raises Refused('wrong_state', 409)."""
    done = step(CAMPAIGN_TRANSITIONS, verb, campaign.state, sentence=ENDED)
    campaign.state = done.after
    for name, value in changes.items():
        setattr(campaign, name, value)
    campaign.save(update_fields=["state", *changes])
    note(campaign, verb, actor=actor, before=done.before, after=done.after)


def note(campaign: AddressCampaign, verb: str, *, actor: User | None = None, before: str = "", after: str = "", **data: Any) -> None:
    """A row of a campaign's history."""
    AddressCampaignEvent.objects.create(subject=campaign, actor=actor, actor_label="" if actor else WORKER, verb=verb, from_state=before,
                                        to_state=after or campaign.state, legal_basis=campaign.legal_basis, data=data)


def move(item: CampaignItem, verb: str, *, actor: User | None = None, label: str = WORKER, reason: str = "",
         changes: dict[str, Any] | None = None, **data: Any) -> None:
    """A step of one person's locked row. Raises Refused('wrong_state', 409)."""
    done = step(ITEM_TRANSITIONS, verb, item.state, sentence=SETTLED)
    fields = {"state": done.after, **(changes or {})}
    for name, value in fields.items():
        setattr(item, name, value)
    item.save(update_fields=list(fields))
    note_item(item, verb, actor=actor, label=label, before=done.before, reason=reason, **data)


def note_item(item: CampaignItem, verb: str, *, actor: User | None = None, label: str = WORKER, before: str = "", reason: str = "",
              **data: Any) -> None:
    """A row of one person's history."""
    CampaignItemEvent.objects.create(subject=item, actor=actor, actor_label="" if actor else label, verb=verb, from_state=before,
                                     to_state=item.state, reason=reason[:500], data=data)
