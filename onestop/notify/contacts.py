"""PURE: who somebody is to a broadcast or a subscription: one telephone number or e-mail address."""
from __future__ import annotations

import re
from dataclasses import dataclass

from onestop.people.words import clean, phone_number

_EMAIL = re.compile(r"^[^@\s,;<>\"]{1,64}@[^@\s,;<>\"]+\.[^@\s,;<>\"]{2,}$")
_WITHOUT_ZERO = re.compile(r"^[1-9]\d{8}$")  # what a spreadsheet makes of a telephone number


@dataclass(frozen=True)
class Contact:
    """A telephone number as 0xxxxxxxxx, an e-mail address in small letters; either may be ''."""

    phone: str = ""
    email: str = ""

    @property
    def key(self) -> str:
        """By what the same person is known again, as the outbox knows recipients."""
        return (self.phone or self.email)[:160]

    def __bool__(self) -> bool:
        return bool(self.key)


def contact(phone: str, email: str = "") -> Contact:
    """What of two typed texts can be used; each '' where it is none. A lost leading zero is put back."""
    plain, address = clean(phone), clean(email).lower()
    number = phone_number(plain) or (phone_number("0" + plain) if _WITHOUT_ZERO.match(plain) else "")
    return Contact(number, address if len(address) <= 120 and _EMAIL.match(address) else "")


def either(text: str) -> Contact:
    """A telephone number or an e-mail address typed into one field."""
    return contact("", text) if "@" in text else contact(text)


def masked(key: str) -> str:
    """'0912345678' → '•••••••678', 'an@vi.du' → 'a•••@vi.du'."""
    name, at, host = key.partition("@")
    return f"{name[:1]}•••@{host}" if at else "•" * max(len(key) - 3, 0) + key[-3:]
