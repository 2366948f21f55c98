"""Uploaded lists: each line is usable or told why not; files that are no lists are refused with a sentence."""
import io
import tracemalloc
import zipfile

import pytest

from bookings import lists
from onestop import sheets

HEAD = "Họ và tên;Số điện thoại;Số định danh cá nhân;Ghi chú\r\n"


def read(text, encoding="utf-8-sig", most=100):
    return lists.read("ds.csv", text.encode(encoding), most=most)


def workbook(rows, formula=False):
    """A small XLSX with inline strings and one shared string."""
    cells = []
    for number, row in enumerate(rows, 1):
        inner = "".join(
            f'<c r="{chr(65 + place)}{number}"><v>{value}</v></c>' if isinstance(value, int) else
            f'<c r="{chr(65 + place)}{number}" t="inlineStr"><is><t>{value}</t></is></c>' for place, value in enumerate(row) if value != "")
        cells.append(f'<row r="{number}">{inner}</row>')
    if formula:
        cells.append('<row r="9"><c r="A9"><f>HYPERLINK("x")</f><v>Mẫu</v></c><c r="B9"><v>912345678</v></c></row>')
    sheet = f'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{"".join(cells)}</sheetData></worksheet>'
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as book:
        book.writestr("[Content_Types].xml", "<Types/>")
        book.writestr("xl/worksheets/sheet1.xml", sheet)
    return out.getvalue()


def test_good_lines_are_people():
    found = read(HEAD + "Nguyễn Văn Mẫu;0912 345 678;;đợt 1\r\nTrần Thị Thử;+84 912 345 679;012345678901;\r\n")
    assert [(item.row, item.full_name, item.phone, item.citizen_id, item.note) for item in found.people] == [
        (2, "Nguyễn Văn Mẫu", "0912345678", "", "đợt 1"), (3, "Trần Thị Thử", "0912345679", "012345678901", "")]
    assert not found.left_out


def test_each_bad_line_is_told():
    found = read(HEAD + ";0912345678;;\r\nMẫu Một;12;;\r\nMẫu Hai;0912345678;abc;\r\n=cmd();0912345678;;\r\nMẫu Ba;0912345670;;=1+1\r\n"
                 "\r\nMẫu Bốn;0912345671;;\r\nMAU BON;0912345671;;\r\n")
    assert [person.full_name for person in found.people] == ["Mẫu Bốn"]
    assert [line for line, _sentence in found.left_out] == [2, 3, 4, 5, 6, 9]
    assert "dòng 8" in found.left_out[-1][1] and "công thức" in found.left_out[3][1]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("separator", [";", ",", "\t"])
def test_encodings_and_separators(encoding, separator):
    text = f"Họ tên{separator}SĐT\nNguyễn Thị Ánh{separator}0912345678\n"
    assert read(text, encoding).people[0].full_name == "Nguyễn Thị Ánh"


@pytest.mark.parametrize(("content", "words"), [
    ("Họ tên;SĐT\nMẫu;0912345678".encode("cp1258", "replace"), "UTF-8"), (b"", "Dòng đầu"), (b"a;b\n1;2", "Dòng đầu"), (b"\0\0\0", "CSV"),
    (b"PK\x03\x04rubbish", "hỏng"), (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1xls", ".xls"), (b"\xff\xfe\x00", "UTF-8")])
def test_what_is_no_list_is_refused(content, words):
    with pytest.raises(lists.Unreadable) as refused:
        lists.read("x", content, most=10)
    assert words in str(refused.value)


def test_too_many_lines_are_refused():
    with pytest.raises(lists.Unreadable):
        read(HEAD + "".join(f"Mẫu Thử;09{number:08d};;\n" for number in range(12)), most=10)


def test_a_workbook_is_read_and_keeps_leading_zeros():
    found = lists.read("ds.xlsx", workbook([["Họ và tên", "Số điện thoại", "CCCD"], ["Mẫu Một", 912345678, 92345678901],
                                            ["", "", ""], ["Mẫu Hai", "0912345679", ""]], formula=True), most=50)
    assert [(item.row, item.phone, item.citizen_id) for item in found.people] == [(2, "0912345678", "092345678901"), (4, "0912345679", "")]
    assert [line for line, _sentence in found.left_out] == [9]


def test_a_workbook_with_entities_is_not_opened():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as book:
        book.writestr("xl/worksheets/sheet1.xml", '<!DOCTYPE a [<!ENTITY b "c">]><worksheet/>')
    with pytest.raises(lists.Unreadable):
        lists.read("x.xlsx", out.getvalue(), most=10)


def test_the_template_is_itself_readable():
    assert lists.read("mau.csv", lists.template(), most=10).people == []


def sheet(inner):
    """A workbook of whatever stands in its sheet."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as book:
        book.writestr("xl/worksheets/sheet1.xml", '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
                                                  f"<sheetData>{inner}</sheetData></worksheet>")
    return out.getvalue()


def test_empty_lines_below_the_list_are_no_people():
    names = '<row r="1"><c r="A1" t="inlineStr"><is><t>Họ tên</t></is></c><c r="B1" t="inlineStr"><is><t>SĐT</t></is></c></row>'
    person = '<row r="2"><c r="A2" t="inlineStr"><is><t>Mẫu Một</t></is></c><c r="B2"><v>912345678</v></c></row>'
    styled = "".join(f'<row r="{number}"><c r="A{number}" s="3"/></row>' for number in range(3, 500))
    found = lists.read("ds.xlsx", sheet(names + person + styled + '<row r="1048576"><c r="A1048576" s="3"/></row>'), most=10)
    assert [item.full_name for item in found.people] == ["Mẫu Một"]
    assert len(read(HEAD + "Mẫu Một;0912345678;;\r\n" + ";;;\r\n" * 400, most=10).people) == 1


def test_a_workbook_of_millions_of_cells_is_not_built_up():
    with pytest.raises(lists.Unreadable) as refused:
        lists.read("ds.xlsx", sheet("<row>" + "<c/>" * 3_000_000 + "</row>"), most=10)
    assert "quá lớn" in str(refused.value)


@pytest.mark.parametrize("inner", ['<row r="x"/>', '<row r="1"><c r="A1" t="s"><v>7</v></c></row>',
                                   '<row r="1"><c r="A1"><v>abc</v></c></row>', '<row r="1"><c r="ZZZZ1"/></row>', "<row>" * 2000,
                                   f'<row r="{"9" * 5000}"/>',
                                   f'<row r="1"><c r="A1"><v>{"9" * 400}</v></c></row>', '<row r="1"><c t="s"><v>-1</v></c></row>'])
def test_odd_workbooks_are_refused_with_a_sentence(inner):
    with pytest.raises(lists.Unreadable):
        lists.read("ds.xlsx", sheet(inner), most=10)


@pytest.mark.parametrize("name", ["Mẫu\0Một", "Mẫu\u202eMột", "=HYPERLINK(1)",
                                  "＝cmd", "\u200b=cmd()", " =cmd()", "Mẫu 1", "٣٤٥", "x" * 10_000])
def test_odd_names_are_cleaned_or_left_out(name):
    quoted = name.replace('"', '""')
    try:
        found = read(HEAD + f'"{quoted}";0912345678;;\r\n')
    except lists.Unreadable:
        return
    assert all(person.full_name.isprintable() and person.full_name[0].isalpha() and len(person.full_name) <= 120 for person in found.people)


def test_a_list_of_fifty_thousand_with_many_columns_is_read_as_it_streams_by():
    cells = "".join(f'<c r="{letter}{{0}}" t="inlineStr"><is><t>Mẫu {{0}}</t></is></c>' for letter in "ABCDE")
    content = sheet("".join(f'<row r="{number}">{cells.format(number)}</row>' for number in range(1, 50_001)))
    tracemalloc.start()
    many = sum(1 for row in sheets.rows(content) if len(row) == 5)
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert many == 50_000
    assert peak < 8 * 1024 * 1024, "the sheet is never built up"


@pytest.mark.parametrize("cells, text", [
    ('<c t="inlineStr"><is><r><t>Mẫu</t></r><rPh><t>trên</t></rPh><r><t> Một</t></r></is></c>', "Mẫu Một"),
    ('<c t="str"><f>A1</f><v>Mẫu</v></c>', "="), ('<c t="str"><v>Mẫu</v></c>', "Mẫu"), ('<c><v>912345678.0</v></c>', "912345678"),
    ('<c><v>1.5</v></c>', "1.5"), ('<c t="inlineStr"><is/></c>', ""), ("<c/>", "")])
def test_a_cell_is_read_as_what_is_seen(cells, text):
    assert list(sheets.rows(sheet(f"<row>{cells}</row>"))) == [[text]]


def test_a_cell_longer_than_a_cell_can_be_is_refused():
    with pytest.raises(sheets.Unreadable):
        list(sheets.rows(sheet(f'<row><c t="inlineStr"><is><t>{"x" * 40_000}</t></is></c></row>')))
