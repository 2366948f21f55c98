"""What the messages of templates/messages/ are: a name, how urgent each is, and an example of what is said in it."""
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from onestop import clock
from onestop.notify.states import Urgency
from onestop.people.shown import moment_lazy

# What tells of somebody's matter (rules.md 9): left out of every message about a sensitive procedure, wherever it stands.
SECRETS = ("procedure", "items", "missing")
PROCEDURE, PAPERS = "Xác nhận ví dụ cho người mẫu", ["Tờ khai ví dụ (bản chính)", "Giấy mẫu số 2 (bản sao)"]
# What proves who holds a telephone or an e-mail address goes to that one and to no other.
PROOFS = frozenset({"phone_code", "preference_code", "preference_email", "subscription_code", "subscription_end_code"})
# What is not there in every case: its line is left out of own words then.
OPTIONAL = frozenset({
    *SECRETS, "address", "amount", "before", "competent", "hotline", "legal_basis", "letter", "pay_by", "pay_url", "reason"})
_PORTAL = "https://motcua.example.vn"


def _at(day: int, month: int, hour: int, minute: int = 0) -> Any:
    """An example of a moment, worded in the language in which the example is read."""
    return moment_lazy(clock.at(date(2026, month, day), hour, minute))


# Examples by placeholder; a message that means something else by a name says so itself.
EXAMPLES: Mapping[str, Any] = {
    "accept_by": _at(27, 11, 15), "address": "Số 5 đường Ví Dụ", "after": "Trần Thị Mẫu", "amount": "50.000 đ",
    "answer_by": "02/12/2026", "answer_url": f"{_PORTAL}/ho-so/bo-sung/H13.70-261125-0001", "at": _at(2, 12, 9, 30),
    "at_counter": False, "at_home": False, "at_intake": False, "before": "Nguyễn Văn Thử", "by_post": False, "capacity": "40",
    "carrier": "Bưu điện ví dụ", "closes": True, "code": "H7K2M9", "collect": False, "competent": "Ủy ban nhân dân phường Ví Dụ",
    "count": "2", "day": "02/12/2026",
    "dossiers": [format_lazy("H13.70-261112-0003: {}", _at(24, 11, 17)), format_lazy("H13.70-261118-0009: {}", _at(26, 11, 17))],
    "due": _at(2, 12, 17), "due_soon": 2, "overdue": 1, "electronic": False, "expected": "55", "first": "01/12/2026",
    "guide": f"{_PORTAL}/thu-tuc/vi-du", "hotline": "1900 0000", "instrument": "Gia hạn giải quyết", "items": PAPERS, "last": "05/12/2026",
    "legal_basis": "Công văn số 01/VD-UBND", "letter": "01/VD-UBND", "letters_url": f"{_PORTAL}/ho-so/H13.70-261125-0001/tin-nhan",
    "line_link": f"{_PORTAL}/dat-lich/luot/17", "link": f"{_PORTAL}/dat-lich/H7K2M9", "lost_office": "Bộ phận Một cửa phường Ví Dụ",
    "lost_time": _at(1, 12, 8, 30), "method": "Tiền mặt", "mine": True, "minutes": "10", "missing": PAPERS, "nobody": False,
    "number": "H13.70-261125-0001", "office": "Bộ phận Một cửa phường Mẫu", "on": "02/12/2026", "online": True,
    "organisation": "Công ty Ví Dụ", "part": _("Buổi sáng"), "pay_by": "05/12/2026",
    "pay_url": f"{_PORTAL}/ho-so/nop-tien/H13.70-261125-0001",
    "payment": "TT-000123", "people": "12", "postal": True, "procedure": PROCEDURE, "reason": f"Hồ sơ {PROCEDURE} còn thiếu {PAPERS[1]}.",
    "time": "08:30", "track_url": f"{_PORTAL}/ho-so/tra-cuu?ma=H13.70-261125-0001", "until": "09/12/2026", "until_day": "02/12",
    "url": f"{_PORTAL}/ho-so/12", "was": _at(30, 11, 17), "waybill": "VD123456789VN",
}


@dataclass(frozen=True)
class Wording:
    """One message. `uses` are the names its text may say, `needed` those without which it would be of no use."""

    key: str
    name: str | Promise
    urgency: Urgency
    uses: tuple[str, ...]
    needed: tuple[str, ...] = ()
    internal: bool = False  # to officers, not to citizens
    examples: Mapping[str, Any] = field(default_factory=dict)

    @property
    def sample(self) -> dict[str, Any]:
        """An example of what tell() is given for it, with everything that could be said."""
        known = {**EXAMPLES, **self.examples}
        return {"procedure": PROCEDURE, "items": PAPERS, **{name: known[name] for name in self.uses}}

    @property
    def placeholders(self) -> tuple[str, ...]:
        """What one's own words may name: everything but mere choices."""
        return tuple(name for name, value in self.sample.items() if name in self.uses and not isinstance(value, bool))

    @property
    def optional(self) -> tuple[str, ...]:
        """The placeholders that may be empty, as a reason nobody gave."""
        return tuple(name for name in self.placeholders if name in OPTIONAL and name not in self.needed)

    @property
    def choices(self) -> tuple[str, ...]:
        """What only chooses between the sentences of the portal's own words."""
        return tuple(name for name in self.uses if name not in self.placeholders)


def _citizen(key: str, name: Any, uses: str, needed: str = "", *, urgency: Urgency = Urgency.DAY, **examples: Any) -> Wording:
    return Wording(key, name, urgency, tuple(uses.split()), tuple(needed.split()), False, examples)


def _officer(key: str, name: Any, uses: str, needed: str = "", **examples: Any) -> Wording:
    return Wording(key, name, Urgency.DAY, tuple(uses.split()), tuple(needed.split()), True, examples)


NOW = Urgency.NOW
BOOKINGS = (
    _citizen("appointment_booked", _("Đã đặt lịch hẹn"), "code time day office address number procedure link", "code time day link",
             urgency=NOW, number="17"),
    _citizen("appointment_cancelled", _("Đã hủy lịch hẹn"), "code time day office reason", "code time day",
             reason="Khu vực tạm phong tỏa"),
    _citizen("appointment_moved", _("Đã đổi lịch hẹn"), "code time day office address number link", "code time day link",
             urgency=NOW, number="17"),
    _citizen("appointment_refused_entry", _("Chưa được vào theo lịch hẹn"), "code office reason link", "code link", urgency=NOW,
             reason="Đến sau giờ đóng cửa"),
    _citizen("appointment_reminder", _("Nhắc lịch hẹn"), "code time day office address number link", "code time day link", number="17"),
    _citizen("group_booked", _("Lịch hẹn theo nhóm"), "code people organisation day office link", "code link", urgency=NOW),
    _citizen("outreach_invited", _("Mời đến Bộ phận Một cửa"), "code office time day address number procedure answer_by link collect",
             "time day link", number="17", answer_by=_at(28, 11, 17)),
    _citizen("phone_code", _("Mã xác nhận số điện thoại"), "code minutes", "code", urgency=NOW, code="482913"),
    _citizen("queue_near", _("Sắp đến lượt"), "number office before line_link", "number", urgency=NOW, number="17", before=2),
    _citizen("relocation_guided", _("Lịch hẹn mất chỗ: hướng dẫn nộp cách khác"),
             "code letter lost_office lost_time reason guide online postal", "code guide", reason="Khu vực tạm phong tỏa"),
    _citizen("relocation_moved", _("Chuyển lịch hẹn sang nơi khác"),
             "code letter lost_office lost_time reason time day office address number link", "code time day office link", number="17",
             reason="Khu vực tạm phong tỏa"),
    _citizen("relocation_stands", _("Lịch hẹn vẫn giữ"), "code office time day number link", "code time day", number="17"),
    _citizen("relocation_unplaced", _("Lịch hẹn cần hẹn lại"), "code letter lost_office lost_time reason link", "code lost_time link",
             reason="Khu vực tạm phong tỏa"),
    _citizen("waiting_expired", _("Danh sách chờ đã kết thúc"), "code office link", "code"),
    _citizen("waiting_joined", _("Đã vào danh sách chờ"), "code office first last link", "code link", urgency=NOW),
    _citizen("waiting_offer", _("Có chỗ cho người chờ"), "code time day office until until_day link", "time day until link", urgency=NOW,
             until="10:15"),
    _officer("crowd_warning", _("Dự báo đông người"), "office count part day expected capacity link", "day"),
)
DOSSIERS = (
    _citizen("dossier_accepted", _("Hồ sơ đã được tiếp nhận"), "number office due track_url", "number due"),
    _citizen("dossier_infected", _("Tệp không mở được"), "number office hotline track_url", "number"),
    _citizen("dossier_letter", _("Có tin nhắn của cơ quan"), "number office letters_url", "number letters_url"),
    _citizen("dossier_lifted", _("Hết tạm dừng tính thời gian"), "number due was track_url", "number due"),
    _citizen("dossier_new_date", _("Đổi ngày trả kết quả"), "number was due reason legal_basis track_url", "number due"),
    _citizen("dossier_payment", _("Chờ thực hiện nghĩa vụ tài chính"), "number amount pay_by reason pay_url office track_url",
             "number amount pay_url"),
    _citizen("dossier_refused", _("Không tiếp nhận hồ sơ"), "number office reason legal_basis competent hotline", "number reason"),
    _citizen("dossier_result", _("Đã có kết quả"), "number office address track_url by_post at_home electronic", "number"),
    _citizen("dossier_result_corrected", _("Kết quả được đính chính"), "number office reason track_url electronic", "number"),
    _citizen("dossier_result_link", _("Liên kết tải kết quả điện tử"), "number until link", "number link",
             link=f"{_PORTAL}/ho-so/ket-qua/K7M2P9R4T6V8"),
    _citizen("dossier_resumed", _("Hồ sơ được tiếp tục giải quyết"), "number due track_url", "number due"),
    _citizen("dossier_returned", _("Đã trả kết quả"), "number at", "number"),
    _citizen("dossier_stopped", _("Tạm dừng xử lý hồ sơ"), "number office reason track_url", "number reason"),
    _citizen("dossier_submitted", _("Đã nhận hồ sơ nộp trực tuyến"), "number office accept_by track_url", "number", urgency=NOW),
    _citizen("dossier_supplement", _("Cần bổ sung giấy tờ"), "number answer_by items reason legal_basis answer_url hotline at_intake",
             "number answer_by answer_url"),
    _citizen("dossier_supplement_again", _("Phần bổ sung chưa đủ"), "number reason answer_by answer_url hotline",
             "number answer_by answer_url"),
    _citizen("dossier_supplement_reminder", _("Nhắc bổ sung giấy tờ"), "number answer_by office answer_url hotline closes",
             "number answer_by answer_url"),
    _citizen("dossier_uncollected", _("Nhắc nhận kết quả"), "number since office address track_url", "number office", since="18/11/2026"),
    _citizen("dossier_withdrawn", _("Hồ sơ đã được rút"), "number office", "number"),
    _citizen("draft_ends", _("Bản nháp sắp bị xóa"), "procedure until link", "until link",
             link=f"{_PORTAL}/ho-so/nhap/K7M2P9R4T6V8"),
    _citizen("draft_link", _("Liên kết của bản nháp"), "procedure until link", "link", urgency=NOW,
             link=f"{_PORTAL}/ho-so/nhap/K7M2P9R4T6V8"),
    _citizen("home_visit_failed", _("Chưa trao được kết quả tại nhà"), "number reason office address track_url at_counter", "number",
             reason="Không gặp người nhận"),
    _citizen("home_visit_planned", _("Sẽ trả kết quả tại nhà"), "number office on hotline", "number on"),
    _citizen("parcel_missing", _("Bưu phẩm còn thiếu giấy tờ"), "office waybill missing address until hotline", "waybill until address"),
    _citizen("parcel_sent_back", _("Bưu phẩm được gửi trả"), "office waybill reason hotline", "waybill", reason="Gửi nhầm nơi nhận"),
    _citizen("payment_received", _("Đã nhận tiền"), "number amount payment method track_url", "number amount", urgency=NOW),
    _citizen("payment_refunded", _("Đã hoàn tiền"), "number amount office reason track_url", "number amount", reason="Nộp trùng"),
    _citizen("payment_reminder", _("Nhắc nộp tiền"), "number amount pay_by pay_url", "number amount pay_by pay_url"),
    _officer("bridge_given_up", _("Trạng thái không gửi được lên Cổng Quốc gia"), "office reason url", reason="Cổng từ chối mã thủ tục"),
    _officer("dossier_escalated", _("Quá hạn tiếp nhận"), "number office", "number"),
    _officer("dossier_reassigned", _("Đổi người thụ lý"), "number before after reason url mine", "number", reason="Nghỉ phép"),
    _officer("dossier_unattended", _("Hồ sơ chờ tiếp nhận"), "number office until nobody", "number", until=_at(27, 11, 15)),
    _officer("extension_rejected", _("Đề nghị không được phê duyệt"), "instrument office reason url", reason="Chưa nêu căn cứ"),
    _officer("office_digest", _("Hồ sơ đến hạn của đơn vị, mỗi sáng"), "office day overdue due_soon dossiers url", "overdue due_soon",
             day="25/11/2026"),
    _officer("officer_digest", _("Hồ sơ đến hạn của cán bộ, mỗi sáng"), "day overdue due_soon dossiers url", "overdue due_soon",
             day="25/11/2026"),
    _officer("opinion_answered", _("Đã có ý kiến"), "number office url", "number"),
    _officer("opinion_asked", _("Xin ý kiến"), "number office due url", "number due"),
    _officer("opinion_reminder", _("Nhắc cho ý kiến"), "number office due url", "number due"),
    _officer("opinion_withdrawn", _("Không cần ý kiến nữa"), "number office", "number"),
)
POSTAL = (
    _citizen("collection_ordered", _("Bưu chính sẽ đến lấy giấy tờ"), "number carrier address due waybill track_url", "number due"),
    _citizen("collection_cancelled", _("Bưu chính không đến lấy giấy tờ"), "number carrier track_url", "number"),
    _citizen("shipment_cancelled", _("Kết quả không gửi qua bưu chính nữa"), "number carrier track_url", "number"),
    _officer("collection_due_soon", _("Sắp hết hạn bưu chính đến lấy"), "count office carrier due url", "count due"),
    _officer("collection_late", _("Quá hạn bưu chính đến lấy"), "count office carrier due url", "count due"),
    _citizen("campaign_invited", _("Mời chọn cách nhận kết quả"), "number office link until hotline procedure ready count several",
             "number link", urgency=Urgency.BULK, ready=True, count="1", several=False,
             link=f"{_PORTAL}/buu-chinh/xac-nhan/K7M2P9R4T6V8W3X5/"),
    _officer("settlement_due", _("Sắp đến hạn quyết toán cước"), "waiver payer due today url", "waiver due",
             waiver="Miễn cước ví dụ", payer="Ngân sách ví dụ", today=False),
    _citizen("shipment_attempted", _("Bưu chính chưa phát được"), "number carrier waybill address reason hotline", "number",
             reason="Không có người nhận"),
    _citizen("shipment_delivered", _("Bưu chính báo đã phát"), "number carrier waybill hotline", "number"),
    _citizen("shipment_ordered", _("Kết quả gửi qua bưu chính"), "number carrier waybill track_url", "number"),
)
NEWS = (
    _citizen("preference_code", _("Mã xác nhận thư điện tử nhận tin"), "code email hours", "code", urgency=NOW, code="482913",
             email="m•••@vi-du.example", hours=24),
    _citizen("preference_email", _("Xác nhận thư điện tử nhận tin"), "link hours", "link", urgency=NOW,
             link=f"{_PORTAL}/nhan-tin/thu-dien-tu/K7M2/", hours=24),
    _citizen("preference_email_added", _("Đã thêm thư điện tử nhận tin"), "email hotline", "email", urgency=NOW,
             email="m•••@vi-du.example"),
    _citizen("subscription_code", _("Mã xác nhận nhận tin của địa bàn"), "area code minutes link", "code", urgency=NOW, code="482913",
             area="Phường Mẫu", link=f"{_PORTAL}/nhan-tin/xac-nhan/K7M2"),
    _citizen("subscription_end_code", _("Mã thôi nhận tin của địa bàn"), "code minutes", "code", urgency=NOW, code="482913"),
    _citizen("subscription_noted", _("Cán bộ đã ghi đăng ký nhận tin"), "area link", "link", urgency=NOW, area="Phường Mẫu",
             link=f"{_PORTAL}/nhan-tin/thoi/K7M2"),
)
TEMPLATES: Mapping[str, Wording] = {row.key: row for row in (*BOOKINGS, *DOSSIERS, *POSTAL, *NEWS)}


def urgency_of(key: str) -> Urgency:
    """When a message of this template may go out; by day where nobody said otherwise."""
    return TEMPLATES[key].urgency if key in TEMPLATES else Urgency.DAY
