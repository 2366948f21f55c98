"""A limit on what strangers can have sent to a telephone: every submission tells its number by a message."""
from __future__ import annotations

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from onestop.access import times_seen
from onestop.people.words import phone_number
from onestop.transitions import Refused

DAY = 86400


def one_more(phone: str) -> None:
    """Count an online submission that names this number. Raises Refused('too_many_submissions', 429) beyond a day's limit."""
    number = phone_number(phone)
    if number and times_seen(f"submitted-for:{number}", DAY) > settings.SUBMISSIONS_PER_PHONE_DAY:
        sentence = _("Hôm nay đã có nhiều hồ sơ ghi số điện thoại này. Nội dung bạn khai vẫn còn; vui lòng lưu lại và nộp vào ngày mai, "
                     "hoặc gọi tổng đài.")
        raise Refused("too_many_submissions", sentence, status=429)
