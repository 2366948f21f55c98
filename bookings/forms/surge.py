"""What is typed when a crowd is planned for; filled in beforehand, so that planning takes two clicks."""
from __future__ import annotations

from collections.abc import Sequence
from datetime import date, time, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from bookings.crowds import Officer
from bookings.models import CrowdWarning
from bookings.services.surge import MOST_EXTRA
from onestop.offices.states import Part
from onestop.people import shown
from onestop.people.fields import Day, ShortText

EVENING = (time(17, 30), time(20, 0))
SATURDAY_MORNING = (time(7, 30), time(11, 30))
SATURDAY = 5


def dossiers_field(label: Any, least: int) -> forms.IntegerField:
    return forms.IntegerField(label=label, min_value=least, max_value=MOST_EXTRA, error_messages={
        "required": _("Vui lòng ghi số hồ sơ."), "invalid": _("Vui lòng ghi một số.")})


def reason_for(warning: CrowdWarning) -> str:
    """The reason as it is filled in beforehand."""
    return str(_("Dự báo đông người %(part)s ngày %(day)s") % {"part": warning.get_part_display().lower(), "day": shown.day(warning.date)})


class ExtraForm(forms.Form):
    """One more buổi: an evening of the same day, or a Saturday."""

    day = Day(label=_("Ngày"))
    part = forms.ChoiceField(label=_("Buổi"), choices=Part.choices)
    opens = forms.TimeField(label=_("Từ"), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))
    closes = forms.TimeField(label=_("Đến"), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))
    dossiers = dossiers_field(_("Số hồ sơ nhận"), 1)
    reason = ShortText(label=_("Lý do"))

    @classmethod
    def evening(cls, warning: CrowdWarning, short: int, data: Any = None) -> ExtraForm:
        """The evening of the same day."""
        return cls(data, prefix="toi", initial=cls._initial(warning, warning.date, Part.EVENING, EVENING, short))

    @classmethod
    def saturday(cls, warning: CrowdWarning, short: int, today: date, data: Any = None) -> ExtraForm:
        """The Saturday before the crowd if one is still to come, else the one after."""
        day = saturday_near(warning.date, today)
        return cls(data, prefix="t7", initial=cls._initial(warning, day, Part.MORNING, SATURDAY_MORNING, short))

    @staticmethod
    def _initial(warning: CrowdWarning, day: date, part: str, hours: tuple[time, time], short: int) -> dict[str, Any]:
        return {"day": day, "part": part, "opens": hours[0], "closes": hours[1], "dossiers": short, "reason": reason_for(warning)}


def saturday_near(day: date, today: date) -> date:
    """The last Saturday before `day` that is still to come, else the first one after it. Pure."""
    before = day - timedelta(days=(day.weekday() - SATURDAY) % 7 or 7)
    return before if before > today else before + timedelta(days=7 if day.weekday() != SATURDAY else 14)


class DesksForm(forms.Form):
    """Officers who come to the counters in that buổi, and how many more dossiers that makes."""

    officers = forms.TypedMultipleChoiceField(label=_("Cán bộ ra quầy"), coerce=int, widget=forms.CheckboxSelectMultiple,
                                              error_messages={"required": _("Vui lòng chọn ít nhất một cán bộ.")})
    dossiers = dossiers_field(_("Số hồ sơ nhận thêm"), 0)
    reason = ShortText(label=_("Lý do"))

    def __init__(self, data: Any = None, *, officers: Sequence[Officer], warning: CrowdWarning, short: int) -> None:
        chosen = [item.user.pk for item in officers if item.chosen]
        super().__init__(data, prefix="quay", initial={"officers": chosen, "dossiers": short, "reason": reason_for(warning)})
        self.fields["officers"].choices = [  # type: ignore[attr-defined]
            (item.user.pk, f"{item.user.full_name} · {item.place_name}" if item.place else item.user.full_name) for item in officers]


class SettleForm(forms.Form):
    """What was done in another way."""

    how = ShortText(label=_("Việc đã làm"), help_text=_("Ví dụ: đã mời người dân sang nộp trực tuyến."))

    def __init__(self, data: Any = None) -> None:
        super().__init__(data, prefix="xong")
