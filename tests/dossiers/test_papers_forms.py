"""Every printed form in both sets (rules.md 7): which one the dossier's date asks for, its fields, and that hostile text stays text."""
from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta

import pytest
from pypdf import PdfReader

from dossiers.models import Dossier, DossierPaper, Extension, IssuedForm, PaymentRequest, Result
from dossiers.printing import facts, render, version
from dossiers.services import forms, hand_overs, intake, processing, sweeps
from dossiers.services.applicants import Applicant, Request
from dossiers.services.intake import PaperCount
from dossiers.states import Acting, FormKind, Instrument, PaymentState
from onestop import clock
from onestop.catalogue.models import EForm, EFormVersion
from tests.cast import Cast
from tests.dossiers.conftest import Desk

OLD, NEW = datetime(2021, 8, 24, 9, tzinfo=clock.TZ), datetime(2026, 11, 25, 9, tzinfo=clock.TZ)
DAYS = pytest.mark.parametrize(("moment", "circular"), [(OLD, "Thông tư 01/2018/TT-VPCP"), (NEW, "Thông tư 03/2025/TT-VPCP")],
                               ids=["VN-2018", "VN-2025"])


def pages_of(form: IssuedForm) -> list[str]:
    """The text of each page, with single spaces."""
    with form.file.open("rb") as handle:
        return [" ".join(page.extract_text().split()) for page in PdfReader(handle).pages]


def text_of(form: IssuedForm) -> str:
    return " ".join(pages_of(form))


def says(form: IssuedForm, *words: str) -> None:
    """Whether all of `words` stand on a form, wherever its lines break."""
    text = text_of(form).replace("\u200b", "").replace(" ", "")
    missing = [word for word in words if word.replace(" ", "") not in text]
    assert not missing, (missing, text_of(form))


@contextmanager
def received_on(desk: Desk, moment: datetime) -> Iterator[Dossier]:
    """A dossier that somebody hands in for his mother at the counter."""
    with clock.frozen(moment):
        dossier = desk.receive()
        Dossier.objects.filter(pk=dossier.pk).update(
            acting=Acting.PERSON, filer_name="Trần Văn Con", filer_id="092000000001", filer_phone="0987000111",
            mandate="Giấy ủy quyền ngày 01/08/2021", citizen_id="092000000002", address="Số 7, đường Mẫu", note="Đăng ký lại")
        dossier.forms.all().delete()
        yield Dossier.objects.get(pk=dossier.pk)


@DAYS
def test_the_receipt(desk: Desk, moment: datetime, circular: str) -> None:
    with received_on(desk, moment) as dossier:
        form = forms.receipt(dossier=dossier, signer=desk.cast.desk)
    says(form, f"Mẫu số 01 ({circular})", "GIẤY TIẾP NHẬN HỒ SƠ VÀ HẸN TRẢ KẾT QUẢ", "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
         "Độc lập – Tự do – Hạnh phúc", dossier.code or "", f"Quyển số: {moment:%y%m%d}", "Số thứ tự: 0001", "Người nộp mẫu",
         "Trần Văn Con, số định danh 092000000001, 0987000111", "Giấy ủy quyền ngày 01/08/2021", "092000000002", "Số 7, đường Mẫu",
         "0912345678", "mau@example.vn", "Tờ khai đăng ký khai sinh", "01 bộ", "5 ngày làm việc", "Giai đoạn 2 (nếu có): Không có",
         facts.hour_and_day(dossier.received_at), facts.hour_and_day(dossier.due_at), "Bộ phận Một cửa phường Ninh Kiều",
         "Nếu có kết quả sớm hơn ngày hẹn", "Vì sao là ngày này?", "Thời hạn giải quyết là 5 ngày làm việc", "NGƯỜI NỘP HỒ SƠ",
         "NGƯỜI TIẾP NHẬN HỒ SƠ", desk.cast.desk.full_name, "01 bản giao người nộp hồ sơ, 01 bản lưu", "/tra-cuu/", "1900 0000")
    assert len(pages_of(form)) == 1
    assert form.version == version()


def test_an_organisation_is_the_owner_and_its_person_stands_for_it(desk: Desk, morning: datetime) -> None:
    dossier = desk.receive()
    Dossier.objects.filter(pk=dossier.pk).update(acting=Acting.ORGANISATION, organisation="Hợp tác xã Mẫu", organisation_code="0100000000")
    dossier.forms.all().delete()
    says(forms.receipt(dossier=Dossier.objects.get(pk=dossier.pk), signer=None), "Chủ hồ sơ: Hợp tác xã Mẫu",
         "Mã số tổ chức: 0100000000", "Người đại diện: Người nộp mẫu")


@DAYS
def test_the_completeness_request(desk: Desk, moment: datetime, circular: str) -> None:
    with received_on(desk, moment) as dossier:
        processing.request_supplement(actor=desk.cast.specialist, dossier=dossier, items=["Giấy chứng sinh", "Tờ khai (bản cũ)"],
                                      answer_by=moment.date() + timedelta(days=20), via="web", reason="Thiếu giấy tờ",
                                      legal_basis="khoản 2 Điều 17")
        form = dossier.forms.get(kind=FormKind.SUPPLEMENT)
    says(form, f"Mẫu số 02 ({circular})", "PHIẾU YÊU CẦU BỔ SUNG, HOÀN THIỆN HỒ SƠ", "Giấy chứng sinh", "Tờ khai (bản cũ)", "Còn thiếu",
         "khoản 2 Điều 17", f"{moment.date() + timedelta(days=20):%d/%m/%Y}", "Chuyên viên (thử)", "1900 0000", "Tạm dừng tính từ",
         "NGƯỜI HƯỚNG DẪN", "Vì sao là ngày này?")


@pytest.mark.parametrize(("moment", "title"), [(OLD, "PHIẾU TỪ CHỐI GIẢI QUYẾT HỒ SƠ"), (NEW, "PHIẾU TỪ CHỐI TIẾP NHẬN GIẢI QUYẾT HỒ SƠ")],
                         ids=["VN-2018", "VN-2025"])
def test_the_refusal_has_another_title_in_each_set(desk: Desk, moment: datetime, title: str) -> None:
    with clock.frozen(moment):
        dossier = desk.submit().dossier
        form = forms.refusal(dossier=dossier, signer=desk.cast.desk, reason="Không thuộc thẩm quyền của phường.",
                             legal_basis="Điều 9 Luật Mẫu", competent="Sở Mẫu, số 2 đường Mẫu")
    says(form, title, "Mẫu số 03", "Không thuộc thẩm quyền của phường.", "Điều 9 Luật Mẫu", "Sở Mẫu, số 2 đường Mẫu",
         "Nơi hướng dẫn thêm", "NGƯỜI NỘP HỒ SƠ", "NGƯỜI TIẾP NHẬN HỒ SƠ", dossier.reference)


def request_for(dossier: Dossier, cast: Cast, instrument: str, letter: Callable[..., object] | None = None) -> Extension:
    """A request for more time as its row says it."""
    directive = letter(first=clock.today()) if letter else None
    return Extension.objects.create(
        office=cast.office, instrument=instrument, until=clock.today() + timedelta(days=14), directive=directive,
        clause="Khoản 1c" if directive else "", starts_on=clock.today(), reason="Chưa xác minh được", requested_by=cast.specialist,
        citizen_text="Chưa xác minh thực tế được do giãn cách.")


@pytest.mark.parametrize(("moment", "title", "words"), [
    (OLD, "PHIẾU XIN LỖI VÀ HẸN LẠI NGÀY TRẢ KẾT QUẢ", "xin hẹn lại ngày trả kết quả"),
    (NEW, "VĂN BẢN XIN LỖI VÀ ĐỀ NGHỊ GIA HẠN THỜI GIAN GIẢI QUYẾT", "đề nghị gia hạn thời gian giải quyết")], ids=["VN-2018", "VN-2025"])
def test_the_apology(desk: Desk, moment: datetime, title: str, words: str) -> None:
    with received_on(desk, moment) as dossier:
        form = forms.extension(dossier=dossier, asked=request_for(dossier, desk.cast, Instrument.APOLOGY), signer=desk.cast.leader,
                               due_from=dossier.due_at)
    says(form, title, "Mẫu số 04", words, "Kính gửi: Người nộp mẫu", "Hộ tịch", "Thủ tục đăng ký khai sinh", dossier.code or "",
         "Chưa xác minh thực tế được do giãn cách.", "thành thật xin lỗi", facts.hour_and_day(dossier.due_at), "THỦ TRƯỞNG ĐƠN VỊ",
         "Lãnh đạo (thử)", "Nơi nhận", "Văn phòng UBND", "PXL" if moment == OLD else "VBXL")


@pytest.mark.parametrize(("instrument", "title"), [
    (Instrument.DIRECTED_EXTENSION, "THÔNG BÁO GIA HẠN THỜI GIAN GIẢI QUYẾT HỒ SƠ THEO VĂN BẢN CHỈ ĐẠO"),
    (Instrument.SUSPENSION, "THÔNG BÁO TẠM DỪNG TÍNH THỜI GIAN GIẢI QUYẾT HỒ SƠ")])
@pytest.mark.parametrize("moment", [OLD, NEW], ids=["VN-2018", "VN-2025"])
def test_what_a_letter_ordered_is_told_without_an_apology(desk: Desk, letter, moment: datetime, instrument: str,  # type: ignore[no-untyped-def]
                                                          title: str) -> None:
    with received_on(desk, moment) as dossier:
        form = forms.extension(dossier=dossier, asked=request_for(dossier, desk.cast, instrument, letter), signer=desk.cast.leader,
                               due_from=dossier.due_at)
    says(form, title, "Khoản 1c Văn bản số 2468/VPUB-KSTT", "Văn phòng UBND", "Chưa xác minh thực tế được")
    assert "xin lỗi" not in text_of(form)
    assert "Mẫu số" not in text_of(form)


@pytest.mark.parametrize(("moment", "mark"), [(OLD, ""), (NEW, "Mẫu số 05 (Thông tư 03/2025/TT-VPCP)")], ids=["VN-2018", "VN-2025"])
def test_the_notice_of_stopping_says_what_becomes_of_the_money(desk: Desk, moment: datetime, mark: str) -> None:
    with received_on(desk, moment) as dossier:
        PaymentRequest.objects.create(dossier=dossier, number="TT1", amount=125_000, purpose="Lệ phí", state=PaymentState.PAID)
        form = forms.stop(dossier=dossier, signer=desk.cast.leader, reason="Thửa đất đang có tranh chấp.", legal_basis="Điều 5",
                          stage="Đang thẩm định")
    says(form, "THÔNG BÁO DỪNG GIẢI QUYẾT HỒ SƠ", mark, "Thửa đất đang có tranh chấp.", "Điều 5", "Đang thẩm định", "125.000 đồng",
         "được xem xét hoàn trả", "Chưa có quyết định giải quyết", "THỦ TRƯỞNG ĐƠN VỊ", dossier.code or "")
    assert ("Mẫu số" in text_of(form)) == bool(mark)


def test_nothing_paid_means_nothing_to_give_back(desk: Desk, morning: datetime) -> None:
    form = forms.stop(dossier=desk.receive(), signer=None, reason="Chờ kết luận")
    says(form, "Chưa nộp khoản tiền nào", "Không có khoản tiền phải hoàn trả.")


@pytest.mark.parametrize(("moment", "mark"), [(OLD, "Mẫu số 05 (Thông tư 01/2018/TT-VPCP)"), (NEW, "Mẫu số 06 (Thông tư 03/2025/TT-VPCP)")],
                         ids=["VN-2018", "VN-2025"])
def test_the_control_slip_shows_each_hand(desk: Desk, moment: datetime, mark: str) -> None:
    with received_on(desk, moment) as dossier:
        pass
    with clock.frozen(moment + timedelta(hours=2)):
        processing.start(actor=desk.cast.specialist, dossier=dossier, via="web")
    with clock.frozen(moment + timedelta(days=2)):
        processing.decide(actor=desk.cast.specialist, dossier=dossier, via="web", note="Đồng ý")
        form = forms.control(dossier=Dossier.objects.get(pk=dossier.pk), signer=desk.cast.desk)
    says(form, mark, "PHIẾU KIỂM SOÁT QUÁ TRÌNH GIẢI QUYẾT HỒ SƠ", "Người giao", "Người nhận", "1. Giao: Người nộp hồ sơ",
         "2. Nhận: Bộ phận Một cửa phường Ninh Kiều", "Chuyên viên (thử)", facts.hour_and_day(moment), "chỉ ghi thêm, không sửa, không xóa")
    assert any(word in text_of(form) for word in ("Trước hạn", "Đúng hạn", "Quá hạn"))


def test_each_issue_of_the_control_slip_is_kept(desk: Desk, morning: datetime) -> None:
    dossier = desk.receive()
    first, second = forms.control(dossier=dossier, signer=None), forms.control(dossier=dossier, signer=None)
    assert (first.number, second.number) == (1, 2)


def test_the_proof_of_filing(desk: Desk, morning: datetime) -> None:
    dossier = desk.submit(note="Đề nghị cấp bản điện tử").dossier
    form = forms.filing(dossier=dossier)
    says(form, "GIẤY XÁC NHẬN ĐÃ NỘP HỒ SƠ", f"Mã nộp hồ sơ: {dossier.reference}", "09 giờ 00, ngày 25/11/2026",
         "Cơ quan trả lời chậm nhất", "Đề nghị cấp bản điện tử", "chưa phải giấy tiếp nhận")
    assert forms.filing(dossier=dossier) == form


def test_the_receipt_for_a_result_that_was_handed_over(desk: Desk, morning: datetime) -> None:
    dossier = desk.receive()
    processing.start(actor=desk.cast.specialist, dossier=dossier, via="web")
    processing.decide(actor=desk.cast.specialist, dossier=dossier, via="web", note="Đồng ý")
    Result.objects.create(dossier=dossier, kind="Giấy khai sinh", number="12/2026", abstract="Khai sinh cho trẻ mẫu",
                          issued_on=date(2026, 11, 25))
    processing.hand_over(actor=desk.cast.desk, dossier=dossier, via="counter",
                         received=hand_overs.Received("Lê Thị Nhận", relation="con", phone="0905000222", document="CCCD 092000000003"))
    dossier = Dossier.objects.get(pk=dossier.pk)
    form = forms.handover(hand_over=dossier.hand_over)
    says(form, "BIÊN NHẬN TRẢ KẾT QUẢ", "Giấy khai sinh", "12/2026", "Khai sinh cho trẻ mẫu", "25/11/2026", "Lê Thị Nhận", "con",
         "0905000222", "CCCD 092000000003", "NGƯỜI NHẬN KẾT QUẢ", "NGƯỜI TRẢ KẾT QUẢ", "Cán bộ tiếp nhận (thử)")


def test_the_proof_of_filing_shows_what_was_filled_in(desk: Desk, morning: datetime) -> None:
    schema = {"version": 1, "sections": [{"title": "Thông tin của trẻ", "fields": [
        {"key": "ten", "label": "Họ tên trẻ", "type": "text"}, {"key": "sinh", "label": "Ngày sinh", "type": "date"}]}]}
    form = EForm.objects.create(procedure=desk.cast.procedure)
    version = EFormVersion.objects.create(eform=form, number=1, schema=schema)
    dossier = desk.submit().dossier
    Dossier.objects.filter(pk=dossier.pk).update(form_version=version, answers={"ten": "Bé Mẫu", "sinh": "2026-11-20"})
    dossier.forms.all().delete()
    says(forms.filing(dossier=Dossier.objects.get(pk=dossier.pk)), "Thông tin của trẻ", "Họ tên trẻ: Bé Mẫu", "Ngày sinh: 20/11/2026")


HOSTILE = ('#emph[x] $x^2$ *đậm* _nghiêng_ `mã` <b>&amp; \\ "trích" #import "/etc/passwd": * '
           '\u202egnort\u202c مرحبا שלום 😀👨‍👩‍👧 ' + "=1+1 ")


@DAYS
def test_hostile_text_stays_text_on_every_form(desk: Desk, letter, moment: datetime, circular: str) -> None:  # type: ignore[no-untyped-def]
    endless = "x" * 5000
    with received_on(desk, moment) as dossier:
        Dossier.objects.filter(pk=dossier.pk).update(full_name=HOSTILE[:120], note=HOSTILE + endless, address=endless[:255],
                                                     return_address=endless[:255], filer_name=HOSTILE[:120], mandate="#panic()" * 20)
        dossier = Dossier.objects.get(pk=dossier.pk)
        made = [
            forms.receipt(dossier=dossier, signer=None), forms.filing(dossier=dossier), forms.control(dossier=dossier, signer=None),
            forms.refusal(dossier=dossier, signer=None, reason=HOSTILE + endless, legal_basis=endless[:255]),
            forms.stop(dossier=dossier, signer=None, reason=HOSTILE * 40),
            forms.extension(dossier=dossier, asked=request_for(dossier, desk.cast, Instrument.SUSPENSION, letter), signer=None,
                            due_from=None)]
    for form in made:
        text = text_of(form)
        assert "#emph[x] $x^2$ *đậm* _nghiêng_ `mã`" in text, form.kind
        assert "\u202e" not in text
        assert not overflowing(form), form.kind


def overflowing(form: IssuedForm) -> list[tuple[float, str]]:
    """Pieces of text that begin left of the margins or right of them, in points of an A4 page (595 wide)."""
    found: list[tuple[float, str]] = []

    def visit(text: str, placed: list[float], matrix: list[float], _font: object, _size: float) -> None:
        x = matrix[4] * placed[0] + matrix[5] * placed[2] + placed[4]
        if text.strip() and not 40 < x < 555:
            found.append((x, text))

    with form.file.open("rb") as handle:
        for page in PdfReader(handle).pages:
            page.extract_text(visitor_text=visit)
    return found


def test_forty_papers_go_on_a_second_page_with_the_head_of_the_table(desk: Desk, morning: datetime) -> None:
    dossier = desk.receive()
    dossier.papers.all().delete()
    DossierPaper.objects.bulk_create([DossierPaper(dossier=dossier, position=number, name=f"Giấy tờ thứ {number} " + "rất dài " * 30,
                                                   originals=1, copies=number, present=True) for number in range(1, 41)])
    dossier.forms.all().delete()
    pages = pages_of(forms.receipt(dossier=dossier, signer=desk.cast.desk))
    assert 2 <= len(pages) <= 6
    assert all("Tên giấy tờ" in page for page in pages[1:-1])
    assert "Giấy tờ thứ 40" in " ".join(pages)
    assert f"{len(pages)}/{len(pages)}" in pages[-1]


def test_a_form_made_again_from_the_same_facts_has_the_same_hash(desk: Desk, morning: datetime) -> None:
    dossier = desk.submit().dossier
    form = forms.filing(dossier=dossier)
    common = facts.of_dossier(dossier, FormKind.FILING, number=1, signer=None, issued_at=clock.now())
    again = render(FormKind.FILING, {**common, **facts.filing(dossier, [])}, issued_at=clock.now())
    assert hashlib.sha256(again).hexdigest() == form.sha256


def test_a_form_of_a_dossier_from_june_2025_belongs_to_the_old_set_ever_after(desk: Desk) -> None:
    with clock.frozen(datetime(2025, 6, 30, 9, tzinfo=clock.TZ)):
        dossier = desk.receive()
    with clock.frozen(datetime(2025, 7, 2, 9, tzinfo=clock.TZ)):
        says(forms.stop(dossier=dossier, signer=None, reason="Chờ kết luận"), "THÔNG BÁO DỪNG GIẢI QUYẾT HỒ SƠ")
        says(forms.control(dossier=dossier, signer=None), "Mẫu số 05 (Thông tư 01/2018/TT-VPCP)")
        submitted = intake.submit_online(office=desk.cast.office, procedure=desk.cast.procedure, request=Request(),
                                         applicant=Applicant(full_name="Người khác", phone="0912345679")).dossier
        assert PaperCount(1).present
        says(forms.refusal(dossier=submitted, signer=None, reason="Trùng", legal_basis=""), "Mẫu số 03 (Thông tư 03/2025/TT-VPCP)")


def test_stopping_makes_its_notice_and_a_sweep_makes_what_a_crash_left_out(desk: Desk, morning: datetime) -> None:
    dossier = desk.receive()
    processing.start(actor=desk.cast.specialist, dossier=dossier, via="web")
    processing.stop(actor=desk.cast.specialist, dossier=dossier, via="web", note="Thửa đất đang có tranh chấp.")
    says(dossier.forms.get(kind=FormKind.STOP), "Thửa đất đang có tranh chấp.", "Đang xử lý", "Chuyên viên (thử)")
    dossier.forms.filter(kind=FormKind.STOP).delete()
    with clock.frozen(morning + timedelta(minutes=5)):
        assert sweeps.issue_missing_forms() == 1
        assert sweeps.issue_missing_forms() == 0
    assert dossier.forms.get(kind=FormKind.STOP).signer == desk.cast.specialist
