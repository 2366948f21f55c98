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

TRANSITIONS = {
    "claim": verb([State.READY], State.SENDING),
    "order": verb([State.SENDING], State.ORDERED),
    "try_later": verb([State.SENDING], State.READY),
    "refuse": verb([State.SENDING], State.REFUSED),
    "fail": verb([State.SENDING, State.READY], State.FAILED),
    "retry": verb([State.FAILED, State.REFUSED], State.READY),
    "collect": verb([State.SENDING, State.ORDERED], State.COLLECTED),
    "move": verb([State.SENDING, State.ORDERED, State.COLLECTED, State.IN_TRANSIT], State.IN_TRANSIT),
    "deliver": verb([State.SENDING, State.ORDERED, State.COLLECTED, State.IN_TRANSIT], State.DELIVERED),
    "return": verb([State.SENDING, State.ORDERED, State.COLLECTED, State.IN_TRANSIT], State.RETURNED),
    "cancel": verb([State.READY, State.FAILED, State.REFUSED], State.CANCELLED),
}
