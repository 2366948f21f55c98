"""How somebody wants to be told, as they choose it themselves: only what reaches them is offered."""
from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from onestop.notify.form_subscriptions import language_choices
from onestop.notify.models import Preference
from onestop.notify.states import Via

PLACES = ((_("Báo trước hết bằng"), True), (_("Nếu không được, bằng"), False), (_("Rồi đến"), False), (_("Cuối cùng"), False))


class OwnWishForm(forms.Form):
    """One choice for each place in the order, as many as there are channels."""

    language = forms.ChoiceField(label=_("Ngôn ngữ của tin nhắn"), choices=language_choices)

    def __init__(self, data: Any = None, *, choices: Sequence[Via], known: Preference | None, language: str) -> None:
        order = [name for name in (known.order if known else []) if name in choices] or [str(via) for via in choices]
        initial: dict[str, Any] = {f"place{number}": name for number, name in enumerate(order)}
        super().__init__(data, initial={**initial, "language": known.language if known else language})
        offered = [(via.value, via.label) for via in choices]
        for number, (label, required) in enumerate(PLACES[:len(choices)]):
            self.fields[f"place{number}"] = forms.ChoiceField(
                label=label, required=required, choices=offered if required else [("", _("Không dùng kênh nào nữa")), *offered])
        self.order_fields([*(f"place{number}" for number in range(len(PLACES))), "language"])

    def order(self) -> list[str]:
        """The channels chosen, in order."""
        return [self.cleaned_data[name] for name in self.fields if name.startswith("place") and self.cleaned_data[name]]

    @property
    def places(self) -> list[forms.BoundField]:
        """The fields of the order."""
        return [self[name] for name in self.fields if name.startswith("place")]


class OwnEmailForm(forms.Form):
    """A new address, to which a link goes."""

    email = forms.EmailField(label=_("Địa chỉ thư điện tử"), max_length=120, widget=forms.EmailInput(attrs={"autocomplete": "email"}),
                             error_messages={"required": _("Vui lòng ghi địa chỉ thư điện tử, ví dụ: ten@vi-du.vn."),
                                             "invalid": _("Vui lòng ghi địa chỉ thư điện tử, ví dụ: ten@vi-du.vn.")})
