"""PURE: a form as JSON: out, in again, and one way to write the same form."""
from __future__ import annotations

import json
from typing import Any

from django.utils.translation import gettext as _

from onestop.catalogue.eforms.checking import check
from onestop.catalogue.eforms.shape import FORMAT, MOST_BYTES, Field, Problem, Schema
from onestop.people.words import clean, clean_lines

ORDER = ("key", "type", "label", "help", "required", "pattern", "min", "max", "level", "paper", "options", "condition", "fields")


def normal(schema: Schema) -> Schema:
    """A checked schema as it is stored: cleaned texts, nothing that says what holds anyway, members in one order."""
    return {"version": FORMAT, "sections": [_section(section) for section in schema.get("sections", [])]}


def _section(section: dict[str, Any]) -> dict[str, Any]:
    texts = {"title": clean(section["title"]), "help": clean_lines(section.get("help", ""))}
    made: dict[str, Any] = {name: text for name, text in texts.items() if text}
    if "condition" in section:
        made["condition"] = _condition(section["condition"])
    return {**made, "fields": [_field(field) for field in section.get("fields", [])]}


def _field(field: Field) -> Field:
    made: Field = {}
    for name in ORDER:
        if name in field:
            made[name] = _member(name, field[name])
    if not made.get("help"):
        made.pop("help", None)
    if not made.get("required") or field["type"] == "note":
        made.pop("required", None)
    if made.get("level") == "commune":
        made.pop("level")
    if field["type"] == "rows":
        made.setdefault("fields", [])
    return made


def _member(name: str, value: Any) -> Any:
    match name:
        case "label":
            return clean(value)
        case "help":
            return clean_lines(value)
        case "options":
            return [{"value": option["value"], "label": clean(option["label"])} for option in value]
        case "condition":
            return _condition(value)
        case "fields":
            return [_field(field) for field in value]
        case _:
            return value


def _condition(condition: dict[str, Any]) -> dict[str, Any]:
    name, tests = next(iter(condition.items()))
    made = []
    for test in tests:
        row = {"field": test["field"], "op": test["op"]}
        if "value" in test:
            row["value"] = _wanted(test["value"])
        made.append(row)
    return {name: made}


def _wanted(value: Any) -> Any:
    if isinstance(value, list):
        return [_wanted(item) for item in value]
    return clean(value) if isinstance(value, str) else value


def exported(schema: Schema) -> str:
    """The form as a JSON text that people can read and compare."""
    return json.dumps(schema, ensure_ascii=False, indent=2) + "\n"


def imported(data: bytes | str) -> tuple[Schema | None, list[Problem]]:
    """The form in a file, in its stored form, or None and what is wrong with it. Files that are no JSON are told by line."""
    if len(data) > 2 * MOST_BYTES:
        return None, [Problem("", _("Tệp quá lớn (hơn %(most)s KB).") % {"most": 2 * MOST_BYTES // 1000})]
    try:
        text = data.decode("utf-8-sig") if isinstance(data, bytes) else data
        schema = json.loads(text, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        where = _("dòng %(line)s, cột %(column)s") % {"line": error.lineno, "column": error.colno}
        return None, [Problem(where, _("Tệp không phải JSON hợp lệ."))]
    except (ValueError, RecursionError):
        return None, [Problem("", _("Tệp phải là JSON, mã hóa UTF-8."))]
    problems = check(schema, draft=True)
    return (None, problems) if problems else (normal(schema), [])


def _no_constant(name: str) -> Any:
    raise ValueError(name)
