"""Letter Khánh Hòa 2964/UBND-KSTT of 1/4/2020, clause 4, one dossier: stopped by the letter, run on, and what the people read."""

from datetime import date

import pytest
from django.urls import reverse

from onestop import clock
from tests.letters.replay import Replay, text
from tests.letters.test_khanh_hoa import ADMINISTRATOR, CENTRE, FIELD, FIRST, LETTER, OFFICE


@pytest.fixture(autouse=True)
def office(replay: Replay) -> None:
    """The district's one-stop shop."""
    replay.district(OFFICE, "H32.31", "Bộ phận Một cửa thành phố Nha Trang", "H568", CENTRE)


def test_kh8_the_officer_reads_letter_and_days_in_the_ledger(replay: Replay) -> None:
    """Khánh Hòa, 4: the ledger names the letter, the days 1/4 to 15/4 inclusive, and that the portal carried it out."""
    with replay.at(date(2020, 3, 30), 9):
        desk = replay.employ("desk", OFFICE, ADMINISTRATOR)
        dossier = replay.received(replay.take_in(desk, OFFICE, FIELD))
    with replay.at(FIRST, 7):
        replay.sweep_dossiers()
        page = text(desk.get(reverse("dossiers:detail", args=[dossier.pk])))
        for said in ("Tạm dừng đến hết ngày", f"Căn cứ: khoản 4, {LETTER}.", "Quyết định: theo văn bản.", "Thực hiện: hệ thống."):
            assert said in page, said


def test_kh8_the_letter_is_withdrawn_early(replay: Replay) -> None:
    """Khánh Hòa, 4: when the letter is withdrawn on 7/4 the days from 8/4 on count again; the citizen is told the earlier date."""
    with replay.at(date(2020, 3, 30), 9):
        desk = replay.employ("desk", OFFICE, ADMINISTRATOR)
        dossier = replay.received(replay.take_in(desk, OFFICE, FIELD))
    with replay.at(FIRST, 7):
        replay.sweep_dossiers()
        assert "24/04/2020" in replay.tracking_page(dossier)
    with replay.at(date(2020, 4, 7), 10):
        administrator = replay.employ("administrator", CENTRE, ADMINISTRATOR)
        address = reverse("directives:withdraw", args=[replay.letter(LETTER).pk])
        assert administrator.post(address, {"reason": "Hết giãn cách"}).status_code == 302
        replay.sweep_dossiers()
        replay.sweep_dossiers()
        dossier.refresh_from_db()
        assert dossier.due_at == clock.at(date(2020, 4, 16), 17)  # one day used on 31/3; seven run from 8/4
        told = replay.told(dossier, "dossier_lifted")
        assert "16/04/2020" in told and "24/04/2020" in told
        assert "Bãi bỏ tạm dừng" in replay.tracking_page(dossier)
