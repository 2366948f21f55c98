"""Letter Vĩnh Phúc /UBND-KSTT2 of 2020, clause 2: the public is told how to submit."""
import re
from datetime import date

from django.test import Client
from django.urls import reverse

from tests.letters.replay import Replay, text

OFFICE, ADMINISTRATOR, LETTER = "vinh-phuc", "quantri-vinh-phuc", "…/UBND-KSTT2"
DAY, BEFORE, AFTER = date(2020, 4, 8), date(2020, 4, 7), date(2020, 4, 23)
PROCEDURE = "2.000635"
TITLE = "Nộp hồ sơ qua mạng, qua đường bưu điện"
SHORT = "Từ 8/4/2020, xin nộp hồ sơ qua mạng hoặc đường bưu điện; thủ tục cấp thiết vẫn được giải quyết."


def test_vp3_the_public_is_told_how_to_submit_on_the_portal_by_text_and_by_loudspeaker(replay: Replay) -> None:
    """Vĩnh Phúc, 2: there is a way to tell everybody how procedures are dealt with by network and by post."""
    with replay.at(BEFORE, 16):
        administrator = replay.visitor(ADMINISTRATOR)
        made = administrator.post(reverse("directives:new_announcement"), {
            "place": f"area:{replay.office(OFFICE).province_id}", "tone": "urgent", "starts_at": "2020-04-08T00:00",
            "ends_at": "2020-04-23T00:00", "directive": replay.letter(LETTER).pk, "title": TITLE, "short": SHORT,
            "text": "UBND tỉnh đề nghị người dân nộp TTHC qua Cổng dịch vụ công hoặc đường bưu điện."})
        assert made.status_code == 302, text(made)
        administrator.post(f"{made['Location']}dang/")
        staff = text(administrator.get(made["Location"]))
        assert "Bản ngắn, cho tin nhắn SMS" in staff and "Gửi tin nhắn đến người đăng ký" in staff and "Chưa đến lúc" in staff
        assert TITLE not in text(Client().get(reverse("guide:office", args=[OFFICE])))
    with replay.at(DAY, 0):
        for page in (Client().get(reverse("guide:office", args=[OFFICE])), replay.procedure_page(PROCEDURE, OFFICE),
                     Client().get(reverse("guide:home")), Client().get(reverse("guide:announcements"))):
            assert TITLE in text(page) and SHORT in text(page)
        assert LETTER in text(Client().get(reverse("guide:office", args=[OFFICE])))
        assert TITLE not in text(Client().get(reverse("guide:office", args=["khanh-hoa"])))
        pk = int(re.findall(r"\d+", made["Location"])[-1])
        aloud = Client().get(reverse("guide:announcement_aloud", args=[pk])).content.decode()
        assert "Ủy ban nhân dân tỉnh đề nghị người dân nộp thủ tục hành chính" in aloud and "Xin nhắc lại" in aloud
    with replay.at(AFTER, 0):
        assert TITLE not in text(Client().get(reverse("guide:office", args=[OFFICE])))
        assert TITLE in text(Client().get(reverse("guide:announcements"), {"xem": "luu-tru"}))
