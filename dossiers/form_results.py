"""What officers and citizens type about results and their return; the rules themselves are in the services."""
from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from dossiers.services.hand_overs import Received
from dossiers.services.results import Document
from dossiers.services.returning import LONGEST_DRAWING
from dossiers.states import ReturnMethod
from onestop import clock
from onestop.offices.fields import Commune
from onestop.people.fields import Day, LongText, Phone, ShortText
from onestop.people.models import User


class DocumentForm(forms.Form):
    """The document that settles a dossier."""

    kind = ShortText(label=_("Loại kết quả"), max_length=120, help_text=_("Ví dụ: Giấy phép, Quyết định, Giấy chứng nhận."),
                     error_messages={"required": _("Vui lòng ghi loại kết quả.")})
    number = ShortText(label=_("Số, ký hiệu"), max_length=60, required=False)
    issued_on = Day(label=_("Ngày ký"), required=False)
    abstract = LongText(label=_("Trích yếu"), max_length=400, required=False, widget=forms.Textarea(attrs={"rows": 2}))
    file = forms.FileField(label=_("Tệp kết quả (PDF)"), required=False, allow_empty_file=True,
                           widget=forms.FileInput(attrs={"accept": ".pdf,application/pdf"}),
                           help_text=_("Không đặt mật khẩu. Cần có khi công dân nhận bản điện tử."))
    reason = LongText(label=_("Lý do đính chính"), max_length=1000, required=False, widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, *args: Any, corrects: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not corrects:
            del self.fields["reason"]

    def document(self) -> Document:
        """The document as the services take it."""
        found = self.cleaned_data
        return Document(kind=found["kind"], number=found["number"], abstract=found["abstract"], issued_on=found["issued_on"],
                        file=found["file"])


class HandOverForm(forms.Form):
    """Who takes the result, and the proof."""

    receiver = ShortText(label=_("Người nhận"), max_length=120, error_messages={"required": _("Vui lòng ghi họ tên người nhận.")})
    relation = ShortText(label=_("Quan hệ với người nộp"), max_length=120, required=False,
                         help_text=_("Để trống khi chính người nộp nhận."))
    phone = Phone(required=False)
    document = ShortText(label=_("Giấy tờ đã xuất trình"), max_length=120, required=False,
                         help_text=_("Ví dụ: Căn cước, giấy ủy quyền ngày 20/11. Bắt buộc khi nhận thay."))
    photo = forms.FileField(label=_("Ảnh chụp khi trao"), required=False,
                            widget=forms.FileInput(attrs={"accept": "image/jpeg,image/png,image/heic", "capture": "environment"}))
    signature = forms.CharField(required=False, max_length=LONGEST_DRAWING, widget=forms.HiddenInput)
    on_paper = forms.BooleanField(label=_("Người nhận đã ký trên giấy biên nhận"), required=False)
    note = ShortText(label=_("Ghi chú"), max_length=255, required=False)

    def received(self) -> Received:
        """The receiver as the services take it."""
        return Received(**{name: self.cleaned_data[name] for name in ("receiver", "relation", "phone", "document", "note")})


class VisitPlanForm(forms.Form):
    """Who goes to the citizen's home, and when."""

    officer = forms.ModelChoiceField(label=_("Cán bộ"), queryset=User.objects.none(), empty_label=_("— Chọn cán bộ —"),
                                     error_messages={"required": _("Vui lòng chọn cán bộ.")})
    planned_on = Day(label=_("Ngày giao"), error_messages={"required": _("Vui lòng chọn ngày.")})
    address = ShortText(label=_("Địa chỉ"), max_length=255, error_messages={"required": _("Vui lòng ghi địa chỉ.")})

    def __init__(self, *args: Any, officers: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["officer"].queryset = officers  # type: ignore[attr-defined]
        self.fields["officer"].label_from_instance = lambda user: user.full_name  # type: ignore[attr-defined]


class VisitFailedForm(forms.Form):
    """Why nobody took the result."""

    reason = ShortText(label=_("Lý do chưa trao được"), max_length=255,
                       error_messages={"required": _("Vui lòng ghi lý do chưa trao được.")})
    back_to_counter = forms.BooleanField(label=_("Chuyển về trả tại Bộ phận Một cửa"), required=False)


class RouteForm(forms.Form):
    """Whose way on which day."""

    ngay = Day(label=_("Ngày"), required=False)
    nguoi = forms.ModelChoiceField(label=_("Cán bộ"), queryset=User.objects.none(), required=False, empty_label=_("Tất cả"))

    def __init__(self, *args: Any, officers: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["nguoi"].queryset = officers  # type: ignore[attr-defined]
        self.fields["nguoi"].label_from_instance = lambda user: user.full_name  # type: ignore[attr-defined]

    def chosen(self) -> tuple[Any, User | None]:
        """(day, officer); today and everybody where nothing valid was chosen."""
        found = self.cleaned_data if self.is_valid() else {}
        return found.get("ngay") or clock.today(), found.get("nguoi")


class FactorForm(forms.Form):
    """The second factor of a link (rules.md 9)."""

    factor = ShortText(label=_("4 số cuối điện thoại hoặc mã bí mật"), max_length=20,
                       widget=forms.TextInput(attrs={"autocomplete": "off", "class": "short"}),
                       error_messages={"required": _("Vui lòng nhập 4 số cuối điện thoại hoặc mã bí mật.")})


class CitizenReturnForm(forms.Form):
    """The citizen's own choice; the address that was given is not shown (rules.md 9)."""

    return_method = forms.ChoiceField(label=_("Nhận kết quả"), choices=ReturnMethod.choices, widget=forms.RadioSelect,
                                      error_messages={"required": _("Vui lòng chọn cách nhận kết quả.")})
    return_address = ShortText(label=_("Địa chỉ nhận kết quả"), max_length=255, required=False,
                               widget=forms.TextInput(attrs={"autocomplete": "street-address"}),
                               help_text=_("Cần khi nhận qua bưu chính hoặc tại nhà. Để trống nếu giữ địa chỉ đã đăng ký."))
    return_area = Commune(label=_("Xã, phường nhận kết quả"), required=False, help_text=_("Ví dụ: Phường Ninh Kiều, Thành phố Cần Thơ."))
