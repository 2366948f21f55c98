"""What is typed about a settlement list."""
from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from onestop.people.fields import Day, ShortText
from onestop.people.models import User
from onestop.people.states import Role
from postal.models import Carrier, WaiverCampaign
from postal.states import Decision, LineOutcome, WaiverState

OUTCOMES = [(value, label) for value, label in LineOutcome.choices if value not in (LineOutcome.OPEN, LineOutcome.MATCH)]


class SettlementForm(forms.Form):
    """For which waiver, carrier and period."""

    waiver = forms.ModelChoiceField(label=_("Đợt miễn cước"), queryset=WaiverCampaign.objects.none(), empty_label=None)
    carrier = forms.ModelChoiceField(label=_("Doanh nghiệp bưu chính"), queryset=Carrier.objects.none(), empty_label=None)
    starts_on = Day(label=_("Bưu gửi được lấy từ ngày"), error_messages={"required": _("Vui lòng chọn ngày.")})
    ends_on = Day(label=_("Đến hết ngày"), error_messages={"required": _("Vui lòng chọn ngày.")})
    due_on = Day(label=_("Hạn gửi danh sách"), error_messages={"required": _("Vui lòng chọn ngày.")})

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        own = WaiverCampaign.objects.filter(province_id__in=user.provinces_as(Role.ADMINISTRATOR)).exclude(state=WaiverState.DRAFT)
        self.fields["waiver"].queryset = own  # type: ignore[attr-defined]
        self.fields["carrier"].queryset = Carrier.objects.visible_to(user)  # type: ignore[attr-defined]


class CarrierFileForm(forms.Form):
    """The carrier's file, and its titles where they are unusual."""

    file = forms.FileField(label=_("Tệp của bưu chính (CSV hoặc XLSX)"), widget=forms.FileInput(attrs={"accept": ".csv,.xlsx"}),
                           allow_empty_file=True, error_messages={"required": _("Vui lòng chọn tệp.")})
    waybill_title = ShortText(label=_("Tên cột mã bưu gửi"), max_length=80, required=False, help_text=_("Chỉ ghi khi tên cột khác thường."))
    amount_title = ShortText(label=_("Tên cột số tiền"), max_length=80, required=False)

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > settings.UPLOAD_MAX_BYTES:
            raise ValidationError(_("Tệp lớn hơn %(most)d MB.") % {"most": settings.UPLOAD_MAX_BYTES // 1024 // 1024})
        return file


class DecideForm(forms.Form):
    """Whose figure is paid, and why."""

    decision = forms.ChoiceField(label=_("Thanh toán"), choices=Decision.choices, widget=forms.RadioSelect,
                                 error_messages={"required": _("Vui lòng chọn.")})
    note = ShortText(label=_("Lý do"), max_length=255, error_messages={"required": _("Vui lòng ghi lý do.")})

    def __init__(self, *args: Any, possible: Any = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if possible is not None:
            choices = [(value, label) for value, label in Decision.choices if value in possible]
            self.fields["decision"].choices = choices  # type: ignore[attr-defined]


class DecideAllForm(DecideForm):
    """The same for every open line of one kind."""

    outcome = forms.ChoiceField(label=_("Mọi dòng chưa quyết định thuộc loại"), choices=OUTCOMES)
    field_order = ("outcome", "decision", "note")


class DropForm(forms.Form):
    """Why a list is dropped."""

    reason = ShortText(label=_("Lý do bỏ danh sách"), max_length=255, error_messages={"required": _("Vui lòng ghi lý do.")})


class EndForm(forms.Form):
    """Why a waiver ends."""

    reason = ShortText(label=_("Lý do kết thúc"), max_length=255, required=False)
