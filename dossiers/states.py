"""States of a dossier on its axes, the ten public statuses derived from them, and the transition tables (rules.md 4)."""
from django.db import models
from django.utils.translation import gettext_lazy as _

from onestop.transitions import verb


class State(models.TextChoices):
    """The business axis."""

    SUBMITTED = "submitted", _("Mới đăng ký")
    REFUSED = "refused", _("Không được tiếp nhận")
    ACCEPTED = "accepted", _("Được tiếp nhận")
    PROCESSING = "processing", _("Đang xử lý")
    SUPPLEMENT = "supplement", _("Chờ bổ sung giấy tờ")
    PAYMENT = "payment", _("Chờ thực hiện nghĩa vụ tài chính")
    STOPPED = "stopped", _("Dừng xử lý")
    WITHDRAWN = "withdrawn", _("Công dân rút hồ sơ")
    DECIDED = "decided", _("Đã có kết quả")
    RETURNED = "returned", _("Đã trả kết quả")


# The ten codes of the National Portal (rules.md 4).
PUBLIC_CODE = {
    State.SUBMITTED: 1, State.ACCEPTED: 2, State.REFUSED: 3, State.PROCESSING: 4, State.SUPPLEMENT: 5, State.PAYMENT: 6,
    State.WITHDRAWN: 7, State.STOPPED: 8, State.DECIDED: 9, State.RETURNED: 10,
}
PUBLIC_NAME = {
    1: _("Mới đăng ký"), 2: _("Được tiếp nhận"), 3: _("Không được tiếp nhận"), 4: _("Đang xử lý"),
    5: _("Yêu cầu bổ sung giấy tờ"), 6: _("Yêu cầu thực hiện nghĩa vụ tài chính"), 7: _("Công dân yêu cầu rút hồ sơ"),
    8: _("Dừng xử lý"), 9: _("Đã xử lý xong"), 10: _("Đã trả kết quả"),
}


class Money(models.TextChoices):
    """The money axis (rules.md 2)."""

    NONE = "none", _("Không phải nộp tiền")
    DUE = "due", _("Chờ nộp tiền")
    PAID = "paid", _("Đã nộp tiền")
    EXEMPT = "exempt", _("Được miễn")
    REFUNDED = "refunded", _("Đã hoàn tiền")


class Handover(models.TextChoices):
    """The handover axis: where the result is."""

    NONE = "none", _("Chưa có kết quả")
    READY = "ready", _("Chờ trả kết quả")
    ON_THE_WAY = "on_the_way", _("Đang giao kết quả")
    FAILED = "failed", _("Giao chưa được")
    DELIVERED = "delivered", _("Đã trả kết quả")


class Sync(models.TextChoices):
    """The sync axis: what the National Portal knows."""

    NONE = "none", _("Không đồng bộ")
    BEHIND = "behind", _("Chờ đồng bộ")
    SENT = "sent", _("Đã đồng bộ")
    FAILED = "failed", _("Đồng bộ lỗi")


def public_code(state: str, money: str, handover: str) -> int:
    """The public status (1 to 10) of a dossier on its axes (rules.md 4): a result that was delivered is 10; money that came while
    the dossier waited for it is 4."""
    if state == State.DECIDED and handover == Handover.DELIVERED:
        return PUBLIC_CODE[State.RETURNED]
    if state == State.PAYMENT and money in (Money.PAID, Money.EXEMPT):
        return PUBLIC_CODE[State.PROCESSING]
    return PUBLIC_CODE[State(state)]


WAITING_ACCEPTANCE = frozenset({State.SUBMITTED})
RUNNING = frozenset({State.ACCEPTED, State.PROCESSING})
CLOCK_STOPPED = frozenset({State.SUPPLEMENT, State.PAYMENT, State.STOPPED})
OPEN = RUNNING | CLOCK_STOPPED
IN_INBOX = WAITING_ACCEPTANCE | OPEN
ENDED = frozenset({State.REFUSED, State.WITHDRAWN, State.DECIDED, State.RETURNED})

TRANSITIONS = {
    "accept": verb([State.SUBMITTED], State.ACCEPTED),
    "refuse": verb([State.SUBMITTED], State.REFUSED),
    "start": verb([State.ACCEPTED], State.PROCESSING),
    "request_supplement": verb([State.ACCEPTED, State.PROCESSING], State.SUPPLEMENT),
    "resume": verb([State.SUPPLEMENT, State.PAYMENT, State.STOPPED], State.PROCESSING),
    "request_payment": verb([State.ACCEPTED, State.PROCESSING], State.PAYMENT),
    "stop": verb([State.ACCEPTED, State.PROCESSING, State.SUPPLEMENT], State.STOPPED),
    "withdraw": verb(IN_INBOX, State.WITHDRAWN),
    "decide": verb([State.ACCEPTED, State.PROCESSING], State.DECIDED),
    "hand_over": verb([State.DECIDED], State.RETURNED),
}


class Acting(models.TextChoices):
    """For whom a dossier is handed in."""

    SELF = "self", _("Nộp cho chính mình")
    PERSON = "person", _("Nộp thay người khác")
    ORGANISATION = "organisation", _("Nộp cho tổ chức, doanh nghiệp")


class ReturnMethod(models.TextChoices):
    COUNTER = "counter", _("Nhận tại Bộ phận Một cửa")
    POST = "post", _("Nhận qua bưu chính công ích")
    HOME = "home", _("Cán bộ trả tại nhà")
    ELECTRONIC = "electronic", _("Nhận bản điện tử")


class RulePack(models.TextChoices):
    VN_2018 = "VN-2018", _("Nghị định 61/2018/NĐ-CP")
    VN_2025 = "VN-2025", _("Nghị định 118/2025/NĐ-CP")


class Kind(models.TextChoices):
    """A row of the clock's ledger (rules.md 5.2)."""

    START = "start", _("Bắt đầu tính thời gian")
    STOP = "stop", _("Tạm dừng tính thời gian")  # from effective_at until resumed
    RESUME = "resume", _("Tiếp tục tính thời gian")
    SUSPEND = "suspend", _("Tạm dừng đến hết ngày")  # whole days, effective_at..effective_until inclusive
    LIFT = "lift", _("Bãi bỏ tạm dừng")  # cancels a suspend entry from a day on
    EXTEND = "extend", _("Gia hạn")  # due date moves to effective_until
    END = "end", _("Kết thúc tính thời gian")


class Cause(models.TextChoices):
    RECEIVED = "received", _("Tiếp nhận hồ sơ")
    SUPPLEMENT = "supplement", _("Chờ công dân bổ sung giấy tờ")
    PAYMENT = "payment", _("Chờ thực hiện nghĩa vụ tài chính")
    STOPPED = "stopped", _("Dừng xử lý")
    FORCE_MAJEURE = "force_majeure", _("Bất khả kháng theo văn bản chỉ đạo")
    DIRECTED = "directed", _("Gia hạn theo văn bản chỉ đạo")
    APOLOGY = "apology", _("Xin lỗi và hẹn lại")
    DECIDED = "decided", _("Đã có kết quả")
    WITHDRAWN = "withdrawn", _("Công dân rút hồ sơ")
    LIFTED = "lifted", _("Hết lý do tạm dừng")


class Instrument(models.TextChoices):
    """The instruments that move a due date, each with its own law (rules.md 6)."""

    APOLOGY = "apology", _("Xin lỗi và hẹn lại ngày trả kết quả")
    DIRECTED_EXTENSION = "directed_extension", _("Gia hạn theo văn bản chỉ đạo")
    SUSPENSION = "suspension", _("Tạm dừng tính thời gian do bất khả kháng")


class ExtensionState(models.TextChoices):
    ASSESSING = "assessing", _("Đang lập danh sách")  # the scope is being frozen in the background
    REQUESTED = "requested", _("Chờ phê duyệt")
    APPROVED = "approved", _("Đã phê duyệt, đang thực hiện")
    DONE = "done", _("Đã thực hiện")
    REJECTED = "rejected", _("Không phê duyệt")
    LIFTED = "lifted", _("Đã bãi bỏ")


EXTENSION_TRANSITIONS = {
    "freeze": verb([ExtensionState.ASSESSING], ExtensionState.REQUESTED),
    "approve": verb([ExtensionState.REQUESTED], ExtensionState.APPROVED),
    "reject": verb([ExtensionState.REQUESTED], ExtensionState.REJECTED),
    "finish": verb([ExtensionState.APPROVED], ExtensionState.DONE),
    "retry": verb([ExtensionState.DONE], ExtensionState.APPROVED),  # what failed is tried again
    "lift": verb([ExtensionState.DONE], ExtensionState.LIFTED),
}


class ItemState(models.TextChoices):
    """Of one dossier in an extension's frozen scope."""

    WAITING = "waiting", _("Chờ thực hiện")
    EXCLUDED = "excluded", _("Không áp dụng")
    DONE = "done", _("Đã thực hiện")
    FAILED = "failed", _("Không thực hiện được")


class FormKind(models.TextChoices):
    """The printed forms (rules.md 7)."""

    RECEIPT = "receipt", _("Giấy tiếp nhận hồ sơ và hẹn trả kết quả")
    SUPPLEMENT = "supplement", _("Phiếu yêu cầu bổ sung, hoàn thiện hồ sơ")
    REFUSAL = "refusal", _("Phiếu từ chối tiếp nhận, giải quyết hồ sơ")
    EXTENSION = "extension", _("Thông báo gia hạn, hẹn lại ngày trả kết quả")
    STOP = "stop", _("Thông báo dừng giải quyết hồ sơ")
    CONTROL = "control", _("Phiếu kiểm soát quá trình giải quyết hồ sơ")
    FILING = "filing", _("Giấy xác nhận đã nộp hồ sơ")
    HANDOVER = "handover", _("Biên nhận trả kết quả")


class ScanState(models.TextChoices):
    UNCHECKED = "unchecked", _("Chưa kiểm tra")
    CLEAN = "clean", _("Đã kiểm tra")
    INFECTED = "infected", _("Có mã độc")
    FAILED = "failed", _("Kiểm tra lỗi")  # the scanner could not tell


class Stage(models.TextChoices):
    """Where in the work papers were asked for (rules.md 6)."""

    INTAKE = "intake", _("Khi tiếp nhận")
    APPRAISAL = "appraisal", _("Khi thẩm định")


class PaperProblem(models.TextChoices):
    """What is the matter with a paper that is asked for (rules.md 7, form 02)."""

    MISSING = "missing", _("Còn thiếu")
    WRONG = "wrong", _("Chưa đúng")
    OUTDATED = "outdated", _("Hết giá trị")


class ParcelState(models.TextChoices):
    """An incoming parcel with a citizen's papers (rules.md 8; letter Thường Tín 5)."""

    REGISTERED = "registered", _("Đã nhận, chưa mở")
    MISSING = "missing", _("Thiếu giấy tờ, đã báo người gửi")
    FILED = "filed", _("Đã lập hồ sơ")
    SENT_BACK = "sent_back", _("Đã gửi trả")


PARCEL_TRANSITIONS = {
    "miss": verb([ParcelState.REGISTERED, ParcelState.MISSING], ParcelState.MISSING),
    "complete": verb([ParcelState.REGISTERED, ParcelState.MISSING], ParcelState.REGISTERED),
    "file": verb([ParcelState.REGISTERED, ParcelState.MISSING], ParcelState.FILED),
    "send_back": verb([ParcelState.REGISTERED, ParcelState.MISSING], ParcelState.SENT_BACK),
}


class StepName(models.TextChoices):
    """The usual hands a dossier passes through; a step may also be named freely."""

    RECEIVE = "receive", _("Tiếp nhận")
    HANDLE = "handle", _("Thụ lý")
    SIGN = "sign", _("Trình ký")
    RETURN = "return", _("Trả kết quả")


class OpinionState(models.TextChoices):
    """An opinion asked of another unit."""

    ASKED = "asked", _("Chờ ý kiến")
    ANSWERED = "answered", _("Đã có ý kiến")
    WITHDRAWN = "withdrawn", _("Không cần nữa")


OPINION_TRANSITIONS = {
    "answer": verb([OpinionState.ASKED], OpinionState.ANSWERED),
    "withdraw": verb([OpinionState.ASKED], OpinionState.WITHDRAWN),
}


class BulkVerb(models.TextChoices):
    """What may be done for many dossiers at once."""

    ASSIGN = "assign", _("Phân công người thụ lý")
    ACCEPT = "accept", _("Tiếp nhận")
    START = "start", _("Nhận thụ lý")
    NOTE = "note", _("Ghi chú nội bộ")
    MESSAGE = "message", _("Nhắn tin cho công dân")
    DECIDE = "decide", _("Ghi nhận kết quả")
    HAND_OVER = "hand_over", _("Trả kết quả")


class RunState(models.TextChoices):
    """A job over many dossiers."""

    RUNNING = "running", _("Đang thực hiện")
    DONE = "done", _("Đã xong")


class Likeness(models.TextChoices):
    """What a person decided about two dossiers that look alike."""

    SUSPECTED = "suspected", _("Nghi trùng, chờ xem xét")
    DIFFERENT = "different", _("Hai hồ sơ khác nhau")
    SAME = "same", _("Nộp trùng")


class PaymentState(models.TextChoices):
    """A request to pay."""

    OPEN = "open", _("Chờ thanh toán")
    PAID = "paid", _("Đã thanh toán")
    CANCELLED = "cancelled", _("Đã hủy")
    REFUNDED = "refunded", _("Đã hoàn tiền")


class PaymentMethod(models.TextChoices):
    GATEWAY = "gateway", _("Cổng thanh toán trực tuyến")
    TRANSFER = "transfer", _("Chuyển khoản (VietQR)")
    CASH = "cash", _("Tiền mặt tại quầy")


class AttemptState(models.TextChoices):
    """One try to pay at the gateway."""

    SENT = "sent", _("Đã chuyển sang cổng thanh toán")
    PAID = "paid", _("Thành công")
    FAILED = "failed", _("Không thành công")
    EXPIRED = "expired", _("Hết thời gian")


class VisitState(models.TextChoices):
    """An officer's way to a citizen's home with the result (letter Thường Tín 5)."""

    ASSIGNED = "assigned", _("Đã giao việc")
    DELIVERED = "delivered", _("Đã trao tận nơi")
    FAILED = "failed", _("Chưa trao được")
    CANCELLED = "cancelled", _("Không giao nữa")


class PacketState(models.TextChoices):
    """A status packet for the National Portal."""

    QUEUED = "queued", _("Chờ gửi")
    SENT = "sent", _("Đã gửi")
    FAILED = "failed", _("Gửi lỗi, sẽ gửi lại")
    GIVEN_UP = "given_up", _("Không gửi được, cần người xử lý")


class ImportState(models.TextChoices):
    """A row of an import from the National Portal."""

    MADE = "made", _("Đã tạo hồ sơ")
    KNOWN = "known", _("Đã có từ trước")
    REJECTED = "rejected", _("Không nhập được")
