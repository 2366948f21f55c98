"""PURE: the QR of a bank transfer (EMVCo merchant-presented format, NAPAS' VietQR profile), with amount and our number in it."""
from __future__ import annotations

import io
import re

import segno

APPLICATION = "A000000727"  # NAPAS
TO_ACCOUNT = "QRIBFTTA"
_PURPOSE = re.compile(r"[A-Za-z0-9 ]{1,25}")


def field(tag: str, value: str) -> str:
    """Identifier, length in two digits, value. Raises ValueError above 99 characters."""
    if len(value) > 99:
        raise ValueError(f"field {tag} is longer than 99 characters")
    return f"{tag}{len(value):02d}{value}"


def crc(text: str) -> str:
    """CRC-16/CCITT-FALSE (polynomial 0x1021, start 0xFFFF) in four upper-case hex digits."""
    value = 0xFFFF
    for byte in text.encode("ascii"):
        value ^= byte << 8
        for _bit in range(8):
            value = (value << 1 ^ 0x1021 if value & 0x8000 else value << 1) & 0xFFFF
    return f"{value:04X}"


def payload(*, bank: str, account: str, amount: int, purpose: str) -> str:
    """The text of the QR. `bank` is the six digits of the bank's BIN, `amount` in đồng, `purpose` plain letters and digits.

    Raises ValueError for what the format cannot carry."""
    if not re.fullmatch(r"[0-9]{6}", bank) or not re.fullmatch(r"[A-Za-z0-9]{1,19}", account):
        raise ValueError("a bank has six digits, an account at most 19 letters and digits")
    if amount <= 0 or not _PURPOSE.fullmatch(purpose):
        raise ValueError("an amount is positive, a purpose at most 25 plain letters and digits")
    beneficiary = field("00", bank) + field("01", account)
    text = "".join((
        field("00", "01"), field("01", "12"), field("38", field("00", APPLICATION) + field("01", beneficiary) + field("02", TO_ACCOUNT)),
        field("53", "704"), field("54", str(amount)), field("58", "VN"), field("62", field("08", purpose)), "6304"))
    return text + crc(text)


def picture(text: str) -> str:
    """The QR as a data address of an SVG, error correction M."""
    return str(segno.make(text, error="m").svg_data_uri(scale=5, border=3))


def svg(text: str) -> bytes:
    """The QR as an SVG file."""
    out = io.BytesIO()
    segno.make(text, error="m").save(out, kind="svg", scale=6, border=3)
    return out.getvalue()
