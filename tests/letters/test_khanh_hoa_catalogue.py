"""Letter Khánh Hòa 2964/UBND-KSTT of 1/4/2020: the catalogue from 1/4 (clause 1), the citizen's own registration for post (clause 2)."""
from datetime import date

import pytest
from django.test import Client
from django.urls import reverse

from dossiers.models import Dossier
from onestop.directives import tasks
from tests.letters.replay import Replay, text
from tests.letters.test_ca_mau_catalogue import previewed

OFFICE, CENTRE, ADMINISTRATOR, LETTER = "thanh-pho-nha-trang", "khanh-hoa", "quantri-khanh-hoa", "2964/UBND-KSTT"
BEFORE, FIRST = date(2020, 3, 31), date(2020, 4, 1)  # Tuesday, Wednesday
COPY, SIGNATURE, BIRTH = "2.000815", "2.000884", "1.004772"
ADDRESS = "Số 9, đường Mẫu, Nha Trang"


@pytest.fixture(autouse=True)
def office(replay: Replay) -> None:
    """The district's one-stop shop."""
    replay.district(OFFICE, "H32.31", "Bộ phận Một cửa thành phố Nha Trang", "H568", CENTRE)


def test_kh1_the_catalogue_is_switched_from_1_april(replay: Replay) -> None:
    """Khánh Hòa, 1: the whole catalogue from 1/4/2020, ordered the day before; who must be there stays out."""
    with replay.at(BEFORE, 16):
        administrator = replay.visitor(ADMINISTRATOR)
        switch = previewed(replay, administrator, LETTER, FIRST, "khoản 1")
        administrator.post(reverse("directives:apply_switch", args=[switch.pk]))
        tasks.carry_out_switch(switch.pk)
        assert "Chưa đến ngày bắt đầu" in text(administrator.get(reverse("directives:switch", args=[switch.pk])))
        assert replay.submit(OFFICE, COPY)[0].status_code == 422
    with replay.at(FIRST, 0, 5):
        tasks.carry_out_switch(switch.pk)
    with replay.at(FIRST):
        page = text(replay.procedure_page(COPY, OFFICE))
        assert page.count(f"Kênh này được mở theo văn bản số {LETTER}, khoản 1.") == 2
        assert replay.submit(OFFICE, COPY)[0].status_code == 302
        assert Dossier.objects.get(procedure__code=COPY).version.valid_from == FIRST
        assert replay.submit(OFFICE, SIGNATURE)[0].status_code == 422


def test_kh2_the_citizen_registers_for_post_later(replay: Replay) -> None:
    """Khánh Hòa, 2: who did not register for the result by post at submission does so on the tracking page, until it is on its way."""
    with replay.at(FIRST, 9):
        desk = replay.employ("desk", OFFICE, ADMINISTRATOR)
        dossier = replay.received(replay.take_in(desk, OFFICE, BIRTH))
        citizen, way = Client(), reverse("dossiers:citizen_return", args=[dossier.number])
        assert citizen.get(way).status_code == 302  # the second factor first
        citizen.post(reverse("dossiers:track"), {"ma": dossier.number, "so": dossier.phone[-4:]})
        assert "Không cần đến lấy" in text(citizen.get(way))
        answer = citizen.post(way, {"return_method": "post", "return_address": ADDRESS}, follow=True)
        assert "Nhận qua bưu chính công ích" in text(answer) and ADDRESS not in text(answer)
        assert ADDRESS in text(desk.get(reverse("dossiers:detail", args=[dossier.pk])))
        specialist = replay.employ("specialist", OFFICE, ADMINISTRATOR)
        specialist.post(reverse("dossiers:start", args=[dossier.pk]))
        specialist.post(reverse("dossiers:decide", args=[dossier.pk]), {"note": "Giấy khai sinh"})
        assert citizen.post(way, {"return_method": "counter"}).status_code == 409
