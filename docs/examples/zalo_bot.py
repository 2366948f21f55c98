#!/usr/bin/env python3
"""A reference client of the portal's API: a bot for a Zalo Official Account that finds a procedure, keeps a place, books and cancels.

It needs nothing but Python 3.11. Zalo sends each message of a citizen to POST /webhook; the bot answers through Zalo's own API.
All settings come from the environment, see Settings; docs/channels.md tells how to try it out.
"""
from __future__ import annotations

import hashlib
import hmac
import json
import logging
import os
import re
import threading
import time
import unicodedata
import urllib.error
import urllib.parse
import urllib.request
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

log = logging.getLogger("zalo_bot")
MOST_CHOICES = 6
MOST_BODY = 64 * 1024
MOST_REMEMBERED = 10_000
PERSON = re.compile(r"^(?P<name>[^\d,;]{2,120}?)[\s,;]+(?P<phone>\+?\d[\d .\-]{7,14}\d)$")


@dataclass(frozen=True)
class Settings:
    """What an installation sets. The key has the scope `book` and, best, only the offices that this account speaks for."""

    portal_url: str
    portal_token: str
    zalo_app_id: str
    zalo_secret: str  # OA Secret Key: signs what Zalo sends
    zalo_access_token: str  # for what the bot sends
    zalo_api_url: str = "https://openapi.zalo.me/v3.0/oa/message/cs"
    office: str = ""  # a code, where the account belongs to one office; empty: the citizen is asked
    host: str = "127.0.0.1"
    port: int = 8090
    most_age_seconds: int = 600  # an older event is a replay

    @classmethod
    def from_environment(cls) -> Settings:
        """Stops with a sentence that names what is missing."""
        needed = ("PORTAL_URL", "PORTAL_TOKEN", "ZALO_APP_ID", "ZALO_OA_SECRET", "ZALO_ACCESS_TOKEN")
        missing = [name for name in needed if not os.environ.get(name)]
        if missing:
            raise SystemExit(f"Missing in the environment: {', '.join(missing)}")
        given = os.environ
        return cls(given["PORTAL_URL"].rstrip("/"), given["PORTAL_TOKEN"], given["ZALO_APP_ID"], given["ZALO_OA_SECRET"],
                   given["ZALO_ACCESS_TOKEN"], given.get("ZALO_API_URL", cls.zalo_api_url), given.get("BOT_OFFICE", ""),
                   given.get("BOT_HOST", cls.host), int(given.get("BOT_PORT", cls.port)), int(given.get("BOT_MOST_AGE_SECONDS", "600")))


# --- the two sides ------------------------------------------------------------------------------------------------

class Trouble(Exception):
    """The portal refused, with its sentence for the citizen (RFC 9457, `detail`), or could not be reached."""

    def __init__(self, sentence: str, code: str = "") -> None:
        super().__init__(sentence)
        self.code = code


class PortalClient:
    """The portal's API. Every write carries an Idempotency-Key, so trying it again is harmless."""

    def __init__(self, settings: Settings) -> None:
        self.base, self.token = f"{settings.portal_url}/api/v1/", settings.portal_token

    def get(self, path: str, **query: str) -> Any:
        return self._call("GET", f"{path}?{urllib.parse.urlencode(query)}" if query else path)

    def post(self, path: str, body: dict[str, Any], key: str) -> Any:
        return self._call("POST", path, body, key)

    def delete(self, path: str, body: dict[str, Any]) -> None:
        self._call("DELETE", path, body)

    def _call(self, method: str, path: str, body: dict[str, Any] | None = None, key: str = "") -> Any:
        headers = {"Authorization": f"Bearer {self.token}", "Accept": "application/json", "Accept-Language": "vi"}
        if body is not None:
            headers["Content-Type"] = "application/json"
        if key:
            headers["Idempotency-Key"] = key
        data = json.dumps(body).encode() if body is not None else None
        request = urllib.request.Request(self.base + path, data=data, headers=headers, method=method)  # noqa: S310
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
                text = answer.read()
        except urllib.error.HTTPError as error:
            raise _problem(error) from error
        except OSError as error:
            raise Trouble("Hệ thống đặt lịch chưa trả lời. Vui lòng thử lại sau ít phút.", "unreachable") from error
        return json.loads(text) if text else None


def _problem(error: urllib.error.HTTPError) -> Trouble:
    try:
        told = json.loads(error.read())
    except ValueError:
        return Trouble("Hệ thống đang bận. Vui lòng thử lại sau ít phút.", str(error.code))
    sentences = [text for texts in told.get("errors", {}).values() for text in texts]
    return Trouble(" ".join([told.get("detail", ""), *sentences]).strip(), told.get("code", ""))


def send_to_zalo(settings: Settings, user: str, text: str) -> None:
    """One text message to a citizen through the Official Account."""
    body = json.dumps({"recipient": {"user_id": user}, "message": {"text": text}}).encode()
    headers = {"Content-Type": "application/json", "access_token": settings.zalo_access_token}
    request = urllib.request.Request(settings.zalo_api_url, data=body, headers=headers, method="POST")  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
            answer.read()
    except OSError as error:
        log.warning("a message to a citizen was not sent: %s", error)


def is_genuine(settings: Settings, body: bytes, signature: str) -> bool:
    """Whether Zalo sent this: mac=SHA-256(app id + body + timestamp + OA secret key), and not long ago."""
    try:
        event = json.loads(body)
        stamp = str(event["timestamp"])
        age = abs(time.time() - int(stamp) / 1000)
    except (ValueError, KeyError, TypeError):
        return False
    told = hashlib.sha256(settings.zalo_app_id.encode() + body + stamp.encode() + settings.zalo_secret.encode()).hexdigest()
    return hmac.compare_digest(f"mac={told}", signature.strip()) and age <= settings.most_age_seconds


# --- the talk -----------------------------------------------------------------------------------------------------

@dataclass
class Talk:
    """Where one citizen is in the conversation. Kept in memory only; nothing personal is written down."""

    ask: str = "procedure"  # what the next message answers: procedure, which, office, which_office, slot, person, cancel
    choices: list[dict[str, Any]] = field(default_factory=list)
    procedure: dict[str, Any] = field(default_factory=dict)
    office: str = ""
    hold: dict[str, Any] = field(default_factory=dict)
    booked: dict[str, Any] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)


class Bot:
    """One step of the talk for each message."""

    def __init__(self, settings: Settings, portal: PortalClient, say: Callable[[str, str], None]) -> None:
        self.settings, self.portal, self.say = settings, portal, say
        self.talks: OrderedDict[str, Talk] = OrderedDict()
        self.seen: OrderedDict[str, None] = OrderedDict()
        self.lock = threading.Lock()

    def receive(self, event: dict[str, Any]) -> None:
        """One event of Zalo's; the same message delivered twice is answered once."""
        if event.get("event_name") != "user_send_text":
            return
        user, message = str(event["sender"]["id"]), event["message"]
        key = str(message["msg_id"])
        with self.lock:
            if key in self.seen:
                return
            self._remember(self.seen, key, None)
            talk = self.talks.get(user) or Talk(office=self.settings.office)
            self._remember(self.talks, user, talk)
        with talk.lock:
            text = unicodedata.normalize("NFC", str(message["text"])).strip()[:300]
            self.say(user, self._answer(talk, text, key))

    def _remember(self, kept: OrderedDict[str, Any], key: str, value: Any) -> None:
        kept[key] = value
        kept.move_to_end(key)
        while len(kept) > MOST_REMEMBERED:
            kept.popitem(last=False)

    def _answer(self, talk: Talk, text: str, key: str) -> str:
        try:
            command = {"thôi": self._stop, "thoi": self._stop, "hủy": self._ask_cancel, "huỷ": self._ask_cancel,
                       "huy": self._ask_cancel}.get(text.lower())
            return command(talk) if command else getattr(self, f"_{talk.ask}")(talk, text, key)
        except Trouble as trouble:
            log.info("refused: %s", trouble.code)
            return str(trouble) or "Chưa thực hiện được. Vui lòng thử lại."

    def _procedure(self, talk: Talk, text: str, key: str) -> str:
        """Find a procedure by some of its words, tone marks or not."""
        talk.choices = self.portal.get("procedures/", q=text)["results"][:MOST_CHOICES]
        if not talk.choices:
            return "Không tìm thấy thủ tục. Vui lòng gõ vài từ trong tên thủ tục, ví dụ: khai sinh."
        talk.ask = "which"
        return "Bạn muốn làm thủ tục nào? Gõ số:\n" + numbered([item["name"] for item in talk.choices])

    def _which(self, talk: Talk, text: str, key: str) -> str:
        chosen = choice(talk.choices, text)
        if chosen is None:
            return self._procedure(talk, text, key)
        talk.procedure = chosen
        if talk.office:
            return self._places(talk)
        talk.ask = "office"
        return "Bạn muốn đến đơn vị nào? Gõ tên xã, phường, ví dụ: Ninh Kiều."

    def _office(self, talk: Talk, text: str, key: str) -> str:
        found = self.portal.get("offices/", q=text, procedure=talk.procedure["code"])["results"]
        talk.choices = found[:MOST_CHOICES]
        if not talk.choices:
            return "Không tìm thấy đơn vị làm thủ tục này. Vui lòng gõ tên khác."
        talk.ask = "which_office"
        return "Chọn đơn vị, gõ số:\n" + numbered([item["name"] for item in talk.choices])

    def _which_office(self, talk: Talk, text: str, key: str) -> str:
        chosen = choice(talk.choices, text)
        if chosen is None:
            return self._office(talk, text, key)
        talk.office = chosen["code"]
        return self._places(talk)

    def _places(self, talk: Talk) -> str:
        """The first free times, or why there is none: in the words of the letter in force."""
        days = self.portal.get("availability/", office=talk.office, procedure=talk.procedure["code"], purpose="submit")["days"]
        free = [slot for day in days for session in day["sessions"] if session["dossiers_left"] > 0
                for slot in session["slots"] if slot["people_left"] > 0]
        talk.choices = free[:MOST_CHOICES]
        if not talk.choices:
            talk.ask, talk.office = "procedure", self.settings.office
            closed = next((day["closed"] for day in days if day["closed"]), "")
            why = closed.get("reason", "") if isinstance(closed, dict) else str(closed)
            return why or "Hiện chưa có khung giờ trống. Bạn có thể nộp trực tuyến hoặc gửi qua bưu chính công ích."
        talk.ask = "slot"
        return "Chọn khung giờ, gõ số:\n" + numbered([when(slot["starts_at"]) for slot in talk.choices])

    def _slot(self, talk: Talk, text: str, key: str) -> str:
        chosen = choice(talk.choices, text)
        if chosen is None:
            return f"Vui lòng gõ một số từ 1 đến {len(talk.choices)}, hoặc THÔI."
        try:
            body = {"slot": chosen["id"], "procedure": talk.procedure["code"], "purpose": "submit"}
            talk.hold = self.portal.post("holds/", body, f"{key}:hold")
        except Trouble as trouble:
            return f"{trouble}\n{self._places(talk)}"
        talk.ask = "person"
        return (f"Đã giữ chỗ {when(chosen['starts_at'])} đến {when(talk.hold['expires_at'])}. "
                "Vui lòng gõ họ tên và số điện thoại người đến, ví dụ: Nguyễn Văn Mẫu, 0900000001. Gõ THÔI để trả chỗ.")

    def _person(self, talk: Talk, text: str, key: str) -> str:
        found = PERSON.match(text)
        if found is None:
            return "Vui lòng gõ theo mẫu: Họ và tên, số điện thoại. Ví dụ: Nguyễn Văn Mẫu, 0900000001."
        body = {"hold": talk.hold["token"], "procedure": talk.procedure["code"], "purpose": "submit", "channel": "zalo",
                "applicant": {"full_name": found["name"].strip(), "phone": re.sub(r"[ .\-]", "", found["phone"])}}
        try:
            talk.booked = self.portal.post("appointments/", body, f"{key}:book")
        except Trouble as trouble:
            if trouble.code in ("hold_expired", "hold_used", "closed"):
                talk.hold = {}
                return f"{trouble}\n{self._places(talk)}"
            raise
        talk.ask, talk.hold = "procedure", {}
        papers = "".join(f"\n- {paper['name']}" for paper in talk.booked["papers"])
        return (f"Đã đặt lịch. Mã {talk.booked['code']}, số thứ tự {talk.booked['queue_number']}, {when(talk.booked['starts_at'])}, "
                f"{talk.booked['office_name']}, {talk.booked['address']}.\nGiấy tờ mang theo:{papers or ' xem trên trang lịch hẹn'}\n"
                f"Xem, đổi giờ: {talk.booked['manage_url']}\nGõ HỦY để hủy lịch.")

    def _ask_cancel(self, talk: Talk) -> str:
        if not talk.booked:
            return "Bạn chưa đặt lịch nào trong cuộc trò chuyện này. Lịch đặt nơi khác được hủy bằng đường dẫn trong tin nhắn."
        talk.ask = "cancel"
        return f"Hủy lịch {talk.booked['code']}, {when(talk.booked['starts_at'])}? Gõ CÓ để hủy."

    def _cancel(self, talk: Talk, text: str, key: str) -> str:
        talk.ask = "procedure"
        if text.lower() not in ("có", "co"):
            return "Lịch hẹn được giữ nguyên."
        body = {"secret": talk.booked["secret"], "reason": "Hủy qua Zalo"}
        self.portal.post(f"appointments/{talk.booked['code']}/cancel/", body, f"{key}:cancel")
        talk.booked = {}
        return "Đã hủy lịch hẹn. Chỗ của bạn được nhường cho người khác."

    def _stop(self, talk: Talk) -> str:
        """Give a kept place back and begin anew."""
        if talk.hold:
            self.portal.delete(f"holds/{talk.hold['id']}/", {"token": talk.hold["token"]})
        talk.ask, talk.choices, talk.hold, talk.office = "procedure", [], {}, self.settings.office
        return "Đã dừng. Gõ vài từ trong tên thủ tục để bắt đầu lại."


def numbered(lines: list[str]) -> str:
    return "\n".join(f"{number}. {line}" for number, line in enumerate(lines, 1))


def choice(choices: list[dict[str, Any]], text: str) -> dict[str, Any] | None:
    """The choice of a number from 1; None for anything else."""
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 3 else 0
    return choices[number - 1] if 1 <= number <= len(choices) else None


def when(moment: str) -> str:
    """'08:30 ngày 26/11/2026'; the API tells times with the Vietnamese offset."""
    return f"{datetime.fromisoformat(moment):%H:%M ngày %d/%m/%Y}"


# --- the server ---------------------------------------------------------------------------------------------------

def handler_for(settings: Settings, bot: Bot) -> type[BaseHTTPRequestHandler]:
    """POST /webhook: 403 without Zalo's signature, else 200 at once; the answer is worked out afterwards."""

    class Webhook(BaseHTTPRequestHandler):
        timeout = 10

        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = self.rfile.read(length) if 0 < length <= MOST_BODY else b""
            if self.path != "/webhook":
                self._end(404)
            elif not is_genuine(settings, body, self.headers.get("X-ZEvent-Signature", "")):
                self._end(403)
            else:
                self._end(200)
                threading.Thread(target=self._work, args=(json.loads(body),), daemon=True).start()

        def _work(self, event: dict[str, Any]) -> None:
            try:
                bot.receive(event)
            except Exception:
                log.exception("an event could not be answered")

        def _end(self, status: int) -> None:
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            log.debug(format, *args)

    return Webhook


def main() -> None:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    settings = Settings.from_environment()
    bot = Bot(settings, PortalClient(settings), lambda user, text: send_to_zalo(settings, user, text))
    server = ThreadingHTTPServer((settings.host, settings.port), handler_for(settings, bot))
    log.info("listening on %s:%s", settings.host, settings.port)
    server.serve_forever()


if __name__ == "__main__":
    main()
