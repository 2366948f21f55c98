"""An announcement as it is typed: where, how long, how loud, in short and in long; and why it is taken down."""
from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from onestop import clock
from onestop.directives.models import Announcement, Directive
from onestop.directives.places import grouped, places_of, province_of
from onestop.directives.services.announcements import Notice
from onestop.directives.states import Tone
from onestop.offices.models import Office
from onestop.people.fields import LongText, Moment, ShortText
from onestop.people.models import User

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
    short_en = ShortText(label=_("Nội dung ngắn bằng tiếng Anh"), required=False, max_length=SHORT,
                         widget=forms.Textarea(attrs={"rows": 3}))
    text_en = LongText(label=_("Nội dung đầy đủ bằng tiếng Anh"), required=False, max_length=5000)

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.places = places_of(user)
        choices = [("", _("Chọn tỉnh, địa bàn hoặc đơn vị")), *grouped(self.places)]
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
        if isinstance(place, Office):
            return Notice(province=place.province, office=place, **found)
        return Notice(province=province_of(place), area=place, **found)

    @staticmethod
    def initial_of(row: Announcement | None) -> dict[str, Any]:
        """The fields of a row; for a new one the present moment."""
        if row is None:
            return {"starts_at": clock.now(), "tone": Tone.INFO.value}
        names = ("tone", "starts_at", "ends_at", "directive", "title", "short", "text", "title_en", "short_en", "text_en")
        place = f"office:{row.office_id}" if row.office_id else f"area:{row.area_id or row.province_id}"
        return {"place": place, **{name: getattr(row, name) for name in names}}


class TakeDownForm(forms.Form):
    reason = ShortText(label=_("Lý do gỡ"), max_length=500, widget=forms.Textarea(attrs={"rows": 2}),
                       error_messages={"required": _("Cần ghi lý do gỡ thông báo.")})
