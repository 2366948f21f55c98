"""PURE: answers, conditions and changes of a form in words: for officers' pages, receipts, the proof of filing, the builder."""
from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from onestop.catalogue.eforms.conditions import asked, holds
from onestop.catalogue.eforms.shape import OPERATORS, Field, Problem, Schema, every_field, sections, tests_of
from onestop.catalogue.eforms.typed import told


@dataclass(frozen=True)
class Line:
    """One answer in words."""

    label: str
    value: str


@dataclass(frozen=True)
class Section:
    """What was answered in one section."""

    title: str
    lines: list[Line]


def shown(schema: Schema, answers: Any) -> list[Section]:
    """Stored answers in words, section by section. What was not asked for or not answered is left out; empty sections too."""
    held = answers if isinstance(answers, Mapping) else {}
    lines: dict[int, list[Line]] = {}
    for number, field in asked(schema, held):
        lines.setdefault(number, []).extend(_lines(field, held))
    return [Section(section["title"], lines[number]) for number, section in enumerate(sections(schema)) if lines.get(number)]


def _lines(field: Field, answers: Mapping[str, Any]) -> list[Line]:
    value = answers.get(field["key"])
    if field["type"] == "note" or value is None or value in ("", []):
        return []
    if field["type"] != "rows":
        return [Line(field["label"], told(field, value))]
    rows = [row for row in value if isinstance(row, Mapping)] if isinstance(value, list) else []
    numbered = [(number, _row_text(field, row, answers)) for number, row in enumerate(rows, 1)]
    return [Line(_("%(label)s (%(number)s)") % {"label": field["label"], "number": number}, text) for number, text in numbered if text]


def _row_text(group: Field, row: Mapping[str, Any], answers: Mapping[str, Any]) -> str:
    scope = {**answers, **row}
    parts = [(field, row.get(field["key"])) for field in group.get("fields", []) if holds(field.get("condition"), scope)]
    return "; ".join(f"{field['label']}: {told(field, value)}" for field, value in parts
                     if field["type"] != "note" and value is not None and value not in ("", []))


def condition_text(schema: Schema, condition: dict[str, Any] | None) -> str:
    """'“Đã kết hôn” là “Có” và …'; '' without a condition."""
    fields = {field["key"]: field for field in every_field(schema)}
    joint = _(" hoặc ") if "any" in (condition or {}) else _(" và ")
    return joint.join(_test_text(test, fields) for test in tests_of(condition))


def _test_text(test: dict[str, Any], fields: dict[str, Field]) -> str:
    field = fields.get(test["field"])
    label = _("“%(text)s”") % {"text": field["label"] if field else test["field"]}
    word = str(OPERATORS[test["op"]])
    if test["op"] == "set":
        return f"{label} {word}"
    wanted = test["value"] if isinstance(test["value"], list) and test["op"] == "in" else [test["value"]]
    values = [_("“%(text)s”") % {"text": wanted_text(field, value)} for value in wanted]
    return f"{label} {word} {', '.join(values)}"


def wanted_text(field: Field | None, value: Any) -> str:
    """A value of a condition in words."""
    if field is None:
        return str(value)
    return told(field, [value] if field["type"] == "choices" else value)


_PLACE = re.compile(r"sections\[(\d+)\](?:\.fields\[(\d+)\])?(?:\.fields\[(\d+)\])?")


def problem_text(schema: Schema, problem: Problem) -> str:
    """A problem with its place in the words of the form: 'Phần “Cha, mẹ”, trường “Số điện thoại”: …'."""
    place = _PLACE.match(problem.path)
    names, holder = [], schema
    words = (("sections", _("phần")), ("fields", _("trường")), ("fields", _("trường")))
    for number, (part, word) in zip(place.groups() if place else (), words, strict=False):
        if number is None:
            break
        holder = holder[part][int(number)]
        names.append(_("%(word)s “%(name)s”") % {"word": word, "name": holder.get("title") or holder.get("label") or ""})
    where = ", ".join(names)
    return f"{where[:1].upper()}{where[1:]}: {problem.sentence}" if where else problem.sentence
