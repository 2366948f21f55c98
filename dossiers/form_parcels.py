"""What an office types about a parcel."""
from django import forms
from django.utils.translation import gettext_lazy as _

from dossiers.counting import PaperRows
from dossiers.services.parcels import Sender
from dossiers.states import ParcelState
from onestop.people.fields import Day, LongText, PersonName, Phone, ShortText


class ParcelForm(forms.Form):
    """What stands on a parcel. The waybill comes first: a scanner that works like a keyboard types it."""

    waybill = ShortText(label=_("Mã vận đơn"), max_length=40, required=False,
                        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
                        help_text=_("Quét mã vạch hoặc gõ số trên phiếu gửi."))
    carrier = ShortText(label=_("Doanh nghiệp bưu chính"), max_length=80, required=False)
    sender_name = PersonName(label=_("Người gửi"), error_messages={"required": _("Vui lòng ghi tên người gửi.")})
    sender_phone = Phone(required=False, help_text=_("Để báo khi thiếu giấy tờ."))
    sender_address = ShortText(label=_("Địa chỉ người gửi"), max_length=255, required=False)
    procedure = ShortText(label=_("Mã thủ tục"), max_length=40, required=False, help_text=_("Nếu ghi ngoài bì; không thì chọn khi mở."))
    note = LongText(label=_("Ghi chú"), required=False, widget=forms.Textarea(attrs={"rows": 2}))

    def sender(self) -> Sender:
        """The sender as the service takes it."""
        typed = self.cleaned_data
        return Sender(typed["sender_name"], typed["sender_phone"], typed["sender_address"], typed["waybill"], typed["carrier"])


class ParcelCountForm(PaperRows):
    """The papers that lay in it; the date matters only where something is missing."""

    answer_by = Day(label=_("Nếu thiếu: gửi bổ sung trước ngày"), required=False)
    note = LongText(label=_("Ghi chú"), required=False, widget=forms.Textarea(attrs={"rows": 2}))


class SendBackForm(forms.Form):
    """Why a parcel goes back."""

    reason = LongText(label=_("Lý do gửi trả"), max_length=1000, widget=forms.Textarea(attrs={"rows": 2}),
                      error_messages={"required": _("Vui lòng ghi lý do gửi trả.")})


class ParcelFilter(forms.Form):
    """Which parcels to list."""

    q = ShortText(label=_("Mã vận đơn, người gửi hoặc số điện thoại"), max_length=80, required=False,
                  widget=forms.TextInput(attrs={"type": "search", "autofocus": True, "autocomplete": "off"}))
    muc = forms.ChoiceField(choices=[("", ""), *ParcelState.choices], required=False, widget=forms.HiddenInput)
    tu_ngay = Day(label=_("Nhận từ ngày"), required=False)
    den_ngay = Day(label=_("Đến ngày"), required=False)
