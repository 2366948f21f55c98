"""The register and the list of results: who sees what, on the screen, as PDF in parts and as XLSX; the control slip's button."""
from __future__ import annotations

import io
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.test import Client
from openpyxl import load_workbook
from pypdf import PdfReader

from dossiers import printing, register
from dossiers.models import Dossier
from dossiers.printing.tables import PART, parts
from dossiers.services import processing
from dossiers.states import FormKind
from onestop import clock
from tests.cast import PASSWORD, Cast
from tests.dossiers.conftest import Desk


def signed_in(username: str) -> Client:
    client = Client()
    assert client.login(username=username, password=PASSWORD)
    return client


def body(response) -> bytes:  # type: ignore[no-untyped-def]
    assert response.status_code == 200, response.status_code
    return b"".join(response.streaming_content)


def pdf_text(content: bytes) -> str:
    return " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages).split()).replace("\u200b", "")


def cells(content: bytes) -> list[list[object]]:
    page = load_workbook(io.BytesIO(content)).worksheets[0]
    return [[cell.value for cell in row] for row in page.iter_rows()]


@pytest.fixture
def three(desk: Desk, morning: datetime) -> list[Dossier]:
    """Three dossiers: two of today, one of two days ago that was settled today."""
    with clock.frozen(morning - timedelta(days=2)):
        old = desk.receive()
    with clock.frozen(morning):
        processing.start(actor=desk.cast.specialist, dossier=old, via="web")
        processing.decide(actor=desk.cast.specialist, dossier=old, via="web", note="Giấy khai sinh số 5")
        return [old, desk.receive(), desk.receive()]


def test_the_screen_lists_the_month_and_narrows_it(cast: Cast, three: list[Dossier]) -> None:
    client = signed_in("t-motcua")
    page = client.get("/ho-so/so-theo-doi/").content.decode()
    assert all(dossier.code and dossier.code in page for dossier in three)
    narrowed = client.get("/ho-so/so-theo-doi/", {"loai": "decided"}).content.decode()
    assert [dossier.code in narrowed for dossier in three] == [True, False, False]
    today = client.get("/ho-so/so-theo-doi/", {"tu": "2026-11-25", "den": "2026-11-25"}).content.decode()
    assert [dossier.code in today for dossier in three] == [False, True, True]


def test_a_wrong_period_is_said_at_its_field(cast: Cast, morning: datetime) -> None:
    client = signed_in("t-motcua")
    for first, last, words in (("2026-11-25", "2026-11-01", "Ngày kết thúc phải từ ngày bắt đầu"),
                               ("2020-01-01", "2026-01-01", "tối đa một năm")):
        response = client.get("/ho-so/so-theo-doi/", {"tu": first, "den": last})
        assert response.status_code == 422
        assert words in response.content.decode()
        assert client.get("/ho-so/so-theo-doi/tai-ve/pdf/", {"tu": first, "den": last}).status_code == 404


def test_another_office_sees_nothing_of_it_and_a_citizen_no_register(cast: Cast, three: list[Dossier]) -> None:
    page = signed_in("t-nguoikhac").get("/ho-so/so-theo-doi/", {"don_vi": cast.office.code})
    assert not any(dossier.code in page.content.decode() for dossier in three)
    assert signed_in("t-congdan").get("/ho-so/so-theo-doi/").status_code == 403
    assert Client().get("/ho-so/so-theo-doi/").status_code == 302


def test_the_register_as_pdf(cast: Cast, three: list[Dossier]) -> None:
    content = body(signed_in("t-motcua").get("/ho-so/so-theo-doi/tai-ve/pdf/"))
    text = pdf_text(content)
    for words in ("SỔ THEO DÕI HỒ SƠ", "Từ ngày 01/11/2026 đến ngày 25/11/2026", "Mẫu số 07 (Thông tư 03/2025/TT-VPCP)", "Người nộp mẫu",
                  "0912345678", "Cán bộ tiếp nhận (thử)", "17:00 ngày 02/12/2026", "NGƯỜI LẬP SỔ", "Quyển số 1"):
        assert words in text, (words, text)
    flat = text.replace(" ", "")
    assert all(dossier.code in flat for dossier in three)


@pytest.mark.parametrize(("first", "last", "mark"), [
    ("2021-08-01", "2021-08-31", "Mẫu số 06 (Thông tư 01/2018/TT-VPCP)"),
    ("2025-06-01", "2025-07-31", "đến 30/6/2025; Mẫu số 07 (Thông tư 03/2025/TT-VPCP) từ 01/7/2025")])
def test_the_set_follows_the_days_of_receipt(cast: Cast, morning: datetime, first: str, last: str, mark: str) -> None:
    assert mark in pdf_text(body(signed_in("t-motcua").get("/ho-so/so-theo-doi/tai-ve/pdf/", {"tu": first, "den": last})))


def test_the_register_as_spreadsheet_keeps_text_that_looks_like_a_formula_a_text(cast: Cast, three: list[Dossier]) -> None:
    Dossier.objects.filter(pk=three[1].pk).update(full_name='=HYPERLINK("http://x")', address="+84")
    rows = cells(body(signed_in("t-motcua").get("/ho-so/so-theo-doi/tai-ve/xlsx/")))
    assert [row[1] for row in rows[-3:]] == [dossier.code for dossier in three]
    assert rows[-2][4] == '=HYPERLINK("http://x")'
    page = load_workbook(io.BytesIO(body(signed_in("t-motcua").get("/ho-so/so-theo-doi/tai-ve/xlsx/")))).worksheets[0]
    assert {cell.data_type for cell in page[page.max_row - 1] if cell.value} <= {"s", "n"}


def test_a_long_list_is_made_in_parts_with_pages_numbered_through(cast: Cast, morning: datetime, tmp_path: Path) -> None:
    period = register.Period(cast.office, morning.date(), morning.date())
    line = ["1", "H13.70-261125-0001", "Thủ tục " * 12, "01", "Người nộp mẫu", "Số 1", "0912345678", "", "", "", "Trực tiếp", "Cán bộ"]
    path = tmp_path / "so.pdf"
    with path.open("wb") as out:
        total = printing.write_pdf(register.sheet(period), ([str(number), *line[1:]] for number in range(1, 2 * PART + 11)), out,
                                   issued_at=morning)
    pages = PdfReader(path).pages
    assert total == 2 * PART + 10
    numbers = [int(page.extract_text().replace("\u200b", "").split("Trang ")[1].split()[0]) for page in pages]
    assert numbers == list(range(1, len(pages) + 1))
    assert all("Mã hồ sơ" in page.extract_text() for page in list(pages)[:-1])  # the table's head on every page
    assert "NGƯỜI LẬP SỔ" in pages[-1].extract_text()
    assert "NGƯỜI LẬP SỔ" not in pages[0].extract_text()


def test_parts_know_the_last_one() -> None:
    assert list(parts(range(5), 2)) == [([0, 1], False), ([2, 3], False), ([4], True)]
    assert list(parts(range(4), 2)) == [([0, 1], False), ([2, 3], True)]
    assert list(parts([], 2)) == [([], True)]


def test_the_list_of_results_for_the_shop(cast: Cast, three: list[Dossier]) -> None:
    Dossier.objects.filter(pk=three[0].pk).update(return_method="post", return_address="Số 1", money="paid")
    client = signed_in("t-motcua")
    page = client.get("/ho-so/ban-giao-ket-qua/").content.decode()
    assert [dossier.code in page for dossier in three] == [True, False, False]
    text = pdf_text(body(client.get("/ho-so/ban-giao-ket-qua/tai-ve/pdf/")))
    for words in ("DANH SÁCH BÀN GIAO KẾT QUẢ GIẢI QUYẾT HỒ SƠ", "Giấy khai sinh số 5", "NGƯỜI GIAO", "NGƯỜI NHẬN", "Giao nhận lúc"):
        assert words in text, words
    row = cells(body(client.get("/ho-so/ban-giao-ket-qua/tai-ve/xlsx/")))[-1]
    assert row[6:8] == ["X", "X"]


def test_the_control_slip_is_issued_by_a_button_and_opened(cast: Cast, three: list[Dossier]) -> None:
    client = signed_in("t-motcua")
    assert "phieu-kiem-soat" in client.get(f"/ho-so/xu-ly/{three[0].pk}/").content.decode()
    response = client.post(f"/ho-so/xu-ly/{three[0].pk}/phieu-kiem-soat/")
    form = three[0].forms.get(kind=FormKind.CONTROL)
    assert response["Location"] == f"/ho-so/bieu-mau/{form.key}/"
    assert form.signer == cast.desk
    assert signed_in("t-nguoikhac").post(f"/ho-so/xu-ly/{three[0].pk}/phieu-kiem-soat/").status_code == 404
