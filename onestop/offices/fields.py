"""A form field for the commune of an address: typed as people write it, suggested while they type where a script may run."""
from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from onestop.offices.communes import called, full_name
from onestop.offices.models import Area
from onestop.people.words import clean

MOST_NAMED = 6


class Commune(forms.CharField):
    """'Phường Nha Trang, Tỉnh Khánh Hòa' → its Area; None where nothing was typed. A name that several communes bear is asked about."""

    default_error_messages = {
        "unknown": _("Không tìm thấy xã, phường này. Vui lòng ghi tên như trong danh mục, ví dụ: Phường Ninh Kiều, Thành phố Cần Thơ."),
        "several": _("Có nhiều nơi cùng tên, vui lòng ghi rõ: %(names)s."),
    }

    def __init__(self, **options: Any) -> None:
        widget = forms.TextInput(attrs={"data-areas": "", "autocomplete": "off"})
        super().__init__(**{"label": _("Xã, phường"), "max_length": 160, "widget": widget, **options})

    def prepare_value(self, value: Any) -> Any:
        return full_name(value) if isinstance(value, Area) else value

    def clean(self, value: Any) -> Any:
        """The Area. Raises ValidationError."""
        text = clean(super().clean(value) or "")
        if not text:
            return None
        found = called(text)
        if not found:
            raise ValidationError(self.error_messages["unknown"], code="unknown")
        if len(found) > 1:
            names = "; ".join(full_name(area) for area in found[:MOST_NAMED])
            raise ValidationError(self.error_messages["several"], code="several", params={"names": names})
        return found[0]
