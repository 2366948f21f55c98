"""A second person approves; from then on nothing changes any more. Or the list is dropped, and its shipments are free for another one."""
from __future__ import annotations

from datetime import date

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from onestop import clock
from onestop.jobs import enqueue_after_commit
from onestop.offices.models import Area
from onestop.patience import patiently
from onestop.people.models import User
from onestop.people.words import clean
from onestop.transitions import Refused, step
from postal import policies
from postal.models import SettlementLine, SettlementList
from postal.services.settlements import paid, rows
from postal.states import SETTLEMENT_TRANSITIONS, SettlementState

WRONG_STATE = _("Danh sách không còn ở trạng thái cho phép việc này.")


@patiently
def approve(*, actor: User, settlement: SettlementList) -> SettlementList:
    """Approve a reconciled list: it is numbered without a gap in the province's year and frozen. Twice changes nothing.

    Raises Refused: same_person, not_allowed (403), open_lines, nothing_in_it, paid_elsewhere, frozen, at_work,
    wrong_state (409).
    """
    with transaction.atomic():
        found = rows.claim(settlement.pk, actor)
        if found.state == SettlementState.APPROVED:
            return found
        _may_approve(actor, found)
        rows.still_open(found)
        taken = step(SETTLEMENT_TRANSITIONS, "approve", found.state, sentence=_("Danh sách chưa được đối soát với tệp của bưu chính."))
        waiting = SettlementLine.objects.filter(rows.OPEN_LINE, list=found).count()
        if waiting:
            raise Refused("open_lines", _("Còn %(count)d dòng chưa có quyết định.") % {"count": waiting}, status=409)
        rows.add_up(found)
        if not found.count:
            raise Refused("nothing_in_it", _("Danh sách không có bưu gửi nào."), status=409)
        found.number, found.approved_by, found.approved_at = _number(found), actor, clock.now()
        paid.refuse_twice(found)
        found.state = SettlementState(taken.after)
        found.save(update_fields=["number", "approved_by", "approved_at", "state", "count", "total"])
        rows.note(found, "approve", taken.before, actor=actor, number=found.number, count=found.count, total=found.total)
        enqueue_after_commit("postal.export_settlement", found.pk)
    return found


def _may_approve(actor: User, found: SettlementList) -> None:
    deciders = set(SettlementLine.objects.filter(list=found, decided_by__isnull=False).values_list("decided_by", flat=True).distinct())
    if not policies.can_approve_settlement(actor, found, deciders):
        sentence = _("Người lập danh sách hoặc đã quyết định dòng lệch không được tự duyệt; cần người khác duyệt.")
        raise Refused("same_person", sentence, status=403)


def _number(settlement: SettlementList) -> str:
    """'003/2020/QTC-56': the province's next one of the year. Its row is held, so that two approvals never take the same; an approved
    list never goes away, so that the numbers have no gap."""
    province = Area.objects.select_for_update(no_key=True).get(pk=settlement.waiver.province_id)
    year = clock.today().year
    approved = SettlementList.objects.filter(waiver__province=province, state=SettlementState.APPROVED)
    return f"{approved.filter(approved_at__gte=clock.at(date(year, 1, 1))).count() + 1:03d}/{year}/QTC-{province.code}"


@patiently
def drop(*, actor: User, settlement: SettlementList, reason: str) -> SettlementList:
    """Drop a list that was not approved, with the reason. Twice changes nothing. Raises Refused: not_allowed (403), reason_missing,
    frozen, at_work (409)."""
    with transaction.atomic():
        found = rows.claim(settlement.pk, actor)
        if found.state == SettlementState.DROPPED:
            return found
        rows.still_open(found)
        if not clean(reason):
            sentence = _("Vui lòng ghi lý do.")
            raise Refused("reason_missing", sentence, fields={"reason": [sentence]})
        taken = step(SETTLEMENT_TRANSITIONS, "drop", found.state, sentence=WRONG_STATE)
        found.state = SettlementState(taken.after)
        found.save(update_fields=["state"])
        SettlementLine.objects.filter(list=found).update(counts=False)
        rows.note(found, "drop", taken.before, actor=actor, reason=clean(reason))
    return found
