"""Invitations by message: everybody who has not answered gets one link for all their dossiers, so many a minute, each in its own
transaction."""
from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from onestop import clock
from onestop.jobs import enqueue_after_commit
from onestop.notify.services import Recipient, tell
from onestop.patience import or_next_sweep, patiently
from onestop.people import shown, tokens
from onestop.people.models import User
from onestop.transitions import Refused
from postal import campaigns, policies
from postal.models import AddressCampaign, CampaignItem
from postal.services.campaigns.steps import claim, claim_person, not_allowed, note, note_item, refuse_if_ended
from postal.states import CampaignState

PER_JOB = 100
TOKEN = 16  # characters of 5 bits


@patiently
def start_inviting(*, actor: User, campaign: AddressCampaign) -> AddressCampaign:
    """Invite everybody who has not answered and was not invited within CAMPAIGN_INVITE_AGAIN_DAYS. Twice changes nothing.

    Raises Refused: 'not_allowed' 403; 'ended', 'not_ready' 409; 'nobody' 422.
    """
    with transaction.atomic():
        row = claim(campaign.pk)
        if not policies.can_run_campaign(actor, row):
            raise not_allowed()
        refuse_if_ended(row)
        if row.state != CampaignState.OPEN:
            raise Refused("not_ready", _("Danh sách đang được lập. Vui lòng đợi xong rồi mời."), status=409)
        if row.inviting_at is not None:
            return row
        row.inviting_at = clock.now()
        if not campaigns.to_invite(row).exists():
            raise Refused("nobody", _("Không còn ai để mời: mọi người đã trả lời, hoặc vừa được mời."))
        row.save(update_fields=["inviting_at"])
        note(row, "invite", actor=actor)
        enqueue_after_commit("postal.invite", row.pk)
    return row


@patiently
def stop_inviting(*, actor: User, campaign: AddressCampaign) -> AddressCampaign:
    """Invite nobody more for now. Twice changes nothing. Raises Refused('not_allowed', 403)."""
    with transaction.atomic():
        row = claim(campaign.pk)
        if not policies.can_run_campaign(actor, row):
            raise not_allowed()
        if row.inviting_at is not None:
            _end(row, "stop_inviting", actor)
    return row


def _end(row: AddressCampaign, verb: str, actor: User | None = None) -> None:
    since, row.inviting_at = row.inviting_at, None
    row.save(update_fields=["inviting_at"])
    note(row, verb, actor=actor, invited=_invitations(row.items.filter(invited_at__gte=since)))


def _invitations(rows: QuerySet[CampaignItem]) -> int:
    """How many messages: the dossiers of one person share a link."""
    return rows.order_by().values("token_digest").distinct().count()


def invite(pk: int) -> int:
    """One job's share of the invitations; how many. Stops at CAMPAIGN_INVITES_A_MINUTE, the sweep goes on."""
    campaign = AddressCampaign.objects.filter(pk=pk, state=CampaignState.OPEN, inviting_at__isnull=False).first()
    if campaign is None:
        return 0
    wanted = min(_left(campaign), PER_JOB)
    keys = list(campaigns.to_invite(campaign).values_list("pk", flat=True)[:max(wanted, 0)])
    done = sum(or_next_sweep("an invitation", _invite_one, key) for key in keys)
    if not campaigns.to_invite(campaign).exists():
        _finish(pk)
    elif done and _left(campaign) > 0:
        with transaction.atomic():
            enqueue_after_commit("postal.invite", pk)
    return done


def _left(campaign: AddressCampaign) -> int:
    """How many may still be invited this minute."""
    since = clock.now() - timedelta(minutes=1)
    return int(settings.CAMPAIGN_INVITES_A_MINUTE - _invitations(campaign.items.filter(invited_at__gt=since)))


@patiently
def _invite_one(key: int) -> bool:
    """One link and one message for all that a person is asked about, in one transaction; whether a message was written. An earlier link
    ends with it."""
    with transaction.atomic():
        item, kin = claim_person(key)
        campaign: QuerySet[AddressCampaign] = AddressCampaign.objects.filter(pk=item.campaign_id)
        running = campaign.first()
        if running is None:
            return False
        wanted = set(campaigns.to_invite(running).filter(pk__in=[row.pk for row in (item, *kin)]).values_list("pk", flat=True))
        if key not in wanted:
            return False
        rows = [row for row in sorted((item, *kin), key=lambda row: row.pk) if row.pk in wanted]
        token = tokens.new_secret(TOKEN)
        for row in rows:
            _give(row, token)
        told = _tell(rows, token)
        for row in rows:
            note_item(row, "invite", before=row.state, told=told, together=len(rows))
    return told


def _give(item: CampaignItem, token: str) -> None:
    now = clock.now()
    item.token_digest, item.token_until = tokens.digest(token), now + timedelta(days=settings.CAMPAIGN_LINK_DAYS)
    item.invited_at, item.failures, item.invitations = now, 0, item.invitations + 1
    item.save(update_fields=["token_digest", "token_until", "invited_at", "failures", "invitations"])


def _tell(rows: Sequence[CampaignItem], token: str) -> bool:
    """Names the first dossier and how many there are; the procedure of a single one, unless it is sensitive (rules.md 9)."""
    item, dossier = rows[0], rows[0].dossier
    link = settings.PUBLIC_URL + reverse("postal:campaign_answer", args=[token])
    until = shown.day(clock.local(item.token_until).date()) if item.token_until else ""
    hidden = dossier.procedure.sensitive or len(rows) > 1
    context = {"number": dossier.number, "office": item.office.name, "hotline": item.office.hotline, "link": link, "until": until,
               "procedure": "" if hidden else dossier.procedure.name, "ready": dossier.decided_at is not None, "count": len(rows),
               "several": len(rows) > 1}
    recipient = Recipient(dossier.full_name, dossier.phone, dossier.email, dossier.language)
    return tell(event_key=f"campaign-item:{item.pk}:{item.invitations}", template="campaign_invited", context=context,
                recipient=recipient, office=item.office) is not None


@patiently
def _finish(pk: int) -> None:
    with transaction.atomic():
        row = claim(pk)
        if row.inviting_at is not None and not campaigns.to_invite(row).exists():
            _end(row, "invited")
