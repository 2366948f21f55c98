"""What is typed about a waiver."""
from __future__ import annotations

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from onestop import clock
from onestop.catalogue.models import Procedure
from onestop.directives.models import Directive
from onestop.offices.models import Area, Office
from onestop.people.fields import Day, LongText, Several, ShortText
from onestop.people.models import User
from onestop.people.states import Role
from postal.models import Carrier, WaiverCampaign
from postal.services.waivers import NewWaiver
from postal.states import Direction


class WaiverForm(forms.Form):
    """Legal basis, payer, period, and who is covered: every condition that is filled in must hold."""

    name = ShortText(label=_("Tên đợt miễn cước"), max_length=160, error_messages={"required": _("Vui lòng đặt tên cho đợt miễn cước.")})
    province = forms.ModelChoiceField(label=_("Tỉnh, thành phố"), queryset=Area.objects.none(), empty_label=None)
    directive = forms.ModelChoiceField(label=_("Theo văn bản chỉ đạo"), queryset=Directive.objects.none(), required=False,
                                       empty_label=_("Không theo văn bản nào"))
    legal_basis = ShortText(label=_("Căn cứ"), max_length=255, help_text=_("Số, ngày của văn bản, điểm, khoản."),
                            error_messages={"required": _("Vui lòng ghi căn cứ.")})
    payer = ShortText(label=_("Nguồn chi trả"), max_length=200, help_text=_("Ví dụ: Kinh phí cải cách hành chính của tỉnh."),
                      error_messages={"required": _("Vui lòng ghi nguồn chi trả.")})
    starts_on = Day(label=_("Từ ngày"), error_messages={"required": _("Vui lòng chọn ngày bắt đầu.")})
    ends_on = Day(label=_("Đến hết ngày"), required=False, help_text=_("Để trống: cho đến khi kết thúc bằng tay."))
    settle_by = Day(label=_("Hạn gửi danh sách quyết toán"), required=False)
    carrier = forms.ModelChoiceField(label=_("Doanh nghiệp bưu chính"), queryset=Carrier.objects.none(), required=False,
                                     empty_label=_("Mọi doanh nghiệp"))
    direction = forms.ChoiceField(label=_("Chiều"), required=False, choices=[("", _("Cả nhận hồ sơ và trả kết quả")), *Direction.choices])
    submitted_before = Day(label=_("Chỉ hồ sơ nộp trước ngày"), required=False)
    only_campaigns = forms.BooleanField(label=_("Chỉ hồ sơ do cán bộ liên hệ và đăng ký trả qua bưu chính"), required=False)
    procedures = LongText(label=_("Chỉ các thủ tục"), required=False,
                          help_text=_("Mã thủ tục, cách nhau bằng dấu phẩy. Để trống: mọi thủ tục."),
                          widget=forms.Textarea(attrs={"rows": 2}))
    offices = Several(label=_("Chỉ các đơn vị"), queryset=Office.objects.none(), required=False,
                      widget=forms.CheckboxSelectMultiple)

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        own = user.provinces_as(Role.ADMINISTRATOR)
        sets = {
            "province": Area.objects.filter(pk__in=own), "carrier": Carrier.objects.visible_to(user),
            "directive": Directive.objects.filter(published_at__isnull=False, withdrawn_at__isnull=True).order_by("-issued_on"),
            "offices": Office.objects.active_on(clock.today()).filter(province__in=own).select_related("area").order_by("name"),
        }
        for name, found in sets.items():
            self.fields[name].queryset = found  # type: ignore[attr-defined]
        self.fields["directive"].label_from_instance = lambda row: f"{row.number} ({row.issuer})"  # type: ignore[attr-defined]

    def clean_procedures(self) -> list[Procedure]:
        codes = {code for code in re.split(r"[,;\s]+", str(self.cleaned_data["procedures"])) if code}
        found = list(Procedure.objects.filter(code__in=codes))
        unknown = codes - {row.code for row in found}
        if unknown:
            raise ValidationError(_("Không có thủ tục nào mang mã: %(codes)s.") % {"codes": ", ".join(sorted(unknown)[:5])})
        return found

    def waiver(self) -> NewWaiver:
        """What was typed."""
        return NewWaiver(**{**self.cleaned_data, "offices": list(self.cleaned_data["offices"])})

    @staticmethod
    def initial_of(row: WaiverCampaign) -> dict[str, Any]:
        """A draft as the form shows it."""
        names = ("name", "province", "directive", "legal_basis", "payer", "starts_on", "ends_on", "settle_by", "carrier", "direction",
                 "submitted_before", "only_campaigns")
        return {**{name: getattr(row, name) for name in names}, "procedures": ", ".join(item.code for item in row.procedures.all()),
                "offices": [item.pk for item in row.offices.all()]}
