"""Channels, units, levels and review states of the catalogue."""
from django.db import models
from django.utils.translation import gettext_lazy as _


class Channel(models.TextChoices):
    """How a dossier may be handed in, in the order a citizen should consider them (letter Cần Thơ 1a)."""

    ONLINE = "online", _("Trực tuyến")
    POSTAL = "postal", _("Bưu chính công ích")
    IN_PERSON = "in_person", _("Trực tiếp")


class Unit(models.TextChoices):
    """What a term is counted in (rules.md 5.1)."""

    WORKING_DAY = "working_day", _("ngày làm việc")
    CALENDAR_DAY = "calendar_day", _("ngày")
    HOUR = "hour", _("giờ làm việc")
    MONTH = "month", _("tháng")


class ReviewState(models.TextChoices):
    READY = "ready", _("Dùng được")
    NEEDS_REVIEW = "needs_review", _("Cần rà soát")
    RETIRED = "retired", _("Hết hiệu lực")


class Problem(models.TextChoices):
    """Why a row needs review."""

    NO_CHANNEL = "no_channel", _("không có cách thức nộp")
    UNKNOWN_CHANNEL = "unknown_channel", _("cách thức nộp không nhận ra")
    NO_TERM = "no_term", _("không có thời hạn")
    NO_UNIT = "no_unit", _("có số nhưng không có đơn vị thời gian")
    BAD_TERM = "bad_term", _("thời hạn không hợp lệ")
    FEE_CURRENCY = "fee_currency", _("phí không rõ đơn vị tiền")
    FEE_PERCENT = "fee_percent", _("phí tính theo phần trăm")
    BAD_FEE = "bad_fee", _("phí không hợp lệ")
    REPEATED = "repeated", _("một cách thức nộp ghi nhiều lần khác nhau")
    NO_NAME = "no_name", _("không có tên")
    NO_LEVEL = "no_level", _("không có cấp thực hiện")


# Which problems ask for a term, and which for a fee.
TERM_PROBLEMS = frozenset({Problem.NO_TERM, Problem.NO_UNIT, Problem.BAD_TERM, Problem.REPEATED})
FEE_PROBLEMS = frozenset({Problem.FEE_CURRENCY, Problem.FEE_PERCENT, Problem.BAD_FEE})
# What a rule may settle for many procedures at once; a missing name or level needs a person each time.
BULK_PROBLEMS = TERM_PROBLEMS | FEE_PROBLEMS | frozenset({Problem.NO_CHANNEL, Problem.UNKNOWN_CHANNEL})
CURRENCIES = ("VND", "USD")

LEVELS = {"Cấp bộ": "ministry", "Cấp tỉnh": "province", "Cấp huyện": "district", "Cấp xã": "commune", "Cơ quan khác": "other"}
LEVEL_NAMES = {"ministry": _("Cấp bộ"), "province": _("Cấp tỉnh"), "district": _("Cấp huyện"), "commune": _("Cấp xã"),
               "other": _("Cơ quan khác")}
# Which office levels carry out a procedure of a level. Districts (to 30/6/2025) did what communes do since.
OFFICE_LEVELS_FOR = {"province": {"province"}, "district": {"district"}, "commune": {"commune", "district"}}
