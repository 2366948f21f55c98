"""What officers type while they work on dossiers: filters of the inbox, hands, opinions, messages, verbs for many."""
from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from dossiers import competence
from dossiers.queries import TABS, Filters
from dossiers.states import PUBLIC_NAME, BulkVerb, State, StepName
from onestop import clock
from onestop.catalogue.models import Procedure
from onestop.catalogue.states import Channel
from onestop.offices.models import Office
from onestop.people.fields import Day, LongText, ShortText
from onestop.people.models import User

ENDINGS = ".pdf,.png,.jpg,.jpeg,.heic,.tif,.tiff,.docx,.xlsx"
EVERYTHING = ("", _("Tất cả"))


class ManyFiles(forms.FileInput):
    """A file input that takes several files."""

    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Any number of files; the services say how many are too many."""

    def __init__(self, **options: Any) -> None:
        widget = ManyFiles(attrs={"accept": ENDINGS, "multiple": True})
        super().__init__(**{"required": False, "max_length": None, "allow_empty_file": True, "widget": widget, **options})

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile[Any]]:
        given = data if isinstance(data, list | tuple) else [data] if data else []
        if not given and self.required:
            raise forms.ValidationError(self.error_messages["required"], code="required")
        return [super(FilesField, self).clean(item, initial) for item in given]


class FilterForm(forms.Form):
    """The inbox's question; what is not understood is left out, so that an old link still shows a list."""

    muc = forms.ChoiceField(choices=[(tab, tab) for tab in TABS], required=False, widget=forms.HiddenInput)
    q = ShortText(max_length=80, required=False, widget=forms.HiddenInput)
    trang_thai = forms.ChoiceField(label=_("Trạng thái"), choices=[EVERYTHING, *State.choices], required=False)
    ma = forms.TypedChoiceField(label=_("Mã trạng thái công khai"), coerce=int, empty_value=None, required=False,
                                choices=[EVERYTHING, *((code, f"{code}") for code in PUBLIC_NAME)])
    kenh = forms.ChoiceField(label=_("Kênh nộp"), choices=[EVERYTHING, *Channel.choices], required=False)
    thu_tuc = ShortText(label=_("Mã thủ tục"), max_length=40, required=False)
    don_vi = forms.ChoiceField(label=_("Đơn vị tiếp nhận"), required=False)
    nguoi = forms.ChoiceField(label=_("Người thụ lý"), required=False)
    dia_ban = forms.ChoiceField(label=_("Địa bàn"), required=False)
    truoc = Day(label=_("Hạn trước ngày"), required=False)
    qua_han = forms.BooleanField(label=_("Chỉ hồ sơ quá hạn"), required=False)

    def __init__(self, data: QueryDict, *, offices: Iterable[Office], people: Iterable[User]) -> None:
        super().__init__(data)
        places = list(offices)
        self.choose("don_vi", [(office.code, office.name) for office in places])
        self.choose("dia_ban", sorted({(office.area.code, office.area.name) for office in places}, key=lambda pair: pair[1]))
        self.choose("nguoi", [(user.username, user.full_name) for user in people])
        numbered = [(code, f"{code}. {name}") for code, name in PUBLIC_NAME.items()]
        self.fields["ma"].choices = [EVERYTHING, *numbered]  # type: ignore[attr-defined]

    def choose(self, name: str, rows: list[tuple[str, str]]) -> None:
        """What one may choose in a field; a field with one choice or none is not shown."""
        self.fields[name].choices = [EVERYTHING, *rows]  # type: ignore[attr-defined]
        if len(rows) < 2:
            self.fields[name].widget = forms.HiddenInput()

    def understood(self) -> dict[str, Any]:
        """The values that are what they should be, empty ones left out."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value not in ("", None, False)}

    def filters(self) -> Filters:
        """As the reading side takes them."""
        said = self.understood()
        return Filters(tab=said.get("muc", "all"), q=said.get("q", ""), office=said.get("don_vi", ""), state=said.get("trang_thai", ""),
                       status=said.get("ma"), procedure=said.get("thu_tuc", ""), channel=said.get("kenh", ""),
                       assignee=said.get("nguoi", ""), area=said.get("dia_ban", ""), due_before=said.get("truoc"),
                       overdue=said.get("qua_han", False))

    def said(self) -> dict[str, str]:
        """What was understood, as an address carries it."""
        return {name: "1" if value is True else str(value) for name, value in self.understood().items()}

    def kept(self) -> list[tuple[str, str]]:
        """Everything but the search, which has a field of its own."""
        return [(name, value) for name, value in self.said().items() if name != "q"]

    def query(self, **changes: str) -> str:
        """The question as a query string, with changes; only what was understood."""
        return urlencode({name: value for name, value in (self.said() | changes).items() if value})

    def narrowing(self) -> int:
        """How many filters beside tab and search are set."""
        return len(set(self.understood()) - {"muc", "q"})


class SaveFilterForm(forms.Form):
    """A name for the question that is asked now."""

    name = ShortText(label=_("Tên bộ lọc"), max_length=60, error_messages={"required": _("Vui lòng đặt tên cho bộ lọc.")})
    loc = forms.CharField(max_length=2000, required=False, widget=forms.HiddenInput)


class HandForm(forms.Form):
    """Who gets a dossier next, for what, until when."""

    assignee = forms.ChoiceField(label=_("Giao cho"), error_messages={
        "required": _("Vui lòng chọn người thụ lý."), "invalid_choice": _("Vui lòng chọn người thụ lý.")})
    step = forms.ChoiceField(label=_("Bước"), required=False,
                             choices=[(item.value, item.label) for item in (StepName.HANDLE, StepName.SIGN)])
    due_on = Day(label=_("Hạn của bước"), required=False, help_text=_("Để trống: theo thời gian quy định của bước."))
    note = LongText(label=_("Ghi chú"), max_length=255, required=False, widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, *args: Any, people: Iterable[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["assignee"].choices = list(people)  # type: ignore[attr-defined]


class OfficesForm(forms.Form):
    """At intake: which office decides, where that is another than the one that receives; which one helped the person."""

    competent = forms.ModelChoiceField(label=_("Cơ quan giải quyết"), queryset=Office.objects.none(), required=False,
                                       empty_label=_("— Theo quy định của thủ tục —"),
                                       error_messages={"invalid_choice": _("Vui lòng chọn đơn vị có thẩm quyền.")})
    helped = forms.ModelChoiceField(label=_("Nơi hướng dẫn người nộp"), queryset=Office.objects.none(), required=False,
                                    empty_label=_("— Không có —"), error_messages={"invalid_choice": _("Vui lòng chọn đơn vị.")})

    def __init__(self, *args: Any, procedure: Procedure, received: Office, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        able = competence.offices_for(procedure, received.province_id)
        others = Office.objects.active_on(clock.today()).filter(province_id=received.province_id).exclude(pk=received.pk).order_by("name")
        self.fields["competent"].queryset, self.fields["helped"].queryset = able, others  # type: ignore[attr-defined]

    def chosen(self) -> competence.Offices:
        """What was chosen; call is_valid() first."""
        return competence.Offices(self.cleaned_data.get("competent"), self.cleaned_data.get("helped"))


class TransferForm(forms.Form):
    """Another office that may decide, and why."""

    office = forms.ModelChoiceField(label=_("Đơn vị có thẩm quyền"), queryset=Office.objects.none(), empty_label=_("— Chọn đơn vị —"),
                                    error_messages={"required": _("Vui lòng chọn đơn vị."), "invalid_choice": _("Vui lòng chọn đơn vị.")})
    reason = LongText(label=_("Lý do chuyển"), max_length=1000, widget=forms.Textarea(attrs={"rows": 3}),
                      error_messages={"required": _("Vui lòng ghi lý do chuyển hồ sơ.")})


class OpinionForm(forms.Form):
    """A question to another unit."""

    office = forms.ModelChoiceField(label=_("Đơn vị cho ý kiến"), queryset=Office.objects.none(), empty_label=_("— Chọn đơn vị —"),
                                    error_messages={"required": _("Vui lòng chọn đơn vị."), "invalid_choice": _("Vui lòng chọn đơn vị.")})
    question = LongText(label=_("Nội dung cần cho ý kiến"), max_length=5000,
                        error_messages={"required": _("Vui lòng ghi nội dung cần cho ý kiến.")})
    due_on = Day(label=_("Hạn cho ý kiến"), required=False, help_text=_("Để trống: theo thời gian quy định."))


class AnswerForm(forms.Form):
    """The asked unit's opinion."""

    answer = LongText(label=_("Ý kiến"), max_length=5000, error_messages={"required": _("Vui lòng ghi ý kiến.")})
    files = FilesField(label=_("Tệp kèm theo"))  # type: ignore[assignment]


class LetterForm(forms.Form):
    """A message between office and citizen."""

    text = LongText(label=_("Nội dung"), max_length=4000, error_messages={"required": _("Vui lòng ghi nội dung.")})
    files = FilesField(label=_("Tệp kèm theo"),  # type: ignore[assignment]
                       help_text=_("Tối đa 5 tệp PDF, ảnh, DOCX hoặc XLSX."))


class AttachForm(forms.Form):
    """Files of the office."""

    files = FilesField(label=_("Tệp"), required=True,  # type: ignore[assignment]
                       help_text=_("Tối đa 5 tệp. Công dân không thấy các tệp này."),
                       error_messages={"required": _("Vui lòng chọn tệp.")})
    note = ShortText(label=_("Ghi chú"), max_length=255, required=False)


class CoverForm(forms.Form):
    """Whose dossiers go to whom, and why."""

    away = forms.ChoiceField(label=_("Người nghỉ"), error_messages={"required": _("Vui lòng chọn người nghỉ.")})
    assignee = forms.ChoiceField(label=_("Giao cho"), error_messages={"required": _("Vui lòng chọn người nhận.")})
    note = LongText(label=_("Lý do"), max_length=255, widget=forms.Textarea(attrs={"rows": 2}),
                    error_messages={"required": _("Vui lòng ghi lý do.")})

    def __init__(self, *args: Any, people: Iterable[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = [("", _("— Chọn —")), *people]
        self.fields["away"].choices = self.fields["assignee"].choices = rows  # type: ignore[attr-defined]


class BulkForm(forms.Form):
    """What is to be done for the chosen dossiers."""

    viec = forms.ChoiceField(choices=BulkVerb.choices, widget=forms.HiddenInput)
    chon = forms.CharField(max_length=8000, widget=forms.HiddenInput)
    assignee = forms.ChoiceField(label=_("Giao cho"), error_messages={"required": _("Vui lòng chọn người thụ lý.")})
    note = LongText(label=_("Ghi chú"), max_length=1000, required=False, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, *args: Any, people: Iterable[tuple[str, str]], verb: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["assignee"].choices = [("", _("— Chọn —")), *people]  # type: ignore[attr-defined]
        if verb != BulkVerb.ASSIGN:
            del self.fields["assignee"]
        labels = {BulkVerb.MESSAGE: _("Nội dung gửi công dân"), BulkVerb.DECIDE: _("Kết quả"), BulkVerb.NOTE: _("Nội dung ghi chú")}
        self.fields["note"].label = labels.get(BulkVerb(verb), _("Ghi chú"))
        self.fields["note"].required = verb in (BulkVerb.NOTE, BulkVerb.MESSAGE)
