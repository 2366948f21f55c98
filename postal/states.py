"""States of a shipment (bưu gửi), its directions and services."""
from django.db import models
from django.utils.translation import gettext_lazy as _

from onestop.transitions import verb


class Direction(models.TextChoices):
    OUT = "out", _("Trả kết quả cho công dân")
    IN = "in", _("Nhận hồ sơ từ công dân")
    BETWEEN = "between_offices", _("Giữa các cơ quan")


class State(models.TextChoices):
    READY = "ready", _("Chờ chuyển bưu chính")
    SENDING = "sending", _("Đang báo bưu chính")
    ORDERED = "ordered", _("Bưu chính đã nhận yêu cầu")
    COLLECTED = "collected", _("Bưu chính đã lấy")
    IN_TRANSIT = "in_transit", _("Đang vận chuyển")
    RETURNING = "returning", _("Đang chuyển hoàn")
    DELIVERED = "delivered", _("Đã phát")
    RETURNED = "returned", _("Đã chuyển hoàn")
    NOT_COLLECTED = "not_collected", _("Không lấy được")
    LOST = "lost", _("Thất lạc")
    DAMAGED = "damaged", _("Hư hỏng")
    REFUSED = "refused", _("Bưu chính từ chối")
    FAILED = "failed", _("Lỗi kỹ thuật, cần xử lý")
    CANCELLED = "cancelled", _("Đã hủy")


# What the citizen reads of papers that come in; the other states are called as they are.
STATES_IN = {
    State.ORDERED: _("Bưu chính sẽ đến lấy giấy tờ của Quý vị"), State.COLLECTED: _("Bưu chính đã lấy giấy tờ của Quý vị"),
    State.IN_TRANSIT: _("Giấy tờ của Quý vị đang trên đường đến cơ quan"), State.DELIVERED: _("Giấy tờ của Quý vị đã đến cơ quan"),
    State.NOT_COLLECTED: _("Bưu chính chưa lấy được giấy tờ của Quý vị"), State.RETURNED: _("Giấy tờ được gửi trả lại Quý vị"),
    State.CANCELLED: _("Bưu chính không đến lấy giấy tờ nữa"),
}
# Ends. Each failure has its own name; delivered is the one that was wanted.
ENDED_BADLY = frozenset({State.RETURNED, State.NOT_COLLECTED, State.LOST, State.DAMAGED})
FINAL = frozenset({State.DELIVERED, State.CANCELLED}) | ENDED_BADLY
TO_FETCH = frozenset({State.ORDERED})
MOVING = frozenset({State.COLLECTED, State.IN_TRANSIT, State.RETURNING})
ON_THE_WAY = TO_FETCH | MOVING
# Dead letters: nothing happens by itself until somebody lets them be told again, or cancels them.
RETRIABLE = DEAD_LETTERS = frozenset({State.FAILED, State.REFUSED})
# What the carrier says counts, even where our own side has not heard of its success: the order's answer may be lost.
_BEFORE_THE_ROAD = (State.READY, State.SENDING, State.ORDERED, State.REFUSED, State.FAILED)
# Events come in any order: a shipment only ever moves on along this line, so that its end depends on what was reported and not on when.
# Delivered ends it: a lost bag is found, a returned one is delivered after all.
ALONG_THE_ROAD = (State.NOT_COLLECTED, State.COLLECTED, State.IN_TRANSIT, State.RETURNING, State.LOST, State.DAMAGED, State.RETURNED,
                  State.DELIVERED)
FETCHED = frozenset(ALONG_THE_ROAD[1:])  # the carrier has, or had, it in its hands
STILL_NEWS = frozenset({State.ORDERED, State.COLLECTED, State.IN_TRANSIT})  # while it helps a citizen to hear that a result is on its way
UNFETCHED = frozenset(_BEFORE_THE_ROAD)  # its timer runs, whether or not the carrier could be told


def _before(state: State) -> tuple[State, ...]:
    """What may come before a state of the road."""
    return (*_BEFORE_THE_ROAD, *ALONG_THE_ROAD[:ALONG_THE_ROAD.index(state)])


TRANSITIONS = {
    "claim": verb([State.READY], State.SENDING),
    # A worker may learn of its success after the lease has given the shipment back.
    "order": verb([State.SENDING, State.READY], State.ORDERED),
    "try_later": verb([State.SENDING], State.READY),
    "refuse": verb([State.SENDING], State.REFUSED),
    "fail": verb([State.SENDING, State.READY], State.FAILED),
    "retry": verb([State.FAILED, State.REFUSED], State.READY),
    "take": verb([State.ORDERED], State.COLLECTED),  # told by a person who saw it
    "collect": verb(_before(State.COLLECTED), State.COLLECTED),
    "miss": verb(_before(State.NOT_COLLECTED), State.NOT_COLLECTED),
    "move": verb(_before(State.IN_TRANSIT), State.IN_TRANSIT),
    "turn_back": verb(_before(State.RETURNING), State.RETURNING),
    "return": verb(_before(State.RETURNED), State.RETURNED),
    "lose": verb(_before(State.LOST), State.LOST),
    "damage": verb(_before(State.DAMAGED), State.DAMAGED),
    "deliver": verb(_before(State.DELIVERED), State.DELIVERED),
    "cancel": verb([*_BEFORE_THE_ROAD, State.NOT_COLLECTED], State.CANCELLED),
    # By hand, as "take": papers that reached the office, also where the carrier said so first, and what the carrier can't find.
    "arrive": verb([State.ORDERED, *MOVING, State.LOST, State.DELIVERED], State.DELIVERED),
    "write_off": verb([*MOVING, State.DELIVERED], State.LOST),  # also what the carrier says it brought and no office has seen
}


class Service(models.TextChoices):
    STANDARD = "standard", _("Phát thường")
    EXPRESS = "express", _("Phát nhanh")


class Attention(models.TextChoices):
    """Why somebody has to look at a shipment."""

    LATE = "late", _("Quá hạn đến lấy")
    SILENT = "silent", _("Lâu không có tin từ bưu chính")
    DEAD = "dead", _("Không báo được cho bưu chính")
    ADDRESS = "address", _("Cần hỏi lại địa chỉ")
    ENDED = "ended", _("Không phát được, cần quyết định")
    DISPUTED = "disputed", _("Hai bên nói khác nhau")
    ARRIVED = "arrived", _("Bưu chính báo đã đến, đơn vị chưa nhận")


class Meaning(models.TextChoices):
    """What a carrier's word can mean (postal/carriers/words.py says what follows from each)."""

    COLLECTED = "collected", _("Đã lấy")
    NOT_COLLECTED = "not_collected", _("Không lấy được")
    IN_TRANSIT = "in_transit", _("Đang vận chuyển")
    ARRIVED = "arrived", _("Đã đến nơi phát")
    ATTEMPTED = "attempted", _("Phát chưa thành công")
    RETURNING = "returning", _("Đang chuyển hoàn")
    RETURNED = "returned", _("Đã chuyển hoàn")
    DELIVERED = "delivered", _("Đã phát")
    LOST = "lost", _("Thất lạc")
    DAMAGED = "damaged", _("Hư hỏng")
    NOTED = "noted", _("Chỉ ghi nhận")


class Adapter(models.TextChoices):
    HTTP = "http", _("Kết nối HTTP")
    FILE = "file", _("Trao đổi tệp (SFTP)")


class FileFormat(models.TextChoices):
    CSV = "csv", "CSV"
    XLSX = "xlsx", "XLSX"


class ManifestState(models.TextChoices):
    MAKING = "making", _("Đang lập")
    WRITTEN = "written", _("Đã ghi tệp")
    DROPPED = "dropped", _("Không ghi được, đã bỏ")


class HandoverKind(models.TextChoices):
    TO_CARRIER = "to_carrier", _("Bộ phận Một cửa giao bưu chính")
    TO_OFFICE = "to_office", _("Bưu chính giao Bộ phận Một cửa")


class HandoverState(models.TextChoices):
    OPEN = "open", _("Đang lập")
    CLOSED = "closed", _("Đã ký")
    DROPPED = "dropped", _("Đã bỏ")


HANDOVER_TRANSITIONS = {
    "close": verb([HandoverState.OPEN], HandoverState.CLOSED),
    "drop": verb([HandoverState.OPEN], HandoverState.DROPPED),
}


class CampaignKind(models.TextChoices):
    UNCOLLECTED = "uncollected", _("Kết quả chưa ai đến nhận")
    NOT_REGISTERED = "not_registered", _("Hồ sơ chưa đăng ký trả qua bưu chính")


class CampaignState(models.TextChoices):
    DRAFT = "draft", _("Đang lập danh sách")
    OPEN = "open", _("Đang thực hiện")
    CLOSED = "closed", _("Đã kết thúc")


CAMPAIGN_TRANSITIONS = {
    "open": verb([CampaignState.DRAFT], CampaignState.OPEN),
    "close": verb([CampaignState.DRAFT, CampaignState.OPEN], CampaignState.CLOSED),
}


class ItemState(models.TextChoices):
    """One dossier of a campaign."""

    WAITING = "waiting", _("Cần liên hệ")
    POST = "post", _("Đã đăng ký bưu chính")
    HOME = "home", _("Cán bộ giao tại nhà")
    COUNTER = "counter", _("Tự đến nhận")
    UNREACHED = "unreached", _("Không liên lạc được")
    DONE = "done", _("Đã nhận kết quả")
    DROPPED = "dropped", _("Không còn cần liên hệ")


ASKED = frozenset({ItemState.WAITING, ItemState.UNREACHED})  # who may still answer behind a link

ITEM_TRANSITIONS = {
    "try": verb([ItemState.WAITING], ItemState.WAITING),
    "register": verb([ItemState.WAITING, ItemState.UNREACHED, ItemState.COUNTER], ItemState.POST),
    "deliver_home": verb([ItemState.WAITING, ItemState.UNREACHED, ItemState.COUNTER], ItemState.HOME),
    "keep": verb([ItemState.WAITING, ItemState.UNREACHED], ItemState.COUNTER),
    "give_up": verb([ItemState.WAITING], ItemState.UNREACHED),
    "call_again": verb([ItemState.UNREACHED, ItemState.COUNTER], ItemState.WAITING),
    "finish": verb([ItemState.WAITING, ItemState.POST, ItemState.HOME, ItemState.COUNTER, ItemState.UNREACHED], ItemState.DONE),
    "drop": verb([ItemState.WAITING, ItemState.POST, ItemState.HOME, ItemState.COUNTER, ItemState.UNREACHED], ItemState.DROPPED),
}


class FileKind(models.TextChoices):
    """Lists that somebody may ask for as a file."""

    PEOPLE = "people", _("Danh sách liên hệ")
    PAID = "paid", _("Người dân đã trả trước khi có đợt miễn cước")


class ItemOutcome(models.TextChoices):
    """What came of a call."""

    AGREED = "agreed", _("Đồng ý, đã xác nhận địa chỉ")
    WILL_COME = "will_come", _("Tự đến nhận")
    LATER = "later", _("Hẹn gọi lại")
    NO_ANSWER = "no_answer", _("Không nghe máy")
    WRONG_NUMBER = "wrong_number", _("Sai số")
    DECLINED = "declined", _("Không đồng ý")


class ReturnWish(models.TextChoices):
    POST = "post", _("Gửi qua bưu chính")
    HOME = "home", _("Cán bộ giao tại nhà")
    COUNTER = "counter", _("Tự đến nhận")


class SocialGroup(models.TextChoices):
    """Groups whose postal fee is waived or halved (TT 22/2017/TT-BTTTT; rules.md 8)."""

    REVOLUTIONARY = "revolutionary", _("Người hoạt động cách mạng trước ngày 01/01/1945, tiền khởi nghĩa")
    HEROIC_MOTHER = "heroic_mother", _("Bà mẹ Việt Nam anh hùng")
    HERO = "hero", _("Anh hùng Lực lượng vũ trang nhân dân, Anh hùng Lao động")
    INVALID = "invalid", _("Thương binh và người hưởng chính sách như thương binh")
    SICK_SOLDIER = "sick_soldier", _("Bệnh binh")
    TOXIC = "toxic", _("Người hoạt động kháng chiến bị nhiễm chất độc hóa học")
    IMPRISONED = "imprisoned", _("Người hoạt động cách mạng, kháng chiến bị địch bắt tù, đày")
    MARTYR_FAMILY = "martyr_family", _("Vợ, chồng, con, cha, mẹ của liệt sĩ")
    POOR = "poor", _("Hộ nghèo ở xã đặc biệt khó khăn")


class Discount(models.TextChoices):
    NONE = "none", _("Không giảm")
    HALF = "half", _("Giảm 50%")
    FREE = "free", _("Miễn cước")


class Payer(models.TextChoices):
    CITIZEN = "citizen", _("Công dân")
    WAIVER = "waiver", _("Ngân sách, theo đợt miễn cước")
    OFFICE = "office", _("Cơ quan")


class Zone(models.TextChoices):
    SAME = "same", _("Trong xã, phường")
    PROVINCE = "province", _("Trong tỉnh")
    OUTSIDE = "outside", _("Ngoài tỉnh")


class WaiverState(models.TextChoices):
    DRAFT = "draft", _("Dự thảo")
    RUNNING = "running", _("Đang áp dụng")
    ENDED = "ended", _("Đã kết thúc")


WAIVER_TRANSITIONS = {
    "start": verb([WaiverState.DRAFT], WaiverState.RUNNING),
    "end": verb([WaiverState.RUNNING], WaiverState.ENDED),
}


class SettlementState(models.TextChoices):
    DRAFT = "draft", _("Đang lập")
    CHECKING = "checking", _("Đang đối soát")
    APPROVED = "approved", _("Đã duyệt")
    DROPPED = "dropped", _("Đã bỏ")


SETTLEMENT_TRANSITIONS = {
    "compare": verb([SettlementState.DRAFT, SettlementState.CHECKING], SettlementState.CHECKING),
    "start_over": verb([SettlementState.DRAFT, SettlementState.CHECKING], SettlementState.DRAFT),  # the carrier's file is of no use
    "approve": verb([SettlementState.CHECKING], SettlementState.APPROVED),
    "drop": verb([SettlementState.DRAFT, SettlementState.CHECKING], SettlementState.DROPPED),
}


class LineOutcome(models.TextChoices):
    OPEN = "open", _("Chưa đối soát")
    MATCH = "match", _("Khớp")
    DIFFERS = "differs", _("Lệch số tiền")
    MISSING_THEIRS = "missing_theirs", _("Bưu chính không có")
    MISSING_OURS = "missing_ours", _("Cổng không có")


class Decision(models.TextChoices):
    """Whose figure is paid where the two sides differ."""

    OURS = "ours", _("Theo số của Cổng")
    THEIRS = "theirs", _("Theo số của bưu chính")
    NONE = "none", _("Không thanh toán")


class SettlementWork(models.TextChoices):
    """What a job is at work on."""

    FILL = "fill", _("Đang lập danh sách")
    READ = "read", _("Đang đọc tệp của bưu chính")


# The lists a clerk works with, each by the word that stands for it in an address. What needs somebody is a list of its own, by attention.
TROUBLE = "can-xu-ly"
GROUPS = {
    "can-lay": (_("Cần lấy"), frozenset({State.ORDERED})),
    "dang-di": (_("Đang trên đường"), MOVING),
    "da-phat": (_("Đã phát"), frozenset({State.DELIVERED})),
    TROUBLE: (_("Cần xử lý"), frozenset(State)),
    "cho-bao": (_("Chờ báo bưu chính"), frozenset({State.READY, State.SENDING})),
    "tat-ca": (_("Tất cả"), frozenset(State)),
}
# What a verb is called where history is shown: words, and the tone of its row.
SHOWN = {
    "create": (_("Đã lập bưu gửi"), "neutral"),
    "order": (_("Bưu chính đã nhận yêu cầu"), "good"),
    "try_later": (_("Chưa báo được bưu chính, sẽ thử lại"), "warn"),
    "refuse": (_("Bưu chính từ chối yêu cầu"), "bad"),
    "fail": (_("Đã dừng sau nhiều lần thử"), "bad"),
    "retry": (_("Cho báo lại bưu chính"), "info"),
    "take": (_("Đã giao cho bưu tá"), "good"),
    "collect": (_("Bưu chính đã lấy"), "good"),
    "move": (_("Đang vận chuyển"), "info"),
    "miss": (_("Không lấy được"), "bad"),
    "turn_back": (_("Đang chuyển hoàn"), "warn"),
    "return": (_("Đã chuyển hoàn"), "bad"),
    "lose": (_("Bưu chính báo thất lạc"), "bad"),
    "damage": (_("Bưu chính báo hư hỏng"), "bad"),
    "deliver": (_("Đã phát cho người nhận"), "good"),
    "cancel": (_("Đã hủy bưu gửi"), "neutral"),
    "listed": (_("Đã ký bảng kê giao nhận"), "info"),
    "waive": (_("Được miễn cước theo đợt miễn cước"), "info"),
    "price": (_("Đã tính lại cước"), "neutral"),
    "arrive": (_("Giấy tờ đã về đến đơn vị"), "good"),
    "write_off": (_("Xác định thất lạc"), "bad"),
    "attend": (_("Cần người xử lý"), "warn"),
    "settled": (_("Không còn cần xử lý"), "neutral"),
    "remark": (_("Đã liên hệ"), "info"),
    "correct_address": (_("Đã sửa địa chỉ"), "info"),
    "recalculate": (_("Đã tính lại hạn đến lấy"), "info"),
    "warn": (_("Đã nhắc sắp hết hạn đến lấy"), "info"),
    "escalate": (_("Đã báo quá hạn đến lấy"), "warn"),
    "send_again": (_("Đã lập bưu gửi khác thay bưu gửi này"), "neutral"),
    "keep": (_("Trả tại quầy, không gửi nữa"), "neutral"),
    "report": (_("Bưu chính cập nhật"), "neutral"),
    "hand_over": (_("Chưa chuyển được trạng thái hồ sơ"), "warn"),
}
REPORTED = {meaning.value: meaning.label for meaning in Meaning}
CARRIER_SHOWN = {
    "create": (_("Đã thêm doanh nghiệp bưu chính"), "good"),
    "change": (_("Đã đổi thiết lập"), "info"),
    "replace_key": (_("Đã thay khóa chung"), "warn"),
    "reset_breaker": (_("Đã nối lại sau khi tạm nghỉ"), "info"),
    "explain": (_("Đã ghi ý nghĩa của từ"), "info"),
    "drop_word": (_("Đã bỏ từ khỏi bảng"), "neutral"),
    "retry_all": (_("Đã cho báo lại tất cả"), "info"),
    "appoint_clerk": (_("Đã giao việc cho nhân viên bưu chính"), "info"),
    "add_point": (_("Đã thêm điểm tiếp nhận"), "info"),
    "change_point": (_("Đã sửa điểm tiếp nhận"), "info"),
    "close_point": (_("Đã ghi ngày nhận cuối cùng của điểm tiếp nhận"), "info"),
    "bring_in_points": (_("Đã nhập danh sách điểm tiếp nhận"), "info"),
    "recalculate": (_("Đã tính lại hạn đến lấy"), "info"),
}
