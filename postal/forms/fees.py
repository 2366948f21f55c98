"""What is typed about the table of fees."""
from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from onestop import clock
from onestop.people.fields import Day, ShortText
from onestop.people.models import User
from postal import statements
from postal.models import Carrier
from postal.services.fees import NewPrice
from postal.states import Direction, Service, Zone

MOST_BYTES = 1024 * 1024


class Dong(ShortText):
    """Whole đồng, as one writes it: 31.500."""

    def __init__(self, **options: Any) -> None:
        widget = forms.TextInput(attrs={"inputmode": "numeric", "class": "short", "autocomplete": "off"})
        super().__init__(**{"max_length": 20, "widget": widget, **options})

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        amount = statements.amount(text) if text else None
        if text and amount is None:
            raise ValidationError(_("Vui lòng ghi số tiền bằng chữ số, ví dụ: 31.500."))
        return amount


def carriers(user: User) -> Any:
    """The carriers whose prices this person may set."""
    return Carrier.objects.visible_to(user).order_by("name")


class FeeForm(forms.Form):
    """One price from a day on."""

    carrier = forms.ModelChoiceField(label=_("Doanh nghiệp bưu chính"), queryset=Carrier.objects.none(), empty_label=None)
    service = forms.ChoiceField(label=_("Dịch vụ"), choices=Service.choices)
    zone = forms.ChoiceField(label=_("Vùng"), choices=Zone.choices)
    direction = forms.ChoiceField(label=_("Chiều"), choices=[("", _("Mọi chiều")), *Direction.choices], required=False)
    amount = Dong(label=_("Giá cước (đồng)"), error_messages={"required": _("Vui lòng ghi giá cước.")})
    valid_from = Day(label=_("Áp dụng từ ngày"), error_messages={"required": _("Vui lòng chọn ngày.")})
    basis = ShortText(label=_("Căn cứ"), max_length=255, required=False)

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **{"initial": {"valid_from": clock.today()}, **kwargs})
        self.fields["carrier"].queryset = carriers(user)  # type: ignore[attr-defined]

    def price(self) -> NewPrice:
        """What was typed."""
        return NewPrice(**{name: value for name, value in self.cleaned_data.items() if name != "carrier"})


class FeeFileForm(forms.Form):
    """A table as a file."""

    carrier = forms.ModelChoiceField(label=_("Doanh nghiệp bưu chính"), queryset=Carrier.objects.none(), empty_label=None)
    file = forms.FileField(label=_("Tệp CSV hoặc XLSX"), widget=forms.FileInput(attrs={"accept": ".csv,.xlsx"}),
                           help_text=_("Các cột: Dịch vụ, Vùng, Chiều, Giá cước (đồng), Áp dụng từ ngày, Căn cứ."),
                           error_messages={"required": _("Vui lòng chọn tệp.")})

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["carrier"].queryset = carriers(user)  # type: ignore[attr-defined]

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > MOST_BYTES:
            raise ValidationError(_("Tệp lớn hơn 1 MB."))
        return file
