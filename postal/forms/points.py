"""What is typed about reception points and clerks."""
from __future__ import annotations

import zlib
from typing import Any

from django import forms
from django.core import signing
from django.utils.translation import gettext_lazy as _

from onestop.offices.fields import Commune
from onestop.offices.models import Area
from onestop.offices.states import AreaLevel
from onestop.people.fields import Day, LongText, ShortText
from onestop.people.words import clean
from postal.models import Carrier
from postal.point_lists import Point

BIGGEST = 5 * 1024 * 1024  # bytes of an uploaded list
KEPT_SECONDS = 3600  # how long a preview can be confirmed
SALT = "postal.points"


class PointSearch(forms.Form):
    """Words of a commune, name or address (tone marks optional), and a province."""

    tim = ShortText(label=_("Xã, phường, tên hoặc địa chỉ"), max_length=100, required=False, widget=forms.TextInput(
        attrs={"type": "search", "autocomplete": "off"}))
    tinh = forms.ChoiceField(label=_("Tỉnh, thành phố"), required=False)

    def __init__(self, *args: Any, provinces: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["tinh"].choices = [("", _("Mọi tỉnh, thành phố")), *provinces]  # type: ignore[attr-defined]

    def asked(self) -> dict[str, str]:
        """The values that make sense."""
        self.is_valid()
        return {name: self.cleaned_data.get(name, "") for name in ("tim", "tinh")}


class PointForm(forms.Form):
    """One reception point."""

    carrier = forms.ModelChoiceField(label=_("Doanh nghiệp bưu chính"), queryset=Carrier.objects.none(), empty_label=None)
    code = ShortText(label=_("Mã điểm"), max_length=30)
    name = ShortText(label=_("Tên điểm"), max_length=160)
    area = Commune(required=True)
    address = ShortText(label=_("Địa chỉ"), max_length=255)
    phone = ShortText(label=_("Điện thoại"), max_length=30, required=False)
    hours = ShortText(label=_("Giờ làm việc"), max_length=160, required=False,
                      help_text=_("Như người dân đọc: Thứ Hai đến thứ Bảy, 7 giờ 30 đến 17 giờ."))
    opens = forms.TimeField(label=_("Mở cửa"), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"), initial="07:30")
    closes = forms.TimeField(label=_("Đóng cửa"), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"), initial="17:00")
    valid_from = Day(label=_("Hoạt động từ ngày"))

    def __init__(self, *args: Any, carriers: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["carrier"].queryset = carriers  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        typed = super().clean() or {}
        if typed.get("opens") and typed.get("closes") and typed["opens"] >= typed["closes"]:
            self.add_error("closes", _("Giờ đóng cửa phải sau giờ mở cửa."))
        return typed


class ClosePointForm(forms.Form):
    """Until when a point receives."""

    last_day = Day(label=_("Ngày nhận cuối cùng"), error_messages={"required": _("Vui lòng chọn ngày.")})


class PointListForm(forms.Form):
    """A list of points to look at before it is brought in."""

    carrier = forms.ModelChoiceField(label=_("Doanh nghiệp bưu chính"), queryset=Carrier.objects.none(), empty_label=None)
    file = forms.FileField(label=_("Tệp CSV hoặc XLSX"), error_messages={"required": _("Vui lòng chọn tệp.")})

    def __init__(self, *args: Any, carriers: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["carrier"].queryset = carriers  # type: ignore[attr-defined]

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > BIGGEST:
            raise forms.ValidationError(_("Tệp lớn hơn 5 MB."))
        return file


class ConfirmForm(forms.Form):
    """The list that was looked at, as this portal itself has written it into the page."""

    kept = forms.CharField(widget=forms.HiddenInput, max_length=2_000_000)

    def points(self, carrier: Carrier) -> list[Point] | None:
        """The points; None where the page is too old or not this portal's."""
        try:
            kept = signing.loads(self.cleaned_data["kept"], salt=f"{SALT}:{carrier.pk}", max_age=KEPT_SECONDS)
        except (signing.BadSignature, zlib.error, ValueError):
            return None
        return [Point(*row) for row in kept]


def kept(carrier: Carrier, points: list[Point]) -> str:
    """The points of a list for the page on which they are confirmed."""
    return signing.dumps([list(vars(point).values()) for point in points], salt=f"{SALT}:{carrier.pk}", compress=True)


class ClerkForm(forms.Form):
    """Which carrier a clerk works for, and in which communes, one a line."""

    carrier = forms.ModelChoiceField(label=_("Doanh nghiệp bưu chính"), queryset=Carrier.objects.none(), empty_label=None)
    areas = LongText(label=_("Xã, phường phụ trách"), required=False, max_length=8000,
                     help_text=_("Mỗi dòng một xã, phường: tên hoặc mã. Để trống: cả tỉnh."))

    def __init__(self, *args: Any, carriers: Any, provinces: list[int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.provinces = provinces
        self.fields["carrier"].queryset = carriers  # type: ignore[attr-defined]

    def clean_areas(self) -> list[Area]:
        wanted = [clean(line) for line in self.cleaned_data["areas"].splitlines() if clean(line)]
        rows = Area.objects.filter(level=AreaLevel.COMMUNE, parent_id__in=self.provinces)
        by_name = {name: area for area in rows for name in (area.code.casefold(), area.name.casefold())}
        unknown = [line for line in wanted if line.casefold() not in by_name]
        if unknown:
            raise forms.ValidationError(_("Không có xã, phường này trong tỉnh: %(names)s."), params={"names": ", ".join(unknown[:6])})
        return list({by_name[line.casefold()].pk: by_name[line.casefold()] for line in wanted}.values())
