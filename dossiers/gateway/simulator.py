"""A payment gateway for demonstrations and tests: a real HTTP server with VNPAY's interface that can be told to misbehave.

GET /thanh-toan shows a payment page (Vietnamese) for a signed address; there one chooses success, failure or cancelling, and what becomes
of the notice: sent, late, lost, doubled, tampered with. Then the browser goes back to the portal. POST /truy-van answers signed queries;
GET /doi-soat?ngay=YYYY-MM-DD is the day's file; GET /log tells everything; POST /faults {"lose": n, "duplicate": n, "tamper": n, "late":
seconds, "silent": n} lets the next n notices go wrong by themselves, and the next n queries unanswered.
"""
from __future__ import annotations

import csv
import io
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from html import escape
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import requests

from dossiers.gateway import signing
from onestop import clock
from onestop.outside import Faults, OutsideDoor, OutsideServer

LONGEST_BODY = 64 * 1024
NOTICE_PATH = "/api/v1/payments/notice/"
TRIES, TRY_AGAIN_SECONDS = 5, 1.0
RESULTS = {"success": ("00", "00"), "fail": ("09", "02"), "cancel": ("24", "02"), "held": ("07", "07")}
NOTICES = ("send", "late", "lose", "duplicate", "tamper")
STYLE = """body{font:16px/1.5 system-ui,sans-serif;background:#eef1f4;color:#16202a;margin:0;padding:16px}
main{max-width:30rem;margin:0 auto;background:#fff;border-radius:10px;padding:20px;box-shadow:0 1px 4px #0002}
h1{font-size:1.25rem;margin:.2em 0}.sum{font-size:1.9rem;font-weight:700;margin:.3em 0}dl{margin:0 0 1em}dt{color:#5b6776;font-size:.9rem}
dd{margin:0 0 .6em}button{display:block;width:100%;min-height:46px;margin:10px 0;border:0;border-radius:8px;font:inherit;font-weight:600;
cursor:pointer;background:#0b6b57;color:#fff}button.other{background:#e3e8ec;color:#16202a}label{display:block;margin:.6em 0}
select{font:inherit;min-height:44px;width:100%}.mark{background:#fff3d6;border-radius:8px;padding:8px 12px}"""


@dataclass
class Transaction:
    """One payment as the gateway knows it."""

    fields: dict[str, str]
    result: str = ""  # of RESULTS; '' while the payer has not chosen
    number: str = ""
    paid_on: str = ""  # ISO day
    notices: list[str] = field(default_factory=list)  # the portal's answers


class Ledger:
    """Everything the simulator knows, and what goes wrong next."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.transactions: dict[str, Transaction] = {}
        self.queries = 0
        self.faults = Faults("lose", "duplicate", "tamper", "silent", late=2.0)

    def told(self) -> dict[str, Any]:
        """Everything, for GET /log."""
        with self.lock:
            return {"queries": self.queries, "transactions": {
                reference: {"result": row.result, "number": row.number, "amount": row.fields.get("vnp_Amount"),
                            "notices": list(row.notices)}
                for reference, row in self.transactions.items()}}


class Simulator(OutsideServer):
    """The server. `portal` is where notices go."""

    request_queue_size = 64

    def __init__(self, *, terminal: str, secret: str, portal: str, host: str = "127.0.0.1", port: int = 0) -> None:
        super().__init__((host, port), Door)
        self.terminal, self.secret, self.portal = terminal, secret, portal.rstrip("/")
        self.ledger = Ledger()
        self.url = f"http://{host}:{self.server_port}"

    def words(self, row: Transaction) -> dict[str, str]:
        """What is told of a transaction, signed, to the browser and to the portal."""
        code, status = RESULTS[row.result]
        fields = {
            "vnp_Amount": row.fields["vnp_Amount"], "vnp_BankCode": "NCB", "vnp_OrderInfo": row.fields["vnp_OrderInfo"],
            "vnp_PayDate": signing.moment(clock.now()), "vnp_ResponseCode": code, "vnp_TmnCode": self.terminal,
            "vnp_TransactionNo": row.number, "vnp_TransactionStatus": status, "vnp_TxnRef": row.fields["vnp_TxnRef"],
        }
        return {**fields, signing.SIGNATURE: signing.sign(self.secret, fields)}

    def notify(self, row: Transaction, how: str) -> None:
        """Send the notice as it was wished, and again until the portal says that it took it."""
        if how == "lose" or self.ledger.faults.strikes("lose"):
            return
        if how == "late":
            time.sleep(self.ledger.faults.numbers["late"])
        words = self.words(row)
        if how == "tamper" or self.ledger.faults.strikes("tamper"):
            words["vnp_Amount"] = str(int(words["vnp_Amount"]) * 10)
        for _time in range(2 if how == "duplicate" or self.ledger.faults.strikes("duplicate") else 1):
            self._send(row, words)

    def _send(self, row: Transaction, words: dict[str, str]) -> None:
        for _try in range(TRIES):
            try:
                answer = requests.get(f"{self.portal}{NOTICE_PATH}?{urlencode(words)}", timeout=10, allow_redirects=False)
                code = str(answer.json().get("RspCode", "")) if answer.status_code == 200 else f"http {answer.status_code}"
            except (requests.RequestException, ValueError):
                code = "unreachable"
            row.notices.append(code)
            if code in ("00", "01", "02", "04", "97"):
                return
            time.sleep(TRY_AGAIN_SECONDS)


class Door(OutsideDoor):
    """One connection."""

    server: Simulator

    def do_GET(self) -> None:
        address = urlsplit(self.path)
        fields = dict(parse_qsl(address.query))
        pages: dict[str, Callable[[dict[str, str]], None]] = {"/thanh-toan": self._page, "/log": self._log, "/doi-soat": self._file}
        if address.path in pages:
            pages[address.path](fields)
        else:
            self.answer(404, {"code": "not_found"})

    def do_POST(self) -> None:
        body = self.body(LONGEST_BODY)
        address = urlsplit(self.path).path
        if address == "/thanh-toan":
            self._choose(dict(parse_qsl(body.decode("utf-8", "replace"))))
            return
        content = self.parsed(body)
        if address not in ("/truy-van", "/faults") or not isinstance(content, dict):
            self.answer(404, {"code": "not_found"})
        elif address == "/faults":
            self._faults(content)
        else:
            self._query({str(name): str(value) for name, value in content.items()})

    def _faults(self, content: dict[str, Any]) -> None:
        try:
            self.server.ledger.faults.set(content)
        except (TypeError, ValueError):
            self.answer(400, {"code": "invalid"})
            return
        self.answer(200, self.server.ledger.faults.told())

    # --- paying -------------------------------------------------------------------------------------------------------

    def _page(self, fields: dict[str, str]) -> None:
        """The payment page, for an address that we signed and that is not over."""
        wrong = self._fault(fields)
        if wrong:
            self._html(400, f"<h1>Không mở được giao dịch</h1><p>{wrong}</p>")
            return
        reference = fields["vnp_TxnRef"]
        with self.server.ledger.lock:
            row = self.server.ledger.transactions.setdefault(reference, Transaction(fields))
        if row.result in ("success", "held"):
            self._html(400, "<h1>Giao dịch đã được thanh toán</h1><p>Không thể thanh toán lần thứ hai.</p>")
            return
        amount = f"{int(fields['vnp_Amount']) // 100:,}".replace(",", ".")
        wishes = "".join(f'<option value="{name}">{label}</option>' for name, label in (
            ("send", "Gửi ngay"), ("late", "Gửi muộn"), ("lose", "Không gửi (mất)"), ("duplicate", "Gửi hai lần"),
            ("tamper", "Bị sửa số tiền")))
        self._html(200, f"""<p class="mark">Cổng thanh toán mô phỏng, không trừ tiền thật</p><h1>Thanh toán phí, lệ phí</h1>
<p class="sum">{amount} đ</p>
<dl><dt>Mã giao dịch</dt><dd>{escape(reference)}</dd><dt>Nội dung</dt><dd>{escape(fields['vnp_OrderInfo'])}</dd></dl>
<form method="post" action="/thanh-toan"><input type="hidden" name="reference" value="{escape(reference)}">
<button name="result" value="success">Thanh toán thành công</button>
<button class="other" name="result" value="fail">Thanh toán thất bại</button>
<button class="other" name="result" value="held">Bị ngân hàng giữ lại</button>
<button class="other" name="result" value="cancel">Hủy giao dịch</button>
<label>Thông báo gửi về Cổng Một cửa<select name="notice">{wishes}</select></label></form>""")

    def _fault(self, fields: dict[str, str]) -> str:
        if not signing.fits(self.server.secret, fields) or fields.get("vnp_TmnCode") != self.server.terminal:
            return "Chữ ký không đúng."
        if fields.get("vnp_CurrCode") != signing.CURRENCY or not fields.get("vnp_Amount", "").isdigit():
            return "Số tiền hoặc loại tiền không hợp lệ."
        return "Giao dịch đã hết thời gian." if fields.get("vnp_ExpireDate", "") < signing.moment(clock.now()) else ""

    def _choose(self, typed: dict[str, str]) -> None:
        """What the payer chose: the notice goes out, the browser goes back."""
        row = self.server.ledger.transactions.get(typed.get("reference", ""))
        if row is None or typed.get("result") not in RESULTS:
            self.answer(404, {"code": "not_found"})
            return
        with self.server.ledger.lock:
            if not row.result:
                row.result, row.number = typed["result"], str(14_000_000 + len(self.server.ledger.transactions))
                row.paid_on = clock.today().isoformat() if row.result == "success" else ""
        how = typed.get("notice", "send")
        threading.Thread(target=self.server.notify, args=(row, how if how in NOTICES else "send"), daemon=True).start()
        self.send_response(303)
        self.send_header("Location", f"{row.fields['vnp_ReturnUrl']}?{urlencode(self.server.words(row))}")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _log(self, fields: dict[str, str]) -> None:
        self.answer(200, self.server.ledger.told())

    # --- telling ------------------------------------------------------------------------------------------------------

    def _query(self, asked: dict[str, str]) -> None:
        ledger = self.server.ledger
        with ledger.lock:
            ledger.queries += 1
        if ledger.faults.strikes("silent"):
            self.close_connection = True
            return
        known = asked.get(signing.SIGNATURE, "") == signing.joined(self.server.secret, signing.QUERY_ORDER, asked)
        row = ledger.transactions.get(asked.get("vnp_TxnRef", ""))
        if not known:
            self._signed({"vnp_ResponseCode": "97", "vnp_Message": "Invalid signature"}, asked)
        elif row is None:
            self._signed({"vnp_ResponseCode": signing.NOT_FOUND, "vnp_Message": "Transaction not found"}, asked)
        else:
            _code, status = RESULTS.get(row.result, ("", "01"))
            self._signed({"vnp_ResponseCode": "00", "vnp_Message": "QueryDR Success", "vnp_Amount": row.fields["vnp_Amount"],
                          "vnp_BankCode": "NCB", "vnp_TransactionNo": row.number, "vnp_TransactionType": "01",
                          "vnp_TransactionStatus": status, "vnp_OrderInfo": row.fields["vnp_OrderInfo"]}, asked)

    def _signed(self, told: dict[str, str], asked: dict[str, str]) -> None:
        fields = {"vnp_ResponseId": asked.get("vnp_RequestId", ""), "vnp_Command": "querydr", "vnp_TmnCode": self.server.terminal,
                  "vnp_TxnRef": asked.get("vnp_TxnRef", ""), **told}
        self.answer(200, {**fields, signing.SIGNATURE: signing.joined(self.server.secret, signing.ANSWER_ORDER, fields)})

    def _file(self, fields: dict[str, str]) -> None:
        """The day's successful payments as CSV."""
        out = io.StringIO()
        rows = csv.writer(out)
        rows.writerow(["vnp_TxnRef", "vnp_TransactionNo", "so tien", "ngay"])
        for reference, row in sorted(self.server.ledger.transactions.items()):
            if row.result == "success" and row.paid_on == fields.get("ngay", row.paid_on):
                rows.writerow([reference, row.number, int(row.fields["vnp_Amount"]) // 100, row.paid_on])
        self.send(200, out.getvalue().encode(), "text/csv; charset=utf-8")

    def _html(self, status: int, body: str) -> None:
        page = (f'<!doctype html><html lang="vi"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
                f"<title>Cổng thanh toán mô phỏng</title><style>{STYLE}</style></head><body><main>{body}</main></body></html>")
        self.send(status, page.encode(), "text/html; charset=utf-8")
