"""States of a message and the channels it can go by."""
from django.db import models
from django.utils.translation import gettext_lazy as _

from onestop.transitions import verb


class Via(models.TextChoices):
    FILE = "file", _("Xem tại cổng")
    EMAIL = "email", _("Thư điện tử")
    SMS = "sms", _("Tin nhắn SMS")
    ZALO = "zalo", _("Zalo")
    CALL = "call", _("Gọi điện báo tin")


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
FAILED = frozenset({State.PERMANENT, State.TECHNICAL})  # the person was not reached: somebody calls
OVER = FINAL | {State.SENT}  # nothing more to do; not every channel reports the delivery

TRANSITIONS = {
    "claim": verb([State.CREATED, State.TEMPORARY], State.SENDING),
    # Refused or not delivered by one channel (nobody answered the calls), the person has another one; a report may come before the
    # worker has settled.
    "other_way": verb([State.CREATED, State.SENDING, State.TEMPORARY, State.SENT], State.TEMPORARY),
    # A worker may learn of its success after the lease has given the message back.
    "sent": verb([State.SENDING, State.TEMPORARY], State.SENT),
    "try_later": verb([State.SENDING], State.TEMPORARY),
    "refuse": verb([State.SENDING, State.TEMPORARY, State.SENT], State.PERMANENT),  # also by a delivery report
    "give_up": verb([State.CREATED, State.SENDING, State.TEMPORARY], State.TECHNICAL),
    "deliver": verb([State.SENDING, State.TEMPORARY, State.SENT], State.DELIVERED),
    "deliver_late": verb([State.PERMANENT, State.TECHNICAL], State.DELIVERED),  # a report that it did arrive after all is believed
    "not_called": verb([State.CREATED, State.TEMPORARY], State.PERMANENT),  # whom only a call reaches did not answer
    "tell_by_phone": verb([State.CREATED, State.TEMPORARY, State.PERMANENT, State.TECHNICAL], State.DELIVERED),  # an officer called
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
    "other_way": (_("Chuyển sang kênh khác"), "warn"),
    "deliver_late": (_("Đã đến nơi, theo báo cáo đến muộn"), "good"),
    "not_called": (_("Gọi nhiều lần không được"), "bad"),
    "tell_by_phone": (_("Đã báo qua điện thoại"), "good"),
}


class Urgency(models.TextChoices):
    """When a message may go out, and whether it waits where the day's money is spent."""

    NOW = "now", _("Gửi ngay, cả ban đêm")  # an answer to what the person just did: a code, a booking
    DAY = "day", _("Trong giờ được nhắn tin")
    BULK = "bulk", _("Tin hàng loạt, sau mọi tin khác")


class Breaker(models.TextChoices):
    """Whether a provider is used at this moment."""

    CLOSED = "closed", _("Đang dùng")
    RESTING = "resting", _("Tạm nghỉ vì lỗi liên tiếp")
    OFF = "off", _("Đã tắt")


class BroadcastState(models.TextChoices):
    DRAFT = "draft", _("Dự thảo")
    COUNTING = "counting", _("Đang lập danh sách")
    READY = "ready", _("Đã chốt danh sách")
    RUNNING = "running", _("Đang gửi")
    PAUSED = "paused", _("Đang tạm ngừng")
    DONE = "done", _("Đã gửi xong")
    CANCELLED = "cancelled", _("Đã hủy")


BROADCAST_TRANSITIONS = {
    "count": verb([BroadcastState.DRAFT, BroadcastState.READY], BroadcastState.COUNTING),
    "counted": verb([BroadcastState.COUNTING], BroadcastState.READY),
    "reject": verb([BroadcastState.COUNTING], BroadcastState.DRAFT),  # the uploaded list can't be read
    "change": verb([BroadcastState.DRAFT, BroadcastState.READY], BroadcastState.DRAFT),
    "start": verb([BroadcastState.READY], BroadcastState.RUNNING),
    "pause": verb([BroadcastState.RUNNING], BroadcastState.PAUSED),
    "resume": verb([BroadcastState.PAUSED], BroadcastState.RUNNING),
    "finish": verb([BroadcastState.RUNNING], BroadcastState.DONE),
    "cancel": verb([BroadcastState.DRAFT, BroadcastState.COUNTING, BroadcastState.READY, BroadcastState.RUNNING, BroadcastState.PAUSED],
                   BroadcastState.CANCELLED),
}


class Audience(models.TextChoices):
    """Whom a broadcast goes to."""

    SUBSCRIBERS = "subscribers", _("Người đăng ký nhận tin của địa bàn")
    LIST = "list", _("Danh sách tải lên")
    DOSSIERS = "dossiers", _("Người có hồ sơ, theo bộ lọc")
    APPOINTMENTS = "appointments", _("Người có lịch hẹn, theo bộ lọc")


class NotTold(models.TextChoices):
    """Why somebody on a broadcast's list does not get it."""

    NO_CONTACT = "no_contact", _("Không có số điện thoại, thư điện tử")
    BAD_ROW = "bad_row", _("Số điện thoại hoặc thư điện tử không hợp lệ")
    DUPLICATE = "duplicate", _("Trùng với người đã có trong danh sách")
    OBJECTED = "objected", _("Đã thôi nhận tin hoặc phản đối")
    NO_WAY = "no_way", _("Không có kênh gửi nào đến được")


BROADCAST_VERBS = {
    "draft": _("Lập đợt gửi"), "change": _("Sửa"), "count": _("Lập danh sách"), "counted": _("Đã chốt danh sách"),
    "reject": _("Tệp danh sách không dùng được"), "start": _("Bắt đầu gửi"), "pause": _("Tạm ngừng gửi"), "resume": _("Gửi tiếp"),
    "finish": _("Đã gửi xong"), "cancel": _("Hủy"), "purge": _("Đã xóa danh sách người nhận"),
}


class Standing(models.TextChoices):
    """Where a dossier stands, as far as a broadcast asks."""

    OPEN = "open", _("Đang giải quyết")
    READY = "ready", _("Đã có kết quả, chưa trả")
    RETURNED = "returned", _("Đã trả kết quả")


class SubscriptionState(models.TextChoices):
    WAITING = "waiting", _("Chờ xác nhận")
    ACTIVE = "active", _("Đang nhận tin")
    ENDED = "ended", _("Đã thôi nhận tin")


SUBSCRIPTION_TRANSITIONS = {
    "confirm": verb([SubscriptionState.WAITING], SubscriptionState.ACTIVE),
    "end": verb([SubscriptionState.WAITING, SubscriptionState.ACTIVE], SubscriptionState.ENDED),
    "again": verb([SubscriptionState.ENDED], SubscriptionState.WAITING),
}
