"""What is typed on the call list."""
from django import forms
from django.utils.translation import gettext_lazy as _

from bookings.states import Answer, CallKind, CallOutcome
from onestop.people.fields import Day, LongText, ShortText

# What came of calling somebody on the list.
RESULTS = (CallOutcome.INFORMED, CallOutcome.CHANGED, CallOutcome.NO_ANSWER, CallOutcome.DROPPED, CallOutcome.WRONG_NUMBER)


class AttemptForm(forms.Form):
    """What came of a call; `seen` is the number of tries the page showed, so that one form counts once."""

    outcome = forms.ChoiceField(label=_("Kết quả cuộc gọi"), choices=[(item.value, item.label) for item in RESULTS],
                                widget=forms.RadioSelect, error_messages={"required": _("Vui lòng chọn kết quả cuộc gọi.")})
    note = LongText(label=_("Ghi chú"), required=False, max_length=500, widget=forms.Textarea(attrs={"rows": 2}))
    seen = forms.IntegerField(min_value=0, widget=forms.HiddenInput)


class PhoneAnswerForm(forms.Form):
    """What the person answered on the telephone."""

    answer = forms.ChoiceField(label=_("Người dân trả lời"), widget=forms.RadioSelect, choices=[
        (Answer.ACCEPTED.value, Answer.ACCEPTED.label), (Answer.MOVED.value, Answer.MOVED.label),
        (Answer.CANCELLED.value, Answer.CANCELLED.label)], error_messages={"required": _("Vui lòng chọn câu trả lời.")})
    slot = forms.IntegerField(label=_("Giờ khác"), required=False, error_messages={"invalid": _("Vui lòng chọn một khung giờ.")})
    note = LongText(label=_("Ghi chú"), required=False, max_length=500, widget=forms.Textarea(attrs={"rows": 2}))

    def clean(self) -> dict[str, object]:
        typed = super().clean() or {}
        if typed.get("answer") == Answer.MOVED and not typed.get("slot") and "slot" not in self.errors:
            self.add_error("slot", _("Vui lòng chọn giờ khác."))
        return typed


class LogForm(forms.Form):
    """Narrows the log of calls."""

    ngay = Day(label=_("Ngày"), required=False)
    ket_qua = forms.ChoiceField(label=_("Kết quả"), required=False, choices=[("", _("Tất cả")), *CallOutcome.choices])
    q = ShortText(label=_("Tên, số điện thoại hoặc mã"), max_length=80, required=False, widget=forms.TextInput(attrs={"type": "search"}))


class ListForm(forms.Form):
    """Narrows the call list."""

    loai = forms.ChoiceField(required=False, choices=[("", ""), *CallKind.choices])
