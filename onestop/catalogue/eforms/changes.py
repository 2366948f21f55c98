"""PURE: what is different between two versions of a form, in words."""
from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from onestop.catalogue.eforms.shape import COMPARED, LEVELS, PATTERNS, TYPES, Field, Schema, every_field, sections
from onestop.catalogue.eforms.telling import condition_text
from onestop.catalogue.eforms.typed import told


@dataclass(frozen=True)
class Change:
    """One thing that differs. `kind`: added, removed, changed or moved."""

    kind: str
    label: str
    sentences: tuple[str, ...] = ()


def compare(old: Schema, new: Schema) -> list[Change]:
    """What `new` changes in `old`: sections by title, fields by key. Nothing for the same form."""
    before, after = {field["key"]: field for field in every_field(old)}, {field["key"]: field for field in every_field(new)}
    found = [*_sections(old, new)]
    found += [Change("removed", field["label"], (str(TYPES[field["type"]]),)) for key, field in before.items() if key not in after]
    found += [Change("added", field["label"], tuple(_told_facts(new, field))) for key, field in after.items() if key not in before]
    for key, field in after.items():
        if key in before:
            found += _field(old, new, before[key], field)
    return found + _moved(old, new, before.keys() & after.keys())


def _sections(old: Schema, new: Schema) -> Iterator[Change]:
    before, after = {item["title"]: item for item in sections(old)}, {item["title"]: item for item in sections(new)}
    yield from (Change("removed", title, (_("Phần"),)) for title in before if title not in after)
    yield from (Change("added", title, (_("Phần"),)) for title in after if title not in before)
    for title in before.keys() & after.keys():
        told = [(_section_facts(old, before[title]), _section_facts(new, after[title]))]
        yield from (Change("changed", title, tuple(_differences(*pair))) for pair in told if pair[0] != pair[1])


def _section_facts(schema: Schema, section: dict[str, Any]) -> dict[str, str]:
    return {_("Hướng dẫn"): section.get("help", ""), _("Điều kiện"): condition_text(schema, section.get("condition"))}


def _field(old: Schema, new: Schema, before: Field, after: Field) -> list[Change]:
    sentences = list(_differences(facts(old, before), facts(new, after)))
    return [Change("changed", after["label"], tuple(sentences))] if sentences else []


def _differences(before: dict[str, str], after: dict[str, str]) -> Iterator[str]:
    nothing = _("không có")
    for name in {**before, **after}:
        old, new = before.get(name, ""), after.get(name, "")
        if old != new:
            yield _("%(name)s: %(old)s → %(new)s") % {"name": name, "old": old or nothing, "new": new or nothing}


def facts(schema: Schema, field: Field) -> dict[str, str]:
    """What is set about a field, in words; the same words before and after a change."""
    found = {
        _("Câu hỏi"): field["label"], _("Loại"): str(TYPES[field["type"]]), _("Hướng dẫn"): field.get("help", ""),
        _("Bắt buộc"): _("có") if field.get("required") else "",
        _("Nhỏ nhất"): _limit(field, "min"), _("Lớn nhất"): _limit(field, "max"),
        _("Mẫu nhập"): str(PATTERNS[field["pattern"]]) if "pattern" in field else "",
        _("Cấp"): str(LEVELS[field["level"]]) if "level" in field else "", _("Giấy tờ số"): str(field.get("paper", "")),
        _("Lựa chọn"): "; ".join(option["label"] + f" ({option['value']})" for option in field.get("options", [])),
        _("Điều kiện"): condition_text(schema, field.get("condition")),
    }
    return {name: text for name, text in found.items() if text}


def _told_facts(schema: Schema, field: Field) -> Iterator[str]:
    """The facts of a field that is new, without the label that stands above them."""
    for name, text in facts(schema, field).items():
        if text != field["label"]:
            yield _("%(name)s: %(text)s") % {"name": name, "text": text}


def _limit(field: Field, name: str) -> str:
    if name not in field:
        return ""
    return _("ngày khai") if field[name] == "today" else told(field, field[name]) if field["type"] in COMPARED else str(field[name])


def _moved(old: Schema, new: Schema, common: set[str]) -> list[Change]:
    """Fields that both have and that stand elsewhere: fewest first, by leaving out the longest order they share."""
    before = [field["key"] for field in every_field(old) if field["key"] in common]
    after = [field["key"] for field in every_field(new) if field["key"] in common]
    kept = _longest_common(before, after)
    homes_old, homes_new = _homes(old), _homes(new)
    return [Change("moved", field["label"]) for field in every_field(new) if field["key"] in common
            and (field["key"] not in kept or homes_old[field["key"]] != homes_new[field["key"]])]


def _homes(schema: Schema) -> dict[str, str]:
    """The group, or the title of the section, that each field stands in."""
    homes = {}
    for section in sections(schema):
        for field in section["fields"]:
            homes[field["key"]] = section["title"]
            homes.update({part["key"]: field["key"] for part in field.get("fields", [])})
    return homes


def _longest_common(before: list[str], after: list[str]) -> set[str]:
    """The keys of a longest run of the new order whose places in the old one only grow."""
    place = {key: number for number, key in enumerate(before)}
    runs: list[list[str]] = []
    for key in after:
        best: list[str] = max((run for run in runs if place[run[-1]] < place[key]), key=len, default=[])
        runs.append([*best, key])
    longest: list[str] = max(runs, key=len, default=[])
    return set(longest)
