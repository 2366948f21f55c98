"""Where the two sides differ, a person says whose figure is paid, and why."""
from __future__ import annotations

from django.db import transaction
from django.db.models import F, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from onestop.patience import patiently
from onestop.people.models import User
from onestop.people.words import clean
from onestop.transitions import Refused
from postal.models import SettlementLine, SettlementList
from postal.services.settlements import paid, rows
from postal.states import Decision, LineOutcome, SettlementState

POSSIBLE = {
    LineOutcome.DIFFERS.value: frozenset(Decision),
    LineOutcome.MISSING_THEIRS.value: frozenset({Decision.OURS, Decision.NONE}),
    LineOutcome.MISSING_OURS.value: frozenset({Decision.THEIRS, Decision.NONE}),
}


@patiently
def decide(*, actor: User, line: SettlementLine, decision: str, note: str) -> SettlementLine:
    """Say whose figure of one line is paid. May be said again until the list is approved.

    Raises Refused: not_allowed (403), frozen, at_work, not_compared, nothing_to_decide, paid_elsewhere (409), note_missing,
    not_possible.
    """
    reason = _reason(note)
    with transaction.atomic():
        settlement = _claim(actor, line.list_id)
        found = SettlementLine.objects.select_for_update(no_key=True).get(pk=line.pk)
        _possible(found.outcome, decision)
        if decision == Decision.OURS and found.ours is None:
            raise Refused("not_possible", _("Cổng không có giá cước của bưu gửi này; vui lòng chọn cách khác."))
        found.amount = {Decision.OURS: found.ours, Decision.THEIRS: found.theirs}.get(Decision(decision)) or 0
        if found.amount:
            paid.refuse_twice(settlement, found)
        before, found.decision, found.note, found.decided_by = found.decision, decision, reason, actor
        found.save(update_fields=["amount", "decision", "note", "decided_by"])
        _add_up(settlement)
        rows.note(settlement, "decide", settlement.state, actor=actor, reason=reason, waybill=found.waybill, decision=decision,
                  was=before, amount=found.amount)
    return found


@patiently
def decide_all(*, actor: User, settlement: SettlementList, outcome: str, decision: str, note: str) -> int:
    """The same for every open line of one kind; how many. What has no figure of ours, or is paid by another list, stays open.

    Raises Refused as decide()."""
    reason = _reason(note)
    with transaction.atomic():
        found = _claim(actor, settlement.pk)
        _possible(outcome, decision)
        waiting = SettlementLine.objects.filter(rows.OPEN_LINE, list=found, outcome=outcome)
        if decision == Decision.OURS:
            waiting = waiting.filter(ours__isnull=False)
        if decision != Decision.NONE:
            waiting = waiting.exclude(paid.elsewhere(found))
        amount = {Decision.OURS: F("ours"), Decision.THEIRS: Coalesce(F("theirs"), Value(0))}.get(Decision(decision), Value(0))
        count = waiting.update(amount=amount, decision=decision, note=reason, decided_by=actor)
        if count:
            _add_up(found)
            rows.note(found, "decide_all", found.state, actor=actor, reason=reason, outcome=outcome, decision=decision, count=count)
    return count


def _claim(actor: User, pk: int) -> SettlementList:
    settlement = rows.claim(pk, actor)
    rows.still_open(settlement)
    if settlement.state != SettlementState.CHECKING:
        raise Refused("not_compared", _("Danh sách chưa được đối soát với tệp của bưu chính."), status=409)
    return settlement


def _reason(note: str) -> str:
    reason = clean(note)[:255]
    if not reason:
        sentence = _("Vui lòng ghi lý do.")
        raise Refused("note_missing", sentence, fields={"note": [sentence]})
    return reason


def _possible(outcome: str, decision: str) -> None:
    if outcome not in POSSIBLE:
        raise Refused("nothing_to_decide", _("Dòng này đã khớp, không cần quyết định."), status=409)
    if decision not in POSSIBLE[outcome]:
        sentence = _("Không chọn được số của bên không có dòng này.")
        raise Refused("not_possible", sentence, fields={"decision": [sentence]})


def _add_up(settlement: SettlementList) -> None:
    rows.add_up(settlement)
    settlement.save(update_fields=["count", "total"])
