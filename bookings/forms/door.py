"""What the guard types: why somebody was not let in, and who came without an appointment."""
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from bookings.eligibility import MOST_DOSSIERS, MOST_PEOPLE
from bookings.forms.citizen import how_many
from bookings.services.appointments import Applicant
from bookings.states import Priority, Purpose
from onestop.people.fields import CitizenId, Day, PersonName, Phone

NOBODY = [("", _("Không thuộc diện ưu tiên")), *Priority.choices]
WAYS = ("online", "post", "later")


class WalkInAskForm(forms.Form):
    """Who stands at the door and what for; odd values fall back on the usual."""

    viec = forms.ChoiceField(label=_("Việc"), choices=Purpose.choices, required=False)
    so_nguoi = how_many(_("Số người đến"), MOST_PEOPLE, required=False)

    def asked(self) -> tuple[str, int]:
        """(purpose, people)."""
        self.is_valid()
        return self.cleaned_data.get("viec") or Purpose.SUBMIT.value, self.cleaned_data.get("so_nguoi") or 1


class WalkInForm(forms.Form):
    """Name and phone are enough."""

    full_name = PersonName(error_messages={"required": _("Vui lòng ghi họ và tên.")})
    phone = Phone(help_text=_("Số thứ tự và giờ hẹn được nhắn qua số này."), error_messages={"required": _("Vui lòng ghi số điện thoại.")})
    citizen_id = CitizenId(required=False)
    priority = forms.ChoiceField(label=_("Diện ưu tiên (xem giấy tờ)"), choices=NOBODY, required=False)
    people = how_many(_("Số người đến"), MOST_PEOPLE, initial=1)
    dossiers = how_many(_("Số hồ sơ"), MOST_DOSSIERS, initial=1)

    def applicant(self, language: str) -> Applicant:
        typed = self.cleaned_data
        return Applicant(full_name=typed["full_name"], phone=typed["phone"], citizen_id=typed["citizen_id"], language=language)

    def wanted(self) -> dict[str, Any]:
        """The rest, as the services name it."""
        return {name: self.cleaned_data[name] for name in ("priority", "people", "dossiers")}


class PeriodForm(forms.Form):
    """From a day to a day, both included."""

    tu = Day(label=_("Từ ngày"), required=False)
    den = Day(label=_("Đến ngày"), required=False)
