"""Kinds and states of areas, offices, calendars, duty and closures."""
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class AreaLevel(models.TextChoices):
    PROVINCE = "province", _("Tỉnh, thành phố")
    DISTRICT = "district", _("Quận, huyện (đến 30/6/2025)")
    COMMUNE = "commune", _("Xã, phường, đặc khu")


class OfficeLevel(models.TextChoices):
    PROVINCE = "province", _("Cấp tỉnh")
    DISTRICT = "district", _("Cấp huyện")
    COMMUNE = "commune", _("Cấp xã")


class Part(models.TextChoices):
    """A buổi of the day."""

    MORNING = "morning", _("Buổi sáng")
    AFTERNOON = "afternoon", _("Buổi chiều")
    EVENING = "evening", _("Buổi tối")


class RoomKind(models.TextChoices):
    SERVICE = "service", _("Phòng tiếp nhận và trả kết quả")
    WAITING = "waiting", _("Khu vực chờ")


class DayKind(models.TextChoices):
    WORKING = "working", _("Ngày làm việc")
    OFF = "off", _("Ngày nghỉ")
    HALF_MORNING = "half_am", _("Chỉ làm buổi sáng")
    HALF_AFTERNOON = "half_pm", _("Chỉ làm buổi chiều")


class CalendarState(models.TextChoices):
    DRAFT = "draft", _("Đề xuất")
    APPROVED = "approved", _("Đã phê duyệt")
    REPLACED = "replaced", _("Đã được thay thế")


class Place(models.TextChoices):
    """Where an officer on the roster works (letter Cần Thơ 1b: rotation, the rest at home)."""

    COUNTER = "counter", _("Tại quầy")
    ONLINE = "online", _("Trực hồ sơ trực tuyến")
    HOME = "home", _("Làm việc tại nhà")
    LEAVE = "leave", pgettext_lazy("duty", "Nghỉ")


CALENDAR_TRANSITIONS = {
    "approve": (frozenset({CalendarState.DRAFT.value}), CalendarState.APPROVED.value),
    "replace": (frozenset({CalendarState.APPROVED.value}), CalendarState.REPLACED.value),
}
# Officers at these places stand in the room and count against its cap (letter Thường Tín, clause 4).
IN_THE_ROOM = frozenset({Place.COUNTER})
