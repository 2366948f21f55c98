"""What is closed, from when until when, why and by which letter; why it opens again."""
from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from bookings.closable import Target, citable, closable
from onestop.directives.models import Directive
from onestop.people.fields import Moment, ShortText
from onestop.people.models import User


class ClosingForm(forms.Form):
    """A draft of a run. What may be chosen is what this person may close."""

    target = forms.ChoiceField(label=_("Đóng cửa"), error_messages={"required": _("Vui lòng chọn nơi cần đóng cửa."),
                                                                    "invalid_choice": _("Vui lòng chọn nơi cần đóng cửa.")})
    from_at = Moment(label=_("Từ lúc"), error_messages={"required": _("Vui lòng ghi thời điểm bắt đầu.")})
    until_at = Moment(label=_("Đến lúc"), required=False, help_text=_("Để trống nếu chưa biết lúc mở lại."))
    reason = ShortText(label=_("Lý do"), max_length=255, error_messages={"required": _("Cần ghi lý do đóng cửa.")},
                       help_text=_("Người dân sẽ đọc lý do này trong tin nhắn."))
    directive = forms.ModelChoiceField(label=_("Theo văn bản"), required=False, queryset=Directive.objects.none(),
                                       empty_label=_("Không theo văn bản nào"))

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.choices = closable(user)
        self.fields["target"].choices = [("", _("Chọn phòng, đơn vị hoặc địa bàn")), *self.choices.groups]  # type: ignore[attr-defined]
        self.fields["directive"].queryset = citable()  # type: ignore[attr-defined]

    def chosen(self) -> Target:
        """The room, office or area that was chosen."""
        return self.choices.targets[self.cleaned_data["target"]]


class ReopenForm(forms.Form):
    """Why a place opens again sooner."""

    reason = ShortText(label=_("Lý do mở lại sớm"), max_length=255, error_messages={"required": _("Vui lòng ghi lý do mở lại.")})
