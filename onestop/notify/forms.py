"""What may be asked of the list of messages, and what is said about gateways, the day's money and people's wishes."""
import json
from datetime import date, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from onestop import clock
from onestop.notify.channels.gateway import FROM_SETTINGS
from onestop.notify.models import Message, MessageQuerySet, Preference, Provider
from onestop.notify.services.preferences import WISHES
from onestop.notify.services.providers import GATEWAYS
from onestop.notify.states import State, Via
from onestop.notify.wording import TEMPLATES
from onestop.people.fields import Day, ShortText
from onestop.people.words import phone_number

ANY = [("", _("Tất cả"))]
MAYBE = [("", "—"), *((via.value, via.label) for via in WISHES)]
LATEST = 200_000  # messages among which a number's last digits are looked for: a whole number is found in all


class MessageFilter(forms.Form):
    """State, channel, template, gateway, day, and a phone number or its last digits."""

    state = forms.ChoiceField(label=_("Trạng thái"), choices=[*ANY, *State.choices], required=False)
    channel = forms.ChoiceField(label=_("Kênh gửi"), choices=[*ANY, *Via.choices], required=False)
    template = forms.ChoiceField(label=_("Mẫu tin"), required=False)
    gateway = forms.ModelChoiceField(label=_("Cổng"), queryset=Provider.objects.none(), required=False, empty_label=_("Tất cả"))
    day = Day(label=_("Ngày"), required=False)
    phone = ShortText(label=_("Số điện thoại hoặc các số cuối"), max_length=20, required=False)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["template"].choices = [*ANY, *((key, row.name) for key, row in TEMPLATES.items())]  # type: ignore[attr-defined]
        self.fields["gateway"].queryset = Provider.objects.order_by("channel", "rank", "pk")  # type: ignore[attr-defined]

    def clean_phone(self) -> str:
        """Digits only; at least three, so that it is a search and not a list of everybody."""
        text: str = self.cleaned_data["phone"]
        digits = "".join(char for char in text if char.isascii() and char.isdigit())
        if text and len(digits) < 3:
            raise ValidationError(_("Vui lòng ghi ít nhất 3 chữ số của số điện thoại."))
        return phone_number(text) or digits

    def narrow(self, messages: MessageQuerySet) -> MessageQuerySet:
        """The messages asked for; a field that is wrong narrows nothing."""
        self.is_valid()
        found: dict[str, Any] = getattr(self, "cleaned_data", {})
        asked = {"state": found.get("state"), "channel": found.get("channel"), "template_key": found.get("template"),
                 "gateway": found.get("gateway")}
        messages = messages.filter(**{name: value for name, value in asked.items() if value})
        return _of_day(_of_phone(messages, found.get("phone") or ""), found.get("day"))


def _of_phone(messages: MessageQuerySet, digits: str) -> MessageQuerySet:
    if not digits:
        return messages
    if phone_number(digits) == digits:
        return messages.filter(phone=digits)
    newest = Message.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    return messages.filter(pk__gt=newest - LATEST, phone__endswith=digits)


def _of_day(messages: MessageQuerySet, day: date | None) -> MessageQuerySet:
    if day is None:
        return messages
    return messages.filter(created_at__gte=clock.at(day), created_at__lt=clock.at(day) + timedelta(days=1))


class DayForm(forms.Form):
    """The day whose figures are shown."""

    day = Day(label=_("Ngày"), required=False)


class CapForm(forms.Form):
    """What a channel may cost today."""

    channel = forms.ChoiceField(choices=[(via.value, via.label) for via in GATEWAYS], widget=forms.HiddenInput)
    cap = forms.IntegerField(label=_("Mức chi hôm nay (đồng; 0: không giới hạn)"), min_value=0, max_value=10**12)


class TestForm(forms.Form):
    """Where a message goes that tries a gateway."""

    to = ShortText(label=_("Gửi thử tới"), max_length=60)


class Json(forms.JSONField):
    """A JSON object, shown with its letters as they are."""

    def __init__(self, **options: Any) -> None:
        widget = forms.Textarea(attrs={"rows": 4, "class": "code", "spellcheck": "false"})
        super().__init__(**{"required": False, "widget": widget, **options})

    def prepare_value(self, value: Any) -> str:
        return value if isinstance(value, str) else json.dumps(value or {}, ensure_ascii=False, indent=1)

    def clean(self, value: Any) -> dict[str, Any]:
        found = super().clean(value) or {}
        if not isinstance(found, dict):
            raise ValidationError(_("Phải là một đối tượng JSON."))
        return found


class ProviderForm(forms.Form):
    """How a gateway is reached, and what its answers mean."""

    code = forms.SlugField(label=_("Mã"), max_length=30)
    name = ShortText(label=_("Tên"), max_length=120)
    channel = forms.ChoiceField(label=_("Kênh"), choices=[(via.value, via.label) for via in GATEWAYS])
    rank = forms.IntegerField(label=_("Thứ tự dùng"), min_value=1, max_value=99, initial=1)
    url = ShortText(label=_("Địa chỉ"), max_length=255)
    key = ShortText(label=_("Khóa gọi cổng"), max_length=200, required=False, help_text=_("Để trống: giữ khóa đang dùng."))
    report_key = ShortText(label=_("Khóa ký báo cáo"), max_length=120, required=False, help_text=_("Để trống: giữ khóa đang dùng."))
    price = forms.IntegerField(label=_("Giá một đoạn (đồng)"), min_value=0, max_value=1_000_000, initial=0)
    per_second = forms.IntegerField(label=_("Nhiều nhất mỗi giây (0: không giới hạn)"), min_value=0, max_value=10_000, initial=0)
    plain = forms.BooleanField(label=_("Chỉ nhận chữ không dấu"), required=False)
    active = forms.BooleanField(label=_("Đang dùng"), required=False, initial=True)
    headers = Json(label=_("Tiêu đề HTTP"), help_text=_("Ví dụ: {\"Authorization\": \"Bearer {key}\"}."))
    mapping = Json(label=_("Tên các trường của yêu cầu"),
                   help_text=_("Tên của ta → tên của cổng: id, to, text, phone, name, subject; dấu chấm cho trường lồng nhau."))
    extra = Json(label=_("Các trường cố định"), help_text=_("Ví dụ: {\"brand\": \"MOTCUA\"}."))
    answers = Json(label=_("Ý nghĩa câu trả lời"), help_text=_("id, code: chỗ ghi; good, duplicate, permanent, own, wait: danh sách mã."))
    reports = Json(label=_("Báo cáo kết quả gửi"), help_text=_("report, key, id, status: chỗ ghi; words: từ của cổng → delivered, failed."))

    def __init__(self, *args: Any, provider: Provider | None = None, **options: Any) -> None:
        super().__init__(*args, **options)
        if provider is None:
            return
        shown = ("code", "name", "channel", "rank", "url", "price", "per_second", "plain", "active", "headers", "extra", "answers",
                 "reports")
        self.initial = {name: getattr(provider, name) for name in shown} | {"mapping": provider.fields}
        self.fields["code"].disabled = self.fields["channel"].disabled = True
        if provider.code == FROM_SETTINGS:  # all else stands in the settings
            for name in ("url", "key", "headers", "mapping", "extra", "answers", "plain"):
                del self.fields[name]

    def values(self) -> dict[str, Any]:
        """What save_provider() takes."""
        found = dict(self.cleaned_data)
        if "mapping" in found:
            found["fields"] = found.pop("mapping")
        return found


PLACES = ("first", "second", "third", "fourth")  # of the channels, in their order


class PreferenceForm(forms.Form):
    """How somebody wants to be told: up to four channels, the first one first."""

    contact = ShortText(label=_("Số điện thoại hoặc thư điện tử"), max_length=160)
    first = forms.ChoiceField(label=_("Trước hết"), choices=[(via.value, via.label) for via in WISHES])
    second = forms.ChoiceField(label=_("Nếu không được"), choices=MAYBE, required=False)
    third = forms.ChoiceField(label=_("Rồi đến"), choices=MAYBE, required=False)
    fourth = forms.ChoiceField(label=_("Cuối cùng"), choices=MAYBE, required=False)
    zalo_id = ShortText(label=_("Mã người dùng Zalo"), max_length=60, required=False, help_text=_("Do Zalo OA cấp khi người dân quan tâm."))
    language = forms.ChoiceField(label=_("Ngôn ngữ"), choices=[("vi", _("Tiếng Việt")), ("en", _("Tiếng Anh"))])

    def order(self) -> list[str]:
        """The channels chosen, in order."""
        return [self.cleaned_data[place] for place in PLACES if self.cleaned_data[place]]

    @staticmethod
    def of(preference: Preference) -> dict[str, Any]:
        """The form's beginning for a known wish."""
        order = dict(zip(PLACES, map(str, preference.order), strict=False))
        return {"contact": preference.contact, **order, "zalo_id": preference.zalo_id, "language": preference.language}
