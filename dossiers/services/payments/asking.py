"""Asking a citizen to pay, taking it back, giving money back."""
from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Sum
from django.urls import reverse
from django.utils.translation import gettext as _

from dossiers import policies
from dossiers.models import Dossier, PaymentRequest
from dossiers.services import dues, processing
from dossiers.services.applicants import long_text
from dossiers.services.records import CITIZEN, allow, claim, inform, write_event
from dossiers.states import IN_INBOX, PaymentState, State
from onestop import clock
from onestop.patience import patiently
from onestop.people import shown, tokens
from onestop.people.models import User
from onestop.transitions import Refused

PREFIX, LETTERS = "TT", 8  # what bank transfers carry: letters and digits only
MOST = 2_000_000_000  # đồng; the gateway takes twelve digits of hundredths
PAYABLE = IN_INBOX | {State.DECIDED}


def pay_address(dossier: Dossier) -> str:
    """The page where a citizen pays; the second factor is asked for there."""
    return f"{settings.PUBLIC_URL}{reverse('dossiers:pay', args=[dossier.number])}"


@patiently
def ask(*, actor: User | None, dossier: Dossier, amount: int | None = None, purpose: str = "", stops_clock: bool = False,
        due_on: date | None = None, via: str, actor_label: str = "") -> PaymentRequest:
    """Ask for a sum (None: the dossier's fee); the citizen gets a message with the link. With `stops_clock` the dossier waits for it.

    `actor` None: the citizen pays of their own accord. Raises Refused: 'invalid' with fields, 'no_fee', 'already_asked' 409,
    'ended' 409, 403.
    """
    with transaction.atomic():
        found = claim(dossier)
        allow(actor is None or policies.can_ask_payment(actor, found))
        sum_asked, words, last = _checked(found, amount, purpose, due_on)
        request = PaymentRequest.objects.create(dossier=found, number=_new_number(), amount=sum_asked, purpose=words, due_on=last,
                                                stops_clock=stops_clock, asked_by=actor)
        dues.note(request, "ask", actor=actor, label=actor_label or CITIZEN, reason=words)
        dues.bring_up(found)
        _tell(found, request, actor=actor, via=via, label=actor_label or CITIZEN)
    return request


def _checked(dossier: Dossier, amount: int | None, purpose: str, due_on: date | None) -> tuple[int, str, date]:
    if dossier.state not in PAYABLE:
        raise Refused("ended", _("Hồ sơ đã kết thúc, không thu tiền nữa."), status=409)
    if PaymentRequest.objects.filter(dossier=dossier, state=PaymentState.OPEN).exists():
        raise Refused("already_asked", _("Hồ sơ đang có một yêu cầu thanh toán chưa nộp."), status=409)
    fee, last = dues.fee_of(dossier), due_on or clock.today() + timedelta(days=settings.PAYMENT_DAYS)
    if amount is None and (fee is None or fee.amount == 0):
        raise Refused("no_fee", _("Hồ sơ không có khoản phí nào phải nộp theo danh mục."))
    if amount is None and fee is not None and _paid(dossier) >= fee.amount:
        raise Refused("already_paid", _("Phí của hồ sơ đã được nộp. Cần thu thêm, vui lòng ghi số tiền và nội dung thu."), status=409)
    found = amount if amount is not None else fee.amount if fee else 0
    wrong: dict[str, list[Any]] = {}
    if not 0 < found <= MOST:
        wrong["amount"] = [_("Số tiền phải từ 1 đồng đến 2 tỷ đồng.")]
    if last < clock.today():
        wrong["due_on"] = [_("Hạn nộp không được trước hôm nay.")]
    if wrong:
        raise Refused("invalid", _("Có nội dung chưa hợp lệ, vui lòng xem từng mục."), fields=wrong)
    return found, " ".join(long_text(purpose).split())[:200] or str(_("Phí, lệ phí giải quyết hồ sơ")), last


def _paid(dossier: Dossier) -> int:
    """What was paid so far, in đồng."""
    return int(dossier.payments.filter(state=PaymentState.PAID).aggregate(paid=Sum("amount"))["paid"] or 0)


def _new_number() -> str:
    while True:
        number = PREFIX + tokens.new_secret(LETTERS)
        if not PaymentRequest.objects.filter(number=number).exists():
            return number


def _tell(dossier: Dossier, request: PaymentRequest, *, actor: User | None, via: str, label: str) -> None:
    """One event and one message: those of the stopped clock where it stops."""
    told: dict[str, Any] = {"amount": shown.money(request.amount), "pay_by": shown.day(request.due_on), "pay_url": pay_address(dossier)}
    if request.stops_clock and dossier.state != State.PAYMENT:
        processing.request_payment(actor=actor, dossier=dossier, via=via, note=request.purpose, actor_label=label, told=told)
        return
    event = write_event(dossier, "ask_payment", actor=actor, via=via, label=label, before=str(dossier.state),
                        data={"payment": request.number})
    if actor is not None:
        inform(dossier, event, "dossier_payment", reason=request.purpose, **told)


def _held(request: PaymentRequest, actor: User | None, permitted: Callable[[User, Dossier], bool]) -> tuple[Dossier, PaymentRequest]:
    """The dossier and then the request, both locked; the right checked."""
    dossier = claim(request.dossier)
    allow(actor is None or permitted(actor, dossier))
    return dossier, PaymentRequest.objects.select_for_update().get(pk=request.pk)


@patiently
def cancel(*, actor: User | None, request: PaymentRequest, reason: str, via: str, verb: str = "cancel") -> PaymentRequest:
    """Take an open request back. A dossier that waited only for it goes on, unless the request ran out (`verb` 'expire', the sweep's).

    Raises Refused: 'reason_missing', 'already_done' 409, 'paid' 409, 403.
    """
    reason = long_text(reason)[:255]
    if not reason:
        raise Refused("reason_missing", _("Vui lòng ghi lý do."), fields={"reason": [_("Vui lòng ghi lý do.")]})
    with transaction.atomic():
        dossier, row = _held(request, actor, policies.can_cancel_payment)
        if row.state == PaymentState.CANCELLED:
            raise Refused("already_done", _("Yêu cầu này đã được hủy trước đó."), status=409)
        if row.state != PaymentState.OPEN:
            raise Refused("paid", _("Khoản này đã được nộp, không hủy được."), status=409)
        dues.cancel_row(row, verb=verb, actor=actor, reason=reason)
        dues.bring_up(dossier)
        write_event(dossier, f"{verb}_payment", actor=actor, via=via, before=str(dossier.state), reason=reason,
                    data={"payment": row.number})
        if verb == "cancel" and dossier.state == State.PAYMENT:
            processing.resume(actor=actor, dossier=dossier, via=via, note=reason)
    return row


@patiently
def refund(*, actor: User, request: PaymentRequest, reason: str, via: str) -> PaymentRequest:
    """Record that paid money went back, and why. Of a request that was paid twice the second sum goes back first: it stays paid.

    Raises Refused: 'reason_missing', 'already_done' 409, 'not_paid' 409, 403.
    """
    reason = long_text(reason)[:255]
    if not reason:
        raise Refused("reason_missing", _("Vui lòng ghi lý do."), fields={"reason": [_("Vui lòng ghi lý do.")]})
    with transaction.atomic():
        dossier, row = _held(request, actor, policies.can_refund)
        if row.state == PaymentState.REFUNDED or row.events.filter(verb="refund_extra", reason=reason).exists():
            raise Refused("already_done", _("Khoản này đã được ghi nhận hoàn tiền trước đó."), status=409)
        if row.state != PaymentState.PAID:
            raise Refused("not_paid", _("Khoản này chưa được nộp nên không có gì để hoàn."), status=409)
        _give_back(row, actor, reason)
        dues.bring_up(dossier)
        event = write_event(dossier, "refund", actor=actor, via=via, before=str(dossier.state), reason=reason, data={"payment": row.number})
        inform(dossier, event, "payment_refunded", amount=shown.money(row.amount), reason=reason)
    return row


def _give_back(row: PaymentRequest, actor: User, reason: str) -> None:
    before = row.state
    if row.events.filter(verb="paid_twice").count() > row.events.filter(verb="refund_extra").count():
        dues.note(row, "refund_extra", before=before, actor=actor, reason=reason)
        return
    row.state, row.refunded_at, row.refund_reason = PaymentState.REFUNDED, clock.now(), reason
    row.save(update_fields=["state", "refunded_at", "refund_reason"])
    dues.note(row, "refund", before=before, actor=actor, reason=reason)
