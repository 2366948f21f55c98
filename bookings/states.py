"""States of sessions, slots, holds, appointments and visits, and the transition tables between them."""
from django.db import models
from django.utils.translation import gettext_lazy as _

from onestop.transitions import verb


class OpenState(models.TextChoices):
    """Of a session or a slot."""

    OPEN = "open", _("Đang nhận")
    CLOSED = "closed", _("Đã đóng")


class HoldState(models.TextChoices):
    HELD = "held", _("Đang giữ chỗ")
    BOOKED = "booked", _("Đã đặt")
    RELEASED = "released", _("Đã nhả")
    EXPIRED = "expired", _("Hết giờ giữ chỗ")


class Purpose(models.TextChoices):
    SUBMIT = "submit", _("Nộp hồ sơ")
    COLLECT = "collect", _("Nhận kết quả")


class BookedBy(models.TextChoices):
    """The channel through which an appointment was made (letter Thường Tín, clause 4)."""

    WEB = "web", _("Cổng thông tin")
    HOTLINE = "hotline", _("Tổng đài")
    ZALO = "zalo", _("Zalo")
    FACEBOOK = "facebook", _("Facebook")
    VIBER = "viber", _("Viber")
    COUNTER = "counter", _("Tại quầy")
    OUTREACH = "outreach", _("Một cửa chủ động mời")


class AppointmentState(models.TextChoices):
    BOOKED = "booked", _("Đã đặt lịch")
    CHECKED_IN = "checked_in", _("Đã đến, đang chờ")
    INSIDE = "inside", _("Đang trong phòng")
    DONE = "done", _("Đã xong")
    CANCELLED = "cancelled", _("Đã hủy")
    NO_SHOW = "no_show", _("Không đến")
    REFUSED_ENTRY = "refused_entry", _("Chưa được vào")


class HealthItem(models.TextChoices):
    """The 5K checklist (letter Cà Mau 2): what the guard asks before anyone enters."""

    MASK = "mask", _("Đeo khẩu trang")
    DISTANCE = "distance", _("Giữ khoảng cách 2\u00a0m")
    DISINFECT = "disinfect", _("Đã sát khuẩn tay")
    DECLARED = "declared", _("Đã khai báo y tế")
    WELL = "well", _("Không sốt, ho, khó thở")


class Priority(models.TextChoices):
    """Legal priority groups, served before others of the same time (Law on the Elderly 39/2009, on Persons with Disabilities 51/2010)."""

    ELDERLY = "elderly", _("Người cao tuổi")
    DISABLED = "disabled", _("Người khuyết tật")
    PREGNANT = "pregnant", _("Phụ nữ mang thai, người có con nhỏ đi cùng")
    MERIT = "merit", _("Người có công với cách mạng")
    SICK = "sick", _("Người đang ốm yếu")


class TicketState(models.TextChoices):
    """Where a person is in the line of a day."""

    WAITING = "waiting", _("Đang chờ")
    CALLED = "called", _("Đang được gọi")
    SERVING = "serving", _("Đang làm việc tại quầy")
    PARKED = "parked", _("Tạm gác")
    MISSED = "missed", _("Gọi không thấy")
    DONE = "done", _("Đã xong")
    LEFT = "left", _("Đã rời hàng chờ")


class WaitingState(models.TextChoices):
    WAITING = "waiting", _("Đang chờ chỗ")
    OFFERED = "offered", _("Đã được mời")
    BOOKED = "booked", _("Đã có lịch hẹn")
    EXPIRED = "expired", _("Hết thời gian chờ")
    CANCELLED = "cancelled", _("Đã rút")


class OfferState(models.TextChoices):
    OPEN = "open", _("Chờ trả lời")
    ACCEPTED = "accepted", _("Đã nhận")
    DECLINED = "declined", _("Đã từ chối")
    LAPSED = "lapsed", _("Hết hạn trả lời")


class RelocationKind(models.TextChoices):
    """What made a rebooking run necessary."""

    OFFICE = "office", _("Đóng cửa một đơn vị")
    ROOM = "room", _("Đóng cửa một phòng")
    AREA = "area", _("Đóng cửa mọi đơn vị của một địa bàn")
    LIMITS = "limits", _("Giảm chỗ: phân công trực, giờ mở cửa, số người hoặc số hồ sơ tối đa")


class RelocationState(models.TextChoices):
    DRAFT = "draft", _("Xem trước")
    RUNNING = "running", _("Đang chuyển lịch")
    DONE = "done", _("Đã chuyển xong")
    DROPPED = "dropped", _("Không thực hiện")


class MoveOutcome(models.TextChoices):
    """What became of one appointment of a rebooking run."""

    PENDING = "pending", _("Chưa xử lý")
    OTHER_OFFICE = "other_office", _("Chuyển sang đơn vị gần nhất")
    LATER = "later", _("Dời sang buổi khác")
    GUIDED = "guided", _("Hướng dẫn nộp trực tuyến hoặc qua bưu chính")
    UNPLACED = "unplaced", _("Chưa tìm được chỗ, cần gọi điện")
    SKIPPED = "skipped", _("Không cần chuyển")


class Answer(models.TextChoices):
    """What a person who was moved or invited answered."""

    NONE = "none", _("Chưa trả lời")
    ACCEPTED = "accepted", _("Đồng ý")
    MOVED = "moved", _("Chọn giờ khác")
    CANCELLED = "cancelled", _("Không đến")
    UNREACHABLE = "unreachable", _("Không liên lạc được")


class OutreachState(models.TextChoices):
    DRAFT = "draft", _("Đang chuẩn bị")
    PROPOSED = "proposed", _("Đã xếp giờ, chưa gửi")
    SENDING = "sending", _("Đang gửi lời mời")
    SENT = "sent", _("Đã gửi, đang chờ trả lời")
    CLOSED = "closed", _("Đã kết thúc")


class CallKind(models.TextChoices):
    """Why somebody must be called."""

    MOVED = "moved", _("Báo lịch hẹn bị chuyển")
    INVITED = "invited", _("Mời đến theo danh sách")
    UNREACHED = "unreached", _("Tin nhắn không gửi được")
    HANDED = "handed", _("Việc tổng đài chuyển đến đơn vị")


class CallState(models.TextChoices):
    OPEN = "open", _("Chưa gọi")
    DONE = "done", _("Đã xong")
    GIVEN_UP = "given_up", _("Thôi gọi")


class CallOutcome(models.TextChoices):
    BOOKED = "booked", _("Đã đặt lịch")
    CHANGED = "changed", _("Đã đổi hoặc hủy lịch")
    INFORMED = "informed", _("Đã trả lời")
    HANDED_OVER = "handed_over", _("Đã chuyển đơn vị")
    NO_ANSWER = "no_answer", _("Không nghe máy")
    WRONG_NUMBER = "wrong_number", _("Sai số")
    DROPPED = "dropped", _("Cuộc gọi bị ngắt")


class WarningState(models.TextChoices):
    OPEN = "open", _("Chưa xử lý")
    HANDLED = "handled", _("Đã xử lý")
    PASSED = "passed", _("Không còn cần")


# What a call came to: the person was reached and the matter is done; or nobody was, and one tries again.
SETTLES_CALL = frozenset({CallOutcome.BOOKED, CallOutcome.CHANGED, CallOutcome.INFORMED, CallOutcome.HANDED_OVER})
NOT_REACHED = frozenset({CallOutcome.NO_ANSWER, CallOutcome.WRONG_NUMBER, CallOutcome.DROPPED})
ACTIVE = frozenset({AppointmentState.BOOKED, AppointmentState.CHECKED_IN, AppointmentState.INSIDE})
# Where `Appointment.room` says which room the person is in now.
IN_A_ROOM = frozenset({AppointmentState.CHECKED_IN, AppointmentState.INSIDE})
# Whose visit may become a dossier: people expected today, and people who came.
CAN_HAND_IN = ACTIVE | {AppointmentState.DONE}
# Who came, and so was no no-show.
CAME = frozenset({AppointmentState.CHECKED_IN, AppointmentState.INSIDE, AppointmentState.DONE})
TAKES_PLACES = ACTIVE | {AppointmentState.DONE, AppointmentState.NO_SHOW, AppointmentState.REFUSED_ENTRY}

HOLD_TRANSITIONS = {
    "book": verb([HoldState.HELD], HoldState.BOOKED),
    "release": verb([HoldState.HELD], HoldState.RELEASED),
    "expire": verb([HoldState.HELD], HoldState.EXPIRED),
}
APPOINTMENT_TRANSITIONS = {
    # Whoever was refused entry is rebooked under the same code (letter Cà Mau 2).
    "reschedule": verb([AppointmentState.BOOKED, AppointmentState.REFUSED_ENTRY], AppointmentState.BOOKED),
    "cancel": verb([AppointmentState.BOOKED], AppointmentState.CANCELLED),
    "check_in": verb([AppointmentState.BOOKED, AppointmentState.NO_SHOW], AppointmentState.CHECKED_IN),
    "refuse_entry": verb([AppointmentState.BOOKED, AppointmentState.CHECKED_IN], AppointmentState.REFUSED_ENTRY),
    "seat": verb([AppointmentState.CHECKED_IN], AppointmentState.CHECKED_IN),  # from outside into the waiting area
    "enter": verb([AppointmentState.CHECKED_IN], AppointmentState.INSIDE),
    "change_room": verb([AppointmentState.INSIDE], AppointmentState.INSIDE),
    "leave": verb([AppointmentState.INSIDE], AppointmentState.DONE),
    "no_show": verb([AppointmentState.BOOKED], AppointmentState.NO_SHOW),
    "correct": verb([AppointmentState.NO_SHOW], AppointmentState.DONE),  # they came and went, says the paper list
    "close_day": verb([AppointmentState.CHECKED_IN, AppointmentState.INSIDE], AppointmentState.DONE),  # nobody noted that they left
}
AT_COUNTER = frozenset({TicketState.CALLED, TicketState.SERVING})
TICKET_TRANSITIONS = {
    "join": verb([TicketState.LEFT], TicketState.WAITING),  # refused entry, booked again, came
    "call": verb([TicketState.WAITING], TicketState.CALLED),
    "recall": verb([TicketState.CALLED], TicketState.CALLED),
    "start": verb([TicketState.CALLED], TicketState.SERVING),
    "park": verb([TicketState.CALLED, TicketState.SERVING], TicketState.PARKED),
    "miss": verb([TicketState.CALLED], TicketState.MISSED),
    "put_back": verb([TicketState.PARKED, TicketState.MISSED, TicketState.CALLED], TicketState.WAITING),
    "transfer": verb([TicketState.CALLED, TicketState.SERVING], TicketState.WAITING),
    "finish": verb([TicketState.SERVING], TicketState.DONE),
    "leave": verb([TicketState.WAITING, TicketState.CALLED, TicketState.SERVING, TicketState.PARKED, TicketState.MISSED], TicketState.LEFT),
}
WAITING_TRANSITIONS = {
    "offer": verb([WaitingState.WAITING], WaitingState.OFFERED),
    "put_back": verb([WaitingState.OFFERED], WaitingState.WAITING),
    "book": verb([WaitingState.WAITING, WaitingState.OFFERED], WaitingState.BOOKED),
    "expire": verb([WaitingState.WAITING, WaitingState.OFFERED], WaitingState.EXPIRED),
    "cancel": verb([WaitingState.WAITING, WaitingState.OFFERED], WaitingState.CANCELLED),
}
OFFER_TRANSITIONS = {
    "accept": verb([OfferState.OPEN], OfferState.ACCEPTED),
    "decline": verb([OfferState.OPEN], OfferState.DECLINED),
    "lapse": verb([OfferState.OPEN], OfferState.LAPSED),
}
RELOCATION_TRANSITIONS = {
    "start": verb([RelocationState.DRAFT], RelocationState.RUNNING),
    "finish": verb([RelocationState.RUNNING], RelocationState.DONE),
    "drop": verb([RelocationState.DRAFT], RelocationState.DROPPED),
}
OUTREACH_TRANSITIONS = {
    "propose": verb([OutreachState.DRAFT, OutreachState.PROPOSED], OutreachState.PROPOSED),
    "send": verb([OutreachState.PROPOSED], OutreachState.SENDING),
    "sent": verb([OutreachState.SENDING], OutreachState.SENT),
    "close": verb([OutreachState.DRAFT, OutreachState.PROPOSED, OutreachState.SENT], OutreachState.CLOSED),
}
CALL_TRANSITIONS = {
    "attempt": verb([CallState.OPEN], CallState.OPEN),
    "settle": verb([CallState.OPEN], CallState.DONE),
    "give_up": verb([CallState.OPEN], CallState.GIVEN_UP),
    "reopen": verb([CallState.DONE], CallState.OPEN),  # the message seemed to have arrived, and had not
}
WARNING_TRANSITIONS = {
    "handle": verb([WarningState.OPEN, WarningState.HANDLED], WarningState.HANDLED),
    "pass": verb([WarningState.OPEN, WarningState.HANDLED], WarningState.PASSED),
    "reopen": verb([WarningState.HANDLED, WarningState.PASSED], WarningState.OPEN),
}
