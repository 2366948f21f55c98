"""What other lists of the carrier pay already: the same waybill is not paid twice, also where no shipment of ours stands behind it."""
from __future__ import annotations

from datetime import timedelta

from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from onestop.transitions import Refused
from postal.models import SettlementLine, SettlementList
from postal.states import SettlementState

REUSED_AFTER = timedelta(days=365)  # the post gives a number to nothing else within a year (UPU S10)
TWICE = _("Bưu gửi đã được thanh toán trong danh sách quyết toán khác.")


def elsewhere(settlement: SettlementList) -> Q:
    """A condition on this list's lines: another list pays the waybill, and it isn't one shipment of ours here and another one there."""
    others = SettlementList.objects.filter(carrier=settlement.carrier_id, ends_on__gte=settlement.starts_on - REUSED_AFTER)
    keys = list(others.exclude(pk=settlement.pk).exclude(state=SettlementState.DROPPED).values_list("pk", flat=True))
    paid = SettlementLine.objects.filter(list__in=keys, waybill=OuterRef("waybill"), amount__gt=0)
    return Q(Exists(paid.filter(shipment__isnull=True))) | Q(Exists(paid), shipment__isnull=True)


def refuse_twice(settlement: SettlementList, line: SettlementLine | None = None) -> None:
    """Raises Refused('paid_elsewhere', 409) where the list (or this line of it) pays what another list pays."""
    lines = SettlementLine.objects.filter(elsewhere(settlement), list=settlement)
    found = (lines.filter(pk=line.pk) if line else lines.filter(amount__gt=0)).order_by("position").first()
    if found is not None:
        told = {"waybill": found.waybill}
        raise Refused("paid_elsewhere", _("Bưu gửi %(waybill)s đã được thanh toán trong danh sách quyết toán khác.") % told, status=409)
