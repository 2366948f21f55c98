"""PURE: what the verbs of a dossier's history are called, for the public page and for the officers'."""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from django.utils.translation import gettext_lazy as _

from dossiers.models import DossierEvent, ExtensionEvent
from onestop.history import CITIZEN, WORKER
from onestop.people.shapes import TimelineItem

TITLES: dict[str, Any] = {
    "submit": _("Đã nhận hồ sơ gửi đến"), "accept": _("Đã tiếp nhận hồ sơ"), "refuse": _("Không tiếp nhận hồ sơ"),
    "start": _("Bắt đầu giải quyết"), "assign": _("Phân công người thụ lý"), "request_supplement": _("Yêu cầu bổ sung giấy tờ"),
    "request_payment": _("Yêu cầu thực hiện nghĩa vụ tài chính"), "stop": _("Dừng xử lý"), "resume": _("Tiếp tục giải quyết"),
    "withdraw": _("Rút hồ sơ"), "decide": _("Đã có kết quả"), "hand_over": _("Đã trả kết quả"),
    "transfer": _("Chuyển đơn vị có thẩm quyền"), "pass_on": _("Chuyển bước"), "cover": _("Giao người khác thay"),
    "view_file": _("Mở tệp của công dân"), "ask_opinion": _("Xin ý kiến đơn vị khác"), "answer_opinion": _("Đã có ý kiến"),
    "withdraw_opinion": _("Không cần ý kiến nữa"), "remind_opinion": _("Nhắc đơn vị cho ý kiến"),
    "letter": _("Cơ quan gửi tin nhắn"), "letter_in": _("Công dân gửi tin nhắn"), "read_letters": _("Đã đọc tin nhắn"),
    "attach": _("Thêm tệp của cơ quan"),
    "change_return": _("Đổi cách nhận kết quả"), "extend": _("Gia hạn ngày trả kết quả"), "suspend": _("Tạm dừng tính thời gian"),
    "answer_supplement": _("Công dân gửi bổ sung"), "confirm_supplement": _("Đã kiểm tra phần bổ sung"),
    "reopen_supplement": _("Phần bổ sung chưa đủ"), "remind_supplement": _("Nhắc công dân bổ sung"),
    "calendar": _("Ngày trả kết quả đổi theo lịch làm việc mới"),
    "lift": _("Bãi bỏ tạm dừng"), "escalate": _("Nhắc lãnh đạo đơn vị"), "note": _("Ghi chú nội bộ"),
    "ask_payment": _("Yêu cầu nộp phí, lệ phí"),
    "cancel_payment": _("Hủy yêu cầu nộp tiền"), "expire_payment": _("Yêu cầu nộp tiền hết hạn"), "remind_payment": _("Nhắc nộp tiền"),
    "remind_result": _("Nhắc nhận kết quả"),
    "paid": _("Đã nhận tiền"), "exempt": _("Miễn, giảm phí, lệ phí"), "refund": _("Hoàn tiền"), "refund_due": _("Cần xem xét hoàn tiền"),
    "shipment": _("Bưu chính"), "change_collection": _("Đổi yêu cầu bưu chính đến lấy giấy tờ"),
    "papers_arrived": _("Đã nhận giấy tờ bản giấy qua bưu chính"),
    "correct_address": _("Sửa địa chỉ nhận kết quả qua bưu chính"),
    "fee_group": _("Xác nhận đối tượng được giảm cước bưu chính"), "end_fee_group": _("Bỏ xác nhận đối tượng được giảm cước bưu chính"),
    "warn_duty": _("Nhắc cán bộ trực tiếp nhận"), "infected": _("Có tệp chứa mã độc, cần gửi tệp khác"),
    "likeness_same": _("Xác định nộp trùng"), "likeness_different": _("Xác định không trùng"),
    "add_result": _("Thêm văn bản kết quả"), "correct_result": _("Đính chính kết quả"), "withdraw_result": _("Thu hồi văn bản kết quả"),
    "send_result_link": _("Gửi liên kết kết quả điện tử"), "fetch_result": _("Công dân mở kết quả điện tử"),
    "plan_visit": _("Hẹn trả kết quả tại nhà"), "visit_failed": _("Chưa trao được tại nhà"), "cancel_visit": _("Hủy lượt trả tại nhà"),
}
TONES = {
    "warn_duty": "warn", "infected": "bad", "likeness_same": "warn",
    "ask_payment": "warn", "expire_payment": "bad", "paid": "good", "exempt": "info", "refund": "info", "refund_due": "bad",
    "accept": "good", "decide": "good", "hand_over": "good", "refuse": "bad", "withdraw": "bad", "request_supplement": "warn",
    "request_payment": "warn", "stop": "warn", "extend": "info", "suspend": "info", "escalate": "bad", "shipment": "info",
}


def timeline(events: Sequence[DossierEvent]) -> list[TimelineItem]:
    """The public history, the newest first: what happened and when, the letter where there is one; never who or a comment."""
    return current_first([TimelineItem(at=event.at, title=title(event), text=event.legal_basis, tone=TONES.get(event.verb, "neutral"))
                          for event in events])


WHO: dict[str, Any] = {WORKER: _("hệ thống"), CITIZEN: _("Công dân"), "công dân": _("Công dân")}


def who(event: DossierEvent | ExtensionEvent) -> Any:
    """A person's name, or in words who acted without an account; a partner's name as it is."""
    return event.actor.full_name if event.actor else WHO.get(event.actor_label, event.actor_label)


def full_timeline(events: Sequence[DossierEvent]) -> list[TimelineItem]:
    """The officers' history: also who did it and why."""
    rows = [TimelineItem(at=event.at, title=title(event), text="\n".join(part for part in (event.reason, event.legal_basis) if part),
                         who=who(event), tone=TONES.get(event.verb, "neutral"))
            for event in events]
    return current_first(rows)


EXTENSION_TITLES: dict[str, Any] = {
    "request": _("Gửi đề nghị"), "approve": _("Phê duyệt"), "reject": _("Không phê duyệt"), "finish": _("Đã thực hiện"),
    "lift": _("Bãi bỏ"), "freeze": _("Đã lập xong danh sách"), "exclude": _("Loại hồ sơ khỏi danh sách"),
    "include": _("Đưa hồ sơ trở lại danh sách"), "retry": _("Thử lại hồ sơ chưa thực hiện được"), "lift_some": _("Bãi bỏ một phần"),
    "sign": _("Thủ trưởng đơn vị đã ký"),
}


def extension_timeline(events: Sequence[ExtensionEvent]) -> list[TimelineItem]:
    """The history of a request for more time, the newest first."""
    return current_first([TimelineItem(at=event.at, title=EXTENSION_TITLES.get(event.verb, event.verb), text=event.reason,
                                       who=who(event)) for event in events])


def title(event: DossierEvent) -> Any:
    """A verb in words; for the post also where the parcel is."""
    if event.verb == "shipment":
        return event.data.get("state_name", TITLES["shipment"])
    return TITLES.get(event.verb, event.verb)


def current_first(rows: list[TimelineItem]) -> list[TimelineItem]:
    """Newest first, the newest marked as where things stand."""
    return [replace(row, current=index == 0) for index, row in enumerate(reversed(rows))]
