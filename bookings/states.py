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
    DISTANCE = "distance", _("Giữ khoảng cách 2 m")
    DISINFECT = "disinfect", _("Đã sát khuẩn tay")
    DECLARED = "declared", _("Đã khai báo y tế")
    WELL = "well", _("Không sốt, ho, khó thở")


ACTIVE = frozenset({AppointmentState.BOOKED, AppointmentState.CHECKED_IN, AppointmentState.INSIDE})
# Whose visit may become a dossier: people expected today, and people who came.
CAN_HAND_IN = ACTIVE | {AppointmentState.DONE}
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
    "enter": verb([AppointmentState.CHECKED_IN], AppointmentState.INSIDE),
    "leave": verb([AppointmentState.INSIDE], AppointmentState.DONE),
    "no_show": verb([AppointmentState.BOOKED], AppointmentState.NO_SHOW),
    "close_day": verb([AppointmentState.CHECKED_IN, AppointmentState.INSIDE], AppointmentState.DONE),  # nobody noted that they left
}
