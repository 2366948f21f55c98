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
    DELIVERED = "delivered", _("Đã phát")
    RETURNED = "returned", _("Đã chuyển hoàn")
    REFUSED = "refused", _("Bưu chính từ chối")
    FAILED = "failed", _("Lỗi kỹ thuật, cần xử lý")
    CANCELLED = "cancelled", _("Đã hủy")


FINAL = frozenset({State.DELIVERED, State.RETURNED, State.REFUSED, State.CANCELLED})
ON_THE_WAY = frozenset({State.ORDERED, State.COLLECTED, State.IN_TRANSIT})
RETRIABLE = frozenset({State.FAILED, State.REFUSED})
# What the carrier says counts, even where our own side has not heard of its success: the order's answer may be lost.
_BEFORE_THE_ROAD = (State.READY, State.SENDING, State.ORDERED, State.REFUSED, State.FAILED)
# Events come in any order: a shipment only ever moves on along this line, and delivered ends it.
ALONG_THE_ROAD = (State.COLLECTED, State.IN_TRANSIT, State.RETURNED, State.DELIVERED)

TRANSITIONS = {
    "claim": verb([State.READY], State.SENDING),
    # A worker may learn of its success after the lease has given the shipment back.
    "order": verb([State.SENDING, State.READY], State.ORDERED),
    "try_later": verb([State.SENDING], State.READY),
    "refuse": verb([State.SENDING], State.REFUSED),
    "fail": verb([State.SENDING, State.READY], State.FAILED),
    "retry": verb([State.FAILED, State.REFUSED], State.READY),
    "take": verb([State.ORDERED], State.COLLECTED),  # told by a person who saw it
    "collect": verb(_BEFORE_THE_ROAD, State.COLLECTED),
    "move": verb([*_BEFORE_THE_ROAD, State.COLLECTED], State.IN_TRANSIT),
    "return": verb([*_BEFORE_THE_ROAD, State.COLLECTED, State.IN_TRANSIT], State.RETURNED),
    "deliver": verb([*_BEFORE_THE_ROAD, State.COLLECTED, State.IN_TRANSIT, State.RETURNED], State.DELIVERED),
    "cancel": verb([State.READY, State.SENDING, State.FAILED, State.REFUSED], State.CANCELLED),
}

# The lists a clerk works with, each by the word that stands for it in an address.
GROUPS = {
    "can-lay": (_("Cần lấy"), frozenset({State.ORDERED})),
    "dang-di": (_("Đang trên đường"), frozenset({State.COLLECTED, State.IN_TRANSIT})),
    "da-phat": (_("Đã phát"), frozenset({State.DELIVERED})),
    "can-xu-ly": (_("Cần xử lý"), frozenset({State.FAILED, State.REFUSED, State.RETURNED})),
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
    "return": (_("Đã chuyển hoàn"), "bad"),
    "deliver": (_("Đã phát cho người nhận"), "good"),
    "cancel": (_("Đã hủy bưu gửi"), "neutral"),
    "report": (_("Bưu chính cập nhật"), "neutral"),
    "hand_over": (_("Chưa chuyển được trạng thái hồ sơ"), "warn"),
}
REPORTED = {
    "collected": _("Đã lấy"), "in_transit": _("Đang vận chuyển"), "attempted": _("Phát chưa thành công"),
    "returned": _("Đã chuyển hoàn"), "delivered": _("Đã phát"),
}
