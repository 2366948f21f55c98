"""What a dossier costs and owes: its fee, its money axis, and what the verbs of casework must ask about both."""
from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from dossiers.models import Dossier, Fee, PaymentEvent, PaymentRequest
from dossiers.services.ledger import channel_term
from dossiers.services.records import write_event
from dossiers.states import Money, PaymentState
from onestop.history import WORKER
from onestop.people.models import User
from onestop.transitions import Refused

CURRENCY = "VND"


def set_fee(dossier: Dossier) -> Fee | None:
    """The fee of a dossier from its version and channel, once, in the caller's transaction.

    None, and no row, where the catalogue does not state it or states it in another currency: it must never be shown as free.
    """
    term = channel_term(dossier.version, dossier.channel)
    if term is None or term.fee_amount is None or term.fee_currency != CURRENCY:
        return None
    full = whole(term.fee_amount)
    return Fee.objects.get_or_create(dossier=dossier, defaults={"full": full, "amount": full})[0]


def whole(amount: Decimal) -> int:
    """Whole đồng, half a đồng up."""
    return int(amount.quantize(Decimal(1), rounding=ROUND_HALF_UP))


def fee_of(dossier: Dossier) -> Fee | None:
    """The fee's row, read anew."""
    return Fee.objects.select_related("ground").filter(dossier=dossier).first()


def pay_online(dossier: Dossier) -> bool:
    """Whether the catalogue lets this channel's fee be paid online."""
    term = channel_term(dossier.version, dossier.channel)
    return term is None or term.pay_online


def bring_up(dossier: Dossier) -> None:
    """Bring the money axis in line with the requests and the fee; the caller holds the dossier's row."""
    states = set(PaymentRequest.objects.filter(dossier=dossier).values_list("state", flat=True))
    fee = fee_of(dossier)
    axis = next((money for state, money in AXIS if state in states), None)
    free = fee is not None and fee.ground_id is not None and fee.amount == 0
    found = axis or (Money.EXEMPT if free else Money.NONE)
    if dossier.money != found:
        dossier.money = found
        dossier.save(update_fields=["money"])


AXIS = ((PaymentState.OPEN, Money.DUE), (PaymentState.PAID, Money.PAID), (PaymentState.REFUNDED, Money.REFUNDED))


def note(request: PaymentRequest, verb: str, *, before: str = "", actor: User | None = None, label: str = "", reason: str = "",
         **data: Any) -> PaymentEvent:
    """The event row of a request."""
    return PaymentEvent.objects.create(subject=request, actor=actor, actor_label="" if actor else label or WORKER, verb=verb,
                                       from_state=before, to_state=request.state, reason=reason, data=data)


def refuse_unpaid(dossier: Dossier) -> None:
    """Raises Refused('unpaid', 409) where the citizen was asked to pay and has not, unless DECIDE_UNPAID allows it."""
    if dossier.money == Money.DUE and not settings.DECIDE_UNPAID:
        sentence = _("Hồ sơ còn khoản phí chưa nộp. Vui lòng chờ người dân nộp tiền, hoặc hủy yêu cầu thanh toán.")
        raise Refused("unpaid", sentence, status=409)


def end(dossier: Dossier, *, actor: User | None, via: str, reason: str) -> None:
    """A dossier was withdrawn, refused or stopped: nobody is asked to pay for it any more, and what was paid is noted for a refund.

    In the caller's transaction, which holds the dossier's row.
    """
    for request in PaymentRequest.objects.select_for_update().filter(dossier=dossier, state__in=(PaymentState.OPEN, PaymentState.PAID)):
        if request.state == PaymentState.OPEN:
            cancel_row(request, verb="cancel", actor=actor, reason=reason or str(_("Hồ sơ không được giải quyết tiếp.")))
        else:
            ended = str(_("Hồ sơ đã nộp tiền nhưng không được giải quyết tiếp."))
            refund_due(dossier, request, actor=actor, via=via, reason=reason or ended)
    bring_up(dossier)


def cancel_row(request: PaymentRequest, *, verb: str, actor: User | None, reason: str) -> None:
    """Close an open request whose row is held."""
    before = request.state
    request.state = PaymentState.CANCELLED
    request.save(update_fields=["state"])
    note(request, verb, before=before, actor=actor, reason=reason)


def refund_due(dossier: Dossier, request: PaymentRequest, *, actor: User | None, via: str, reason: str) -> None:
    """Note that paid money should go back; a person decides."""
    note(request, "refund_due", before=request.state, actor=actor, reason=reason)
    write_event(dossier, "refund_due", actor=actor, via=via, before=str(dossier.state), reason=reason, public=False,
                data={"payment": request.number})
