"""Form fields that store Vietnamese well: NFC, single spaces, sentences that say what to do."""
import re
from datetime import date, datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import ProhibitNullCharactersValidator
from django.utils.translation import gettext_lazy as _

from onestop.people.words import clean, clean_lines, phone_number, row_id

_CITIZEN_ID = re.compile(r"^(?:\d{9}|\d{12})$")


class ShortText(forms.CharField):
    """One line, NFC-normalised, without control characters; at most 200 characters unless told."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"max_length": 200, **options})

    def to_python(self, value: Any) -> str:
        return clean(super().to_python(value) or "")


class LongText(forms.CharField):
    """Several lines, NFC-normalised; at most 2,000 characters unless told."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"max_length": 2000, "widget": forms.Textarea(attrs={"rows": 4}), **options})

    def to_python(self, value: Any) -> str:
        return clean_lines(super().to_python(value) or "")


class PersonName(ShortText):
    """A full name: at least two letters, no digits."""

    default_error_messages = {"name": _("Vui lòng ghi họ và tên bằng chữ, ví dụ: Nguyễn Văn A.")}

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"label": _("Họ và tên"), "max_length": 120, **options})
        self.widget.attrs.setdefault("autocomplete", "name")

    def validate(self, value: str) -> None:
        super().validate(value)
        letters = sum(char.isalpha() for char in value)
        if value and (letters < 2 or any(char.isdigit() for char in value)):
            raise ValidationError(self.error_messages["name"], code="name")


class Phone(forms.CharField):
    """A Vietnamese phone number, stored as 0xxxxxxxxx."""

    widget = forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "tel", "class": "short"})
    default_error_messages = {"phone": _("Số điện thoại gồm 9 đến 11 chữ số và bắt đầu bằng 0 hoặc +84, ví dụ: 0912 345 678.")}

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"label": _("Số điện thoại"), "max_length": 30, **options})

    def to_python(self, value: Any) -> str:
        text = clean(super().to_python(value) or "")
        if not text:
            return ""
        number = phone_number(text)
        if not number:
            raise ValidationError(self.error_messages["phone"], code="phone")
        return number


class CitizenId(forms.CharField):
    """A citizen's identity number: 12 digits, or the 9 of an older card."""

    widget = forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off", "class": "short"})
    default_error_messages = {"citizen_id": _("Số định danh cá nhân gồm 12 chữ số (hoặc 9 chữ số của chứng minh nhân dân).")}

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"label": _("Số định danh cá nhân"), "max_length": 30, **options})

    def to_python(self, value: Any) -> str:
        text = re.sub(r"[\s.\-]", "", clean(super().to_python(value) or ""))
        if text and not (text.isascii() and _CITIZEN_ID.match(text)):
            raise ValidationError(self.error_messages["citizen_id"], code="citizen_id")
        return text


class Day(forms.DateField):
    """A day, by the browser's own picker or typed as 23/08/2021; years 1900 to 2100."""

    default_error_messages = {"invalid": _("Vui lòng ghi ngày theo dạng ngày/tháng/năm, ví dụ: 23/08/2021.")}

    def __init__(self, **options: Any) -> None:
        widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
        super().__init__(**{"widget": widget, "input_formats": ["%Y-%m-%d", "%d/%m/%Y", "%d-%m-%Y"], **options})

    def to_python(self, value: Any) -> date | None:
        ProhibitNullCharactersValidator()(value)
        day = super().to_python(value)
        if day is not None and not 1900 <= day.year <= 2100:
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        return day


class Several(forms.ModelMultipleChoiceField):
    """Several rows of a table. A number that no row can have is told like any other that is not offered: the database never sees it."""

    def clean(self, value: Any) -> Any:
        odd = [item for item in value or () if not row_id(str(item))] if isinstance(value, (list, tuple)) else []
        if odd:
            raise ValidationError(self.error_messages["invalid_choice"], code="invalid_choice", params={"value": str(odd[0])[:20]})
        return super().clean(value)


class Moment(forms.DateTimeField):
    """A day and time in Viet Nam, by the browser's own picker or typed as 23/08/2021 12:00."""

    default_error_messages = {"invalid": _("Vui lòng ghi ngày và giờ, ví dụ: 23/08/2021 12:00.")}

    def __init__(self, **options: Any) -> None:
        widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
        formats = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%d/%m/%Y %H:%M", "%d-%m-%Y %H:%M"]
        super().__init__(**{"widget": widget, "input_formats": formats, **options})

    def to_python(self, value: Any) -> datetime | None:
        ProhibitNullCharactersValidator()(value)
        moment = super().to_python(value)
        if moment is not None and not 2000 <= moment.year <= 2100:
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        return moment
