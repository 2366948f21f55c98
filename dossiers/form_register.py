"""What is chosen for a register: office, days, which dossiers."""
from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from dossiers.register import LONGEST, Period
from onestop import clock
from onestop.catalogue.states import Channel
from onestop.offices.models import Office
from onestop.people.fields import Day

STATE_NAMES = {"": _("Tất cả"), "open": _("Đang giải quyết"), "decided": _("Chờ trả kết quả"), "returned": _("Đã trả kết quả"),
               "withdrawn": _("Công dân rút hồ sơ")}


class DaysForm(forms.Form):
    """An office and days; without an office it is the first one, without days those up to today."""

    don_vi = forms.ChoiceField(label=_("Đơn vị"), required=False)
    tu = Day(label=_("Từ ngày"), required=False)
    den = Day(label=_("Đến ngày"), required=False)
    whole_month = False

    def __init__(self, *args: Any, offices: Sequence[Office], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offices = {office.code: office for office in offices}
        chooser = self.fields["don_vi"]
        if isinstance(chooser, forms.ChoiceField):
            chooser.choices = [(office.code, office.name) for office in offices]

    @classmethod
    def usual(cls, offices: Sequence[Office]) -> dict[str, str]:
        """What the page shows first: the first office; today, or the month up to today."""
        today = clock.today()
        first = today.replace(day=1) if cls.whole_month else today
        return {"don_vi": offices[0].code, "tu": first.isoformat(), "den": today.isoformat()}

    def clean(self) -> dict[str, Any]:
        """Days in their order, and not more of them than one register holds."""
        found = super().clean() or self.cleaned_data
        last = found.get("den") or clock.today()
        first = found.get("tu") or (last.replace(day=1) if self.whole_month else last)
        if first > last:
            self.add_error("den", _("Ngày kết thúc phải từ ngày bắt đầu trở đi."))
        elif (last - first).days >= LONGEST:
            self.add_error("den", _("Mỗi lần lập sổ tối đa một năm."))
        return {**found, "tu": first, "den": last}

    def period(self) -> Period:
        """What was chosen; call it on a valid form with at least one office."""
        typed: dict[str, Any] = self.cleaned_data
        office = self.offices.get(typed.get("don_vi", "")) or next(iter(self.offices.values()))
        return Period(office=office, first=typed["tu"], last=typed["den"], state=typed.get("loai", ""),
                      channel=typed.get("kenh", ""))


class RegisterForm(DaysForm):
    """Also which dossiers."""

    loai = forms.ChoiceField(label=_("Tình trạng"), required=False, choices=[*STATE_NAMES.items()])
    kenh = forms.ChoiceField(label=_("Kênh nộp"), required=False, choices=[("", _("Tất cả")), *Channel.choices])
    whole_month = True

    def said(self) -> str:
        """The filter in words, for the head of the register."""
        typed = self.cleaned_data
        chosen = [str(STATE_NAMES[typed["loai"]])] if typed.get("loai") else []
        return ", ".join([*chosen, *([str(Channel(typed["kenh"]).label)] if typed.get("kenh") else [])])
