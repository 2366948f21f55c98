"""What people type to get the news of their area, to confirm it, and to end it."""
from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.core.validators import MaxLengthValidator
from django.utils.translation import gettext_lazy as _

from onestop import clock
from onestop.catalogue.eforms import areas
from onestop.notify.contacts import Contact, either
from onestop.offices.models import Area
from onestop.offices.states import AreaLevel
from onestop.people.fields import ShortText
from onestop.people.words import clean, fold

# What is agreed to. It is shown, and kept with the subscription as it was read (rules.md 9: no consent by default, evidence kept).
CONSENT = _("Tôi đồng ý để Cổng Một cửa dùng số điện thoại hoặc địa chỉ thư điện tử này gửi tin về giải quyết thủ tục hành chính của địa "
            "bàn đã chọn. Tôi có thể thôi nhận bất cứ lúc nào, không mất phí.")
HEARD = _("Người dân đã nghe và đồng ý với nội dung trên")


class ContactField(forms.CharField):
    """A telephone number or an e-mail address."""

    default_error_messages = {"contact": _("Vui lòng ghi số điện thoại (ví dụ: 0912 345 678) hoặc địa chỉ thư điện tử.")}

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"label": _("Số điện thoại hoặc thư điện tử"), "max_length": 120, **options})

    def to_python(self, value: Any) -> Contact:  # type: ignore[override]
        found = either(clean(super().to_python(value) or ""))
        if value and not found:
            raise forms.ValidationError(self.error_messages["contact"], code="contact")
        return found

    def run_validators(self, value: Any) -> None:
        """Nothing more than what to_python() saw to."""

    def validate(self, value: Any) -> None:
        if self.required and not value:
            raise forms.ValidationError(self.error_messages["contact"], code="required")


def language_choices() -> list[tuple[str, str]]:
    return [(code, str(name)) for code, name in settings.LANGUAGES]


class SubscribeForm(forms.Form):
    """Whoever wants the news of a commune. `place` is typed as people write it; where several are called so, they choose."""

    contact = ContactField()
    place = ShortText(label=_("Phường, xã"), max_length=120, error_messages={"required": _("Vui lòng ghi phường, xã.")},
                      help_text=_("Ví dụ: Phường Ninh Kiều, Cần Thơ"), widget=forms.TextInput(attrs={"autocomplete": "off"}))
    language = forms.ChoiceField(label=_("Ngôn ngữ của tin nhắn"), choices=language_choices, initial="vi")
    agree = forms.BooleanField(label=_("Tôi đồng ý"), error_messages={"required": _("Cần có sự đồng ý để gửi tin.")})

    def __init__(self, *args: Any, heard: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.found: list[Area] = []
        if heard:
            self.fields["agree"].label = HEARD

    def clean_place(self) -> Area:
        """The commune that was meant. Several of the name: an error that lists them in `found`."""
        self.found = communes(self.cleaned_data["place"])
        if len(self.found) == 1:
            return self.found[0]
        if self.found:
            raise forms.ValidationError(_("Có nhiều nơi mang tên này. Vui lòng chọn một nơi trong danh sách."))
        raise forms.ValidationError(_("Không tìm thấy phường, xã này. Vui lòng ghi thêm tên tỉnh, ví dụ: Phường Ninh Kiều, Cần Thơ."))


def communes(text: str) -> list[Area]:
    """The communes of today (until 30/6/2025 the districts too) that a typed name can mean: by the national list, else by the tree."""
    codes = [place.code for place in areas.find(text) or areas.suggest(text)]
    alive = Area.objects.exclude(level=AreaLevel.PROVINCE).valid_on(clock.today()).select_related("parent__parent")
    found = list(alive.filter(code__in=codes)) if codes else []
    name = fold(text.partition(",")[0])
    return found or list(alive.filter(code=text[:12])) or list(alive.filter(search_name=name).order_by("name")[:areas.MOST_FOUND])


class CodeForm(forms.Form):
    """The code that was sent."""

    code = forms.CharField(label=_("Mã xác nhận"), max_length=12, validators=[MaxLengthValidator(12)], widget=forms.TextInput(
        attrs={"inputmode": "numeric", "autocomplete": "one-time-code", "class": "short"}),
        error_messages={"required": _("Vui lòng nhập mã trong tin nhắn.")})


class EndForm(forms.Form):
    """Whoever wants no more news, without a link at hand."""

    contact = ContactField()
