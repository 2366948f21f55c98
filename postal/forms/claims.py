"""What is typed about a social claim."""
from django import forms
from django.utils.translation import gettext_lazy as _

from onestop.people.fields import ShortText
from postal.states import SocialGroup


class FindDossier(forms.Form):
    """A dossier by its code."""

    ma = ShortText(label=_("Mã hồ sơ"), max_length=60, required=False)


class ClaimForm(forms.Form):
    """The group and the paper that was seen."""

    group = forms.ChoiceField(label=_("Đối tượng"), choices=SocialGroup.choices, widget=forms.RadioSelect,
                              error_messages={"required": _("Vui lòng chọn đối tượng.")})
    evidence = ShortText(label=_("Giấy tờ chứng minh"), max_length=255, help_text=_("Ví dụ: Giấy chứng nhận số …, ngày …."),
                         error_messages={"required": _("Vui lòng ghi giấy tờ chứng minh.")})
