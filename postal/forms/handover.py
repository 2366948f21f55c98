"""What is typed about handing over: a code, papers in an envelope, who signs."""
from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from dossiers.counting import COUNTED, count_field
from dossiers.services.returning import LONGEST_DRAWING
from onestop.offices.models import Office
from onestop.people.fields import Day, PersonName, ShortText
from postal.models import Carrier, HandoverListQuerySet
from postal.services.counting import KINDS, Taken
from postal.services.handover import Signing
from postal.states import HandoverKind, HandoverState

CLEANED = _("Xịt cồn 70 độ bên ngoài bì, rửa tay sát khuẩn")


class ScanForm(forms.Form):
    """A code from a scanner, a camera or the keyboard."""

    ma = forms.CharField(max_length=300, required=False, strip=True)


class CountForm(forms.Form):
    """How many of each paper, by kind; what differs; the seal."""

    seal_number = ShortText(label=_("Số niêm phong"), max_length=40, required=False, help_text=_("Nếu dây hoặc tem niêm phong có số."))
    differs = ShortText(label=_("Khác với danh sách"), max_length=255, required=False,
                        help_text=_("Ví dụ: thiếu 1 bản sao giấy chứng sinh."))

    def __init__(self, *args: Any, counts: Sequence[dict[str, Any]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.list = list(counts)
        for row in self.list:
            for kind, words in COUNTED.items():
                self.fields[f"p{row['position']}_{kind}"] = count_field(format_lazy("{}: {}", row["name"], words), row[kind])

    def rows(self) -> list[dict[str, Any]]:
        """For the table: each paper with its three numbers."""
        return [{"name": row["name"], "counts": [(words, self[f"p{row['position']}_{kind}"]) for kind, words in COUNTED.items()]}
                for row in self.list]

    def counted(self) -> list[dict[str, Any]]:
        """What was typed, as it is kept."""
        return [{"position": row["position"], "name": row["name"],
                 **{kind: self.cleaned_data[f"p{row['position']}_{kind}"] or 0 for kind in KINDS}} for row in self.list]


class _Signatures(forms.Form):
    giver = PersonName(label=_("Người giao"), error_messages={"required": _("Vui lòng ghi tên người giao.")})
    giver_signature = forms.CharField(required=False, max_length=LONGEST_DRAWING, widget=forms.HiddenInput)
    receiver_signature = forms.CharField(required=False, max_length=LONGEST_DRAWING, widget=forms.HiddenInput)
    on_paper = forms.BooleanField(label=_("Hai bên ký trên giấy"), required=False)


class TakeOverForm(_Signatures, CountForm):
    """At a citizen's door: counted, sealed, cleaned, signed by both."""

    cleaned_how = ShortText(label=_("Khử khuẩn"), max_length=120, initial=CLEANED)
    field_order = ("differs", "seal_number", "cleaned_how", "giver")

    def taken(self) -> Taken:
        """As the service takes it."""
        typed = self.cleaned_data
        return Taken(giver=typed["giver"], counts=self.counted(), **{name: typed[name] for name in (
            "seal_number", "cleaned_how", "differs", "giver_signature", "receiver_signature", "on_paper")})


class SignForm(_Signatures):
    """Both sides sign a list."""

    receiver = PersonName(label=_("Người nhận"), error_messages={"required": _("Vui lòng ghi tên người nhận.")})
    counted = forms.BooleanField(label=_("Hai bên đã cùng đếm, số giấy tờ đúng như bảng kê"), required=False)
    sealed = forms.BooleanField(label=_("Niêm phong trước mặt hai bên, còn nguyên"), required=False)
    note = ShortText(label=_("Ghi chú"), max_length=255, required=False)

    def signing(self) -> Signing:
        """As the service takes it."""
        return Signing(**{name: self.cleaned_data[name] for name in (
            "giver", "receiver", "giver_signature", "receiver_signature", "on_paper", "counted", "sealed", "note")})


class CleanForm(forms.Form):
    """How the envelopes were cleaned."""

    cleaned_how = ShortText(label=_("Cách khử khuẩn"), max_length=120, initial=CLEANED,
                            error_messages={"required": _("Vui lòng ghi cách khử khuẩn.")})


class BeginForm(forms.Form):
    """Between whom a list is, and in which direction."""

    office = forms.ModelChoiceField(label=_("Đơn vị"), queryset=Office.objects.none(), to_field_name="code", empty_label=None)
    carrier = forms.ModelChoiceField(label=_("Doanh nghiệp bưu chính"), queryset=Carrier.objects.none(), to_field_name="code",
                                     empty_label=None)
    kind = forms.ChoiceField(label=_("Ai giao cho ai"), choices=HandoverKind.choices, widget=forms.RadioSelect,
                             initial=HandoverKind.TO_CARRIER)

    def __init__(self, *args: Any, offices: Any, carriers: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["office"].queryset = offices  # type: ignore[attr-defined]
        self.fields["carrier"].queryset = carriers  # type: ignore[attr-defined]


class HandoverFilter(forms.Form):
    """Which lists to show."""

    muc = forms.ChoiceField(choices=[("", ""), *HandoverState.choices], required=False, widget=forms.HiddenInput)
    q = ShortText(label=_("Số bảng kê, mã bưu gửi hoặc mã hồ sơ"), max_length=60, required=False)
    ngay = Day(label=_("Ngày ký"), required=False)

    def narrow(self, found: HandoverListQuerySet) -> HandoverListQuerySet:
        """The lists asked for, the newest first."""
        asked = self.cleaned_data
        return found.asked(state=asked.get("muc") or "", words=asked.get("q") or "", day=asked.get("ngay"))
