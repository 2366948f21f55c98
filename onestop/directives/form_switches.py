"""What the administrator says about a switch of the catalogue's channels."""
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from onestop.catalogue.queries import authorities, fields
from onestop.catalogue.states import LEVEL_NAMES, Channel
from onestop.directives.models import Directive
from onestop.directives.services.switches import OPENED, SCOPE, Order
from onestop.people.fields import Day, LongText, ShortText

ALL = _("Tất cả")


class SwitchForm(forms.Form):
    """A switch to be previewed: letter, day, part of the catalogue, what is opened."""

    directive = forms.ModelChoiceField(label=_("Văn bản chỉ đạo"), queryset=Directive.objects.none(), empty_label=_("— Chọn văn bản —"),
                                       error_messages={"required": _("Vui lòng chọn văn bản làm căn cứ.")})
    clause = ShortText(label=_("Điểm, khoản"), max_length=40, required=False, help_text=_("Ví dụ: khoản 4"))
    starts_on = Day(label=_("Từ ngày"), error_messages={"required": _("Vui lòng chọn ngày bắt đầu.")})
    channels = forms.MultipleChoiceField(label=_("Mở kênh nộp hồ sơ"), required=False, widget=forms.CheckboxSelectMultiple,
                                         choices=[(name, Channel(name).label) for name in OPENED])
    pay_online = forms.BooleanField(label=_("Cho thanh toán trực tuyến"), required=False)
    field = forms.ChoiceField(label=_("Lĩnh vực"), required=False)
    level = forms.ChoiceField(label=_("Cấp thực hiện"), required=False, choices=[("", ALL), *LEVEL_NAMES.items()])
    authority = forms.ChoiceField(label=_("Cơ quan công bố"), required=False)
    q = ShortText(label=_("Có các từ"), required=False, help_text=_("Để trống cả bốn ô: toàn bộ danh mục."))
    reason = LongText(label=_("Ghi chú"), required=False, max_length=1000, widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, *args: Any, letters: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["directive"].queryset = letters  # type: ignore[attr-defined]
        self.fields["field"].choices = [("", ALL), *((name, name) for name in fields())]  # type: ignore[attr-defined]
        self.fields["authority"].choices = [("", ALL), *((name, name) for name in authorities())]  # type: ignore[attr-defined]

    def order(self) -> Order:
        """The switch as the services take it."""
        found = self.cleaned_data
        return Order(directive=found["directive"], starts_on=found["starts_on"], clause=found["clause"], channels=found["channels"],
                     pay_online=found["pay_online"], reason=found["reason"], scope={name: found[name] for name in SCOPE if found[name]})


class UndoForm(forms.Form):
    """Why it goes back."""

    reason = LongText(label=_("Lý do hoàn tác"), max_length=1000, widget=forms.Textarea(attrs={"rows": 2}),
                      error_messages={"required": _("Vui lòng ghi lý do hoàn tác.")})
