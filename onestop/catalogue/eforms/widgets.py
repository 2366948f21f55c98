"""PURE but for today's date: a form with what was typed so far, as the parts that catalogue/eform_fields.html puts on a page."""
from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.utils.translation import gettext as _

from onestop import clock
from onestop.catalogue.eforms import areas
from onestop.catalogue.eforms.answers import clean, row_answers
from onestop.catalogue.eforms.checking import is_number
from onestop.catalogue.eforms.conditions import holds
from onestop.catalogue.eforms.sent import ROW_MARK, rows_of, values_of
from onestop.catalogue.eforms.shape import (
    PREFIX,
    USUAL_LONG_TEXT,
    USUAL_TEXT,
    Field,
    Schema,
    fewest_rows,
    most_rows,
    sections,
)
from onestop.catalogue.eforms.telling import condition_text
from onestop.catalogue.eforms.typed import Wrong, limit_day, value_of, yes_or_no
from onestop.people import shown

MOST_RADIOS = 7  # more options are a list to choose from
KINDS = {"long_text": "textarea", "yes_no": "radios", "choices": "checkboxes", "rows": "rows", "file": "file", "note": "note"}
Errors = Mapping[str, list[str]]


@dataclass(frozen=True)
class Option:
    """One answer to choose."""

    id: str
    value: str
    label: str
    chosen: bool


@dataclass(frozen=True)
class Widget:
    """One field on a page. `asked` false: its condition does not hold (now); `when` is that condition for eform.js."""

    kind: str
    field: Field
    name: str
    id: str
    value: str = ""
    errors: tuple[str, ...] = ()
    options: tuple[Option, ...] = ()
    attributes: tuple[tuple[str, str], ...] = ()
    asked: bool = True
    when: str = ""
    when_text: str = ""
    rows: tuple[Row, ...] = ()
    blank: Row | None = None
    full: bool = False

    @property
    def label(self) -> str:
        return str(self.field["label"])

    @property
    def help(self) -> str:
        return str(self.field.get("help", ""))

    @property
    def required(self) -> bool:
        return bool(self.field.get("required"))

    @property
    def most(self) -> int:
        """How many rows a group may have."""
        return most_rows(self.field)

    @property
    def described_by(self) -> str:
        """The ids of help, hint and error, for aria-describedby."""
        parts = {"help": self.help, "hint": self.kind == "area", "error": self.errors}
        return " ".join(f"{self.id}_{name}" for name, there in parts.items() if there)


@dataclass(frozen=True)
class Row:
    """One row of a group; `number` counts from 0, the template row of eform.js has '__n__'."""

    number: str
    mark: str
    widgets: tuple[Widget, ...]


@dataclass(frozen=True)
class SectionWidgets:
    """One section on a page."""

    id: str
    title: str
    help: str
    asked: bool
    when: str
    when_text: str
    widgets: tuple[Widget, ...]


def fields_for(schema: Schema, raw: Any, errors: Errors | None = None) -> list[SectionWidgets]:
    """The sections of a form with what was typed (`raw` as for clean(), or {}) and, after clean(), its errors."""
    values = values_of(schema, raw)
    page = _Page(schema, values, clean(schema, values, partial=True).answers, errors or {})
    return [page.section(number, section) for number, section in enumerate(sections(schema))]


def error_rows(schema: Schema, errors: Errors) -> list[tuple[str, str, str]]:
    """(id to jump to, label, sentence) for a list of errors at the top of a page."""
    found: list[tuple[str, str, str]] = []
    for section in fields_for(schema, {}, errors):
        for widget in section.widgets:
            found += [(widget.id, widget.label, sentence) for sentence in widget.errors]
            if widget.kind == "rows":
                found += _row_errors(widget, errors)
    return found


def _row_errors(group: Widget, errors: Errors) -> list[tuple[str, str, str]]:
    labels = {field["key"]: field["label"] for field in group.field.get("fields", [])}
    found = []
    for path, sentences in errors.items():
        key, _dot, rest = path.partition(".")
        number, _dot, part = rest.partition(".")
        if key == group.field["key"] and part in labels:
            label = _("%(label)s (%(number)s)") % {"label": labels[part], "number": int(number) + 1}
            found += [(id_of(PREFIX + path), label, sentence) for sentence in sentences]
    return found


def id_of(name: str) -> str:
    """The id of the field with a name."""
    return "id_" + name.replace(".", "-")


@dataclass(frozen=True)
class _Page:
    schema: Schema
    values: Mapping[str, Any]
    answers: Mapping[str, Any]
    errors: Errors

    def section(self, number: int, section: dict[str, Any]) -> SectionWidgets:
        condition = section.get("condition")
        widgets = tuple(self.widget(field, self.values.get(field["key"]), field["key"], self.answers) for field in section["fields"])
        return SectionWidgets(f"bieu-mau-{number + 1}", section["title"], section.get("help", ""), holds(condition, self.answers),
                              _as_json(condition), condition_text(self.schema, condition), widgets)

    def widget(self, field: Field, raw: Any, path: str, answers: Mapping[str, Any]) -> Widget:
        name, condition = PREFIX + path, field.get("condition")
        made = Widget(kind=_kind(field), field=field, name=name, id=id_of(name), value=_typed(field, raw),
                      errors=tuple(self.errors.get(path, ())), options=_options(field, raw, id_of(name)), attributes=_attributes(field),
                      asked=holds(condition, answers), when=_as_json(condition), when_text=condition_text(self.schema, condition))
        return self.group(made, raw) if made.kind == "rows" else made

    def group(self, made: Widget, raw: Any) -> Widget:
        rows = rows_of(raw) or []
        least = max(fewest_rows(made.field), 1)
        rows = (rows + [{}] * (least - len(rows)))[:most_rows(made.field)]
        shown_rows = tuple(self.row(made.field, row, str(number)) for number, row in enumerate(rows))
        return replace(made, rows=shown_rows, blank=self.row(made.field, {}, "__n__"), full=len(rows) >= most_rows(made.field))

    def row(self, group: Field, row: Any, number: str) -> Row:
        values = row if isinstance(row, Mapping) else {}
        scope = {**self.answers, **row_answers(group, values, self.answers)}
        widgets = tuple(self.widget(field, values.get(field["key"]), f"{group['key']}.{number}.{field['key']}", scope)
                        for field in group.get("fields", []))
        return Row(number, f"{PREFIX}{group['key']}.{number}.{ROW_MARK}", widgets)


def _as_json(condition: dict[str, Any] | None) -> str:
    return json.dumps(condition, ensure_ascii=False) if condition else ""


def _kind(field: Field) -> str:
    if field["type"] == "choice":
        return "radios" if len(field["options"]) <= MOST_RADIOS else "select"
    if field["type"] == "area":
        return "select" if field.get("level") == "province" else "area"
    return KINDS.get(field["type"], "input")


def _held(field: Field, raw: Any) -> Any:
    """The answer as stored where it is one, else what was typed."""
    try:
        return value_of(field, raw, clock.today())
    except Wrong:
        return raw


def _typed(field: Field, raw: Any) -> str:
    """What stands in the field: the answer as one would type it, or what was typed."""
    if raw is None or field["type"] in ("rows", "note", "choices", "choice", "yes_no"):
        return ""
    if is_number(raw):
        return shown.number(raw)
    held = _held(field, raw) if field["type"] in ("date", "area") else raw
    if not isinstance(held, str):
        return ""
    return areas.name_of(held) if field["type"] == "area" and field.get("level") != "province" else held


def _options(field: Field, raw: Any, id_: str) -> tuple[Option, ...]:
    if field["type"] == "yes_no":
        held = _held(field, raw)
        pairs = [("true", yes_or_no(True), held is True), ("false", yes_or_no(False), held is False)]
    elif field["type"] == "area" and field.get("level") == "province":
        held = _held(field, raw)
        pairs = [(place.code, place.name, place.code == held) for place in areas.provinces()]
    else:
        held = raw if isinstance(raw, list | tuple) else [raw]
        pairs = [(option["value"], option["label"], option["value"] in held) for option in field.get("options", [])]
    return tuple(Option(id_ if number == 0 else f"{id_}_{number}", *pair) for number, pair in enumerate(pairs))


ATTRIBUTES: dict[str, tuple[tuple[str, str], ...]] = {
    "text": (("type", "text"),), "integer": (("type", "text"), ("inputmode", "numeric"), ("class", "short")),
    "decimal": (("type", "text"), ("inputmode", "decimal"), ("class", "short")),
    "money": (("type", "text"), ("inputmode", "numeric"), ("class", "short")), "date": (("type", "date"),),
    "phone": (("type", "tel"), ("class", "short")), "email": (("type", "email"), ("inputmode", "email")),
    "citizen_id": (("type", "text"), ("inputmode", "numeric"), ("maxlength", "20"), ("class", "short")),
    "area": (("type", "text"), ("maxlength", "200"), ("data-areas", "")),
}


def _attributes(field: Field) -> tuple[tuple[str, str], ...]:
    """The attributes of an input that help to fill it in; what counts is checked by clean()."""
    made = ATTRIBUTES.get(field["type"], ())
    if field["type"] == "text":
        made += (("maxlength", str(field.get("max", USUAL_TEXT))),)
    if field["type"] == "long_text":
        made += (("maxlength", str(field.get("max", USUAL_LONG_TEXT))),)
    if field["type"] == "date":
        limits = ((name, limit_day(field.get(name), clock.today())) for name in ("min", "max"))
        made += tuple((name, day.isoformat()) for name, day in limits if day)
    return made
