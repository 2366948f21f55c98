"""What citizens and officers type about dossiers; the rules themselves are in the services."""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from django import forms
from django.forms.utils import ErrorDict
from django.utils.translation import gettext_lazy as _

from dossiers.counting import CountForm, PersonForm
from dossiers.services.applicants import Request
from dossiers.services.files import Attached, unfinished_of
from dossiers.states import Instrument, ReturnMethod
from onestop.catalogue.models import Paper
from onestop.directives.models import Directive
from onestop.offices.fields import Commune
from onestop.people.fields import Day, LongText, ShortText

__all__ = ["CountForm", "DecisionForm", "ExtensionForm", "PersonForm", "ReturnForm", "SubmitForm", "TrackForm", "VerbForm"]
ENDINGS = ".pdf,.png,.jpg,.jpeg,.heic,.tif,.tiff,.docx,.xlsx"


class PaperFile(forms.FileField):
    """A file of a paper: it may follow later, but it is not one that nobody needs."""

    marks_optional = False


class SubmitForm(PersonForm):
    """Online: a file for each paper. Files that were already sent come back as tokens, so nothing is lost on an error. Papers that are
    needed on paper the post may fetch at the citizen's (letter Khánh Hòa 3)."""

    return_area = Commune(label=_("Xã, phường nhận kết quả"), required=False, help_text=_("Ví dụ: Phường Ninh Kiều, Thành phố Cần Thơ."))
    collect_by_post = forms.BooleanField(label=_("Bưu chính đến lấy giấy tờ tại nhà"), required=False,
                                         help_text=_("Sau khi hồ sơ được tiếp nhận, bưu chính đến lấy bản giấy cần nộp. Có thể tính cước."))
    collect_address = ShortText(label=_("Địa chỉ lấy giấy tờ"), max_length=255, required=False,
                                widget=forms.TextInput(attrs={"autocomplete": "street-address"}))
    collect_area = Commune(label=_("Xã, phường lấy giấy tờ"), required=False)

    def __init__(self, *args: Any, papers: Sequence[Paper], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.paper_list = list(papers)
        for paper in self.paper_list:
            self.fields[f"file_{paper.position}"] = PaperFile(
                label=paper.name, required=False, allow_empty_file=True, max_length=None,
                widget=forms.FileInput(attrs={"accept": ENDINGS}))
            self.fields[f"kept_{paper.position}"] = forms.CharField(required=False, max_length=500, widget=forms.HiddenInput)

    def wanted(self) -> Request:
        """What is asked for, with the communes of both addresses."""
        more = {name: self.cleaned_data[name] for name in ("return_area", "collect_by_post", "collect_address", "collect_area")}
        return replace(super().wanted(), **more)

    def without_judgement(self) -> SubmitForm:
        """What was typed so far, as it is shown to somebody who comes back to a draft: nothing is called wrong yet."""
        self._errors = ErrorDict()
        return self

    def given(self) -> dict[int, str]:
        """{place in the list of papers: name of the file sent for it}."""
        return {paper.position: self.kept(paper.position)[1] for paper in self.paper_list if self.kept(paper.position)[0]}

    def kept(self, position: int) -> tuple[str, str]:
        """(token, file name) of a file sent before; ('', '') if none."""
        token, _bar, name = (self.data.get(f"kept_{position}") or "").partition("|")
        return token, name

    def keep(self, position: int, token: str, name: str) -> None:
        """Remember a stored file in the form that is shown again."""
        self.data = self.data.copy()
        self.data[f"kept_{position}"] = f"{token}|{name}"

    def forget(self, position: int, sentence: Any) -> None:
        """A stored file that can no longer be used: say so at its paper and ask for it again."""
        self.keep(position, "", "")
        self.add_error(f"file_{position}", sentence)

    def rows(self) -> list[dict[str, Any]]:
        """For the page: each paper with its file field and what was sent already."""
        held = {paper.position: self.kept(paper.position) for paper in self.paper_list} if self.is_bound else {}
        unfinished = unfinished_of([token for token, _name in held.values() if token])
        return [{"paper": paper, "file": self[f"file_{paper.position}"], "kept": self[f"kept_{paper.position}"],
                 "name": held.get(paper.position, ("", ""))[1], "unfinished": held.get(paper.position, ("", ""))[0] in unfinished}
                for paper in self.paper_list]

    def attached(self) -> list[Attached]:
        """The files of the submission by token."""
        return [Attached(token=self.kept(paper.position)[0], position=paper.position)
                for paper in self.paper_list if self.kept(paper.position)[0]]


class TrackForm(forms.Form):
    """The code and the second factor (rules.md 9)."""

    ma = ShortText(label=_("Mã hồ sơ"), max_length=60, widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
                   help_text=_("Ghi trên giấy tiếp nhận hoặc trong tin nhắn, ví dụ H13.70-261125-0001."),
                   error_messages={"required": _("Vui lòng nhập mã hồ sơ.")})
    so = ShortText(label=_("4 số cuối điện thoại hoặc mã bí mật"), max_length=20,
                   widget=forms.TextInput(attrs={"autocomplete": "off", "class": "short"}),
                   help_text=_("Số điện thoại đã ghi khi nộp hồ sơ."),
                   error_messages={"required": _("Vui lòng nhập 4 số cuối điện thoại hoặc mã bí mật.")})

    def clean_ma(self) -> str:
        return str(self.cleaned_data["ma"]).upper().replace(" ", "")

    def clean_so(self) -> str:
        return str(self.cleaned_data["so"]).replace(" ", "")


class VerbForm(forms.Form):
    """What goes with a verb: a note, reason or result, and the rule it rests on."""

    note = LongText(label=_("Ghi chú"), max_length=1000, required=False)
    legal_basis = ShortText(label=_("Căn cứ"), max_length=255, required=False)
    competent = ShortText(label=_("Cơ quan có thẩm quyền"), max_length=200, required=False)  # of a refusal: who decides it instead
    by_citizen = forms.BooleanField(label=_("Theo đề nghị của người nộp hồ sơ"), required=False)  # of a stop


class ExtensionForm(forms.Form):
    """A request to move due dates or stop the clock (letters Cần Thơ 1c, Khánh Hòa 4)."""

    marks_optional = False  # which fields are needed depends on the instrument

    instrument = forms.ChoiceField(label=_("Hình thức"), choices=Instrument.choices, initial=Instrument.DIRECTED_EXTENSION,
                                   widget=forms.RadioSelect, error_messages={"required": _("Vui lòng chọn hình thức.")})
    directive = forms.ModelChoiceField(label=_("Văn bản chỉ đạo"), queryset=Directive.objects.none(), required=False,
                                       empty_label=_("— Không theo văn bản nào —"),
                                       error_messages={"invalid_choice": _("Văn bản này không áp dụng cho hồ sơ này vào lúc này.")})
    clause = ShortText(label=_("Điều, khoản"), max_length=40, required=False, help_text=_("Ví dụ: 1c."))
    starts_on = Day(label=_("Tạm dừng từ ngày"), required=False, help_text=_("Chỉ cần khi tạm dừng tính thời gian."))
    until = Day(label=_("Đến hết ngày"), help_text=_("Ngày hẹn trả mới, hoặc ngày cuối của thời gian tạm dừng."),
                error_messages={"required": _("Vui lòng chọn ngày.")})
    reason = LongText(label=_("Lý do gửi người phê duyệt"), widget=forms.Textarea(attrs={"rows": 2}),
                      error_messages={"required": _("Vui lòng ghi lý do.")})
    citizen_text = LongText(label=_("Lời giải thích gửi công dân"), max_length=1000, widget=forms.Textarea(attrs={"rows": 3}),
                            error_messages={"required": _("Vui lòng ghi lời giải thích cho công dân.")})


class ReturnForm(forms.Form):
    """Another way to get the result, also long after handing in (letter Khánh Hòa 2)."""

    return_method = forms.ChoiceField(label=_("Nhận kết quả"), choices=ReturnMethod.choices, widget=forms.RadioSelect,
                                      error_messages={"required": _("Vui lòng chọn cách nhận kết quả.")})
    return_address = ShortText(label=_("Địa chỉ nhận kết quả"), max_length=255, required=False,
                               help_text=_("Cần khi nhận qua bưu chính hoặc tại nhà."))
    return_area = Commune(label=_("Xã, phường nhận kết quả"), required=False, help_text=_("Ví dụ: Phường Ninh Kiều, Thành phố Cần Thơ."))


class DecisionForm(forms.Form):
    """The administrator's answer to a request."""

    marks_optional = False  # a refusal needs its reason, an approval does not

    reason = LongText(label=_("Ý kiến"), max_length=1000, required=False, widget=forms.Textarea(attrs={"rows": 2}))
