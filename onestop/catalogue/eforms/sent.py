"""PURE: what a page or a program sent, as {key: value}, whichever way it was written."""
from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from onestop.catalogue.eforms.shape import MOST_ROWS, PREFIX, Field, Schema, most_rows, top_fields
from onestop.people.words import row_id

ROW_MARK = "_row"  # a hidden field of every row, so that a row of unticked boxes is not lost


def is_blank(value: Any) -> bool:
    """Whether nothing was answered."""
    return value is None or (isinstance(value, str) and not value.strip()) or (isinstance(value, list | tuple | dict) and not value)


def values_of(schema: Schema, raw: Any) -> dict[str, Any]:
    """{key: value} of the top fields; groups as lists of {key: value}. Plain keys go before a page's names."""
    if not isinstance(raw, Mapping):
        return {}
    values: dict[str, Any] = {}
    for field in top_fields(schema):
        key = field["key"]
        found = raw.get(key) if key in raw else _posted(field, raw)
        if found is not None:
            values[key] = found
    return values


def _posted(field: Field, raw: Mapping[Any, Any]) -> Any:
    if field["type"] == "rows":
        return _posted_rows(field, raw)
    return _answer(field, raw, PREFIX + field["key"])


def _answer(field: Field, raw: Mapping[Any, Any], name: str) -> Any:
    if field["type"] == "choices" and name in raw and hasattr(raw, "getlist"):
        return raw.getlist(name)
    return raw.get(name)


def _posted_rows(group: Field, raw: Mapping[Any, Any]) -> list[dict[str, Any]] | None:
    """The rows of a group in the order of their numbers; a few more than allowed are read, so that too many can be told."""
    name = re.compile(re.escape(PREFIX + group["key"]) + r"\.([0-9]{1,3})\.[a-z0-9_]+")
    numbers = sorted({int(found.group(1)) for key in raw if isinstance(key, str) and (found := name.fullmatch(key))})
    if not numbers:
        return None
    return [{field["key"]: value for field in group.get("fields", [])
             if (value := _answer(field, raw, f"{PREFIX}{group['key']}.{number}.{field['key']}")) is not None}
            for number in numbers[:MOST_ROWS + 1]]


def rows_of(value: Any) -> list[Any] | None:
    """The rows of a group as they were sent; None where that is no list."""
    if is_blank(value):
        return []
    return list(value) if isinstance(value, list | tuple) else None


def change_rows(schema: Schema, raw: Any, command: str) -> dict[str, Any]:
    """What was sent, with one row more or one less: `command` is 'add:<group>' or 'remove:<group>:<row>', the value of the
    button 'form_rows'. Anything else changes nothing."""
    values = values_of(schema, raw)
    verb, _colon, rest = str(command).partition(":")
    key, _colon, number = rest.partition(":")
    group = next((field for field in top_fields(schema) if field["key"] == key and field["type"] == "rows"), None)
    if group is None:
        return values
    rows = rows_of(values.get(key)) or []
    if verb == "add" and len(rows) < most_rows(group):
        rows = [*(rows or [{}]), {}]
    elif verb == "remove" and (number == "0" or 0 < row_id(number) < len(rows)):
        del rows[row_id(number):row_id(number) + 1]
    return {**values, key: rows}


def with_files(schema: Schema, raw: Any, names: Mapping[int, str]) -> dict[str, Any]:
    """What was sent, with the names of the files uploaded so far by place in the list of papers; no file is taken on trust."""
    values = values_of(schema, raw)
    for field in top_fields(schema):
        if field["type"] == "file":
            values.pop(field["key"], None)
            if names.get(field["paper"]):
                values[field["key"]] = names[field["paper"]]
    return values
