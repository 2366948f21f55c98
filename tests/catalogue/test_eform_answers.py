"""What a citizen fills in, type by type, and what people read of it."""
from datetime import date

import pytest
from django.http import QueryDict

from onestop.catalogue import eforms
from onestop.catalogue.eforms import areas
from tests.catalogue.eform_schemas import answers, birth

TODAY = date(2026, 11, 25)


def one(kind, value, **facts):
    """(answer, error) of a single field."""
    schema = {"version": 1, "sections": [{"title": "Phần", "fields": [{"key": "x", "type": kind, "label": "X", **facts}]}]}
    assert eforms.check(schema) == []
    cleaned = eforms.clean(schema, {"x": value}, today=TODAY)
    return cleaned.answers.get("x"), bool(cleaned.errors)


OPTIONS = {"options": [{"value": "a", "label": "Một"}, {"value": "b", "label": "Hai"}]}
GOOD = [
    ("text", "  Nguyễn   Văn\u0000 A ", {}, "Nguyễn Văn A"), ("text", "Đỗ-Lê", {"pattern": "letters"}, "Đỗ-Lê"),
    ("text", "65A-123.45", {"pattern": "plate"}, "65A-123.45"), ("text", "0312345678-001", {"pattern": "tax_code"}, "0312345678-001"),
    ("text", "C1234567", {"pattern": "passport"}, "C1234567"), ("text", "12/QĐ-UBND", {"pattern": "code"}, "12/QĐ-UBND"),
    ("long_text", "một\r\n\r\n\r\n\r\nhai ", {}, "một\n\nhai"), ("integer", "1.250.000", {}, 1250000), ("integer", " -5 ", {}, -5),
    ("integer", 7.0, {}, 7), ("decimal", "1.250,5", {}, 1250.5), ("decimal", "1.250", {}, 1250), ("decimal", "85.25", {}, 85.25),
    ("decimal", 3.10, {}, 3.1), ("decimal", "2,50", {}, 2.5), ("money", "1.500.000 đ", {}, 1500000), ("money", "20000 đồng", {}, 20000),
    ("date", "5/3/2020", {}, "2020-03-05"), ("date", "2020-03-05", {"max": "today"}, "2020-03-05"),
    ("date", TODAY, {"min": "today", "max": "today"}, "2026-11-25"), ("yes_no", "Có", {}, True), ("yes_no", "false", {}, False),
    ("choice", "a", OPTIONS, "a"), ("choices", ["b", "a", "b"], OPTIONS, ["a", "b"]), ("choices", "b", OPTIONS, ["b"]),
    ("phone", "+84 912.345.678", {}, "0912345678"), ("email", "mau@vidu.vn", {}, "mau@vidu.vn"),
    ("citizen_id", "092 190 000 001", {}, "092190000001"), ("area", "Phường Ninh Kiều, Cần Thơ", {}, "31135"),
    ("area", "31135", {}, "31135"),
    ("area", "p. ninh kieu, tp can tho", {}, "31135"), ("area", "Cần Thơ", {"level": "province"}, "92"),
]
BAD = [
    ("text", "x" * 201, {}), ("text", "a", {"min": 3}), ("text", 5, {}), ("text", "A1", {"pattern": "letters"}), ("integer", "1,5", {}),
    ("integer", True, {}), ("integer", "9" * 40, {}), ("integer", 10**18, {}), ("integer", "3", {"min": 4}), ("decimal", "nan", {}),
    ("decimal", float("inf"), {}), ("decimal", "1.2.3", {}), ("decimal", "0,12345678", {}), ("decimal", True, {}), ("money", "-1", {}),
    ("money", 1.5, {}), ("date", "31/02/2020", {}), ("date", "26/11/2026", {"max": "today"}), ("date", "1800-01-01", {}),
    ("yes_no", "maybe", {}),
    ("choice", "c", OPTIONS), ("choice", ["a"], OPTIONS), ("choices", ["a", "zz"], OPTIONS), ("phone", "12", {}),
    ("phone", "٠٩١٢٣٤٥٦٧٨", {}),
    ("email", "mau@", {}), ("citizen_id", "123456789", {}), ("area", "Không Có Xã Này", {}), ("area", "Phường Tân An", {}),
    ("area", "92", {}), ("file", {"a": 1}, {"paper": 1}), ("rows", "x", {"fields": [{"key": "y", "type": "text", "label": "Y"}]}),
]


@pytest.mark.parametrize(("kind", "value", "facts", "wanted"), GOOD)
def test_good_answers(kind, value, facts, wanted):
    assert one(kind, value, **facts) == (wanted, False)
    assert one(kind, wanted, **facts) == (wanted, False)


@pytest.mark.parametrize(("kind", "value", "facts"), BAD)
def test_bad_answers(kind, value, facts):
    assert one(kind, value, **facts) == (None, True)


@pytest.mark.parametrize("kind", [
    "text", "long_text", "integer", "decimal", "money", "date", "yes_no", "phone", "email", "citizen_id", "area"])
def test_nothing_is_an_error_only_where_required(kind):
    for nothing in (None, "", "   ", [], {}):
        assert one(kind, nothing) == (None, False)
        assert one(kind, nothing, required=True) == (None, True)


def test_good_answers_pass_whole_and_are_told():
    cleaned = eforms.clean(birth(), answers(), today=TODAY)
    assert cleaned.errors == {} and cleaned.answers == answers() and cleaned.unknown == ()
    told = {line.label: line.value for section in eforms.shown(birth(), cleaned.answers) for line in section.lines}
    assert told["Ngày sinh"] == "01/11/2026" and told["Giới tính"] == "Nữ" and told["Cân nặng (kg)"] == "3,2"
    assert told["Nơi sinh"] == "Phường Ninh Kiều, Thành phố Cần Thơ" and told["Tiền bản sao"] == "16.000 đ"
    assert told["Thành viên (1)"] == "Họ tên: Trần Văn Mẫu; Có việc làm: Có; Nơi làm việc: Xưởng Mẫu"
    assert told["Nhận thêm"] == "Thẻ bảo hiểm y tế"


def test_a_hidden_field_is_neither_asked_nor_kept():
    sent = {**answers(), "married": False, "wishes": [], "place": ""}
    cleaned = eforms.clean(birth(), sent, today=TODAY)
    assert cleaned.errors == {}
    assert not {"certificate", "family", "house", "proof", "remarks"} & set(cleaned.answers)
    missing = eforms.clean(birth(), {"married": True}, today=TODAY)
    assert set(missing.errors) == {"child", "born_on", "sex", "certificate"}
    assert eforms.clean(birth(), {"married": True}, partial=True, today=TODAY).errors == {}


def test_rows_are_checked_one_by_one():
    sent = {**answers(), "family": [{"member": ""}, {"member": "A", "works": True}, {"works": "false"}]}
    cleaned = eforms.clean(birth(), sent, today=TODAY)
    assert set(cleaned.errors) == {"family.1.employer", "family.2.member"}
    assert cleaned.answers["family"] == [{"member": "A", "works": True}, {"works": False}]
    labels = eforms.error_rows(birth(), cleaned.errors)
    assert [(target, label) for target, label, _sentence in labels] == [
        ("id_a_family-1-employer", "Nơi làm việc (2)"), ("id_a_family-2-member", "Họ tên (3)")]
    assert "family" in eforms.clean(birth(), {**answers(), "family": [{"member": "A"}] * 5}, today=TODAY).errors


def test_a_page_and_a_program_send_the_same():
    page = QueryDict(mutable=True)
    for key, value in answers().items():
        if key == "family":
            for number, row in enumerate(value):
                page.update({f"a_family.{number * 3}.{name}": str(part).lower() if part is True else part for name, part in row.items()})
        elif isinstance(value, list):
            page.setlist(f"a_{key}", value)
        elif key != "proof":
            page[f"a_{key}"] = str(value).lower() if value is True else str(value)
    raw = eforms.with_files(birth(), page, {2: "chung-sinh.pdf", 1: "khac.pdf"})
    assert eforms.clean(birth(), raw, today=TODAY).answers == answers()
    assert eforms.clean(birth(), eforms.values_of(birth(), page), today=TODAY).answers == {
        key: value for key, value in answers().items() if key != "proof"}
    assert eforms.clean(birth(), {"child": "A", "who": 1, "a_x": 2}, partial=True).unknown == ("who",)


def test_a_file_counts_only_when_it_was_uploaded():
    schema = birth()
    schema["sections"][2]["fields"][2]["required"] = True
    assert "proof" in eforms.clean(schema, eforms.with_files(schema, {**answers(), "proof": "bịa.pdf"}, {}), today=TODAY).errors


def test_rows_are_added_and_removed_by_the_button():
    values = eforms.change_rows(birth(), {"a_family.0.member": "A", "a_family.0._row": "1"}, "add:family")
    assert values == {"family": [{"member": "A"}, {}]}
    assert eforms.change_rows(birth(), {}, "add:family") == {"family": [{}, {}]}
    assert eforms.change_rows(birth(), {"family": [{"member": "A"}, {"member": "B"}]}, "remove:family:0") == {"family": [{"member": "B"}]}
    for command in ("remove:family:9", "remove:family:-1", "add:child", "add:nothing", "", "remove:family:x"):
        assert eforms.change_rows(birth(), {"family": [{"member": "A"}]}, command) == {"family": [{"member": "A"}]}
    full = {"family": [{"member": "A"}] * 4}
    assert eforms.change_rows(birth(), full, "add:family") == full


def test_places_are_found_as_people_write_them():
    assert areas.name_of("31135") == "Phường Ninh Kiều, Thành phố Cần Thơ" and areas.name_of("x") == "x"
    assert len(areas.find("Tân An")) > 1 and areas.find("") == [] and len(areas.provinces()) == 34
    assert areas.suggest("ninh ki")[0].code == "31135" and areas.suggest("n") == []
    every = [place for place in areas.places().values() if areas.find(place.full_name, place.level) != [place]]
    assert not every, [place.full_name for place in every][:5]
