"""The portal's own words as they are typed, and what the list of messages is narrowed by."""
from django import forms
from django.utils.translation import gettext_lazy as _

from onestop.notify.services.wording_texts import LONGEST
from onestop.people.fields import LongText, ShortText

KINDS = [("", _("Tất cả")), ("citizen", _("Gửi người dân")), ("officer", _("Gửi cán bộ")), ("own", _("Đã sửa lời"))]


class WordingFilter(forms.Form):
    """Letters of the name or key, and to whom the message goes."""

    q = ShortText(label=_("Tìm mẫu tin"), max_length=60, required=False)
    kind = forms.ChoiceField(label=_("Loại"), choices=KINDS, required=False)


class WordingForm(forms.Form):
    """Subject and body; `seen` is the newest version the writer knows."""

    subject = ShortText(label=_("Tiêu đề"), max_length=150, help_text=_("Dùng cho thư điện tử và trang của cổng; SMS chỉ có nội dung."))
    body = LongText(label=_("Nội dung"), max_length=LONGEST, widget=forms.Textarea(attrs={"rows": 8}))
    seen = forms.IntegerField(widget=forms.HiddenInput, min_value=0)
