"""Letter Cà Mau 4708/UBND-CCHC, clauses 2 and 5: announcements on the portal, text messages to the people of the area."""
import json
import re
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from onestop import signature
from onestop.notify import services, tasks
from onestop.notify.models import Broadcast, Message, Provider
from tests.letters.replay import Replay, text
from tests.sinks import simulator

OFFICE, CENTRE, ADMINISTRATOR, LETTER = "thanh-pho-ca-mau", "ca-mau", "quantri-ca-mau", "4708/UBND-CCHC"
DAY, AFTER = date(2021, 8, 23), date(2021, 9, 6)
BIRTH, HOTLINE, KEY = "1.001193", "08.27.27.1022", "khoa-bao-cao"
SHORT = ("Tu 22/8/2021 TTHC tinh Ca Mau chi nhan truc tuyen hoac buu chinh (QD 1615/QD-UBND). "
         f"Den truc tiep phai hen qua tong dai {HOTLINE}.")
LONG = (f"Theo Quyết định số 1615/QĐ-UBND ngày 20/8/2021, TTHC chỉ thực hiện trực tuyến hoặc qua bưu chính công ích. "
        f"Trường hợp phải đến trực tiếp, xin đặt lịch qua tổng đài {HOTLINE}.")


@pytest.fixture(autouse=True)
def office(replay: Replay) -> None:
    """The district's one-stop shop."""
    replay.district(OFFICE, "H12.31", "Bộ phận Một cửa thành phố Cà Mau", "H964", CENTRE)


@pytest.fixture
def gateway(settings: Any) -> Iterator[Any]:
    """The province's SMS gateway, which reports what arrived."""
    settings.NOTIFY_CHANNELS = ["sms"]
    with simulator() as server:
        Provider.objects.create(code="vien-thong", name="Doanh nghiệp viễn thông (mẫu)", channel="sms", url=f"{server.url}/sms", price=400,
                                plain=True, report_key=KEY)
        yield server


def announced(replay: Replay, administrator: Client) -> str:
    """The administrator's announcement, published; its page."""
    answer = administrator.post(reverse("directives:new_announcement"), {
        "place": f"area:{replay.office(CENTRE).province_id}", "tone": "warning", "starts_at": "2021-08-23T08:00",
        "ends_at": "2021-09-06T00:00", "directive": replay.letter(LETTER).pk, "title": "Nộp hồ sơ trực tuyến hoặc qua bưu chính",
        "short": SHORT, "text": LONG})
    assert answer.status_code == 302, text(answer)
    administrator.post(f"{answer['Location']}dang/")
    return str(answer["Location"])


def test_cm9_announcements_stand_on_the_portal_for_their_time_and_each_procedure_says_how_to_submit(replay: Replay) -> None:
    """Cà Mau, 2: people learn the rules in time and are guided to submit online, pay online and use the public post."""
    with replay.at(DAY, 8):
        page = announced(replay, replay.visitor(ADMINISTRATOR))
        procedure = text(replay.procedure_page(BIRTH, OFFICE))
        for place in (procedure, text(Client().get(reverse("guide:home"))), text(Client().get(reverse("guide:office", args=[OFFICE]))),
                      text(Client().get(reverse("guide:letter", args=[replay.letter(LETTER).pk]))),
                      text(Client().get(reverse("guide:announcements")))):
            assert "Nộp hồ sơ trực tuyến hoặc qua bưu chính" in place and HOTLINE in place
        assert SHORT not in text(Client().get(reverse("guide:office", args=["can-tho"])))
        for guidance in ("Nộp trực tuyến và thanh toán", "Nếu có phí, bạn nhận tin nhắn yêu cầu thanh toán", "Gửi qua bưu chính công ích",
                         "Mang đến điểm bưu chính gần nhất"):
            assert guidance in procedure
        pk = int(re.findall(r"\d+", page)[-1])
        aloud = Client().get(reverse("guide:announcement_aloud", args=[pk])).content.decode()
        assert "thủ tục hành chính chỉ thực hiện" in aloud and "0 8 2 7 2 7 1 0 2 2" in aloud
    with replay.at(AFTER, 0):
        assert SHORT not in text(replay.procedure_page(BIRTH, OFFICE))
        assert "Nộp hồ sơ trực tuyến hoặc qua bưu chính" in text(Client().get(reverse("guide:announcements"), {"xem": "luu-tru"}))


def subscribe(replay: Replay, phone: str) -> None:
    """A citizen asks for the news of the city on the page and types the code of the message."""
    browser = Client()
    asked = browser.post(reverse("news:subscribe"), {"contact": phone, "place": "Thành phố Cà Mau", "language": "vi", "agree": "on"})
    assert asked.status_code == 302, text(asked)
    told = Message.objects.get(phone=phone, template_key="subscription_code")
    services.send(told.pk)
    found = re.search(r"\b\d{6}\b", told.body)
    assert found is not None
    assert browser.post(asked["Location"], {"code": found[0]}).status_code == 302


def test_cm12_the_areas_subscribers_are_texted_the_rules_and_the_hotline_and_the_delivery_is_tracked(replay: Replay, gateway: Any) -> None:
    """Cà Mau, 5: the subscribers of the area are texted the rules of 1615/QĐ-UBND and the hotline's number; delivery is tracked."""
    phones = ["0912000001", "0912000002", "0912000003"]
    with replay.at(DAY, 8):
        for phone in phones:
            subscribe(replay, phone)
        administrator = replay.visitor(ADMINISTRATOR)
        notice = announced(replay, administrator)
        begun = administrator.get(reverse("notify:new_broadcast"), {"thong_bao": re.findall(r"\d+", notice)[-1]})
        assert SHORT in text(begun)
        made = administrator.post(reverse("notify:new_broadcast"), {
            "name": "Quy định tiếp nhận theo 1615/QĐ-UBND", "audience": "subscribers", "place": f"area:{replay.office(CENTRE).province_id}",
            "directive": replay.letter(LETTER).pk, "channel": "sms", "per_minute": 300, "text": SHORT})
        assert made.status_code == 302, text(made)
        row = Broadcast.objects.get()
        administrator.post(f"{made['Location']}lap-danh-sach/")
        tasks.fill_audience(row.pk)
        confirming = text(administrator.get(f"{made['Location']}gui/"))
        assert "Gửi cho 3 người" in confirming and "2.400 đ" in confirming and LETTER in confirming
        administrator.post(f"{made['Location']}gui/", {
            "people": 3, "cost": 2400, "seen": row.events.get(verb="counted").pk})
    with replay.at(DAY, 8, 1):
        tasks.hand_out(row.pk)
        services.send_all(list(row.messages.values_list("pk", flat=True)))
        texts = [item for item in gateway.book.sms.values() if HOTLINE in item["text"]]
        assert sorted(item["to"] for item in texts) == phones and all("1615/QD-UBND" in item["text"] for item in texts)
        assert all("/nhan-tin/thoi/" in item["text"] for item in texts)
        for phone, status in zip(phones, ("delivered", "delivered", "failed"), strict=True):
            report(row.messages.get(phone=phone), status)
        tasks.hand_out(row.pk)
        page = text(administrator.get(made["Location"]))
        assert "Đã gửi xong" in page and "Đã nhận 2" in page and "Không gửi được 1" in page
        lost = administrator.post(f"{made['Location']}chua-nhan/")
        assert b"".join(lost.streaming_content).startswith(b"PK")


def report(message: Message, status: str) -> None:
    """The gateway tells what became of a text."""
    body = json.dumps({"report_id": str(message.pk), "id": str(message.key), "status": status}).encode()
    answer = Client().post("/api/v1/messages/vien-thong/reports/", body, content_type="application/json",
                           headers={signature.HEADER: signature.sign(KEY, body)})
    assert answer.status_code == 202, answer.content
