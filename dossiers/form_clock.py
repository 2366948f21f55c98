"""What is typed about the clock: guidance, its answer and what the office says to it, signatures, periods."""
from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from dossiers.forms import ENDINGS
from dossiers.models import DossierPaper
from dossiers.services.files import Attached
from dossiers.services.supplements import Wanted
from dossiers.states import PaperProblem
from onestop.people.fields import Day, LongText, ShortText

FINE = ("", _("Không cần bổ sung"))


class GuidanceForm(forms.Form):
    """Everything that is missing, wrong or outdated: paper by paper, and in words (rules.md 6 and 7, form 02)."""

    marks_optional = False  # something must be asked for, anywhere

    other = LongText(label=_("Nội dung khác cần bổ sung"), max_length=4000, required=False, help_text=_("Mỗi dòng một mục."))
    other_problem = forms.ChoiceField(label=_("Các mục ở ô trên"), choices=PaperProblem.choices, initial=PaperProblem.MISSING,
                                      required=False)
    reason = LongText(label=_("Lý do"), max_length=1000, required=False, widget=forms.Textarea(attrs={"rows": 2}))
    legal_basis = ShortText(label=_("Căn cứ"), max_length=255, required=False,
                            help_text=_("Bắt buộc từ lần yêu cầu thứ hai khi thẩm định."))
    answer_by = Day(label=_("Bổ sung chậm nhất ngày"), error_messages={"required": _("Vui lòng chọn ngày.")})

    def __init__(self, *args: Any, papers: Sequence[DossierPaper], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.paper_list = list(papers)
        for paper in self.paper_list:
            self.fields[f"paper_{paper.position}"] = forms.ChoiceField(label=paper.name, required=False,
                                                                       choices=[FINE, *PaperProblem.choices])

    def papers(self) -> list[forms.BoundField]:
        """The field of each paper."""
        return [self[f"paper_{paper.position}"] for paper in self.paper_list]

    def clean(self) -> dict[str, Any]:
        typed = super().clean() or {}
        if not self.errors and not self.wanted():
            self.add_error("other", _("Vui lòng chọn giấy tờ hoặc ghi ít nhất một mục cần bổ sung."))
        return typed

    def wanted(self) -> list[Wanted]:
        """The things asked for."""
        typed = self.cleaned_data
        listed = [Wanted(paper.name, typed[key]) for paper in self.paper_list if typed.get(key := f"paper_{paper.position}")]
        problem = typed.get("other_problem") or PaperProblem.MISSING.value
        return listed + [Wanted(line, problem) for line in typed.get("other", "").splitlines() if line]


class ManyFiles(forms.FileInput):
    """Several files in one field."""

    allow_multiple_selected = True

    def __init__(self) -> None:
        super().__init__(attrs={"multiple": True, "accept": ENDINGS})

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        return files.getlist(name)


class AnswerForm(forms.Form):
    """The citizen's answer. Files that were already sent come back as tokens, so nothing is lost on an error."""

    marks_optional = False  # one of the two is needed

    text = LongText(label=_("Nội dung trả lời"), max_length=5000, required=False)
    uploads = forms.Field(label=_("Tệp gửi kèm"), required=False, widget=ManyFiles())
    kept = forms.CharField(required=False, max_length=20000, widget=forms.HiddenInput)

    def sent(self) -> list[tuple[str, str]]:
        """(token, name) of the files sent before."""
        rows = (line.partition("|") for line in str(self.data.get("kept") or "").splitlines())
        return [(token, name) for token, _bar, name in rows if token][:30]

    def keep(self, sent: Sequence[tuple[str, str]]) -> None:
        """Remember stored files in the form that is shown again."""
        self.data = self.data.copy()  # type: ignore[attr-defined]
        self.data["kept"] = "\n".join(f"{token}|{name}" for token, name in sent)  # type: ignore[index]

    def attached(self) -> list[Attached]:
        """The files by token."""
        return [Attached(token) for token, _name in self.sent()]


class LookForm(forms.Form):
    """What the office says to an answer."""

    marks_optional = False  # its label says when it is needed

    note = LongText(label=_("Ghi chú; nếu chưa đủ, còn thiếu gì"), max_length=1000, required=False,
                    widget=forms.Textarea(attrs={"rows": 2}))


class PeriodForm(forms.Form):
    """The office and the days that counts are about."""

    don_vi = forms.ChoiceField(label=_("Đơn vị"), required=False)
    tu = Day(label=_("Tiếp nhận từ ngày"), required=False)
    den = Day(label=_("Đến hết ngày"), required=False)

    def __init__(self, *args: Any, offices: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["don_vi"] = forms.ChoiceField(label=_("Đơn vị"), required=False, choices=[("", _("Tất cả đơn vị")), *offices])


class BasisForm(forms.Form):
    """The document that fixes a year's days off."""

    basis = ShortText(label=_("Căn cứ phê duyệt (số, ngày văn bản)"), max_length=255,
                      error_messages={"required": _("Vui lòng ghi văn bản làm căn cứ.")})
