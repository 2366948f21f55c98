"""Tries to pay at the gateway: the way there, what it tells us, and asking it where it tells us nothing."""
from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from dossiers.gateway import client, signing
from dossiers.models import GatewayNotice, PaymentAttempt, PaymentRequest
from dossiers.services import dues
from dossiers.services.payments.settling import paid_again, settle
from dossiers.services.records import CITIZEN, claim
from dossiers.states import AttemptState, PaymentMethod, PaymentState
from onestop import clock
from onestop.patience import patiently
from onestop.transitions import Refused

GATEWAY = "cổng thanh toán"
CONFIRMED, UNKNOWN, REPEATED, WRONG_AMOUNT, BAD_SIGNATURE, BUSY = "00", "01", "02", "04", "97", "99"  # answers to the gateway's notice
MOST_FIELDS, LONGEST_FIELD = 40, 300
AGAIN = timedelta(seconds=10)  # pressed twice: the same try
TRIES = 20  # of one request
Source = GatewayNotice.Source


def gateway_open() -> bool:
    """Whether this installation has a gateway."""
    return bool(settings.GATEWAY_URL)


def terminal() -> client.Terminal:
    """The installation's terminal."""
    return client.Terminal(settings.GATEWAY_URL, settings.GATEWAY_QUERY_URL, settings.GATEWAY_TMN, settings.GATEWAY_SECRET,
                           settings.SEND_TIMEOUT_SECONDS)


def info_of(reference: str) -> str:
    """What the gateway shows of a payment: plain letters, nobody's name, no dossier's code."""
    return f"Thanh toan phi le phi {reference}"


@patiently
def start_attempt(request: PaymentRequest, return_url: str, *, address: str = "127.0.0.1") -> str:
    """Begin a try to pay and give the gateway's address for it; pressed twice within ten seconds, the same one.

    Raises Refused: 'gateway_closed', 'not_online', 'not_open' 409, 'too_many_tries' 409.
    """
    if not gateway_open():
        raise Refused("gateway_closed", _("Hiện chưa thanh toán trực tuyến được. Vui lòng chuyển khoản hoặc nộp tại quầy."))
    with transaction.atomic():
        dossier = claim(request.dossier)
        row = PaymentRequest.objects.select_for_update().get(pk=request.pk)
        if not dues.pay_online(dossier):
            raise Refused("not_online", _("Thủ tục này không thu phí trực tuyến. Vui lòng nộp tại quầy."))
        if row.state != PaymentState.OPEN:
            raise Refused("not_open", _("Khoản này không còn chờ nộp."), status=409)
        attempt = _same_again(row) or _new(row)
    locale = "en" if (get_language() or "").startswith("en") else "vn"
    return signing.pay_url(settings.GATEWAY_URL, settings.GATEWAY_TMN, settings.GATEWAY_SECRET, signing.Payment(
        reference=attempt.reference, amount=attempt.amount, info=info_of(row.number), return_url=return_url, address=address,
        created_at=attempt.started_at, expires_at=attempt.expires_at, locale=locale))


def _same_again(row: PaymentRequest) -> PaymentAttempt | None:
    return row.attempts.filter(state=AttemptState.SENT, started_at__gt=clock.now() - AGAIN).order_by("-pk").first()


def _new(row: PaymentRequest) -> PaymentAttempt:
    serial, moment = row.attempts.count() + 1, clock.now()
    if serial > TRIES:
        raise Refused("too_many_tries", _("Khoản này đã được thử thanh toán quá nhiều lần. Vui lòng nộp tại quầy."), status=409)
    attempt = PaymentAttempt.objects.create(
        request=row, reference=f"{row.number}{serial:02d}", amount=row.amount, started_at=moment,
        expires_at=moment + timedelta(minutes=settings.PAYMENT_MINUTES))
    dues.note(row, "attempt", before=row.state, label=CITIZEN, reference=attempt.reference)
    return attempt


# --- what the gateway says --------------------------------------------------------------------------------------------

def heard(fields: Mapping[str, str], *, source: str) -> str:
    """Take in what the gateway (or somebody who says so) tells; the answer's code as the gateway expects it.

    '00' taken, '01' no such payment, '02' known already, '04' not our sum, '97' not the gateway's signature, '99' try again. Every word
    is kept. Heard twice, in whatever order and from whatever source, a payment is settled once: a signed success always counts, a
    failure only while there was no success.
    """
    words = plain(fields)
    checks = signing.answer_fits if source == Source.QUERY else signing.fits
    told = signing.read(words)
    if not checks(settings.GATEWAY_SECRET, words):
        return _kept(words, source, "bad_signature", BAD_SIGNATURE, signature_ok=False)
    attempt = PaymentAttempt.objects.select_related("request__dossier").filter(reference=told.reference).first()
    if attempt is None or told.terminal != settings.GATEWAY_TMN:
        return _kept(words, source, "unknown", UNKNOWN)
    if source == Source.QUERY and not signing.tells_of_payment(words):
        return _kept(words, source, "unclear", BUSY)
    if told.currency != signing.CURRENCY or told.amount != attempt.amount:
        return _kept(words, source, "wrong_amount", WRONG_AMOUNT)
    try:
        return _taken(attempt, told, words, source)
    except Refused as refusal:
        return _kept(words, source, refusal.code[:20], BUSY)


def genuine(fields: Mapping[str, str]) -> bool:
    """Whether parameters of a notice or a return carry the gateway's signature."""
    return signing.fits(settings.GATEWAY_SECRET, plain(fields))


def plain(fields: Mapping[str, str]) -> dict[str, str]:
    """What anybody may have sent as texts that can be signed and stored: no null characters or halves of characters, not endless."""
    return {_storable(name)[:60]: _storable(value)[:LONGEST_FIELD] for name, value in list(fields.items())[:MOST_FIELDS]}


def _storable(text: object) -> str:
    return str(text).replace("\0", "").encode("utf-8", "replace").decode()


def _kept(words: dict[str, str], source: str, outcome: str, code: str, *, signature_ok: bool = True) -> str:
    GatewayNotice.objects.create(reference=words.get("vnp_TxnRef", "")[:40], source=source, fields=words, signature_ok=signature_ok,
                                 outcome=outcome)
    return code


@patiently
def _taken(attempt: PaymentAttempt, told: signing.Told, words: dict[str, str], source: str) -> str:
    """One transaction: the try, the request, the dossier and the kept words."""
    with transaction.atomic():
        claim(attempt.request.dossier)
        row = PaymentAttempt.objects.select_for_update(of=("self",)).select_related("request__dossier").get(pk=attempt.pk)
        if row.state == AttemptState.PAID or (row.state == AttemptState.FAILED and not told.success):
            return _kept(words, source, "repeated", REPEATED)
        if told.success:
            _finish(row, AttemptState.PAID, told.code, told.number)
            if not settle(row.request, PaymentMethod.GATEWAY, via=str(source), actor_label=GATEWAY, reference=row.reference):
                paid_again(row.request, via=str(source), reference=row.reference)
            return _kept(words, source, "confirmed", CONFIRMED)
        if told.pending:
            return _kept(words, source, "held" if told.held else "pending", CONFIRMED)
        _finish(row, AttemptState.FAILED, told.code, told.number)
        return _kept(words, source, "failed", CONFIRMED)


def _finish(row: PaymentAttempt, state: AttemptState, code: str, number: str = "") -> None:
    row.state, row.answer_code, row.ended_at = state, code, clock.now()
    row.gateway_number = number or row.gateway_number
    row.save(update_fields=["state", "answer_code", "ended_at", "gateway_number"])
    if state != AttemptState.PAID:
        dues.note(row.request, f"attempt_{state}", before=row.request.state, label=GATEWAY, reference=row.reference, code=code)


# --- asking the gateway -----------------------------------------------------------------------------------------------

def ask_gateway(pk: int, *, first_only: bool = False) -> str:
    """Ask about one try that is still open: 'settled', 'open', 'silent' (nobody answered), '' (nothing to ask, or somebody else asks).

    Never inside a transaction. `first_only`: only if it was not asked about before.
    """
    attempt = PaymentAttempt.objects.filter(pk=pk, state=AttemptState.SENT).first()
    if attempt is None or not gateway_open() or (first_only and attempt.asked_times) or not _claimed(attempt):
        return ""
    answer = client.ask(terminal(), reference=attempt.reference, info=info_of(attempt.reference), started_at=attempt.started_at,
                        now=clock.now(), address="127.0.0.1")
    asked = attempt.asked_times + 1
    if answer is not None and _understood(attempt, plain(answer)):
        return _still_open(attempt, asked)
    if asked >= settings.GATEWAY_QUERY_MOST:
        expire(attempt.pk, "silent")
    return "silent" if answer is None else "open"


def _understood(attempt: PaymentAttempt, answer: dict[str, str]) -> bool:
    """Keep what a query brought; whether the gateway said, under its signature, how this payment stands. An answer that only says that
    something went wrong is no word on the money."""
    if answer.get("vnp_ResponseCode") != signing.NOT_FOUND:
        return heard(answer, source=Source.QUERY) in (CONFIRMED, REPEATED) and answer.get("vnp_TxnRef") == attempt.reference
    signed = signing.answer_fits(settings.GATEWAY_SECRET, answer)
    _kept(answer, Source.QUERY, "not_found", "", signature_ok=signed)
    return signed and answer.get("vnp_TxnRef") == attempt.reference


def _claimed(attempt: PaymentAttempt) -> bool:
    same = PaymentAttempt.objects.filter(pk=attempt.pk, state=AttemptState.SENT, asked_times=attempt.asked_times)
    return same.update(asked_times=attempt.asked_times + 1, asked_at=clock.now()) == 1


def _still_open(attempt: PaymentAttempt, asked: int) -> str:
    """After an answer: a try that is over in time, and of which the gateway knows no payment, has expired."""
    fresh = PaymentAttempt.objects.get(pk=attempt.pk)
    if fresh.state != AttemptState.SENT:
        return "settled"
    held = GatewayNotice.objects.filter(reference=fresh.reference, outcome="held").exists()
    if fresh.expires_at <= clock.now() and (not held or asked >= settings.GATEWAY_QUERY_MOST):
        expire(fresh.pk, "unpaid")
        return "settled"
    return "open"


@patiently
def expire(pk: int, code: str) -> bool:
    """End a try that nothing came of; whether it was open. A success that comes later still counts."""
    with transaction.atomic():
        rows = PaymentAttempt.objects.select_for_update(of=("self",)).select_related("request")
        row = rows.filter(pk=pk, state=AttemptState.SENT).first()
        if row is None:
            return False
        _finish(row, AttemptState.EXPIRED, code)
    return True


def pause(asked: int) -> timedelta:
    """How long to wait before asking again: doubling, an hour at most."""
    return timedelta(seconds=min(settings.GATEWAY_QUERY_AFTER_SECONDS * 2**min(asked, 10), 3600))


def due_since(asked: int) -> datetime:
    """Tries asked about so often are due if the last time was before this."""
    return clock.now() - pause(asked)
