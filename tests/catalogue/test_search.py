"""Search: with or without tone marks, by code, by field, best first."""
import unicodedata

import pytest

from onestop.catalogue import queries
from onestop.catalogue.models import Procedure
from tests.catalogue.conftest import channel, line

BIRTH = "Thủ tục đăng ký khai sinh"


@pytest.fixture
def some(imported):
    imported(
        line("1.001193", BIRTH, cach_thuc=[channel(unit="")]),
        line("1.003583", "Thủ tục đăng ký khai sinh lưu động"),
        line("1.000656", "Thủ tục đăng ký khai tử"),
        line("2.000001", "Khai sinh hộ cấp tỉnh", cap_thuc_hien=["Cấp tỉnh"], cach_thuc=[channel("Trực tiếp")]),
        line("3.000001", "Tách thửa đất, sinh lợi từ khai hoang", linh_vuc="Đất đai"),
    )


def codes(*args, **kwargs):
    return [procedure.code for procedure in queries.search(*args, **kwargs)]


@pytest.mark.parametrize("q", ["khai sinh", "KHAI SINH", "khai  sinh ", "Khai Sinh", "đăng ký khai sinh", "dang ky khai sinh",
                               "Đăng ký KHAI sinh"])
def test_tone_marks_and_capitals_do_not_matter(some, q):
    found = codes(q)
    assert found.index("1.001193") < found.index("1.003583")
    assert codes(unicodedata.normalize("NFD", q)) == found


def test_the_phrase_comes_before_its_words_apart(some):
    assert codes("khai sinh") == ["2.000001", "1.001193", "1.003583", "3.000001"]


def test_by_code_and_by_field(some):
    assert codes("1.000656") == ["1.000656"]
    assert codes("dat dai") == ["3.000001"]
    assert codes("", field="đất đai") == codes("", field="Dat Dai") == ["3.000001"]
    assert codes("", field="Không có") == []


def test_by_level_channel_office_and_use(some, cast):
    assert codes("khai", level="province") == ["2.000001"]
    assert "2.000001" not in codes("khai", channel="online")
    assert "2.000001" not in codes("khai", office=cast.office)
    assert codes("khai", office=cast.centre) == ["2.000001"]
    assert "1.001193" not in codes("khai sinh", usable_only=True)
    assert queries.does(cast.office, Procedure.objects.get(code="1.001193"))
    assert not queries.does(cast.centre, Procedure.objects.get(code="1.001193"))
    assert "1.003583" in queries.procedures_at(cast.office).values_list("code", flat=True)


@pytest.mark.parametrize("q", ["%", "_", "\\", "'", '"', "\x00", "a" * 5000, " ".join("abcdefghijklmnopqrstuvwxyz"), "đ", "‎", "😀"])
def test_strange_words_find_nothing_or_something_but_never_fail(some, q):
    assert isinstance(codes(q), list)


def test_a_percent_sign_is_no_wildcard(some):
    assert codes("%") == []


def test_search_takes_one_query_more_for_a_field(some, django_assert_num_queries):
    with django_assert_num_queries(1):
        list(queries.search("khai sinh", level="commune", channel="online"))
