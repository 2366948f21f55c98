"""The server and its doors."""
import time
import uuid
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from onestop import signature
from onestop.outside import OutsideDoor, OutsideServer
from postal.carriers.simulator.book import Book, Later
from postal.carriers.simulator.files import FileCarrier
from postal.carriers.simulator.misbehaving import Misbehaviour
from postal.carriers.simulator.reporting import Deliveries, Known, Reporter

LONGEST_BODY = 256 * 1024
DOOR_OF = {"/orders": "orders", "/v2/orders": "orders", "/sms": "sms", "/sms2": "sms2", "/zalo": "zalo"}
# Zalo answers every request with HTTP 200 and says in the body what came of it.
NO_TOKEN, NO_USER, ALREADY, TOO_FAST, OUT_OF_ORDER = -216, -213, -131, -32, -100


def nobody(path: str) -> tuple[str, str] | None:
    """No door reports the delivery of texts."""
    return None


class Simulator(OutsideServer):
    """The server. `key_of` gives the key shared with a carrier by its code, `pace` the seconds between two reports; `provider_of` the code
    and report key of the gateway that the portal reaches at a path; `folder` holds the folders of carriers that exchange files."""

    request_queue_size = 128

    def __init__(self, *, key_of: Callable[[str], str | None], portal: str, host: str = "127.0.0.1", port: int = 0, pace: float = 20.0,
                 journal: Path | None = None, provider_of: Known = nobody, report_pace: float = 2.0, folder: Path | None = None) -> None:
        super().__init__((host, port), Door)
        self.key_of = key_of
        self.book, self.faults, self.later = Book(journal), Misbehaviour(), Later()
        self.reporter = Reporter(self.book, self.faults, self.later, key_of, portal, pace)
        self.deliveries = Deliveries(self.book, self.faults, self.later, provider_of, portal, report_pace)
        self.files = FileCarrier(self.book, self.faults, self.later, folder, pace) if folder else None
        self.url = f"http://{host}:{self.server_port}"

    def serve(self) -> None:
        """Serve until shutdown() is called; what is known from the journal goes on."""
        self.later.start()
        for order in [key for key, known in self.book.orders.items() if not known.get("by_file")]:
            self.reporter.follow(order)
        for door in ("sms", "sms2", "zalo"):
            for key in list(self.book.shelves[door]):
                self.deliveries.follow(door, key)
        if self.files:
            self.files.begin()
        try:
            self.serve_forever(poll_interval=0.1)
        finally:
            self.server_close()
            self.later.stop()
            self.book.close()


class Door(OutsideDoor):
    """One connection."""

    server: Simulator

    def do_GET(self) -> None:
        book = self.server.book
        pages: dict[str, Callable[[], dict[str, Any]]] = {
            "/log": book.told, "/counts": book.counts, "/faults": self.server.faults.told,
            **{f"/{door}": partial(book.shelf, door) for door in ("sms", "sms2", "zalo")}}
        if self.path in pages:
            self.answer(200, pages[self.path]())
        else:
            self.answer(404, {"code": "not_found"})

    def do_POST(self) -> None:
        body = self.body(LONGEST_BODY)
        content = self.parsed(body)
        orders = {"/faults": self._faults, "/story": self._story}
        verbs: dict[str, Callable[[bytes, dict[str, Any]], None]] = {
            "/orders": self._order, "/v2/orders": self._order_in_own_names, "/sms": self._sms, "/sms2": self._sms, "/zalo": self._zalo}
        if self.path not in orders and self.path not in verbs:
            self.answer(404, {"code": "not_found"})
        elif not isinstance(content, dict):
            self.answer(400, {"code": "invalid"})
        elif self.path in orders:
            orders[self.path](content)
        else:
            self._misbehaving(verbs[self.path], body, content)

    def _misbehaving(self, verb: Callable[[bytes, dict[str, Any]], None], body: bytes, content: dict[str, Any]) -> None:
        faults, door = self.server.faults, DOOR_OF[self.path]
        if faults.too_fast(door):
            self._too_fast(door)
            return
        time.sleep(faults.lateness(door))
        if faults.strikes(door, "fail"):
            if door == "zalo":
                self.answer(200, {"error": OUT_OF_ORDER, "message": "Service is temporarily unavailable"})
            else:
                self.answer(500, {"code": "out_of_order"})
            return
        self.silent = faults.strikes(door, "lose")
        verb(body, content)

    def _too_fast(self, door: str) -> None:
        if door == "zalo":
            self.answer(200, {"error": TOO_FAST, "message": "Out of quota"})
        else:
            self.answer(429, {"code": "too_many_requests"}, headers={"Retry-After": "1"})

    # --- orders -------------------------------------------------------------------------------------------------------

    def _order(self, body: bytes, content: dict[str, Any]) -> None:
        taken = self._take(body, str(content.get("carrier")), content.get("recipient"), content.get("direction"))
        if taken:
            waybill, fresh = taken
            self.answer(201 if fresh else 200, {"waybill": waybill, "status": "created" if fresh else "duplicate"})

    def _order_in_own_names(self, body: bytes, content: dict[str, Any]) -> None:
        order = content.get("don_hang")
        taken = self._take(body, str(content.get("doi_tac")), order.get("nguoi_nhan") if isinstance(order, dict) else None, None)
        if taken:
            waybill, fresh = taken
            self.answer(200, {"ket_qua": "moi" if fresh else "trung", "du_lieu": {"ma_van_don": waybill}})

    def _take(self, body: bytes, carrier: str, recipient: Any, direction: Any) -> tuple[str, bool] | None:
        """The waybill of a signed order and whether it is new; None where it was refused."""
        key, secret = self.headers.get("Idempotency-Key", ""), self.server.key_of(carrier)
        if secret is None or not signature.matches(secret, body, self.headers.get(signature.HEADER, "")):
            self.answer(401, {"code": "wrong_signature"})
            return None
        try:
            waybill = f"BD{uuid.UUID(key).int % 10 ** 11:011d}VN"
        except ValueError:
            self.answer(422, {"code": "no_idempotency_key"})
            return None
        fresh = self.server.book.note("orders", key, carrier=carrier, waybill=waybill, recipient=recipient, direction=direction,
                                      story=list(self.server.reporter.story))
        if fresh:
            self.server.reporter.follow(key)
        return waybill, fresh

    # --- texts --------------------------------------------------------------------------------------------------------

    def _sms(self, body: bytes, content: dict[str, Any]) -> None:
        key, door = str(content.get("id") or ""), DOOR_OF[self.path]
        if not key or not content.get("to") or not content.get("text"):
            self.answer(422, {"code": "incomplete"})
            return
        fresh = self._keep(door, key, content["to"], content["text"])
        self.answer(202 if fresh else 409, {"id": key, "status": "accepted" if fresh else "duplicate"})

    def _keep(self, door: str, key: str, to: Any, text: Any) -> bool:
        fresh = self.server.book.note(door, key, to=to, text=text)
        if fresh:
            self.server.deliveries.follow(door, key)
        return fresh

    def _zalo(self, body: bytes, content: dict[str, Any]) -> None:
        """{"recipient": {"user_id"}, "message": {"text"}, "tracking_id": our id}, with the header access_token."""
        recipient, message, key = content.get("recipient"), content.get("message"), str(content.get("tracking_id") or "")
        to = recipient.get("user_id") if isinstance(recipient, dict) else None
        text = message.get("text") if isinstance(message, dict) else None
        if not self.headers.get("access_token"):
            self.answer(200, {"error": NO_TOKEN, "message": "Access token is invalid"})
        elif not key or not text or not to or str(to).startswith("khong"):
            self.answer(200, {"error": NO_USER, "message": "User does not exist or does not follow the account"})
        else:
            fresh = self._keep("zalo", key, to, text)
            self.answer(200, {"error": 0 if fresh else ALREADY, "message": "Success" if fresh else "tracking_id is known",
                              "data": {"message_id": f"z-{key}", "user_id": to}})

    # --- what is wished -----------------------------------------------------------------------------------------------

    def _faults(self, content: dict[str, Any]) -> None:
        try:
            self.server.faults.set(content)
        except (TypeError, ValueError):
            self.answer(400, {"code": "invalid"})
            return
        self.answer(200, self.server.faults.told())

    def _story(self, content: dict[str, Any]) -> None:
        """What is reported of orders from now on; with `order`, what is reported next of that one alone."""
        steps, words, reporter = content.get("steps"), content.get("words"), self.server.reporter
        order = content.get("order")
        if order is not None and (order not in self.server.book.orders or not steps):
            self.answer(422, {"code": "unknown_order"})
            return
        if order is not None:
            reporter.go_on(order, [str(step) for step in steps or ()])
        elif steps is not None:
            reporter.story = [str(step) for step in steps]
        if isinstance(words, dict):
            reporter.words = {str(step): str(word) for step, word in words.items()}
        self.answer(200, {"steps": list(reporter.story), "words": dict(reporter.words)})
