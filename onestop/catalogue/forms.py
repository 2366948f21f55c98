"""What an administrator types about the catalogue."""
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from onestop.catalogue.services.editing import MOST_COPIES, MOST_PAPERS, PaperLine
from onestop.catalogue.states import (
    CURRENCIES,
    FEE_PROBLEMS,
    LEVEL_NAMES,
    TERM_PROBLEMS,
    Channel,
    Problem,
    ReviewState,
    Unit,
)
from onestop.people.fields import LongText, ShortText

ANY = ("", _("Tất cả"))
LEVEL_CHOICES = list(LEVEL_NAMES.items())
TERM_FIELDS = ("amount", "unit", "no_term")
FEE_FIELDS = ("fee_amount", "fee_currency", "fee_unknown")


def answer_fields(problem: str) -> tuple[str, ...]:
    """Which fields of AnswerForm settle a problem."""
    if problem in TERM_PROBLEMS:
        return TERM_FIELDS
    if problem in FEE_PROBLEMS:
        return FEE_FIELDS
    return {
        Problem.UNKNOWN_CHANNEL.value: ("drop", "channel", *TERM_FIELDS),
        Problem.NO_CHANNEL.value: ("channels", *TERM_FIELDS),
        Problem.NO_LEVEL.value: ("levels",),
        Problem.NO_NAME.value: ("name",),
    }[str(problem)]


class AnswerForm(forms.Form):
    """The answer to one problem; only the fields that this problem needs."""

    name = ShortText(label=_("Tên thủ tục"), required=False, max_length=2000)
    levels = forms.MultipleChoiceField(label=_("Cấp thực hiện"), required=False, choices=LEVEL_CHOICES,
                                       widget=forms.CheckboxSelectMultiple)
    channels = forms.MultipleChoiceField(label=_("Cách thức nộp"), required=False, choices=Channel.choices,
                                         widget=forms.CheckboxSelectMultiple)
    drop = forms.BooleanField(label=_("Bỏ qua dòng này"), required=False)
    channel = forms.ChoiceField(label=_("Cách thức nộp"), required=False, choices=[("", _("Chọn…")), *Channel.choices])
    amount = ShortText(label=_("Thời hạn (số)"), required=False, max_length=12, widget=forms.TextInput(
        attrs={"inputmode": "decimal", "class": "short"}))
    unit = forms.ChoiceField(label=pgettext_lazy("time limit", "Đơn vị"), required=False, choices=[("", _("Chọn…")), *Unit.choices])
    no_term = forms.BooleanField(label=_("Không hẹn ngày trả"), required=False)
    fee_amount = ShortText(label=_("Mức phí (số)"), required=False, max_length=18, widget=forms.TextInput(
        attrs={"inputmode": "decimal", "class": "short"}))
    fee_currency = forms.ChoiceField(label=_("Đơn vị tiền"), required=False, choices=[(name, name) for name in CURRENCIES])
    fee_unknown = forms.BooleanField(label=_("Không nêu mức phí (không hiện là miễn phí)"), required=False)

    def __init__(self, *args: Any, problem: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.problem = problem
        self.answers = answer_fields(problem)
        for field in set(AnswerForm.base_fields) - set(self.answers):
            del self.fields[field]
        for name in {"name", "levels", "channels"} & set(self.answers):
            self.fields[name].required = True
        if problem == Problem.NO_UNIT:
            self.fields["amount"].help_text = _("Để trống nếu giữ nguyên số trong danh mục.")
        if "no_term" in self.fields:
            self.fields["unit"].help_text = _("Chọn đơn vị, hoặc đánh dấu “Không hẹn ngày trả”.")

    def answer(self) -> dict[str, Any]:
        """The fields of the answer as the services take them."""
        return {name: self.cleaned_data[name] for name in self.answers}


class SettleForm(AnswerForm):
    """Settle one item."""

    reason = LongText(label=_("Lý do, căn cứ"), help_text=_("Ví dụ: số quyết định công bố. Được lưu vào lịch sử."),
                      widget=forms.Textarea(attrs={"rows": 3}))


class RuleForm(AnswerForm):
    """Settle every open item of a problem, or those of a field or an authority."""

    field = forms.ChoiceField(label=_("Lĩnh vực"), required=False)
    authority = forms.ChoiceField(label=_("Cơ quan công bố"), required=False)

    def __init__(self, *args: Any, fields: list[str], authorities: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["field"].choices = choices_of(fields)  # type: ignore[attr-defined]
        self.fields["authority"].choices = choices_of(authorities)  # type: ignore[attr-defined]
        if self.problem == Problem.NO_UNIT:  # each procedure keeps its own number
            del self.fields["amount"]
            self.answers = tuple(name for name in self.answers if name != "amount")

    def scope(self) -> dict[str, str]:
        """Which items the rule is about."""
        return {"field": self.cleaned_data["field"], "authority": self.cleaned_data["authority"]}


class ApplyForm(forms.Form):
    """What is added to a previewed rule to apply it."""

    expected = forms.IntegerField(widget=forms.HiddenInput, min_value=0)
    reason = LongText(label=_("Lý do, căn cứ"), widget=forms.Textarea(attrs={"rows": 3}))


class UndoForm(forms.Form):
    """Why a rule is undone."""

    reason = ShortText(label=_("Lý do hoàn tác"), max_length=500)


def choices_of(values: list[str]) -> list[tuple[str, Any]]:
    """Values as choices, with 'all' before them."""
    return [ANY, *((value, value) for value in values)]


class ListFilter(forms.Form):
    """Find procedures."""

    q = ShortText(label=_("Từ khóa hoặc mã"), required=False, max_length=300, widget=forms.TextInput(attrs={"type": "search"}))
    field = forms.ChoiceField(label=_("Lĩnh vực"), required=False)
    level = forms.ChoiceField(label=_("Cấp thực hiện"), required=False, choices=[ANY, *LEVEL_CHOICES])
    state = forms.ChoiceField(label=_("Trạng thái"), required=False, choices=[ANY, *ReviewState.choices[:2]])

    def __init__(self, *args: Any, fields: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["field"].choices = choices_of(fields)  # type: ignore[attr-defined]


class ReviewFilter(forms.Form):
    """Which items to look at."""

    problem = forms.ChoiceField(label=_("Vướng mắc"), required=False, choices=[ANY, *Problem.choices])
    field = forms.ChoiceField(label=_("Lĩnh vực"), required=False)
    authority = forms.ChoiceField(label=_("Cơ quan công bố"), required=False)

    def __init__(self, *args: Any, fields: list[str], authorities: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["field"].choices = choices_of(fields)  # type: ignore[attr-defined]
        self.fields["authority"].choices = choices_of(authorities)  # type: ignore[attr-defined]


class FlagsForm(forms.Form):
    """Flags that the national format does not have, and the hour of the 15:00 rule."""

    presence_required = forms.BooleanField(label=_("Người nộp phải có mặt"), required=False,
                                           help_text=_("Không chuyển hẳn sang trực tuyến hoặc bưu chính được."))
    field_verification = forms.BooleanField(label=_("Phải xác minh, kiểm tra thực tế"), required=False,
                                            help_text=_("Có thể được gia hạn hoặc tạm dừng tính thời gian khi giãn cách."))
    urgent = forms.BooleanField(label=_("Cấp thiết"), required=False, help_text=_("Có chỗ dành riêng khi đặt lịch."))
    sensitive = forms.BooleanField(label=_("Riêng tư"), required=False, help_text=_("Không nêu tên thủ tục trong tin nhắn."))
    cutoff_time = forms.TimeField(label=_("Giờ chốt nhận trong ngày"), required=False,
                                  widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
                                  help_text=_("Nhận sau giờ này thì trả kết quả vào ngày làm việc tiếp theo. Để trống nếu không áp dụng."))
    reason = LongText(label=_("Lý do, căn cứ"), widget=forms.Textarea(attrs={"rows": 3}))

    def flags(self) -> dict[str, bool]:
        """The four flags."""
        return {name: self.cleaned_data[name] for name in ("presence_required", "field_verification", "urgent", "sensitive")}


class PaperForm(forms.Form):
    """One paper; an empty name leaves the line out."""

    name = ShortText(label=_("Tên giấy tờ"), required=False, max_length=400)
    originals = forms.IntegerField(label=_("Bản chính"), required=False, min_value=0, max_value=MOST_COPIES)
    certified = forms.IntegerField(label=_("Bản sao chứng thực"), required=False, min_value=0, max_value=MOST_COPIES)
    copies = forms.IntegerField(label=_("Bản sao"), required=False, min_value=0, max_value=MOST_COPIES)
    required = forms.BooleanField(label=_("Bắt buộc"), required=False)


class _Papers(forms.BaseFormSet):  # type: ignore[type-arg]
    def add_fields(self, form: PaperForm, index: int | None) -> None:
        super().add_fields(form, index)
        form.fields["ORDER"].label = _("Thứ tự")
        form.fields["DELETE"].label = _("Bỏ giấy tờ này")

    def lines(self) -> list[PaperLine]:
        """The papers that stay, in the order of their numbers."""
        rows = [form.cleaned_data for form in self.ordered_forms if form.cleaned_data.get("name")]
        return [PaperLine(row["name"], row["originals"] or 0, row["certified"] or 0, row["copies"] or 0, row["required"]) for row in rows]


PapersForm = forms.formset_factory(PaperForm, formset=_Papers, can_order=True, can_delete=True, extra=2, max_num=MOST_PAPERS,
                                   absolute_max=MOST_PAPERS + 10, validate_max=True)


class ReasonForm(forms.Form):
    """Why the papers change."""

    reason = LongText(label=_("Lý do, căn cứ"), widget=forms.Textarea(attrs={"rows": 3}))
