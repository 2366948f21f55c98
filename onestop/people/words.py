"""PURE: Vietnamese words for storing, comparing and masking."""
import re
import unicodedata

_SPACES = re.compile(r"\s+")
_PHONE = re.compile(r"^(?:\+?84|0)(\d{8,10})$")


def clean(text: str) -> str:
    """NFC, without control characters, single spaces: how every short text is stored."""
    text = unicodedata.normalize("NFC", text)
    if not text.isprintable():  # a printable text has neither control characters nor other spaces than ' '
        text = "".join(char for char in text if char.isspace() or unicodedata.category(char)[0] != "C")
    return _SPACES.sub(" ", text).strip()


def clean_lines(text: str) -> str:
    """The same line by line; empty lines at the ends are dropped, several in a row become one."""
    lines = [clean(line) for line in unicodedata.normalize("NFC", text).splitlines()]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def fold(text: str) -> str:
    """Lower case without tone marks ('Đặng Thị Ánh' → 'dang thi anh'), for search and comparison."""
    text = clean(text).lower().replace("đ", "d")
    return "".join(char for char in unicodedata.normalize("NFD", text) if not unicodedata.combining(char))


def phone_number(text: str) -> str:
    """A Vietnamese number as 0xxxxxxxxx; '' if it can't be one."""
    found = _PHONE.match(re.sub(r"[\s.\-()]", "", text or ""))
    return "0" + found.group(1) if found else ""


def person_key(full_name: str, phone: str) -> str:
    """Who counts as the same person when no identity number is given: folded name and phone (booking.md)."""
    return f"{fold(full_name)}|{phone_number(phone)}"


def mask_phone(phone: str) -> str:
    """'0912345678' → '•••••••678'."""
    return "•" * max(len(phone) - 3, 0) + phone[-3:]


def is_citizen_id(text: str) -> bool:
    """Whether a text is a personal identification number: twelve digits (Law on Identification 26/2023, article 12)."""
    return len(text) == 12 and text.isascii() and text.isdigit()


def row_id(text: str | None) -> int:
    """A row's id from a form or an address; 0, which no row has, where it is none."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 18 else 0
