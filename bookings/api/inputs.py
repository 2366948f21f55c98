"""Reading what a program sent, by hand: the booking path has no time for serializers (performance.md), and one rule for text.

Every text is NFC without control characters; every error is told at its field, all of them at once.
"""
from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from rest_framework.exceptions import ValidationError

from onestop.people.words import clean

BIGGEST = 2**62


class Fields:
    """The members of a body or query; `done()` raises one 400 with every error found."""

    def __init__(self, data: Any) -> None:
        self.errors: dict[str, list[str]] = {}
        if not hasattr(data, "get"):
            raise ValidationError({"non_field_errors": [_("Nội dung gửi phải là một đối tượng JSON.")]})
        self.data = data

    def wrong(self, name: str, sentence: str) -> None:
        self.errors.setdefault(name, []).append(sentence)

    def text(self, name: str, *, most: int, required: bool = True) -> str:
        """A text of at most `most` characters, '' where it is missing and not required."""
        value = self.data.get(name)
        if value is not None and not isinstance(value, str):
            self.wrong(name, _("Mục này phải là chữ."))
            return ""
        found = clean(value or "")
        if required and not found:
            self.wrong(name, _("Mục này không được để trống."))
        elif len(found) > most:
            self.wrong(name, _("Mục này dài tối đa %(most)s ký tự.") % {"most": most})
            return ""
        return found

    def choice(self, name: str, values: list[str], *, default: str = "") -> str:
        """One of `values`; the default where it is missing and there is one."""
        if default and self.data.get(name) in (None, ""):
            return default
        found = self.text(name, most=40)
        if found and found not in values:
            self.wrong(name, _("Giá trị phải là một trong: %(values)s.") % {"values": ", ".join(values)})
            return ""
        return found

    def count(self, name: str, *, default: int | None = None, least: int = 1, most: int = BIGGEST) -> int:
        """A whole number between `least` and `most`; a number written as text counts too."""
        value = self.data.get(name)
        if value in (None, "") and default is not None:
            return default
        if isinstance(value, str) and len(value) < 20 and value.strip().isascii() and value.strip().isdigit():
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            self.wrong(name, _("Mục này phải là một số nguyên từ %(least)s.") % {"least": least} if most == BIGGEST else
                       _("Mục này phải là một số nguyên từ %(least)s đến %(most)s.") % {"least": least, "most": most})
            return default or 0
        return value

    def day(self, name: str, default: date) -> date:
        """A date written YYYY-MM-DD."""
        text = self.text(name, most=10, required=False)
        if not text:
            return default
        try:
            return date.fromisoformat(text)
        except ValueError:
            self.wrong(name, _("Ngày phải có dạng NĂM-THÁNG-NGÀY, ví dụ 2026-11-25."))
            return default

    def inner(self, name: str, *, required: bool = True) -> dict[str, Any]:
        """A JSON object."""
        value = self.data.get(name)
        if value is None and not required:
            return {}
        if not isinstance(value, dict):
            self.wrong(name, _("Mục này phải là một đối tượng JSON."))
            return {}
        return value

    def take(self, other: "Fields", prefix: str) -> None:
        """The errors of an inner object, under its name."""
        for name, sentences in other.errors.items():
            self.errors[f"{prefix}.{name}"] = sentences

    def done(self) -> None:
        if self.errors:
            raise ValidationError(self.errors)
