"""The reference bot of docs/, started as a program, talks to the running portal with a real key."""
from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
import unicodedata
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from queue import Empty, Queue
from typing import Any

import pytest
from django.conf import settings

from bookings.models import Appointment, AppointmentEvent, Hold, Slot
from bookings.services import sessions
from deploy import processes, servers
from onestop import clock
from onestop.people.tokens import create_token
from tests.cast import WORKDAY_MORNING, Cast
from tests.portal import Portal

APP, SECRET, ACCESS = "4000000001", "bi-mat-cua-tai-khoan-mau", "khoa-gui-tin-mau"


class Zalo:
    """Both sides of Zalo: signs events for the bot's webhook, and takes what the bot sends."""

    def __init__(self, bot_port: int) -> None:
        self.address, self.answers, self.tokens = f"http://127.0.0.1:{bot_port}/webhook", Queue[tuple[str, str]](), set[str]()
        zalo = self

        class Taker(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                told = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                zalo.tokens.add(self.headers["access_token"])
                zalo.answers.put((told["recipient"]["user_id"], told["message"]["text"]))
                self.send_response(200)
                self.end_headers()
                self.wfile.write(b'{"error": 0}')

            def log_message(self, *args: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Taker)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url, self._numbers = f"http://127.0.0.1:{self.server.server_port}/", iter(range(10_000))

    def event(self, user: str, text: str, **more: Any) -> dict[str, Any]:
        return {"app_id": APP, "event_name": "user_send_text", "sender": {"id": user}, "recipient": {"id": "oa"},
                "message": {"text": text, "msg_id": f"m{next(self._numbers)}"}, "timestamp": str(int(time.time() * 1000)), **more}

    def deliver(self, event: dict[str, Any], *, secret: str = SECRET, signature: str | None = None) -> int:
        """Post an event signed as Zalo signs; the status of the answer."""
        body = json.dumps(event, ensure_ascii=False).encode()
        mac = hashlib.sha256(APP.encode() + body + str(event["timestamp"]).encode() + secret.encode()).hexdigest()
        headers = {"Content-Type": "application/json", "X-ZEvent-Signature": signature if signature is not None else f"mac={mac}"}
        try:
            with urllib.request.urlopen(urllib.request.Request(self.address, data=body, headers=headers), timeout=10) as answer:
                return answer.status
        except urllib.error.HTTPError as error:
            return error.code

    def says(self, user: str, text: str) -> str:
        """What the bot answers to one message."""
        assert self.deliver(self.event(user, text)) == 200
        to, answer = self.answers.get(timeout=20)
        assert to == user
        return answer

    def silence(self) -> bool:
        try:
            self.answers.get(timeout=0.7)
        except Empty:
            return True
        return False


@pytest.fixture
def portal(live_cast: Cast, tmp_path: Path) -> Iterator[Portal]:
    """The web server on a working morning with places at both offices."""
    with clock.frozen(WORKDAY_MORNING):
        for office in (live_cast.office, live_cast.other_office):
            sessions.generate(office=office, first=clock.today(), days=5)
    found = Portal(tmp_path / "portal", PORTAL_CLOCK=WORKDAY_MORNING.isoformat(), PORTAL_CLOCK_ANCHOR=repr(time.time()))
    found.start("web")
    yield found
    found.stop()


@pytest.fixture
def start_bot(portal: Portal, live_cast: Cast, tmp_path: Path) -> Iterator[Callable[..., Zalo]]:
    """Start the bot as its own program; gives Zalo's side of it."""
    running: list[subprocess.Popen[bytes]] = []
    sides: list[Zalo] = []

    def start(**more: str) -> Zalo:
        port = servers.free_port()
        side = Zalo(port)
        sides.append(side)
        _token, key = create_token(name="Zalo phường Ninh Kiều", scopes=["book"], office_ids=[live_cast.office.pk])
        env = {"PATH": os.environ["PATH"], "PORTAL_URL": portal.url, "PORTAL_TOKEN": key, "ZALO_APP_ID": APP, "ZALO_OA_SECRET": SECRET,
               "ZALO_ACCESS_TOKEN": ACCESS, "ZALO_API_URL": side.url, "BOT_PORT": str(port), **more}
        with (tmp_path / "bot.log").open("ab") as log:
            running.append(processes.start([sys.executable, "docs/examples/zalo_bot.py"], death=signal.SIGKILL, env=env,
                                           cwd=settings.BASE_DIR, stdin=subprocess.DEVNULL, stdout=log, stderr=log))
        portal.wait_for(lambda: listening(side), 20, "the bot listens")
        return side

    yield start
    processes.stop(running, grace=5)
    for side in sides:
        side.server.shutdown()
        side.server.server_close()


def listening(side: Zalo) -> bool:
    try:
        return side.deliver(side.event("x", "x"), signature="") == 403
    except OSError:
        return False


@pytest.mark.django_db(transaction=True)
def test_a_citizen_finds_books_and_cancels_in_zalo(start_bot, live_cast: Cast) -> None:
    zalo = start_bot(BOT_OFFICE=live_cast.office.code)
    assert "1. Thủ tục đăng ký khai sinh" in zalo.says("an", "khai sinh")
    places = zalo.says("an", "1")
    assert "Chọn khung giờ" in places and "09:30 ngày 25/11/2026" in places
    assert "Vui lòng gõ một số" in zalo.says("an", "mai")
    kept = zalo.says("an", "6")  # far enough ahead to be cancelled by oneself
    assert "Đã giữ chỗ 14:00 ngày 25/11/2026" in kept and Hold.objects.get().state == "held"
    assert "Vui lòng gõ theo mẫu" in zalo.says("an", "tôi tên An")
    booked = zalo.says("an", unicodedata.normalize("NFD", "Nguyễn Thị Mẫu, 0900 000 001"))
    row = Appointment.objects.get()
    assert f"Mã {row.code}, số thứ tự {row.queue_number}" in booked and "Tờ khai đăng ký khai sinh" in booked and "?khoa=" in booked
    assert (row.channel, row.partner, row.full_name, row.phone) == ("zalo", "Zalo phường Ninh Kiều", "Nguyễn Thị Mẫu", "0900000001")
    assert AppointmentEvent.objects.get(subject=row, verb="book").actor_label == "Zalo phường Ninh Kiều"
    assert f"Hủy lịch {row.code}" in zalo.says("an", "HỦY")
    assert "được giữ nguyên" in zalo.says("an", "không") and Appointment.objects.get().state == "booked"
    zalo.says("an", "huy")
    assert "Đã hủy lịch hẹn" in zalo.says("an", "có") and Appointment.objects.get().state == "cancelled"
    assert Slot.objects.get(pk=row.slot_id).booked == 0 and zalo.tokens == {ACCESS}


@pytest.mark.django_db(transaction=True)
def test_an_account_of_the_whole_province_asks_for_the_office(start_bot, live_cast: Cast) -> None:
    zalo = start_bot()
    zalo.says("binh", "khai sinh")
    assert "Bạn muốn đến đơn vị nào" in zalo.says("binh", "1")
    assert "Bộ phận Một cửa phường Ninh Kiều" in zalo.says("binh", "ninh kieu")
    assert "Chọn khung giờ" in zalo.says("binh", "1")
    assert "Đã giữ chỗ" in zalo.says("binh", "1")
    assert "Đã dừng" in zalo.says("binh", "Thôi")
    assert Hold.objects.get().state == "released" and not Slot.objects.filter(held__gt=0).exists()


@pytest.mark.django_db(transaction=True)
def test_forged_old_and_repeated_events_do_nothing(start_bot, live_cast: Cast) -> None:
    zalo = start_bot(BOT_OFFICE=live_cast.office.code)
    event = zalo.event("cuong", "khai sinh")
    assert zalo.deliver(event, secret="khac") == 403
    assert zalo.deliver(event, signature="") == 403 and zalo.deliver(event, signature="mac=") == 403
    assert zalo.deliver(zalo.event("cuong", "khai sinh", timestamp=str(int((time.time() - 3600) * 1000)))) == 403
    assert zalo.deliver(zalo.event("cuong", "khai sinh", timestamp="hôm nay")) == 403
    assert zalo.silence()
    assert zalo.deliver(event) == 200 and zalo.deliver(event) == 200
    assert "khai sinh" in zalo.answers.get(timeout=20)[1] and zalo.silence()
    assert zalo.deliver(zalo.event("cuong", "", event_name="follow")) == 200 and zalo.silence()


@pytest.mark.django_db(transaction=True)
def test_what_the_portal_refuses_is_told_in_its_words(start_bot, live_cast: Cast) -> None:
    zalo = start_bot(BOT_OFFICE=live_cast.office.code)
    for _round in range(2):
        zalo.says("dung", "khai sinh")
        zalo.says("dung", "1")
        zalo.says("dung", "1")
        last = zalo.says("dung", "Người Mẫu, 0900000002")
    assert "Bạn đã có một lịch hẹn cho thủ tục này" in last
    assert Appointment.objects.count() == 1


def test_without_its_settings_it_stops_with_a_sentence() -> None:
    made = subprocess.run([sys.executable, "docs/examples/zalo_bot.py"], env={"PATH": os.environ["PATH"], "PORTAL_URL": "http://x"},
                          cwd=settings.BASE_DIR, capture_output=True, text=True, timeout=20, check=False)
    assert made.returncode != 0 and "PORTAL_TOKEN" in made.stderr and "ZALO_OA_SECRET" in made.stderr
