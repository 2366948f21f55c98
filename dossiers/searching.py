"""PURE: what an officer who types into the search box means: a code, a submission reference, a phone number, or a name."""
from __future__ import annotations

import re
from dataclasses import dataclass

from onestop.people.words import fold, phone_number

REFERENCE = re.compile(r"[0-9A-Z]{8}")
CODE = re.compile(r"[0-9A-Z.]{1,35}(-\d{1,6}(-\d*)?)?")  # {identifier}-{YYMMDD}-{serial}, or its beginning
SERIAL = re.compile(r"\d{6}-\d{1,}")  # the part after the identifier: the own offices' is meant
LONGEST = 80


@dataclass(frozen=True)
class Sought:
    """What may be meant; '' where it can't be that. `code` is the code or its beginning, `serial` its part after the identifier."""

    code: str = ""
    serial: str = ""
    reference: str = ""
    phone: str = ""
    name: str = ""

    @property
    def is_number(self) -> bool:
        """Whether it can be a number of a dossier or a phone: such a search goes through everything, also what is long settled."""
        return bool(self.code or self.serial or self.reference or self.phone)


def sought(text: str) -> Sought:
    """Read a search. Text with letters and no digit is a name; eight letters and digits may be a reference and a name alike."""
    text = text.strip()[:LONGEST]
    plain = text.upper().replace(" ", "")
    name = fold(text).strip()
    if not any(char.isdigit() for char in text):
        return Sought(name=name, reference=plain if REFERENCE.fullmatch(plain) else "")
    phone = phone_number(text) or ""
    serial = plain if SERIAL.fullmatch(plain) else ""
    code = plain if CODE.fullmatch(plain) and not phone and ("-" in plain or "." in plain) else ""
    return Sought(code="" if serial else code, serial=serial, reference=plain if REFERENCE.fullmatch(plain) else "", phone=phone,
                  name=name if any(char.isalpha() for char in name) and not (code or serial) else "")
