"""PURE: the steps of the builder, each from one schema to the next; check() says afterwards whether the result is a form."""
from __future__ import annotations

import copy
import re
from typing import Any

from onestop.catalogue.eforms.shape import ASKED_WITH, PREFIX, Field, Schema, every_field
from onestop.people.words import fold

MOST_KEY = 40


class NotThere(Exception):
    """The section or field that a step is about is not in the form (any more)."""


def key_for(label: str, schema: Schema) -> str:
    """A key made of a label's first words that no other field has: 'Họ và tên cha' → 'ho_va_ten_cha'."""
    stem = re.sub(r"[^a-z0-9]+", "_", fold(label)).strip("_")[:32].strip("_")
    if not stem or not stem[0].isalpha() or stem.startswith(PREFIX):
        stem = f"muc_{stem}".strip("_")[:32]
    taken = {field["key"] for field in every_field(schema)}
    return next(key for key in (stem, *(f"{stem}_{number}" for number in range(2, 500))) if key not in taken)


def put_section(schema: Schema, number: int | None, section: dict[str, Any]) -> Schema:
    """Change the texts and the condition of section `number`, or add one at the end."""
    made = copy.deepcopy(schema)
    facts = {name: section[name] for name in ("title", "help", "condition") if section.get(name)}
    if number is None:
        made["sections"].append({**facts, "fields": []})
    else:
        made["sections"][number] = {**facts, "fields": _section(made, number)["fields"]}
    return made


def drop_section(schema: Schema, number: int) -> Schema:
    """Take a section with its fields out."""
    made = copy.deepcopy(schema)
    _section(made, number)
    del made["sections"][number]
    return made


def move_section(schema: Schema, number: int, step: int) -> Schema:
    """Move a section by `step` places; at the ends nothing moves."""
    made = copy.deepcopy(schema)
    section = _section(made, number)
    del made["sections"][number]
    made["sections"].insert(max(number + step, 0), section)
    return made


def _section(schema: Schema, number: int) -> dict[str, Any]:
    if not 0 <= number < len(schema["sections"]):
        raise NotThere
    return schema["sections"][number]  # type: ignore[no-any-return]


def field_of(schema: Schema, key: str) -> Field:
    """The field with a key. Raises NotThere."""
    fields, number = _place(schema, key)
    return fields[number]


def _place(schema: Schema, key: str) -> tuple[list[Field], int]:
    """The list that a field stands in and its number there."""
    for section in schema["sections"]:
        for number, field in enumerate(section["fields"]):
            if field["key"] == key:
                return section["fields"], number
            for inner, part in enumerate(field.get("fields", [])):
                if part["key"] == key:
                    return field["fields"], inner
    raise NotThere


def add_field(schema: Schema, field: Field, *, section: int = 0, group: str = "") -> Schema:
    """Add a field at the end of a section, or of a group of rows."""
    made = copy.deepcopy(schema)
    holder = field_of(made, group) if group else _section(made, section)
    holder.setdefault("fields", []).append(field)
    return made


def put_field(schema: Schema, key: str, field: Field) -> Schema:
    """Change a field; the fields of a group stay, and conditions follow a new key."""
    made = copy.deepcopy(schema)
    fields, number = _place(made, key)
    kept = {"fields": fields[number]["fields"]} if field["type"] == "rows" and "fields" in fields[number] else {}
    fields[number] = {**field, **kept}
    return _asked_by(made, key, field["key"]) if field["key"] != key else made


def _asked_by(schema: Schema, old: str, new: str) -> Schema:
    for holder in [*schema["sections"], *every_field(schema)]:
        for tests in (holder.get("condition") or {}).values():
            for test in tests:
                test["field"] = new if test["field"] == old else test["field"]
    return schema


def drop_field(schema: Schema, key: str) -> Schema:
    """Take a field out, a group with its fields."""
    made = copy.deepcopy(schema)
    fields, number = _place(made, key)
    del fields[number]
    return made


def move_field(schema: Schema, key: str, step: int) -> Schema:
    """Move a field up (-1) or down (1); past the first or last of a section it goes into the section before or after."""
    made = copy.deepcopy(schema)
    fields, number = _place(made, key)
    field = fields.pop(number)
    if 0 <= number + step <= len(fields):
        fields.insert(number + step, field)
        return made
    homes = [section["fields"] for section in made["sections"]]
    here = next((place for place, home in enumerate(homes) if home is fields), None)
    if here is None or not 0 <= here + step < len(homes):
        fields.insert(number, field)
    elif step < 0:
        homes[here - 1].append(field)
    else:
        homes[here + 1].insert(0, field)
    return made


def earlier_fields(schema: Schema, *, key: str = "", section: int | None = None, group: str = "") -> list[Field]:
    """The fields that a condition may ask: of the field `key`; of section `section`; of a new field at the end of `section` or
    of `group` (with `section` None: the group's own place)."""
    found: list[Field] = []
    for number, part in enumerate(schema["sections"]):
        if not key and not group and section is not None and number >= section:
            break
        for field in part["fields"]:
            inner = [item["key"] for item in field.get("fields", [])]
            if field["key"] == key:
                return _askable(found)
            if field["key"] == group or key in inner:
                until = inner.index(key) if key in inner else len(inner)
                return _askable([*found, *field.get("fields", [])[:until]])
            found.append(field)
    return _askable(found)


def _askable(fields: list[Field]) -> list[Field]:
    return [field for field in fields if ASKED_WITH[field["type"]]]
