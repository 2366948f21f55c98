"""What an agency fills in to ask for more time for many dossiers, and an administrator to lift a suspension."""
from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from dossiers.forms import ExtensionForm
from dossiers.scopes import NO, YES, Scope
from dossiers.states import OPEN, State
from onestop.catalogue.states import Channel
from onestop.people.fields import Day, LongText, ShortText

CHOICE = list[tuple[str, str]]
ON_PAGE = [(state.value, state.label) for state in State if state in OPEN]


class ScopeForm(forms.Form):
    """Which dossiers: everything left empty means any."""

    marks_optional = False

    offices = forms.MultipleChoiceField(label=_("Đơn vị"), required=False, widget=forms.CheckboxSelectMultiple)
    field_verification = forms.ChoiceField(label=_("Thẩm định, xác minh thực tế"), required=False, initial=YES, choices=[
        ("", _("Tất cả thủ tục")), (YES, _("Chỉ thủ tục phải thẩm định, xác minh thực tế")), (NO, _("Chỉ thủ tục không phải xác minh"))])
    procedures = forms.MultipleChoiceField(label=_("Thủ tục"), required=False, widget=forms.CheckboxSelectMultiple)
    field = forms.ChoiceField(label=_("Lĩnh vực"), required=False)
    areas = forms.MultipleChoiceField(label=_("Địa bàn tiếp nhận"), required=False, widget=forms.CheckboxSelectMultiple)
    channels = forms.MultipleChoiceField(label=_("Kênh nộp"), required=False, choices=Channel.choices, widget=forms.CheckboxSelectMultiple)
    states = forms.MultipleChoiceField(label=_("Trạng thái hồ sơ"), required=False, choices=ON_PAGE, widget=forms.CheckboxSelectMultiple)
    received_from = Day(label=_("Tiếp nhận từ ngày"), required=False)
    received_to = Day(label=_("Tiếp nhận đến hết ngày"), required=False)
    due_before = Day(label=_("Hẹn trả trước ngày"), required=False)

    def offer(self, *, offices: CHOICE, procedures: CHOICE, fields: CHOICE, areas: CHOICE) -> None:
        """What there is to choose from; a question with one answer is not asked."""
        for name, choices in (("offices", offices), ("areas", areas)):
            self.fields[name].choices = choices
            if len(choices) < 2:
                del self.fields[name]
        self.fields["procedures"].choices = procedures
        self.fields["field"].choices = [("", _("Tất cả lĩnh vực")), *fields]

    def clean(self) -> dict[str, Any]:
        typed: dict[str, Any] = super().clean() or self.cleaned_data
        first, last = typed.get("received_from"), typed.get("received_to")
        if first and last and last < first:
            self.add_error("received_to", _("Ngày cuối phải từ ngày đầu trở đi."))
        return typed

    def scope(self) -> Scope:
        """What was chosen, of a valid form."""
        return Scope.from_json({name: self.cleaned_data.get(name) for name in ScopeForm.base_fields})


class BulkExtensionForm(ExtensionForm, ScopeForm):
    """A request for more time for all dossiers of a scope."""

    def scope_fields(self) -> list[forms.BoundField]:
        """The fields that say which dossiers, without the days."""
        days = ("received_from", "received_to", "due_before")
        return [self[name] for name in ScopeForm.base_fields if name in self.fields and name not in days]


class ListForm(forms.Form):
    """Dossiers ticked on a list, and why."""

    marks_optional = False  # taking out needs the reason, putting back does not

    reason = LongText(label=_("Lý do loại khỏi danh sách"), max_length=200, required=False, widget=forms.Textarea(attrs={"rows": 2}))


class LiftFilterForm(forms.Form):
    """Which dossiers of a suspension are looked at, and from which day it would end."""

    marks_optional = False

    tu_ngay = Day(label=_("Tính lại từ ngày"), required=False)
    thu_tuc = forms.ChoiceField(label=_("Thủ tục"), required=False)
    dia_ban = forms.ChoiceField(label=_("Địa bàn tiếp nhận"), required=False)
    tim = ShortText(label=_("Mã hồ sơ, họ tên"), max_length=80, required=False)

    def offer(self, procedures: Sequence[tuple[str, str]], areas: Sequence[tuple[str, str]]) -> None:
        """What there is to choose from."""
        self.fields["thu_tuc"].choices = [("", _("Tất cả thủ tục")), *procedures]
        self.fields["dia_ban"].choices = [("", _("Tất cả địa bàn")), *areas]

    def scope(self) -> Scope:
        """What was chosen; of an invalid form nothing counts."""
        typed = self.cleaned_data if self.is_valid() else {}
        return Scope.from_json({"procedures": [code for code in [typed.get("thu_tuc")] if code],
                                "areas": [code for code in [typed.get("dia_ban")] if code]})


class LiftForm(forms.Form):
    """The order to end a suspension early."""

    WHOLE, FILTERED, CHOSEN = "whole", "filtered", "chosen"
    what = forms.ChoiceField(
        label=_("Bãi bỏ cho"), widget=forms.RadioSelect, initial=WHOLE,
        choices=[(WHOLE, _("Tất cả hồ sơ còn tạm dừng")), (FILTERED, _("Các hồ sơ theo bộ lọc đang xem")),
                 (CHOSEN, _("Chỉ các hồ sơ đánh dấu trên trang này"))],
        error_messages={"required": _("Vui lòng chọn bãi bỏ cho hồ sơ nào.")})
    reason = LongText(label=_("Lý do bãi bỏ"), max_length=1000, widget=forms.Textarea(attrs={"rows": 2}),
                      error_messages={"required": _("Vui lòng ghi lý do bãi bỏ.")})
