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


@pytest.mark.parametrize(("text", "day"), [("20/04/2020", date(2020, 4, 20)), ("2020-04-20 08:00", date(2020, 4, 20)),
                                           ("20.4.2020", date(2020, 4, 20)),
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


SHEET = "xl/worksheets/sheet1.xml"


def patched(name, change):
    """A workbook of one waybill, one of its parts changed."""
    book = Workbook()
    book.active.append(["Mã bưu gửi", "Cước"])
    book.active.append([123456789012, 31500])
    out, changed = io.BytesIO(), io.BytesIO()
    book.save(out)
    with zipfile.ZipFile(io.BytesIO(out.getvalue())) as old, zipfile.ZipFile(changed, "w") as new:
        for part in old.namelist():
            new.writestr(part, change(old.read(part)) if part == name else old.read(part))
    return changed.getvalue()


@pytest.mark.parametrize("change", [lambda body: body[:len(body) // 2], lambda body: b"x", lambda body: b"",
                                    lambda body: body.replace(b"<v>31500<", b"<v>abc<")])
def test_a_damaged_workbook_is_told_never_an_error_of_the_job(change):
    with pytest.raises(Unreadable):
        read(patched(SHEET, change))


def test_a_workbook_with_a_damaged_stream_is_told():
    content = bytearray(patched("", bytes))
    for place in range(0, len(content), 61):
        damaged = bytearray(content)
        damaged[place] ^= 0xFF
        try:
            read(bytes(damaged))
        except Unreadable:
            continue


def test_a_size_that_is_too_small_hides_no_column():
    found = read(patched(SHEET, lambda body: body.replace(b'<dimension ref="A1:B2"', b'<dimension ref="A1"')))
    assert found[1:] == [Line(2, "123456789012", 31500, None)]


@pytest.mark.parametrize("stored", [b"123456789012.0", b"1.23456789012E11"])
def test_a_waybill_of_digits_gets_no_further_digit(stored):
    found = read(patched(SHEET, lambda body: body.replace(b"<v>123456789012<", b"<v>" + stored + b"<")))
    assert found[1:] == [Line(2, "123456789012", 31500, None)]


def test_a_remark_is_no_line_of_sums():
    found = read("Mã bưu gửi;Cước;Ghi chú\nEB123456789VN;31500;Tổng\nTổng cộng;31500;\n2;31500;Cộng\n".encode())
    assert found[1:] == [Line(2, "EB123456789VN", 31500, None)]


def test_unicode_text_of_a_spreadsheet():
    assert read("Mã bưu gửi\tCước\nE1\t31.500\n".encode("utf-16"))[1:] == [Line(2, "E1", 31500, None)]


def test_fifty_thousand_rows_are_never_in_memory_together():
    content = ("Mã bưu gửi;Cước\n" + "\n".join(f"EB{number:09d}VN;31500" for number in range(50_000))).encode()
    file = io.BytesIO(content)
    tracemalloc.start()
    total = sum(1 for item in statements.read(file, most=50_000) if isinstance(item, Line))
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert total == 50_000
    assert peak < 2_000_000
