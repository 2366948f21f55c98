"""A carrier's file is read as it comes: any usual way of writing an amount of whole đồng, and nothing else; row by row."""
import io
import tracemalloc
import zipfile
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook

from onestop.people import shown
from onestop.sheets import Unreadable
from postal import statements
from postal.statements import Columns, Fault, Line


@given(st.integers(0, 99_999_999))
def test_every_usual_way_of_writing_an_amount(number):
    dotted = shown.number(number)
    for text in (number, float(number), str(number), dotted, dotted.replace(".", ","), f"{dotted} đ", f"{number},00", f"{number} VND"):
        assert statements.amount(text) == number, text


@given(st.text(max_size=12) | st.floats() | st.none() | st.booleans())
def test_an_amount_is_a_whole_number_or_nothing(value):
    found = statements.amount(value)
    assert found is None or (type(found) is int and found >= 0)


@pytest.mark.parametrize("value", [True, 10.5, "10.5", "31.5000", "-5", "=1+1", "", None, float("nan"), float("inf"), "1e5", "٣٠٠"])
def test_what_is_no_amount(value):
    assert statements.amount(value) is None


@pytest.mark.parametrize(("text", "day"), [("20/04/2020", date(2020, 4, 20)), ("2020-04-20 08:00", date(2020, 4, 20)), ("20.4.2020", date(2020, 4, 20)),
                                           ("31/02/2020", None), ("", None), (None, None), (date(2020, 4, 20), date(2020, 4, 20))])
def test_days(text, day):
    assert statements.day(text) == day


def test_a_waybill_is_letters_and_digits():
    assert statements.waybill(" eb 123-456.789 vn ") == "EB123456789VN"


def read(content, **more):
    return list(statements.read(io.BytesIO(content), most=100, **more))


@pytest.mark.parametrize("separator", [";", ",", "\t", "|"])
def test_any_separator(separator):
    found = read(separator.join(("Số vận đơn", "Cước")).encode() + b"\n" + separator.join(("E1", "5000")).encode())
    assert found == [Columns({"waybill": 0, "amount": 1}, {"waybill": "Số vận đơn", "amount": "Cước"}, 1), Line(2, "E1", 5000, None)]


def test_empty_rows_and_sums_are_passed_over_and_short_rows_are_told():
    found = read("Mã bưu gửi;Cước\n\n;;\nE1\nTổng cộng;5\nE2;7".encode())[1:]
    assert [type(item) for item in found] == [Fault, Line]
    assert (found[0].row, found[1].row) == (4, 6)


def test_a_workbook_that_declares_entities_is_not_opened():
    book = Workbook()
    book.active.append(["Mã bưu gửi", "Cước"])
    out = io.BytesIO()
    book.save(out)
    changed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(out.getvalue())) as old, zipfile.ZipFile(changed, "w") as new:
        for name in old.namelist():
            body = old.read(name)
            if name.endswith("sheet1.xml"):
                body = b'<!DOCTYPE x [<!ENTITY a "b">]>' + body
            new.writestr(name, body)
    with pytest.raises(Unreadable):
        read(changed.getvalue())


def test_fifty_thousand_rows_are_never_in_memory_together():
    content = ("Mã bưu gửi;Cước\n" + "\n".join(f"EB{number:09d}VN;31500" for number in range(50_000))).encode()
    file = io.BytesIO(content)
    tracemalloc.start()
    total = sum(1 for item in statements.read(file, most=50_000) if isinstance(item, Line))
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert total == 50_000
    assert peak < 2_000_000
