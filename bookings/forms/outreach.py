"""What staff type to invite people (letter Cà Mau 3)."""
from typing import Any

from django import forms
from django.conf import settings
from django.core.validators import MaxLengthValidator
from django.utils.translation import gettext_lazy as _

from bookings.states import Answer, Purpose
from onestop import clock
from onestop.catalogue.models import Procedure
from onestop.people.fields import Day, ShortText

TOO_LARGE = _("Tệp lớn hơn %(most)s MB. Vui lòng chia danh sách thành nhiều tệp.")


class ListForm(forms.Form):
    """A list by file: what for, which days, who."""

    name = ShortText(label=_("Tên danh sách"), max_length=160, min_length=3, help_text=_("Ví dụ: Trợ cấp thất nghiệp tháng 9."),
                     error_messages={"required": _("Vui lòng đặt tên danh sách.")})
    procedure = ShortText(label=_("Mã thủ tục"), max_length=40, error_messages={"required": _("Vui lòng ghi mã thủ tục.")})
    purpose = forms.ChoiceField(label=_("Mời đến để"), choices=Purpose.choices, initial=Purpose.SUBMIT.value)
    first_day = Day(label=_("Mời từ ngày"), error_messages={"required": _("Vui lòng chọn ngày đầu.")})
    last_day = Day(label=_("Đến hết ngày"), error_messages={"required": _("Vui lòng chọn ngày cuối.")})
    file = forms.FileField(label=_("Tệp danh sách (CSV UTF-8 hoặc XLSX)"), allow_empty_file=False,
                           widget=forms.ClearableFileInput(attrs={"accept": ".csv,.xlsx"}),
                           error_messages={"required": _("Vui lòng chọn tệp danh sách."), "empty": _("Tệp trống.")})

    def clean_procedure(self) -> Procedure:
        found = Procedure.objects.filter(code=self.cleaned_data["procedure"]).first()
        if found is None:
            raise forms.ValidationError(_("Không có thủ tục nào mang mã này."))
        return found

    def clean_file(self) -> Any:
        sent = self.cleaned_data["file"]
        if sent.size > settings.OUTREACH_BYTES:
            raise forms.ValidationError(TOO_LARGE % {"most": settings.OUTREACH_BYTES // 1024 // 1024})
        return sent


class SelectionForm(forms.Form):
    """A list of dossiers whose results wait at the counter."""

    name = ShortText(label=_("Tên danh sách"), max_length=160, min_length=3, error_messages={"required": _("Vui lòng đặt tên danh sách.")})
    first_day = Day(label=_("Mời từ ngày"), error_messages={"required": _("Vui lòng chọn ngày đầu.")})
    last_day = Day(label=_("Đến hết ngày"), error_messages={"required": _("Vui lòng chọn ngày cuối.")})
    dossier = forms.TypedMultipleChoiceField(label=_("Hồ sơ"), coerce=int, error_messages={
        "required": _("Vui lòng chọn ít nhất một hồ sơ."),
        "invalid_choice": _("Có hồ sơ không còn trong danh sách chờ trả. Vui lòng tải lại.")})

    def __init__(self, *args: Any, keys: list[int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["dossier"].choices = [(str(key), str(key)) for key in keys]  # type: ignore[attr-defined]


class SendForm(forms.Form):
    """Until when people may answer; then they are called."""

    answer_day = Day(label=_("Hạn trả lời (hết ngày)"), error_messages={"required": _("Vui lòng chọn hạn trả lời.")})

    def answer_by(self) -> Any:
        """The end of the chosen day."""
        return clock.at(self.cleaned_data["answer_day"], 23, 59)


class CloseForm(forms.Form):
    """Whether the places of those who gave no answer are freed."""

    free = forms.BooleanField(label=_("Trả lại chỗ của những người chưa trả lời"), required=False)


class PeopleForm(forms.Form):
    """Narrows the people of a list."""

    q = ShortText(label=_("Tên hoặc số điện thoại"), max_length=80, required=False, widget=forms.TextInput(attrs={"type": "search"}))


class InvitedForm(forms.Form):
    """What an invited person answers on the page behind the link."""

    khoa = forms.CharField(required=False, validators=[MaxLengthValidator(64)])
    answer = forms.ChoiceField(choices=[(item.value, item.label) for item in (Answer.ACCEPTED, Answer.CANCELLED)])
