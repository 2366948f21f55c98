"""PURE: dates, times, durations and money as they are written in Viet Nam; no localisation machinery, so it is fast."""
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation

from django.utils.functional import lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from onestop import clock

WEEKDAYS = [gettext_lazy("Thứ Hai"), gettext_lazy("Thứ Ba"), gettext_lazy("Thứ Tư"), gettext_lazy("Thứ Năm"),
            gettext_lazy("Thứ Sáu"), gettext_lazy("Thứ Bảy"), gettext_lazy("Chủ Nhật")]

_SHORT = [pgettext_lazy("weekday", "T2"), pgettext_lazy("weekday", "T3"), pgettext_lazy("weekday", "T4"),
          pgettext_lazy("weekday", "T5"), pgettext_lazy("weekday", "T6"), pgettext_lazy("weekday", "T7"),
          pgettext_lazy("weekday", "CN")]


def _told(value: date | datetime) -> date | datetime:
    return clock.local(value) if isinstance(value, datetime) and value.tzinfo else value


def day(value: date | datetime | None) -> str:
    """'23/08/2021'; '' for nothing."""
    if value is None:
        return ""
    told = _told(value)
    return f"{told.day:02d}/{told.month:02d}/{told.year}"


def time_of_day(value: datetime | time | None) -> str:
    """'08:30' in Viet Nam; takes a time as well; '' for nothing."""
    if value is None:
        return ""
    told = clock.local(value) if isinstance(value, datetime) and value.tzinfo else value
    return f"{told.hour:02d}:{told.minute:02d}"


def moment(value: datetime | None) -> str:
    """'08:30 ngày 23/08/2021', as official letters write it; '' for nothing."""
    if value is None:
        return ""
    return _("%(time)s ngày %(day)s") % {"time": time_of_day(value), "day": day(value)}


# For what is worded now and read in somebody else's language: a message is written in its recipient's.
moment_lazy = lazy(moment, str)


def weekday(value: date | datetime) -> str:
    """'Thứ Hai' … 'Chủ Nhật'."""
    return str(WEEKDAYS[_told(value).weekday()])


def short_weekday(number: int) -> str:
    """'T2' … 'T7', 'CN' for 1 to 7."""
    return str(_SHORT[number - 1])


def long_day(value: date | datetime | None) -> str:
    """'Thứ Hai, 23/08/2021'; '' for nothing."""
    return "" if value is None else f"{weekday(value)}, {day(value)}"


def number(value: int | Decimal | float | None) -> str:
    """'1.250.000'; a fraction after a comma; '' for nothing."""
    if value is None:
        return ""
    try:
        amount = Decimal(str(value))
    except InvalidOperation:
        return str(value)
    text = f"{amount.normalize():,f}" if amount % 1 else f"{int(amount):,}"
    return text.translate({ord(","): ".", ord("."): ","})


def money(value: int | Decimal | float | None) -> str:
    """'50.000 đ'; '' for nothing."""
    return "" if value is None else f"{number(value)} đ"


def minutes(value: int | None) -> str:
    """Minutes as '2 giờ 30 phút'; '' for nothing."""
    if value is None:
        return ""
    hours, rest = divmod(int(value), 60)
    parts = []
    if hours:
        parts.append(ngettext("%(count)d giờ", "%(count)d giờ", hours) % {"count": hours})
    if rest or not hours:
        parts.append(ngettext("%(count)d phút", "%(count)d phút", rest) % {"count": rest})
    return " ".join(parts)
