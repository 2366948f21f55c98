"""PURE but for today's date: what a citizen filled in, cleaned; what is wrong with it, field by field.

A field that is not asked for (its condition is false) has no answer, whatever was sent. Answers are plain JSON: texts, whole
numbers and whole đồng as numbers, decimal numbers of at most 15 digits, days as '2026-11-22', yes/no as true/false, several
choices as a list of values, areas by code, groups as a list of objects, files by the name of the file that was uploaded.
"""
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as member
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from onestop import clock
from onestop.catalogue.eforms.conditions import asked, holds
from onestop.catalogue.eforms.sent import is_blank, rows_of, values_of
from onestop.catalogue.eforms.shape import Field, Schema, fewest_rows, most_rows
from onestop.catalogue.eforms.typed import Wrong, value_of


@dataclass(frozen=True)
class Cleaned:
    """Answers to be stored, and {field, or 'group.row.field': sentences}. `unknown`: plain names that the form does not have."""

    answers: dict[str, Any] = member(default_factory=dict)
    errors: dict[str, list[str]] = member(default_factory=dict)
    unknown: tuple[str, ...] = ()


@dataclass(frozen=True)
class _How:
    partial: bool
    today: date


def clean(schema: Schema, raw: Any, *, partial: bool = False, today: date | None = None) -> Cleaned:
    """Clean what was sent: a page's POST (names 'a_<key>', rows 'a_<group>.<row>.<key>') or a plain object {key: answer}.

    `partial` is for drafts: what is missing is no error yet. Anything that is no answer becomes an error, never an exception.
    """
    values, how = values_of(schema, raw), _How(partial, today or clock.today())
    answers: dict[str, Any] = {}
    errors: dict[str, list[str]] = {}
    for _section, field in asked(schema, answers):  # reads `answers` as they grow: conditions ask earlier fields only
        if field["type"] == "rows":
            found: Any = _rows(field, values.get(field["key"]), answers, errors, how)
        else:
            found = _one(field, values.get(field["key"]), field["key"], errors, how)
        if found is not None:
            answers[field["key"]] = found
    return Cleaned(answers, errors, unknown_names(schema, raw))


def unknown_names(schema: Schema, raw: Any) -> tuple[str, ...]:
    """The plain names in `raw` that are no top field of the form."""
    known = {field["key"] for section in schema.get("sections", []) for field in section.get("fields", [])}
    names = raw if isinstance(raw, Mapping) else ()
    return tuple(sorted(name for name in names if isinstance(name, str) and name not in known and not name.startswith("a_")))[:50]


def _one(field: Field, value: Any, path: str, errors: dict[str, list[str]], how: _How) -> Any:
    """The cleaned answer of a plain field, None without one."""
    if field["type"] == "note":
        return None
    try:
        found = None if is_blank(value) else value_of(field, value, how.today)
    except Wrong as wrong:
        errors[path] = [wrong.sentence]
        return None
    if found is None and field.get("required") and not how.partial:
        errors[path] = [missing(field)]
    return found


def missing(field: Field) -> str:
    """What to do about a required field without an answer."""
    if field["type"] in ("choice", "choices", "yes_no"):
        return _("Vui lòng chọn một câu trả lời.")
    if field["type"] == "file":
        return _("Vui lòng tải lên tệp của giấy tờ này.")
    return _("Vui lòng khai mục này.")


def _rows(group: Field, value: Any, answers: Mapping[str, Any], errors: dict[str, list[str]], how: _How) -> list[dict[str, Any]] | None:
    """The rows that say something; blank ones are left out."""
    sent = rows_of(value)
    if sent is None:
        errors[group["key"]] = [_("Nội dung của bảng không đúng dạng.")]
        return None
    said = [(number, row) for number, row in enumerate(sent) if _says_something(group, row)]
    if len(said) > most_rows(group):
        errors[group["key"]] = [_("Bảng này có tối đa %(most)s dòng.") % {"most": most_rows(group)}]
    elif len(said) < fewest_rows(group) and not how.partial:
        errors[group["key"]] = [_("Bảng này cần ít nhất %(least)s dòng.") % {"least": fewest_rows(group)}]
    rows = [_row(group, row, number, answers, errors, how) for number, row in said[:most_rows(group)]]
    return [row for row in rows if row] or None


def _says_something(group: Field, row: Any) -> bool:
    if not isinstance(row, Mapping):
        return not is_blank(row)
    return any(not is_blank(row.get(field["key"])) for field in group.get("fields", []))


def _row(group: Field, row: Any, number: int, answers: Mapping[str, Any], errors: dict[str, list[str]], how: _How) -> dict[str, Any]:
    if not isinstance(row, Mapping):
        errors[group["key"]] = [_("Nội dung của bảng không đúng dạng.")]
        return {}
    found: dict[str, Any] = {}
    for field in group.get("fields", []):
        if not holds(field.get("condition"), {**answers, **found}):
            continue
        answer = _one(field, row.get(field["key"]), f"{group['key']}.{number}.{field['key']}", errors, how)
        if answer is not None:
            found[field["key"]] = answer
    return found


def row_answers(group: Field, row: Any, answers: Mapping[str, Any], *, today: date | None = None) -> dict[str, Any]:
    """The cleaned answers of one row that is still being filled in."""
    return _row(group, row, 0, answers, {}, _How(True, today or clock.today())) if isinstance(row, Mapping) else {}
