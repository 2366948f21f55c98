"""Vietnamese words: stored as NFC, compared without tone marks, however they were typed."""
import unicodedata

import pytest
from django import forms
from hypothesis import given
from hypothesis import strategies as st

from onestop.people import fields, shown
from onestop.people.words import clean, clean_lines, fold, mask_phone, person_key, phone_number

LETTERS = st.text(alphabet="aăâbcdđeêghiklmnoôơpqrstuưvxyÁÀẢÃẠĂẮẶÂẦẬĐÉÈÊẾỆÍỊÓÔỐỘƠỚỢÚỤƯỨỰÝỴ \t\u00a0\u0301", max_size=40)


@given(LETTERS)
def test_composed_and_decomposed_spellings_are_equal(text):
    composed, decomposed = unicodedata.normalize("NFC", text), unicodedata.normalize("NFD", text)
    assert clean(composed) == clean(decomposed)
    assert fold(composed) == fold(decomposed)
    assert unicodedata.is_normalized("NFC", clean(text))


@given(st.text(max_size=60))
def test_cleaning_twice_changes_nothing_more(text):
    assert clean(clean(text)) == clean(text)
    assert fold(fold(text)) == fold(text)
    assert clean_lines(clean_lines(text)) == clean_lines(text)
    assert "\x00" not in clean(text)


@pytest.mark.parametrize(("typed", "stored"), [
    ("0912345678", "0912345678"), ("+84 912 345 678", "0912345678"), ("84.912.345.678", "0912345678"), ("(0292) 3812345", "02923812345"),
    ("12", ""), ("", ""), ("0912345678901", ""), ("٠٩١٢٣٤٥٦٧٨", ""), ("không", "")])
def test_phone_numbers(typed, stored):
    assert phone_number(typed) == stored


def test_the_same_person_is_recognised():
    assert fold("Đặng Thị Ánh") == "dang thi anh"
    assert person_key("ĐẶNG THỊ ÁNH", "+84 912345678") == person_key("đặng thị ánh", "0912345678")
    assert mask_phone("0912345678") == "•••••••678"


class Application(forms.Form):
    full_name = fields.PersonName()
    phone = fields.Phone()
    citizen_id = fields.CitizenId(required=False)
    born = fields.Day()
    note = fields.LongText(required=False)


GOOD = {"full_name": "Nguyễn  Văn A", "phone": "0912 345 678", "citizen_id": "092 123 456 789",
        "born": "23/08/2021", "note": "một\r\n\r\n\r\n\r\nhai"}


def test_fields_store_clean_values():
    form = Application({**GOOD, "full_name": unicodedata.normalize("NFD", GOOD["full_name"])})
    assert form.is_valid(), form.errors
    assert form.cleaned_data["full_name"] == "Nguyễn Văn A"
    assert form.cleaned_data["phone"] == "0912345678"
    assert form.cleaned_data["citizen_id"] == "092123456789"
    assert form.cleaned_data["born"].isoformat() == "2021-08-23"
    assert form.cleaned_data["note"] == "một\n\nhai"


@pytest.mark.parametrize(("name", "value"), [
    ("full_name", ""), ("full_name", "  "), ("full_name", "A"), ("full_name", "Anh 7"), ("full_name", "x" * 121),
    ("full_name", "\u200b"),
    ("phone", ""), ("phone", "12"), ("phone", "không"), ("phone", "0" * 31), ("citizen_id", "12"), ("citizen_id", "١٢٣٤٥٦٧٨٩"),
    ("born", ""), ("born", "31/02/2021"), ("born", "x"), ("born", "0001-01-01"), ("born", "9999-12-31"), ("note", "x" * 2001),
    ("born", "\x00")])
def test_fields_refuse_with_a_sentence(name, value):
    form = Application({**GOOD, name: value})
    assert not form.is_valid()
    assert set(form.errors) == {name}
    assert all(len(sentence) > 10 for sentence in form.errors[name])


def test_numbers_are_written_as_in_viet_nam():
    assert shown.money(50000) == "50.000 đ"
    assert shown.money(0) == "0 đ"
    assert shown.number(1250000) == "1.250.000"
    assert shown.number("2.50") == "2,5"
    assert shown.minutes(150) == "2 giờ 30 phút"
    assert (shown.money(None), shown.day(None), shown.moment(None), shown.minutes(None)) == ("", "", "", "")
