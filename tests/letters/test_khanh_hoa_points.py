"""Letter Khánh Hòa 2964/UBND-KSTT of 1/4/2020, clause 3: the post receives dossiers at a point in each commune."""
from datetime import date

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from postal.models import Carrier
from tests.letters.replay import Replay, text

OFFICE, CENTRE, ADMINISTRATOR = "thanh-pho-nha-trang", "khanh-hoa", "quantri-khanh-hoa"
DAY, BIRTH = date(2020, 4, 3), "1.004772"
FILE = ("Mã điểm;Tên điểm;Xã, phường;Địa chỉ;Điện thoại;Giờ làm việc\r\n"
        "NT-01;Điểm Nha Trang (mẫu);Phường Nha Trang;Số 1, đường Mẫu;0258 111;Cả tuần, 7 giờ đến 18 giờ\r\n"
        "NT-02;Điểm Bắc Nha Trang (mẫu);Phường Bắc Nha Trang;Số 2, đường Mẫu;0258 222;\r\n")


def test_kh5_the_post_receives_in_each_commune(replay: Replay) -> None:
    """Khánh Hòa, 3: the province brings in the post's points; a citizen finds the one of the commune, led there by the procedure's page."""
    replay.district(OFFICE, "H32.31", "Bộ phận Một cửa thành phố Nha Trang", "H568", CENTRE)
    post = Carrier.objects.create(code="buu-dien-mau", name="Bưu điện (mẫu)", key="x", province=replay.office(CENTRE).province)
    with replay.at(DAY, 9):
        administrator, page = replay.visitor(ADMINISTRATOR), reverse("postal:points_import")
        looked = administrator.post(page, {"carrier": post.pk, "file": SimpleUploadedFile("diem.csv", FILE.encode())})
        assert "Sẽ thêm 2" in text(looked), text(looked)
        for words in ("Đã thêm 2, sửa 0", "Đã thêm 0, sửa 0, giữ nguyên 2"):
            assert words in text(administrator.post(page, {"carrier": post.pk, "kept": looked.context["kept"]}, follow=True))
        public = reverse("postal:points")
        assert public in replay.procedure_page(BIRTH, OFFICE).content.decode()
        found = text(Client().get(public, {"tim": "phuong nha trang khanh hoa"}))
        for words in ("Điểm Nha Trang (mẫu)", "Số 1, đường Mẫu", "0258 111", "Cả tuần, 7 giờ đến 18 giờ"):
            assert words in found
        assert "Điểm Bắc Nha Trang" in text(Client().get(public, {"tim": "bac nha trang"}))
        assert "Điểm Nha Trang (mẫu)" in text(Client().get(public, {"tinh": replay.office(CENTRE).province.code}))
