"""Parts of an SMS: GSM 03.38 with its extension table, UCS-2 beyond it."""
import pytest
from hypothesis import given
from hypothesis import strategies as st

from onestop.notify.segments import BASIC, EXTENSION, count, without_marks

gsm = st.text(alphabet=st.sampled_from(sorted(BASIC | EXTENSION)), max_size=700)
anything = st.text(alphabet=st.characters(blacklist_categories=("Cs",)), max_size=500)


@pytest.mark.parametrize(("text", "parts", "encoding", "characters"), [
    ("", 0, "gsm", 0),
    ("a" * 160, 1, "gsm", 160),
    ("a" * 161, 2, "gsm", 161),
    ("a" * 306, 2, "gsm", 306),
    ("a" * 307, 3, "gsm", 307),
    ("€" * 80, 1, "gsm", 160),
    ("€" * 81, 2, "gsm", 162),
    ("a" * 152 + "€" + "a" * 152, 3, "gsm", 306),  # the pair is not torn: 152, 2 + 151, 1
    ("đ" * 70, 1, "ucs2", 70),
    ("đ" * 71, 2, "ucs2", 71),
    ("đ" * 134, 2, "ucs2", 134),
    ("đ" * 135, 3, "ucs2", 135),
    ("😀" * 35, 1, "ucs2", 70),
    ("😀" * 36, 2, "ucs2", 72),
    ("đ" * 66 + "😀" + "đ" * 66, 3, "ucs2", 134),
    ("Mời Ông/Bà", 1, "ucs2", 10),
    ("à la ò", 1, "gsm", 6),
])
def test_boundaries(text: str, parts: int, encoding: str, characters: int) -> None:
    counted = count(text)
    assert (counted.parts, counted.encoding, counted.characters) == (parts, encoding, characters)


@given(gsm)
def test_the_alphabet_stays_in_septets_and_parts_hold_what_they_say(text: str) -> None:
    counted = count(text)
    assert counted.encoding == "gsm"
    assert counted.characters == sum(2 if char in EXTENSION else 1 for char in text)
    most = 160 if counted.parts <= 1 else 153 * counted.parts
    least = 0 if counted.parts == 0 else 1 if counted.parts == 1 else max(161, 152 * (counted.parts - 1))
    assert least <= counted.characters <= most


@given(anything)
def test_one_strange_letter_makes_all_ucs2(text: str) -> None:
    counted = count(text + "ế")
    assert counted.encoding == "ucs2"
    assert counted.characters == len((text + "ế").encode("utf-16-be", "surrogatepass")) // 2
    assert counted.parts == 1 if counted.characters <= 70 else counted.parts >= -(-counted.characters // 67)


@given(anything, anything)
def test_more_text_never_has_fewer_parts(first: str, second: str) -> None:
    assert count(first + second).parts >= count(first).parts


@given(anything)
def test_plain_is_the_text_without_marks(text: str) -> None:
    assert count(text, plain=True) == count(without_marks(text))
    assert without_marks(without_marks(text)) == without_marks(text)


def test_vietnamese_without_marks_is_cheaper() -> None:
    text = "Hồ sơ của Ông/Bà đã có kết quả. Mời nhận tại Bộ phận Một cửa – “đúng hẹn”…"
    assert count(text).parts == 2
    assert count(text, plain=True).encoding == "gsm"
    assert count(text, plain=True).parts == 1
