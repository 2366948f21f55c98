"""What is asked where the post shall fetch the papers; the rules themselves are in the services."""
from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from onestop.offices.fields import Commune
from onestop.people.fields import ShortText


class CollectionForm(forms.Form):
    """Whether the post comes for the papers, and where to."""

    collect_by_post = forms.BooleanField(label=_("Bưu chính đến lấy giấy tờ tại nhà"), required=False)
    collect_address = ShortText(label=_("Địa chỉ lấy giấy tờ"), max_length=255, required=False,
                                widget=forms.TextInput(attrs={"autocomplete": "street-address"}))
    collect_area = Commune(label=_("Xã, phường lấy giấy tờ"), required=False, help_text=_("Ví dụ: Phường Ninh Kiều, Thành phố Cần Thơ."))
