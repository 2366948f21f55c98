"""PURE: how many parts an SMS has. GSM 03.38 where every letter is in its alphabet, UCS-2 as soon as one is not.

A part holds 160 septets alone and 153 as one of several; in UCS-2 70 and 67 units of 16 bits. What the extension table holds takes two
septets, what lies outside the first plane two units, and neither is torn apart at the end of a part.
"""
import unicodedata
from dataclasses import dataclass
from typing import Literal

Encoding = Literal["gsm", "ucs2"]
BASIC = frozenset("@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§"
                  "¿abcdefghijklmnopqrstuvwxyzäöñüà")
EXTENSION = frozenset("\f^{}\\[~]|€")
ALONE: dict[Encoding, int] = {"gsm": 160, "ucs2": 70}
ONE_OF_SEVERAL: dict[Encoding, int] = {"gsm": 153, "ucs2": 67}
# Signs of print that would turn a text without tone marks into UCS-2.
SIMPLER = str.maketrans({"Đ": "D", "đ": "d", "“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "‘": "'", "’": "'", "–": "-", "—": "-",
                         "−": "-", "•": "-", "·": "-", "…": "...", "×": "x", "\u00a0": " ", "\u202f": " ", "\t": " "})


@dataclass(frozen=True)
class Segments:
    """A text as the network counts it: `parts` are paid for, `characters` are septets or units of 16 bits."""

    parts: int
    encoding: Encoding
    characters: int


def count(text: str, *, plain: bool = False) -> Segments:
    """The parts of `text` (`plain`: of the text without tone marks). No text has no parts."""
    text = without_marks(text) if plain else text
    encoding: Encoding = "gsm" if all(char in BASIC or char in EXTENSION for char in text) else "ucs2"
    widths = [_width(char, encoding) for char in text]
    total = sum(widths)
    if total <= ALONE[encoding]:
        return Segments(min(total, 1), encoding, total)
    return Segments(_packed(widths, ONE_OF_SEVERAL[encoding]), encoding, total)


def without_marks(text: str) -> str:
    """'Đặt lịch' → 'Dat lich'; letters keep their case, quotes and dashes become those of a keyboard."""
    decomposed = unicodedata.normalize("NFD", text.translate(SIMPLER))
    return "".join(char for char in decomposed if not unicodedata.combining(char))


def _width(char: str, encoding: Encoding) -> int:
    if encoding == "gsm":
        return 2 if char in EXTENSION else 1
    return 2 if ord(char) > 0xFFFF else 1


def _packed(widths: list[int], room: int) -> int:
    parts, used = 1, 0
    for width in widths:
        if used + width > room:
            parts, used = parts + 1, 0
        used += width
    return parts
