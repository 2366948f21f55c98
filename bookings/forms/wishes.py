"""What people type for the waiting list, for a group and to confirm a phone."""
from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from bookings.eligibility import MOST_DOSSIERS, MOST_PEOPLE
from bookings.forms.citizen import ApplicantForm, how_many
from bookings.services.groups import Person
from bookings.states import Purpose
from onestop.people.fields import Day, LongText, PersonName, Phone, ShortText
from onestop.people.words import clean, phone_number


class WaitingForm(ApplicantForm):
    """Who waits, for which days, with how many people and dossiers."""

    first = Day(label=_("Từ ngày"), error_messages={"required": _("Vui lòng chọn ngày đầu.")})
    last = Day(label=_("Đến hết ngày"), error_messages={"required": _("Vui lòng chọn ngày cuối.")})
    viec = forms.ChoiceField(label=_("Việc"), choices=Purpose.choices)
    dossiers = how_many(_("Số hồ sơ"), MOST_DOSSIERS, initial=1)
    people = how_many(_("Số người đến"), MOST_PEOPLE, initial=1)

    field_order = ("first", "last", "viec", "dossiers", "people")

    def person(self) -> dict[str, str]:
        """The applicant's part."""
        return {name: self.cleaned_data[name] for name in ApplicantForm.base_fields}


class CodeByTextForm(forms.Form):
    """The six digits of the text message."""

    ma = ShortText(label=_("Mã xác nhận gồm 6 chữ số"), max_length=12, error_messages={"required": _("Vui lòng nhập mã trong tin nhắn.")},
                   widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "one-time-code", "class": "short"}))


class GroupForm(forms.Form):
    """An organisation, its contact, a day, and one person a line."""

    organisation = ShortText(label=_("Tên cơ quan, tổ chức, doanh nghiệp"), max_length=200,
                             error_messages={"required": _("Vui lòng ghi tên tổ chức.")},
                             widget=forms.TextInput(attrs={"autocomplete": "organization"}))
    contact_name = PersonName(label=_("Người liên hệ"), error_messages={"required": _("Vui lòng ghi tên người liên hệ.")})
    contact_phone = Phone(label=_("Số điện thoại người liên hệ"), error_messages={"required": _("Vui lòng ghi số điện thoại.")},
                          help_text=_("Đường dẫn để xem, in và hủy cả nhóm được nhắn vào số này."))
    day = Day(label=_("Ngày đến"), error_messages={"required": _("Vui lòng chọn ngày đến.")})
    lines = LongText(label=_("Danh sách người đến"), max_length=6000, widget=forms.Textarea(attrs={"rows": 8, "autocomplete": "off"}),
                     error_messages={"required": _("Vui lòng ghi danh sách người đến.")},
                     help_text=_("Mỗi dòng một người: họ và tên, dấu phẩy, số điện thoại. Có thể dán từ bảng tính."))

    def clean_lines(self) -> str:
        """The text as typed; every line that can't be read is told by its number."""
        text = str(self.cleaned_data["lines"])
        self.people, wrong = read_lines(text)
        for sentence in wrong:
            self.add_error("lines", sentence)
        if not wrong and not 2 <= len(self.people) <= settings.GROUP_MOST:
            self.add_error("lines", _("Mỗi nhóm có từ 2 đến %(most)s người.") % {"most": settings.GROUP_MOST})
        return text

    people: list[Person] = []


def read_lines(text: str) -> tuple[list[Person], list[Any]]:
    """The people of a list, one a line, and a sentence for each line that can't be read; the same person twice is told too."""
    people: list[Person] = []
    wrong: list[Any] = []
    seen: dict[tuple[str, str], int] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if not clean(line):
            continue
        person, trouble = _read_line(number, line)
        if person is None:
            wrong.append(trouble)
            continue
        key = (person.full_name.casefold(), person.phone)
        if key in seen:
            wrong.append(_("Dòng %(line)s trùng với dòng %(first)s.") % {"line": number, "first": seen[key]})
        seen.setdefault(key, number)
        people.append(person)
    return people, wrong


def _read_line(number: int, line: str) -> tuple[Person | None, Any]:
    """'Họ tên, số' with a comma, semicolon, tab or just a space before the number."""
    parts = [clean(part) for part in line.replace(";", ",").replace("\t", ",").split(",") if clean(part)]
    if len(parts) == 1:
        words = parts[0].split(" ")
        at = next((place for place, word in enumerate(words) if word[:1].isdigit() or word[:1] == "+"), len(words))
        parts = [" ".join(words[:at]), " ".join(words[at:])]
    name, phone = parts[0], phone_number("".join(parts[1:]))
    if sum(char.isalpha() for char in name) < 2 or any(char.isdigit() for char in name) or len(name) > 120:
        return None, _("Dòng %(line)s: chưa thấy họ và tên.") % {"line": number}
    if not phone:
        return None, _("Dòng %(line)s (%(name)s): số điện thoại chưa đúng, ví dụ 0912 345 678.") % {"line": number, "name": name}
    return Person(number, name, phone), ""
