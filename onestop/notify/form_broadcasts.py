"""A broadcast as it is typed: to whom, on what basis, in which words; the number that is confirmed; why it is cancelled."""
from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from onestop.catalogue.models import Procedure
from onestop.directives.models import Directive
from onestop.directives.places import grouped, places_of, province_of
from onestop.notify.models import Broadcast
from onestop.notify.services.broadcasts import LONGEST, Plan
from onestop.notify.states import Audience, Standing, Via
from onestop.offices.models import Office
from onestop.people.fields import Day, LongText, ShortText
from onestop.people.models import User

CHANNELS = [(via.value, via.label) for via in (Via.SMS, Via.EMAIL, Via.ZALO)]
FILTERS = ("office", "procedure", "standing", "first", "last")
BASIS_HELP = _("Người đăng ký: sự đồng ý khi đăng ký. Danh sách, bộ lọc: luật, nghị định, quyết định kèm số.")


class BroadcastForm(forms.Form):
    """What may be chosen as the place is what this person may send to."""

    name = ShortText(label=_("Tên đợt gửi"), max_length=160, error_messages={"required": _("Vui lòng đặt tên đợt gửi.")})
    audience = forms.ChoiceField(label=_("Gửi cho"), choices=Audience.choices, initial=Audience.SUBSCRIBERS.value,
                                 widget=forms.RadioSelect)
    place = forms.ChoiceField(label=_("Địa bàn (gồm mọi nơi bên dưới)"), error_messages={
        "required": _("Vui lòng chọn địa bàn."), "invalid_choice": _("Vui lòng chọn địa bàn.")})
    upload = forms.FileField(label=_("Tệp danh sách (CSV UTF-8 hoặc XLSX)"), required=False, allow_empty_file=False,
                             widget=forms.FileInput(attrs={"accept": ".csv,.xlsx"}), error_messages={"empty": _("Tệp trống.")})
    office = forms.ModelChoiceField(label=_("Đơn vị"), required=False, queryset=Office.objects.none(), empty_label=_("Mọi đơn vị"))
    procedure = ShortText(label=_("Mã thủ tục"), required=False, max_length=40)
    standing = forms.MultipleChoiceField(label=_("Tình trạng hồ sơ"), required=False, choices=Standing.choices,
                                         widget=forms.CheckboxSelectMultiple)
    first = Day(label=_("Tiếp nhận hoặc hẹn từ ngày"), required=False)
    last = Day(label=_("Đến hết ngày"), required=False)
    directive = forms.ModelChoiceField(label=_("Theo văn bản"), required=False, queryset=Directive.objects.none(),
                                       empty_label=_("Không theo văn bản nào"))
    consent = ShortText(label=_("Căn cứ khác"), required=False, max_length=255, help_text=BASIS_HELP)
    channel = forms.ChoiceField(label=_("Kênh gửi"), choices=CHANNELS, initial=Via.SMS.value)
    per_minute = forms.IntegerField(label=_("Số tin mỗi phút"), initial=300, min_value=1)
    subject = ShortText(label=_("Tiêu đề thư"), required=False, max_length=200, help_text=_("Dùng khi gửi thư điện tử."))
    text = LongText(label=_("Nội dung"), max_length=LONGEST, error_messages={"required": _("Vui lòng ghi nội dung.")})
    text_en = LongText(label=_("Nội dung bằng tiếng Anh"), required=False, max_length=LONGEST)

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.places = places_of(user, every_office=False)
        own = {province_of(row.area if isinstance(row, Office) else row).pk for row in self.places.values()}
        fields: Any = self.fields
        fields["place"].choices = [("", _("Chọn địa bàn")), *grouped(self.places)]
        fields["office"].queryset = Office.objects.filter(province__in=own).order_by("name")
        fields["directive"].queryset = Directive.objects.visible_to(user).published().filter(withdrawn_at__isnull=True)
        fields["per_minute"].max_value = settings.BROADCAST_PER_MINUTE_MOST
        fields["text"].widget.attrs["rows"] = 5

    def clean_upload(self) -> Any:
        """The list, if it is not too large."""
        sent = self.cleaned_data["upload"]
        if sent and sent.size > settings.BROADCAST_BYTES:
            raise forms.ValidationError(_("Tệp lớn hơn %(most)s MB. Vui lòng chia danh sách thành nhiều tệp.") % {
                "most": settings.BROADCAST_BYTES // 1024 // 1024})
        return sent

    def clean_procedure(self) -> str:
        """The code of a procedure that there is."""
        code: str = self.cleaned_data["procedure"]
        if code and not Procedure.objects.filter(code=code).exists():
            raise forms.ValidationError(_("Không có thủ tục nào mang mã này."))
        return code

    def clean(self) -> dict[str, Any]:
        found = super().clean() or self.cleaned_data
        first, last = found.get("first"), found.get("last")
        if first and last and last < first:
            self.add_error("last", _("Ngày cuối phải từ ngày đầu trở đi."))
        return found

    def plan(self) -> Plan:
        """What was typed."""
        found = self.cleaned_data
        place = self.places[found["place"]]
        office, area = (place, place.area) if isinstance(place, Office) else (None, place)
        plain = {name: found[name] for name in ("name", "audience", "text", "consent", "directive", "channel", "subject", "text_en",
                                                 "per_minute")}
        return Plan(province=province_of(area), office=office, area=area, filter=self._filter(), upload=found["upload"] or None, **plain)

    def _filter(self) -> dict[str, Any]:
        """The filter as plain values: ids, names of states, days."""
        found = self.cleaned_data
        if found["audience"] not in (Audience.DOSSIERS, Audience.APPOINTMENTS):
            return {}
        procedure = Procedure.objects.filter(code=found["procedure"]).first() if found["procedure"] else None
        values = {"office": found["office"].pk if found["office"] else None, "procedure": procedure.pk if procedure else None,
                  "standing": found["standing"] if found["audience"] == Audience.DOSSIERS else [],
                  "first": found["first"].isoformat() if found["first"] else None,
                  "last": found["last"].isoformat() if found["last"] else None}
        return {name: value for name, value in values.items() if value}

    @staticmethod
    def initial_of(row: Broadcast) -> dict[str, Any]:
        """The fields of a row."""
        names = ("name", "audience", "directive", "consent", "channel", "per_minute", "subject", "text", "text_en")
        place = f"office:{row.office_id}" if row.office_id else f"area:{row.area_id or row.province_id}"
        code = Procedure.objects.filter(pk=row.filter.get("procedure") or 0).values_list("code", flat=True).first() or ""
        return {**{name: getattr(row, name) for name in names}, **row.filter, "place": place, "procedure": code}


class StartForm(forms.Form):
    """What the person who starts it has seen."""

    people = forms.IntegerField(min_value=0, max_value=10**9)
    cost = forms.IntegerField(min_value=0, max_value=10**12)
    seen = forms.IntegerField(min_value=0)


class CancelForm(forms.Form):
    reason = ShortText(label=_("Lý do hủy"), max_length=500, widget=forms.Textarea(attrs={"rows": 2}),
                       error_messages={"required": _("Cần ghi lý do hủy.")})
