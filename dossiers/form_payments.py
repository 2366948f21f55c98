"""What is typed about money; the rules are in the services."""
from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from dossiers.gateway.statements import amount_of
from dossiers.models import ExemptionGround, Reconciliation
from onestop.people.fields import Day, LongText, PersonName, ShortText

MOST_BYTES = 2 * 1024 * 1024


class AskForm(forms.Form):
    """A request to pay; without an amount: the dossier's fee."""

    marks_optional = False  # each field says what leaving it empty means

    amount = ShortText(label=_("Số tiền (đồng)"), max_length=20, required=False, help_text=_("Để trống nếu thu đúng mức phí của hồ sơ."),
                       widget=forms.TextInput(attrs={"inputmode": "numeric", "class": "short", "autocomplete": "off"}))
    purpose = ShortText(label=_("Nội dung thu"), max_length=200, required=False, help_text=_("Ví dụ: Lệ phí cấp giấy chứng nhận."))
    due_on = Day(label=_("Hạn nộp"), required=False, help_text=_("Để trống thì theo thời hạn chung."))
    stops_clock = forms.BooleanField(label=_("Tạm dừng thời gian giải quyết cho đến khi nộp"), required=False)

    def clean_amount(self) -> int | None:
        text = str(self.cleaned_data["amount"])
        amount = amount_of(text) if text else None
        if text and amount is None:
            raise ValidationError(_("Vui lòng ghi số tiền bằng chữ số, ví dụ: 50.000."))
        return amount


class ExemptForm(forms.Form):
    """A ground and what was seen."""

    ground = forms.ModelChoiceField(label=_("Lý do miễn, giảm"), queryset=ExemptionGround.objects.none(), empty_label=_("— Chọn lý do —"),
                                    error_messages={"required": _("Vui lòng chọn lý do.")})
    evidence = ShortText(label=_("Giấy tờ chứng minh"), max_length=255, help_text=_("Ví dụ: Giấy chứng nhận hộ nghèo số …, ngày …."),
                         error_messages={"required": _("Vui lòng ghi giấy tờ chứng minh.")})

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["ground"].queryset = ExemptionGround.objects.filter(active=True)  # type: ignore[attr-defined]


class ReasonForm(forms.Form):
    """Why a request is taken back, or money goes back."""

    reason = ShortText(label=_("Lý do"), max_length=255, error_messages={"required": _("Vui lòng ghi lý do.")})


class CashForm(forms.Form):
    """Whose money it was."""

    payer = PersonName(label=_("Người nộp tiền"), error_messages={"required": _("Vui lòng ghi tên người nộp tiền.")})


class GroundForm(forms.Form):
    """A ground for exemption."""

    code = forms.SlugField(label=_("Mã"), max_length=30, help_text=_("Chữ không dấu, số, gạch nối. Không đổi được về sau."),
                           error_messages={"required": _("Vui lòng ghi mã.")})
    name = ShortText(label=_("Đối tượng, lý do"), max_length=200, error_messages={"required": _("Vui lòng ghi đối tượng, lý do.")})
    percent = forms.IntegerField(label=_("Mức giảm (%)"), min_value=1, max_value=100, initial=100,
                                 help_text=_("100 là miễn toàn bộ."), widget=forms.NumberInput(attrs={"class": "short"}))
    legal_basis = LongText(label=_("Căn cứ"), max_length=255, widget=forms.Textarea(attrs={"rows": 2}),
                           error_messages={"required": _("Vui lòng ghi căn cứ.")})
    active = forms.BooleanField(label=_("Đang áp dụng"), required=False, initial=True)


class ReconcileForm(forms.Form):
    """A day's file."""

    source = forms.ChoiceField(label=_("Nguồn"), choices=Reconciliation.Source.choices, widget=forms.RadioSelect,
                               initial=Reconciliation.Source.GATEWAY, error_messages={"required": _("Vui lòng chọn nguồn.")})
    day = Day(label=_("Ngày giao dịch"), error_messages={"required": _("Vui lòng chọn ngày.")})
    file = forms.FileField(label=_("Tệp CSV"), allow_empty_file=True, widget=forms.FileInput(attrs={"accept": ".csv,text/csv"}),
                           help_text=_("UTF-8; có cột số tiền và cột mã giao dịch hoặc nội dung. Tối đa 2 MB."),
                           error_messages={"required": _("Vui lòng chọn tệp.")})

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > MOST_BYTES:
            raise ValidationError(_("Tệp lớn hơn 2 MB."))
        return file
