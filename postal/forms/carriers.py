"""How a carrier is described, its words, and what is done with dead letters."""
from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.utils.translation import gettext_lazy as _

from onestop.offices.models import Area
from onestop.offices.states import AreaLevel
from onestop.people.fields import ShortText
from onestop.people.models import User
from onestop.people.states import Role
from postal.carriers import mapping
from postal.carriers.content import ANSWER_NAMES, NAMES, NEEDED
from postal.models import Carrier
from postal.states import Adapter, FileFormat, Meaning

WEEKDAYS = (_("Thứ Hai"), _("Thứ Ba"), _("Thứ Tư"), _("Thứ Năm"), _("Thứ Sáu"), _("Thứ Bảy"), _("Chủ nhật"))
TOLD = (Role.CARRIER, Role.DESK, Role.LEADER, Role.ADMINISTRATOR, Role.MONITOR, Role.HOTLINE)
PLAIN = ("name", "adapter", "order_url", "folder", "file_format", "province", "collect_hours", "working_hours_only", "rests_on_holidays",
         "warn_minutes", "warn_roles", "late_roles", "silent_days", "active")


class CarrierForm(forms.Form):
    """Everything about a carrier but its key; its names and hours are rows of their own."""

    code = forms.SlugField(label=_("Mã"), max_length=30,
                           help_text=_("Chữ không dấu, số và gạch nối; có trong địa chỉ nhận sự kiện, không đổi được."))
    name = ShortText(label=_("Tên doanh nghiệp bưu chính"), max_length=120)
    province = forms.ModelChoiceField(label=_("Địa bàn"), queryset=Area.objects.none(), required=False,
                                      empty_label=_("Mọi tỉnh, thành phố"))
    active = forms.BooleanField(label=_("Đang dùng"), required=False, initial=True)
    adapter = forms.ChoiceField(label=_("Cách kết nối"), choices=Adapter.choices, initial=Adapter.HTTP)
    order_url = forms.URLField(label=_("Địa chỉ nhận yêu cầu"), max_length=255, required=False, assume_scheme="https",
                               help_text=_("Chỉ với kết nối HTTP."))
    folder = forms.SlugField(label=_("Thư mục trao đổi"), max_length=40, required=False,
                             help_text=_("Chỉ với trao đổi tệp; bỏ trống thì lấy theo mã. Bên trong có out/ và in/."))
    file_format = forms.ChoiceField(label=_("Định dạng bảng kê"), choices=FileFormat.choices, initial=FileFormat.CSV)
    manifest_times = ShortText(label=_("Giờ lập bảng kê"), max_length=120, required=False, help_text=_("Ví dụ: 10:30, 15:30."))
    collect_hours = forms.IntegerField(label=_("Số giờ phải đến lấy"), min_value=1, max_value=72, initial=4)
    working_hours_only = forms.BooleanField(label=_("Chỉ tính giờ làm việc của bưu chính"), required=False, initial=True)
    rests_on_holidays = forms.BooleanField(label=_("Nghỉ các ngày lễ"), required=False, initial=True)
    warn_minutes = forms.IntegerField(label=_("Báo trước khi hết hạn (phút)"), min_value=0, max_value=1440, initial=60)
    warn_roles = forms.MultipleChoiceField(label=_("Ai được báo trước"), choices=[(role.value, role.label) for role in TOLD],
                                           required=False, widget=forms.CheckboxSelectMultiple, initial=[Role.CARRIER.value])
    late_roles = forms.MultipleChoiceField(label=_("Ai được báo khi quá hạn"), choices=[(role.value, role.label) for role in TOLD],
                                           required=False, widget=forms.CheckboxSelectMultiple,
                                           initial=[Role.LEADER.value, Role.ADMINISTRATOR.value])
    silent_days = forms.IntegerField(label=_("Số ngày không có tin thì hỏi"), min_value=1, max_value=60, initial=5)

    def __init__(self, data: Any = None, *, user: User, carrier: Carrier | None = None) -> None:
        self.carrier = carrier
        super().__init__(data, initial=_initial(carrier) if carrier else {})
        provinces = Area.objects.filter(pk__in=user.provinces_as(Role.ADMINISTRATOR), level=AreaLevel.PROVINCE)
        self.fields["province"].queryset = provinces  # type: ignore[attr-defined]
        self.fields["province"].required = carrier is None or carrier.province_id is not None
        if carrier is not None:
            del self.fields["code"]
        for name in NAMES:
            self.fields[_row("order", name)] = ShortText(label=name, max_length=80, required=False)
        for name in ANSWER_NAMES:
            self.fields[_row("answer", name)] = ShortText(label=name, max_length=80, required=False)
        for number, day in enumerate(WEEKDAYS):
            self.fields[f"hours_{number}"] = ShortText(label=day, max_length=80, required=False)

    @property
    def order_rows(self) -> list[forms.BoundField]:
        """The names of an order."""
        return [self[_row("order", name)] for name in NAMES]

    @property
    def answer_rows(self) -> list[forms.BoundField]:
        """The names of its answer."""
        return [self[_row("answer", name)] for name in ANSWER_NAMES]

    @property
    def hour_rows(self) -> list[forms.BoundField]:
        """The week."""
        return [self[f"hours_{number}"] for number in range(7)]

    def clean_order_url(self) -> str:
        """The web only, and no password in an address: it is shown on the page, and the signature says who we are."""
        address: str = self.cleaned_data["order_url"]
        parts = urlsplit(address)
        if address and (parts.scheme not in ("http", "https") or not parts.hostname or "@" in parts.netloc):
            raise forms.ValidationError(_("Địa chỉ bắt đầu bằng https:// hoặc http:// và không chứa tên đăng nhập, mật khẩu."))
        return address

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("adapter") == Adapter.HTTP and not data.get("order_url") and "order_url" not in self.errors:
            self.add_error("order_url", _("Kết nối HTTP cần địa chỉ nhận yêu cầu."))
        if data.get("adapter") == Adapter.FILE and not data.get("manifest_times"):
            self.add_error("manifest_times", _("Trao đổi tệp cần ít nhất một giờ lập bảng kê, ví dụ: 10:30, 15:30."))
        for field, read in (("manifest_times", mapping.times), *((f"hours_{day}", mapping.spans) for day in range(7))):
            self._read(data, field, read)
        self._mapping(data, "order", NAMES, NEEDED)
        self._mapping(data, "answer", ANSWER_NAMES, ("waybill",))
        return data

    def _read(self, data: dict[str, Any], field: str, read: Any) -> None:
        try:
            data[field] = read(data.get(field) or "")
        except mapping.Wrong as wrong:
            self.add_error(field, str(wrong))

    def _mapping(self, data: dict[str, Any], kind: str, names: tuple[str, ...], needed: tuple[str, ...]) -> None:
        try:
            data[f"{kind}_fields"] = mapping.paths({name: data.get(_row(kind, name)) or "" for name in names}, needed=needed)
        except mapping.Wrong as wrong:
            self.add_error(None, str(wrong))

    @property
    def values(self) -> dict[str, Any]:
        """The carrier's columns, after is_valid()."""
        data = self.cleaned_data
        week = {str(day): data[f"hours_{day}"] for day in range(7) if data[f"hours_{day}"]}
        plain = {name: data[name] for name in (*PLAIN, *(() if self.carrier else ("code",)))}
        return plain | {"hours": week, "manifest_times": data["manifest_times"], "order_fields": data["order_fields"],
                        "answer_fields": data["answer_fields"]}


def _row(kind: str, name: str) -> str:
    return f"{kind}_{name.replace('.', '__')}"


def _initial(carrier: Carrier) -> dict[str, Any]:
    """A carrier as the form shows it."""
    typed = {name: getattr(carrier, name) for name in PLAIN} | {"manifest_times": ", ".join(carrier.manifest_times)}
    for kind, names, given in (("order", NAMES, carrier.order_fields), ("answer", ANSWER_NAMES, carrier.answer_fields)):
        typed |= {_row(kind, name): given[name] or mapping.LEAVE_OUT for name in names if name in given}
    return typed | {f"hours_{day}": mapping.typed_spans(spans) for day, spans in carrier.hours.items()}


class WordForm(forms.Form):
    """A carrier's word and what it means here."""

    word = ShortText(label=_("Từ của bưu chính"), max_length=40)
    meaning = forms.ChoiceField(label=_("Ý nghĩa"), choices=[("", _("Chưa rõ")), *Meaning.choices], required=False)


class DeadFilter(forms.Form):
    """Which dead letters are looked at."""

    buu_chinh = forms.ModelChoiceField(label=_("Doanh nghiệp bưu chính"), queryset=Carrier.objects.none(), required=False,
                                       empty_label=_("Tất cả"))
    ly_do = forms.ChoiceField(label=_("Lý do"), required=False)

    def __init__(self, *args: Any, carriers: Any, reasons: list[tuple[str, str]], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["buu_chinh"].queryset = carriers  # type: ignore[attr-defined]
        self.fields["ly_do"].choices = [("", _("Tất cả")), *reasons]  # type: ignore[attr-defined]
