"""A campaign begins, is added to and ends. Its list is written by a job (freezing)."""
from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from dossiers.models import Dossier
from onestop import clock
from onestop.directives import basis as letters
from onestop.directives.models import Directive
from onestop.jobs import enqueue_after_commit
from onestop.offices.models import Area, Office
from onestop.patience import patiently
from onestop.people.models import User
from onestop.people.words import clean, clean_lines
from onestop.transitions import Refused
from postal import policies
from postal.models import AddressCampaign, WaiverCampaign
from postal.services.campaigns.steps import claim, not_allowed, note, refuse_if_ended, take_step
from postal.states import CampaignKind, CampaignState


@dataclass(frozen=True)
class Plan:
    """What a campaign is for. `office` None: the whole province. Days include both ends: of the result (uncollected), or of handing
    in (not registered)."""

    name: str
    kind: str
    province: Area
    office: Office | None = None
    directive: Directive | None = None
    legal_basis: str = ""
    since: date | None = None
    until: date | None = None
    script: str = ""
    waiver: WaiverCampaign | None = None


@patiently
def make(*, actor: User, plan: Plan) -> AddressCampaign:
    """Begin a campaign; a job writes its list down. Raises Refused: 'not_allowed' 403, 'invalid' with fields, and for the
    letter 'not_in_force', 'foreign_letter'."""
    if not policies.can_make_campaign(actor, plan.province, plan.office):
        raise not_allowed()
    _check(plan)
    basis = clean(plan.legal_basis)[:255] or (plan.directive.number if plan.directive else "")
    with transaction.atomic():
        campaign = AddressCampaign.objects.create(
            name=clean(plan.name)[:160], kind=plan.kind, province=plan.province, office=plan.office, directive=plan.directive,
            legal_basis=basis, since=plan.since, until=plan.until, script=clean_lines(plan.script), waiver=plan.waiver,
            up_to=_last_dossier(), made_by=actor)
        note(campaign, "make", actor=actor)
        enqueue_after_commit("postal.freeze_campaign", campaign.pk)
    return campaign


def _check(plan: Plan) -> None:
    wrong = {}
    if not clean(plan.name):
        wrong["name"] = _("Vui lòng ghi tên đợt liên hệ.")
    if plan.kind not in CampaignKind.values:
        wrong["kind"] = _("Vui lòng chọn loại danh sách.")
    if plan.kind == CampaignKind.UNCOLLECTED and plan.since is None:
        wrong["since"] = _("Vui lòng chọn ngày có kết quả sớm nhất.")
    if plan.since is not None and plan.until is not None and plan.until < plan.since:
        wrong["until"] = _("Ngày cuối phải từ ngày đầu trở đi.")
    if plan.waiver is not None and plan.waiver.province_id != plan.province.pk:
        wrong["waiver"] = _("Đợt miễn cước này không thuộc tỉnh.")
    if wrong:
        raise Refused("invalid", next(iter(wrong.values())), fields={name: [sentence] for name, sentence in wrong.items()})
    letters.check(plan.directive, first=clock.today(), last=clock.today(), place=plan.office or plan.province)


def _last_dossier() -> int:
    return Dossier.objects.aggregate(last=Max("pk"))["last"] or 0


@patiently
def add_new(*, actor: User, campaign: AddressCampaign) -> bool:
    """Look for dossiers that belong to the list by now; whether a new search began (one is enough at a time).

    Raises Refused: 'not_allowed' 403, 'ended' 409."""
    with transaction.atomic():
        row = claim(campaign.pk)
        if not policies.can_run_campaign(actor, row):
            raise not_allowed()
        refuse_if_ended(row)
        if row.state == CampaignState.DRAFT or row.frozen_to < row.up_to:
            return False
        row.frozen_to, row.up_to, row.signed_on_at = 0, _last_dossier(), None
        row.save(update_fields=["frozen_to", "up_to", "signed_on_at"])
        note(row, "add", actor=actor, total=row.total)
        enqueue_after_commit("postal.freeze_campaign", row.pk)
    return True


@patiently
def close(*, actor: User, campaign: AddressCampaign) -> AddressCampaign:
    """End a campaign: nobody is called or invited any more; what was registered goes its way. Twice changes nothing.

    Raises Refused('not_allowed', 403)."""
    with transaction.atomic():
        row = claim(campaign.pk)
        if not policies.can_run_campaign(actor, row):
            raise not_allowed()
        if row.state != CampaignState.CLOSED:
            take_step(row, "close", actor=actor, closed_at=clock.now(), inviting_at=None, frozen_to=row.up_to)
            enqueue_after_commit("postal.sweep_campaigns")
    return row
