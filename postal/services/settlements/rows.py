"""What the verbs of a settlement share: its claimed row, its history, its sums."""
from __future__ import annotations

from typing import Any

from django.db.models import Count, Max, Q, Sum
from django.utils.translation import gettext_lazy as _

from onestop.history import WORKER
from onestop.people.models import User
from onestop.transitions import Refused
from postal import policies
from postal.models import SettlementEvent, SettlementLine, SettlementList
from postal.states import LineOutcome, SettlementState

OPEN_LINE = ~Q(outcome=LineOutcome.MATCH) & Q(decision="")


def claim(pk: int, actor: User | None = None) -> SettlementList:
    """The list's row, locked and read anew. Raises Refused: not_found (404), not_allowed (403)."""
    rows = SettlementList.objects.select_for_update(of=("self",), no_key=True).select_related("waiver__province", "carrier")
    found = rows.filter(pk=pk).first()
    if found is None:
        raise Refused("not_found", _("Không tìm thấy danh sách quyết toán này."), status=404)
    if actor is not None and not policies.can_manage_waivers(actor, found.waiver.province_id):
        raise Refused("not_allowed", _("Chỉ quản trị hệ thống của tỉnh được làm việc này."), status=403)
    return found


def still_open(settlement: SettlementList) -> None:
    """Raises Refused('frozen', 409) once it is approved or dropped, Refused('at_work', 409) while a job writes its lines."""
    if settlement.state not in (SettlementState.DRAFT, SettlementState.CHECKING):
        raise Refused("frozen", _("Danh sách đã duyệt hoặc đã bỏ nên không thay đổi được nữa."), status=409)
    if settlement.doing:
        raise Refused("at_work", _("Hệ thống đang xử lý danh sách này. Vui lòng chờ trong giây lát."), status=409)


def note(settlement: SettlementList, verb: str, before: str, *, actor: User | None, reason: str = "", **data: Any) -> None:
    """A row of history."""
    SettlementEvent.objects.create(subject=settlement, actor=actor, actor_label="" if actor else WORKER, verb=verb, from_state=before,
                                   to_state=settlement.state, reason=reason, legal_basis=settlement.waiver.legal_basis, data=data)


def last_position(settlement: SettlementList) -> int:
    """The position of the last line; 0 before the first. One query."""
    return int(settlement.lines.aggregate(last=Max("position"))["last"] or 0)


def forget(settlement: SettlementList) -> None:
    """What a carrier's file said, and what was decided about it; the sums are set anew, not saved."""
    lines = SettlementLine.objects.filter(list=settlement)
    lines.filter(shipment__isnull=True).delete()
    lines.update(theirs=None, theirs_on=None, row=None, outcome=LineOutcome.OPEN, amount=0, decision="", decided_by=None, note="")
    add_up(settlement)


def add_up(settlement: SettlementList) -> None:
    """Count the lines and add up what is paid, from the lines themselves; not saved. One query."""
    found = settlement.lines.order_by().aggregate(count=Count("pk"), total=Sum("amount"))
    settlement.count, settlement.total = found["count"], found["total"] or 0
