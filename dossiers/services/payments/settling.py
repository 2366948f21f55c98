"""Money came: once and for all, however often and in whatever order one hears of it."""
from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from dossiers.models import Dossier, PaymentRequest
from dossiers.services import dues, processing
from dossiers.services.records import claim, inform, write_event
from dossiers.states import ENDED, PaymentMethod, PaymentState, State
from onestop import clock
from onestop.history import WORKER
from onestop.patience import patiently
from onestop.people import shown
from onestop.people.models import User
from onestop.transitions import Refused

NOT_SERVED = (ENDED | {State.STOPPED}) - {State.DECIDED, State.RETURNED}


@patiently
def settle(request: PaymentRequest, method: str, *, actor: User | None = None, via: str, actor_label: str = "", **data: Any) -> bool:
    """Record that a request was paid; whether that was news. A dossier that waits for money goes on.

    A request that was cancelled or ran out is paid all the same, since the money is there; where nobody works on the dossier any more
    it is noted for a refund. Paid for a second time: noted, too.
    """
    with transaction.atomic():
        dossier = claim(request.dossier)
        row = PaymentRequest.objects.select_for_update().get(pk=request.pk)
        if row.state in (PaymentState.PAID, PaymentState.REFUNDED):
            return False
        before, row.state, row.method, row.paid_at = row.state, PaymentState.PAID, method, clock.now()
        row.save(update_fields=["state", "method", "paid_at"])
        dues.note(row, "paid", before=before, actor=actor, label=actor_label, method=str(method), **data)
        dues.bring_up(dossier)
        event = write_event(dossier, "paid", actor=actor, via=via, label=actor_label or WORKER, before=str(dossier.state),
                            data={"payment": row.number, "method": str(method)})
        inform(dossier, event, "payment_received", amount=shown.money(row.amount), payment=row.number,
               method=lambda: str(PaymentMethod(method).label))
        if dossier.state in NOT_SERVED:
            dues.refund_due(dossier, row, actor=None, via=via, reason=str(_("Tiền đến khi hồ sơ không còn được giải quyết.")))
            return True
        if before == PaymentState.CANCELLED and _not_owed(dossier, row):
            dues.refund_due(dossier, row, actor=None, via=via, reason=str(_("Tiền đến cho một yêu cầu thanh toán đã hủy.")))
        if dossier.state == State.PAYMENT and not dossier.payments.filter(state=PaymentState.OPEN).exists():
            _go_on(dossier, row, via, actor_label or WORKER)
    return True


def _not_owed(dossier: Dossier, row: PaymentRequest) -> bool:
    """Whether money for a request that was taken back is too much: another was made or paid in its place, or the fee was remitted."""
    others = dossier.payments.filter(state__in=(PaymentState.OPEN, PaymentState.PAID)).exclude(pk=row.pk)
    fee = dues.fee_of(dossier)
    return others.exists() or (fee is not None and fee.ground is not None and fee.amount < row.amount)


def _go_on(dossier: Dossier, row: PaymentRequest, via: str, label: str) -> None:
    """Let the clock run on. Where that is refused (no work calendar) the money is recorded all the same, and an officer sees it."""
    try:
        with transaction.atomic():
            processing.resume(actor=None, dossier=dossier, via=via, actor_label=label)
    except Refused as refusal:
        dues.note(row, "not_resumed", before=row.state, reason=str(refusal.sentence))


def paid_again(request: PaymentRequest, *, via: str, **data: Any) -> None:
    """The same request was paid a second time: the second sum should go back. In the caller's transaction."""
    dossier = claim(request.dossier)
    reason = str(_("Cùng một yêu cầu được thanh toán hai lần."))
    dues.note(request, "paid_twice", before=request.state, reason=reason, **data)
    dues.refund_due(dossier, request, actor=None, via=via, reason=reason)
