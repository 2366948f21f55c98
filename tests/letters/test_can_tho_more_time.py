"""Letter Cần Thơ 2468/VPUB-KSTT of 13/7/2021, clauses 1c and 2: the checks, the refusal and the ledger, one dossier at a time."""

from datetime import date

import pytest
from django.urls import reverse

from dossiers.models import Dossier
from onestop.notify.models import Message
from onestop.people.models import User
from tests.letters.replay import Replay, text
from tests.letters.test_can_tho import BEFORE, DAY, FIELD, LETTER, OFFICE, PLAIN, ask, fresh


@pytest.fixture
def received(replay: Replay) -> list[Dossier]:
    """Two dossiers handed in before the letter: one needs field verification, one doesn't."""
    with replay.at(BEFORE, 9):
        desk = replay.visitor("motcua")
        return [replay.received(replay.take_in(desk, OFFICE, code)) for code in (FIELD, PLAIN)]


def test_ct4_the_requester_sees_the_checks_as_a_list(replay: Replay, received: list[Dossier]) -> None:
    """Cần Thơ, 1c: does it need field verification, is the office in scope, is the date inside the period: who asks sees it."""
    with replay.at(DAY, 9):
        officer = replay.visitor("chuyenvien")
        shown = text(officer.get(ask(replay, officer, received[0])["Location"]))
        for said in ("Thủ tục phải thẩm định, xác minh thực tế.", "Đơn vị thuộc phạm vi áp dụng của văn bản.",
                     f"điểm c khoản 1 văn bản số {LETTER} đang có hiệu lực tại đơn vị và cho phép.",
                     "Ngày đề nghị nằm trong thời gian hiệu lực của văn bản.", "Hồ sơ đang được giải quyết.",
                     "Đề nghị được lập trước khi hết hạn."):
            assert said in shown, said


def test_ct5_the_refusal_reaches_who_asked_by_message(replay: Replay, received: list[Dossier]) -> None:
    """Cần Thơ, 2: what is refused goes back with the reason: by message and in the request's history."""
    User.objects.filter(username="chuyenvien").update(phone="0900000077")
    with replay.at(DAY, 9):
        officer = replay.visitor("chuyenvien")
        address = ask(replay, officer, received[0])["Location"].rstrip("/")
        assert replay.visitor("quantri").post(f"{address}/tu-choi/", {"reason": "Phường vẫn đi lại được"}).status_code == 302
        told = Message.objects.get(template_key="extension_rejected")
        assert told.phone == "0900000077" and "Phường vẫn đi lại được" in told.body
        assert "Không phê duyệt" in text(officer.get(f"{address}/"))
    assert fresh(received[0]).due_at == received[0].due_at


def test_ct5_the_ledger_says_who_decided_and_who_carried_it_out(replay: Replay, received: list[Dossier]) -> None:
    """Cần Thơ, 1c and 2: the agency asks, the administrator carries it out; both, and the letter, stand in the dossier's ledger."""
    with replay.at(DAY, 9):
        address = ask(replay, replay.visitor("chuyenvien"), received[0])["Location"].rstrip("/")
        administrator = replay.visitor("quantri")
        assert administrator.post(f"{address}/phe-duyet/").status_code == 302
        name = User.objects.get(username="quantri").full_name
        page = text(administrator.get(reverse("dossiers:detail", args=[received[0].pk])))
        for said in (f"Căn cứ: điểm c khoản 1, {LETTER}.", f"Quyết định: {name}.", f"Thực hiện: {name}."):
            assert said in page, said


def test_ct6_the_citizen_reads_the_same_reasons_everywhere(replay: Replay, received: list[Dossier]) -> None:
    """Cần Thơ, 1c: the sentence about the new date with the letter is the same on the tracking page, the officer's page and the API."""
    with replay.at(DAY, 9):
        address = ask(replay, replay.visitor("chuyenvien"), received[0])["Location"].rstrip("/")
        assert replay.visitor("quantri").post(f"{address}/phe-duyet/").status_code == 302
        sentence = f"Ngày trả kết quả được gia hạn đến hết ngày 20/08/2021 theo điểm c khoản 1, {LETTER}."
        assert sentence in replay.tracking_page(received[0])
        assert sentence in text(replay.visitor("chuyenvien").get(reverse("dossiers:detail", args=[received[0].pk])))
        answer = replay.visitor("chuyenvien").get(f"/api/v1/dossiers/{received[0].code}/", {"phone_last4": received[0].phone[-4:]})
        assert sentence in answer.json()["explanation"]


def test_ct5_more_time_asked_after_the_due_date_leaves_it_late(replay: Replay, received: list[Dossier]) -> None:
    """Cần Thơ, 2: an extension entered after the due date is carried out but the dossier stays late, and everybody reads so."""
    due = fresh(received[0]).due_at
    assert due is not None
    with replay.at(date(2021, 7, 30), 9):
        assert due.date() < date(2021, 7, 30)
        address = ask(replay, replay.visitor("chuyenvien"), received[0])["Location"].rstrip("/")
        administrator = replay.visitor("quantri")
        assert "Hồ sơ đã quá hạn khi đề nghị; vẫn được tính là quá hạn." in text(administrator.get(f"{address}/"))
        assert administrator.post(f"{address}/phe-duyet/").status_code == 302
        assert "vẫn được tính là quá hạn" in replay.tracking_page(received[0])
    assert fresh(received[0]).was_late
