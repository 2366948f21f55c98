"""The files exchanged with carriers: the same rows give the same bytes, no cell is a formula, each bad row is named."""
from datetime import timedelta
from uuid import UUID

import pytest

from onestop import clock
from onestop.sheets import Unreadable, rows
from postal import manifests
from postal.carriers import mapping
from postal.manifests import Fault, Told, moment_of

KEY = "7f1c0a52-6d0e-4d0b-8f6a-0d4f7f0d6a11"
HEAD = "Mã yêu cầu;Mã bưu gửi;Trạng thái;Thời điểm;Ghi chú;Người ký nhận\r\n"


def told(text: str, most: int = 10) -> list[Told | Fault]:
    return list(manifests.read((HEAD + text).encode(), most=most))


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_the_same_rows_give_the_same_bytes_and_nothing_is_a_formula(kind):
    lines = [["=1+1", "+84", "-2", "@x", "Nguyễn Thị Ánh", "thường", "7", "", "a;b", 'c"d']] * 3
    first = manifests.written(kind, manifests.HEADER, lines)
    assert first == manifests.written(kind, manifests.HEADER, lines)
    head, line, *_rest = rows(first)
    assert tuple(head) == manifests.HEADER
    assert [cell.lstrip("'") for cell in line] == lines[0]
    if kind == "csv":
        assert b"\n=1" not in first and b";+84" not in first
        assert first.startswith(b"\xef\xbb\xbf")


def test_a_row_is_read_with_our_id_or_the_waybill():
    one, other = told(f"{KEY};;DA_NHAN;25/11/2026 16:20;Vắng nhà;\r\n;BT1VN;PHAT_TC;2026-11-25T17:00:00+07:00;;Nguyễn Văn Nhận\r\n")
    assert isinstance(one, Told) and isinstance(other, Told)
    assert (one.row, one.shipment, one.status, one.note) == (2, UUID(KEY), "DA_NHAN", "Vắng nhà")
    assert f"{one.happened_at:%H:%M %z}" == "16:20 +0700"
    assert (other.shipment, other.waybill, other.received_by) == (None, "BT1VN", "Nguyễn Văn Nhận")


def test_the_same_word_of_the_same_moment_is_one_event_in_any_file():
    first, second, later = told(f"{KEY};;A;25/11/2026 16:20;;\r\n{KEY};;A;2026-11-25T16:20;x;\r\n{KEY};;A;25/11/2026 16:21;;\r\n")
    assert first.event_id == second.event_id != later.event_id


@pytest.mark.parametrize(("line", "words"), [
    (f"{KEY};;;25/11/2026 16:20;;", "Thiếu trạng thái"), (f"{KEY};;A;hôm qua;;", "Thời điểm"), ("nein;;A;25/11/2026 16:20;;", "Mã yêu cầu"),
    (";;A;25/11/2026 16:20;;", "Mã yêu cầu"), (f"{KEY};;{'x' * 41};25/11/2026 16:20;;", "dài hơn 40"),
    (f"{KEY};;A;31/02/2026 10:00;;", "Thời điểm"),
    (f"{KEY};;A;0001-01-01T00:00;;", "Thời điểm"), ("x;BT1;A;25/11/2026 16:20;;", "Mã yêu cầu")])
def test_a_bad_row_is_named_with_its_number_and_the_others_are_read(line, words):
    good, bad = told(f"{KEY};;A;25/11/2026 16:20;;\r\n\r\n{line}\r\n")
    assert isinstance(good, Told) and isinstance(bad, Fault)
    assert bad.row == 4 and words in bad.sentence


@pytest.mark.parametrize("content", [b"", b"a;b\r\n1;2", b"PK\x03\x04nichts", b"\xff\xfe\xff", b"Tr\xc3\xa1i;x",
                                     (HEAD + f"{KEY};;A;25/11/2026 16:20;;\r\n" * 3).encode()])
def test_what_is_no_such_file_is_refused_whole(content):
    with pytest.raises(Unreadable):
        list(manifests.read(content, most=2))


def test_moments_of_people_programs_and_spreadsheets_are_viet_nams():
    expected = clock.at(clock.at(clock.today()).date().replace(year=2026, month=11, day=25), 16, 20)
    for text in ("25/11/2026 16:20", "16:20 25/11/2026", "2026-11-25T16:20:00+07:00", "2026-11-25 16:20", "2026-11-25T09:20:00Z",
                 "46351.6805555556"):
        assert moment_of(text) == expected, text
    assert moment_of("46351") == expected - timedelta(hours=16, minutes=20)


def test_names_of_a_carrier_are_checked():
    assert mapping.paths({"id": "don.ma", "carrier": "", "point": "-", "waybill": "waybill"}) == {"id": "don.ma", "point": ""}
    for wrong in ({"id": "a b"}, {"id": "a..b"}, {"id": "x", "carrier": "x"}, {"id": "x", "carrier": "x.y"},
                  {"id": "carrier", "carrier": ""}, {"id": "a", "carrier": "a.b", "point": "a-c"}):
        with pytest.raises(mapping.Wrong):
            mapping.paths(wrong)
    with pytest.raises(mapping.Wrong):
        mapping.paths({"id": "-"}, needed=("id",))


def test_hours_and_times_are_checked():
    assert mapping.spans("7:00-11:30, 13:30 – 17:00") == [["07:00", "11:30"], ["13:30", "17:00"]]
    assert (mapping.spans(""), mapping.times("15:30,9:00, 15:30")) == ([], ["09:00", "15:30"])
    for wrong in ("7-11", "11:00-07:00", "07:00-11:00, 10:00-12:00", "25:00-26:00", "07:00-07:00"):
        with pytest.raises(mapping.Wrong):
            mapping.spans(wrong)
    for wrong in ("halb acht", "24:30", "9"):
        with pytest.raises(mapping.Wrong):
            mapping.times(wrong)
