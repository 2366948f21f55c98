"""What a citizen may ask the guide; every field is forgiving, a wrong value counts as none."""
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from onestop.catalogue.states import Channel
from onestop.offices.states import OfficeLevel
from onestop.people.words import clean

MOST_CHARS = 200
LEVELS = [("", _("Mọi cấp")), ("province", _("Cấp tỉnh")), ("commune", _("Cấp xã")), ("district", _("Cấp huyện (đến 30/6/2025)")),
          ("ministry", _("Cấp bộ"))]


class Words(forms.CharField):
    """A search text of any length and writing: cut, NFC, single spaces."""

    def to_python(self, value: Any) -> str:
        return clean(str(value or "")[:4 * MOST_CHARS])[:MOST_CHARS]


class ProcedureSearch(forms.Form):
    q = Words(label=_("Tên hoặc mã thủ tục"), required=False, widget=forms.TextInput(
        attrs={"type": "search", "maxlength": MOST_CHARS, "autocomplete": "off"}))
    field = forms.ChoiceField(label=_("Lĩnh vực"), required=False)
    level = forms.ChoiceField(label=_("Cấp thực hiện"), required=False, choices=LEVELS)
    channel = forms.ChoiceField(label=_("Cách nộp"), required=False, choices=[("", _("Mọi cách nộp")), *Channel.choices])

    def __init__(self, *args: Any, fields: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["field"].choices = [("", _("Mọi lĩnh vực")), *((name, name) for name in fields)]  # type: ignore[attr-defined]

    def asked(self) -> dict[str, str]:
        """The values that make sense."""
        self.is_valid()
        return {name: self.cleaned_data.get(name, "") for name in ("q", "field", "level", "channel")}


class OfficeSearch(forms.Form):
    tim = Words(label=_("Tên đơn vị, phường, xã"), required=False, widget=forms.TextInput(
        attrs={"type": "search", "maxlength": MOST_CHARS, "autocomplete": "off"}))
    tinh = forms.ChoiceField(label=_("Tỉnh, thành phố"), required=False)
    cap = forms.ChoiceField(label=_("Cấp"), required=False, choices=[("", _("Mọi cấp")), *OfficeLevel.choices])

    def __init__(self, *args: Any, provinces: list[tuple[str, str]], with_level: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["tinh"].choices = [("", _("Mọi tỉnh, thành phố")), *provinces]  # type: ignore[attr-defined]
        if not with_level:
            del self.fields["cap"]

    def asked(self) -> dict[str, str]:
        """The values that make sense."""
        self.is_valid()
        return {name: self.cleaned_data.get(name, "") for name in ("tim", "tinh", "cap")}


