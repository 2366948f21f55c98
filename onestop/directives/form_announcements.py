"""An announcement as it is typed: where, how long, how loud, in short and in long; and why it is taken down."""
from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from onestop import clock
from onestop.directives.models import Announcement, Directive
from onestop.directives.services.announcements import Notice
from onestop.directives.states import Tone
from onestop.offices.models import Area, Office
from onestop.people.fields import LongText, Moment, ShortText
from onestop.people.models import User
from onestop.people.states import Role

SHORT = 300


class AnnouncementForm(forms.Form):
    """What may be chosen as the place is what this person may announce for."""

    place = forms.ChoiceField(label=_("Thông báo cho"), error_messages={
        "required": _("Vui lòng chọn tỉnh, địa bàn hoặc đơn vị."), "invalid_choice": _("Vui lòng chọn tỉnh, địa bàn hoặc đơn vị.")})
    tone = forms.ChoiceField(label=_("Mức độ"), choices=Tone.choices, initial=Tone.INFO.value)
    starts_at = Moment(label=_("Hiện từ lúc"), error_messages={"required": _("Vui lòng ghi thời điểm bắt đầu.")})
    ends_at = Moment(label=_("Đến trước lúc"), required=False, help_text=_("Để trống: hiện đến khi gỡ."))
    directive = forms.ModelChoiceField(label=_("Theo văn bản"), required=False, queryset=Directive.objects.none(),
                                       empty_label=_("Không theo văn bản nào"))
    title = ShortText(label=_("Tiêu đề"), max_length=200, error_messages={"required": _("Vui lòng ghi tiêu đề.")})
    short = ShortText(label=_("Nội dung ngắn"), max_length=SHORT, widget=forms.Textarea(attrs={"rows": 3}),
                      help_text=_("Dùng cho tin nhắn SMS và màn hình hẹp, tối đa 300 ký tự."),
                      error_messages={"required": _("Vui lòng ghi nội dung ngắn.")})
    text = LongText(label=_("Nội dung đầy đủ"), required=False, max_length=5000, widget=forms.Textarea(attrs={"rows": 8}))
    title_en = ShortText(label=_("Tiêu đề bằng tiếng Anh"), required=False, max_length=200)
    short_en = ShortText(label=_("Nội dung ngắn bằng tiếng Anh"), required=False, max_length=SHORT, widget=forms.Textarea(attrs={"rows": 3}))
    text_en = LongText(label=_("Nội dung đầy đủ bằng tiếng Anh"), required=False, max_length=5000)

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.places = _places(user)
        choices = [("", _("Chọn tỉnh, địa bàn hoặc đơn vị")), *((name, group) for name, group in _grouped(self.places) if group)]
        self.fields["place"].choices = choices  # type: ignore[attr-defined]
        self.fields["directive"].queryset = Directive.objects.visible_to(user).published().filter(withdrawn_at__isnull=True)  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        found = super().clean() or self.cleaned_data
        first, last = found.get("starts_at"), found.get("ends_at")
        if first and last and last <= first:
            self.add_error("ends_at", _("Thời điểm kết thúc phải sau thời điểm bắt đầu."))
        return found

    def notice(self) -> Notice:
        """What was typed."""
        found = dict(self.cleaned_data)
        place = self.places[found.pop("place")]
        office, area = (place, None) if isinstance(place, Office) else (None, place)
        province = office.province if office is not None else _province(area)
        return Notice(province=province, area=None if area is not None and area.pk == province.pk else area, office=office, **found)

    @staticmethod
    def initial_of(row: Announcement | None) -> dict[str, Any]:
        """The fields of a row; for a new one the present moment."""
        if row is None:
            return {"starts_at": clock.now(), "tone": Tone.INFO.value}
        names = ("tone", "starts_at", "ends_at", "directive", "title", "short", "text", "title_en", "short_en", "text_en")
        place = f"office:{row.office_id}" if row.office_id else f"area:{row.area_id or row.province_id}"
        return {"place": place, **{name: getattr(row, name) for name in names}}


def _places(user: User) -> dict[str, Area | Office]:
    """What this person may announce for: the administrator's provinces with all below them, a leader's offices."""
    provinces, offices = user.provinces_as(Role.ADMINISTRATOR), user.office_ids_as(Role.LEADER)
    inside = Q(pk__in=provinces) | Q(parent__in=provinces) | Q(parent__parent__in=provinces)
    areas = Area.objects.filter(inside).valid_on(clock.today()).select_related("parent__parent").order_by("level", "name")
    wanted = Office.objects.filter(Q(province__in=provinces) | Q(pk__in=offices)).active_on(clock.today())
    rows: list[Area | Office] = [*areas, *wanted.select_related("province").order_by("name")]
    return {f"{'office' if isinstance(row, Office) else 'area'}:{row.pk}": row for row in rows}


def _grouped(places: dict[str, Area | Office]) -> list[tuple[Any, list[tuple[str, str]]]]:
    whole = [(key, row.name) for key, row in places.items() if isinstance(row, Area) and row.parent_id is None]
    below = [(key, row.name) for key, row in places.items() if isinstance(row, Area) and row.parent_id is not None]
    offices = [(key, row.name) for key, row in places.items() if isinstance(row, Office)]
    return [(_("Cả tỉnh, thành phố"), whole), (_("Phường, xã"), sorted(below, key=lambda item: item[1])), (_("Riêng một đơn vị"), offices)]


def _province(area: Area | None) -> Area:
    assert area is not None  # noqa: S101 - a place is an office or an area
    while area.parent is not None:
        area = area.parent
    return area


class TakeDownForm(forms.Form):
    reason = ShortText(label=_("Lý do gỡ"), max_length=500, widget=forms.Textarea(attrs={"rows": 2}),
                       error_messages={"required": _("Cần ghi lý do gỡ thông báo.")})
