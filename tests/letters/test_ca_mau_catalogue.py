"""Letter Cà Mau 4708/UBND-CCHC of 22/8/2021, clause 4, replayed on the administrator's screens of the catalogue."""
import re
from datetime import date

import pytest
from django.test import Client
from django.urls import reverse

from onestop.directives import tasks
from onestop.directives.models import ChannelSwitch
from tests.letters.replay import API, Replay, text

OFFICE, CENTRE, ADMINISTRATOR, LETTER = "thanh-pho-ca-mau", "ca-mau", "quantri-ca-mau", "4708/UBND-CCHC"
DAY, LATER = date(2021, 8, 23), date(2021, 10, 4)
COPY, SIGNATURE = "2.000815", "2.000884"  # only at the counter; the person must be there


@pytest.fixture(autouse=True)
def office(replay: Replay) -> None:
    """The district's one-stop shop."""
    replay.district(OFFICE, "H12.31", "Bộ phận Một cửa thành phố Cà Mau", "H964", CENTRE)


def previewed(replay: Replay, administrator: Client, letter: str, day: date, clause: str = "khoản 4") -> ChannelSwitch:
    """The whole catalogue, as the administrator's form asks for it."""
    answer = administrator.post(reverse("directives:new_switch"), {
        "directive": replay.letter(letter).pk, "clause": clause, "starts_on": day.isoformat(), "channels": ["online", "postal"],
        "pay_online": "on"})
    assert answer.status_code == 302, text(answer)
    return ChannelSwitch.objects.get(pk=int(re.findall(r"\d+", answer["Location"])[-1]))


def test_cm11_one_action_switches_the_whole_catalogue_previewed_reversible_audited(replay: Replay) -> None:
    """Cà Mau, 4: one action over the whole catalogue, previewed with what is left out and why, reversible, with history."""
    with replay.at(DAY):
        administrator = replay.visitor(ADMINISTRATOR)
        switch = previewed(replay, administrator, LETTER, DAY)
        page = reverse("directives:switch", args=[switch.pk])
        left_out = text(administrator.get(f"{page}?muc=khong&q={SIGNATURE}"))
        assert "Theo quy định, công dân phải trực tiếp có mặt" in left_out
        assert "Không có thủ tục nào ở mục này" in text(administrator.get(f"{page}?muc=khong&q={COPY}"))
        assert "Trực tuyến, Bưu chính" in text(administrator.get(f"{page}?muc=chuyen&q={COPY}"))
        assert administrator.post(reverse("directives:apply_switch", args=[switch.pk])).status_code == 302
        tasks.carry_out_switch(switch.pk)
        assert "Đã chuyển xong" in text(administrator.get(page))
        reasons = {"reason": "Văn bản hết hiệu lực"}
        administrator.post(reverse("directives:withdraw", args=[replay.letter(LETTER).pk]), reasons)
    with replay.at(LATER):  # other than the letter's own rule, the catalogue stays open when the letter is gone
        shown = text(replay.procedure_page(COPY, OFFICE))
        assert "Kênh này được mở theo văn bản số 4708/UBND-CCHC, khoản 4." in shown
        assert replay.submit(OFFICE, COPY)[0].status_code == 302
        assert replay.submit(OFFICE, SIGNATURE)[0].status_code == 422
        channels = Client().get(f"{API}procedures/{COPY}/", {"office": OFFICE}).json()["channels"]
        assert [(row["channel"], row["available"], row["pay_online"]) for row in channels[:2]] == [
            ("online", True, True), ("postal", True, True)]
        administrator.post(reverse("directives:undo_switch", args=[switch.pk]), {"reason": "Trở lại bình thường"})
        tasks.carry_out_switch(switch.pk)
        assert "Thủ tục này chưa được cung cấp trực tuyến." in text(replay.procedure_page(COPY, OFFICE))
        assert replay.submit(OFFICE, COPY)[0].status_code == 422
        told = text(administrator.get(page))
        assert "Trở lại bình thường" in told and "Đã hoàn tác xong" in told and "khoản 4" in told
        assert "Mở thêm kênh theo văn bản chỉ đạo" in text(administrator.get(reverse("catalogue:detail", args=[COPY])))
