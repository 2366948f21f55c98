"""One line of the national format: what is taken in, what is a problem, what is refused."""
import json
import random
import unicodedata
from decimal import Decimal
from typing import Any

import pytest

from onestop.catalogue.national import BadLine, Parsed, parse_line
from tests.catalogue.conftest import channel, line


def parsed(**changes: Any) -> Parsed:
    return parse_line(json.dumps(line(**changes), ensure_ascii=False))


def problems(**changes: Any) -> list[tuple[str, str]]:
    return [(trouble.problem, trouble.channel) for trouble in parsed(**changes).troubles]


def test_a_good_line_has_no_problem():
    found = parsed(cach_thuc=[channel(amount=1.5), channel("Dịch vụ bưu chính", 2, "Tháng"), channel("Trực tiếp", 8, "Giờ", 10.0, "USD")])
    assert found.troubles == ()
    assert [(term.channel, term.amount, term.unit) for term in found.terms] == [
        ("online", Decimal("1.5"), "working_day"), ("postal", Decimal(2), "month"), ("in_person", Decimal(8), "hour")]
    assert (found.terms[2].fee_amount, found.terms[2].fee_currency) == (Decimal("10.0"), "USD")
    assert found.levels == ("commune",)


def test_days_are_calendar_days_unless_they_are_working_days():
    assert parsed(cach_thuc=[channel(unit="Ngày")]).terms[0].unit == "calendar_day"


@pytest.mark.parametrize(("row", "problem"), [
    (channel(unit=""), "no_unit"), (channel(amount=None, unit=""), "no_term"), (channel(amount=0), "bad_term"),
    (channel(amount=-1), "bad_term"), (channel(amount="năm"), "bad_term"), (channel(amount=True), "bad_term"),
    (channel(amount=[]), "bad_term"), (channel(amount=1e300), "bad_term"), (channel(amount=0.333), "bad_term"),
    (channel(unit="Tuần"), "bad_term"), (channel(unit=7), "bad_term"), (channel(fee=5, currency="%"), "fee_percent"),
    (channel(fee="5%"), "fee_percent"), (channel(fee=100000, currency=""), "fee_currency"),
    (channel(fee=100000, currency="EUR"), "fee_currency"),
    (channel(fee=-1), "bad_fee"), (channel(fee=5), "bad_fee"), (channel(fee={}), "bad_fee"), (channel(fee=10**400), "bad_fee"),
])
def test_what_can_not_be_understood_is_a_problem_of_its_channel(row: dict[str, Any], problem: str):
    assert problems(cach_thuc=[row]) == [(problem, "online")]


def test_a_fee_that_is_not_stated_is_unknown_and_not_free():
    term = parsed(cach_thuc=[channel(fee=None, currency="")]).terms[0]
    assert term.fee_amount is None


def test_channels_missing_unknown_and_repeated():
    assert problems(cach_thuc=[]) == [("no_channel", "")]
    assert problems(cach_thuc=[channel("Qua fax"), channel()]) == [("unknown_channel", "")]
    assert problems(cach_thuc=[channel(), channel(amount=9)]) == [("repeated", "online")]
    assert problems(cach_thuc=[channel(), channel()]) == []


def test_name_and_level_missing():
    assert problems(ten_thu_tuc="") == [("no_name", "")]
    assert problems(cap_thuc_hien=[]) == [("no_level", "")]
    assert problems(cap_thuc_hien=["Cấp thôn", "Cấp xã"]) == [("no_level", "")]


@pytest.mark.parametrize(("text", "field"), [
    (b"{", ""), (b"[]", ""), (b"null", ""), (b'"x"', ""), (b"\xff\xfe", ""), (b'{"a": NaN}', ""), (b'{"ma_thu_tuc": "1", "x": 1e999}', ""),
    (b"[" * 100_000, ""), (b"{}", "ma_thu_tuc"), (b'{"ma_thu_tuc": 7}', "ma_thu_tuc"), (b'{"ma_thu_tuc": "  "}', "ma_thu_tuc"),
    (json.dumps(line(code="1" * 41)).encode(), "ma_thu_tuc"), (json.dumps(line(name=5)).encode(), "ten_thu_tuc"),
    (json.dumps(line(cach_thuc="x")).encode(), "cach_thuc"), (json.dumps(line(cach_thuc=["x"])).encode(), "cach_thuc"),
    (json.dumps(line(doi_tuong=[1])).encode(), "doi_tuong"), (json.dumps(line(linh_vuc="x" * 201)).encode(), "linh_vuc"),
])
def test_a_line_of_the_wrong_shape_is_refused_with_its_field(text: bytes, field: str):
    with pytest.raises(BadLine) as refused:
        parse_line(text)
    assert refused.value.field == field


def test_junk_never_raises_anything_else():
    """Values swapped for anything at all: either a procedure or BadLine."""
    dice = random.Random(20260101)
    junk: list[Any] = [None, True, -1, 0, 1.5, 10**30, "", " ", "\x00\u0300", "\ud800", "5%", [], [[]], {}, {"hinh_thuc": None},
                       "x" * 5000, [None], "Ngày"]
    for _round in range(3000):
        made = line()
        for _change in range(dice.randint(1, 4)):
            rows = made["cach_thuc"] if isinstance(made["cach_thuc"], list) else []
            target = dice.choice([made, *(row for row in rows if isinstance(row, dict))])
            target[dice.choice(list(target))] = dice.choice(junk)
        try:
            found = parse_line(json.dumps(made))
        except BadLine:
            continue
        json.dumps(found.source).encode()
        assert "\x00" not in found.name


def test_composed_and_decomposed_text_are_the_same_line():
    text = json.dumps(line(), ensure_ascii=False)
    assert parse_line(unicodedata.normalize("NFD", text)).digest == parse_line(text).digest
    spaced = json.dumps(dict(reversed(line().items())), ensure_ascii=False, indent=1)
    assert parse_line(spaced).digest == parse_line(text).digest
