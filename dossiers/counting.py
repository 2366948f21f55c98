"""Who hands a dossier in, and the papers that lie on the counter: what every desk fills in, with an appointment or without."""
from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from dossiers.services.applicants import Applicant, Request
from dossiers.services.intake import PaperCount
from dossiers.states import Acting, ReturnMethod
from onestop.catalogue.models import Paper
from onestop.people.fields import CitizenId, LongText, PersonName, Phone, ShortText

COUNTED = {"originals": _("Bản chính"), "certified": _("Chứng thực"), "copies": _("Bản sao")}
PERSON = ("full_name", "phone", "citizen_id", "email", "address")
ACTING = ("acting", "filer_name", "filer_phone", "filer_id", "mandate", "organisation", "organisation_code")


def new_key() -> str:
    """The key of one filled-in form: the same form sent twice makes one dossier."""
    return secrets.token_urlsafe(18)


class PersonForm(forms.Form):
    """Who hands a dossier in, and how the result comes back."""

    submission_key = forms.CharField(max_length=64, required=False, widget=forms.HiddenInput, initial=new_key)
    full_name = PersonName(error_messages={"required": _("Vui lòng ghi họ và tên.")})
    phone = Phone(help_text=_("Chúng tôi báo tin về hồ sơ qua số này."), error_messages={"required": _("Vui lòng ghi số điện thoại.")})
    citizen_id = CitizenId(required=False)
    email = forms.EmailField(label=_("Thư điện tử"), required=False, max_length=254,
                             widget=forms.EmailInput(attrs={"autocomplete": "email"}),
                             error_messages={"invalid": _("Địa chỉ thư điện tử chưa đúng.")})
    address = ShortText(label=_("Địa chỉ"), max_length=255, required=False,
                        widget=forms.TextInput(attrs={"autocomplete": "street-address"}))
    acting = forms.ChoiceField(label=_("Hồ sơ này là của ai?"), choices=Acting.choices, initial=Acting.SELF, required=False,
                               widget=forms.RadioSelect, error_messages={"invalid_choice": _("Vui lòng chọn nộp cho ai.")})
    filer_name = ShortText(label=_("Họ và tên người nộp thay"), max_length=120, required=False)
    filer_phone = Phone(label=_("Số điện thoại người nộp thay"), required=False)
    filer_id = CitizenId(label=_("Số định danh người nộp thay"), required=False)
    mandate = ShortText(label=_("Căn cứ nộp thay"), max_length=255, required=False,
                        help_text=_("Ví dụ: giấy ủy quyền ngày 20/11/2026, giấy giới thiệu, con đẻ."))
    organisation = ShortText(label=_("Tên tổ chức, doanh nghiệp"), max_length=255, required=False)
    organisation_code = ShortText(label=_("Mã số thuế hoặc số đăng ký"), max_length=20, required=False)
    note = LongText(label=_("Nội dung cụ thể"), required=False, widget=forms.Textarea(attrs={"rows": 3}))
    return_method = forms.ChoiceField(label=_("Nhận kết quả"), choices=ReturnMethod.choices, initial=ReturnMethod.POST,
                                      widget=forms.RadioSelect, error_messages={"required": _("Vui lòng chọn cách nhận kết quả.")})
    return_address = ShortText(label=_("Địa chỉ nhận kết quả"), max_length=255, required=False,
                               help_text=_("Cần khi nhận qua bưu chính hoặc tại nhà."))

    @property
    def key(self) -> str:
        """This form's own key."""
        return str(self.cleaned_data["submission_key"] or new_key())

    def applicant(self, language: str = "vi") -> Applicant:
        """The applicant as the services take it."""
        return Applicant(**{name: self.cleaned_data[name] for name in (*PERSON, *ACTING)}, language=language)

    @property
    def for_another(self) -> bool:
        """Whether the fields on who hands in for whom are to be seen at once."""
        return self["acting"].value() not in (None, "", Acting.SELF) or any(name in self.errors for name in ACTING[1:])

    def wanted(self) -> Request:
        """What is asked for, as the services take it."""
        return Request(note=self.cleaned_data["note"], return_method=self.cleaned_data["return_method"],
                       return_address=self.cleaned_data["return_address"])


class PaperRows(forms.Form):
    """Papers on the table, each counted by kind."""

    def __init__(self, *args: Any, papers: Sequence[Paper], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.paper_list = list(papers)
        for paper in self.paper_list:
            self.fields[f"paper_{paper.position}"] = forms.BooleanField(label=paper.name, required=False)
            for kind, words in COUNTED.items():
                self.fields[f"paper_{paper.position}_{kind}"] = count_field(format_lazy("{}: {}", paper.name, words), getattr(paper, kind))

    def rows(self) -> list[dict[str, Any]]:
        """For the table: each paper with its tick and its three numbers."""
        return [{"paper": paper, "tick": self[f"paper_{paper.position}"],
                 "counts": [(words, self[f"paper_{paper.position}_{kind}"]) for kind, words in COUNTED.items()]}
                for paper in self.paper_list]

    def counted(self) -> list[PaperCount]:
        """The ticked papers with their numbers."""
        return [PaperCount(position=paper.position, **{kind: self.cleaned_data[f"paper_{paper.position}_{kind}"] or 0 for kind in COUNTED})
                for paper in self.paper_list if self.cleaned_data[f"paper_{paper.position}"]]


class CountForm(PaperRows, PersonForm):
    """At the desk: a dossier that came by post or with somebody, its papers counted."""


def count_field(label: Any, initial: int) -> forms.IntegerField:
    """How many of one kind of a paper, 0 to 99; in a table, so its label is spoken only."""
    sentence = _("Vui lòng ghi một số từ 0 đến 99.")
    return forms.IntegerField(label=label, min_value=0, max_value=99, required=False, initial=initial,
                              error_messages=dict.fromkeys(("invalid", "min_value", "max_value"), sentence),
                              widget=forms.NumberInput(attrs={"aria-label": label, "inputmode": "numeric"}))
