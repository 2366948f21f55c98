"""What a directive can switch on. One kind, one meaning; the parameters of each are told here."""
from django.db import models
from django.utils.translation import gettext_lazy as _

from onestop.transitions import verb


class RuleKind(models.TextChoices):
    """The typed rules (letters.md). Parameters in brackets."""

    STEER_ONLINE = "steer_online", _("Ưu tiên trực tuyến, rồi bưu chính, sau cùng là trực tiếp")
    APPOINTMENT_ONLY = "appointment_only", _("Chỉ tiếp nhận trực tiếp khi có lịch hẹn")
    COUNTER_LAST = "counter_last", _("Không nhận trực tiếp nếu nộp được trực tuyến hoặc qua bưu chính")  # [online_only: bool]
    ROOM_CAP = "room_cap", _("Số người tối đa trong phòng, kể cả cán bộ")  # [people: int]
    WAITING_CAP = "waiting_cap", _("Số người tối đa ở khu vực chờ")  # [people: int, distance_m: float]
    OPEN_CHANNELS = "open_channels", _("Mở nộp trực tuyến, bưu chính và thanh toán trực tuyến cho toàn bộ thủ tục")
    STOP_CLOCK = "stop_clock", _("Tạm dừng tính thời gian với thủ tục cần xác minh thực tế")  # [until: ISO date, inclusive]
    MAY_EXTEND = "may_extend", _("Được gia hạn hồ sơ chưa thể thẩm định, xác minh thực tế")
    HEALTH_CHECK = "health_check", _("Kiểm tra 5K trước khi vào")
    BLOCKADE = "blockade", _("Khu vực phong tỏa không tiếp nhận trực tiếp")  # [areas, offices: codes; without both: everywhere]
    URGENT_SERVED = "urgent_served", _("Bảo đảm giải quyết 100% thủ tục cấp thiết")
    DECLARED_MAXIMUM = "declared_maximum", _("Đơn vị báo số hồ sơ tối đa mỗi buổi cho tổng đài")
    COLLECT_WITHIN = "collect_within", _("Bưu chính nhận hồ sơ, kết quả trong thời hạn")  # [hours: int]
    POST_FREE = "post_free", _("Tạm thời chưa thu cước bưu chính")
    RETURN_HOME = "return_home", _("Trả kết quả qua bưu chính hoặc tại nhà")


PARAM_LABELS = {
    "people": _("Số người tối đa"), "distance_m": _("Khoảng cách tối thiểu (m)"), "hours": _("Trong vòng (giờ)"),
    "until": _("Dừng tính thời gian đến hết ngày"), "online_only": _("Chỉ khi nộp được trực tuyến"), "areas": _("Địa bàn bị phong tỏa"),
    "offices": _("Đơn vị bị phong tỏa"), "appointments": _("Đặt lịch hẹn"), "settle_before": _("Gửi danh sách trước ngày"),
    "results_since": _("Kết quả có từ ngày"),
}
VERB_LABELS = {
    "draft": _("Lập dự thảo"), "change": _("Sửa dự thảo"), "add_rule": _("Thêm quy định"), "remove_rule": _("Bỏ quy định"),
    "publish": _("Ban hành trên cổng"), "withdraw": _("Thu hồi"),
}


class DirectiveState(models.TextChoices):
    """A draft has no force; a published letter is not rewritten, only withdrawn, and another one issued."""

    DRAFT = "draft", _("Dự thảo")
    PUBLISHED = "published", _("Đã ban hành")
    WITHDRAWN = "withdrawn", _("Đã thu hồi")


DIRECTIVE_TRANSITIONS = {
    "change": verb([DirectiveState.DRAFT], DirectiveState.DRAFT),
    "publish": verb([DirectiveState.DRAFT], DirectiveState.PUBLISHED),
    "withdraw": verb([DirectiveState.PUBLISHED], DirectiveState.WITHDRAWN),
}


class SwitchState(models.TextChoices):
    """One switch of the catalogue's channels."""

    PREVIEWED = "previewed", _("Xem trước")
    APPLIED = "applied", _("Đã áp dụng")
    UNDONE = "undone", _("Đã hoàn tác")


SWITCH_TRANSITIONS = {
    "apply": verb([SwitchState.PREVIEWED], SwitchState.APPLIED),
    "undo": verb([SwitchState.APPLIED], SwitchState.UNDONE),
}


class SwitchItemState(models.TextChoices):
    """One procedure of a switch."""

    WAITING = "waiting", _("Chờ chuyển")
    EXCLUDED = "excluded", _("Không chuyển")
    DONE = "done", _("Đã chuyển")
    UNDONE = "undone", _("Đã hoàn tác")
    KEPT = "kept", _("Không hoàn tác được")


class LeftOut(models.TextChoices):
    """Why a procedure is not switched, or not switched back."""

    PRESENCE = "presence_required", _("Theo quy định, công dân phải trực tiếp có mặt")
    REVIEW = "needs_review", _("Đang rà soát, chưa nhận hồ sơ")
    OPEN = "already_open", _("Đã mở đủ các kênh")
    NO_TERM = "no_term", _("Danh mục chưa có kênh nào để lấy thời hạn, lệ phí")
    LETTER = "letter_withdrawn", _("Văn bản đã được thu hồi trước ngày bắt đầu")
    CHANGED = "changed_since", _("Thủ tục đã thay đổi sau khi chuyển")


PAY_ONLINE = "pay_online"
OPENED_WORDS = {"online": _("Trực tuyến"), "postal": _("Bưu chính"), PAY_ONLINE: _("Thanh toán trực tuyến")}
SWITCH_VERB_LABELS = {
    "apply": _("Áp dụng"), "carried_out": _("Đã chuyển xong"), "undo": _("Hoàn tác"), "undone": _("Đã hoàn tác xong"),
}


class Tone(models.TextChoices):
    """How loud an announcement is."""

    INFO = "info", _("Thông tin")
    WARNING = "warning", _("Lưu ý")
    URGENT = "urgent", _("Khẩn")


class AnnouncementState(models.TextChoices):
    """A published announcement may be corrected; a withdrawn one stays in the archive."""

    DRAFT = "draft", _("Dự thảo")
    PUBLISHED = "published", _("Đã đăng")
    WITHDRAWN = "withdrawn", _("Đã gỡ")


ANNOUNCEMENT_TRANSITIONS = {
    "change": verb([AnnouncementState.DRAFT], AnnouncementState.DRAFT),
    "publish": verb([AnnouncementState.DRAFT], AnnouncementState.PUBLISHED),
    "correct": verb([AnnouncementState.PUBLISHED], AnnouncementState.PUBLISHED),
    "withdraw": verb([AnnouncementState.PUBLISHED], AnnouncementState.WITHDRAWN),
}
ANNOUNCEMENT_VERBS = {
    "announce": _("Soạn thông báo"), "change": _("Sửa dự thảo"), "publish": _("Đăng"), "correct": _("Sửa thông báo đã đăng"),
    "withdraw": _("Gỡ thông báo"),
}
# How loud a tone is on a page: the name of its box and of its mark.
TONE_NOTICES = {Tone.INFO: "info", Tone.WARNING: "warning", Tone.URGENT: "error"}
