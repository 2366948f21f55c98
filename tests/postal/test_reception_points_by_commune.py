"""Reception points of the post in each commune: found by everybody, kept by administrators, brought in from a list (Khánh Hòa 3)."""
import io
from datetime import date, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from openpyxl import Workbook

from onestop import clock
from postal.models import Carrier, CarrierChange, ReceptionPoint
from postal.services import points
from tests.postal.handing import browser

pytestmark = pytest.mark.django_db
HEADER = "Mã điểm;Tên điểm;Xã, phường;Địa chỉ;Điện thoại;Mở cửa;Từ ngày"
LINES = (
    "D1;Điểm Ninh Kiều (mẫu);Phường Ninh Kiều;Số 1, đường Mẫu;0292 111;7h30;01/01/2026", "D2;Điểm Cái Răng (mẫu);T31186;Số 2, đường Mẫu;;;",
    "D3;;Phường Ninh Kiều;Số 3;;;", "D4;Điểm;Phường Không Có;Số 4;;;", "D1;Trùng;Phường Ninh Kiều;Số 5;;;",
    "D6;=1+1;Phường Ninh Kiều;S;;;", "D7;Điểm;Phường Ninh Kiều;Số 7;;25:00;", "D8;Điểm;Phường Ninh Kiều;Số 8;;;31/02/2026",
)


@pytest.fixture
def post(cast):
    return Carrier.objects.create(code="buu-dien", name="Bưu điện (thử)", key="x", province=cast.province)


@pytest.fixture
def point(cast, post):
    return ReceptionPoint.objects.create(carrier=post, code="D0", name="Điểm Bến Mẫu", area=cast.commune, address="Số 9, đường Thử",
                                         phone="1900 1111")


def upload(*lines):
    return SimpleUploadedFile("diem.csv", ("\ufeff" + "\r\n".join((HEADER, *lines))).encode())


def test_everybody_finds_them_without_tone_marks(cast, point, django_assert_max_num_queries):
    address = reverse("postal:points")
    for words, found in (("ninh kieu", True), ("BẾN mẫu", True), ("can tho thu", True), ("cai rang", False), ("\x00", True)):
        assert (point.name in Client().get(address, {"tim": words}).content.decode()) is found, words
    assert point.name in Client().get(address, {"tinh": cast.province.code}).content.decode()
    page = Client().get(address).content.decode()
    assert "Số 9, đường Thử" in page and "tel:1900 1111" in page
    for number in range(30):
        ReceptionPoint.objects.create(carrier=point.carrier, code=f"X{number}", name=f"Điểm {number}", area=cast.commune, address="Số 1")
    with django_assert_max_num_queries(5):
        first = Client().get(address).content.decode()
    assert first.count('class="result-name"') == 20
    assert Client().get(address, {"page": 2}).content.decode().count('class="result-name"') == 11


def test_the_procedure_page_leads_there(cast, point):
    page = Client().get(reverse("guide:procedure", args=[cast.procedure.code]), {"don_vi": cast.office.code}).content.decode()
    assert f"{reverse('postal:points')}?tim=" in page


def test_which_point_serves_a_commune(cast, post, point):
    assert points.point_for(cast.commune, post) == point
    assert points.point_for(None, post) is None and points.point_for(cast.province, post) is None
    points.close_point(actor=cast.administrator, point=point, last_day=clock.today() - timedelta(days=1))
    assert points.point_for(cast.commune, post) is None
    assert point.name not in Client().get(reverse("postal:points")).content.decode()


def test_the_administrator_adds_changes_and_closes(cast, post):
    client = browser(cast.administrator)
    typed = {"carrier": post.pk, "code": "D5", "name": "Điểm mẫu", "area": "Phường Ninh Kiều", "address": "Số 5", "opens": "07:30",
             "closes": "17:00", "valid_from": "2026-01-01"}
    assert client.post(reverse("postal:point_new"), {**typed, "closes": "07:00"}).status_code == 422
    assert client.post(reverse("postal:point_new"), typed).status_code == 302
    assert client.post(reverse("postal:point_new"), typed).status_code == 422  # the code is taken
    made = ReceptionPoint.objects.get()
    page = reverse("postal:point_edit", args=[made.pk])
    assert "Điểm mẫu" in client.get(page).content.decode()
    client.post(page, {**typed, "name": "Điểm mới"})
    client.post(reverse("postal:point_close", args=[made.pk]), {"last_day": "2026-12-31"})
    made.refresh_from_db()
    assert (made.name, made.search_name, made.valid_to) == ("Điểm mới", "diem moi so 5", date(2026, 12, 31))
    assert "đến hết 31/12/2026" in client.get(reverse("postal:points_kept")).content.decode()
    assert set(CarrierChange.objects.values_list("verb", flat=True)) == {"add_point", "change_point", "close_point"}
    for who in (cast.leader, cast.carrier):
        assert browser(who).get(reverse("postal:points_kept")).status_code == 403


def test_a_list_is_looked_at_first_and_twice_is_harmless(cast, post):
    client, page = browser(cast.administrator), reverse("postal:points_import")
    looked = client.post(page, {"carrier": post.pk, "file": upload(*LINES)})
    said = looked.content.decode()
    assert "Sẽ thêm 2, sửa 0, giữ nguyên 0 điểm" in said and "6 dòng không dùng được" in said
    for sentence in ("Thiếu tên điểm", "Không tìm thấy xã, phường", "Trùng mã với dòng 2", "dấu của công thức",
                     "Giờ ghi theo dạng", "Ngày ghi theo dạng"):
        assert sentence in said
    assert not ReceptionPoint.objects.exists()
    for words in ("Đã thêm 2, sửa 0, giữ nguyên 0 điểm", "Đã thêm 0, sửa 0, giữ nguyên 2 điểm"):
        assert words in client.post(page, {"carrier": post.pk, "kept": looked.context["kept"]}, follow=True).content.decode()
    assert "Bản xem trước đã cũ" in client.post(page, {"carrier": post.pk, "kept": "giả"}, follow=True).content.decode()
    assert ReceptionPoint.objects.get(code="D1").opens.isoformat() == "07:30:00"
    assert client.post(page, {"carrier": post.pk, "file": SimpleUploadedFile("x.csv", b"a;b\n1;2")}).status_code == 422
    assert client.get(reverse("postal:points_template")).content.decode().startswith("\ufeffMã điểm;")


def test_the_command_reads_a_workbook(cast, post, tmp_path):
    book = Workbook()
    for line in (HEADER, *LINES[:3]):
        book.active.append(line.split(";"))
    book.save(tmp_path / "diem.xlsx")
    told = [io.StringIO() for _run in range(3)]
    for out, options in zip(told, ({"check": True}, {}, {}), strict=True):
        call_command("import_reception_points", post.code, str(tmp_path / "diem.xlsx"), stdout=out, **options)
    assert [out.getvalue().splitlines()[-1] for out in told] == [
        "thêm 2, sửa 0, giữ nguyên 0, bỏ qua 1", "thêm 2, sửa 0, giữ nguyên 0, bỏ qua 1", "thêm 0, sửa 0, giữ nguyên 2, bỏ qua 1"]
    with pytest.raises(CommandError):
        call_command("import_reception_points", "khong-co", str(tmp_path / "diem.xlsx"))


def test_the_api_tells_them_to_everybody(client, cast, point):
    found = client.get("/api/v1/reception-points/", {"q": "ninh kieu", "area": cast.province.code}).json()
    [line] = found["results"]
    assert (line["code"], line["area"], line["province"], line["carrier"]) == ("D0", cast.commune.code, cast.province.name, "buu-dien")
    assert client.get("/api/v1/reception-points/", {"area": "99999"}).json()["results"] == []
    assert client.get("/api/v1/reception-points/", {"area": "không"}).status_code == 400
