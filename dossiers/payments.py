"""Reading money: what a dossier's pages and the API show of fee, requests, tries and receipts; what a day's comparison found."""
from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db.models import Case, Count, Q, QuerySet, When
from django.utils.translation import gettext_lazy as _

from dossiers.gateway import vietqr
from dossiers.history_words import current_first
from dossiers.models import (
    Dossier,
    Fee,
    PaymentAttempt,
    PaymentEvent,
    PaymentRequest,
    Reconciliation,
    ReconciliationLine,
)
from dossiers.services import dues
from dossiers.services.payments import gateway_open
from dossiers.services.payments.asking import PAYABLE
from dossiers.states import AttemptState, Money, PaymentState
from onestop import clock
from onestop.history import WORKER
from onestop.people.shapes import TimelineItem
from onestop.people.words import fold

TITLES: dict[str, Any] = {
    "ask": _("Yêu cầu thanh toán"), "attempt": _("Chuyển sang cổng thanh toán"),
    "attempt_failed": _("Thanh toán trực tuyến không thành công"),
    "attempt_expired": _("Hết thời gian thanh toán trực tuyến"), "paid": _("Đã nhận tiền"), "paid_twice": _("Nhận tiền lần thứ hai"),
    "cancel": _("Hủy yêu cầu"), "expire": _("Hết hạn nộp"), "remind": _("Nhắc nộp tiền"), "refund": _("Hoàn tiền"),
    "refund_extra": _("Hoàn khoản nộp lần thứ hai"), "refund_due": _("Cần xem xét hoàn tiền"),
    "not_resumed": _("Đã nhận tiền nhưng thời gian chưa chạy tiếp"),
}
WHO: dict[str, Any] = {WORKER: _("hệ thống")}
TONES = {"paid": "good", "ask": "warn", "attempt_failed": "bad", "expire": "bad", "refund_due": "bad", "paid_twice": "bad",
         "refund": "info"}


@dataclass(frozen=True)
class Transfer:
    """A bank transfer: the account, and the QR with sum and number in it."""

    bank: str
    account: str
    holder: str
    picture: str


@dataclass(frozen=True)
class Account:
    """What a dossier costs, was asked for and paid."""

    fee: Fee | None
    requests: tuple[PaymentRequest, ...]

    @property
    def open(self) -> PaymentRequest | None:
        """The request that waits to be paid."""
        return next((item for item in self.requests if item.state == PaymentState.OPEN), None)

    @property
    def last(self) -> PaymentRequest | None:
        """The newest request."""
        return self.requests[-1] if self.requests else None


def account(dossier: Dossier) -> Account:
    """Two queries."""
    return Account(dues.fee_of(dossier), tuple(PaymentRequest.objects.filter(dossier=dossier).select_related("receipt").order_by("pk")))


def may_begin(dossier: Dossier, found: Account) -> bool:
    """Whether the citizen may pay the fee of their own accord: it is stated, not free, and nothing was asked or paid yet."""
    fits = dossier.money == Money.NONE and dossier.state in PAYABLE and dossier.code is not None
    return fits and found.fee is not None and found.fee.amount > 0 and found.open is None


def online(dossier: Dossier) -> bool:
    """Whether this dossier's fee may be paid at the gateway now."""
    return gateway_open() and dues.pay_online(dossier)


def transfer(request: PaymentRequest) -> Transfer | None:
    """How to pay by transfer; None where the installation names no account."""
    if not (settings.VIETQR_BANK and settings.VIETQR_ACCOUNT):
        return None
    text = vietqr.payload(bank=settings.VIETQR_BANK, account=settings.VIETQR_ACCOUNT, amount=request.amount, purpose=request.number)
    return Transfer(settings.VIETQR_BANK, settings.VIETQR_ACCOUNT, settings.VIETQR_HOLDER, vietqr.picture(text))


def waiting_attempt(request: PaymentRequest | None) -> PaymentAttempt | None:
    """The newest try of which the gateway has said nothing yet."""
    return request.attempts.filter(state=AttemptState.SENT).order_by("-pk").first() if request else None


def attempt_called(reference: str) -> PaymentAttempt | None:
    """A try by its reference, with its request and dossier."""
    return PaymentAttempt.objects.select_related("request__dossier").filter(reference=reference[:40]).first()


def refunds_due(dossier: Dossier) -> set[int]:
    """Requests that were paid and should be looked at for a refund."""
    noted = PaymentEvent.objects.filter(subject__dossier=dossier, subject__state=PaymentState.PAID, verb__in=("refund_due", "refund_extra"))
    left: Counter[int] = Counter()
    for pk, verb in noted.values_list("subject_id", "verb"):
        left[pk] += 1 if verb == "refund_due" else -1
    return {pk for pk, number in left.items() if number > 0}


def timeline(dossier: Dossier) -> list[TimelineItem]:
    """What happened to the dossier's requests, the newest first."""
    events = PaymentEvent.objects.filter(subject__dossier=dossier).select_related("actor", "subject")
    return current_first([TimelineItem(at=event.at, title=TITLES.get(event.verb, event.verb), tone=TONES.get(event.verb, "neutral"),
                                       text=" · ".join(part for part in (event.subject.number, event.reason) if part),
                                       who=who(event)) for event in events])


def who(event: PaymentEvent) -> Any:
    """Who acted."""
    return event.actor.full_name if event.actor else WHO.get(event.actor_label, event.actor_label)


def public(dossier: Dossier, url: str) -> list[dict[str, Any]]:
    """The requests as the API tells them to whoever has the second factor (api.md: payments)."""
    return [{
        "number": item.number, "amount": item.amount, "currency": dues.CURRENCY, "purpose": item.purpose, "state": item.state,
        "state_name": str(item.get_state_display()), "due_on": item.due_on.isoformat() if item.due_on else None,
        "method": item.method or None, "paid_at": clock.local(item.paid_at).isoformat() if item.paid_at else None,
        "pay_url": url if item.state == PaymentState.OPEN else None,
    } for item in PaymentRequest.objects.filter(dossier=dossier).order_by("pk")]


def reconciliations() -> QuerySet[Reconciliation]:
    """All comparisons, the newest first, with how many lines of each finding."""
    counted = {f"n_{name}": Count("lines", filter=Q(lines__finding=name)) for name in ReconciliationLine.Finding.values}
    return Reconciliation.objects.select_related("read_by").annotate(**counted).order_by("-pk")


def lines_of(found: Reconciliation, finding: str = "") -> QuerySet[ReconciliationLine]:
    """The lines of a comparison, of one finding or all: what needs looking at first."""
    rows = found.lines.all()
    last = Case(When(finding=ReconciliationLine.Finding.MATCH, then=1), default=0)
    return rows.filter(finding=finding) if finding else rows.order_by(last, "pk")


def export_rows(found: Reconciliation) -> Sequence[Sequence[object]]:
    """The comparison as rows of a table; a cell never begins like a formula."""
    head: list[object] = [str(_("Mã")), str(_("Kết quả")), str(_("Số tiền trong tệp")), str(_("Số tiền ở Cổng")), str(_("Ghi chú"))]
    rows = [[_plain(row.reference), str(row.get_finding_display()), row.theirs, row.ours, _plain(row.note)] for row in found.lines.all()]
    return [head, *rows]


def _plain(text: str) -> str:
    return f"'{text}" if fold(text)[:1] in "=+-@" and text else text
