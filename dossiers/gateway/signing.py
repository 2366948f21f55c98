"""PURE: what passes between the portal and the gateway, and the signatures over it (VNPAY's public interface, version 2.1.0).

An address's parameters are sorted by name, URL-encoded and signed with HMAC-SHA512; a query and its answer are signed over their values
in a fixed order, joined by '|'. Amounts travel in hundredths of a đồng, times as yyyyMMddHHmmss in Viet Nam's time.
"""
from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote_plus, urlencode

from onestop import clock

VERSION = "2.1.0"
SIGNATURE, SIGNATURE_KIND = "vnp_SecureHash", "vnp_SecureHashType"
CURRENCY = "VND"
QUERY_ORDER = ("vnp_RequestId", "vnp_Version", "vnp_Command", "vnp_TmnCode", "vnp_TxnRef", "vnp_TransactionDate", "vnp_CreateDate",
               "vnp_IpAddr", "vnp_OrderInfo")
ANSWER_ORDER = ("vnp_ResponseId", "vnp_Command", "vnp_ResponseCode", "vnp_Message", "vnp_TmnCode", "vnp_TxnRef", "vnp_Amount",
                "vnp_BankCode", "vnp_PayDate", "vnp_TransactionNo", "vnp_TransactionType", "vnp_TransactionStatus",
                "vnp_OrderInfo", "vnp_PromotionCode", "vnp_PromotionAmount")
UNFINISHED = "01"  # the payer has not ended it
HELD = frozenset({"04", "07"})  # reversed at the bank, held for suspicion: neither paid nor failed
PAYMENT = "01"  # the type of transaction, beside refunds
NOT_FOUND = "91"  # of a query: the gateway knows no such transaction
_AMOUNT = re.compile(r"[0-9]{1,15}")


@dataclass(frozen=True)
class Payment:
    """What a citizen is sent to the gateway with. `amount` in đồng; `info` is ASCII and names nobody."""

    reference: str
    amount: int
    info: str
    return_url: str
    address: str
    created_at: datetime
    expires_at: datetime
    locale: str = "vn"


@dataclass(frozen=True)
class Told:
    """What the gateway says about one of our references. `amount` in đồng; None where it is no whole number of them."""

    reference: str
    amount: int | None
    currency: str
    terminal: str
    success: bool
    pending: bool  # unfinished or held
    held: bool
    number: str
    code: str


def moment(at: datetime) -> str:
    """yyyyMMddHHmmss in GMT+7."""
    return f"{clock.local(at):%Y%m%d%H%M%S}"


def _mac(secret: str, text: str) -> str:
    return hmac.new(secret.encode(), text.encode(), hashlib.sha512).hexdigest()


def signed_text(fields: Mapping[str, str]) -> str:
    """The text under the signature: every vnp_ parameter that has a value, sorted and encoded, without the signature itself."""
    named = sorted((name, value) for name, value in fields.items()
                   if name.startswith("vnp_") and name not in (SIGNATURE, SIGNATURE_KIND) and value != "")
    return urlencode(named, quote_via=quote_plus)


def sign(secret: str, fields: Mapping[str, str]) -> str:
    """The signature over parameters, in lower-case hex."""
    return _mac(secret, signed_text(fields))


def fits(secret: str, fields: Mapping[str, str]) -> bool:
    """Whether the signature among the parameters is ours, compared in constant time."""
    given = str(fields.get(SIGNATURE, "")).lower()
    return bool(secret) and hmac.compare_digest(given.encode(), sign(secret, fields).encode())


def pay_url(gateway: str, terminal: str, secret: str, asked: Payment) -> str:
    """The address a citizen is sent to."""
    fields = {
        "vnp_Version": VERSION, "vnp_Command": "pay", "vnp_TmnCode": terminal, "vnp_Amount": str(asked.amount * 100),
        "vnp_CurrCode": CURRENCY, "vnp_TxnRef": asked.reference, "vnp_OrderInfo": asked.info, "vnp_OrderType": "other",
        "vnp_Locale": asked.locale, "vnp_ReturnUrl": asked.return_url, "vnp_IpAddr": asked.address,
        "vnp_CreateDate": moment(asked.created_at), "vnp_ExpireDate": moment(asked.expires_at),
    }
    return f"{gateway}?{signed_text(fields)}&{SIGNATURE}={sign(secret, fields)}"


def joined(secret: str, order: tuple[str, ...], fields: Mapping[str, str]) -> str:
    """The signature of a query or its answer: the values of `order`, joined by '|'."""
    return _mac(secret, "|".join(fields.get(name, "") for name in order))


def answer_fits(secret: str, fields: Mapping[str, str]) -> bool:
    """Whether a query's answer is signed by the gateway."""
    return bool(secret) and hmac.compare_digest(fields.get(SIGNATURE, "").lower().encode(), joined(secret, ANSWER_ORDER, fields).encode())


def tells_of_payment(fields: Mapping[str, str]) -> bool:
    """Whether a query's answer says how a payment stands: the query itself went well, and it is about no refund."""
    return (fields.get("vnp_ResponseCode") == "00" and bool(fields.get("vnp_TransactionStatus"))
            and fields.get("vnp_TransactionType", PAYMENT) in ("", PAYMENT))


def read(fields: Mapping[str, str]) -> Told:
    """What a notice, a return or an answer says; its signature is checked elsewhere."""
    text = fields.get("vnp_Amount", "")
    hundredths = int(text) if _AMOUNT.fullmatch(text) else None
    status = fields.get("vnp_TransactionStatus") or fields.get("vnp_ResponseCode", "")
    code = fields.get("vnp_ResponseCode", "")
    held = status in HELD or (code == "07" and status != "00")
    return Told(
        reference=fields.get("vnp_TxnRef", ""), amount=hundredths // 100 if hundredths is not None and hundredths % 100 == 0 else None,
        currency=fields.get("vnp_CurrCode", CURRENCY), terminal=fields.get("vnp_TmnCode", ""), success=code == status == "00",
        pending=held or status == UNFINISHED, held=held, number=fields.get("vnp_TransactionNo", "")[:40],
        code=(status if code == "00" else code)[:10])
