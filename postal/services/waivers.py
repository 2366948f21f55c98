"""Waivers: for a time the post charges people nothing, and a named payer pays (letter Khánh Hòa, clause 2)."""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from onestop import clock
from onestop.catalogue.models import Procedure
from onestop.directives import basis
from onestop.directives.models import Directive
from onestop.history import WORKER
from onestop.jobs import enqueue_after_commit
from onestop.offices.models import Area, Office
from onestop.patience import or_next_sweep, patiently
from onestop.people.models import User
from onestop.people.words import clean
from onestop.transitions import Refused, step
from postal import fees as rules
from postal import policies
from postal.models import Carrier, WaiverCampaign, WaiverEvent
from postal.services import eligibility, fees
from postal.services.eligibility import covering, matching
from postal.states import WAIVER_TRANSITIONS, WaiverState

__all__ = ["NewWaiver", "apply", "change", "covering", "draft", "end", "matching", "resume", "start"]
CHUNK = 200  # shipments a transaction
CHUNKS_A_JOB = 10
WRONG_STATE = _("Đợt miễn cước không còn ở trạng thái cho phép việc này.")


@dataclass(frozen=True)
class NewWaiver:
    """What an administrator writes. Without procedures, offices or a carrier: all of them."""

    name: str
    province: Area
    legal_basis: str
    payer: str
    starts_on: date
    ends_on: date | None = None
    settle_by: date | None = None
    carrier: Carrier | None = None
    directive: Directive | None = None
    direction: str = ""
    submitted_before: date | None = None
    only_campaigns: bool = False
    procedures: Sequence[Procedure] = field(default=())
    offices: Sequence[Office] = field(default=())

    def columns(self) -> dict[str, Any]:
        """As the row keeps it."""
        names = ("province", "starts_on", "ends_on", "settle_by", "carrier", "directive", "direction", "submitted_before", "only_campaigns")
        kept = {name: getattr(self, name) for name in names}
        return kept | {"name": clean(self.name)[:160], "legal_basis": clean(self.legal_basis)[:255], "payer": clean(self.payer)[:200]}


@patiently
def draft(*, actor: User, waiver: NewWaiver) -> WaiverCampaign:
    """Write a draft; it covers nothing yet. Raises Refused: not_allowed (403), period, legal_basis_missing, payer_missing,
    not_in_force, foreign_letter."""
    _check(actor, waiver)
    with transaction.atomic():
        made = WaiverCampaign.objects.create(made_by=actor, **waiver.columns())
        _sets(made, waiver)
        note(made, "draft", "", actor=actor)
    return made


@patiently
def change(*, actor: User, campaign: WaiverCampaign, waiver: NewWaiver) -> WaiverCampaign:
    """Rewrite a draft. Raises Refused as draft(), and wrong_state (409) once it was started."""
    _check(actor, waiver)
    with transaction.atomic():
        row = claim(actor, campaign)
        if row.state != WaiverState.DRAFT:
            raise Refused("wrong_state", _("Đợt miễn cước đã bắt đầu nên không sửa được; hãy kết thúc và lập đợt mới."), status=409)
        columns = waiver.columns()
        for name, value in columns.items():
            setattr(row, name, value)
        row.save(update_fields=list(columns))
        _sets(row, waiver)
        note(row, "change", row.state, actor=actor)
    return row


@patiently
def start(*, actor: User, campaign: WaiverCampaign) -> WaiverCampaign:
    """Apply it from now on; a job applies it to what was made already and nobody can have paid. Twice changes nothing.
    Raises Refused: not_in_force, foreign_letter, where its letter was withdrawn since it was drafted."""
    with transaction.atomic():
        row = claim(actor, campaign)
        if row.state == WaiverState.RUNNING:
            return row
        taken = step(WAIVER_TRANSITIONS, "start", row.state, sentence=WRONG_STATE)
        basis.check(row.directive, first=row.starts_on, last=row.ends_on, place=row.province)
        row.state, row.applied_to, row.applied_at, row.worked_at = WaiverState(taken.after), 0, None, clock.now()
        row.save(update_fields=["state", "applied_to", "applied_at", "worked_at"])
        note(row, "start", taken.before, actor=actor)
        enqueue_after_commit("postal.apply_waiver", row.pk)
    return row


@patiently
def end(*, actor: User | None, campaign: WaiverCampaign, reason: str = "") -> WaiverCampaign:
    """Cover nothing new; what was promised stays. `actor` None: its last day has passed. Twice changes nothing."""
    with transaction.atomic():
        row = claim(actor, campaign)
        if row.state == WaiverState.ENDED:
            return row
        taken = step(WAIVER_TRANSITIONS, "end", row.state, sentence=WRONG_STATE)
        today = clock.today()
        row.state = WaiverState(taken.after)
        row.ends_on = max(row.starts_on, min(row.ends_on or today, today))
        row.save(update_fields=["state", "ends_on"])
        note(row, "end", taken.before, actor=actor, reason=clean(reason))
    return row


def claim(actor: User | None, campaign: WaiverCampaign) -> WaiverCampaign:
    """The row, locked and read anew. Raises Refused('not_allowed', 403)."""
    row = WaiverCampaign.objects.select_for_update(of=("self",), no_key=True).select_related("province").get(pk=campaign.pk)
    if actor is not None and not policies.can_manage_waivers(actor, row.province_id):
        raise Refused("not_allowed", _("Chỉ quản trị hệ thống của tỉnh được làm việc này."), status=403)
    return row


def note(row: WaiverCampaign, verb: str, before: str, *, actor: User | None, reason: str = "", **data: Any) -> None:
    """A row of history."""
    WaiverEvent.objects.create(subject=row, actor=actor, actor_label="" if actor else WORKER, verb=verb, from_state=before,
                               to_state=row.state, reason=reason, legal_basis=row.legal_basis, data=data)


def _check(actor: User, waiver: NewWaiver) -> None:
    if not policies.can_manage_waivers(actor, waiver.province.pk):
        raise Refused("not_allowed", _("Chỉ quản trị hệ thống của tỉnh được làm việc này."), status=403)
    for name, sentence in (("legal_basis", _("Vui lòng ghi căn cứ.")), ("payer", _("Vui lòng ghi nguồn chi trả.")),
                           ("name", _("Vui lòng đặt tên cho đợt miễn cước."))):
        if not clean(getattr(waiver, name)):
            raise Refused(f"{name}_missing", sentence, fields={name: [sentence]})
    if waiver.ends_on and waiver.ends_on < waiver.starts_on:
        sentence = _("Ngày kết thúc phải từ ngày bắt đầu trở đi.")
        raise Refused("period", sentence, fields={"ends_on": [sentence]})
    if any(office.province_id != waiver.province.pk for office in waiver.offices):
        sentence = _("Chỉ chọn đơn vị trong tỉnh.")
        raise Refused("other_province", sentence, fields={"offices": [sentence]})
    basis.check(waiver.directive, first=waiver.starts_on, last=waiver.ends_on, place=waiver.province)


def _sets(row: WaiverCampaign, waiver: NewWaiver) -> None:
    row.procedures.set(waiver.procedures)
    row.offices.set(waiver.offices)


# --- applying it to what was made before ------------------------------------------------------------------------------

def apply(pk: int) -> int:
    """One job's share of a waiver that was started; how many shipments it covers now. Repeats and two workers at once are harmless."""
    done = 0
    for _turn in range(CHUNKS_A_JOB):
        found = _chunk(pk)
        if found is None:
            return done
        done += found
    with transaction.atomic():
        enqueue_after_commit("postal.apply_waiver", pk)
    return done


@patiently
@transaction.atomic
def _chunk(pk: int) -> int | None:
    """Some shipments in one transaction; None when there are none left, or the waiver is not to be applied any more."""
    row = WaiverCampaign.objects.select_for_update(no_key=True).filter(pk=pk, state=WaiverState.RUNNING, applied_at__isnull=True).first()
    if row is None:
        return None
    keys = list(matching(row, clock.today()).filter(pk__gt=row.applied_to).order_by("pk").values_list("pk", flat=True)[:CHUNK])
    row.worked_at = clock.now()
    if not keys:
        row.applied_at = row.worked_at
        row.save(update_fields=["worked_at", "applied_at"])
        note(row, "applied", row.state, actor=None, count=row.shipments.count())
        return None
    book, terms = fees.Book(), eligibility.terms_of(row)
    done = sum(_cover(row, terms, key, book) for key in keys)
    row.applied_to = keys[-1]
    row.save(update_fields=["worked_at", "applied_to"])
    return done


def _cover(waiver: WaiverCampaign, terms: rules.Terms, key: int, book: fees.Book) -> bool:
    """One shipment, looked at again under its lock."""
    shipment = fees.locked(key)
    if shipment is None or shipment.waiver_id is not None or fees.settled([key]):
        return False
    if not rules.unpaid(shipment.direction, shipment.state) or not rules.eligible(terms, eligibility.facts_of(shipment)):
        return False
    shipment.waiver = waiver
    return fees.reprice(shipment, book, verb="waive")


def resume() -> int:
    """Ask again for the job of waivers that stand still, and end those whose last day has passed; how many."""
    since = clock.now() - timedelta(seconds=settings.SETTLEMENT_STALL_SECONDS)
    silent = Q(worked_at__isnull=True) | Q(worked_at__lte=since)
    running = WaiverCampaign.objects.filter(state=WaiverState.RUNNING)
    waiting = list(running.filter(silent, applied_at__isnull=True).values_list("pk", flat=True))
    with transaction.atomic():
        for pk in waiting:
            enqueue_after_commit("postal.apply_waiver", pk)
    over = list(running.filter(ends_on__lt=clock.today(), applied_at__isnull=False))
    return len(waiting) + sum(or_next_sweep("the end of a waiver", _end_by_itself, row) for row in over)


def _end_by_itself(row: WaiverCampaign) -> WaiverCampaign:
    return end(actor=None, campaign=row)
