"""Forms for the tests: one with everything in it, and a strategy for others."""
from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from onestop.catalogue.eforms.shape import ASKED_WITH, NOT_IN_ROWS, PATTERNS, TYPES


def birth() -> dict[str, Any]:
    """A form with a field of every type, conditions on a field, on a section and in a row."""
    return {"version": 1, "sections": [
        {"title": "Người được khai sinh", "fields": [
            {"key": "child", "type": "text", "label": "Họ và tên trẻ", "required": True, "pattern": "letters"},
            {"key": "born_on", "type": "date", "label": "Ngày sinh", "required": True, "min": "1900-01-01", "max": "today"},
            {"key": "sex", "type": "choice", "label": "Giới tính", "required": True,
             "options": [{"value": "nam", "label": "Nam"}, {"value": "nu", "label": "Nữ"}]},
            {"key": "place", "type": "area", "label": "Nơi sinh", "help": "Xã, phường nơi trẻ sinh ra."},
            {"key": "weight", "type": "decimal", "label": "Cân nặng (kg)", "min": 0, "max": 10},
            {"key": "copies", "type": "integer", "label": "Số bản sao", "min": 0, "max": 20},
            {"key": "copy_fee", "type": "money", "label": "Tiền bản sao", "condition": {
                "all": [{"field": "copies", "op": "greater", "value": 0}]}},
        ]},
        {"title": "Cha, mẹ", "fields": [
            {"key": "married", "type": "yes_no", "label": "Cha mẹ đã đăng ký kết hôn", "required": True},
            {"key": "certificate", "type": "text", "label": "Số giấy kết hôn", "required": True, "pattern": "code", "condition": {
                "all": [{"field": "married", "op": "equals", "value": True}]}},
            {"key": "mother_id", "type": "citizen_id", "label": "Số định danh của mẹ"},
            {"key": "phone", "type": "phone", "label": "Điện thoại"},
            {"key": "email", "type": "email", "label": "Thư điện tử"},
            {"key": "wishes", "type": "choices", "label": "Nhận thêm",
             "options": [{"value": "bhyt", "label": "Thẻ bảo hiểm y tế"}, {"value": "cu_tru", "label": "Đăng ký thường trú"}]},
            {"key": "house", "type": "text", "label": "Số nhà", "required": True, "condition": {
                "any": [{"field": "wishes", "op": "equals", "value": "cu_tru"}, {"field": "place", "op": "set"}]}},
        ]},
        {"title": "Gia đình", "condition": {"all": [{"field": "wishes", "op": "in", "value": ["cu_tru", "bhyt"]}]}, "fields": [
            {"key": "about", "type": "note", "label": "Khai những người cùng hộ."},
            {"key": "family", "type": "rows", "label": "Thành viên", "max": 4, "fields": [
                {"key": "member", "type": "text", "label": "Họ tên", "required": True},
                {"key": "works", "type": "yes_no", "label": "Có việc làm"},
                {"key": "employer", "type": "text", "label": "Nơi làm việc", "required": True, "condition": {
                    "all": [{"field": "works", "op": "equals", "value": True}, {"field": "married", "op": "set"}]}}]},
            {"key": "proof", "type": "file", "label": "Giấy chứng sinh", "paper": 2},
            {"key": "remarks", "type": "long_text", "label": "Ghi chú"},
        ]}]}


def answers() -> dict[str, Any]:
    """Good answers to it, as a program sends them."""
    return {"child": "Trần Thị Mẫu", "born_on": "2026-11-01", "sex": "nu", "place": "31135", "weight": 3.2, "copies": 2, "copy_fee": 16000,
            "married": True, "certificate": "12/2020", "mother_id": "092190000001", "phone": "0912345678", "email": "mau@vidu.vn",
            "wishes": ["bhyt"], "house": "Số 1",
            "family": [{"member": "Trần Văn Mẫu", "works": True, "employer": "Xưởng Mẫu"}, {"member": "Lê Thị Mẫu"}],
            "proof": "chung-sinh.pdf", "remarks": "Dòng một\nDòng hai"}


WORDS = st.text(alphabet="abcđêộ ựABC09-?“”.", min_size=1, max_size=20).map(lambda text: f"m{text}")
SAMPLES: dict[str, Any] = {
    "text": "a1", "area": "31135", "yes_no": True, "integer": 3, "decimal": 2.5, "money": 1000, "date": "2020-02-29"}


@st.composite
def fields(draw: st.DrawFn, number: int, earlier: list[dict[str, Any]], inside: bool = False) -> dict[str, Any]:
    """A field that may ask an earlier one."""
    kind = draw(st.sampled_from([name for name in TYPES if not (inside and name in NOT_IN_ROWS)]))
    made: dict[str, Any] = {"key": f"k{number}", "type": kind, "label": draw(WORDS), "required": draw(st.booleans())}
    if kind in ("choice", "choices"):
        made["options"] = [{"value": f"v{place}", "label": draw(WORDS)} for place in range(draw(st.integers(1, 9)))]
    if kind == "text" and draw(st.booleans()):
        made["pattern"] = draw(st.sampled_from(sorted(PATTERNS)))
    if kind in ("integer", "decimal", "money") and draw(st.booleans()):
        made |= {"min": draw(st.integers(-5, 5)), "max": draw(st.integers(6, 10**9))}
    if kind == "date" and draw(st.booleans()):
        made["max"] = "today"
    if kind == "file":
        made["paper"] = draw(st.integers(1, 3))
    if draw(st.booleans()):
        condition = draw(conditions(earlier))
        made |= {"condition": condition} if condition else {}
    if kind == "rows":
        inner: list[dict[str, Any]] = []
        for place in range(draw(st.integers(1, 3))):
            inner.append(draw(fields(number * 100 + place, [*earlier, *inner], inside=True)))
        made |= {"fields": inner, "max": draw(st.integers(1, 4))}
    return made


@st.composite
def conditions(draw: st.DrawFn, earlier: list[dict[str, Any]]) -> dict[str, Any] | None:
    """A condition on earlier fields, or None where none can be asked."""
    askable = [field for field in earlier if ASKED_WITH[field["type"]]]
    if not askable:
        return None
    tests = []
    for field in draw(st.lists(st.sampled_from(askable), min_size=1, max_size=3)):
        operator = draw(st.sampled_from(ASKED_WITH[field["type"]]))
        value = draw(st.sampled_from(field["options"]))["value"] if "options" in field else SAMPLES.get(field["type"])
        wanted = {} if operator == "set" else {"value": [value] if operator == "in" else value}
        tests.append({"field": field["key"], "op": operator, **wanted})
    return {draw(st.sampled_from(["all", "any"])): tests}


@st.composite
def schemas(draw: st.DrawFn) -> dict[str, Any]:
    """A form of a few sections with conditions on earlier fields."""
    earlier: list[dict[str, Any]] = []
    sections = []
    for _number in range(draw(st.integers(1, 3))):
        section: dict[str, Any] = {"title": draw(WORDS), "help": draw(st.one_of(st.just(""), WORDS))}
        condition = draw(conditions(earlier)) if draw(st.booleans()) else None
        section |= {"condition": condition} if condition else {}
        section["fields"] = []
        for _place in range(draw(st.integers(1, 4))):
            field = draw(fields(len(earlier) + 1, list(earlier)))
            section["fields"].append(field)
            earlier.append(field)
        sections.append(section)
    return {"version": 1, "sections": sections}


KEYS = [*(f"k{number}" for number in range(1, 9)), "k100", "k200", "k201"]
GARBAGE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30) | st.sampled_from(
        ["31135", "true", "v1", "2020-02-29", "1.250,5", "0912 345 678", "a@b.vn", "092190000001", "Tân An", "m", "03/04/2021", "12 đ"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8) | st.sampled_from(KEYS), inner, max_size=5),
    max_leaves=12)
PLAUSIBLE = st.dictionaries(st.sampled_from([f"k{n}" for n in range(1, 13)]), GARBAGE, max_size=12)
