"""The file with dossiers of the National Portal."""
from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

MOST_BYTES = 4 * 1024 * 1024


class ImportForm(forms.Form):
    """A JSON or CSV file."""

    file = forms.FileField(label=_("Tệp hồ sơ (JSON hoặc CSV)"), widget=forms.FileInput(attrs={"accept": ".json,.csv"}),
                           help_text=_("Xuất từ Cổng Dịch vụ công quốc gia, bảng mã UTF-8. Nhập lại cùng một tệp không tạo hồ sơ trùng."),
                           error_messages={"required": _("Vui lòng chọn tệp."), "empty": _("Tệp này trống.")})

    def clean_file(self) -> object:
        """Small enough to be read at once."""
        kept = self.cleaned_data["file"]
        if kept.size > MOST_BYTES:
            raise forms.ValidationError(_("Tệp tối đa 4 MB."))
        return kept
