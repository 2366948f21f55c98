"""States of a message and the channels it can go by."""
from django.db import models
from django.utils.translation import gettext_lazy as _

from onestop.transitions import verb


class Via(models.TextChoices):
    FILE = "file", _("Xem tại cổng")
    EMAIL = "email", _("Thư điện tử")
    SMS = "sms", _("Tin nhắn SMS")


class State(models.TextChoices):
    CREATED = "created", _("Chờ gửi")
    SENDING = "sending", _("Đang gửi")
    SENT = "sent", _("Đã gửi")
    DELIVERED = "delivered", _("Đã nhận")
    TEMPORARY = "temporary", _("Chờ gửi lại")
    PERMANENT = "permanent", _("Không gửi được")
    TECHNICAL = "technical", _("Lỗi kỹ thuật, đã dừng")
    OBSOLETE = "obsolete", _("Không còn cần gửi")


TO_SEND = frozenset({State.CREATED, State.TEMPORARY})
RETRIABLE = frozenset({State.PERMANENT, State.TECHNICAL})
FINAL = frozenset({State.DELIVERED, State.PERMANENT, State.TECHNICAL, State.OBSOLETE})
OVER = FINAL | {State.SENT}  # nothing more to do; not every channel reports the delivery

TRANSITIONS = {
    "claim": verb([State.CREATED, State.TEMPORARY], State.SENDING),
    # A worker may learn of its success after the lease has given the message back.
    "sent": verb([State.SENDING, State.TEMPORARY], State.SENT),
    "try_later": verb([State.SENDING], State.TEMPORARY),
    "refuse": verb([State.SENDING], State.PERMANENT),
    "give_up": verb([State.SENDING, State.TEMPORARY], State.TECHNICAL),
    "deliver": verb([State.SENDING, State.TEMPORARY, State.SENT], State.DELIVERED),
    "obsolete": verb([State.CREATED, State.TEMPORARY], State.OBSOLETE),
    "retry": verb([State.PERMANENT, State.TECHNICAL], State.TEMPORARY),
}

# What a verb is called where history is shown: words, and the tone of its row.
SHOWN = {
    "create": (_("Đã soạn tin nhắn"), "neutral"),
    "sent": (_("Đã gửi đi"), "good"),
    "deliver": (_("Đã đến nơi"), "good"),
    "try_later": (_("Chưa gửi được, sẽ gửi lại"), "warn"),
    "refuse": (_("Bị từ chối"), "bad"),
    "give_up": (_("Đã dừng sau nhiều lần thử"), "bad"),
    "obsolete": (_("Không còn cần gửi"), "neutral"),
    "retry": (_("Cho gửi lại"), "info"),
}
