"""Our lines beside the carrier's, by waybill: they match, differ, or one side does not have it."""
from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext as _

from onestop import clock
from postal.models import SettlementLine, SettlementList, Shipment
from postal.services.settlements import paid, rows
from postal.statements import Fault, Line, waybill
from postal.states import LineOutcome

OURS = ("shipment", "dossier_code", "sent_on", "fee", "discount", "ours")

def compare(settlement: SettlementList, found: Iterable[Line]) -> list[Fault]:
    """Write the carrier's side of these rows; rows that repeat a waybill come back as faults. Adds to settlement.count, not saved."""
    by_code, faults = _once(found)
    ours = {line.waybill: line for line in SettlementLine.objects.filter(list=settlement, waybill__in=list(by_code))}
    changed, unknown = [], []
    for code, theirs in by_code.items():
        line = ours.get(code)
        if line is None:
            unknown.append(theirs)
        elif line.row is not None:
            faults.append(_repeated(theirs, line.row))
        else:
            _beside(line, theirs)
            changed.append(line)
    SettlementLine.objects.bulk_update(changed, ["theirs", "theirs_on", "row", "outcome", "amount"])
    _only_theirs(settlement, unknown)
    _doubt(settlement, list(by_code))
    return faults


def adopt(settlement: SettlementList, line: SettlementLine, ours: SettlementLine) -> None:
    """A shipment that came to the list later stands where only the carrier named its waybill; what was decided about that line goes.

    Raises IntegrityError where another list has the shipment.
    """
    for name in OURS:
        setattr(line, name, getattr(ours, name))
    line.outcome = LineOutcome.MATCH if line.ours is not None and line.ours == line.theirs else LineOutcome.DIFFERS
    line.amount = line.ours or 0 if line.outcome == LineOutcome.MATCH else 0
    line.decision, line.decided_by, line.note = "", None, ""
    line.save(update_fields=[*OURS, "outcome", "amount", "decision", "decided_by", "note"])
    _doubt(settlement, [line.waybill])


def _doubt(settlement: SettlementList, codes: list[str]) -> None:
    """Both sides agree, yet another list pays it already: a person looks at it."""
    same = SettlementLine.objects.filter(paid.elsewhere(settlement), list=settlement, waybill__in=codes, outcome=LineOutcome.MATCH)
    same.update(outcome=LineOutcome.DIFFERS, amount=0, note=str(paid.TWICE))


def _once(found: Iterable[Line]) -> tuple[dict[str, Line], list[Fault]]:
    by_code: dict[str, Line] = {}
    faults = []
    for line in found:
        if line.waybill in by_code:
            faults.append(_repeated(line, by_code[line.waybill].row))
        else:
            by_code[line.waybill] = line
    return by_code, faults


def _repeated(line: Line, first: int) -> Fault:
    return Fault(line.row, _("Mã bưu gửi %(waybill)s đã có ở dòng %(row)d.") % {"waybill": line.waybill, "row": first})


def _beside(line: SettlementLine, theirs: Line) -> None:
    line.theirs, line.theirs_on, line.row = theirs.amount, theirs.day, theirs.row
    same = line.ours is not None and line.ours == theirs.amount
    line.outcome = LineOutcome.MATCH if same else LineOutcome.DIFFERS
    line.amount = theirs.amount if same else 0


def _only_theirs(settlement: SettlementList, unknown: list[Line]) -> None:
    """What only the carrier names; where the portal knows the waybill, why it is not on the list."""
    known = _known(settlement, [line.waybill for line in unknown])
    made = []
    for position, theirs in enumerate(unknown, rows.last_position(settlement) + 1):
        shipment = known.get(theirs.waybill)
        made.append(SettlementLine(
            list=settlement, position=position, waybill=theirs.waybill, theirs=theirs.amount, theirs_on=theirs.day, row=theirs.row,
            outcome=LineOutcome.MISSING_OURS, dossier_code=shipment.dossier.number if shipment else "",
            note=_reason(settlement, shipment) if shipment else ""))
    SettlementLine.objects.bulk_create(made)
    settlement.count += len(made)


def _known(settlement: SettlementList, codes: list[str]) -> dict[str, Shipment]:
    found = Shipment.objects.filter(carrier=settlement.carrier_id, waybill__in=codes).select_related("dossier")
    return {waybill(shipment.waybill): shipment for shipment in found.order_by("-pk")}


def _reason(settlement: SettlementList, shipment: Shipment) -> str:
    other = SettlementLine.objects.filter(shipment=shipment, counts=True).exclude(list=settlement).first()
    if other is not None:
        return _("Đã có trong danh sách quyết toán khác (mã %(pk)d).") % {"pk": other.list_id}
    if shipment.waiver_id != settlement.waiver_id:
        return _("Bưu gửi của Cổng nhưng không thuộc đợt miễn cước này.")
    day = clock.local(shipment.collected_at).date() if shipment.collected_at else None
    if day is None or not settlement.starts_on <= day <= settlement.ends_on:
        return _("Bưu gửi được lấy ngoài kỳ của danh sách.")
    return ""
