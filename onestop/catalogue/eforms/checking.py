"""PURE: is this a form? Every problem with the place where it stands and a sentence; never an exception, whatever comes in."""
from __future__ import annotations

import json
from collections.abc import Collection
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from onestop.catalogue.eforms.shape import (
    ASKED_WITH,
    COMMON,
    COMPARED,
    FORMAT,
    KEY,
    LARGEST,
    LEVELS,
    LONGEST_HELP,
    LONGEST_LABEL,
    LONGEST_LONG_TEXT,
    LONGEST_TEXT,
    LONGEST_TITLE,
    MOST_BYTES,
    MOST_FIELDS,
    MOST_INPUTS,
    MOST_OPTIONS,
    MOST_ROWS,
    MOST_SECTIONS,
    MOST_TESTS,
    NOT_IN_ROWS,
    OPTIONED,
    OWN,
    PATTERNS,
    PREFIX,
    TYPES,
    VALUE,
    Field,
    Problem,
    inputs,
    top_fields,
)
from onestop.people.words import clean


def check(schema: Any, *, papers: Collection[int] | None = None, draft: bool = False) -> list[Problem]:
    """All problems of a schema, in its order; none where it may be published.

    `papers`: the places in the list of papers that files may be tied to; None leaves that open. `draft`: parts that are still
    empty are no problem yet.
    """
    run = _Check(papers, draft)
    run.form(schema)
    return run.problems


def day_of(text: Any) -> date | None:
    """A day written 2026-11-22, of the years 1900 to 2100."""
    try:
        day = date.fromisoformat(text) if isinstance(text, str) and len(text) == 10 else None
    except ValueError:
        return None
    return day if day and 1900 <= day.year <= 2100 else None


def is_number(value: Any) -> bool:
    """Whether a number of JSON is one that the form's numbers can be: no truth value, no infinity, not too large."""
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= LARGEST


def is_count(value: Any, least: int, most: int) -> bool:
    """Whether a value of JSON is a whole number between two others."""
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most


class _Check:
    """One run: the problems so far, the keys met, the fields that a condition may ask here."""

    def __init__(self, papers: Collection[int] | None, draft: bool) -> None:
        self.papers, self.draft = papers, draft
        self.problems: list[Problem] = []
        self.keys: set[str] = set()
        self.earlier: dict[str, Field] = {}
        self.count = 0

    def add(self, path: str, sentence: str) -> None:
        self.problems.append(Problem(path, sentence))

    def form(self, schema: Any) -> None:
        if not isinstance(schema, dict):
            self.add("", _("Biểu mẫu phải là một đối tượng JSON."))
            return
        self.members(schema, "", {"version", "sections"})
        if schema.get("version") != FORMAT or isinstance(schema.get("version"), bool):
            self.add("version", _("Phiên bản định dạng phải là %(number)s.") % {"number": FORMAT})
        if too_large(schema):
            self.add("", _("Biểu mẫu quá lớn (hơn %(most)s KB).") % {"most": MOST_BYTES // 1000})
            return
        found = self.listed(schema, "sections", "", MOST_SECTIONS, needed=not self.draft)
        for number, section in enumerate(found):
            self.section(section, f"sections[{number}]")
        if self.count > MOST_FIELDS:
            self.add("sections", _("Biểu mẫu có tối đa %(most)s trường, hiện có %(count)s.") % {"most": MOST_FIELDS, "count": self.count})
        if not self.problems and sum(map(inputs, top_fields(schema))) > MOST_INPUTS:
            self.add("sections", _("Biểu mẫu có quá nhiều ô nhập (tính cả các dòng của bảng, tối đa %(most)s). Hãy giảm số dòng hoặc số "
                                   "trường trong bảng.") % {"most": MOST_INPUTS})

    def section(self, section: Any, path: str) -> None:
        if not self.object(section, path):
            return
        self.members(section, path, {"title", "help", "condition", "fields"})
        self.text(section, "title", path, LONGEST_TITLE, needed=True)
        self.text(section, "help", path, LONGEST_HELP)
        self.condition(section, path, self.earlier)
        for number, field in enumerate(self.listed(section, "fields", path, MOST_FIELDS, needed=not self.draft)):
            self.field(field, f"{path}.fields[{number}]", self.earlier)

    def field(self, field: Any, path: str, earlier: dict[str, Field], inside: bool = False) -> None:
        """A field; `earlier` gets it once it was looked at."""
        self.count += 1
        if not self.object(field, path):
            return
        kind = field.get("type")
        if not isinstance(kind, str) or kind not in TYPES or (inside and kind in NOT_IN_ROWS):
            self.add(f"{path}.type", _("Loại trường không hợp lệ: %(kind)s.") % {"kind": str(kind)[:40]})
            return
        self.members(field, path, COMMON | OWN.get(kind, frozenset()))
        self.key(field, path)
        self.text(field, "label", path, LONGEST_LABEL, needed=True)
        self.text(field, "help", path, LONGEST_HELP)
        if not isinstance(field.get("required", False), bool):
            self.add(f"{path}.required", _("Giá trị phải là true hoặc false."))
        self.condition(field, path, earlier)
        self.own(field, kind, path, earlier)
        if isinstance(field.get("key"), str):
            earlier[field["key"]] = field

    def key(self, field: Field, path: str) -> None:
        key = field.get("key")
        if not isinstance(key, str) or not KEY.fullmatch(key) or key.startswith(PREFIX):
            self.add(f"{path}.key", _("Mã trường gồm chữ thường không dấu, chữ số và dấu _, bắt đầu bằng chữ cái, không bắt đầu bằng "
                                      "“a_”, tối đa 40 ký tự."))
        elif key in self.keys:
            self.add(f"{path}.key", _("Mã trường “%(key)s” bị trùng.") % {"key": key})
        else:
            self.keys.add(key)

    def own(self, field: Field, kind: str, path: str, earlier: dict[str, Field]) -> None:
        """What only this type has."""
        match kind:
            case "text" | "long_text":
                self.bounds(field, path, 1, LONGEST_TEXT if kind == "text" else LONGEST_LONG_TEXT)
                if "pattern" in field and (not isinstance(field["pattern"], str) or field["pattern"] not in PATTERNS):
                    self.add(f"{path}.pattern", _("Không có mẫu nhập này."))
            case "rows":
                self.bounds(field, path, 0, MOST_ROWS)
                self.rows(field, path, earlier)
            case "choice" | "choices":
                self.options(field, path)
            case "area":
                if field.get("level", "commune") not in list(LEVELS):
                    self.add(f"{path}.level", _("Cấp đơn vị hành chính là “commune” hoặc “province”."))
            case "file":
                self.paper(field, path)
            case _ if kind in COMPARED:
                self.limits(field, kind, path)

    def bounds(self, field: Field, path: str, least: int, most: int) -> None:
        """Numbers of letters or rows."""
        for name in ("min", "max"):
            if name in field and not is_count(field[name], least, most):
                self.add(f"{path}.{name}", _("Giá trị là số nguyên từ %(least)s đến %(most)s.") % {"least": least, "most": most})
                return
        self.ordered(field, path)

    def limits(self, field: Field, kind: str, path: str) -> None:
        """The smallest and largest number or day."""
        for name in ("min", "max"):
            if name in field and not self.fits(kind, field[name], limit=True):
                self.add(f"{path}.{name}", _("Giới hạn không hợp với loại trường."))
                return
        self.ordered(field, path)

    def ordered(self, field: Field, path: str) -> None:
        low, high = field.get("min"), field.get("max")
        if low is not None and high is not None and "today" not in (low, high) and low > high:
            self.add(f"{path}.max", _("Giá trị lớn nhất phải không nhỏ hơn giá trị nhỏ nhất."))

    def fits(self, kind: str, value: Any, *, limit: bool = False) -> bool:
        """Whether a value of the schema is one that a field of this type can be compared with."""
        if kind == "date":
            return day_of(value) is not None or (limit and value == "today")
        return is_number(value) and (kind == "decimal" or isinstance(value, int))

    def rows(self, field: Field, path: str, earlier: dict[str, Field]) -> None:
        if "max" in field and field["max"] == 0:
            self.add(f"{path}.max", _("Bảng cần ít nhất một dòng."))
        inner = dict(earlier)  # what a row's fields may ask: what came before, and the row's own earlier fields
        for number, part in enumerate(self.listed(field, "fields", path, MOST_FIELDS, needed=not self.draft)):
            self.field(part, f"{path}.fields[{number}]", inner, inside=True)

    def options(self, field: Field, path: str) -> None:
        seen: set[str] = set()
        for number, option in enumerate(self.listed(field, "options", path, MOST_OPTIONS, needed=True)):
            here = f"{path}.options[{number}]"
            if not self.object(option, here):
                continue
            self.members(option, here, {"value", "label"})
            self.text(option, "label", here, LONGEST_LABEL, needed=True)
            value = option.get("value")
            if not isinstance(value, str) or not VALUE.fullmatch(value):
                self.add(f"{here}.value", _("Giá trị lựa chọn gồm chữ cái không dấu, chữ số và dấu _ . -, tối đa 60 ký tự."))
            elif value in seen:
                self.add(f"{here}.value", _("Giá trị lựa chọn “%(value)s” bị trùng.") % {"value": value})
            else:
                seen.add(value)

    def paper(self, field: Field, path: str) -> None:
        place = field.get("paper")
        if not is_count(place, 1, 1000):
            self.add(f"{path}.paper", _("Trường tệp cần số thứ tự của một giấy tờ trong thành phần hồ sơ."))
        elif self.papers is not None and place not in self.papers:
            self.add(f"{path}.paper", _("Thành phần hồ sơ hiện hành không có giấy tờ số %(place)s.") % {"place": place})

    # --- conditions ---------------------------------------------------------------------------------------------------

    def condition(self, holder: dict[str, Any], path: str, earlier: dict[str, Field]) -> None:
        if "condition" not in holder:
            return
        here, condition = f"{path}.condition", holder["condition"]
        if not self.object(condition, here):
            return
        self.members(condition, here, {"all", "any"})
        if len(condition) != 1:
            self.add(here, _("Điều kiện có đúng một trong hai phần “all” hoặc “any”."))
            return
        name = next(iter(condition))
        for number, test in enumerate(self.listed(condition, str(name), here, MOST_TESTS, needed=True)):
            self.test(test, f"{here}.{name}[{number}]", earlier)

    def test(self, test: Any, path: str, earlier: dict[str, Field]) -> None:
        if not self.object(test, path):
            return
        self.members(test, path, {"field", "op", "value"})
        key = test.get("field")
        asked = earlier.get(key) if isinstance(key, str) else None
        if asked is None:
            self.add(f"{path}.field", _("Điều kiện chỉ được hỏi một trường đứng trước; không có trường “%(key)s” ở phía trước.")
                     % {"key": str(key)[:60]})
            return
        operator = test.get("op")
        if not isinstance(operator, str) or operator not in ASKED_WITH[asked["type"]]:
            self.add(f"{path}.op", _("Không dùng được phép so sánh này với trường “%(label)s”.") % {"label": str(asked.get("label"))[:60]})
            return
        if operator == "set":
            wrong = "value" in test
        elif operator == "in":
            values = test.get("value")
            wrong = (not isinstance(values, list) or not 0 < len(values) <= MOST_OPTIONS
                     or not all(self.answer(asked, item) for item in values))
        else:
            wrong = not self.answer(asked, test.get("value"))
        if wrong:
            self.add(f"{path}.value", _("Giá trị so sánh không hợp với trường “%(label)s”.") % {"label": str(asked.get("label"))[:60]})

    def answer(self, asked: Field, value: Any) -> bool:
        """Whether a value is one that the asked field can have."""
        kind = asked["type"]
        if kind == "yes_no":
            return isinstance(value, bool)
        if kind in COMPARED:
            return self.fits(kind, value)
        if not isinstance(value, str) or not clean(value) or len(value) > LONGEST_TEXT:
            return False
        options = asked.get("options")
        if kind in OPTIONED:
            return isinstance(options, list) and any(isinstance(item, dict) and item.get("value") == value for item in options)
        return True

    # --- members ------------------------------------------------------------------------------------------------------

    def object(self, value: Any, path: str) -> bool:
        if not isinstance(value, dict):
            self.add(path, _("Chỗ này phải là một đối tượng JSON."))
        return isinstance(value, dict)

    def members(self, value: dict[str, Any], path: str, known: Collection[str]) -> None:
        for name in value:
            if name not in known:
                where = f"{path}.{str(name)[:60]}" if path else str(name)[:60]
                self.add(where, _("Không có thuộc tính này ở đây."))

    def listed(self, value: dict[str, Any], name: str, path: str, most: int, *, needed: bool) -> list[Any]:
        where, found = f"{path}.{name}" if path else name, value.get(name, [])
        if not isinstance(found, list):
            self.add(where, _("Chỗ này phải là một danh sách."))
            return []
        if needed and not found:
            self.add(where, _("Danh sách này không được để trống."))
        if len(found) > most:
            self.add(where, _("Danh sách này có tối đa %(most)s mục.") % {"most": most})
        return found[:most]

    def text(self, value: dict[str, Any], name: str, path: str, most: int, *, needed: bool = False) -> None:
        text = value.get(name, "")
        if not isinstance(text, str):
            self.add(f"{path}.{name}", _("Chỗ này phải là văn bản."))
        elif needed and not clean(text):
            self.add(f"{path}.{name}", _("Chỗ này không được để trống."))
        elif len(text) > most:
            self.add(f"{path}.{name}", _("Văn bản dài tối đa %(most)s ký tự.") % {"most": most})


def too_large(schema: Any) -> bool:
    """Whether a schema passes the size, or can't be written as JSON at all."""
    try:
        return len(json.dumps(schema, ensure_ascii=False, allow_nan=False).encode("utf-8", "replace")) > MOST_BYTES
    except (TypeError, ValueError, RecursionError):
        return True
