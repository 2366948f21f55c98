"""PURE: what a form's schema is made of: its words, its limits, and how to walk through it.

{"version": 1, "sections": [{"title", "help", "condition", "fields": [{"key", "label", "help", "type", "required", "condition", …}]}]}
with, by type: text `min` `max` `pattern`; long_text `max`; integer, decimal, money, date `min` `max` (a day may be 'today');
choice, choices `options` [{"value", "label"}]; area `level`; rows `fields` `min` `max`; file `paper` (a place in the version's list).
A condition is {"all": [test, …]} or {"any": [test, …]}, a test {"field", "op", "value"}; it may ask earlier fields only.
"""
from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

Schema = dict[str, Any]
Field = dict[str, Any]

FORMAT = 1
MOST_FIELDS = 200
MOST_INPUTS = 800  # on a page, all rows counted: a request may carry a thousand
MOST_SECTIONS = 30
MOST_OPTIONS = 60
MOST_TESTS = 10
MOST_ROWS = 20  # of one repeated group
USUAL_ROWS = 10
LONGEST_LABEL, LONGEST_HELP, LONGEST_TITLE = 300, 1000, 200
LONGEST_TEXT, LONGEST_LONG_TEXT = 500, 5000
USUAL_TEXT, USUAL_LONG_TEXT = 200, 2000  # characters, where the schema says nothing
LARGEST = 10**15 - 1  # what a float still holds exactly
MOST_BYTES = 200_000  # of the schema as JSON

TYPES = {
    "text": _("Văn bản ngắn"), "long_text": _("Văn bản dài"), "integer": _("Số nguyên"), "decimal": _("Số thập phân"),
    "money": _("Số tiền (đồng)"), "date": _("Ngày"), "yes_no": _("Có / Không"), "choice": _("Chọn một"), "choices": _("Chọn nhiều"),
    "phone": _("Số điện thoại"), "email": _("Thư điện tử"), "citizen_id": _("Số định danh cá nhân"),
    "area": _("Đơn vị hành chính"), "rows": _("Bảng nhiều dòng"), "file": _("Tệp của giấy tờ"), "note": _("Đoạn hướng dẫn"),
}
NUMBERS = frozenset({"integer", "decimal", "money"})
COMPARED = NUMBERS | {"date"}
OPTIONED = frozenset({"choice", "choices"})
LEVELS = {"commune": _("Xã, phường"), "province": _("Tỉnh, thành phố")}
PATTERNS = {
    "letters": _("Chỉ chữ cái"), "digits": _("Chỉ chữ số"), "code": _("Chữ cái, chữ số và dấu . - /"), "tax_code": _("Mã số thuế"),
    "passport": _("Số hộ chiếu"), "plate": _("Biển số xe"),
}
OPERATORS = {
    "equals": pgettext_lazy("condition", "là"), "not_equals": pgettext_lazy("condition", "khác"),
    "in": pgettext_lazy("condition", "là một trong"), "set": pgettext_lazy("condition", "đã được khai"),
    "greater": pgettext_lazy("condition", "lớn hơn"),
}
# Which operators make sense for which type of the field that is asked about.
ASKED_WITH = {
    **dict.fromkeys(COMPARED, ("equals", "not_equals", "in", "set", "greater")),
    **dict.fromkeys(("text", "choice", "choices", "area"), ("equals", "not_equals", "in", "set")),
    "yes_no": ("equals", "set"), **dict.fromkeys(("long_text", "phone", "email", "citizen_id", "rows", "file"), ("set",)), "note": (),
}
COMMON = frozenset({"key", "label", "help", "type", "required", "condition"})
OWN: dict[str, frozenset[str]] = {
    "text": frozenset({"min", "max", "pattern"}), "long_text": frozenset({"max"}), **dict.fromkeys(COMPARED, frozenset({"min", "max"})),
    **dict.fromkeys(OPTIONED, frozenset({"options"})), "area": frozenset({"level"}), "rows": frozenset({"fields", "min", "max"}),
    "file": frozenset({"paper"}),
}
# Groups don't hold groups, and the files of a dossier are listed once.
NOT_IN_ROWS = frozenset({"rows", "file"})

KEY = re.compile(r"[a-z][a-z0-9_]{0,39}")
VALUE = re.compile(r"[A-Za-z0-9_.\-]{1,60}")
PREFIX = "a_"  # of the names in a page; no key begins with it, so a page's names and plain keys can't be mixed up


@dataclass(frozen=True)
class Problem:
    """Something wrong with a schema: where ('sections[0].fields[2].key') and what, in a sentence."""

    path: str
    sentence: str

    def __str__(self) -> str:
        return f"{self.path}: {self.sentence}" if self.path else self.sentence


def empty() -> Schema:
    """A form without sections, to begin with."""
    return {"version": FORMAT, "sections": []}


def sections(schema: Schema) -> list[dict[str, Any]]:
    """The sections in order."""
    return list(schema.get("sections", []))


def top_fields(schema: Schema) -> Iterator[Field]:
    """The fields of all sections in order, without those inside groups of rows."""
    for section in sections(schema):
        yield from section.get("fields", [])


def every_field(schema: Schema) -> Iterator[Field]:
    """All fields in order; those of a group follow it."""
    for field in top_fields(schema):
        yield field
        yield from field.get("fields", [])


def most_rows(field: Field) -> int:
    """How many rows a group may have."""
    return int(field.get("max", USUAL_ROWS))


def fewest_rows(field: Field) -> int:
    """How many rows a group must have."""
    return int(field.get("min", 1 if field.get("required") else 0))


def tests_of(condition: dict[str, Any] | None) -> list[dict[str, Any]]:
    """The tests of a condition; none without one."""
    return list((condition or {}).get("all") or (condition or {}).get("any") or [])


def inputs(field: Field) -> int:
    """How many values a field can send at most."""
    if field["type"] == "rows":
        return most_rows(field) * (1 + sum(inputs(part) for part in field.get("fields", [])))
    return len(field["options"]) if field["type"] == "choices" else 1
