"""PURE: when a field or a section is asked for. A field that is not asked, or not answered, makes every test about it false."""
from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from onestop.catalogue.eforms.shape import Field, Schema, sections, tests_of


def holds(condition: dict[str, Any] | None, answers: Mapping[str, Any]) -> bool:
    """Whether a condition is true for cleaned answers; without one it is."""
    tests = tests_of(condition)
    if not tests:
        return True
    return (any if "any" in (condition or {}) else all)(_passes(test, answers) for test in tests)


def _passes(test: dict[str, Any], answers: Mapping[str, Any]) -> bool:
    value = answers.get(test["field"])
    if value is None or value in ("", []):
        return False
    held, wanted = value if isinstance(value, list) else [value], test.get("value")
    match test["op"]:
        case "set":
            return True
        case "equals":
            return wanted in held
        case "not_equals":
            return wanted not in held
        case "in":
            return any(item in wanted for item in held) if isinstance(wanted, list) else False
        case _:
            return _greater(value, wanted)


def _greater(value: Any, wanted: Any) -> bool:
    both_text = isinstance(value, str) and isinstance(wanted, str)  # days, as 2026-11-22
    both_numbers = isinstance(value, int | float) and isinstance(wanted, int | float)
    return bool(value > wanted) if both_text or both_numbers else False


def asked(schema: Schema, answers: Mapping[str, Any]) -> Iterator[tuple[int, Field]]:
    """The fields that cleaned answers make the form ask for, each with the number of its section; groups count as one."""
    for number, section in enumerate(sections(schema)):
        if not holds(section.get("condition"), answers):
            continue
        for field in section.get("fields", []):
            if holds(field.get("condition"), answers):
                yield number, field
