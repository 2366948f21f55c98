"""The printed forms: their text, one A4 page, the embedded font, the QR, the same bytes for the same facts (rules.md 7)."""
from __future__ import annotations

from datetime import date, datetime

import pytest
from pypdf import PdfReader

from dossiers.models import IssuedForm
from dossiers.printing import render
from dossiers.printing.facts import of_dossier
from dossiers.printing.facts import receipt as receipt_facts
from dossiers.services import forms, intake, processing
from dossiers.services.applicants import Applicant, Request
from dossiers.services.intake import PaperCount
from dossiers.states import FormKind
from onestop.catalogue.models import ChannelTerm
from onestop.catalogue.queries import term_of
from onestop.directives.models import Directive, DirectiveScope, Rule
from onestop.directives.states import RuleKind
from tests.cast import Cast

STRANGE = 'Nguyễn Thị "Lạ" #emph[x] $y$ \\ <b>'


def text_of(form: IssuedForm) -> str:
    """What a reader of the file can select, with single spaces."""
    with form.file.open("rb") as handle:
        return " ".join(" ".join(page.extract_text() for page in PdfReader(handle).pages).split())


@pytest.fixture
def received(cast: Cast, morning: datetime):  # type: ignore[no-untyped-def]
    """A dossier received at the counter by somebody with a name that would break a template."""
    return intake.receive_in_person(
        actor=cast.desk, office=cast.office, procedure=cast.procedure, applicant=Applicant(full_name=STRANGE, phone="0912345678"),
        papers=[PaperCount(position=1, originals=2, copies=1)], return_method="post", return_address="Số 1, đường Mẫu",
        appointment_held=True).dossier


def test_the_receipt_has_code_dates_papers_and_the_way_back(cast: Cast, received) -> None:  # type: ignore[no-untyped-def]
    form = received.forms.get(kind=FormKind.RECEIPT)
    text = text_of(form)
    for words in ("GIẤY TIẾP NHẬN HỒ SƠ VÀ HẸN TRẢ KẾT QUẢ", "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", received.code, STRANGE,
                  "Tờ khai đăng ký khai sinh", "5 ngày làm việc", "09 giờ 00, ngày 25/11/2026", "17 giờ 00, ngày 02/12/2026",
                  "Số 1, đường Mẫu", "Thông tư 03/2025/TT-VPCP", cast.desk.full_name):
        assert words in text, words
    assert "Giấy chứng sinh" not in text  # it was not handed in


def test_it_is_one_a4_page_with_its_own_font(received) -> None:  # type: ignore[no-untyped-def]
    with received.forms.get(kind=FormKind.RECEIPT).file.open("rb") as handle:
        reader = PdfReader(handle)
        assert len(reader.pages) == 1
        width, height = (round(float(side)) for side in (reader.pages[0].mediabox.width, reader.pages[0].mediabox.height))
        fonts = reader.pages[0]["/Resources"]["/Font"]  # type: ignore[index]
        names = {str(fonts[key].get_object()["/BaseFont"]) for key in fonts}
    assert (width, height) == (595, 842)
    assert all("BeVietnamPro" in name for name in names), names


def test_the_same_facts_give_the_same_bytes(cast: Cast, received, morning: datetime) -> None:  # type: ignore[no-untyped-def]
    facts = of_dossier(received, FormKind.RECEIPT, number=1, signer=cast.desk, issued_at=morning)
    facts |= receipt_facts(received, term_of(received.version, received.channel))
    assert render(FormKind.RECEIPT, facts, issued_at=morning) == render(FormKind.RECEIPT, facts, issued_at=morning)


def test_asked_again_it_is_the_one_that_was_issued(cast: Cast, received) -> None:  # type: ignore[no-untyped-def]
    assert forms.receipt(dossier=received, signer=cast.leader) == received.forms.get(kind=FormKind.RECEIPT)
    assert received.forms.count() == 1


def test_the_completeness_request_lists_everything(cast: Cast, received) -> None:  # type: ignore[no-untyped-def]
    processing.request_supplement(actor=cast.specialist, dossier=received, items=["Giấy chứng sinh", "Chữ ký ở trang 2"],
                                  answer_by=date(2026, 12, 10), via="web", reason="Thiếu giấy tờ")
    text = text_of(received.forms.get(kind=FormKind.SUPPLEMENT))
    for words in ("PHIẾU YÊU CẦU BỔ SUNG, HOÀN THIỆN HỒ SƠ", "Giấy chứng sinh", "Chữ ký ở trang 2", "10/12/2026", "Thiếu giấy tờ"):
        assert words in text, words


def test_a_fee_that_is_not_stated_is_not_called_free(received) -> None:  # type: ignore[no-untyped-def]
    assert "Miễn phí" not in text_of(received.forms.get(kind=FormKind.RECEIPT))




def test_a_channel_that_a_letter_opened_has_the_term_its_date_was_counted_with(cast: Cast, morning: datetime) -> None:
    letter = Directive.objects.create(number="2964/UBND-KSTT", issuer="UBND", issued_on=morning.date(), title="Mở kênh",
                                      starts_on=morning.date())
    DirectiveScope.objects.create(directive=letter, area=cast.province)
    Rule.objects.create(directive=letter, kind=RuleKind.OPEN_CHANNELS, clause="khoản 1")
    ChannelTerm.objects.filter(version=cast.procedure.current, channel="postal").delete()
    made = intake.register_postal(
        actor=cast.desk, office=cast.office, procedure=cast.procedure, applicant=Applicant(full_name=STRANGE, phone="0912345678"),
        request=Request(), papers=[PaperCount(position=1, originals=1)], accept_now=True)
    text = text_of(made.dossier.forms.get(kind=FormKind.RECEIPT))
    assert "5 ngày làm việc" in text
    assert "17 giờ 00, ngày 02/12/2026" in text
