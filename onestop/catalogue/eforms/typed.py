"""PURE: one answer of one type: from what was typed to what is stored, and from there to what people read."""
from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from onestop.catalogue.eforms import areas
from onestop.catalogue.eforms.checking import day_of
from onestop.catalogue.eforms.shape import LARGEST, USUAL_LONG_TEXT, USUAL_TEXT, Field
from onestop.people import shown
from onestop.people.words import clean, clean_lines, is_citizen_id, phone_number

_GROUPED = re.compile(r"[+-]?[0-9]{1,3}(?:[. ][0-9]{3})+")
_WHOLE = re.compile(r"[+-]?[0-9]{1,18}")
_DECIMAL = re.compile(r"[+-]?[0-9]{1,18}(?:\.[0-9]{1,18})?")
_CURRENCY = re.compile(r"\s*(?:đồng|đ|vnđ|vnd)\.?$", re.IGNORECASE)
_DAY = re.compile(r"([0-9]{1,2})[/.\-]([0-9]{1,2})[/.\-]([0-9]{4})")
MOST_DIGITS, MOST_PLACES = 15, 6  # what a number of JSON keeps exactly
LONGEST_NAME = 255  # of a file
TOLD_PLACES = 4
TRUE, FALSE = frozenset({"true", "1", "on", "yes", "co", "có"}), frozenset({"false", "0", "off", "no", "khong", "không"})

PRESETS: dict[str, tuple[re.Pattern[str], Callable[[], str]]] = {
    "letters": (re.compile(r"[^\W\d_]+(?:[ '’.\-][^\W\d_]+)*\.?"), lambda: _("Mục này chỉ ghi chữ cái.")),
    "digits": (re.compile(r"[0-9]+"), lambda: _("Mục này chỉ ghi chữ số.")),
    "code": (re.compile(r"[^\W_](?:[^\W_]|[.\-/])*"), lambda: _("Mục này chỉ ghi chữ cái, chữ số và các dấu . - /, không có dấu cách.")),
    "tax_code": (re.compile(r"[0-9]{10}(?:-?[0-9]{3})?|[0-9]{12}"),
                 lambda: _("Mã số thuế gồm 10 hoặc 13 chữ số, hoặc là số định danh cá nhân.")),
    "passport": (re.compile(r"[A-Za-z]{1,2}[0-9]{6,8}"), lambda: _("Số hộ chiếu gồm một hoặc hai chữ cái rồi đến 6 đến 8 chữ số.")),
    "plate": (re.compile(r"[0-9]{2}[A-ZĐa-zđ][A-ZĐa-zđ0-9]?[ \-]?[0-9]{3}[0-9.]{1,3}"), lambda: _("Biển số xe ghi dạng 65A-123.45.")),
}


class Wrong(Exception):
    """An answer that can't be taken. `sentence` says what to do, `choices` what it may have meant."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


def value_of(field: Field, value: Any, today: date) -> Any:
    """The answer as it is stored, None where the text turns out to be empty. Raises Wrong."""
    return TAKERS[field["type"]](field, value, today)


def _text(field: Field, value: Any, today: date) -> str | None:
    text = clean(_string(value))
    _short_enough(text, field.get("max", USUAL_TEXT))
    if text and len(text) < field.get("min", 0):
        raise Wrong(_("Vui lòng ghi ít nhất %(least)s ký tự.") % {"least": field["min"]})
    pattern = PRESETS.get(field.get("pattern", ""))
    if text and pattern and not pattern[0].fullmatch(text):
        raise Wrong(pattern[1]())
    return text or None


def _long_text(field: Field, value: Any, today: date) -> str | None:
    text = clean_lines(_string(value))
    _short_enough(text, field.get("max", USUAL_LONG_TEXT))
    return text or None


def _string(value: Any) -> str:
    if not isinstance(value, str):
        raise Wrong(_("Nội dung phải là văn bản."))
    return value


def _short_enough(text: str, most: int) -> None:
    if len(text) > most:
        raise Wrong(_("Nội dung dài tối đa %(most)s ký tự, hiện có %(count)s.") % {"most": most, "count": len(text)})


def _integer(field: Field, value: Any, today: date) -> int:
    return int(_within(field, _whole(value), shown.number))


def _money(field: Field, value: Any, today: date) -> int:
    amount = _whole(_CURRENCY.sub("", clean(value)) if isinstance(value, str) else value)
    if amount < 0:
        raise Wrong(_("Số tiền không được âm."))
    return int(_within(field, amount, shown.money))


def _whole(value: Any) -> int:
    if isinstance(value, str):
        text = clean(value)
        if _GROUPED.fullmatch(text):
            text = re.sub(r"[. ]", "", text)
        value = int(text) if _WHOLE.fullmatch(text) else None
    if isinstance(value, float) and value.is_integer() and abs(value) <= LARGEST:
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool) or abs(value) > LARGEST:
        raise Wrong(_("Vui lòng ghi số nguyên, ví dụ: 12 hoặc 1.250.000."))
    return value


def _decimal(field: Field, value: Any, today: date) -> int | float:
    number = _exact(value)
    if number is None or not number.is_finite() or abs(number) > LARGEST:
        raise Wrong(_("Vui lòng ghi số, phần thập phân sau dấu phẩy, ví dụ: 85,5."))
    _sign, digits, exponent = number.normalize().as_tuple()
    if len(digits) > MOST_DIGITS or int(exponent) < -MOST_PLACES:
        sizes = {"digits": MOST_DIGITS, "places": MOST_PLACES}
        raise Wrong(_("Số có tối đa %(digits)s chữ số, trong đó %(places)s chữ số thập phân.") % sizes)
    return _within(field, int(number) if number == number.to_integral_value() else float(number), shown.number)


def _exact(value: Any) -> Decimal | None:
    """The number meant: a number of JSON, or a text with a decimal comma; points group thousands where they stand so."""
    if isinstance(value, float):
        return Decimal(repr(value))
    if isinstance(value, int) and not isinstance(value, bool):
        return Decimal(value) if abs(value) <= LARGEST else None
    if not isinstance(value, str):
        return None
    text = clean(value)
    if "," in text or _GROUPED.fullmatch(text):
        whole, _comma, places = text.partition(",")
        if "." in whole and not _GROUPED.fullmatch(whole):
            return None
        text = re.sub(r"[. ]", "", whole) + (f".{places}" if places else "")
    try:
        return Decimal(text) if _DECIMAL.fullmatch(text) else None
    except InvalidOperation:
        return None


def _within(field: Field, value: int | float, told: Callable[[Any], str]) -> int | float:
    if "min" in field and value < field["min"]:
        raise Wrong(_("Giá trị nhỏ nhất là %(least)s.") % {"least": told(field["min"])})
    if "max" in field and value > field["max"]:
        raise Wrong(_("Giá trị lớn nhất là %(most)s.") % {"most": told(field["max"])})
    return value


def _date(field: Field, value: Any, today: date) -> str:
    day = value.date() if isinstance(value, datetime) else value if isinstance(value, date) else _typed_day(value)
    if day is None or not 1900 <= day.year <= 2100:
        raise Wrong(_("Vui lòng ghi ngày theo dạng ngày/tháng/năm, ví dụ: 23/08/2021."))
    low, high = limit_day(field.get("min"), today), limit_day(field.get("max"), today)
    if low is not None and day < low:
        raise Wrong(_("Ngày sớm nhất là %(day)s.") % {"day": shown.day(low)})
    if high is not None and day > high:
        raise Wrong(_("Ngày muộn nhất là %(day)s.") % {"day": shown.day(high)})
    return day.isoformat()


def _typed_day(value: Any) -> date | None:
    text = clean(value) if isinstance(value, str) else ""
    parts = _DAY.fullmatch(text)
    if parts:
        text = f"{parts[3]}-{int(parts[2]):02}-{int(parts[1]):02}"
    return day_of(text)


def limit_day(limit: Any, today: date) -> date | None:
    """The day that a limit of the schema means."""
    return today if limit == "today" else day_of(limit)


def _yes_no(field: Field, value: Any, today: date) -> bool:
    word = clean(value).lower() if isinstance(value, str) else value
    if isinstance(word, bool):
        return word
    if isinstance(word, str) and word in TRUE | FALSE:
        return word in TRUE
    raise Wrong(_("Vui lòng chọn “Có” hoặc “Không”."))


def _choice(field: Field, value: Any, today: date) -> str:
    word = clean(value) if isinstance(value, str) else None
    if word not in {option["value"] for option in field["options"]}:
        raise Wrong(_("Vui lòng chọn một câu trả lời trong danh sách."))
    return str(word)


def _choices(field: Field, value: Any, today: date) -> list[str] | None:
    sent = [value] if isinstance(value, str) else value
    known = [option["value"] for option in field["options"]]
    if not isinstance(sent, list | tuple) or not all(isinstance(item, str) and (not item or item in known) for item in sent):
        raise Wrong(_("Vui lòng chọn câu trả lời trong danh sách."))
    return [item for item in known if item in sent] or None


def _phone(field: Field, value: Any, today: date) -> str | None:
    text = clean(_string(value))
    number = phone_number(text) if text.isascii() else ""
    if text and not number:
        raise Wrong(_("Số điện thoại gồm 9 đến 11 chữ số và bắt đầu bằng 0 hoặc +84, ví dụ: 0912 345 678."))
    return number or None


def _email(field: Field, value: Any, today: date) -> str | None:
    text = clean(_string(value))
    _short_enough(text, 254)
    try:
        if text:
            validate_email(text)
    except ValidationError:
        raise Wrong(_("Thư điện tử ghi dạng ten@vidu.vn.")) from None
    return text or None


def _citizen_id(field: Field, value: Any, today: date) -> str | None:
    text = re.sub(r"[ .\-]", "", clean(_string(value)))
    if text and not is_citizen_id(text):
        raise Wrong(_("Số định danh cá nhân gồm 12 chữ số."))
    return text or None


def _area(field: Field, value: Any, today: date) -> str | None:
    text = clean(_string(value))
    found = areas.find(text, field.get("level", "commune")) if text else []
    if len(found) == 1:
        return found[0].code
    if not text:
        return None
    if found:
        names = "; ".join(place.full_name for place in found[:TOLD_PLACES])
        raise Wrong(_("Có nhiều nơi trùng tên. Vui lòng ghi rõ, ví dụ: %(names)s.") % {"names": names})
    raise Wrong(_("Không tìm thấy đơn vị hành chính này. Vui lòng ghi theo tên từ ngày 01/7/2025, ví dụ: Phường Ninh Kiều, Cần Thơ."))


def _file(field: Field, value: Any, today: date) -> str | None:
    text = clean(_string(value))
    _short_enough(text, LONGEST_NAME)
    return text or None


TAKERS: dict[str, Callable[[Field, Any, date], Any]] = {
    "text": _text, "long_text": _long_text, "integer": _integer, "decimal": _decimal, "money": _money, "date": _date, "yes_no": _yes_no,
    "choice": _choice, "choices": _choices, "phone": _phone, "email": _email, "citizen_id": _citizen_id, "area": _area, "file": _file,
}


def yes_or_no(value: bool) -> str:
    """'Có' or 'Không', as the answer to a question."""
    return pgettext("answer", "Có") if value else pgettext("answer", "Không")


def told(field: Field, value: Any) -> str:
    """A stored answer as people read it; what can't be read as such is shown as it is."""
    kind = field["type"]
    labels = {option["value"]: option["label"] for option in field.get("options", [])}
    if kind == "yes_no":
        return yes_or_no(value) if isinstance(value, bool) else str(value)
    if kind == "choices":
        return "; ".join(labels.get(item, str(item)) for item in value) if isinstance(value, list) else str(value)
    if kind == "choice":
        return str(labels.get(value, value)) if isinstance(value, str) else str(value)
    if kind == "area":
        return areas.name_of(str(value))
    if kind == "date":
        day = day_of(value)
        return shown.day(day) if day else str(value)
    if kind in ("integer", "decimal", "money") and isinstance(value, int | float):
        return shown.money(value) if kind == "money" else shown.number(value)
    return str(value)
