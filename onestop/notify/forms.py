"""What may be asked of the list of messages."""
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from onestop.notify.models import MessageQuerySet
from onestop.notify.states import State, Via
from onestop.people.fields import ShortText

ANY = [("", _("Tất cả"))]


class MessageFilter(forms.Form):
    """State, channel, and a phone number or its last digits."""

    state = forms.ChoiceField(label=_("Trạng thái"), choices=[*ANY, *State.choices], required=False)
    channel = forms.ChoiceField(label=_("Kênh gửi"), choices=[*ANY, *Via.choices], required=False)
    phone = ShortText(label=_("Số điện thoại"), max_length=20, required=False)

    def clean_phone(self) -> str:
        """Digits only; at least three, so that it is a search and not a list of everybody."""
        text: str = self.cleaned_data["phone"]
        digits = "".join(char for char in text if char.isascii() and char.isdigit())
        if text and len(digits) < 3:
            raise ValidationError(_("Vui lòng ghi ít nhất 3 chữ số của số điện thoại."))
        return "0" + digits[2:] if digits.startswith("84") and text.startswith("+") else digits

    def narrow(self, messages: MessageQuerySet) -> MessageQuerySet:
        """The messages asked for; a field that is wrong narrows nothing."""
        self.is_valid()
        found: dict[str, Any] = getattr(self, "cleaned_data", {})
        asked = {"state": found.get("state"), "channel": found.get("channel"), "phone__contains": found.get("phone")}
        return messages.filter(**{name: value for name, value in asked.items() if value})
