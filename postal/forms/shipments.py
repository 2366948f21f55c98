"""What may be asked of the list of shipments, and what goes with a verb."""
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from onestop import clock
from onestop.offices.fields import Commune
from onestop.offices.models import Office
from onestop.people.fields import LongText, Phone, ShortText
from onestop.people.models import User
from postal import queries
from postal.models import Carrier, ShipmentQuerySet
from postal.states import GROUPS, TROUBLE, Direction, Service

FIRST_GROUP, EVERYTHING = "can-lay", "tat-ca"


class ShipmentFilter(forms.Form):
    """One of the working lists, narrowed; a waybill or the number of a dossier is looked for in all of them."""

    nhom = forms.ChoiceField(choices=[(name, label) for name, (label, _states) in GROUPS.items()], required=False, widget=forms.HiddenInput)
    q = ShortText(label=_("Mã bưu gửi hoặc mã hồ sơ"), max_length=60, required=False, help_text=_("Ghi đủ mã, hoặc phần đầu của mã hồ sơ."))
    chieu = forms.ChoiceField(label=_("Chiều"), choices=[("", _("Tất cả")), *Direction.choices], required=False)
    don_vi = forms.ModelChoiceField(label=_("Đơn vị"), queryset=Office.objects.none(), to_field_name="code", required=False,
                                    empty_label=_("Tất cả"))
    cua_toi = forms.BooleanField(label=_("Chỉ việc của tôi"), required=False)

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["don_vi"].queryset = Office.objects.visible_to(user).order_by("name")  # type: ignore[attr-defined]
        self.user = user

    @property
    def group(self) -> str:
        """The list asked for, else the one that is worked on first; a search goes through all."""
        if self.cleaned_data.get("q"):
            return EVERYTHING
        return str(self.cleaned_data.get("nhom") or FIRST_GROUP)

    def narrow(self, shipments: ShipmentQuerySet) -> ShipmentQuerySet:
        """The shipments asked for; those to be fetched first, or asked about longest, at the top."""
        found = shipments if self.group == EVERYTHING else shipments.filter(state__in=GROUPS[self.group][1])
        if self.cleaned_data.get("chieu"):
            found = found.filter(direction=self.cleaned_data["chieu"])
        if self.cleaned_data.get("don_vi"):
            found = found.filter(office=self.cleaned_data["don_vi"])
        if self.cleaned_data.get("q"):
            return queries.searched(found, self.cleaned_data["q"]).order_by("-pk")
        if self.group == TROUBLE:
            found = found.filter(queries.owned_by(self.user)) if self.cleaned_data.get("cua_toi") else found.exclude(attention="")
            return found.order_by("attention_since", "pk")
        return found.order_by("collect_due_at", "pk") if self.group == FIRST_GROUP else found.order_by("-pk")


class AddressForm(forms.Form):
    """Another address, as the citizen says it."""

    address = ShortText(label=_("Địa chỉ"), max_length=255, error_messages={"required": _("Vui lòng ghi địa chỉ.")})
    area = Commune(required=False, help_text=_("Ví dụ: Phường Ninh Kiều, Thành phố Cần Thơ."))
    phone = Phone(required=False)
    reason = ShortText(label=_("Đã trao đổi với ai, nội dung gì"), max_length=255, required=False)


class ReasonForm(forms.Form):
    """Why, or what was said."""

    reason = LongText(label=_("Lý do hoặc nội dung đã trao đổi"), max_length=500, widget=forms.Textarea(attrs={"rows": 3}),
                      error_messages={"required": _("Vui lòng ghi lý do hoặc nội dung đã trao đổi.")})


class CancelForm(ReasonForm):
    """Giving a shipment up, and what becomes of it."""

    again = forms.BooleanField(label=_("Lập bưu gửi khác thay thế"), required=False)


class BetweenForm(forms.Form):
    """Papers of a dossier to another office."""

    ma = ShortText(label=_("Mã hồ sơ"), max_length=60, error_messages={"required": _("Vui lòng nhập mã hồ sơ.")},
                   widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}))
    to_office = forms.ModelChoiceField(label=_("Đơn vị nhận"), queryset=Office.objects.none(), empty_label=_("— Chọn đơn vị —"),
                                       error_messages={"required": _("Vui lòng chọn đơn vị nhận.")})
    service = forms.ChoiceField(label=_("Dịch vụ"), choices=Service.choices, initial=Service.STANDARD, widget=forms.RadioSelect)

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        there = Office.objects.active_on(clock.today()).filter(province_id__in=user.province_ids).order_by("name")
        self.fields["to_office"].queryset = there  # type: ignore[attr-defined]


class ComplianceFilter(forms.Form):
    """Whose figures, of which week."""

    doanh_nghiep = forms.ModelChoiceField(label=_("Doanh nghiệp bưu chính"), queryset=Carrier.objects.none(), to_field_name="code",
                                          required=False, empty_label=_("Tất cả"))
    don_vi = forms.ModelChoiceField(label=_("Đơn vị"), queryset=Office.objects.none(), to_field_name="code", required=False,
                                    empty_label=_("Tất cả"))
    tuan = forms.RegexField(label=_("Tuần"), regex=r"^\d{4}-[Ww]\d{1,2}$", required=False,
                            help_text=_("Ví dụ 2026-W48; để trống: 8 tuần gần nhất."),
                            widget=forms.TextInput(attrs={"type": "week"}),
                            error_messages={"invalid": _("Vui lòng ghi tuần theo dạng 2026-W48.")})

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["doanh_nghiep"].queryset = Carrier.objects.order_by("name")  # type: ignore[attr-defined]
        self.fields["don_vi"].queryset = Office.objects.visible_to(user).order_by("name")  # type: ignore[attr-defined]
