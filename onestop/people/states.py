"""Roles by office (architecture.md): what a person is allowed to be, not what they may do (see each app's policies)."""
from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    """A staff role; a person without an assignment is a citizen."""

    DESK = "desk", _("Cán bộ tiếp nhận")
    SPECIALIST = "specialist", _("Chuyên viên thụ lý")
    LEADER = "leader", _("Lãnh đạo đơn vị")
    ADMINISTRATOR = "administrator", _("Quản trị hệ thống của tỉnh")
    HOTLINE = "hotline", _("Nhân viên tổng đài")
    GUARD = "guard", _("Bảo vệ, điều phối cửa ra vào")
    CARRIER = "carrier", _("Nhân viên bưu chính")
    MONITOR = "monitor", _("Theo dõi cấp tỉnh")


# Roles that act for a whole province (their assignment's office is the province's own office).
PROVINCE_WIDE = frozenset({Role.ADMINISTRATOR, Role.HOTLINE, Role.MONITOR, Role.CARRIER})


class NamedList(models.TextChoices):
    """A list of people, or of their dossiers, that staff take away as a file."""

    HANDOVER = "handover", _("Bảng kê giao nhận bưu chính")
    MANIFEST = "manifest", _("Tệp bưu gửi của doanh nghiệp bưu chính")
    CAMPAIGN = "campaign", _("Danh sách liên hệ trả kết quả")
    SETTLEMENT = "settlement", _("Danh sách quyết toán cước")
    NOT_REACHED = "not_reached", _("Người chưa nhận được tin nhắn hàng loạt")


class Scope(models.TextChoices):
    """What a token of the API may be used for (api.md)."""

    BOOK = "book", _("Đặt lịch")
    VISITS = "visits", _("Lượt đến")
    INTAKE = "intake", _("Tiếp nhận hồ sơ")
    PROCESS = "process", _("Xử lý hồ sơ")
    EXTEND = "extend", _("Gia hạn")
    CARRIER = "carrier", _("Bưu chính")
    REPORT = "report", _("Báo cáo")
